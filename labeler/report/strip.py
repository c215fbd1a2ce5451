"""The strip: a few frames decoded from a finished file, with the mention outlined where it was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from labeler.media.frames import FrameReader
from labeler.media.picture import Picture
from labeler.report.still import as_data, detail_of, frame_of
from labeler.rules.plan import Box
from labeler.verdict import FoundMention

FRAMES = 6
WITH_MENTION = 2
"""Frames of the strip that lie where the mention is, where there is one."""


@dataclass(frozen=True)
class Still:
    """One frame of the strip. data: its address (`data:`). outlined: whether the mention was found at this time."""

    seconds: float
    data: str
    outlined: bool


@dataclass(frozen=True)
class Strip:
    """detail: the mention pixel for pixel, from the first frame that shows it; None where none does."""

    stills: tuple[Still, ...]
    detail: str | None = None


def strip_of(path: Path, track: int, found: Sequence[FoundMention]) -> Strip:
    """Frames of one video track. found: what a reader found on this track.

    Raises SourceMissing, SourceUnreadable, SourceUnsupported, Temporary.
    """
    stills: list[Still] = []
    detail: str | None = None
    with FrameReader(path, track) as frames:
        for picture in frames.pictures(times_for(frames, found)):
            boxes = boxes_at(picture, found)
            stills.append(Still(float(picture.seconds), as_data(frame_of(picture, boxes)), bool(boxes)))
            if detail is None and boxes:
                detail = as_data(detail_of(picture, boxes[0]))
    return Strip(tuple(stills), detail)


def times_for(frames: FrameReader, found: Sequence[FoundMention]) -> list[Fraction]:
    """Evenly over the file; where that meets too few stretches with a mention, the nearest move into them."""
    duration = frames.duration
    times = [duration * (2 * number + 1) / (2 * FRAMES) for number in range(FRAMES)]
    moved: set[int] = set()
    for one in [one for one in found if one.box is not None and one.start < duration][:WITH_MENTION]:
        if not any(one.start <= at < one.end for at in times):
            middle = Fraction((one.start + min(one.end, float(duration))) / 2)
            nearest = min((at for at in range(FRAMES) if at not in moved), key=lambda at: abs(times[at] - middle))
            times[nearest] = middle
            moved.add(nearest)
    return [frames.time_of(index) for index in sorted({frames.index_at(max(at, Fraction(0))) for at in times})]


def boxes_at(picture: Picture, found: Iterable[FoundMention]) -> tuple[Box, ...]:
    """The boxes of all that was found at this time."""
    at = float(picture.seconds) + 1e-6
    return tuple(one.box for one in found if one.box is not None and one.start <= at < one.end)
