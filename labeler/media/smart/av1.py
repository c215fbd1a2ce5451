"""AV1 in smart render: every shown key frame begins anew, with a sequence header of its own in its packet.

AV1 Bitstream Specification, 5.3 to 5.9, 7.5; AV1 Codec ISO Media File Format Binding, 2.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from labeler.media.av1_sequence import Sequence, sequence
from labeler.media.av1_units import leb128
from labeler.media.encoders import av1
from labeler.media.encoders.task import Task
from labeler.media.rendering import NotThisWay
from labeler.media.smart.coding import Coding, Opening

SEQUENCE, DELIMITER, FRAME_HEADER, METADATA, FRAME = 1, 2, 3, 5, 6
HAS_EXTENSION, HAS_SIZE = 0x04, 0x02
SHOW_EXISTING, FRAME_TYPE, SHOWN = 0x80, 0x60, 0x10
RECORD_HEAD = 4
LEVEL = 0x1F


class Av1(Coding):
    """setup: `av1C`, whose units follow four bytes."""

    box = b"av1C"

    def __init__(self, setup: bytes) -> None:
        super().__init__(setup)
        if len(setup) < RECORD_HEAD:
            raise NotThisWay("parameters.record")
        headers = [unit for kind, unit, _ in units(setup[RECORD_HEAD:]) if kind == SEQUENCE]
        # Without one in the record, the first key that is looked at tells.
        self.sequence = _read(headers[0]) if headers else None
        self.level = setup[1] & LEVEL

    def opening(self, packet: bytes) -> Opening:
        """A key frame that is shown at once resets all; one that is shown later, or a switch frame, does not."""
        for kind, payload, _ in units(packet):
            if kind == SEQUENCE:
                self._see(_read(payload), "pictures.change")
            if kind in (FRAME, FRAME_HEADER) and payload:
                head = payload[0]
                is_key = not head & SHOW_EXISTING and not head & FRAME_TYPE and head & SHOWN
                return Opening.CLOSED if is_key else Opening.OPEN
        raise NotThisWay("groups.no_key")

    def options(self, task: Task) -> dict[str, str]:
        return av1.options(task)

    def adopt(self, made: bytes, task: Task) -> None:
        """The encoder's own header stands in its packets."""

    def packet(self, made: bytes, source: bytes) -> bytes:
        """The metadata are those of the source's packet, before the first frame; SVT-AV1 writes its own at each key."""
        before: list[bytes] = []
        frames: list[bytes] = []
        for kind, payload, whole in units(made):
            if kind == SEQUENCE:
                found = _read(payload)
                self._see(found, "encoder.usability")
                self.level = max(self.level, found.level)
            if kind in (SEQUENCE, DELIMITER):
                before.append(whole)
            elif kind != METADATA:
                frames.append(whole)
        carried = [whole for kind, _, whole in units(source) if kind == METADATA]
        return b"".join(before + carried + frames)

    def _see(self, found: Sequence, otherwise: str) -> None:
        self.sequence = self.sequence or found
        if shape(found) != shape(self.sequence):
            raise NotThisWay(otherwise)

    def record(self) -> bytes:
        """With the higher level of both."""
        return self.setup[:1] + bytes([self.setup[1] & ~LEVEL & 0xFF | self.level]) + self.setup[2:]


def shape(found: Sequence) -> tuple[object, ...]:
    """What must not change between two groups of pictures."""
    return found.profile, found.size, found.depth, found.is_grey, found.colours, found.location


def _read(header: bytes) -> Sequence:
    found = sequence(header)
    if found is None:
        raise NotThisWay("parameters.sps")
    return found


def units(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Kind, payload and whole bytes of each open bitstream unit. Raises NotThisWay for one without a size: it would
    reach to the end, wherever it is put."""
    at = 0
    while at < len(data):
        start, head = at, data[at]
        if not head & HAS_SIZE:
            raise NotThisWay("units.without_size")
        size, at = leb128(data, at + (2 if head & HAS_EXTENSION else 1))
        if at + size > len(data):
            raise NotThisWay("units.cut_off")
        yield head >> 3 & 15, data[at : at + size], data[start : at + size]
        at += size
