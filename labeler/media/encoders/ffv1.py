"""FFV1 by libavcodec: without loss outside the mention."""

from __future__ import annotations

from labeler.media.encoders.task import Encoder, Task, planar


def options(_task: Task) -> dict[str, str]:
    """Version 3 with a checksum for each slice, as archives ask for (RFC 9043); every frame a keyframe."""
    return {"level": "3", "slicecrc": "1", "g": "1", "coder": "1"}


ENCODER = Encoder("ffv1", planar("420", "422", "444", bits=(8, 10, 12)), options)
