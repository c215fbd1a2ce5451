"""What a step says to its scheduler about files that cannot be labelled (`--on-reject`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from labeler.batch.outcome import exit_code_of
from labeler.errors import ExitCode

OnReject = Literal["fail", "record"]
OF_THE_FILE = frozenset({ExitCode.REJECTED, ExitCode.WITHHELD})
"""What the file itself is the reason of: another machine, or another try, would say the same."""


def step_exit_code(codes: Iterable[int], on_reject: OnReject) -> ExitCode:
    """The exit code of a step whose items gave `codes`; at least one item.

    record: a bad file is not a bad worker. Its result is written, its output stays withheld, and the step itself has
    done its duty; `collect` is who fails the job. What another try could change keeps its code.
    """
    each = list(codes)
    if on_reject == "record":
        each = [ExitCode.DONE if code in OF_THE_FILE else code for code in each]
    return exit_code_of(each)
