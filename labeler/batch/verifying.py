"""Verify many files, one after the other: one that cannot be read never stops the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from labeler import __version__
from labeler.batch.apart import Reader
from labeler.batch.sources import Refused, Search, expand
from labeler.errors import IdentityError, Interrupted, LabelerError, UsageError
from labeler.language import say
from labeler.layers.credentials.identity import home
from labeler.layers.credentials.trust import load_trust
from labeler.planning import agree
from labeler.rules.declarations import load_declaration
from labeler.rules.presets import load_preset
from labeler.rules.record import Problem
from labeler.verdict import LAYERS, Disclosure, Found, Integrity, LayerState, Outcome, Trust, Verdict

if TYPE_CHECKING:
    from labeler.inspection import Inspection


@dataclass(frozen=True)
class Question:
    """What `labeler verify` can be asked of each file, and `labeler inspect` of one, without a preset. init: the first
    piece of a film that is streamed, of which the files are the segments."""

    presets: Sequence[str] = ()
    declaration: Path | None = None
    trust: Path | None = None
    records: Path | None = None
    budget: float | None = None
    online: bool = False
    init: Path | None = None


@dataclass(frozen=True)
class Unjudged:
    """A file that could not be opened, and why."""

    path: Path
    error: LabelerError

    def verdict(self) -> Verdict:
        """For those who read JSON: outcome `error`, everything else unknown, and the reason under `problems`."""
        return Verdict(
            file=str(self.path),
            sha256=None,
            bytes=None,
            outcome=Outcome.ERROR,
            disclosure=Disclosure.UNDETERMINED,
            integrity=Integrity.UNREADABLE,
            trust=Trust.NONE,
            judged_by=None,
            layers=dict.fromkeys(LAYERS, LayerState.NOT_CHECKED),
            checks=(),
            found=Found(),
            labeler=__version__,
            problems=(Problem.of(self.error),),  # what programs write may hold more
        )


def verify_all(
    names: Sequence[str], question: Question, *, recursive: bool = False, check: Callable[[], None] = lambda: None
) -> Iterator[Verdict | Unjudged]:
    """A verdict for each file and preset, in order, each file read in a process apart.

    check: called often, may raise Interrupted. Raises UsageError and IdentityError before the first.
    """
    presets = [load_preset(name) for name in question.presets]
    if question.declaration is not None:
        declaration = load_declaration(question.declaration)
        for asked in presets:
            agree(asked, declaration)
    load_trust(question.trust, home())
    with Reader() as reader:
        for files in each(names, question, recursive):
            if isinstance(files, Refused):
                yield Unjudged(files.path, files.error)
                continue
            for preset in question.presets or (None,):
                yield judged(reader, files, preset, question, check)


def each(names: Sequence[str], question: Question, recursive: bool) -> Iterator[Sequence[Path] | Refused]:
    """What is judged at a time: a file; the segments of one film, all together."""
    if question.init is not None:
        yield [Path(name) for name in names]
        return
    for entry in expand(names, Search(recursive, "all", question.records)):
        yield entry if isinstance(entry, Refused) else [entry.path]


def inspect_one(files: Sequence[Path], question: Question, check: Callable[[], None]) -> Inspection:
    """What a file discloses, or the film whose segments the files are; it is read in a process apart.

    check: called often, may raise Interrupted. Raises as `inspect`, and UsageError.
    """
    with Reader() as reader, film_of(files, question) as film:
        inspection: Inspection = reader.ask(("inspect", film), question.init or files[0], check)
    return inspection


@contextmanager
def film_of(files: Sequence[Path], question: Question) -> Iterator[dict[str, object]]:
    """What the reading process is asked of one film: where it is, and how its credentials are read. What is put
    together of pieces is gone afterwards, however that process ends. Raises UsageError."""
    film: dict[str, object] = {"trust": question.trust, "online": question.online}
    if question.init is None:
        yield {**film, "file": files[0]}
        return
    refuse_online(question.online)
    with TemporaryDirectory(prefix="labeler-") as scratch:
        yield {**film, "file": question.init, "segments": files, "scratch": Path(scratch)}


def refuse_online(online: bool) -> None:
    """Raises UsageError."""
    if online:
        raise UsageError(
            say(
                "--online with --init: pieces carry their credentials.",
                "--online avec --init : les morceaux les portent.",
            ),
            remedy=say("Leave one of the two out.", "Retirez l'un des deux."),
        )


def judged(
    reader: Reader, files: Sequence[Path], preset: str | None, question: Question, check: Callable[[], None]
) -> Verdict | Unjudged:
    path = question.init or files[0]
    asked = {
        "preset": preset,
        "declaration": question.declaration,
        "records": question.records,
        "budget": question.budget,
    }
    try:
        with film_of(files, question) as film:
            verdict: Verdict = reader.ask(("verify", {**film, **asked}), path, check)
    except (Interrupted, UsageError, IdentityError):
        raise
    except LabelerError as error:
        return Unjudged(path, error)
    return verdict
