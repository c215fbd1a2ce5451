"""Where no ink may stand in the lines of a mention: between two letters, and beside the first and the last.

`AIIGENERATED` in place of `AI GENERATED` has every letter of the plan at its place, and one more between the words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

LEAST_WIDTH = 0.12
"""Em of a gap from which it is compared: a narrower one has no room for a letter that would touch no other."""
BESIDE = 0.4
"""Em that are compared before the first letter and after the last."""
PLATE_KEPT = 2 / 3
"""Share of the room beside a line that is compared; the rest is the edge of the plate and its round corners."""

Place = tuple[str, int, int, int, int]
"""The letters before and after a gap, with its columns and rows: left, top, right, bottom in the template."""


def gaps_of(cells: Sequence[Place], taken: Sequence[tuple[int, int]], width: int, em: float) -> tuple[Place, ...]:
    """The gaps of every line.

    cells: of the text's letters alone, in reading order, those of one line with the same rows. taken: first and last
    column of what stands beside the text, as a mark. width: of the mention's box; em: in pixels.
    """
    lines: dict[tuple[int, int], list[Place]] = {}
    for cell in cells:
        lines.setdefault((cell[2], cell[4]), []).append(cell)
    return tuple(gap for line in lines.values() for gap in gaps_in(line, taken, width, em))


def gaps_in(line: Sequence[Place], taken: Sequence[tuple[int, int]], width: int, em: float) -> Iterator[Place]:
    (_, _, top, _, bottom), (last, _, _, end, _) = line[0], line[-1]
    first, start = line[0][:2]
    from_left = max((right for _, right in taken if right <= start), default=0)
    from_right = min((left for left, _ in taken if left >= end), default=width)
    before = round(min(BESIDE * em, PLATE_KEPT * (start - from_left)))
    after = round(min(BESIDE * em, PLATE_KEPT * (from_right - end)))
    gaps = [(first, start - before, start), (last, end, end + after)]
    gaps += [(f"{one[0]} {other[0]}", one[3], other[1]) for one, other in pairwise(line)]
    for letters, left, right in gaps:
        if right - left >= max(2, LEAST_WIDTH * em):
            yield letters, left, top, right, bottom
