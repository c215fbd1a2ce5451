"""Uncompressed pictures: only the pixels under the mention change."""

from __future__ import annotations

from labeler.media.encoders.task import Encoder, Task


def options(_task: Task) -> dict[str, str]:
    return {}


V210 = Encoder("v210", options, has_global_header=False)
RAW = Encoder("rawvideo", options, has_global_header=False)
