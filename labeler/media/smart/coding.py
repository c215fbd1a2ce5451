"""What smart render has to know of a codec, and NAL units in and out of packets. One module a codec beside this one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from enum import Enum

from labeler.media.bits import escape
from labeler.media.coded import ENCODER_NOTES, HARMLESS_SEI
from labeler.media.encoders.task import Task
from labeler.media.mp4.tree import Node
from labeler.media.rendering import NotThisWay
from labeler.media.vui import Vui

UNREGISTERED = 5
OF_CODING = HARMLESS_SEI | {7, 8, 9, 16, 17, 18}
"""SEI messages on how pictures are coded, which are untrue of new ones (ITU-T H.264 and H.265, annexes D)."""


class Opening(Enum):
    """How a group of pictures begins. CLOSED: nothing in it or after it leans on what came before. LEADING: the
    pictures shown before its key may lean on the group before (HEVC: CRA). OPEN: all after it may (H.264: no IDR)."""

    CLOSED = "closed"
    LEADING = "leading"
    OPEN = "open"


class Leading(Enum):
    """A picture that is sent after a key and shown before it: SKIPPED leans on the group before, KEPT does not."""

    NO = "no"
    SKIPPED = "skipped"
    KEPT = "kept"


class Coding(ABC):
    """One codec in one file: what its packets are, and how new ones are made to fit among them.

    length_size: bytes of a unit's length in packets; 0 where start codes tell units apart. setup: the decoder
    configuration of the source. Raises NotThisWay where the source is coded in a way that is not handled.
    """

    def __init__(self, setup: bytes, length_size: int) -> None:
        self.setup, self.length_size = setup, length_size

    @abstractmethod
    def opening(self, packet: bytes) -> Opening:
        """How the group of pictures begins whose key this is."""

    @abstractmethod
    def leading(self, packet: bytes) -> Leading: ...

    @abstractmethod
    def options(self, task: Task) -> dict[str, str]:
        """For the encoder, so that what it makes stands beside the source's pictures."""

    @abstractmethod
    def adopt(self, made: bytes, task: Task) -> None:
        """Take the parameter sets of the new pictures (the encoder's extradata). Raises NotThisWay."""

    @abstractmethod
    def packet(self, made: bytes, source: bytes) -> bytes:
        """A packet for the file from one that the encoder made and the source's of the same picture, whose messages
        about the picture (captions, HDR, …) are carried over."""

    @abstractmethod
    def cut_loose(self, packet: bytes, *, leads: bool) -> bytes:
        """A key whose pictures that lean on the group before are gone: told by the type of its units alone. leads:
        others that it leads are still there."""

    @abstractmethod
    def describe(self, old: Node) -> Node:
        """The sample description (`stsd`) of old and new pictures together."""

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


def signals(vui: Vui | None) -> tuple[str, str, str, int] | None:
    """How pictures are to be shown, of what a parameter set says."""
    return None if vui is None else (vui.chroma_location, vui.video_format, vui.overscan, vui.transfer)


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


def carried(message_unit: bytes, head: int) -> bytes | None:
    """An SEI unit with the messages in it that are about the picture and not about its coding; None without any.

    head: bytes of its header. Kept as it is where all are.
    """
    payload = message_unit[head:].replace(b"\0\0\3", b"\0\0")
    messages = list(_messages(payload))
    kept = [whole for kind, whole in messages if not _is_of_coding(kind, whole)]
    if len(kept) == len(messages):
        return message_unit if messages else None
    if not kept:
        return None
    body = b"".join(kept) + b"\x80"
    return message_unit[:head] + escape(body)


def _is_of_coding(kind: int, whole: bytes) -> bool:
    if kind == UNREGISTERED:
        return any(note in whole[:19] for note in ENCODER_NOTES)
    return kind in OF_CODING


def _messages(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and bytes (with type and size) of each message."""
    at = 0
    while at + 2 < len(payload):
        start = at
        kind, at = _number(payload, at)
        size, at = _number(payload, at)
        yield kind, payload[start : at + size]
        at += size


def _number(payload: bytes, at: int) -> tuple[int, int]:
    value = 0
    while at < len(payload) and payload[at] == 0xFF:
        value, at = value + 255, at + 1
    return value + (payload[at] if at < len(payload) else 0), at + 1
