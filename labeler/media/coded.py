"""What rides inside coded H.264 and HEVC pictures beside the picture: captions, SEI messages, parameter sets.

Read from the packets' bytes, without decoding a single picture (ITU-T H.264 and H.265, 7.3 and annexes D;
captions: ATSC A/53 part 4, table 6.7; ANSI/CTA-708).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from labeler.media import light, vui
from labeler.media.bits import Bits, Ended
from labeler.media.captions import TimedBytes, caption_triplets
from labeler.media.inventory import Payloads
from labeler.media.vui import Vui

Codec = Literal["h264", "hevc"]

SEI_NAMES: Mapping[int, str] = MappingProxyType(
    {
        2: "pan-scan rectangle",
        19: "film grain",
        45: "stereo 3D",
        47: "display orientation",
        135: "no display",
        136: "time code in the pictures",
        138: "stereo 3D",
        141: "knee function",
        142: "colour remapping",
        148: "ambient viewing environment",
        149: "content colour volume",
        150: "spherical",
        151: "spherical",
        154: "spherical",
        155: "spherical",
        165: "alpha",
        176: "stereo 3D",
    }
)
OLD_CODING_SEI = frozenset({7, 8, 16, 17, 18})
"""Messages on how the old pictures were coded (repeated markings, spare pictures, refinement, slice groups): no encoder
here writes them, and they would be untrue of new pictures."""
HARMLESS_SEI = frozenset({0, 1, 3, 6, 10, 11, 12, *range(128, 135), 139, 145, 146, 168, 200, 201})
"""Buffering, timing, filler, recovery points, hashes and the like: an encoder writes its own."""

ENCODER_NOTES = frozenset(
    bytes.fromhex(uuid)
    for uuid in (
        "dc45e9bde6d948b7962cd820d923eeef",  # x264: its version and settings
        "2ca2de09b51747dbbb55a4fe7fc2fc4e",  # x265: the same
        "47564adc5c4c433f94efc5113cd143a8",  # Apple: other bytes in every group of pictures
    )
)
"""User data that tells of the encoder alone; a picture that was coded twice carries two of them (measured)."""

ENCODER_BANNER = re.compile(rb"(?i)^[\x20-\x7e]*(encod|x26[45]|lavc|codec)[\x20-\x7e\s]*\0*$")
"""Text in which an encoder names itself, under a UUID that we do not know: untrue once the pictures are coded again."""

PICTURE_SET = 34
"""The type of an HEVC unit that holds a picture parameter set."""
RPU = 62
"""The type of unit that holds Dolby Vision's metadata of a picture; the next one is for those of a second layer."""
B_SLICES = (1, 6)
USER_DATA, USER_DATA_UNREGISTERED = 4, 5
MOST_CAPTIONS = 3 * 31
"""Bytes of closed captions that one message holds (CTA-708, 4.4: cc_count), and so an encoder writes with a picture."""
MANY_CAPTIONS = "more closed captions with a picture than one message holds"
PICTURE_TIMING, MASTERING, CONTENT_LEVELS, ALTERNATIVE_TRANSFER = 1, 137, 144, 147
# pic_struct, H.264 table D-1 and H.265 table D.2: what a picture asks for beyond being shown once, as one frame.
SCANS = {3: "top", 4: "bottom"}
REPEATS = {5: "repeated fields (pulldown)", 6: "repeated fields (pulldown)"}
REPEATS |= {7: "repeated pictures", 8: "repeated pictures"}
CLOCK_TIMESTAMPS: Mapping[int, int] = MappingProxyType({0: 1, 1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 2, 8: 3})
"""By pic_struct, how many time codes a picture may have (H.264, table D-1)."""
MAX_NOTES = 8


