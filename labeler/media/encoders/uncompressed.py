"""Uncompressed pictures: only the pixels under the mention change."""

from __future__ import annotations

from labeler.media.encoders.task import Encoder, Task, planar


def options(_task: Task) -> dict[str, str]:
    return {}


V210 = Encoder("v210", planar("422", bits=(10,)), options, has_global_header=False)
RAW = Encoder("rawvideo", planar("420", "422", "444"), options, has_global_header=False)
