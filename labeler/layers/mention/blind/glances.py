"""Which pictures of a stranger's video are looked at, and which of them are read as a whole.

Mentions are due at first exposure, so the beginning is looked at closely, and the end too. In between, a short film is
looked at as closely; a long one in pairs of pictures, the first of each a keyframe, which costs least: what stands
still from one look to the next may be text (`standing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from labeler.layers.mention.sampling import Frames, nearest

HEAD = Fraction(10)
TAIL = Fraction(5)
"""Seconds at the beginning and at the end."""
STEP = Fraction(1, 2)
"""Seconds between two looks there, and between the two of a pair."""
FARTHEST = Fraction(1)
"""Seconds between two looks, from which they are made in pairs instead."""
MOST_BETWEEN = 96
LEAST_BETWEEN = 48
FULL_HD = 1920 * 1080
"""Looks between beginning and end, of pictures of FULL_HD or less; of larger ones as many fewer, down to the least."""
HEAD_WHOLE = 5
WHOLE = Fraction(10)
MOST_WHOLE = 10
"""At the beginning every so many looks are of the whole picture; then one each so many seconds, as far as so many
allow."""


@dataclass(frozen=True)
class Glance:
    """One frame to look at, by its number. is_whole: all of it is read, also for text that does not stand still."""

    index: int
    is_whole: bool


def glances(frames: Frames) -> tuple[Glance, ...]:
    """The frames to look at, in order."""
    end = frames.time_of(-1)
    head = steps(Fraction(0), min(HEAD, end), STEP)
    tail = steps(max(end - TAIL, Fraction(0)) // STEP * STEP, end, STEP)
    times = {*head, *tail, *between(frames, HEAD, tail[0])}
    chosen = apart(sorted({frames.index_at(seconds) for seconds in times} | {frames.index_at(end)}), frames)
    whole = {frames.index_at(seconds) for seconds in head[::HEAD_WHOLE]} | {frames.index_at(end)}
    whole |= set(spread([index for index in chosen if index not in whole], frames, HEAD)) | set(alone(chosen, frames))
    return tuple(Glance(index, index in whole) for index in chosen)


def steps(begin: Fraction, end: Fraction, step: Fraction) -> list[Fraction]:
    return [begin + step * number for number in range(int((end - begin) / step) + 1)] if end >= begin else []


def apart(indexes: Sequence[int], frames: Frames) -> list[int]:
    """Without those that come less than half a step after another: what moves slowly would seem to stand. The last one
    stays."""
    kept: list[int] = []
    for index in indexes:
        if kept and frames.time_of(index) - frames.time_of(kept[-1]) < STEP / 2:
            if index != indexes[-1] or len(kept) == 1:
                continue
            kept.pop()
        kept.append(index)
    return kept


def between(frames: Frames, begin: Fraction, end: Fraction) -> list[Fraction]:
    """Looks one after the other where so many are enough, else pairs that are spread evenly."""
    if end <= begin:
        return []
    width, height = frames.format.display_size
    most = max(LEAST_BETWEEN, min(MOST_BETWEEN, MOST_BETWEEN * FULL_HD // (width * height)))
    step = max(STEP, (end - begin) / most)
    if step <= FARTHEST:
        return steps(begin + step, end, step)
    keys = keys_near(frames, steps(begin + step, end, 2 * step), step)
    return [seconds for key in keys for seconds in (key, key + STEP)]


def keys_near(frames: Frames, times: Sequence[Fraction], reach: Fraction) -> list[Fraction]:
    """The keyframe nearest to each time; where none is within reach, the very frame."""
    keys = [frames.index_at(seconds) for seconds in frames.keyframes]
    found = []
    for seconds in times:
        target = frames.index_at(seconds)
        near = nearest(keys, target)
        is_near = near is not None and abs(frames.time_of(near) - seconds) <= reach
        found.append(frames.time_of(near if near is not None and is_near else target))
    return found


def spread(indexes: Sequence[int], frames: Frames, begin: Fraction) -> list[int]:
    """Of these frames, the first each so many seconds after the beginning that had a look before it near enough."""
    step = max(WHOLE, (frames.duration - begin) / MOST_WHOLE)
    chosen, due = [], begin + step / 2
    for before, index in pairwise(indexes):
        seconds = frames.time_of(index)
        if seconds >= due and seconds - frames.time_of(before) <= FARTHEST:
            chosen.append(index)
            due = seconds + step
    return chosen


def alone(indexes: Sequence[int], frames: Frames) -> list[int]:
    """Those that have no other near enough to tell what stands still: of a film that shows each picture for seconds."""
    times = [frames.time_of(index) for index in indexes]
    near = [later - earlier <= FARTHEST for earlier, later in pairwise(times)]
    return [
        index
        for index, before, after in zip(indexes, [False, *near], [*near, False], strict=True)
        if not (before or after)
    ]


def longest_gap(seconds: Sequence[Fraction], duration: Fraction) -> float:
    """The longest time, in seconds, that was not looked at: between two pictures, before the first, after the last."""
    marks = [Fraction(0), *sorted(seconds), duration]
    return round(float(max((later - earlier for earlier, later in pairwise(marks)), default=duration)), 3)
