"""When and where the layers that work on pixels change the pictures of a video."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

Box = tuple[int, int, int, int]
Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Changes:
    """When and where painting changes pictures: from (included) to (excluded) in seconds from the first shown one, and
    boxes `[x, y, width, height]` in pixels of the stored frame."""

    intervals: tuple[Interval, ...]
    boxes: tuple[Box, ...] = ()

    def at(self, ticks: np.ndarray, origin: int, timescale: int) -> np.ndarray:
        """Which of these times (ticks of 1/timescale s; `origin` is zero seconds) lie in an interval: bool."""
        found = np.zeros(len(ticks), bool)
        for start, end in self.intervals:
            found |= (ticks - origin >= ceil(start * timescale)) & (ticks - origin < ceil(end * timescale))
        return found
