"""What `labeler doctor` finds of a machine (`labeler.doctor/1`): types, and the exit code that follows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from labeler import __version__
from labeler.errors import ExitCode
from labeler.verdict import Frozen

Mark = Literal["ok", "note", "problem"]


class Finding(Frozen):
    """One thing that was looked at. id: of what, for machines; what, detail, remedy: for people.

    is_promised: labeler's own install promises it, so that a problem of it is the machine's (exit 6).
    """

    id: str
    mark: Mark
    what: str
    detail: str
    remedy: str | None = None
    is_promised: bool = False


class Examination(Frozen):
    """All findings. outcome: the worst mark."""

    schema_: Literal["labeler.doctor/1"] = Field("labeler.doctor/1", alias="schema")
    labeler: str
    outcome: Mark
    exit_code: int
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Examination:
        found = tuple(findings)
        order: tuple[Mark, ...] = ("problem", "note", "ok")
        worst = min((finding.mark for finding in found), key=order.index, default="ok")
        lacks = any(finding.mark == "problem" and finding.is_promised for finding in found)
        code = ExitCode.MACHINE if lacks else ExitCode.DONE
        return cls(labeler=__version__, outcome=worst, exit_code=int(code), findings=found)


def ok(id: str, what: str, detail: str) -> Finding:
    return Finding(id=id, mark="ok", what=what, detail=detail)


def note(id: str, what: str, detail: str, remedy: str | None = None) -> Finding:
    return Finding(id=id, mark="note", what=what, detail=detail, remedy=remedy)


def problem(id: str, what: str, detail: str, remedy: str) -> Finding:
    """Something of this person's own: an identity, a disk, a clock."""
    return Finding(id=id, mark="problem", what=what, detail=detail, remedy=remedy)


def lack(id: str, what: str, detail: str, remedy: str) -> Finding:
    """Something that labeler's own install promises and this machine has not."""
    return Finding(id=id, mark="problem", what=what, detail=detail, remedy=remedy, is_promised=True)
