"""The picture with which a film opens where its edit list begins between two pictures.

It has begun before, and players show it for the rest of its time (ISO/IEC 14496-12, 8.6.6). libavformat (62) leaves it
out and begins with the next one, at zero. So it counts as shown at zero seconds, as that one does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Opening:
    """origin: the tick of the first picture that is shown from its beginning, zero seconds. partial: that of the one of
    which only the rest is shown; None where there is none."""

    origin: int
    partial: int | None = None


def opening(pts: Numbers, start: int) -> Opening:
    """pts: the times of all pictures, in ticks of their media. start: where the edit list begins."""
    before, after = pts[pts < start], pts[pts >= start]
    if not len(after) or not len(before) or int(after.min()) == start:
        return Opening(start)
    return Opening(int(after.min()), int(before.max()))
