"""Which pictures of a stranger's video are read, and which need not be read again.

Mentions are due at first exposure, so the beginning is read closely; then the keyframes, which cost least, and the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np

from labeler.layers.mention.sampling import Frames, nearest

HEAD = Fraction(10)
HEAD_STEP = Fraction(1, 2)
"""Seconds at the beginning that are read, and how often."""
TAIL = Fraction(5)
TAIL_STEP = Fraction(1)
STEP = Fraction(10)
MOST_BETWEEN = 48
"""Between the two, a picture at least each so many seconds, as far as that many pictures allow."""
SMALL = (480, 270)
BLOCK = (12, 6)
"""Pixels of the small picture that stands for one already read, and of the blocks whose change is looked at: some
letters of the least text that can be read."""
CHANGED = 5.0
"""Codes (mean of a block) from which a picture shows something new. The least legible letters change a block by 12."""


def glances(frames: Frames) -> tuple[int, ...]:
    """The numbers of the frames to read, in order."""
    end = frames.time_of(-1)
    chosen = {frames.index_at(seconds) for seconds in steps(Fraction(0), min(HEAD, end), HEAD_STEP)}
    chosen |= {frames.index_at(seconds) for seconds in steps(max(end - TAIL, Fraction(0)), end, TAIL_STEP)}
    chosen |= set(between(frames, HEAD, end - TAIL))
    chosen.add(frames.index_at(end))
    return tuple(sorted(chosen))


def steps(begin: Fraction, end: Fraction, step: Fraction) -> list[Fraction]:
    return [begin + step * number for number in range(int((end - begin) / step) + 1)] if end >= begin else []


def between(frames: Frames, begin: Fraction, end: Fraction) -> list[int]:
    """Keyframes, spread evenly; where none is near, the very frame."""
    if end <= begin:
        return []
    step = max(STEP, (end - begin) / MOST_BETWEEN)
    keys = [frames.index_at(seconds) for seconds in frames.keyframes]
    times = {key: frames.time_of(key) for key in keys}
    found = []
    for seconds in steps(begin + step / 2, end, step):
        target = frames.index_at(seconds)
        near = nearest(keys, target)
        is_near = near is not None and abs(times[near] - seconds) <= step / 2
        found.append(near if near is not None and is_near else target)
    return found


def longest_gap(seconds: Sequence[Fraction], duration: Fraction) -> float:
    """The longest time, in seconds, that was not looked at: between two pictures, before the first, after the last."""
    marks = [Fraction(0), *sorted(seconds), duration]
    return round(float(max((later - earlier for earlier, later in pairwise(marks)), default=duration)), 3)


class Familiar:
    """What the last picture that was read looked like: one that hardly differs is not read again."""

    def __init__(self) -> None:
        self._small: np.ndarray | None = None

    def is_new(self, picture: np.ndarray) -> bool:
        """picture: as the recogniser is given it. True for the first, and for one that shows something new."""
        size = SMALL if picture.shape[1] >= picture.shape[0] else SMALL[::-1]
        small = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
        before, self._small = self._small, small if self._small is None else self._small
        if before is None:
            return True
        changes = cv2.blur(cv2.absdiff(small, before).astype(np.float32), BLOCK)
        if float(changes.max()) < CHANGED:
            return False
        self._small = small
        return True
