"""VP8 and VP9 in smart render: a key frame resets all, and says in its head all that a decoder has to know.

RFC 6386, 9.1; VP9 Bitstream Specification, 6.2.
"""

from __future__ import annotations

from labeler.media.bits import Bits, Ended
from labeler.media.encoders import vpx
from labeler.media.encoders.task import Task
from labeler.media.rendering import NotThisWay
from labeler.media.smart.coding import Coding, Opening

SYNC = 0x498342
SRGB = 7
HEAD = 24
"""Bytes that hold all of a key frame's head that is read here."""


class Vp9(Coding):
    def __init__(self, setup: bytes) -> None:
        super().__init__(setup)
        self.shape: tuple[int, ...] | None = None

    def opening(self, packet: bytes) -> Opening:
        shape = vp9_shape(packet)
        if shape is None:
            return Opening.OPEN
        if self.shape not in (None, shape):
            raise NotThisWay("pictures.change")
        self.shape = shape
        return Opening.CLOSED

    def options(self, task: Task) -> dict[str, str]:
        return vpx.vp9_options(task)

    def adopt(self, made: bytes, task: Task) -> None:
        """There is nothing beside the frames."""

    def packet(self, made: bytes, source: bytes) -> bytes:
        if vp9_shape(made) not in (None, vp9_shape(source)):
            raise NotThisWay("encoder.usability")
        return made


class Vp8(Coding):
    def opening(self, packet: bytes) -> Opening:
        return Opening.OPEN if packet[0] & 1 else Opening.CLOSED

    def options(self, task: Task) -> dict[str, str]:
        return vpx.vp8_options(task)

    def adopt(self, made: bytes, task: Task) -> None:
        """There is nothing beside the frames."""

    def packet(self, made: bytes, source: bytes) -> bytes:
        return made


def vp9_shape(packet: bytes) -> tuple[int, ...] | None:
    """Profile, depth, colours and size of a shown key frame; None for any other frame."""
    bits = Bits(packet[:HEAD], escaped=False)
    try:
        bits.take(2)
        profile = bits.take(1) | bits.take(1) << 1
        if profile == 3:
            bits.flag()
        if bits.flag() or bits.flag() or not bits.flag():
            return None
        bits.flag()
        if bits.take(24) != SYNC:
            raise NotThisWay("groups.no_key")
        depth = bits.take(1) if profile >= 2 else 0
        space = bits.take(3)
        sampling = _sampling(bits, profile, space)
        return profile, depth, space, sampling, bits.take(16), bits.take(16)
    except Ended:
        raise NotThisWay("units.cut_off") from None


def _sampling(bits: Bits, profile: int, space: int) -> int:
    """Range and subsampling as they stand there."""
    if space == SRGB:
        return bits.take(1) if profile in (1, 3) else 0
    return bits.take(4) if profile in (1, 3) else bits.take(1)
