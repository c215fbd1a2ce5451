"""Text that stands in a picture and that the models cannot read, since its letters are not among those they know.

They were trained to pass over such letters, and see the spaces between words all the same: `Сгенерировано ИИ` is read
as one space. Of lines of two words and more over real pictures those of Cyrillic, Arabic and Hebrew are told (43 of
45), of Georgian, Armenian and Hangul one in three (12 of 37); Devanagari and Thai are taken for Latin letters.
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
KNOWN = 0.6
"""Share of a text's letters from which it can be read."""


def is_unread(text: str, width: float, height: float) -> bool:
    """text: as the models read it. width, height: of its line, in pixels, however it is turned."""
    length = max(width, height) / max(1.0, min(width, height))
    letters = len(text) - text.count(" ")
    return " " in text and length >= LONG and letters <= FEW * length


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
