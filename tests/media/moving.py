"""Small MOV and MP4 films with `moov` last, so that boxes may grow without moving what they point to."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from tests.clips import add_sine, picture


def moving_clip(
    path: Path, *, size: tuple[int, int] = (640, 360), seconds: float = 2.0, rate: int = 25, sound: bool = False
) -> Path:
    """Pictures are `tests.clips.picture(n)`; a keyframe each second, B pictures between."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=rate)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.options = {"crf": "16", "preset": "veryfast", "g": str(rate), "bf": "2"}
        video.time_base = Fraction(1, rate * 512)
        for field in ("color_primaries", "color_trc", "colorspace", "color_range"):
            setattr(video.codec_context, field, 1)
        audio = container.add_stream("aac", rate=48000, layout="stereo") if sound else None
        for number in range(round(seconds * rate)):
            frame = av.VideoFrame.from_ndarray(picture(number, *size), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if audio is not None:
            add_sine(container, audio, seconds)
    return path
