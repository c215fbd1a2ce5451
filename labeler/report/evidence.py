"""What a page shows of a file beyond its verdict, read again from the finished bytes: tracks, manifests, frames.

Whatever cannot be read is told as a note in its place; a page is never lost over one hostile file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from labeler import words
from labeler.errors import Interrupted, LabelerError
from labeler.expectation import known_plan
from labeler.language import say
from labeler.layers.credentials.read import Sealed, beside
from labeler.layers.credentials.remote import Network
from labeler.layers.credentials.tree import FoundStore, read_tree
from labeler.layers.credentials.trust import Trust
from labeler.media.outline import Outline, outline
from labeler.media.survey import survey
from labeler.progress import Progress, silent
from labeler.release import read_record
from labeler.report.entry import Entry
from labeler.report.strip import Strip, strip_of
from labeler.report.timeline import Timeline, timeline_of
from labeler.rules.plan import MentionPlan, PlanItem
from labeler.rules.presets import load_preset, rules_in
from labeler.verdict import FoundMention, LayerState, Verdict
from labeler.verification import in_one

logger = logging.getLogger("labeler")

Read = TypeVar("Read")
MOST_TRACKS = 3
"""Video tracks of one file that get a strip."""


@dataclass(frozen=True)
class PresetFacts:
    """title, checked, expires: only where the preset with this very hash is at hand. checked: when the newest of its
    rules was looked up; expires: when the first of them must be looked up again."""

    id: str
    version: int
    sha256: str
    title: str | None = None
    checked: date | None = None
    expires: date | None = None


@dataclass(frozen=True)
class Evidence:
    """notes: what could not be shown, and why."""

    outline: Outline | None
    store: FoundStore | None
    strips: tuple[tuple[int, Strip], ...]
    timelines: tuple[Timeline, ...]
    preset: PresetFacts | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """How files are read again: whom to trust, where records are, with credentials from the network or without.
    segments: of the film in pieces of which the file is the first; empty where it is whole."""

    trust: Trust
    records: Path | None = None
    progress: Progress = silent
    network: Network | None = None
    segments: tuple[Path, ...] = ()


def gather(entry: Entry, reading: Reading, *, pictures: bool) -> Evidence:
    """Read the file of an entry again. Raises only Interrupted."""
    if entry.path is None or not is_there(entry.path):
        return unread(entry)
    try:
        with sealed_again(entry.path, reading) as sealed:
            return gathered(entry, Second(sealed, reading, entry.verdict), pictures=pictures)
    except Interrupted:
        raise
    except LabelerError as error:  # its pieces could not be put together again
        return replace(unread(entry), notes=(error.message,))


@contextmanager
def sealed_again(path: Path, reading: Reading) -> Iterator[Sealed]:
    """Raises SourceMissing, SourceUnreadable, DiskFull, of a film in pieces."""
    if not reading.segments:
        yield beside(path, reading.trust, reading.network)
        return
    with in_one(path, reading.segments, reading.trust) as sealed:
        yield sealed


def gathered(entry: Entry, second: Second, *, pictures: bool) -> Evidence:
    outlined, store, plan = second.outline(), second.store(), second.plan()
    found = entry.verdict.found.mention if entry.verdict else ()
    tracks = tracks_of(outlined)[:MOST_TRACKS]
    strips = [(track, second.strip(track, on(track, found))) for track in tracks] if pictures else []
    seconds = outlined.seconds if outlined else None
    gaps = second.sealed.film.gaps if second.sealed.film is not None else ()
    lines = [timeline_of(track, planned(plan, track), on(track, found), seconds, gaps) for track in tracks]
    return Evidence(
        outline=outlined,
        store=store,
        strips=tuple((track, strip) for track, strip in strips if strip is not None),
        timelines=tuple(line for line in lines if line is not None),
        preset=preset_of(entry),
        notes=tuple(second.notes),
    )


def unread(entry: Entry) -> Evidence:
    """What is known of an entry without reading its file again."""
    return Evidence(None, None, (), (), preset_of(entry), ())


def is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


class Second:
    """The second look at one file. What fails leaves a note, and None in its place."""

    def __init__(self, sealed: Sealed, reading: Reading, verdict: Verdict | None) -> None:
        self.path, self.reading, self.verdict = sealed.path, reading, verdict
        self.sealed = sealed
        self.notes: list[str] = []

    def outline(self) -> Outline | None:
        def read() -> Outline:
            return outline(survey(self.path, progress=self.reading.progress))

        return self.attempt(say("Tracks", "Pistes"), read)

    def store(self) -> FoundStore | None:
        return self.attempt(say("Credentials", "Identifiants de contenu"), lambda: read_tree(self.sealed))

    def plan(self) -> PlanItem | None:
        return self.attempt(say("Plan", "Plan"), self.find_plan)

    def find_plan(self) -> PlanItem | None:
        """From the record of these very bytes, which the verdict has hashed; else from what is signed."""
        records, verdict = self.reading.records, self.verdict
        record = read_record(self.path, records)
        released = record.verdict if record is not None else None
        if record is not None and released is not None and verdict is not None and released.sha256 == verdict.sha256:
            return record.plan
        if verdict is not None and verdict.layers.get("credentials") is LayerState.ABSENT:
            return None
        return known_plan(self.sealed, records).item

    def strip(self, track: int, found: tuple[FoundMention, ...]) -> Strip | None:
        return self.attempt(say("Pictures", "Images"), lambda: strip_of(self.path, track, found))

    def attempt(self, what: str, read: Callable[[], Read]) -> Read | None:
        try:
            return read()
        except Interrupted:
            raise
        except LabelerError as error:
            self.notes.append(words.field(what, error.message))
        except Exception as error:
            logger.debug("a bug", exc_info=error)
            self.notes.append(words.field(what, say("could not be shown.", "n'ont pas pu être montrés.")))
        return None


def tracks_of(outlined: Outline | None) -> tuple[int, ...]:
    return tuple(track.index for track in outlined.tracks if track.kind == "video") if outlined else (0,)


def on(track: int, found: tuple[FoundMention, ...]) -> tuple[FoundMention, ...]:
    return tuple(one for one in found if one.track in (track, None))


def planned(plan: PlanItem | None, track: int) -> MentionPlan | None:
    return next((mention for mention in plan.mention if mention.track == track), None) if plan else None


def preset_of(entry: Entry) -> PresetFacts | None:
    """The preset that the file was judged by or made for."""
    judged = entry.verdict.judged_by if entry.verdict else None
    if judged is not None:
        return with_dates(PresetFacts(judged.preset, judged.version, judged.sha256))
    if entry.preset is not None:
        return with_dates(PresetFacts(entry.preset.id, entry.preset.version, entry.preset.sha256))
    return None


def with_dates(facts: PresetFacts) -> PresetFacts:
    """The facts with title and dates, where this machine has the same preset."""
    try:
        loaded = load_preset(facts.id)
    except LabelerError:
        return facts
    if loaded.sha256 != facts.sha256:
        return facts
    rules = [rule for _, rule in rules_in(loaded.preset)]
    checked = max((rule.checked_at for rule in rules), default=None)
    expires = min((rule.expires for rule in rules if rule.expires is not None), default=None)
    title = loaded.preset.title
    return replace(facts, title=say(title.get("en", ""), title.get("fr", "")), checked=checked, expires=expires)
