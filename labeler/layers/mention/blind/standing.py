"""Where a picture may hold a text that was not read yet: what stands still from one look to the next, has strokes, and
looked otherwise when it was last read. A text that discloses stands; most of a moving picture does not.

All of it is measured on luma, reduced to the size that text is looked for in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from labeler.layers.mention.blind.screen import Screen, luma_of
from labeler.media.picture import Picture

SIDE = 960
"""Pixels of the longer side."""
CELL, STRIDE = (32, 16), (16, 8)
"""Pixels, across and down: some letters of the least text that can be read, and the step from one cell to the next."""
SMOOTH = 2.0
"""Standard deviation of the blur, in pixels, that strokes are told from their ground by."""
STROKES = 8.0
"""Codes (root of the mean square, blur taken off) from which a cell may hold letters."""
STANDS = 0.65
"""Correlation of a cell with the look before from which it stands still."""
ALIKE = 0.4
"""Correlation with what was read there last, from which it is the same; and so many readings are enough of it."""
ENOUGH = 3
SAME = 5.0
"""Codes (mean of a cell) of difference below which it is the very same: reading it again would say the same."""
LEAST = 3
"""Cells that hang together and may hold a text; fewer are too small for one."""
NEAR = Fraction(1)
"""Seconds between two looks that may be compared."""
AROUND = (64, 40)
"""Pixels that are read beside, and above and below such cells."""

Edges = tuple[int, int, int, int]
UNREAD = -1000.0
"""A luma that no picture has."""

Part = tuple[float, float, float, float]
"""Of a screen: left, top, right and bottom, as shares of its width and height."""
WHOLE: tuple[Part, ...] = ((0.0, 0.0, 1.0, 1.0),)


@dataclass(frozen=True)
class Look:
    """One picture: luma and its strokes, float32, (rows, columns), `across` pixels of the display for one of them."""

    seconds: Fraction
    luma: np.ndarray
    strokes: np.ndarray


def look_at(picture: Picture, screen: Screen) -> Look:
    scale = SIDE / max(screen.size)
    size = round(screen.size[0] * scale), round(screen.size[1] * scale)
    luma = luma_of(picture, size).astype(np.float32)
    return Look(picture.seconds, luma, luma - cv2.GaussianBlur(luma, (0, 0), SMOOTH))


def mean_of_cells(values: np.ndarray) -> np.ndarray:
    """Of each cell, on a grid with a step of STRIDE."""
    return np.asarray(cv2.blur(values, CELL)[STRIDE[1] // 2 :: STRIDE[1], STRIDE[0] // 2 :: STRIDE[0]])


def power(look: Look) -> np.ndarray:
    return mean_of_cells(look.strokes * look.strokes)


def agreement(one: Look, other: Look) -> np.ndarray:
    """Correlation of the strokes of each cell, -1 to 1."""
    both = mean_of_cells(one.strokes * other.strokes)
    return np.asarray(both / np.sqrt(np.maximum(power(one) * power(other), 1e-6)))


def steady_between(one: Look, other: Look) -> np.ndarray:
    """The same, and 0 where either has no strokes."""
    has_strokes = np.minimum(power(one), power(other)) >= STROKES**2
    return np.where(has_strokes, agreement(one, other), 0.0)


class Standing:
    """What was seen so far of one film. `steady`: how each cell of the last look agrees with the look before. `parts`:
    where something stood in it, new or not."""

    def __init__(self) -> None:
        self.steady = np.zeros((0, 0), dtype=np.float32)
        self.parts: tuple[Part, ...] = ()
        self._last: Look | None = None
        self._read: Look | None = None
        self._readings = np.zeros((0, 0), dtype=np.int32)

    def new_in(self, look: Look) -> tuple[Part, ...] | None:
        """The parts that may hold a text not read yet; None where there is no look near enough to tell."""
        last, self._last = self._last or look, look
        self.steady = steady_between(look, last)
        self.parts = ()
        if not 0 < look.seconds - last.seconds <= NEAR:
            return None
        stands = self.steady >= STANDS
        self.parts = parts_of(stands, look.luma.shape)
        return parts_of(stands & ~self._is_known(look), look.luma.shape)

    def _is_known(self, look: Look) -> np.ndarray:
        read = self._read
        if read is None:
            return np.zeros(mean_of_cells(look.luma).shape, dtype=bool)
        is_same = mean_of_cells(np.abs(look.luma - read.luma)) < SAME
        return np.asarray(is_same | ((agreement(look, read) >= ALIKE) & (self._readings >= ENOUGH)))

    def is_familiar(self, look: Look) -> bool:
        """Whether a whole picture hardly differs from what was read."""
        return self._read is not None and float(mean_of_cells(np.abs(look.luma - self._read.luma)).max()) < SAME

    def was_read(self, look: Look, parts: Sequence[Part]) -> None:
        """Write down that these parts of a look were read."""
        if self._read is None:
            self._read = Look(look.seconds, np.full_like(look.luma, UNREAD), np.zeros_like(look.strokes))
            self._readings = np.zeros(mean_of_cells(look.luma).shape, dtype=np.int32)
        again = agreement(look, self._read) >= ALIKE
        for part in parts:
            cells, pixels = place_of(part, again.shape), place_of(part, look.luma.shape)
            self._readings[cells] = np.where(again[cells], self._readings[cells] + 1, 1)
            self._read.luma[pixels] = look.luma[pixels]
            self._read.strokes[pixels] = look.strokes[pixels]


def place_of(part: Part, shape: Sequence[int]) -> tuple[slice, slice]:
    """Rows and columns of a part in an array of this shape."""
    (rows, columns), (left, top, right, bottom) = shape[:2], part
    return (
        slice(round(top * rows), max(round(bottom * rows), round(top * rows) + 1)),
        slice(round(left * columns), max(round(right * columns), round(left * columns) + 1)),
    )


def size_of(part: Part) -> float:
    """Share of the picture."""
    left, top, right, bottom = part
    return (right - left) * (bottom - top)


def parts_of(cells: np.ndarray, shape: Sequence[int]) -> tuple[Part, ...]:
    """The rectangles around all cells that hang together in a number that may hold a text, joined where they touch.
    shape: of the look."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    (across, down), (height, width) = STRIDE, shape[:2]
    boxes = [
        (
            max(0, int(left) * across - AROUND[0]),
            max(0, int(top) * down - AROUND[1]),
            min(width, int(left + wide) * across + AROUND[0]),
            min(height, int(top + tall) * down + AROUND[1]),
        )
        for left, top, wide, tall, area in stats[1:count]
        if area >= LEAST
    ]
    return tuple(
        (left / width, top / height, right / width, bottom / height) for left, top, right, bottom in joined(boxes)
    )


def joined(boxes: Sequence[Edges]) -> list[Edges]:
    """Rectangles (left, top, right, bottom) of which no two touch, around all of these."""
    apart: list[Edges] = []
    for box in boxes:
        while touching := [other for other in apart if touches(box, other)]:
            apart = [other for other in apart if other not in touching]
            lefts, tops, rights, bottoms = zip(box, *touching, strict=True)
            box = min(lefts), min(tops), max(rights), max(bottoms)
        apart.append(box)
    return sorted(apart)


def touches(one: Edges, other: Edges) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
