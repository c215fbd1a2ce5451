"""Verify many files, one after the other: one that cannot be read never stops the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
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
    """What `labeler verify` can be asked of each file. init: the first piece of a film that is streamed, of which the
    files are the segments."""

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
    if question.init is not None:
        yield from verify_pieces(question.init, [Path(name) for name in names], question, check)
        return
    with Reader() as reader:
        for entry in expand(names, Search(recursive, "all", question.records)):
            if isinstance(entry, Refused):
                yield Unjudged(entry.path, entry.error)
                continue
            for preset in question.presets or (None,):
                yield judged(reader, entry.path, preset, question, check)


def verify_pieces(
    init: Path, segments: Sequence[Path], question: Question, check: Callable[[], None]
) -> Iterator[Verdict | Unjudged]:
    """One verdict for each preset, on the film that the pieces make. What is put together is gone afterwards, however
    the reading process ends."""
    refuse_online(question.online)
    with Reader() as reader:
        for preset in question.presets or (None,):
            with TemporaryDirectory(prefix="labeler-") as scratch:
                yield judged(reader, init, preset, question, check, {"segments": segments, "scratch": Path(scratch)})


def inspect_pieces(
    init: Path, segments: Sequence[Path], asked: Mapping[str, object], check: Callable[[], None]
) -> Inspection:
    """What the film in pieces discloses. asked: what `inspect` is asked besides. check: called often, may raise
    Interrupted. Raises as `inspect`, and UsageError."""
    refuse_online(bool(asked.get("online")))
    with Reader() as reader, TemporaryDirectory(prefix="labeler-") as scratch:
        call = {**asked, "file": init, "segments": segments, "scratch": Path(scratch)}
        inspection: Inspection = reader.ask(("inspect", call), init, check)
    return inspection


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
    reader: Reader,
    path: Path,
    preset: str | None,
    question: Question,
    check: Callable[[], None],
    more: Mapping[str, object] = MappingProxyType({}),
) -> Verdict | Unjudged:
    """more: what else is asked of this file."""
    asked = {
        "file": path,
        "preset": preset,
        "declaration": question.declaration,
        "trust": question.trust,
        "records": question.records,
        "budget": question.budget,
        "online": question.online,
        **more,
    }
    try:
        verdict: Verdict = reader.ask(("verify", asked), path, check)
    except (Interrupted, UsageError, IdentityError):
        raise
    except LabelerError as error:
        return Unjudged(path, error)
    return verdict
