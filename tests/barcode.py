"""Pictures that say which they are: sixteen bars along the top spell the frame's number, and no encoder blurs them.

Ten bars are the number, six are a check, so a picture that a decoder made up or put together wrongly has no number.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

BARS = 16
NUMBER_BITS = 10
SHARE = 8
"""The bars take this part of the height."""
NOISE = np.random.default_rng(10).normal(0, 5, (512, 1024))


def code_of(number: int) -> int:
    """The sixteen bars of this frame, bar 0 (at the left) the lowest bit; `number` is below 1024."""
    return number | (number * 37 + 21 & 63) << NUMBER_BITS


def number_of(code: int) -> int | None:
    """The frame that these bars are of; None where they do not agree among themselves."""
    number = code & ((1 << NUMBER_BITS) - 1)
    return number if code_of(number) == code else None


def number_in(luma: np.ndarray) -> int | None:
    """The frame's number read from its luma, shape (rows, columns), of any depth and any size from 64x32 up."""
    rows, columns = luma.shape
    top = luma[rows // SHARE // 4 : rows // SHARE * 3 // 4].astype(np.float64)
    edges = [columns * bar // BARS for bar in range(BARS + 1)]
    means = [top[:, left + (right - left) // 4 : right - (right - left) // 4].mean() for left, right in pairwise(edges)]
    middle = (min(means) + max(means)) / 2
    return number_of(sum(1 << bar for bar, mean in enumerate(means) if mean > middle))


def picture(number: int, width: int, height: int) -> np.ndarray:
    """Frame `number` as planes of 4:4:4 in limited range, shape (3, height, width): bars, and moving grain below."""
    down, across = number * 3 % 256, number * 5 % 512
    grain = NOISE[down : down + height, across : across + width]
    ramp = 60 + (np.arange(width)[None, :] * 2 + np.arange(height)[:, None] + number * 4) % 128
    luma = np.clip(ramp + grain, 16, 235)
    for bar in range(BARS):
        left, right = width * bar // BARS, width * (bar + 1) // BARS
        luma[: height // SHARE, left:right] = 235 if code_of(number) >> bar & 1 else 16
    wave = np.broadcast_to(np.sin(np.arange(width) / 40 + number / 12) * 40, (height, width))
    planes = np.stack([luma, 128 + wave, 128 - wave / 2])
    planes[1:, : height // SHARE] = 128
    return planes.astype(np.uint8)


def frame(number: int, width: int, height: int, pixel_format: str) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(picture(number, width, height), format="yuv444p").reformat(format=pixel_format)


def luma_of(frame: av.VideoFrame) -> np.ndarray:
    """The first plane as codes, without what pads its rows."""
    kind = np.uint8 if frame.format.components[0].bits == 8 else np.uint16
    plane = frame.planes[0]
    rows = np.frombuffer(plane, kind).reshape(plane.height, -1)
    return rows[:, : plane.width]


def numbers_of(path: Path) -> tuple[tuple[Fraction, int | None], ...]:
    """Every picture that is shown, in order of showing: its time in seconds on the file's clock, and its number."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        return tuple(
            (Fraction(shown.pts or 0) * (shown.time_base or 1), number_in(luma_of(shown)))
            for shown in container.decode(stream)
        )
