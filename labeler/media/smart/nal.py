"""NAL units in and out of packets, and the messages among them that go on to new pictures."""

from __future__ import annotations

from collections.abc import Iterator

from labeler.media.bits import escape
from labeler.media.coded import ENCODER_NOTES, HARMLESS_SEI, OLD_CODING_SEI
from labeler.media.rendering import NotThisWay
from labeler.media.smart.coding import Coding

UNREGISTERED = 5
OF_CODING = HARMLESS_SEI | OLD_CODING_SEI
"""SEI messages on how pictures are coded, untrue of new ones (ITU-T H.264 and H.265, annexes D). A source with one of
OLD_CODING_SEI is refused, since it would be lost."""


class NalCoding(Coding):
    """length_size: bytes of a unit's length in packets; 0 where start codes tell units apart."""

    def __init__(self, setup: bytes, length_size: int) -> None:
        super().__init__(setup)
        self.length_size = length_size

    def units(self, packet: bytes) -> list[bytes]:
        """The units of a packet of the source. Raises NotThisWay where it is cut off."""
        return list(by_length(packet, self.length_size) if self.length_size else by_start_code(packet))

    def joined(self, units: list[bytes]) -> bytes:
        """The same as the file has them. Raises NotThisWay for a unit longer than its length could say."""
        if not self.length_size:
            return b"".join(b"\0\0\0\1" + unit for unit in units)
        if any(len(unit) >= 1 << (8 * self.length_size) for unit in units):
            raise NotThisWay("units.too_long", self.length_size)
        return b"".join(len(unit).to_bytes(self.length_size, "big") + unit for unit in units)


def free_number(taken: set[int], most: int) -> int:
    """The highest number of a parameter set that is not taken: some files bring more sets between their pictures, and
    encoders count from 0. Raises NotThisWay."""
    number = next((number for number in reversed(range(most)) if number not in taken), None)
    if number is None:
        raise NotThisWay("parameters.numbers")
    return number


def by_length(packet: bytes, size: int) -> Iterator[bytes]:
    """Units behind their lengths (ISO/IEC 14496-15, 4.3.3)."""
    at = 0
    while at < len(packet):
        length = int.from_bytes(packet[at : at + size], "big")
        at += size
        if at + length > len(packet):
            raise NotThisWay("units.cut_off")
        if length:
            yield packet[at : at + length]
        at += length


def by_start_code(data: bytes) -> Iterator[bytes]:
    """Units between start codes (ITU-T H.264, annex B)."""
    at = data.find(b"\0\0\1")
    while at >= 0:
        following = data.find(b"\0\0\1", at + 3)
        unit = data[at + 3 : following if following >= 0 else len(data)].rstrip(b"\0")
        if unit:
            yield unit
        at = following


def carried(message_unit: bytes, head: int, also: frozenset[int] = frozenset()) -> bytes | None:
    """An SEI unit with the messages in it that are about the picture and not about its coding; None without any.

    head: bytes of its header. also: kinds on its coding that are true of the new picture, too. Kept as it is where all
    are.
    """
    payload = message_unit[head:].replace(b"\0\0\3", b"\0\0")
    messages = list(_messages(payload))
    kept = [whole for kind, body, whole in messages if kind in also or not _is_of_coding(kind, body)]
    if len(kept) == len(messages):
        return message_unit if messages else None
    if not kept:
        return None
    body = b"".join(kept) + b"\x80"
    return message_unit[:head] + escape(body)


def _is_of_coding(kind: int, body: bytes) -> bool:
    if kind == UNREGISTERED:
        return body[:16] in ENCODER_NOTES
    return kind in OF_CODING


def _messages(payload: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Kind, what it says, and all its bytes (with type and size), of each message."""
    at = 0
    while at + 2 < len(payload):
        start = at
        kind, at = _number(payload, at)
        size, at = _number(payload, at)
        yield kind, payload[at : at + size], payload[start : at + size]
        at += size


def _number(payload: bytes, at: int) -> tuple[int, int]:
    value = 0
    while at < len(payload) and payload[at] == 0xFF:
        value, at = value + 255, at + 1
    return value + (payload[at] if at < len(payload) else 0), at + 1
