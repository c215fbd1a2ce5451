"""When a found text comes and goes: its own picture is the template that other frames are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from labeler.layers.mention import matching
from labeler.layers.mention.blind.sightings import Sighting
from labeler.layers.mention.blind.tracks import Track
from labeler.layers.mention.colour import as_luma, components
from labeler.layers.mention.evidence import PRESENT
from labeler.layers.mention.sampling import Frames
from labeler.media.picture import Picture

NEAR = Fraction(1)
"""Seconds from frame to frame, looking away from one that shows a text."""
STILL = 8
"""Pictures in the temporal median that is the template."""
WIDEST = 100.0
"""Pixels of letters, from which the blur that strokes are told by grows no more: it would take seconds a picture."""
STEADY = 0.75
"""Share of the correlation that a text's own pictures have, from which another picture shows it too: where the ground
stands still as well, they have much more than a text on a moving one, and the bare ground has some. Where a picture of
that is at hand, what lies halfway between the two tells them apart."""
SAME = 0.85
"""Correlation from which a picture that should not show a text shows it after all: something else changed there."""
TOGETHER = 4
"""Such frames that are decoded in one go: one alone costs as much, where keyframes are rare."""
FARTHEST = Fraction(30)
"""Seconds beyond the last picture that was read, for which a text is followed unless all of it is asked for."""


@dataclass(frozen=True)
class Ends:
    """Seconds. within: how much they may be off, at most."""

    start: float
    end: float
    within: float


def ends_of(track: Track, frames: Frames, *, exact: bool) -> Ends:
    """The first and the last moment of a track, to one frame; further than FARTHEST from a picture that was read only
    when `exact`."""
    template = Template(track)
    start = template.edge(frames, track.sightings[0].index, -1, exact=exact)
    end = template.edge(frames, track.last.index, 1, exact=exact)
    return Ends(
        round(float(frames.time_of(start.index)), 6),
        round(float(after(frames, end.index)), 6),
        round(max(start.within, end.within), 3),
    )


def as_read(track: Track, frames: Frames) -> Ends:
    """The same from the pictures that were read alone: it may have begun earlier and gone on for longer."""
    start, end = float(track.start), float(after(frames, track.last.index))
    return Ends(round(start, 6), round(end, 6), float(FARTHEST))


def after(frames: Frames, index: int) -> Fraction:
    """When the next frame is shown."""
    return frames.time_of(index + 1) if index + 1 < frames.frame_count else frames.duration


@dataclass(frozen=True)
class Edge:
    """The last frame that shows it, looking one way; and how many seconds the true one may lie beyond."""

    index: int
    within: float


class Template:
    """What a text looks like, as the high-passed median of its own sightings."""

    def __init__(self, track: Track) -> None:
        alike = [one for one in track.sightings if one.parts[0].shape == track.last.parts[0].shape][-STILL:]
        self.last: Sighting = alike[-1]
        still = as_luma(np.median(np.stack([one.parts[0] for one in alike]), axis=0), self.last.format)
        self.size = min(max(6.0, still.shape[0] / 3), WIDEST)
        self.pattern = matching.high_pass(still, self.size)
        seen = [agreement(self.strokes_of(one.parts[0]), self.pattern) for one in alike]
        bare = [agreement(self.strokes_of(one.bare), self.pattern) for one in alike if one.bare is not None]
        least = [PRESENT, *([STEADY * min(seen)] if len(alike) > 1 else [])]
        least += [(1 + one) / 2 for one in bare if one < SAME]
        self.least = max(least)

    def strokes_of(self, luma: np.ndarray) -> np.ndarray:
        return matching.high_pass(as_luma(luma, self.last.format), self.size)

    def shows(self, picture: Picture) -> bool:
        """Whether a picture shows it at its place."""
        height, width = self.pattern.shape
        luma = components(picture, *self.last.origin, width, height)[0]
        return agreement(self.strokes_of(luma), self.pattern) >= self.least

    def edge(self, frames: Frames, shown: int, step: int, *, exact: bool) -> Edge:
        """Look away from a frame that shows it, a second at a time, then at each frame of the second it ends in."""
        limit = frames.frame_count - 1 if step > 0 else 0
        targets = away(frames, shown, step, None if exact else FARTHEST)
        hidden: int | None = None
        for part in batched(targets, TOGETHER):
            shown, hidden = self.last_in(frames, shown, part)
            if hidden is not None:
                break
        if hidden is None:
            return Edge(shown, 0.0 if shown == limit else float(NEAR))
        shown, _ = self.last_in(frames, shown, range(shown + step, hidden, step))
        return Edge(shown, 0.0)

    def last_in(self, frames: Frames, shown: int, indexes: Sequence[int]) -> tuple[int, int | None]:
        """The last of these frames, going away from one that shows it, before the first that does not; and that one.
        They are decoded in one go, however they are ordered. A frame that does not decode shows nothing."""
        pictures = frames.pictures([frames.time_of(index) for index in indexes])
        showing = {picture.index for picture in pictures if self.shows(picture)}
        for index in indexes:
            if index not in showing:
                return shown, index
            shown = index
        return shown, None


def away(frames: Frames, shown: int, step: int, farthest: Fraction | None) -> list[int]:
    """Frames a second apart, from the one after `shown` on to the end of the video, or so many seconds away."""
    limit = frames.frame_count - 1 if step > 0 else 0
    begun, found = frames.time_of(shown), []
    while shown != limit and (farthest is None or abs(frames.time_of(shown) - begun) < farthest):
        target = frames.index_at(max(Fraction(0), min(frames.duration, frames.time_of(shown) + step * NEAR)))
        target = min(max(target, 0), frames.frame_count - 1)
        shown = target if target != shown else shown + step
        found.append(shown)
    return found


def batched(indexes: Sequence[int], count: int) -> Iterator[Sequence[int]]:
    return (indexes[at : at + count] for at in range(0, len(indexes), count))


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Zero-mean normalised correlation, -1 to 1; 0 of a flat region."""
    a, b = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 0.0
