"""What the main header of a JPEG 2000 codestream says of a picture, and what an encoder would not write again.

Read from the packets' bytes, without decoding a picture (ISO/IEC 15444-1, annex A; boxes around it: annex I).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from labeler.media.inventory import Payloads
from labeler.media.light import Light

START, END = b"\xff\x4f\xff\x51", b"\xff\xd9"
"""A codestream's first marker with the one that must follow, and its last one."""
CAPABILITIES, SIZE, CODING, CODING_OF_ONE, COMMENT, TILE = 0xFF50, 0xFF51, 0xFF52, 0xFF53, 0xFF64, 0xFF90
MOST_BEFORE = 1 << 16
"""Bytes of boxes in which a codestream begins."""
CODESTREAM_BOX = b"jp2c"
NAMES_ENCODER = re.compile(rb"(?i)openjpeg|kakadu|kdu|lavc|jasper|comprimato|grok|encod|codec")
"""A note of the old encoder about itself, untrue once the picture is coded again."""
REVERSIBLE = 1


class NotWhole(Exception):
    """These bytes are no codestream whose main header can be read."""


@dataclass(frozen=True)
class Codestream:
    """start: where it begins in the packet. size: the marker segment SIZ (picture, tiles, components). profile: `Rsiz`,
    0 where none is claimed. is_reversible: the 5/3 wavelet without quantisation. progression: 0 to 4, as COD has it.
    tile: width and height. has_parts: components with a coding of their own. is_fast: Part 15 (HTJ2K). comments: the
    texts of COM."""

    start: int
    size: bytes
    profile: int
    is_reversible: bool
    is_mixed: bool
    progression: int
    tile: tuple[int, int]
    has_parts: bool
    is_fast: bool
    comments: tuple[bytes, ...]


def codestream_of(packet: bytes) -> Codestream:
    """Raises NotWhole."""
    start = packet.find(START, 0, MOST_BEFORE)
    if start < 0:
        raise NotWhole("no codestream")
    found: dict[int, bytes] = {}
    comments: list[bytes] = []
    for marker, body in _segments(packet, start + 2):
        if marker == COMMENT:
            comments.append(body[2:])
        found.setdefault(marker, body)
    size, coding = found.get(SIZE, b""), found.get(CODING, b"")
    if len(size) < 36 or len(coding) < 10:
        raise NotWhole("no size or coding")
    return Codestream(
        start=start,
        size=size[2:],
        profile=int.from_bytes(size[:2], "big"),
        is_reversible=coding[9] == REVERSIBLE,
        is_mixed=coding[4] != 0,
        progression=coding[1],
        tile=(int.from_bytes(size[18:22], "big"), int.from_bytes(size[22:26], "big")),
        has_parts=CODING_OF_ONE in found,
        is_fast=CAPABILITIES in found,
        comments=tuple(comments),
    )


def _segments(packet: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Marker and body of each segment of the main header. Raises NotWhole where it is cut off."""
    while True:
        head = packet[at : at + 4]
        marker, length = int.from_bytes(head[:2], "big"), int.from_bytes(head[2:], "big")
        if len(head) < 4 or head[0] != 0xFF or length < 2 or at + 2 + length > len(packet):
            raise NotWhole("main header")
        if marker == TILE:
            return
        yield marker, packet[at + 4 : at + 2 + length]
        at += 2 + length


class Jpeg2000Track:
    """Sees every packet of one video track, in file order."""

    def __init__(self) -> None:
        self.light = Light()
        self._facts: dict[str, None] = {}
        self._first: Codestream | None = None

    def see(self, packet: bytes, _time: Fraction | None) -> None:
        try:
            found = codestream_of(packet)
        except NotWhole:
            self._facts["damaged picture (JPEG 2000)"] = None
            return
        first = self._first = self._first or found
        if (found.size, found.is_reversible) != (first.size, first.is_reversible):
            self._facts["parameter change in mid-stream"] = None
        if not packet.endswith(END):
            self._facts["data behind the codestream (JPEG 2000)"] = None
        if packet.find(END + START, found.start) >= 0:
            self._facts["fields coded apart"] = None
        if found.profile:
            self._facts[f"JPEG 2000 profile {found.profile:#06x}"] = None
        if found.is_fast:
            self._facts["high-throughput coding (JPEG 2000 part 15)"] = None
        if found.has_parts:
            self._facts["components coded apart (JPEG 2000)"] = None
        if not all(NAMES_ENCODER.search(comment) for comment in found.comments):
            self._facts["a comment in the codestream (JPEG 2000)"] = None

    def captions(self) -> Payloads | None:
        """JPEG 2000 has none."""
        return None

    def facts(self) -> tuple[str, ...]:
        """Names of what an encoder would not write again."""
        return tuple(self._facts)

    def dynamic_metadata(self) -> None:
        """JPEG 2000 has none."""

    def timecode(self) -> None:
        """JPEG 2000 has none."""
