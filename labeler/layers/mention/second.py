"""A second opinion on the wording of a planned mention: a recogniser that knows nothing of the plan reads its place.

The first reader compares letters with those that were to be drawn, and cannot tell an I from an l in a face that draws
both alike; this one reads the region as any text. Where the two disagree nothing is believed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from rapidfuzz import fuzz

from labeler.layers.mention.evidence import Look, Sample, offset_of, spread
from labeler.layers.mention.recogniser import Recogniser
from labeler.layers.mention.unread import is_readable, readable
from labeler.layers.mention.wording import unread_scripts

AGREES = 85.0
"""Fuzzy ratio (0 to 100) of what is read and what was planned: 47 of 47 legible mentions reach it (measured)."""
TIMES = 3
"""Stretches of time that are read apart."""
LINE_HEIGHT = 64
"""Rows to which a line is scaled: the models were trained on 48, with some ground around the letters."""
AROUND = 0.15
"""Share of a line's height that is kept around it."""
TWINS = str.maketrans({"l": "I", "|": "I", "1": "I"})
"""What a sans-serif face draws alike; never a capital L, or «AI» and «AL» would be equal here too."""


def is_read(text: str) -> bool:
    """Whether the recogniser can read a text at all."""
    return not unread_scripts(text) and is_readable(text)


def second_reading(look: Look, shown: Sequence[Sample], lines: Sequence[str], reader: Recogniser) -> tuple[float, str]:
    """The worst agreement (0 to 100) of the text that is read with the planned lines, and that reading.

    shown: the frames that show the mention, in order; not empty. lines: as they were set, not empty.
    """
    wanted = as_it_may_be_read("".join(lines))
    readings = []
    for part in np.array_split(np.arange(len(shown)), min(TIMES, len(shown))):
        still = look.median(spread([shown[at] for at in part], 8))
        text = " ".join(reader.line(picture) for picture in pictures_of(look, shown, still, len(lines)))
        readings.append((max(fuzz.ratio(comparable(text), one) for one in wanted), text))
    return min(readings)


def reads_as(read: str, planned: str) -> bool:
    """Whether a text that was read anywhere holds the planned one, as far as the recogniser can tell."""
    seen = comparable(read)
    return any(
        100 * len(seen) >= AGREES * len(wanted) and fuzz.partial_ratio(wanted, seen) >= AGREES
        for wanted in as_it_may_be_read(planned)
    )


def as_it_may_be_read(planned: str) -> tuple[str, ...]:
    """A planned text, comparable: with all of its letters, and, where it can be read, without those of them that the
    recogniser does not know, which it may leave out or take for others."""
    if not is_read(planned):
        return (comparable(planned),)
    return comparable(planned), comparable(readable(planned))


def pictures_of(look: Look, shown: Sequence[Sample], still: np.ndarray, count: int) -> Iterator[np.ndarray]:
    """Each line of the mention as a picture of its own, without the mark beside it."""
    x, y = offset_of(shown)
    for left, top, right, bottom in line_boxes(look, count):
        margin = round(AROUND * (bottom - top))
        rows = slice(max(0, look.margin + y + top - margin), look.margin + y + bottom + margin)
        columns = slice(max(0, look.margin + x + left - margin), look.margin + x + right + margin)
        luma = np.clip(still[rows, columns], 0, 255).astype(np.uint8)
        scale = LINE_HEIGHT / max(1, luma.shape[0])
        size = max(LINE_HEIGHT, round(luma.shape[1] * scale)), LINE_HEIGHT
        yield cv2.cvtColor(cv2.resize(luma, size, interpolation=cv2.INTER_CUBIC), cv2.COLOR_GRAY2BGR)


def line_boxes(look: Look, count: int) -> list[tuple[int, int, int, int]]:
    """Left, top, right and bottom of each line in the template. The letters of a line begin on one row, a mark's on
    another, and a mark has fewer of them."""
    by_row: dict[int, list[tuple[int, int, int, int]]] = {}
    for _, left, top, right, bottom in look.template.cells:
        by_row.setdefault(top, []).append((left, top, right, bottom))
    longest = sorted(by_row, key=lambda row: -len(by_row[row]))[:count]
    return [merged(by_row[row]) for row in sorted(longest)]


def merged(boxes: list[tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def comparable(text: str) -> str:
    """A text without spaces, signs and accents, and with twins made equal."""
    flat = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).translate(TWINS))
    return "".join(letter for letter in flat if letter.isalnum())
