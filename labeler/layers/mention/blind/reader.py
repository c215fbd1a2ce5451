"""Reads the pictures of one film one after the other: of each, what may hold a text that was not read yet.

A text that was read stays known for as long as its strokes stand in the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from labeler.layers.mention.blind.beyond import Beyond
from labeler.layers.mention.blind.ends import STEADY, agreement
from labeler.layers.mention.blind.icons import marks_in, stands_still
from labeler.layers.mention.blind.screen import Screen, shown
from labeler.layers.mention.blind.sightings import Sighting, scripts_in, seen_at, sightings
from labeler.layers.mention.blind.standing import WHOLE, Look, Part, Standing, look_at, place_of
from labeler.layers.mention.blind.tracks import common
from labeler.layers.mention.evidence import PRESENT
from labeler.layers.mention.recogniser import Recogniser
from labeler.layers.mention.wording import Line
from labeler.media.picture import Picture
from labeler.rules.plan import Box

MOST = 0.6
"""Share of a picture from which all of it is read at once."""
SMALL = 0.15
"""Share of a picture up to which a part is read at full size, since that costs no more than all of it reduced."""
LEAST_LETTERS = 2
"""Of a line that may go on; a letter alone is what the models see in a face or a window."""
EDGE = 2
"""Pixels from the edge of what was read, within which a line may have been cut."""


@dataclass(frozen=True)
class Known:
    """A line that was read, and its strokes when it was. steady: their correlation in the next look, 0 before it."""

    line: Line
    strokes: np.ndarray
    place: tuple[slice, slice]
    steady: float = 0.0

    def seen_in(self, look: Look) -> Known | None:
        """The same, where it still stands."""
        now = agreement(self.strokes, look.strokes[self.place])
        return replace(self, steady=self.steady or now) if now >= max(PRESENT, STEADY * self.steady) else None


class Reader:
    """seconds: of the pictures that were looked at. whole: how many were read as a whole. scripts: those that were seen
    and cannot be judged. parts: by the number of a picture, those in which something stood."""

    def __init__(self, screen: Screen, quick: Recogniser, thorough: Recogniser) -> None:
        self.screen, self.quick, self.thorough = screen, quick, thorough
        self.seconds: list[Fraction] = []
        self.whole = 0
        self.scripts: set[str] = set()
        self.parts: dict[int, tuple[Part, ...]] = {}
        self._standing = Standing()
        self._known: list[Known] = []
        self._closely = Standing()
        self._close: tuple[Line, ...] = ()
        self._beyond = Beyond()

    def see(self, picture: Picture, *, is_whole: bool) -> tuple[Sighting, ...]:
        """What is known to stand in this picture; `is_whole`: all of it is read, however it looks."""
        look = look_at(picture, self.screen)
        self._known = [one for known in self._known if (one := known.seen_in(look)) is not None]
        parts = self._standing.new_in(look)
        self.parts[picture.index] = self._standing.parts
        if is_whole:
            parts = () if self._standing.is_familiar(look) else WHOLE
            self.whole += 1
        if parts is not None:
            self.seconds.append(picture.seconds)
        if parts:
            self._read(picture, look, parts)
        return sightings([one.line for one in self._known], picture, self.screen)

    def _read(self, picture: Picture, look: Look, parts: tuple[Part, ...]) -> None:
        pixels = shown(picture, self.screen)
        if sum(map(size_of, parts)) > MOST:
            parts = WHOLE
        parts, lines = lines_in(pixels, parts, self.quick)
        lines = self._beyond.completed(lines, pixels, self.quick)
        self._standing.was_read(look, parts)
        self.scripts |= scripts_in(lines)
        kept = [one for one in self._known if not any(common(one.line.box, line.box) for line in lines)]
        self._known = sorted(
            (*kept, *(known(line, look, self.screen) for line in lines)),
            key=lambda one: (one.line.box[1], one.line.box[0]),
        )

    def read_thoroughly(self, picture: Picture) -> tuple[Sighting, ...]:
        """At full size, what stood in a picture that was seen before; one that hardly differs from the last that was
        read so is not read again."""
        look = look_at(picture, self.screen)
        if not self._closely.is_familiar(look):
            pixels = shown(picture, self.screen)
            _, lines = lines_in(pixels, self.parts[picture.index], self.thorough)
            self._close = self._beyond.completed(lines, pixels, self.thorough, every=True)
            self._closely.was_read(look, WHOLE)
            self.scripts |= scripts_in(self._close)
        return sightings(self._close, picture, self.screen)

    def marks(self, pictures: Sequence[Picture]) -> list[tuple[Sighting, ...]]:
        """Bare marks that stand still in these pictures, as sightings in each of them."""
        found = marks_in(stands_still([shown(picture, self.screen) for picture in pictures]), self.quick)
        places = [(self.screen.to_display(mark.box), mark.wording) for mark in found]
        return [tuple(seen_at(box, wording, 1, picture) for box, wording in places) for picture in pictures]


def lines_in(
    pixels: np.ndarray, parts: tuple[Part, ...], reader: Recogniser
) -> tuple[tuple[Part, ...], tuple[Line, ...]]:
    """The lines of these parts of a picture, and the parts that were read: more of it, where a line went on beyond."""
    for asked in (parts, bands(parts)):
        lines = uncut_in(pixels, asked, reader)
        if lines is not None:
            return asked, lines
    return WHOLE, reader.lines(pixels)


def bands(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The same rows from edge to edge, those that touch joined."""
    found: list[Part] = []
    for _, top, _, bottom in sorted(parts, key=lambda part: part[1]):
        if found and top <= found[-1][3]:
            top, bottom = found[-1][1], max(bottom, found[-1][3])
            found.pop()
        found.append((0.0, top, 1.0, bottom))
    return tuple(found)


def uncut_in(pixels: np.ndarray, parts: Sequence[Part], reader: Recogniser) -> tuple[Line, ...] | None:
    """The lines of these parts; None where one of them may go on beyond."""
    found: list[Line] = []
    for part in parts:
        rows, columns = place_of(part, pixels.shape)
        piece = np.ascontiguousarray(pixels[rows, columns])
        scale = 1.0 if size_of(part) <= SMALL else max(piece.shape[:2]) / max(pixels.shape[:2])
        lines = reader.lines(piece, share=scale)
        if any(len(line.text) >= LEAST_LETTERS and is_cut(line.box, part, piece.shape) for line in lines):
            return None
        found += [moved(line, columns.start, rows.start) for line in lines]
    return tuple(found)


def size_of(part: Part) -> float:
    """Share of the picture."""
    left, top, right, bottom = part
    return (right - left) * (bottom - top)


def moved(line: Line, right: int, down: int) -> Line:
    x, y, width, height = line.box
    return replace(line, box=(x + right, y + down, width, height))


def is_cut(box: Box, part: Part, shape: Sequence[int]) -> bool:
    """Whether a line may go on beyond the part that was read. box: in pixels of the part, which has this shape."""
    (x, y, width, height), (rows, columns), (left, top, right, bottom) = box, shape[:2], part
    return (
        (left > 0 and x <= EDGE)
        or (top > 0 and y <= EDGE)
        or (right < 1 and x + width >= columns - EDGE)
        or (bottom < 1 and y + height >= rows - EDGE)
    )


def known(line: Line, look: Look, screen: Screen) -> Known:
    scale = look.luma.shape[1] / screen.size[0]
    x, y, width, height = (round(side * scale) for side in line.box)
    place = slice(y, y + max(1, height)), slice(x, x + max(1, width))
    return Known(line, look.strokes[place], place)
