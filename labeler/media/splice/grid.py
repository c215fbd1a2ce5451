"""Where the parts lie that a picture is cut into, and which of them a change touches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from labeler.media.changes import Box


@dataclass(frozen=True)
class Part:
    """A rectangle of slices: columns from `left` to `right`, rows from `top` to `bottom` (excluded)."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Pixels:
    """A rectangle of the stored frame: from `left` and `top` to `right` and `bottom` (excluded)."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True)
class Grid:
    """Slices of a frame. columns: pixels of each slice across; the last may reach over the edge. lines: of each row of
    slices, in the whole frame (where fields are coded apart, those of both)."""

    width: int
    height: int
    columns: tuple[int, ...]
    lines: int

    @property
    def rows(self) -> int:
        return -(-self.height // self.lines)

    @property
    def edges(self) -> tuple[int, ...]:
        """Where columns begin and end."""
        return tuple(accumulate(self.columns, initial=0))

    def pixels(self, part: Part) -> Pixels:
        edges = self.edges
        return Pixels(
            edges[part.left],
            part.top * self.lines,
            min(edges[part.right], self.width),
            min(part.bottom * self.lines, self.height),
        )

    def around(self, box: Box) -> Part | None:
        """The slices that a box touches; None where it lies outside of the frame."""
        x, y, width, height = box
        right, bottom = min(x + width, self.width), min(y + height, self.height)
        x, y = max(0, x), max(0, y)
        if right <= x or bottom <= y:
            return None
        edges = self.edges
        touched = [at for at in range(len(self.columns)) if edges[at] < right and edges[at + 1] > x]
        return Part(touched[0], y // self.lines, touched[-1] + 1, -(-bottom // self.lines))

    def parts(self, boxes: Iterable[Box]) -> tuple[Part, ...]:
        """The slices that these boxes touch and no others, as rectangles that share none."""
        touched = np.zeros((self.rows, len(self.columns)), bool)
        for part in filter(None, map(self.around, boxes)):
            touched[part.top : part.bottom, part.left : part.right] = True
        starts = [row for row in range(self.rows) if row == 0 or not np.array_equal(touched[row - 1], touched[row])]
        bands = pairwise([*starts, self.rows])
        return tuple(Part(left, top, right, bottom) for top, bottom in bands for left, right in _runs(touched[top]))


def _runs(touched: np.ndarray) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], touched, [False]]))).tolist()
    yield from zip(edges[::2], edges[1::2], strict=True)
