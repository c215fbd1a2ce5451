"""Motion JPEG by libavcodec."""

from __future__ import annotations

from av.codec.context import Flags

from labeler.media.encoders.task import Encoder, Task, planar


def options(task: Task) -> dict[str, str]:
    """A quantiser of 2. The encoder takes limited range only where it is told that a reader may not expect it."""
    return {"global_quality": str(2 * 118), "qmin": "2", "qmax": "2", "strict": "unofficial"}


def flags(_task: Task) -> int:
    return Flags.qscale


ENCODER = Encoder("mjpeg", planar("420", "422", "444"), options, flags, counts_frames=True)
