"""From errors to results, and from results to the exit code of the process."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from pathlib import Path

from labeler import __version__
from labeler.errors import ExitCode, Interrupted, LabelerError, SourceRejected
from labeler.language import say
from labeler.rules.plan import FileReference
from labeler.rules.record import ItemStatus, Problem, Result


def failure(error: LabelerError, source: FileReference, item: str | None = None) -> Result:
    """The result of an item that an error ended. `item`: the id of its plan item, once it has one."""
    return Result(
        id=item,
        status=status_of(error),
        exit_code=error.exit_code,
        source=source,
        problems=(Problem.of(error),),
        labeler=__version__,
    )


def status_of(error: LabelerError) -> ItemStatus:
    if isinstance(error, Interrupted):
        return "interrupted"
    return "rejected" if isinstance(error, SourceRejected) else "error"


def bug(error: Exception, path: Path) -> LabelerError:
    """An error that nobody foresaw, for this file alone: exit 70, with what a report needs."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
    return LabelerError(
        say(
            f"{path}: a bug in labeler stopped this file: {what}",
            f"{path} : un défaut de labeler a arrêté ce fichier : {what}",
        ),
        file=str(path),
    )


def exit_code_of(codes: Iterable[int]) -> ExitCode:
    """One item gives its own code; several give 0, 1, or 75 when every failure is temporary. None at all: 3."""
    each = [ExitCode(code) for code in codes]
    if not each:
        return ExitCode.REJECTED
    if len(each) == 1:
        return each[0]
    failed = set(each) - {ExitCode.DONE}
    if not failed:
        return ExitCode.DONE
    return ExitCode.TEMPORARY if failed == {ExitCode.TEMPORARY} else ExitCode.NOT_ALL
