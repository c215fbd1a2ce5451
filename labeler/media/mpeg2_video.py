"""What rides inside coded MPEG-2 pictures beside the picture: captions, GOP time codes, user data, repeated fields.

Read from the packets' bytes, without decoding a picture (ISO/IEC 13818-2, 6.2 and 6.3; captions: ATSC A/53 part 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from labeler.media.captions import TimedBytes, caption_triplets
from labeler.media.inventory import Payloads
from labeler.media.light import Light

PICTURE, USER_DATA, SEQUENCE, EXTENSION, GROUP = 0x00, 0xB2, 0xB3, 0xB5, 0xB8
FIRST_SLICE = 0x01
CLOSED = 0x40  # closed_gop, behind the 25 bits of the time code
FRAME = 3  # picture_structure
SEQUENCE_DISPLAY, PICTURE_DISPLAY, PICTURE_CODING = 2, 7, 8
HARMLESS_EXTENSIONS = frozenset({1, SEQUENCE_DISPLAY, 3, PICTURE_DISPLAY, PICTURE_CODING})
"""Sequence, display, quantiser matrices, picture coding: an encoder writes its own."""
EXTENSION_NAMES = {4: "copyright extension", 5: "scalable coding", 9: "scalable coding", 10: "scalable coding"}


class Mpeg2Track:
    """Sees every packet of one video track, in file order; what it gathers grows only with the captions."""

    def __init__(self, setup: bytes) -> None:
        """setup: sequence headers that stand apart from the pictures, or nothing."""
        self.light = Light()
        self._captions = TimedBytes()
        self._facts: dict[str, None] = {}
        self._size: tuple[int, int] | None = None
        self._first_fields: set[int] = set()
        self._first_timecode: str | None = None
        self._timecodes: set[str] = set()
        self._later_closed: set[bool] = set()
        self._groups = 0
        self._see_all(setup)

    def see(self, packet: bytes, time: Fraction | None) -> None:
        """Take the packet that is shown at `time` (seconds)."""
        self._captions.add(time, b"".join(self._see_all(packet)))

    def captions(self) -> Payloads | None:
        return self._captions.payloads()

    def facts(self) -> tuple[str, ...]:
        """Names of what an encoder would not write again."""
        return tuple(self._facts)

    def dynamic_metadata(self) -> None:
        """MPEG-2 has none."""

    def timecode(self) -> str | None:
        """The time code of the first group of pictures, `HH:MM:SS:FF` (`;` before the frames where it drops); None
        where there is none, or all groups say the same, which tells no time."""
        return self._first_timecode if len(self._timecodes) > 1 else None

    def groups(self) -> str | None:
        """`closed` where no group after the first leans on the one before it, else `open`; None with one group."""
        return None if not self._later_closed else "closed" if self._later_closed == {True} else "open"

    def _see_all(self, data: bytes) -> list[bytes]:
        found = []
        for kind, unit in _units(data):
            if kind == USER_DATA:
                found.append(self._see_user_data(unit))
            elif kind == SEQUENCE:
                self._see_sequence(unit)
            elif kind == EXTENSION:
                self._see_extension(unit)
            elif kind == GROUP:
                self._see_group(unit)
        return found

    def _see_user_data(self, data: bytes) -> bytes:
        if data[:5] == b"GA94\x03":
            return caption_triplets(data[5:])
        if data[:4] == b"GA94":
            self._facts["bar data"] = None
        elif data[:4] == b"DTG1":
            if len(data) > 4 and data[4] & 0x40:
                self._facts["active format description"] = None
        elif data[:2] == b"CC":
            self._facts["captions in DVD form"] = None
        elif not data.strip(b"\0") or data[:4] in (b"Lavc", b"Lavf", b"x262"):
            pass  # an encoder's name for itself, or nothing
        else:
            self._facts[f"user data {data[:4].hex()}"] = None
        return b""

    def _see_sequence(self, unit: bytes) -> None:
        size = (unit[0] << 4 | unit[1] >> 4, (unit[1] & 15) << 8 | unit[2]) if len(unit) > 2 else (0, 0)
        if self._size is not None and size != self._size:
            self._facts["parameter change in mid-stream"] = None
        self._size = size

    def _see_extension(self, unit: bytes) -> None:
        kind = unit[0] >> 4 if unit else 0
        if kind not in HARMLESS_EXTENSIONS:
            self._facts[EXTENSION_NAMES.get(kind, f"MPEG-2 extension {kind}")] = None
        elif kind == PICTURE_CODING and len(unit) > 4:
            self._see_coding(unit)
        elif kind == PICTURE_DISPLAY and any(unit[1:]) and self._is_moved(unit):
            self._facts["pan-scan rectangle"] = None

    def _see_coding(self, unit: bytes) -> None:
        """Repeated fields, and which field of a picture that is coded as a frame comes first."""
        if unit[3] & 0x02:
            self._facts["repeated fields (pulldown)"] = None
        is_progressive = unit[4] & 0x80
        if unit[2] & 3 == FRAME and not is_progressive:
            self._first_fields.add(unit[3] >> 7)
            if len(self._first_fields) > 1:
                self._facts["a field order that changes"] = None

    def _is_moved(self, unit: bytes) -> bool:
        """Whether the first frame-centre offset is not zero: 16 bits and a marker each, after 4 bits of kind."""
        number = int.from_bytes(unit[:5].ljust(5, b"\0"), "big") >> 2
        horizontal, vertical = number >> 18 & 0xFFFF, number >> 1 & 0xFFFF
        return bool(horizontal or vertical)

    def _see_group(self, unit: bytes) -> None:
        if len(unit) < 4:
            return
        if self._groups:
            self._later_closed.add(bool(unit[3] & CLOSED))
        self._groups += 1
        bits = int.from_bytes(unit[:4], "big") >> 7
        drop, hours, minutes = bits >> 24, bits >> 19 & 31, bits >> 13 & 63
        seconds, pictures = bits >> 6 & 63, bits & 63
        code = f"{hours:02}:{minutes:02}:{seconds:02}{';' if drop else ':'}{pictures:02}"
        if self._first_timecode is None:
            self._first_timecode = code
        if len(self._timecodes) < 2:
            self._timecodes.add(code)


def _units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and bytes of every unit before the slices of each picture; a slice is some thousand bytes that say nothing
    here."""
    at = data.find(b"\0\0\1")
    while at >= 0 and at + 3 < len(data):
        after = data.find(b"\0\0\1", at + 3)
        kind = data[at + 3]
        if not FIRST_SLICE <= kind <= 0xAF:
            yield kind, data[at + 4 : after if after >= 0 else len(data)]
        at = after
