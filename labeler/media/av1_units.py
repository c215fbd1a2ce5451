"""What rides inside coded AV1 beside the pictures: HDR metadata, registered user data, time codes, chroma sites.

Read from the open bitstream units of each packet, without decoding a picture (AV1 Bitstream Specification, 5.3 to 5.8).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from labeler.media import light
from labeler.media.av1_sequence import chroma_location
from labeler.media.captions import TimedBytes, caption_triplets
from labeler.media.inventory import Payloads

SEQUENCE, METADATA = 1, 5
CONTENT_LEVELS, MASTERING, SCALABILITY, REGISTERED, TIMECODE = 1, 2, 3, 4, 5
CAPTIONS = b"\xb5\x00\x31GA94\x03"
HDR10_PLUS = b"\xb5\x00\x3c\x00\x01\x04"
DOLBY = b"\xb5\x00\x3b"


class Av1Track:
    """Sees every packet of one video track, in file order; what it gathers grows only with the captions."""

    has_b_pictures = False

    def __init__(self, setup: bytes) -> None:
        """setup: an `av1C` record (whose units follow four bytes), or nothing."""
        self.light = light.Light()
        self.chroma_location: str | None = None
        self._captions = TimedBytes()
        self._dynamic = TimedBytes()
        self._of_picture = b""
        self._facts: dict[str, None] = {}
        self._see_all(setup[4:])

    def see(self, packet: bytes, time: Fraction | None) -> None:
        """Take the packet that is shown at `time` (seconds)."""
        self._of_picture = b""
        self._captions.add(time, b"".join(self._see_all(packet)))
        self._dynamic.add(time, self._of_picture)

    def captions(self) -> Payloads | None:
        return self._captions.payloads()

    def dynamic_metadata(self) -> Payloads | None:
        """What metadata units say of each picture: HDR10+, Dolby Vision, time codes, user data."""
        return self._dynamic.payloads()

    def timecode(self) -> None:
        """Time codes in metadata units are among the facts: the encoder does not write them again."""

    def facts(self) -> tuple[str, ...]:
        """Names of what an encoder would not write again."""
        return tuple(self._facts)

    def _see_all(self, data: bytes) -> list[bytes]:
        found = []
        for kind, unit in units(data):
            if kind == SEQUENCE:
                self.chroma_location = self.chroma_location or chroma_location(unit)
            elif captions := self._see_metadata(unit):
                found.append(captions)
        return found

    def _see_metadata(self, unit: bytes) -> bytes:
        kind, at = leb128(unit, 0)
        body = unit[at:]
        if kind == CONTENT_LEVELS:
            self.light.see_levels(light.levels(body))
        elif kind == MASTERING:
            self.light.see_mastering(light.mastering_of_binary(body))
        elif kind == REGISTERED:
            return self._see_registered(body)
        elif kind == SCALABILITY:
            self._facts["stereo or layered coding"] = None
        else:
            self._facts["time code in the pictures" if kind == TIMECODE else f"AV1 metadata {kind}"] = None
            self._of_picture += body
        return b""

    def _see_registered(self, body: bytes) -> bytes:
        """User data registered by ITU-T T.35."""
        if body.startswith(CAPTIONS):
            return caption_triplets(body[len(CAPTIONS) :])
        if body.startswith((HDR10_PLUS, DOLBY)):
            name = "HDR10+" if body.startswith(HDR10_PLUS) else "Dolby Vision"
        else:
            name = f"user data {body[:3].hex()}"
        self._of_picture += body
        self._facts[name] = None
        return b""


def units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and payload of all sequence headers and metadata; units without a size of their own reach to the end."""
    at = 0
    while at < len(data):
        head = data[at]
        at += 2 if head & 0x04 else 1
        size = len(data) - at
        if head & 0x02:
            size, at = leb128(data, at)
        kind = head >> 3 & 15
        if kind in (SEQUENCE, METADATA):
            yield kind, data[at : at + size]
        at += size


def leb128(data: bytes, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, least first; and the offset after it."""
    number = 0
    for place in range(8):
        if at + place >= len(data):
            return number, len(data)
        byte = data[at + place]
        number |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            return number, at + place + 1
    return number, at + 8
