"""H.264 in smart render: parameter sets of our own beside the source's, under numbers that it does not use.

The only form in which every untouched packet stays as it is and no player tried stumbles (measured: sets between the
pictures and a second sample description stop browsers).
"""

from __future__ import annotations

import struct

from labeler.media.coded import PICTURE_TIMING
from labeler.media.encoders import h264
from labeler.media.encoders.task import Task
from labeler.media.rendering import NotThisWay
from labeler.media.smart.avc_sets import Sps, pps_of, sps_of, with_room, with_usability
from labeler.media.smart.coding import Opening
from labeler.media.smart.nal import NalCoding, by_start_code, carried, free_number
from labeler.media.vui import CHROMA_LOCATIONS, Vui, of_h264

SLICES = frozenset({1, 2, 5})
PARTITIONED, IDR, SEI, SPS, PPS, DELIMITER = 2, 5, 6, 7, 8, 9
PREFIXED = frozenset({14, 15, 20, 21})
"""Units of scalable and multiview coding (annexes G, H, I)."""
TIMECODES = frozenset({PICTURE_TIMING})
"""Messages that hold them, which our parameter set reads like the source's where it says the same of timing."""
NUMBERS = 32
"""Of parameter sets that x264 can be told: seq_parameter_set_id ends there."""
MEDIUM_REFERENCES = 3


class Avc(NalCoding):
    """setup: `avcC` (ISO/IEC 14496-15, 5.3.3.1), or units between start codes."""

    box = b"avcC"

    def __init__(self, setup: bytes, *, is_record: bool) -> None:
        super().__init__(setup, setup[4] % 4 + 1 if is_record else 0)
        self.is_record = is_record
        units = record_units(setup)[0] if is_record else [*by_start_code(setup)]
        sets = [sps_of(unit) for unit in units if unit[0] & 31 == SPS]
        self.pictures = [pps_of(unit) for unit in units if unit[0] & 31 == PPS]
        if len(sets) != 1 or not self.pictures:
            raise NotThisWay("parameters.sets", len(sets))
        (self.sps,) = sets
        self.sps_unit = next(unit for unit in units if unit[0] & 31 == SPS)
        self.vui = of_h264(self.sps_unit)
        taken = {self.sps.number} | {pps.number for pps in self.pictures}
        self.number = free_number(taken, NUMBERS)
        self.made: list[bytes] = []
        self.has_delimiters = False
        self.also: frozenset[int] = frozenset()

    def begin(self, most_reorder: int) -> None:
        super().begin(most_reorder)
        self.made = []

    def opening(self, packet: bytes) -> Opening:
        units = self.units(packet)
        self.has_delimiters = bool(units) and units[0][0] & 31 == DELIMITER
        kinds = {unit[0] & 31 for unit in units}
        if kinds & PREFIXED or PARTITIONED in kinds:
            raise NotThisWay("parameters.layers")
        return Opening.CLOSED if IDR in kinds else Opening.OPEN

    def options(self, task: Task) -> dict[str, str]:
        chosen = h264.options(task)
        self.also = TIMECODES if "time code in the pictures" in task.track.side_data else frozenset()
        reorder = task.facts.reorder if self.sps.reorder is None else min(self.sps.reorder, task.facts.reorder)
        chosen |= _order(min(reorder, self.most_reorder), min(self.sps.held, max(1, self.sps.refs)))
        if not all(pps.is_cabac for pps in self.pictures):
            chosen["coder"] = "cavlc"
        if chosen.get("8x8dct") and not any(pps.has_8x8 for pps in self.pictures):
            chosen["8x8dct"] = "0"
        # Messages are carried over from the source's packets, so the encoder writes none of its own.
        chosen["a53cc"] = "0"
        private = [chosen["x264-params"], f"sps-id={self.number}", f"aud={int(self.has_delimiters)}"]
        # As many references as in the source: where it must hold fewer, a decoder (OpenH264) throws pictures away.
        private.append(f"dpb-size={self.sps.refs}")
        if task.facts.chroma_location in CHROMA_LOCATIONS:
            private.append(f"chromaloc={CHROMA_LOCATIONS.index(task.facts.chroma_location)}")
        if not self.sps.is_frames_only:
            # All its pictures are frames, but its parameter set allows for fields.
            private.append("fake-interlaced=1")
        if self.sps.refs == 0:
            private.append("keyint=1")
        return chosen | {"x264-params": ":".join(private)}

    def adopt(self, made: bytes, task: Task) -> None:
        units = [*by_start_code(made)]
        sets = [unit for unit in units if unit[0] & 31 == SPS]
        if len(sets) != 1:
            raise NotThisWay("encoder.sets", len(sets))
        sps = sps_of(sets[0])
        reorder = task.facts.reorder if self.sps.reorder is None else self.sps.reorder
        if (sps.reorder or 0) > reorder:
            raise NotThisWay("encoder.reorder", sps.reorder)
        if self.also:
            fitted = with_usability(sets[0], sps, self.sps_unit, self.sps)
        else:
            fitted = with_room(sets[0], sps, reorder=reorder, held=self.sps.held)
        # The numbers of the encoder itself: the fitted set tells those of the source.
        self._check(sps, of_h264(fitted))
        adopted = [fitted, *(unit for unit in units if unit[0] & 31 == PPS)]
        if self.made and self.made != adopted:
            raise NotThisWay("encoder.changes")
        self.made = adopted

    def _check(self, sps: Sps, vui: Vui | None) -> None:
        """What the source's own decoder would not expect."""
        old = self.sps
        if vui is None or self.vui is None or vui.picture != self.vui.picture:
            raise NotThisWay("encoder.usability")
        if sps.level > old.level or sps.held > old.held:
            raise NotThisWay("encoder.level", sps.level)
        if sps.profile > old.profile:
            raise NotThisWay("encoder.profile", sps.profile)

    def packet(self, made: bytes, source: bytes) -> bytes:
        pictures = [unit for unit in by_start_code(made) if unit[0] & 31 in SLICES or unit[0] & 31 == DELIMITER]
        messages = [
            kept for unit in self.units(source) if unit[0] & 31 == SEI and (kept := carried(unit, 1, self.also))
        ]
        if not self.is_record and any(unit[0] & 31 == IDR for unit in pictures):
            messages = self.made + messages
        first = next(at for at, unit in enumerate(pictures) if unit[0] & 31 in SLICES)
        return self.joined(pictures[:first] + messages + pictures[first:])

    def record(self) -> bytes:
        """`avcC` with the source's sets and ours; between start codes each key brings its own."""
        if not self.is_record:
            return self.setup
        units, extension = record_units(self.setup)
        mine = [unit for unit in self.made if unit not in units]
        sets = [unit for unit in units + mine if unit[0] & 31 == SPS]
        pictures = [unit for unit in units + mine if unit[0] & 31 == PPS]
        body = bytes([0xE0 | len(sets)]) + b"".join(map(_counted, sets))
        return self.setup[:5] + body + bytes([len(pictures)]) + b"".join(map(_counted, pictures)) + extension


