"""Which presets a file meets that was judged by none: for each, the checks that stand in the way.

The seal is read once and pictures at hand are decoded once for all; a track is looked at closely only where a preset's
mention is seen at a glance.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from itertools import repeat

from labeler import judge
from labeler.errors import PresetError, SourceRejected, SourceUnreadable, SourceUnsupported
from labeler.expectation import Expectation, Grounds, expect
from labeler.language import say
from labeler.layers.mention import read as mention_reader
from labeler.layers.mention import second, ungiven
from labeler.layers.mention.evidence import PRESENT
from labeler.layers.mention.read import glance
from labeler.layers.mention.sampling import Frames
from labeler.layers.registry import LAYERS, Evidence, merge
from labeler.media.picture import Picture, PictureFormat
from labeler.rules.plan import MentionPlan
from labeler.rules.presets import LoadedPreset, list_presets
from labeler.verdict import Check, LayerName, LayerReading, LayerState, Status, Verdict

MOST_BYTES = 256 << 20
"""Of pictures that are kept decoded, over all tracks: presets look at the same ones, and decoding is three quarters of
what judging by all of them takes (measured). 80 pictures of Full HD, or 20 of 4K."""


class KeptFrames:
    """The frames of a track, of which those that were asked for stay decoded, as far as `room` (bytes) allows."""

    def __init__(self, frames: Frames, room: int) -> None:
        self.frames = frames
        self.room = room
        self.kept: dict[int, Picture] = {}
        self.held = 0

    @property
    def format(self) -> PictureFormat:
        return self.frames.format

    @property
    def duration(self) -> Fraction:
        return self.frames.duration

    @property
    def keyframes(self) -> tuple[Fraction, ...]:
        return self.frames.keyframes

    @property
    def frame_count(self) -> int:
        return self.frames.frame_count

    def time_of(self, index: int) -> Fraction:
        return self.frames.time_of(index)

    def index_at(self, seconds: Fraction) -> int:
        return self.frames.index_at(seconds)

    def pictures(self, times: Iterable[Fraction]) -> Iterator[Picture]:
        """As those of the track itself: one for each time, in order, without what does not decode."""
        asked = Counter(self.index_at(seconds) for seconds in times)
        kept = [self.kept[index] for index in sorted(asked) if index in self.kept]
        for picture in kept:
            self.kept[picture.index] = self.kept.pop(picture.index)  # those used last are dropped last
        missing = [self.time_of(index) for index in sorted(asked) if index not in self.kept]
        decoded = self.keeping(self.frames.pictures(missing), asked)
        for picture in heapq.merge(kept, decoded, key=lambda one: one.index):
            yield from repeat(picture, asked[picture.index])

    def keeping(self, pictures: Iterator[Picture], asked: Mapping[int, int]) -> Iterator[Picture]:
        """Each, kept where there is room for it beside the others that are asked for."""
        for picture in pictures:
            size = bytes_of(picture)
            for index in [index for index in self.kept if index not in asked]:
                if self.held + size <= self.room:
                    break
                self.held -= bytes_of(self.kept.pop(index))
            if self.held + size <= self.room:
                self.kept[picture.index] = picture
                self.held += size
            yield picture


def bytes_of(picture: Picture) -> int:
    alpha = picture.alpha.nbytes if picture.alpha is not None else 0
    return sum(plane.nbytes for plane in picture.planes) + alpha


@dataclass(frozen=True)
class Met:
    """Judges one file by one preset after the other. verdict: on the same file by no preset. unread: why the other
    tracks cannot be read."""

    grounds: Grounds
    verdict: Verdict
    frames: Mapping[int, Frames]
    unread: Mapping[int, SourceRejected]
    read: dict[tuple[str, ...], LayerReading] = field(default_factory=dict)

    def in_the_way(self, preset: LoadedPreset) -> tuple[str, ...]:
        """What keeps the file from meeting this preset, as `labeler verify --preset` has it. All over the pictures only
        a mention is looked for whose text was read somewhere in them."""
        expectation = expect(self.grounds, preset, opened=self.opened, may_be_elsewhere=self.was_read)
        readings = self.readings(expectation)
        extra = judge.agreement(self.verdict.found, expectation.involvement)
        unplaced = (judge.unplaced(one.track, one.reason) for one in expectation.unplaced)
        read = (check for reading in readings.values() for check in reading.checks)
        made = (*read, *((extra,) if extra else ()), *unplaced)
        checks = tuple(judge.with_mandate(check, expectation.layers) for check in made)
        return judge.in_the_way(checks, readings, expectation.layers)

    def readings(self, expectation: Expectation) -> dict[LayerName, LayerReading]:
        item = expectation.item
        evidence = Evidence(self.grounds.path, item, self.grounds.sealed, self.opened)
        asked = "" if item is None else item.model_dump_json(include={"metadata", "credentials"})
        readings: dict[LayerName, LayerReading] = {
            layer.name: self.once((layer.name, asked), partial(layer.read, evidence))
            for layer in LAYERS
            if layer.name != "mention"
        }
        plans = item.mention if item is not None else ()
        planned = tuple(plan.model_dump_json() for plan in plans)
        readings["mention"] = self.once(("mention", *planned), partial(self.mention, plans))
        media = tuple(check for check in self.verdict.checks if check.layer == "media")
        readings["media"] = LayerReading(layer="media", state=self.verdict.layers["media"], checks=media)
        return readings

    def once(self, asked: tuple[str, ...], read: Callable[[], LayerReading]) -> LayerReading:
        """Presets that ask for the same share one reading."""
        if asked not in self.read:
            self.read[asked] = read()
        return self.read[asked]

    def mention(self, plans: tuple[MentionPlan, ...]) -> LayerReading:
        """Read closely only where it is there at a glance, or was read elsewhere."""
        if not plans:  # the preset has no layout for this shape of picture: nothing can be measured
            return LayerReading(layer="mention", state=LayerState.NOT_CHECKED)
        if not all(glance(self.frames[plan.track], plan) >= PRESENT or self.was_read(plan) for plan in plans):
            return unseen()
        return merge(tuple(self.mention_of(plan) for plan in plans))

    def mention_of(self, plan: MentionPlan) -> LayerReading:
        return ungiven.read_beside(mention_reader.read(self.frames[plan.track], plan), plan, self.grounds.gaps)

    def was_read(self, plan: MentionPlan) -> bool:
        """Whether the search without a plan came upon this mention, wherever it stands; of an image alone, which it
        cannot know, nobody can tell before looking."""
        if not plan.lines:
            return True
        texts = (one.text for one in self.verdict.found.mention if one.track in (plan.track, None))
        return any(second.reads_as(text, plan.text) for text in texts)

    def opened(self, track: int) -> AbstractContextManager[Frames]:
        """A plan may name a track that is not there: its reader says so. Raises why a track cannot be read."""
        if track in self.unread:
            raise self.unread[track]
        if track in self.frames:
            return nullcontext(self.frames[track])
        return self.grounds.tracks.frames(track)


def meets_each(grounds: Grounds, verdict: Verdict) -> Verdict:
    """The verdict with, for each preset that can be named by its id, in order, the ids of what stands in the way, none
    where it is met; and with a check for each video track that cannot be read, since nothing in it was judged.

    verdict: on this file by no preset.
    """
    frames: dict[int, Frames] = {}
    unread: dict[int, SourceRejected] = {}
    room = MOST_BYTES // max(1, len(grounds.moving))
    with ExitStack() as opened:
        for track in grounds.moving:
            try:
                reader = opened.enter_context(grounds.tracks.frames(track))
            except (SourceUnsupported, SourceUnreadable) as error:
                unread[track] = error
            else:
                frames[track] = KeptFrames(reader, room)
        met = Met(grounds, verdict, frames, unread)
        meets = {preset.preset.id: met.in_the_way(preset) for preset in sound_presets()}
    told = {check.track for check in verdict.checks if check.layer == "mention"}  # by the file's own plan
    silent = (judge.unread(track, error.message) for track, error in unread.items() if track not in told)
    return verdict.model_copy(update={"meets": meets, "checks": (*verdict.checks, *silent)})


def sound_presets() -> Iterator[LoadedPreset]:
    """All presets that can be read: a broken one of this machine's user is no fact about a file."""
    with suppress(PresetError):
        yield from list_presets()


def unseen() -> LayerReading:
    """The mention of a file in which this preset's was not seen where it would be, in any of its languages."""
    message = say(
        "The preset's mention is not where it places it.", "La mention du préréglage n'est pas là où il la place."
    )
    check = Check(id="mention.presence", layer="mention", status=Status.FAIL, message=message)
    return LayerReading(layer="mention", state=LayerState.ABSENT, checks=(check,))
