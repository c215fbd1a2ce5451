"""Where a picture may hold a text that was not read yet: what stands still from one look to the next, has strokes, and
looked otherwise when it was last read. A text that discloses stands; most of a moving picture does not.

All of it is measured on luma, reduced to the size that text is looked for in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
AROUND = 40
"""Rows that are read above and below such cells."""

UNREAD = -1000.0
"""A luma that no picture has."""

Rows = tuple[float, float]
"""From and to, as shares of the height of a screen."""


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


class Standing:
    """What was seen so far of one film. `rows`: where something stood in the last look, new or not."""

    def __init__(self) -> None:
        self.rows: tuple[Rows, ...] = ()
        self._last: Look | None = None
        self._read: Look | None = None
        self._readings = np.zeros((0, 0), dtype=np.int32)

    def new_in(self, look: Look) -> tuple[Rows, ...] | None:
        """The rows that may hold a text not read yet; None where there is no look near enough to tell."""
        last, self._last = self._last, look
        self.rows = ()
        if last is None or not 0 < look.seconds - last.seconds <= NEAR:
            return None
        has_strokes = np.minimum(power(look), power(last)) >= STROKES**2
        stands = has_strokes & (agreement(look, last) >= STANDS)
        self.rows = rows_of(stands, look.luma.shape[0])
        return rows_of(stands & ~self._is_known(look), look.luma.shape[0])

    def _is_known(self, look: Look) -> np.ndarray:
        read = self._read
        if read is None:
            return np.zeros(mean_of_cells(look.luma).shape, dtype=bool)
        is_same = mean_of_cells(np.abs(look.luma - read.luma)) < SAME
        return np.asarray(is_same | ((agreement(look, read) >= ALIKE) & (self._readings >= ENOUGH)))

    def is_familiar(self, look: Look) -> bool:
        """Whether a whole picture hardly differs from what was read."""
        return self._read is not None and float(mean_of_cells(np.abs(look.luma - self._read.luma)).max()) < SAME

    def was_read(self, look: Look, rows: Sequence[Rows]) -> None:
        """Write down that these rows of a look were read."""
        if self._read is None:
            self._read = Look(look.seconds, np.full_like(look.luma, UNREAD), np.zeros_like(look.strokes))
            self._readings = np.zeros(mean_of_cells(look.luma).shape, dtype=np.int32)
        again = agreement(look, self._read) >= ALIKE
        height = look.luma.shape[0]
        for top, bottom in rows:
            cells = slice(round(top * len(again)), round(bottom * len(again)))
            self._readings[cells] = np.where(again[cells], self._readings[cells] + 1, 1)
            lines = slice(round(top * height), round(bottom * height))
            self._read.luma[lines] = look.luma[lines]
            self._read.strokes[lines] = look.strokes[lines]


WHOLE: tuple[Rows, ...] = ((0.0, 1.0),)


def rows_of(cells: np.ndarray, height: int) -> tuple[Rows, ...]:
    """The rows around all cells that hang together in a number that may hold a text, joined where they touch."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    spans = [
        (int(top) * STRIDE[1] - AROUND, int(top + tall) * STRIDE[1] + AROUND)
        for _, top, _, tall, area in stats[1:count]
        if area >= LEAST
    ]
    return tuple((max(0, top) / height, min(height, bottom) / height) for top, bottom in joined(spans))


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for top, bottom in sorted(spans):
        if found and top <= found[-1][1]:
            found[-1] = found[-1][0], max(bottom, found[-1][1])
        else:
            found.append((top, bottom))
    return found