class CodedTrack:
    """Sees every packet of one video track, in file order; what it gathers grows only with the captions."""

    def __init__(self, codec: Codec, setup: bytes) -> None:
        """setup: the decoder configuration (`avcC`, `hvcC`), or start-code separated units, or nothing."""
        self.hevc = codec == "hevc"
        self.length_size = _length_size(self.hevc, setup)
        self.parameter_sets = set(self._setup_sets(setup))
        self.pictures = 0
        self.has_b_pictures = False
        self.light = light.Light()
        self.vui: Vui | None = None
        self.alternative_transfer: int | None = None
        self._without_loss: set[bool] = set()
        self._scans: set[str] = set()
        self._fields: set[str] = set()
        self._captions = TimedBytes()
        self._dynamic = TimedBytes()
        self._of_picture = b""
        self._facts: dict[str, None] = {}
        self._notes: dict[bytes, set[bytes]] = {}
        for unit in self.parameter_sets:
            self._read_vui(unit)
        self._see_setup(setup)

    def see(self, packet: bytes, time: Fraction | None) -> None:
        """Take the packet that is shown at `time` (seconds)."""
        self._of_picture = b""
        captions = b"".join(found for unit in self._units(packet) for found in self._see_unit(unit))
        if len(captions) > MOST_CAPTIONS:
            self._facts[MANY_CAPTIONS] = None
        self._captions.add(time, captions)
        self._dynamic.add(time, self._of_picture)
        self.pictures += 1
        if len(self._fields) == 1:
            self._facts["fields in packets of their own"] = None
        self._fields.clear()

    @property
    def is_lossless(self) -> bool:
        """Whether every parameter set says so; smart render leaves those of the source beside its own."""
        return self._without_loss == {True}

    def captions(self) -> Payloads | None:
        return self._captions.payloads()

    def dynamic_metadata(self) -> Payloads | None:
        """What messages say of each picture that is shown: HDR10+, Dolby Vision, time codes, AFD, film grain, …"""
        return self._dynamic.payloads()

    def timecode(self) -> None:
        """Time codes in SEI messages are among the facts: no encoder here writes them again."""

    def facts(self) -> tuple[str, ...]:
        """Names of what an encoder would not write again."""
        notes = [f"user data {uuid.hex()}" for uuid, seen in self._notes.items() if _says_something(uuid, seen)]
        return (*self._facts, *notes)

    # --- units ----------------------------------------------------------------------------------------------------

    def _setup_sets(self, setup: bytes) -> Iterator[bytes]:
        for unit in _setup_units(self.hevc, setup):
            if self._type(unit) == (33 if self.hevc else 7):
                yield unit.rstrip(b"\0")

    def _see_setup(self, setup: bytes) -> None:
        """An `hvcC` record holds the picture parameter sets, and may hold SEI messages that count for all pictures
        (x265 writes its HDR ones there)."""
        for unit in _setup_units(self.hevc, setup):
            if not self.hevc:
                continue
            if self._type(unit) == PICTURE_SET:
                self._see_hevc(unit, PICTURE_SET)
            elif self._type(unit) in (39, 40):
                for _ in self._see_messages(unit[2:].replace(b"\0\0\3", b"\0\0")):
                    self._facts["captions outside the pictures"] = None

    def _units(self, packet: bytes) -> Iterator[bytes]:
        if self.length_size == 0:
            yield from _split_start_codes(packet)
            return
        offset, size = 0, self.length_size
        while offset + size < len(packet):
            length = int.from_bytes(packet[offset : offset + size], "big")
            offset += size
            if offset + length > len(packet):
                self._facts[f"damaged picture {self.pictures}"] = None
                return
            if length:
                # Only small units are read to their end; of slices the head is enough.
                yield packet[offset : offset + (length if length <= 1 << 16 else 64)]
            offset += length

    def _type(self, unit: bytes) -> int:
        return (unit[0] >> 1) & 63 if self.hevc else unit[0] & 31

    def _see_unit(self, unit: bytes) -> Iterator[bytes]:
        kind = self._type(unit)
        if kind in ((39, 40) if self.hevc else (6,)):
            yield from self._see_messages(unit[2 if self.hevc else 1 :].replace(b"\0\0\3", b"\0\0"))
        elif kind == (33 if self.hevc else 7):
            self._see_parameter_set(unit.rstrip(b"\0"))
        elif self.hevc:
            self._see_hevc(unit, kind)
        elif kind in (14, 15, 20, 21):
            self._facts["stereo or layered coding"] = None
        elif kind == 19:
            self._facts["alpha"] = None
        elif kind in (1, 2, 5):
            self._see_slice(unit)
            self.has_b_pictures = self.has_b_pictures or slice_type(unit[1:9]) in B_SLICES

    def _see_slice(self, unit: bytes) -> None:
        """Fields that are coded apart (PAFF) make one frame where a packet holds both."""
        field = vui.field_of(unit, self.vui) if self.vui is not None else None
        if field is not None:
            self._fields.add(field)

    def _see_hevc(self, unit: bytes, kind: int) -> None:
        if kind == RPU:
            self._facts["Dolby Vision"] = None
            self._of_picture += unit
        elif kind == RPU + 1:
            self._facts["Dolby Vision enhancement layer"] = None
        elif len(unit) > 1 and ((unit[0] & 1) << 5 | unit[1] >> 3):
            self._facts["stereo or layered coding"] = None
        elif kind == PICTURE_SET:
            self._without_loss.add(vui.is_lossless_hevc(unit))

    def _see_parameter_set(self, unit: bytes) -> None:
        if unit not in self.parameter_sets:
            self.parameter_sets.add(unit)
            self._read_vui(unit)

    def _read_vui(self, unit: bytes) -> None:
        """Another set is no change where the pictures are the same and are shown the same (smart render leaves two)."""
        found = vui.of_hevc(unit) if self.hevc else vui.of_h264(unit)
        if found is None:
            self._facts["sequence parameters that could not be read"] = None
            return
        if not self.hevc:
            self._without_loss.add(found.is_lossless)
        if self.vui is None:
            self.vui = found
        elif found.picture != self.vui.picture:
            self._facts["parameter change in mid-stream"] = None

    # --- SEI messages ---------------------------------------------------------------------------------------------

    def _see_messages(self, payload: bytes) -> Iterator[bytes]:
        """Look at each message of one SEI unit; yields the caption triplets among them."""
        offset = 0
        while offset + 2 < len(payload):
            kind, offset = _ff_number(payload, offset)
            size, offset = _ff_number(payload, offset)
            message = payload[offset : offset + size]
            offset += size
            if kind == USER_DATA:
                yield self._see_user_data(message)
            elif kind == USER_DATA_UNREGISTERED:
                seen = self._notes.setdefault(message[:16], set())
                if len(seen) < MAX_NOTES:
                    seen.add(message[16:])
            elif kind == PICTURE_TIMING:
                self._see_timing(message)
            elif kind == MASTERING:
                self.light.see_mastering(light.mastering_of_units(message))
            elif kind == CONTENT_LEVELS:
                self.light.see_levels(light.levels(message))
            elif kind == ALTERNATIVE_TRANSFER and message:
                self._see_alternative(message[0])
            elif kind in OLD_CODING_SEI:
                self._facts[f"coding message {kind}"] = None
            elif kind not in HARMLESS_SEI:
                self._facts[SEI_NAMES.get(kind, f"SEI message {kind}")] = None
                self._of_picture += message

    def _see_timing(self, message: bytes) -> None:
        """pic_struct: how many fields a picture is shown for, and which comes first; and time codes."""
        if self.vui is None or self.vui.delays is None:
            return
        if not self.hevc and (stamps := clock_timestamps(message, self.vui.delays)):
            self._facts["time code in the pictures"] = None
            self._of_picture += stamps
        number = int.from_bytes(message[:16].ljust(16, b"\0"), "big")
        structure = number >> (124 - self.vui.delays) & 15
        if structure in REPEATS:
            self._facts[REPEATS[structure]] = None
        elif structure in SCANS:
            self._scans.add(SCANS[structure])
            if len(self._scans) > 1:
                self._facts["a field order that changes"] = None
        elif self.hevc and structure:
            self._facts["fields coded apart"] = None

    def _see_alternative(self, transfer: int) -> None:
        """Written again where the parameter set says the same. Where that says another transfer, for players that do
        not know this message, decoders hide it."""
        self.alternative_transfer = transfer
        if self.vui is None or self.vui.transfer != transfer:
            self._facts["alternative transfer"] = None

    def _see_user_data(self, message: bytes) -> bytes:
        """User data registered by ITU-T T.35: a country, a provider, and what that provider says."""
        if message[:8] == b"\xb5\x00\x31GA94\x03":
            return caption_triplets(message[8:])
        if message[:7] == b"\xb5\x00\x31DTG1":
            name = "active format description"
        elif message[:7] == b"\xb5\x00\x31GA94":
            name = "bar data"
        elif message[:6] == b"\xb5\x00\x3c\x00\x01\x04":
            name = "HDR10+"
        elif message[:3] == b"\xb5\x00\x3b":
            name = "Dolby Vision"
        elif message[:3] == b"\x26\x00\x04":
            name = "HDR Vivid"
        else:
            name = f"user data {message[:3].hex()}"
        self._of_picture += message
        self._facts[name] = None
        return b""


