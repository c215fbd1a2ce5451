"""When a found text comes and goes: its own picture is the template that other frames are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from labeler.layers.mention import matching
from labeler.layers.mention.blind.sightings import Sighting
from labeler.layers.mention.blind.tracks import Track
from labeler.layers.mention.colour import as_luma, components
from labeler.layers.mention.evidence import PRESENT
from labeler.layers.mention.sampling import Frames

NEAR = Fraction(1)
"""Seconds from frame to frame, looking away from one that shows a text."""
STILL = 8
"""Pictures in the temporal median that is the template."""
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
        self.size = max(6.0, still.shape[0] / 3)
        self.pattern = matching.high_pass(still, self.size)

    def shows(self, frames: Frames, index: int) -> bool | None:
        """Whether a frame shows it at its place; None where it does not decode."""
        picture = next(iter(frames.pictures([frames.time_of(index)])), None)
        if picture is None:
            return None
        height, width = self.pattern.shape
        luma = as_luma(components(picture, *self.last.origin, width, height)[0], picture.format)
        return bool(agreement(matching.high_pass(luma, self.size), self.pattern) >= PRESENT)

    def edge(self, frames: Frames, shown: int, step: int, *, exact: bool) -> Edge:
        """Look away from a frame that shows it, a second at a time, then halve what is left."""
        limit = frames.frame_count - 1 if step > 0 else 0
        hidden: int | None = None
        begun = frames.time_of(shown)
        while shown != limit and hidden is None:
            target = frames.index_at(max(Fraction(0), min(frames.duration, frames.time_of(shown) + step * NEAR)))
            target = min(max(target, 0), frames.frame_count - 1)
            target = target if target != shown else shown + step
            if self.shows(frames, target):
                shown = target
            else:
                hidden = target
            if not exact and abs(frames.time_of(shown) - begun) >= FARTHEST:
                return Edge(shown, float(NEAR))
        while hidden is not None and abs(hidden - shown) > 1:
            middle = (shown + hidden) // 2
            if self.shows(frames, middle):
                shown = middle
            else:
                hidden = middle
        return Edge(shown, 0.0)


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Zero-mean normalised correlation, -1 to 1; 0 of a flat region."""
    a, b = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 0.0
