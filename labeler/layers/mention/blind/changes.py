"""Where something came to stand in a film, or ceased to: a text that was burnt in is there at once.

The models find no letters over a board of holes, and take a text and what it was laid over for one line. What came or
went is worth a closer look (`closely`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from labeler.layers.mention.blind.standing import STANDS, Look, Part, parts_of, size_of

SUDDEN = 0.3
"""How much less a cell agrees with the look that does not show it than with the one that does."""
TALLEST = 0.25
"""Share of the height that what changed in one piece may have: two lines of text that hang together, and large ones."""
LARGEST = 0.5
"""Share of a picture, ground around it included, above which it is a pan or a dissolve."""
NEAR = 0.05
"""Share of a side by which the edges of two changes in one place differ."""
MOST_IN_PLACE = 4
SIZE_COUNTS = 0.25
"""Power of the number of cells in what a change is worth: a text is steadier than what moves, and that is often larger
(measured over boards, titles and real films: one end or the other of a legible text is among the best 10 of 110)."""


@dataclass(frozen=True)
class Change:
    """index: a picture that shows what came or is about to go. without: the look next to it that does not show it.
    worth: the more, the likelier it is a text. parts: where."""

    index: int
    without: int
    worth: float
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Step:
    """A look, and how each cell of it agrees with the look before: -1 to 1, 0 where either has no strokes."""

    index: int
    look: Look
    steady: np.ndarray


class Changes:
    """Of one film, from its looks in order."""

    def __init__(self) -> None:
        self._found: list[Change] = []
        self._last: tuple[Step, ...] = ()

    def saw(self, index: int, look: Look, steady: np.ndarray) -> None:
        now = Step(index, look, steady)
        if len(self._last) == 2:
            before, shown = self._last
            self._found += change(shown, before, now.steady, shown.steady)
            self._found += change(shown, now, shown.steady, now.steady)
        self._last = (*self._last[-1:], now)

    def likeliest(self, count: int) -> list[Change]:
        """So many that are likeliest a text, in order of time. Of one place only four: a text comes and goes once, and
        so does its ground, where a film that cuts between two cameras changes again and again."""
        best: list[Change] = []
        for one in sorted(self._found, key=lambda change: -change.worth):
            if len(best) < count and sum(is_same_place(one, other) for other in best) < MOST_IN_PLACE:
                best.append(one)
        return sorted(best, key=lambda change: change.index)


def change(shown: Step, without: Step, here: np.ndarray, there: np.ndarray) -> Iterable[Change]:
    """here: how each cell agrees with the next look that shows the same. there: with the one that does not."""
    cells = low_ones((here >= STANDS) & (here - there >= SUDDEN))
    parts = parts_of(cells, shown.look.luma.shape)
    if parts and sum(map(size_of, parts)) <= LARGEST:
        worth = float(here[cells].mean() * cells.sum() ** SIZE_COUNTS)
        yield Change(shown.index, without.index, worth, parts)


def low_ones(cells: np.ndarray) -> np.ndarray:
    """Without those that hang together in a piece as tall as a person or a cut."""
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    is_low = stats[:, cv2.CC_STAT_HEIGHT] <= TALLEST * cells.shape[0]
    return np.asarray(cells & is_low[pieces])


def is_same_place(one: Change, other: Change) -> bool:
    """Whether the parts of two changes cover about the same."""
    if len(one.parts) != len(other.parts):
        return False
    return all(
        max(abs(a - b) for a, b in zip(part, like, strict=True)) <= NEAR
        for part, like in zip(one.parts, other.parts, strict=True)
    )
