"""JPEG 2000 by libavcodec's own encoder, picture by picture: what else a picture asks for says `intra/jpeg2000.py`."""

from __future__ import annotations

from labeler.media.encoders.task import Encoder, Task, planar


def options(_task: Task) -> dict[str, str]:
    """A bare codestream: the boxes around the source's stay."""
    return {"format": "j2k"}


ENCODER = Encoder("jpeg2000", planar("420", "422", "444", bits=(8, 10, 12)), options, has_global_header=False)
