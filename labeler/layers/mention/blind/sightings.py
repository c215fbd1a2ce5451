"""What the lines of one picture say of AI: each alone, with the lines under it, and with its neighbours on the row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from labeler.layers.mention.blind.screen import Screen
from labeler.layers.mention.colour import components
from labeler.layers.mention.wording import Line, Wording, classify, unread_scripts
from labeler.media.picture import Picture, PictureFormat
from labeler.rules.plan import Box

MOST_JOINED = 3
"""Lines of one text; a longer one is no mention."""
SAME_HEIGHT = 0.5
STACKED = (0.3, 2.2)
BESIDE = 1.5
"""In heights of a line: how much two may differ, how far the next begins below, how far a neighbour begins after."""
RANK = ("phrase", "negated", "icon", "mention", "none")
AROUND = 0.6
"""How much of its height is kept around a text, to measure it against its ground."""
LEAST_LETTERS = 3


@dataclass(frozen=True)
class Sighting:
    """A text about AI in one picture. box: in display pixels. lines: how many were joined. parts: Y', Cb, Cr of its
    place with some ground around it, at `origin` (left, top)."""

    index: int
    seconds: Fraction
    wording: Wording
    box: Box
    lines: int
    parts: tuple[np.ndarray, ...]
    origin: tuple[int, int]
    format: PictureFormat


def sightings(lines: Sequence[Line], picture: Picture, screen: Screen) -> tuple[Sighting, ...]:
    """All texts about AI among the lines of a picture, those that are part of a better one left out."""
    judged = [
        (joined, classify(text_of(joined), confidence=min(one.confidence for one in joined))) for joined in joins(lines)
    ]
    told = [(joined, wording) for joined, wording in judged if wording.kind != "none"]
    best = sorted(told, key=lambda one: (RANK.index(one[1].kind), -one[1].score, len(one[0])))
    used: set[Line] = set()
    found = []
    for joined, wording in best:
        if not used.isdisjoint(joined):
            continue
        used.update(joined)
        found.append(sighting(joined, wording, picture, screen))
    return tuple(found)


def sighting(joined: Sequence[Line], wording: Wording, picture: Picture, screen: Screen) -> Sighting:
    box = screen.to_display(around([line.box for line in joined]))
    margin = max(4, round(AROUND * box[3] / len(joined)))
    x, y = box[0] - margin, box[1] - margin
    parts = components(picture, x, y, box[2] + 2 * margin, box[3] + 2 * margin)
    rows = len({row_of(line) for line in joined})
    return Sighting(picture.index, picture.seconds, wording, box, rows, parts, (x, y), picture.format)


def row_of(line: Line) -> int:
    return round((line.box[1] + line.box[3] / 2) / max(1, line.box[3]))


def least(joined: Sequence[Line]) -> float:
    return min(line.confidence for line in joined)


def text_of(joined: Sequence[Line]) -> str:
    return " ".join(line.text.strip() for line in joined)


def around(boxes: Sequence[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def joins(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """Each line alone, then with those that go on from it: up to MOST_JOINED, in reading order."""
    chains: list[tuple[Line, ...]] = [(line,) for line in lines]
    while chains:
        yield from chains
        chains = [
            (*chain, line)
            for chain in chains
            if len(chain) < MOST_JOINED
            for line in lines
            if line not in chain and goes_on(chain[-1], line)
        ]


def goes_on(line: Line, after: Line) -> bool:
    """Whether a line reads on in another: under it and overlapping, or next on its row."""
    (x, y, width, height), (left, top, across, down) = line.box, after.box
    if abs(down - height) > SAME_HEIGHT * height:
        return False
    is_below = STACKED[0] * height < top - y < STACKED[1] * height and left < x + width and left + across > x
    is_beside = abs(top - y) < 0.5 * height and -0.3 * height <= left - (x + width) < BESIDE * height
    return is_below or is_beside


def scripts_in(lines: Sequence[Line]) -> set[str]:
    """Scripts of these lines that nobody here can judge."""
    return {script for line in lines for script in unread_scripts(line.text) if len(line.text) >= LEAST_LETTERS}
