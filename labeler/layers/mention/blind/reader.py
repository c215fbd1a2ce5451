"""Reads the pictures of one film one after the other: of each, what may hold a text that was not read yet.

A text that was read stays known for as long as its strokes stand in the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from labeler.layers.mention.blind.beyond import Beyond
from labeler.layers.mention.blind.changes import Change, Changes
from labeler.layers.mention.blind.closely import changed_texts
from labeler.layers.mention.blind.ends import STEADY, agreement
from labeler.layers.mention.blind.icons import marks_in, stands_still
from labeler.layers.mention.blind.parts import lines_in
from labeler.layers.mention.blind.screen import Screen, enlarged, shown
from labeler.layers.mention.blind.sightings import Sighting, scripts_in, seen_at, sightings
from labeler.layers.mention.blind.standing import WHOLE, Look, Part, Standing, look_at, size_of
from labeler.layers.mention.blind.tracks import common
from labeler.layers.mention.evidence import PRESENT
from labeler.layers.mention.recogniser import Recogniser
from labeler.layers.mention.wording import Line
from labeler.media.picture import Picture
from labeler.verdict import UNKNOWN_SCRIPT

MOST = 0.6
"""Share of a picture from which all of it is read at once."""


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
    and cannot be judged. parts: by the number of a picture, those in which something stood. changes: what came or went.
    """

    def __init__(self, screen: Screen, quick: Recogniser, thorough: Recogniser) -> None:
        self.screen, self.quick, self.thorough = screen, quick, thorough
        self.seconds: list[Fraction] = []
        self.whole = 0
        self.scripts: set[str] = set()
        self.parts: dict[int, tuple[Part, ...]] = {}
        self.changes = Changes()
        self._standing = Standing()
        self._known: list[Known] = []
        self._unread: list[Known] = []
        self._close_screen = enlarged(screen)
        self._closely = Standing()
        self._close: tuple[Line, ...] = ()
        self._beyond = Beyond()

    def see(self, picture: Picture, *, is_whole: bool) -> tuple[Sighting, ...]:
        """What is known to stand in this picture; `is_whole`: all of it is read, however it looks."""
        look = look_at(picture, self.screen)
        self._known = [one for known in self._known if (one := known.seen_in(look)) is not None]
        if any(known.seen_in(look) for known in self._unread):
            self.scripts.add(UNKNOWN_SCRIPT)
        self._unread = []
        parts = self._standing.new_in(look)
        self.changes.saw(picture.index, look, self._standing.steady)
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
        parts, lines, unread = lines_in(pixels, parts, self.quick)
        self._unread = [known(line, look, self.screen) for line in unread]
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
            pixels = shown(picture, self._close_screen)
            _, lines, _ = lines_in(pixels, self.parts[picture.index], self.thorough)
            self._close = self._beyond.completed(lines, pixels, self.thorough, every=True)
            self._closely.was_read(look, WHOLE)
            self.scripts |= scripts_in(self._close)
        return sightings(self._close, picture, self._close_screen)

    def read_change(self, change: Change, picture: Picture, without: Picture) -> tuple[Sighting, ...]:
        """At full size, what came or went."""
        return changed_texts(picture, without, change.parts, self._close_screen, self.thorough, self._beyond)

    def marks(self, pictures: Sequence[Picture]) -> list[tuple[Sighting, ...]]:
        """Bare marks that stand still in these pictures, as sightings in each of them."""
        found = marks_in(stands_still([shown(picture, self.screen) for picture in pictures]), self.quick)
        places = [(self.screen.to_display(mark.box), mark.wording) for mark in found]
        return [tuple(seen_at(box, wording, 1, picture) for box, wording in places) for picture in pictures]


def known(line: Line, look: Look, screen: Screen) -> Known:
    scale = look.luma.shape[1] / screen.size[0]
    x, y, width, height = (round(side * scale) for side in line.box)
    place = slice(y, y + max(1, height)), slice(x, x + max(1, width))
    return Known(line, look.strokes[place], place)
