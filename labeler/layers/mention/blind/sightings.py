"""What the lines of one picture say of AI, and the pixels of each such text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from labeler.layers.mention.blind.screen import Screen
from labeler.layers.mention.colour import components
from labeler.layers.mention.wording import Line, Text, Wording, texts_in, unread_scripts
from labeler.media.picture import Picture, PictureFormat
from labeler.rules.plan import Box

SURE = 80.0
AROUND = 0.25
"""How much of its height is kept around a text, to measure it against its ground."""
LEAST_LETTERS = 3


@dataclass(frozen=True)
class Sighting:
    """A text about AI in one picture. box: in display pixels. lines: how many were joined. parts: Y', Cb, Cr of its
    place with some ground around it, at `origin` (left, top). bare: Y' of the same place in a picture that is known not
    to show it."""

    index: int
    seconds: Fraction
    wording: Wording
    box: Box
    lines: int
    parts: tuple[np.ndarray, ...]
    origin: tuple[int, int]
    format: PictureFormat
    bare: np.ndarray | None = None


def sightings(lines: Sequence[Line], picture: Picture, screen: Screen) -> tuple[Sighting, ...]:
    """All texts about AI among the lines of a picture, each line in the best of them that it is part of."""
    used: set[int] = set()
    found = []
    for text in sorted(texts_in(lines), key=worth, reverse=True):
        if used.isdisjoint(text.members):
            used.update(text.members)
            found.append(sighting(text, lines, picture, screen))
    return tuple(found)


def worth(text: Text) -> tuple[int, bool, int, float]:
    """The better class first; among sure texts the whole paragraph before its line."""
    kind, score, _ = text.rank
    return kind, score >= SURE, len(text.members), score


def sighting(text: Text, lines: Sequence[Line], picture: Picture, screen: Screen) -> Sighting:
    rows = rows_of([lines[at].box for at in text.members])
    return seen_at(screen.to_display(text.box), text.wording, rows, picture)


def seen_at(box: Box, wording: Wording, rows: int, picture: Picture) -> Sighting:
    """A text at this place, in pixels of the display, with the samples there."""
    margin = max(4, round(AROUND * box[3] / rows))
    x, y = box[0] - margin, box[1] - margin
    parts = components(picture, x, y, box[2] + 2 * margin, box[3] + 2 * margin)
    return Sighting(picture.index, picture.seconds, wording, box, rows, parts, (x, y), picture.format)


def with_bare(seen: Sighting, without: Picture) -> Sighting:
    """The same, with what another picture shows there, which is known not to show the text."""
    height, width = seen.parts[0].shape
    return replace(seen, bare=components(without, *seen.origin, width, height)[0])


def rows_of(boxes: Sequence[Box]) -> int:
    """How many lines stand under each other: those whose middles lie apart."""
    middles = sorted(box[1] + box[3] / 2 for box in boxes)
    height = min(box[3] for box in boxes)
    return 1 + sum(later - earlier > height / 2 for earlier, later in pairwise(middles))


def scripts_in(lines: Sequence[Line]) -> set[str]:
    """Scripts of these lines that nobody here can judge."""
    return {script for line in lines for script in unread_scripts(line.text) if len(line.text) >= LEAST_LETTERS}
