"""What a line of text says: PP-OCR's recogniser, and its letters out of its numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np

from labeler.layers.mention.models import RECOGNITION, model

HEIGHT, LEAST_WIDTH = 48, 320
"""Pixels of a line as the model is given it; a shorter one is filled up with grey."""
TOGETHER = 6
"""Lines of one run: those of like width, since all are filled up to the widest."""
BLANK = 0


def texts(lines: Sequence[np.ndarray]) -> list[tuple[str, float]]:
    """lines: pictures of one line each, uint8, (rows, columns, 3), blue first. What each says, and how sure that is (0
    to 1, the mean of its letters)."""
    said = [("", 0.0)] * len(lines)
    by_width = sorted(range(len(lines)), key=lambda at: lines[at].shape[1] / lines[at].shape[0])
    for begin in range(0, len(by_width), TOGETHER):
        chosen = by_width[begin : begin + TOGETHER]
        numbers = model(RECOGNITION).run(as_batch([lines[at] for at in chosen]))
        for at, one in zip(chosen, numbers, strict=True):
            said[at] = decoded(one)
    return said


def as_batch(lines: Sequence[np.ndarray]) -> np.ndarray:
    widest = max(LEAST_WIDTH / HEIGHT, *(line.shape[1] / line.shape[0] for line in lines))
    batch = np.zeros((len(lines), 3, HEIGHT, int(HEIGHT * widest)), dtype=np.float32)
    for one, line in zip(batch, lines, strict=True):
        width = min(one.shape[2], math.ceil(HEIGHT * line.shape[1] / line.shape[0]))
        scaled = cv2.resize(line, (width, HEIGHT)).astype(np.float32)
        one[:, :, :width] = (scaled * np.float32(2 / 255) - np.float32(1)).transpose(2, 0, 1)
    return batch


def decoded(numbers: np.ndarray) -> tuple[str, float]:
    """numbers: (steps, letters). The likeliest letter of each step, without blanks and repetitions."""
    chosen = numbers.argmax(axis=1)
    is_letter = chosen != BLANK
    is_letter[1:] &= chosen[1:] != chosen[:-1]
    if not is_letter.any():
        return "", 0.0
    return "".join(letters()[at] for at in chosen[is_letter]), float(numbers.max(axis=1)[is_letter].mean())


@cache
def letters() -> tuple[str, ...]:
    """By number; the first is no letter, the last a space."""
    return ("", *model(RECOGNITION).metadata("character").splitlines(), " ")
