"""Which frames the reader of the mention looks at: the ends of each interval, what lies just outside, and between."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from labeler.media.picture import Picture, PictureFormat
from labeler.rules.plan import Interval

LEAST = 8
MOST = 24
BUDGET = 64
"""Frames inside an interval: at least, at most, and over all intervals (which keeps time and memory flat)."""
SPACING = Fraction(2)
"""Seconds between frames, where MOST allows it."""
EXACT_EVERY = 4
"""Every so many, the frame itself is taken and not the keyframe near it: what only keyframes show is not shown."""


class Frames(Protocol):
    """What the reader needs of `labeler.media.frames.FrameReader`."""

    @property
    def format(self) -> PictureFormat: ...
    @property
    def duration(self) -> Fraction: ...
    @property
    def keyframes(self) -> tuple[Fraction, ...]: ...
    @property
    def frame_count(self) -> int: ...
    def time_of(self, index: int) -> Fraction: ...
    def index_at(self, seconds: Fraction) -> int: ...
    def pictures(self, times: Iterable[Fraction]) -> Iterator[Picture]: ...


@dataclass(frozen=True)
class Span:
    """One interval in frames: `first` and `last` show the mention; `inside` are the frames to look at, in order.

    before, after: the frames next to it that must not show it, None at the ends of the video and where the next
    interval follows at once.
    """

    interval: Interval
    first: int
    last: int
    inside: tuple[int, ...]
    before: int | None
    after: int | None


def spans(frames: Frames, intervals: Sequence[Interval]) -> tuple[Span, ...]:
    """The frames to look at for these intervals; an interval that no frame falls into is left out."""
    bounds = []
    for interval in intervals:
        first, last = first_from(frames, interval.start), first_from(frames, interval.end) - 1
        if first <= last:
            bounds.append((interval, first, last))
    keys = [frames.index_at(seconds) for seconds in frames.keyframes]
    share = max(LEAST, BUDGET // max(len(bounds), 1))
    shown = [(first, last) for _, first, last in bounds]
    return tuple(
        Span(
            interval=interval,
            first=first,
            last=last,
            inside=between(frames, first, last, keys, min(MOST, share)),
            before=outside(first - 1, shown, frames.frame_count),
            after=outside(last + 1, shown, frames.frame_count),
        )
        for interval, first, last in bounds
    )


def first_from(frames: Frames, seconds: Fraction) -> int:
    """The number of the first frame at or after this time; the count of frames where there is none."""
    index = frames.index_at(max(seconds, Fraction(0)))
    return index if frames.time_of(index) >= seconds else index + 1


def outside(index: int, shown: Sequence[tuple[int, int]], count: int) -> int | None:
    in_video = 0 <= index < count
    return index if in_video and not any(first <= index <= last for first, last in shown) else None


def between(frames: Frames, first: int, last: int, keys: Sequence[int], most: int) -> tuple[int, ...]:
    """The first and the last frame, and others spread evenly; most of them keyframes, which are cheap to reach."""
    seconds = frames.time_of(last) - frames.time_of(first)
    wanted = min(max(LEAST, -(-seconds // SPACING)), most, last - first + 1)
    gap = Fraction(last - first, max(wanted - 1, 1))
    chosen = {first, last}
    for number in range(wanted):
        target = first + round(number * gap)
        near = nearest(keys, target) if number % EXACT_EVERY else None
        is_near = near is not None and abs(near - target) <= gap / 2 and first <= near <= last
        chosen.add(near if near is not None and is_near else target)
    return tuple(sorted(chosen))


def nearest(keys: Sequence[int], index: int) -> int | None:
    at = bisect_left(keys, index)
    around = keys[max(at - 1, 0) : at + 1]
    return min(around, key=lambda key: abs(key - index)) if around else None
