"""Clips to measure on: moving pictures with grain, made anew for each run."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

MOUNT = "bunny_1080p60.mp4"
"""The real clip whose pictures are played forth and back, from the folder that LABELER_MEDIA names."""


PART = 30.0
"""Seconds of the clip that a long one is made of."""


@dataclass(frozen=True)
class Kind:
    """One kind of source. `grain`: standard deviation of the noise in codes of 8 bits."""

    name: str
    codec: str
    options: dict[str, str]
    size: tuple[int, int] = (1920, 1080)
    rate: int = 30
    samples: str = "yuv420p"
    suffix: str = ".mp4"
    grain: float = 2.0


H264 = Kind("1080p H.264", "libx264", {"crf": "14", "preset": "veryfast"})
HEVC = Kind("4K HEVC", "libx265", {"crf": "14", "preset": "ultrafast", "x265-params": "log-level=error"}, (3840, 2160))
PRORES = Kind("1080p ProRes 422 HQ", "prores_ks", {"profile": "hq"}, samples="yuv422p10le", suffix=".mov")
SMALL = Kind("360p H.264", "libx264", {"crf": "14", "preset": "veryfast"}, (640, 360), rate=25)
PLAIN = Kind("1080p H.264, drawn", "libx264", {"crf": "20", "preset": "ultrafast"}, rate=25, grain=0)


def make_clip(path: Path, kind: Kind, seconds: float) -> Path:
    """`path` with the suffix of its kind."""
    path = path.with_suffix(kind.suffix)
    width, height = kind.size
    scenes = (real_scenes(width, height) if kind.grain else []) or drawn_scenes(width, height)
    grain = np.random.default_rng(7).normal(0, kind.grain, (height + 64, width + 64)).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(kind.codec, rate=kind.rate, options=kind.options)
        stream.width, stream.height, stream.pix_fmt = width, height, kind.samples
        for number in range(round(seconds * kind.rate)):
            image = scenes[abs(number % (2 * len(scenes)) - len(scenes)) - 1].copy()
            dy, dx = number * 29 % 64, number * 17 % 64
            luma = image[:height].astype(np.int16) + grain[dy : dy + height, dx : dx + width]
            image[:height] = np.clip(luma, 16, 235).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="yuv420p").reformat(format=kind.samples)
            frame.pts, frame.time_base = number, Fraction(1, kind.rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def make_long(path: Path, kind: Kind, seconds: float, part_of: float = PART) -> Path:
    """A short clip over and over, its packets copied: what is measured on it does not wait for it to be drawn."""
    part = make_clip(path.with_name("part"), kind, min(part_of, seconds))
    whole = path.with_suffix(kind.suffix)
    again = max(0, round(seconds / part_of) - 1)
    command = ["ffmpeg", "-v", "error", "-y", "-stream_loop", str(again), "-i", str(part), "-c", "copy", str(whole)]
    subprocess.run(command, check=True)
    return whole


def real_scenes(width: int, height: int) -> list[np.ndarray]:
    """Two seconds of a real clip, 8 bits planar, height * 3 / 2 rows; none where there is no such clip."""
    path = Path(os.environ.get("LABELER_MEDIA", ".")) / MOUNT
    if not path.exists():
        return []
    with av.open(str(path)) as container:
        frames = (frame.reformat(width=width, height=height, format="yuv420p") for frame in container.decode(video=0))
        return [frame.to_ndarray() for _, frame in zip(range(60), frames, strict=False)]


def drawn_scenes(width: int, height: int) -> list[np.ndarray]:
    """A ramp that drifts."""
    made = []
    for number in range(30):
        image = np.full((height * 3 // 2, width), 128, np.uint8)
        ramp = np.linspace(40, 200, width + 600)[number * 20 : number * 20 + width]
        image[:height] = ramp[None, :].astype(np.uint8)
        made.append(image)
    return made
