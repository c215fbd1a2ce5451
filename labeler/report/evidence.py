"""What a page shows of a file beyond its verdict, read again from the finished bytes: tracks, manifests, frames.

Whatever cannot be read is told as a note in its place; a page is never lost over one hostile file. Such a file is
opened in a process apart alone, under the limits of all reading of strangers' files.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from labeler import words
from labeler.batch.apart import Reader
from labeler.errors import Interrupted, LabelerError
from labeler.language import say
from labeler.layers.credentials.tree import FoundStore
from labeler.media.outline import Outline
from labeler.report.entry import Entry
from labeler.report.second_look import Facts, Pictures, Reading
from labeler.report.strip import Strip
from labeler.report.timeline import Timeline, timeline_of
from labeler.rules.plan import MentionPlan, PlanItem
from labeler.rules.presets import load_preset, rules_in
from labeler.verdict import FoundMention, Verdict

LOOKING = "labeler.report.looking"
"""The module that the process apart runs."""
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
class Look:
    """Has files looked at again. reader: of LOOKING. check: called often, may raise Interrupted."""

    reader: Reader
    reading: Reading
    check: Callable[[], None]

    def facts(self, path: Path, verdict: Verdict | None, scratch: Path | None) -> Facts:
        """scratch: a folder for a film in pieces. Of a file that ended the reading, or whose pieces could not be put
        together: why. Raises only Interrupted."""
        asked = {"file": path, "reading": self.reading, "verdict": verdict, "scratch": scratch}
        try:
            facts: Facts = self.reader.ask(("facts", asked), path, self.check)
        except Interrupted:
            raise
        except LabelerError as error:
            return Facts(None if self.reading.segments else path, notes=(error.message,))
        return facts

    def pictures(self, path: Path, file: Path, track: int, found: tuple[FoundMention, ...]) -> Pictures:
        """file: where the pictures of `path` lie. Raises only Interrupted."""
        asked = {"file": file, "track": track, "found": found}
        try:
            pictures: Pictures = self.reader.ask(("pictures", asked), path, self.check)
        except Interrupted:
            raise
        except LabelerError as error:
            return Pictures(None, words.field(say("Pictures", "Images"), error.message))
        return pictures


def gather(entry: Entry, look: Look, *, pictures: bool) -> Evidence:
    """Look at the file of an entry again. Raises only Interrupted."""
    path = entry.path
    if path is None or not is_there(path):
        return unread(entry)
    found = entry.verdict.found.mention if entry.verdict else ()
    with ExitStack() as made:
        is_whole = not look.reading.segments
        scratch = None if is_whole else Path(made.enter_context(TemporaryDirectory(prefix="labeler-")))
        facts = look.facts(path, entry.verdict, scratch)
        tracks = tracks_of(facts.outline)[:MOST_TRACKS]
        file = facts.pictures if pictures else None
        looks = [(track, look.pictures(path, file, track, on(track, found))) for track in tracks if file is not None]
    seconds = facts.outline.seconds if facts.outline else None
    lines = [timeline_of(track, planned(facts.plan, track), on(track, found), seconds, facts.gaps) for track in tracks]
    return Evidence(
        outline=facts.outline,
        store=facts.store,
        strips=tuple((track, seen.strip) for track, seen in looks if seen.strip is not None),
        timelines=tuple(line for line in lines if line is not None),
        preset=preset_of(entry),
        notes=(*facts.notes, *(seen.note for _, seen in looks if seen.note is not None)),
    )


def unread(entry: Entry) -> Evidence:
    """What is known of an entry without reading its file again."""
    return Evidence(None, None, (), (), preset_of(entry), ())


def is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


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
