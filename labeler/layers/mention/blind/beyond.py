"""Reads a part of a line together with what stands beside it.

The models that look for text may find a part of a line alone: `with AI` of `Made with AI`, `Ima` of `Images générées
par IA` (measured over a perforated board). Those that read it know the whole as soon as they are given it. So a part
that only names AI is read again, and so is one that discloses, since what stands beside it may take that back:
`générée par IA` of `Aucune image de ce film n'a été générée par IA` (measured).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from rapidfuzz import fuzz

from labeler.layers.mention.blind.tracks import inside, without_twins
from labeler.layers.mention.recogniser import Recogniser
from labeler.layers.mention.wording import Box, Line, Text, classify, takes_back, texts_in

REACHES = (3, 8, 16, 32)
"""Heights of a line that are read beside it, at one end or at both: a word, some words, a sentence, a long one."""
FAR = 16
SAYING = ("phrase", "negated")
HOLDS = 90
"""Likeness (0 to 100) of a line with a part of the wider one, from which it stands in that."""
COVERED = 0.5
"""Share of a line's box in that of a wider one, from which it is a part of that."""
MOST_LINES = 40
"""Lines of one picture that are tried, whatever they say."""
MOST_READINGS = 600
"""Of one film: some 10 s of processor time (measured: 12 to 25 ms each)."""


class Beyond:
    """Of one film. room: readings that are left, so that a film full of lines about AI costs no more than that."""

    def __init__(self, room: int = MOST_READINGS) -> None:
        self.room = room

    def completed(
        self, lines: Sequence[Line], pixels: np.ndarray, reader: Recogniser, *, every: bool = False
    ) -> tuple[Line, ...]:
        """The lines of a picture: those that name AI and say no more, wider where that discloses or denies; those that
        disclose, wider where that takes it back.

        pixels: uint8, (rows, columns, 3), blue first: the whole picture that the boxes lie in. every: also lines that
        do not name AI, which are a part of those that do.
        """
        texts = tuple(texts_in(lines))
        disclosing = [lines[text.members[0]] for text in texts if is_disclosure_of_one_line(text)]
        kept = list(lines)
        for line in (*disclosing, *self._unfinished(lines, texts, pixels, reader, every=every)):
            wider = best_of(tuple(self._widened(line, pixels, reader)), is_disclosure=line in disclosing)
            if line in kept and wider is not None:
                kept = [*(other for other in kept if inside(other.box, wider.box) < COVERED), wider]
        return tuple(sorted(kept, key=lambda line: (line.box[1], line.box[0])))

    def _unfinished(
        self, lines: Sequence[Line], texts: Sequence[Text], pixels: np.ndarray, reader: Recogniser, *, every: bool
    ) -> list[Line]:
        """Lines that name AI, of which no text among all of these says what of it."""
        said = {at for text in texts if text.wording.kind in SAYING for at in text.members}
        naming = {text.members[0] for text in texts if len(text.members) == 1} - said
        if every:
            rest = [at for at in range(len(lines)) if at not in said | naming]
            naming |= {at for at in rest[:MOST_LINES] if self._names_ai_when_wide(lines[at], pixels, reader)}
        return [lines[at] for at in sorted(naming)]

    def _names_ai_when_wide(self, line: Line, pixels: np.ndarray, reader: Recogniser) -> bool:
        if self.room <= 0:
            return False
        return classify(self._wider_by(FAR, FAR, line, pixels, reader).text).kind != "none"

    def _widened(self, line: Line, pixels: np.ndarray, reader: Recogniser) -> Iterator[Line]:
        """The line with more and more of its row, for as long as that has more letters; each that still holds it."""
        most = letters_of(line)
        for reach in REACHES:
            if self.room <= 0:
                return
            read = [self._wider_by(*ends, line, pixels, reader) for ends in ((reach, 0), (reach, reach), (0, reach))]
            yield from (one for one in read if holds(one, line))
            if max(map(letters_of, read)) <= most:
                return
            most = max(map(letters_of, read))

    def _wider_by(self, before: int, after: int, line: Line, pixels: np.ndarray, reader: Recogniser) -> Line:
        """A line as it reads with so many of its heights beside it."""
        self.room -= 1
        x, y, width, height = line.box
        left, right = max(0, x - before * height), min(pixels.shape[1], x + width + after * height)
        text = reader.line(np.ascontiguousarray(pixels[y : y + height, left:right])).strip()
        return replace(line, text=text, box=box_of(text, line, (left, right)))


def is_disclosure_of_one_line(text: Text) -> bool:
    return len(text.members) == 1 and text.wording.kind == "phrase"


def best_of(readings: Sequence[Line], *, is_disclosure: bool) -> Line | None:
    """The wider reading of a line that stands for it: one that takes a disclosure back, be it the line's own or that of
    another reading; else, where the line discloses nothing itself, the best that says something."""
    saying = [one for one in readings if classify(one.text).kind in SAYING]
    taking_back = [one for one in readings if takes_back(classify(one.text))] if saying or is_disclosure else []
    return max(taking_back or ([] if is_disclosure else saying), key=worth, default=None)


def worth(line: Line) -> tuple[float, int, int]:
    """The surest of some readings, then the one that has most letters, then the one that has fewest other signs."""
    return classify(line.text).score, letters_of(line), -len(line.text)


def holds(wider: Line, line: Line) -> bool:
    likeness = fuzz.partial_ratio(without_twins(line.text), without_twins(wider.text))
    return letters_of(wider) > letters_of(line) and likeness >= HOLDS


def letters_of(line: Line) -> int:
    return sum(letter.isalnum() for letter in line.text)


def box_of(text: str, line: Line, ends: tuple[int, int]) -> Box:
    """About where a wider text stands: its letters are as wide as those of the line that it holds."""
    x, y, width, height = line.box
    where = fuzz.partial_ratio_alignment(without_twins(line.text), without_twins(text))
    before, after = (where.dest_start, len(text) - where.dest_end) if where else (0, 0)
    letter = width / len(line.text)
    left, right = max(ends[0], round(x - before * letter)), min(ends[1], round(x + width + after * letter))
    return left, y, right - left, height
