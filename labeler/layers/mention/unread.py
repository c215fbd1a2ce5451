"""Text that stands in a picture and that the models cannot read, since its letters are not among those they know.

They were trained to pass over such letters, and see the spaces between words all the same: `Сгенерировано ИИ` is read
as one space. Or they take them for known ones, and are not sure of it: `สร้างโดยปัญญาประดิษฐ์` is `ašvTagUayaynUs:āu`.
Of lines drawn over real pictures are told: in Cyrillic, Arabic and Hebrew 46 of 48; Ethiopic, Georgian, Gujarati,
Khmer, Malayalam, Sinhala and Tamil 79 of 84; Armenian, Gurmukhi, Kannada, Lao and Thai 54 of 78; Bengali, Burmese,
Devanagari, Hangul and Telugu 26 of 120; in Latin none of 144. So is a Latin line that is too blurred or covered to be
read (1 of 42 clips with texts of other kinds; none of 31 real ones).
"""

from __future__ import annotations

import unicodedata
from functools import cache

from labeler.layers.mention import recognition

LONG = 2.5
"""Width over height from which a line with spaces and hardly a letter is text (measured: none of 160 boxes in clips
without such text). One without spaces is left alone: a row of squares reads as nothing, as a lone word does."""
FEW = 0.35
"""Letters for each height that a line is wide; a Latin one has 1.5 to 2.7."""
DOUBTFUL, LONGER = 0.85, 5.0
"""How sure the models are at least of letters that they know (0.94 and more over most pictures), and how long a line
has to be for less to say that it has others."""
SEVERAL, MANY, VARIED = 5, 8, 0.4
"""Different letters that others are taken for, at least; and that share of all: a ruler has few, again and again."""
KNOWN = 0.6
"""Share of a text's letters from which it can be read."""


def is_unread(text: str, confidence: float, sides: tuple[float, float]) -> bool:
    """text: as the models read it, as sure as that. sides: of its line, in pixels, however it is turned."""
    length = max(sides) / max(1.0, min(sides))
    letters = text.replace(" ", "").casefold()
    kinds = len(set(letters))
    if len(letters) <= FEW * length:
        return (" " in text and length >= LONG) or (kinds >= 2 and length >= LONGER)
    return confidence < DOUBTFUL and length >= LONGER and kinds >= min(MANY, max(SEVERAL, VARIED * len(letters)))


def readable(text: str) -> str:
    """The letters of a text that the models know; `tạo` has two of them. Raises MachineLacks where they are missing."""
    return "".join(letter for letter in unicodedata.normalize("NFC", text) if letter in known())


def is_readable(text: str) -> bool:
    """Whether enough letters of a text are known. Raises MachineLacks where the models are missing."""
    letters = "".join(filter(str.isalpha, unicodedata.normalize("NFC", text)))
    return len(readable(letters)) >= KNOWN * len(letters)


@cache
def known() -> frozenset[str]:
    return frozenset("".join(recognition.letters()))
