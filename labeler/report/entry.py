"""One entry of a report: what was judged or made, where its bytes lie now, and whether a person must act."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labeler.errors import LabelerError
from labeler.release import QUARANTINE
from labeler.rules.plan import FileReference, PresetReference
from labeler.rules.record import ItemStatus, Problem, Result
from labeler.verdict import Outcome, Verdict


@dataclass(frozen=True)
class Entry:
    """name: what the file is called on the page. path: where its bytes can be read, None where there are none.

    status: what `label` made of it, None where it was only verified. verdict: None where nothing could be judged.
    """

    name: str
    path: Path | None
    verdict: Verdict | None
    status: ItemStatus | None = None
    problems: tuple[Problem, ...] = ()
    source: FileReference | None = None
    output: FileReference | None = None
    sidecars: tuple[str, ...] = ()
    preset: PresetReference | None = None

    @property
    def is_fine(self) -> bool:
        """Whether nobody need act: it was released, or it passes."""
        if self.status is not None:
            return self.status in ("released", "skipped")
        return self.verdict is not None and self.verdict.outcome is Outcome.PASS


def of_verdict(verdict: Verdict) -> Entry:
    """A file that was verified."""
    return Entry(name=verdict.file, path=Path(verdict.file), verdict=verdict)


def of_error(path: Path, error: LabelerError) -> Entry:
    """A file that could not be opened to be verified."""
    return Entry(name=str(path), path=None, verdict=None, problems=(Problem.of(error),))


def of_result(result: Result) -> Entry:
    """What became of one source in `label`. What was withheld is read where it is kept, in quarantine."""
    return Entry(
        name=result.output.file if result.output else result.verdict.file if result.verdict else result.source.file,
        path=bytes_of(result),
        verdict=result.verdict,
        status=result.status,
        problems=result.problems,
        source=result.source,
        output=result.output,
        sidecars=result.sidecars,
        preset=result.preset,
    )


def bytes_of(result: Result) -> Path | None:
    if result.output is not None:
        return Path(result.output.file)
    if result.status == "withheld" and result.verdict is not None:
        planned = Path(result.verdict.file)
        return planned.parent / QUARANTINE / planned.name
    return None