def _order(reorder: int, held: int) -> dict[str, str]:
    """B pictures and references such that no decoder has to hold more pictures than for the source."""
    if reorder >= 2 and held >= 4:
        return {"b-pyramid": "normal", "refs": str(min(held, MEDIUM_REFERENCES))}
    if reorder >= 1 and held >= 2:
        return {"b-pyramid": "none", "refs": str(min(held, MEDIUM_REFERENCES))}
    return {"bf": "0", "b-pyramid": "none", "refs": str(max(1, min(held, MEDIUM_REFERENCES)))}


def record_units(record: bytes) -> tuple[list[bytes], bytes]:
    """The parameter sets of an `avcC`, and what follows them. Raises NotThisWay where it is cut off."""
    units: list[bytes] = []
    at = 5
    for mask in (31, 255):
        if at >= len(record):
            raise NotThisWay("parameters.record")
        count = record[at] & mask
        at += 1
        for _ in range(count):
            if at + 2 > len(record):
                raise NotThisWay("parameters.record")
            length = struct.unpack_from(">H", record, at)[0]
            units.append(record[at + 2 : at + 2 + length])
            at += 2 + length
    if at > len(record) or not all(units):
        raise NotThisWay("parameters.record")
    return units, record[at:]


def _counted(unit: bytes) -> bytes:
    return struct.pack(">H", len(unit)) + unit
