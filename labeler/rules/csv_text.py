"""CSV as people's programs write it (RFC 4180; `;` and tabs too), with the place of every cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labeler.rules.positions import Position

DELIMITERS = (",", ";", "\t")
QUOTED = re.compile(r'"([^"]*(?:""[^"]*)*)"')
BLANKS = re.compile(r"[^\S\n\t]*")


@dataclass(frozen=True)
class Cell:
    """text: without its quotes; blanks around a text without quotes are no part of it."""

    text: str
    position: Position


class CsvMistake(ValueError):
    """`reason`: open_quote, or after_quote."""

    def __init__(self, reason: str, position: Position) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


def delimiter_of(text: str, known: Iterable[str]) -> str:
    """What stands between the cells: what splits the first line into most columns that are known; else into most."""
    names = set(known)

    def columns(delimiter: str) -> tuple[int, int]:
        try:
            header = [cell.text for cell in next(rows(text, delimiter), ())]
        except CsvMistake:
            return (-1, -1)
        return sum(name in names for name in header), len(header)

    return max(DELIMITERS, key=columns)


def rows(text: str, delimiter: str) -> Iterator[tuple[Cell, ...]]:
    """Every line that is not blank. text: its lines end in `\\n`. Raises CsvMistake."""
    plain = re.compile(rf"[^{re.escape(delimiter)}\n]*")
    at, line, start = 0, 1, 0
    while at < len(text):
        row: list[Cell] = []
        while True:
            opening = BLANKS.match(text, at)
            assert opening is not None
            position = Position(line, opening.end() - start + 1)
            if text.startswith('"', opening.end()):
                found = QUOTED.match(text, opening.end())
                if found is None:
                    raise CsvMistake("open_quote", position)
                value = found[1].replace('""', '"')
                if breaks := found[0].count("\n"):
                    line, start = line + breaks, found.start() + found[0].rindex("\n") + 1
                closing = BLANKS.match(text, found.end())
                assert closing is not None
                at = closing.end()
                if at < len(text) and text[at] not in (delimiter, "\n"):
                    raise CsvMistake("after_quote", Position(line, at - start + 1))
            else:
                match = plain.match(text, at)
                assert match is not None
                value, at = match[0].strip(), match.end()
            row.append(Cell(value, position))
            if at >= len(text) or text[at] == "\n":
                break
            at += 1  # the delimiter
        at += 1
        line, start = line + 1, at
        if any(cell.text for cell in row):
            yield tuple(row)
