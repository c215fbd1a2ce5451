"""Lines of text out of a picture. The models lie in a wheel; nothing is ever fetched.

PP-OCRv6 (small) by ONNX Runtime on one thread: the same picture gives the same lines. Measured on 94 legible mentions
on one 1080p frame each: detection at 960 px finds as many as at full size, for a quarter of the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Protocol

import numpy as np

from labeler.layers.mention import detection, recognition
from labeler.layers.mention.unread import is_unread
from labeler.layers.mention.wording import Line

DETECTION_SIDE = 960
"""Longest side, in pixels, of the picture that text is looked for in; it is read from the picture itself."""
NATIVE_SIDE = 2000
LEAST_CONFIDENCE = 0.5
"""Of a line that is kept (measured: what lies below is not text, or not what it says)."""


class Recogniser(Protocol):
    """Reads a picture: uint8, (rows, columns, 3), blue first. Boxes are in its pixels, lines from top to bottom."""

    def lines(self, picture: np.ndarray, *, share: float = 1.0) -> tuple[Line, ...]:
        """share: of the longer side of the whole that it is a part of; looked at in the same size as that. A line
        whose letters are unknown has no text."""
        ...

    def line(self, picture: np.ndarray) -> str:
        """The text of a picture that holds one line and nothing else; empty where none is read."""
        ...


class PaddleRecogniser:
    """Each of the two models is loaded with the first picture that needs it. side: longest side for detection, in
    pixels."""

    def __init__(self, side: int) -> None:
        self.side = side

    def lines(self, picture: np.ndarray, *, share: float = 1.0) -> tuple[Line, ...]:
        """Raises MachineLacks where a model is missing."""
        found = detection.quads(picture, round(self.side * share))
        said = recognition.texts([detection.cut(picture, quad) for quad in found])
        lines = [
            Line(text, confidence, box_of(quad))
            for quad, (read, confidence) in zip(found, said, strict=True)
            for text in texts_of(read, confidence, detection.sides(quad))
        ]
        return tuple(sorted(lines, key=lambda line: (line.box[1], line.box[0])))

    def line(self, picture: np.ndarray) -> str:
        """Raises MachineLacks where the model is missing."""
        ((text, _),) = recognition.texts([picture])
        return text.strip()


def texts_of(read: str, confidence: float, sides: tuple[float, float]) -> Iterator[str]:
    """The text of a line where it can be believed, and none where there is more of it than could be read."""
    if confidence >= LEAST_CONFIDENCE and read.strip():
        yield read
    if is_unread(read, confidence, sides):
        yield ""


def box_of(quad: np.ndarray) -> tuple[int, int, int, int]:
    """[x, y, width, height] around the four corners of a line, which may be slanted."""
    left, top = np.floor(quad.min(axis=0)).astype(int)
    right, bottom = np.ceil(quad.max(axis=0)).astype(int)
    return int(left), int(top), max(1, int(right - left)), max(1, int(bottom - top))


@cache
def quick() -> Recogniser:
    return PaddleRecogniser(DETECTION_SIDE)


@cache
def thorough() -> Recogniser:
    """Detects at the size of the picture: four times as slow, for small text and lone letters."""
    return PaddleRecogniser(NATIVE_SIDE)