def clock_timestamps(message: bytes, delays: int) -> bytes:
    """The time codes of an H.264 picture timing message (D.1.3), from the first bit after its delays on; nothing where
    it holds none. delays: in bits."""
    bits = Bits(message, escaped=False)
    try:
        bits.take(delays)
        number, count = bits.rest()
        most = CLOCK_TIMESTAMPS.get(bits.take(4), 0)
        has_any = any(bits.flag() for _ in range(most))
    except Ended:
        return b""
    return number.to_bytes(-(-count // 8), "big") if has_any else b""


def slice_type(head: bytes) -> int:
    """The type of an H.264 slice from its first bytes: the second Exp-Golomb number (7.3.3, 9.1)."""
    bits = "".join(f"{byte:08b}" for byte in head)
    numbers = []
    for _ in range(2):
        zeros = len(bits) - len(bits.lstrip("0"))
        numbers.append(int(bits[zeros : 2 * zeros + 1] or "1", 2) - 1)
        bits = bits[2 * zeros + 1 :]
    return numbers[1]


def _says_something(uuid: bytes, seen: set[bytes]) -> bool:
    """Whether user data would be a loss: a camera's note may well be the same in every picture. What holds the same
    zeros or nothing at all everywhere tells nothing that could be lost (two of our real clips hold such marks)."""
    if uuid in ENCODER_NOTES or all(ENCODER_BANNER.search(body) for body in seen):
        return False
    return len(seen) > 1 or any(body.strip(b"\0") for body in seen)


def _ff_number(payload: bytes, offset: int) -> tuple[int, int]:
    """A number written as bytes of 255 and a last one; and the offset after it."""
    number = 0
    while offset < len(payload) and payload[offset] == 0xFF:
        number += 255
        offset += 1
    return number + (payload[offset] if offset < len(payload) else 0), offset + 1


def _length_size(hevc: bool, setup: bytes) -> int:
    """Bytes of a unit's length in packets; 0 where units are told apart by start codes."""
    if len(setup) < (23 if hevc else 7) or setup[:3] in (b"\0\0\1", b"\0\0\0"):
        return 0
    return (setup[21] if hevc else setup[4]) % 4 + 1


def _setup_units(hevc: bool, setup: bytes) -> Iterator[bytes]:
    """The parameter sets that a decoder configuration holds (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1)."""
    if _length_size(hevc, setup) == 0:
        yield from _split_start_codes(setup)
        return
    if not hevc:
        yield from _counted_units(setup, 6, setup[5] & 31)[0]
        return
    offset = 23
    for _ in range(setup[22]):
        count = int.from_bytes(setup[offset + 1 : offset + 3], "big")
        units, offset = _counted_units(setup, offset + 3, count)
        yield from units


def _counted_units(setup: bytes, offset: int, count: int) -> tuple[list[bytes], int]:
    units: list[bytes] = []
    for _ in range(count):
        length = int.from_bytes(setup[offset : offset + 2], "big")
        unit = setup[offset + 2 : offset + 2 + length]
        offset += 2 + length
        if unit:
            units.append(unit)
    return units, offset


def _split_start_codes(data: bytes) -> Iterator[bytes]:
    for part in data.split(b"\0\0\1")[1:]:
        unit = part.rstrip(b"\0")
        if unit:
            yield unit
