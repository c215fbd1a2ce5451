"""The border to RapidOCR: lines of text out of a picture. Its models lie in its wheel; nothing is ever fetched.

PP-OCRv6 (small) by ONNX Runtime on one thread: the same picture gives the same lines. Measured on 94 legible mentions
on one 1080p frame each: detection at 960 px finds as many as at full size, for a quarter of the time.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any, Protocol

import numpy as np

from labeler.errors import MachineLacks
from labeler.language import say
from labeler.layers.mention.wording import Line

NO_TELEMETRY = ("ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED")
"""Environment variables without which ONNX Runtime 1.32 writes an identifier of this machine into the folder for
temporary files and sends reports over the network (measured); both names, as its releases differ."""
DETECTION_SIDE = 960
"""Longest side, in pixels, of the picture that text is looked for in; it is read from the picture itself."""
NATIVE_SIDE = 2000
LEAST_CONFIDENCE = 0.5
"""Of a line that is kept (measured: what lies below is not text, or not what it says)."""


class Recogniser(Protocol):
    """Reads a picture: uint8, (rows, columns, 3), blue first. Boxes are in its pixels, lines from top to bottom."""

    def lines(self, picture: np.ndarray) -> tuple[Line, ...]: ...

    def line(self, picture: np.ndarray) -> str:
        """The text of a picture that holds one line and nothing else; empty where none is read."""
        ...


class RapidRecogniser:
    """RapidOCR, its models loaded with the first picture. side: longest side for detection, in pixels."""

    def __init__(self, side: int) -> None:
        self.side = side
        self._engine: Any = None

    def lines(self, picture: np.ndarray) -> tuple[Line, ...]:
        """Raises MachineLacks where the models of the wheel are missing."""
        if self._engine is None:
            self._engine = engine(self.side)
        answer = self._engine(picture, use_det=True, use_cls=False, use_rec=True)  # it keeps what it was told last
        if answer.txts is None or answer.boxes is None:
            return ()
        scores = answer.scores or (0.0,) * len(answer.txts)
        read = [
            Line(str(text), float(score), box_of(corners))
            for text, score, corners in zip(answer.txts, scores, answer.boxes, strict=True)
            if score >= LEAST_CONFIDENCE and str(text).strip()
        ]
        return tuple(sorted(read, key=lambda line: (line.box[1], line.box[0])))

    def line(self, picture: np.ndarray) -> str:
        if self._engine is None:
            self._engine = engine(self.side)
        answer = self._engine(picture, use_det=False, use_cls=False, use_rec=True)
        return str(answer.txts[0]).strip() if answer.txts else ""


def box_of(corners: np.ndarray) -> tuple[int, int, int, int]:
    """[x, y, width, height] around the four corners of a line, which may be slanted."""
    points = np.asarray(corners, dtype=np.float64)
    left, top = np.floor(points.min(axis=0)).astype(int)
    right, bottom = np.ceil(points.max(axis=0)).astype(int)
    return int(left), int(top), max(1, int(right - left)), max(1, int(bottom - top))


def engine(side: int) -> Any:
    """Raises MachineLacks: `pip install` left something out, or this processor cannot run it."""
    for name in NO_TELEMETRY:  # read once, when the library is loaded
        os.environ[name] = "1"
    try:
        # Here and not above: it takes a second, and most commands never read a picture.
        from rapidocr import RapidOCR

        return RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Det.limit_side_len": side,
                "Det.limit_type": "max",
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
    except (ImportError, OSError, RuntimeError) as error:
        raise MachineLacks(
            say(
                f"The reader of texts in pictures cannot be loaded ({error}).",
                f"Le lecteur de textes dans les images ne se charge pas ({error}).",
            )
        ) from error


@cache
def quick() -> Recogniser:
    """One for the whole process: its models take a second to load and 100 MB."""
    return RapidRecogniser(DETECTION_SIDE)


@cache
def thorough() -> Recogniser:
    """Detects at the size of the picture: four times as slow, for small text and lone letters."""
    return RapidRecogniser(NATIVE_SIDE)
