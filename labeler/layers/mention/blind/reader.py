"""Reads the pictures of one film one after the other: of each, what may hold a text that was not read yet.

A text that was read stays known for as long as its strokes stand in the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from labeler.layers.mention.blind.ends import agreement
from labeler.layers.mention.blind.icons import marks_in, stands_still
from labeler.layers.mention.blind.screen import Screen, shown
from labeler.layers.mention.blind.sightings import Sighting, scripts_in, seen_at, sightings
from labeler.layers.mention.blind.standing import WHOLE, Look, Rows, Standing, look_at
from labeler.layers.mention.blind.tracks import common
from labeler.layers.mention.evidence import PRESENT
from labeler.layers.mention.recogniser import Recogniser
from labeler.layers.mention.wording import Line
from labeler.media.picture import Picture
from labeler.rules.plan import Box

MOST = 0.6
"""Share of a picture's height from which all of it is read at once."""
EDGE = 2
"""Pixels from the edge of what was read, within which a line may have been cut."""


@dataclass(frozen=True)
class Known:
    """A line that was read, and its strokes when it was."""

    line: Line
    strokes: np.ndarray
    place: tuple[slice, slice]


class Reader:
    """seconds: of the pictures that were looked at. whole: how many were read as a whole. scripts: those that were seen
    and cannot be judged. standing: by the number of a picture, the rows in which something stood."""

    def __init__(self, screen: Screen, quick: Recogniser, thorough: Recogniser) -> None:
        self.screen, self.quick, self.thorough = screen, quick, thorough
        self.seconds: list[Fraction] = []
        self.whole = 0
        self.scripts: set[str] = set()
        self.rows: dict[int, tuple[Rows, ...]] = {}
        self._standing = Standing()
        self._known: list[Known] = []

    def see(self, picture: Picture, *, is_whole: bool) -> tuple[Sighting, ...]:
        """What is known to stand in this picture; `is_whole`: all of it is read, however it looks."""
        look = look_at(picture, self.screen)
        self._known = [one for one in self._known if stands(one, look)]
        rows = self._standing.new_in(look)
        self.rows[picture.index] = self._standing.rows
        if is_whole:
            rows = () if self._standing.is_familiar(look) else WHOLE
            self.whole += 1
        if rows is not None:
            self.seconds.append(picture.seconds)
        if rows:
            self._read(picture, look, rows)
        return sightings([one.line for one in self._known], picture, self.screen)

    def _read(self, picture: Picture, look: Look, rows: tuple[Rows, ...]) -> None:
        pixels = shown(picture, self.screen)
        if sum(bottom - top for top, bottom in rows) > MOST:
            rows = WHOLE
        lines = lines_in(pixels, rows, self.quick)
        if lines is None:
            rows, lines = WHOLE, self.quick.lines(pixels)
        self._standing.was_read(look, rows)
        self.scripts |= scripts_in(lines)
        kept = [one for one in self._known if not any(common(one.line.box, line.box) for line in lines)]
        self._known = sorted(
            (*kept, *(known(line, look, self.screen) for line in lines)),
            key=lambda one: (one.line.box[1], one.line.box[0]),
        )

    def read_thoroughly(self, picture: Picture) -> tuple[Sighting, ...]:
        """At full size, what stood in a picture that was seen before."""
        pixels = shown(picture, self.screen)
        lines = lines_in(pixels, self.rows[picture.index], self.thorough)
        lines = self.thorough.lines(pixels) if lines is None else lines
        self.scripts |= scripts_in(lines)
        return sightings(lines, picture, self.screen)

    def marks(self, pictures: Sequence[Picture]) -> list[tuple[Sighting, ...]]:
        """Bare marks that stand still in these pictures, as sightings in each of them."""
        found = marks_in(stands_still([shown(picture, self.screen) for picture in pictures]), self.quick)
        places = [(self.screen.to_display(mark.box), mark.wording) for mark in found]
        return [tuple(seen_at(box, wording, 1, picture) for box, wording in places) for picture in pictures]


def lines_in(pixels: np.ndarray, rows: Sequence[Rows], reader: Recogniser) -> tuple[Line, ...] | None:
    """The lines of these rows; None where one of them may go on beyond."""
    height, found = len(pixels), []
    for top, bottom in ((round(first * height), round(last * height)) for first, last in rows):
        lines = reader.lines(pixels[top:bottom])
        if any(is_cut(line.box, top, bottom, height) for line in lines):
            return None
        found += [replace(line, box=(line.box[0], line.box[1] + top, *line.box[2:])) for line in lines]
    return tuple(found)


def is_cut(box: Box, top: int, bottom: int, height: int) -> bool:
    """Whether a line may go on beyond the rows that were read. box: in pixels of these rows."""
    return (top > 0 and box[1] <= EDGE) or (bottom < height and top + box[1] + box[3] >= bottom - EDGE)


def known(line: Line, look: Look, screen: Screen) -> Known:
    scale = look.luma.shape[1] / screen.size[0]
    x, y, width, height = (round(side * scale) for side in line.box)
    place = slice(y, y + max(1, height)), slice(x, x + max(1, width))
    return Known(line, look.strokes[place], place)


def stands(one: Known, look: Look) -> bool:
    return agreement(one.strokes, look.strokes[one.place]) >= PRESENT
