"""Where each key of a JSON text stands. The standard reader checks the text; this only finds its way through it."""

from __future__ import annotations

import re
from bisect import bisect_right
from json import JSONDecoder

from labeler.rules.positions import KeyPath, Position

BLANK = re.compile(r"[ \t\n\r]*")
STANDARD = JSONDecoder()


class JsonPlaces:
    """positions: of every key and entry. doubled: each key that stands in its table for the second time.

    text: what `json` has accepted, nested no deeper than Python can follow.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.positions: dict[KeyPath, Position] = {}
        self.doubled: list[tuple[KeyPath, Position]] = []
        self.value((), self.blank(0))

    def value(self, path: KeyPath, at: int) -> int:
        """Pass over one value; where it ends."""
        if self.text[at] == "{":
            return self.table(path, at)
        return self.sequence(path, at) if self.text[at] == "[" else STANDARD.raw_decode(self.text, at)[1]

    def table(self, path: KeyPath, at: int) -> int:
        at = self.blank(at + 1)
        while self.text[at] != "}":
            if self.text[at] == ",":
                at = self.blank(at + 1)
                continue
            key, end = STANDARD.raw_decode(self.text, at)
            inner = (*path, key)
            if inner in self.positions:
                self.doubled.append((inner, self.position(at)))
            self.positions[inner] = self.position(at)
            colon = self.blank(end)
            at = self.blank(self.value(inner, self.blank(colon + 1)))
        return at + 1

    def sequence(self, path: KeyPath, at: int) -> int:
        at, number = self.blank(at + 1), 0
        while self.text[at] != "]":
            if self.text[at] == ",":
                at = self.blank(at + 1)
                continue
            self.positions[(*path, number)] = self.position(at)
            at = self.blank(self.value((*path, number), at))
            number += 1
        return at + 1

    def blank(self, at: int) -> int:
        found = BLANK.match(self.text, at)
        assert found is not None
        return found.end()

    def position(self, at: int) -> Position:
        line = bisect_right(self.line_starts, at)
        return Position(line, at - self.line_starts[line - 1] + 1)
