"""Clips as broadcasters deliver them: 2 s of bars, the programme, 1 s of black, with a time code that says where."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.clips import picture

WIDTH, HEIGHT = 480, 270
BARS, BLACK = 2, 1
# 75 % bars as RGB: white, yellow, cyan, green, magenta, red, blue (ITU-R BT.471).
COLOURS = ((191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0), (191, 0, 191), (191, 0, 0), (0, 0, 191))


def bars() -> np.ndarray:
    columns = np.arange(WIDTH) * len(COLOURS) // WIDTH
    return np.broadcast_to(np.array(COLOURS, np.uint8)[columns], (HEIGHT, WIDTH, 3)).copy()


def pictures(numbers: int, seconds: int) -> Iterator[np.ndarray]:
    """`numbers`: pictures that the time code counts in a second."""
    for _ in range(BARS * numbers):
        yield bars()
    for number in range(seconds * numbers):
        yield picture(number, WIDTH, HEIGHT)
    for _ in range(BLACK * numbers):
        yield np.zeros((HEIGHT, WIDTH, 3), np.uint8)


def make_delivery(path: Path, *, rate: Fraction, timecode: str | None, seconds: int = 4) -> Path:
    """The clip, with this start time code; `seconds` of programme, each of a whole number of pictures."""
    with av.open(str(path), "w", options={"movflags": "+faststart"} if path.suffix != ".mkv" else {}) as container:
        video = container.add_stream("libx264", rate=rate)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.options = {"crf": "14", "preset": "ultrafast", "g": str(round(rate)), "bf": "2"}
        video.time_base = 1 / rate / 512 if rate.denominator == 1 else Fraction(1, rate.numerator)
        for name in ("color_primaries", "color_trc", "colorspace", "color_range"):
            setattr(video.codec_context, name, 1)
        if timecode is not None:
            video.metadata["timecode"] = timecode
        for number, content in enumerate(pictures(round(rate), seconds)):
            frame = av.VideoFrame.from_ndarray(content, format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
            frame.pts, frame.time_base = number, 1 / rate
            container.mux(video.encode(frame))
        container.mux(video.encode())
    return path
