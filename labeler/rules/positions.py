"""Where each key of a TOML text stands. The standard reader checks the text; this only finds its way through it."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]

BARE = re.compile(r"[A-Za-z0-9_-]+")
SCALAR = re.compile(r"[^\s,\]}#]+(?: \d\d:[0-9:.+Zz-]+)?")
BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
INLINE_BLANK = re.compile(r"[ \t]*")


@dataclass(frozen=True, order=True)
class Position:
    """Line and column, both from 1."""

    line: int
    column: int


def positions_of(text: str) -> dict[KeyPath, Position]:
    """The position of every table, array entry and key of a valid TOML text, by its path.

    A table that is only named on the way to another (`a` in `[a.b]`) stands where it is first named.
    """
    walker = Walker(text)
    walker.document()
    return walker.implied | walker.positions


class Walker:
    """Walks a text that tomllib has accepted, so nothing here needs to refuse anything."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.positions: dict[KeyPath, Position] = {}
        self.implied: dict[KeyPath, Position] = {}
        self.counts: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        while self.skip(BLANK) < len(self.text):
            table = self.header() if self.text[self.at] == "[" else self.pair(table)

    def header(self) -> KeyPath:
        start = self.at
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        path = self.resolve(self.dotted())
        for length in range(1, len(path)):
            self.implied.setdefault(path[:length], self.position(start))
        self.at += 2 if is_array else 1
        if is_array:
            count = self.counts.get(path, 0)
            self.counts[path] = count + 1
            self.mark(path, start)
            path = (*path, count)
        self.mark(path, start)
        return path

    def resolve(self, keys: list[str]) -> KeyPath:
        """A header's keys as a path: each array of tables on the way means its last entry."""
        path: KeyPath = ()
        for number, key in enumerate(keys):
            path = (*path, key)
            if path in self.counts and number < len(keys) - 1:
                path = (*path, self.counts[path] - 1)
        return path

    def pair(self, table: KeyPath) -> KeyPath:
        start = self.at
        path = table
        for key in self.dotted():
            path = (*path, key)
            self.mark(path, start)
        self.at += 1  # the equals sign
        self.skip(INLINE_BLANK)
        self.value(path)
        return table

    def dotted(self) -> list[str]:
        keys = []
        while True:
            self.skip(INLINE_BLANK)
            keys.append(self.key())
            self.skip(INLINE_BLANK)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def key(self) -> str:
        if self.text[self.at] in "\"'":
            return self.string()
        match = BARE.match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return match.group()

    def value(self, path: KeyPath) -> None:
        letter = self.text[self.at]
        if letter in "\"'":
            self.string()
        elif letter == "[":
            self.sequence(path)
        elif letter == "{":
            self.inline_table(path)
        else:
            match = SCALAR.match(self.text, self.at)
            assert match is not None
            self.at = match.end()

    def string(self) -> str:
        """Pass over a string; its content (escapes resolved), since it may be a key."""
        opening = self.at
        quote = self.text[self.at]
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(mark)
        while not self.text.startswith(mark, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        while self.text.startswith(quote, self.at + len(mark)) and len(mark) == 3:
            self.at += 1  # a multi-line string may end in one or two quotes of its own
        self.at += len(mark)
        content: str = tomllib.loads(f"key = {self.text[opening : self.at]}")["key"]
        return content

    def sequence(self, path: KeyPath) -> None:
        self.at += 1
        number = 0
        while self.text[self.skip(BLANK)] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.mark((*path, number), self.at)
            self.value((*path, number))
            number += 1
        self.at += 1

    def inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self.text[self.skip(BLANK)] != "}":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.pair(path)
        self.at += 1

    def skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return self.at

    def mark(self, path: KeyPath, at: int) -> None:
        self.positions.setdefault(path, self.position(at))

    def position(self, at: int) -> Position:
        line = bisect_right(self.line_starts, at)
        return Position(line, at - self.line_starts[line - 1] + 1)
