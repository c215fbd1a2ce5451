"""Which lines of a picture may be one text: stacked under each other, or side by side on a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Box = tuple[int, int, int, int]

FARTHEST_BELOW = 1.4
"""Heights of a line between its foot and the next one's head (facts 4.2: 2.2 heights from head to head, and some)."""
FARTHEST_BESIDE = 1.5
OVER = 0.6
"""Part of two lines' mean height by which their boxes may reach into each other: they are drawn larger than letters."""
LIKE_HEIGHTS = 0.5
"""Two lines of one text differ by less than this part of the greater height."""
LARGEST_MARK = 5
"""Heights of a line that an icon beside it may have."""
MOST_STACKED = 4
MOST_BESIDE = 4
TIGHT = 0.8
"""Heights between two lines, and off each other's edge or middle, that one paragraph may have."""
LIKE_SIZE = 0.2
"""Part of the greater height by which the lines of one paragraph differ, as a rule: more, where one of them alone has
letters that reach above or below (116 and 90 pixels, of one face), or its box holds another text too (80 and 44)."""


@dataclass(frozen=True)
class Line:
    """A line as a reader of pictures gives it. text: empty where its letters are unknown to that. confidence: 0 to 1.
    box: x, y, width, height in pixels."""

    text: str
    confidence: float
    box: Box


@dataclass(frozen=True)
class Group:
    """Lines read as one, by their numbers, in reading order. tight: set so closely, and so much alike, that they are
    one paragraph. close: set as closely."""

    members: tuple[int, ...]
    tight: bool
    close: bool


def groups(lines: Sequence[Line]) -> Iterator[Group]:
    """Each line alone, then what it may be one text with: up to MOST_STACKED lines down, MOST_BESIDE on a row."""
    below = [nearest(lines, at, is_below) for at in range(len(lines))]
    beside = [nearest(lines, at, is_beside) for at in range(len(lines))]
    for at in range(len(lines)):
        yield Group((at,), tight=True, close=True)
        yield from chains(lines, at, below, MOST_STACKED)
        yield from chains(lines, at, beside, MOST_BESIDE)


def chains(lines: Sequence[Line], start: int, following: Sequence[int | None], most: int) -> Iterator[Group]:
    members: tuple[int, ...] = (start,)
    tight = close = True
    while len(members) < most and (after := following[members[-1]]) is not None and after not in members:
        one, other = lines[members[-1]].box, lines[after].box
        close = close and is_close(one, other)
        tight = tight and close and abs(one[3] - other[3]) <= LIKE_SIZE * max(one[3], other[3])
        members = (*members, after)
        yield Group(members, tight, close)


def nearest(lines: Sequence[Line], at: int, fits: Callable[[Box, Box], float | None]) -> int | None:
    found = [
        (distance, other)
        for other in range(len(lines))
        if other != at and (distance := fits(lines[at].box, lines[other].box)) is not None
    ]
    return min(found)[1] if found else None


def is_below(upper: Box, lower: Box) -> float | None:
    """Pixels between two lines where the second stands under the first; None where it does not."""
    height = max(upper[3], lower[3])
    gap = lower[1] - (upper[1] + upper[3])
    across = min(upper[0] + upper[2], lower[0] + lower[2]) - max(upper[0], lower[0])
    if (
        across <= 0
        or not -OVER * (upper[3] + lower[3]) / 2 < gap < FARTHEST_BELOW * height
        or not are_alike(upper, lower)
    ):
        return None
    return gap


def is_beside(left: Box, right: Box) -> float | None:
    """Pixels between two lines where the second follows the first on its row; None where it does not."""
    height = max(left[3], right[3])
    gap = right[0] - (left[0] + left[2])
    off = abs((left[1] + left[3] / 2) - (right[1] + right[3] / 2))
    if (
        off >= LIKE_HEIGHTS * height
        or not -0.3 * height <= gap < FARTHEST_BESIDE * height
        or not are_alike(left, right)
    ):
        return None
    return gap


def are_alike(one: Box, other: Box) -> bool:
    """Whether two lines are of like height, or one is a mark beside the other; never a line that runs down."""
    if abs(one[3] - other[3]) <= LIKE_HEIGHTS * max(one[3], other[3]):
        return True
    return (is_mark(one) or is_mark(other)) and max(one[3], other[3]) <= LARGEST_MARK * min(one[3], other[3])


def is_mark(box: Box) -> bool:
    """Whether a line is as short as an icon's two letters, which may be larger than the words beside it."""
    return box[2] <= 2 * box[3]


def is_close(one: Box, other: Box) -> bool:
    height = max(one[3], other[3])
    edges = (
        abs(one[0] - other[0]),
        abs(one[0] + one[2] / 2 - other[0] - other[2] / 2),
        abs(one[0] + one[2] - other[0] - other[2]),
        abs(one[1] + one[3] / 2 - other[1] - other[3] / 2),
    )
    gap = max(other[1] - one[1] - one[3], other[0] - one[0] - one[2])
    return gap <= TIGHT * height and min(edges) <= height


def around(boxes: Sequence[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top
