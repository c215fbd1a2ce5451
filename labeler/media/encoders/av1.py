"""AV1 by SVT-AV1."""

from __future__ import annotations

import os

from av.codec.context import Flags

from labeler.media.encoders.task import Encoder, Task, planar
from labeler.media.light import MASTERING_SIDE_DATA, mastering_of_side_data

CRF = 18
"""On SVT-AV1's scale of 1 to 63: comes out like x264 at CRF 16."""
CHROMA_POSITIONS = {"left": "vertical", "topleft": "colocated"}
MOST_FRAMES = 240
"""Frames a second that SVT-AV1 takes."""
SPEEDS = {"ultrafast": 12, "superfast": 11, "veryfast": 10, "faster": 9, "fast": 9, "medium": 8, "slow": 6, "slower": 4}


def options(task: Task) -> dict[str, str]:
    """4:2:0 only. Keyframes stand where the source has them, and nowhere else."""
    # The library prints on standard error whatever libavcodec's own log level is; only this variable stops it.
    os.environ.setdefault("SVT_LOG", "1")
    private = ["enable-force-key-frames=1", "scd=0", "keyint=-1"]
    if task.threads is not None:
        private.append(f"lp={task.threads}")
    if task.facts.mastering_display is not None:
        display = mastering_of_side_data(task.side_data.get(MASTERING_SIDE_DATA, b""))
        if display is None:
            task.refuse("AV1 mastering display")
        assert display is not None
        private.append(f"mastering-display={display.decimals()}")
    if task.facts.chroma_location in CHROMA_POSITIONS:
        private.append(f"chroma-sample-position={CHROMA_POSITIONS[task.facts.chroma_location]}")
    if task.facts.content_light is not None:
        private.append(f"content-light={task.facts.content_light}")
    return {
        "crf": str(round(CRF + task.quality.crf - 16)),
        "preset": str(SPEEDS.get(task.quality.preset, 8)),
        "svtav1-params": ":".join(private),
    }


def flags(_task: Task) -> int:
    return Flags.closed_gop


ENCODER = Encoder("libsvtav1", planar("420", bits=(8, 10)), options, flags, most_frames=MOST_FRAMES)
