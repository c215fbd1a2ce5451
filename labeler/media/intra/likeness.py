"""What new pictures of a codec must have in common with the source's to stand among them.

Compared are the heads of both packets, since a decoder goes from one to the other without being told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from types import MappingProxyType

from labeler.media.encoders.table import ENCODERS
from labeler.media.encoders.task import Task
from labeler.media.rendering import NotThisWay

Options = dict[str, str]

CONSTANT = frozenset({"dnxhd", "v210", "rawvideo"})
"""Codecs whose frames all have the same size."""
WITH_FIELDS = frozenset({"dnxhd", "prores", "v210", "rawvideo"})
"""Codecs of which a frame holds its fields as the encoder here writes them."""

# Of a DNxHD frame (SMPTE ST 2019-1): prefix and kind of fields, lines and samples, depth, compression identifier.
DNXHD_FIELDS = (slice(0, 5), slice(0x18, 0x1C), slice(0x21, 0x22), slice(0x28, 0x2C))
DNXHD_PLACE = 5
"""Low bits: whether it is a frame, or one field of two."""

# FFV1 states all of this in its configuration record (RFC 9043, 4.3), which is compared whole.
FFV1_SLICES = ("4", "6", "9", "12", "15", "16", "20", "24", "30")


def variants(codec: str, task: Task) -> Iterator[Options]:
    """Options that may make the encoder write what fits, the likeliest first."""
    options = ENCODERS[codec].options(task)
    if codec != "ffv1":
        yield options
        return
    if not task.extradata:  # before version 3 each keyframe has all of it in its head (RFC 9043, 4.4)
        yield {"level": "1", "g": "1"}
        return
    for context, coder, checks, slices in product(("0", "1"), ("1", "2", "0"), ("1", "0"), FFV1_SLICES):
        yield options | {"context": context, "coder": coder, "slicecrc": checks, "slices": slices}


def hold(codec: str, old: bytes, new: bytes) -> None:
    """Raises NotThisWay where the new packet is of another kind than the old one."""
    if codec in CONSTANT and len(old) != len(new):
        raise NotThisWay("encoder.size", f"{len(new)}/{len(old)}")
    if codec in HEADS and HEADS[codec](old) != HEADS[codec](new):
        raise NotThisWay("encoder.kind")


def _dnxhd(packet: bytes) -> tuple[bytes, ...]:
    return *(packet[field] for field in DNXHD_FIELDS), bytes([packet[DNXHD_PLACE] & 3])


def _prores(packet: bytes) -> tuple[bytes, ...]:
    """Size, sampling and fields, colours, alpha (RDD 36, 5.1)."""
    head = packet[16:26]
    return packet[4:8], head[:4], bytes([head[4] & 0b11001100]), head[6:]


HEADS: Mapping[str, Callable[[bytes], tuple[bytes, ...]]] = MappingProxyType({"dnxhd": _dnxhd, "prores": _prores})
