"""Uncompressed pictures: only the pixels under the mention change."""

from __future__ import annotations

from labeler.media.encoders.task import Encoder, Task, planar


def options(_task: Task) -> dict[str, str]:
    return {}


V210 = Encoder("v210", planar("422", bits=(10,)), options, has_global_header=False)
PACKED = frozenset({"uyvy422", "yuyv422"})
"""4:2:2 with its samples side by side: `2vuy` and `UYVY`, `yuvs` and `YUY2`."""
RAW = Encoder("rawvideo", planar("420", "422", "444") | PACKED, options, has_global_header=False)
