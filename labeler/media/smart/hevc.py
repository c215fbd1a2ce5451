"""HEVC in smart render: parameter sets of our own beside the source's, and keys cut loose from what they led."""

from __future__ import annotations

import struct

from labeler.media.encoders import hevc
from labeler.media.encoders.task import Task
from labeler.media.rendering import NotThisWay
from labeler.media.smart import hevc_sets as sets
from labeler.media.smart.coding import Leading, Opening
from labeler.media.smart.nal import NalCoding, by_start_code, carried, free_number
from labeler.media.vui import CHROMA_LOCATIONS, of_hevc

RADL, RASL = (6, 7), (8, 9)
BLA_W_RADL, BLA_N_LP = 17, 18
BLA = (16, 17, 18)
DELIMITER, PREFIX_SEI, SUFFIX_SEI = 35, 39, 40
DOLBY_VISION = (62,)
"""Reference processing units of Dolby Vision ride in units of a type that the standard leaves open."""
SET_NUMBERS, PICTURE_NUMBERS = 16, 64
MEDIUM_REFERENCES = 3
BLOCKS = (8, 16, 32)
"""The least sizes of coding blocks that x265 can be told."""


class Hevc(NalCoding):
    """setup: `hvcC` (ISO/IEC 14496-15, 8.3.3.1), or units between start codes."""

    box = b"hvcC"

    def __init__(self, setup: bytes, *, is_record: bool) -> None:
        super().__init__(setup, setup[21] % 4 + 1 if is_record else 0)
        self.is_record = is_record
        units = [unit for _, held in record_arrays(setup) for unit in held] if is_record else [*by_start_code(setup)]
        if any(sets.layer_of(unit) for unit in units):
            raise NotThisWay("parameters.layers")
        sequences = [unit for unit in units if sets.kind_of(unit) == sets.SPS]
        if len(sequences) != 1:
            raise NotThisWay("parameters.sets", len(sequences))
        self.sps_number, self.level, self.room, self.size = sets.room_of(sequences[0])
        self.vui = of_hevc(sequences[0])
        taken = {self.sps_number} | {unit[2] >> 4 for unit in units if sets.kind_of(unit) == sets.VPS}
        pictures = {sets.pps_number_of(unit) for unit in units if sets.kind_of(unit) == sets.PPS}
        self.number = free_number(taken, SET_NUMBERS)
        self.picture_number = free_number(pictures, PICTURE_NUMBERS)
        self.made: list[bytes] = []
        self.has_delimiters = False
        self._sps: sets.Sps | None = None
        self._pps: sets.Pps | None = None

    def begin(self, most_reorder: int) -> None:
        super().begin(most_reorder)
        self.made = []

    def opening(self, packet: bytes) -> Opening:
        units = self.units(packet)
        self.has_delimiters = bool(units) and sets.kind_of(units[0]) == DELIMITER
        kind = _picture_kind(units)
        if any(sets.layer_of(unit) for unit in units):
            raise NotThisWay("parameters.layers")
        if kind == sets.CRA:
            return Opening.LEADING
        if kind in BLA or kind in (sets.IDR_W_RADL, sets.IDR_N_LP):
            return Opening.CLOSED
        raise NotThisWay("groups.no_key", kind)

    def leading(self, packet: bytes) -> Leading:
        kind = _picture_kind(self.units(packet))
        return Leading.SKIPPED if kind in RASL else Leading.KEPT if kind in RADL else Leading.NO

    def options(self, task: Task) -> dict[str, str]:
        chosen = hevc.options(task)
        reorder = min(self.room.reorder, task.facts.reorder, self.most_reorder)
        # Messages are carried over from the source's packets, so the encoder writes none of its own; and weights are
        # what would make its slices hard to renumber.
        private = [
            chosen["x265-params"],
            f"bframes={0 if reorder == 0 else 4}",
            f"b-pyramid={int(reorder > 1)}",
            f"ref={max(1, min(MEDIUM_REFERENCES, self.room.held))}",
            "repeat-headers=0:info=0:weightp=0:weightb=0:hrd=0",
            f"aud={int(self.has_delimiters)}",
            f"min-cu-size={self._least_block(task.facts.width, task.facts.height)}",
        ]
        if task.facts.chroma_location in CHROMA_LOCATIONS:
            private.append(f"chromaloc={CHROMA_LOCATIONS.index(task.facts.chroma_location)}")
        return chosen | {"a53cc": "0", "x265-params": ":".join(private)}

    def _least_block(self, width: int, height: int) -> int:
        """The size of blocks that pads pictures to the source's coded size: another one would be a change of size to
        decoders, which may then drop what they hold."""
        for block in BLOCKS:
            if (-(-width // block) * block, -(-height // block) * block) == self.size:
                return block
        raise NotThisWay("pictures.padding", f"{self.size}")

    def adopt(self, made: bytes, task: Task) -> None:
        units = {sets.kind_of(unit): unit for unit in by_start_code(made) if sets.VPS <= sets.kind_of(unit) <= sets.PPS}
        if sorted(units) != [sets.VPS, sets.SPS, sets.PPS]:
            raise NotThisWay("encoder.sets", len(units))
        vui = of_hevc(units[sets.SPS])
        if vui is None or self.vui is None or vui.picture != self.vui.picture:
            raise NotThisWay("encoder.usability")
        sps, self._sps = sets.renumbered_sps(units[sets.SPS], self.number, self.room)
        pps, self._pps = sets.renumbered_pps(units[sets.PPS], self.picture_number, self.number)
        needed = self._sps.room
        if needed.held > self.room.held or needed.reorder > self.room.reorder or self._sps.level > self.level:
            raise NotThisWay("encoder.level", f"{needed.held} {needed.reorder} {self._sps.level}")
        if self._sps.size != self.size:
            raise NotThisWay("encoder.size")
        adopted = [sets.renumbered_vps(units[sets.VPS], self.number, self.room), sps, pps]
        if self.made and self.made != adopted:
            raise NotThisWay("encoder.changes")
        self.made = adopted

    def packet(self, made: bytes, source: bytes) -> bytes:
        if self._sps is None or self._pps is None:
            raise ValueError("`adopt` comes before the first packet")
        units = list(by_start_code(made))
        slices = [
            sets.renumbered_slice(unit, self.picture_number, self._sps, self._pps)
            for unit in units
            if sets.kind_of(unit) <= sets.LAST_SLICE
        ]
        before = [unit for unit in units if sets.kind_of(unit) == DELIMITER]
        if not self.is_record and _picture_kind(units) >= sets.FIRST_IRAP:
            before += self.made
        after: list[bytes] = []
        for unit in self.units(source):
            kind = sets.kind_of(unit)
            if kind in (PREFIX_SEI, SUFFIX_SEI):
                kept = carried(unit, sets.HEAD)
                (before if kind == PREFIX_SEI else after).extend([kept] if kept else [])
            elif kind in DOLBY_VISION:
                after.append(unit)
        return self.joined(before + slices + after)

    def cut_loose(self, packet: bytes, *, leads: bool) -> bytes:
        kind = BLA_W_RADL if leads else BLA_N_LP
        data, at = bytearray(packet), 0
        for unit in self.units(packet):
            # In its place: what tells units apart stays as it is, start codes of three bytes and of four.
            at = packet.index(unit, at)
            if sets.kind_of(unit) == sets.CRA:
                data[at] = data[at] & 0x81 | kind << 1
            at += len(unit)
        return bytes(data)

    def record(self) -> bytes:
        """`hvcC` with the source's sets and ours; between start codes each key brings its own."""
        if not self.is_record:
            return self.setup
        arrays = record_arrays(self.setup)
        for unit in self.made:
            kind = sets.kind_of(unit)
            at = next((held for head, held in arrays if head & 63 == kind), None)
            if at is None:
                raise NotThisWay("parameters.record")
            at.append(unit)
        body = b"".join(
            bytes([head])
            + struct.pack(">H", len(held))
            + b"".join(struct.pack(">H", len(unit)) + unit for unit in held)
            for head, held in arrays
        )
        return self.setup[:22] + bytes([len(arrays)]) + body


def record_arrays(record: bytes) -> list[tuple[int, list[bytes]]]:
    """The arrays of an `hvcC`: the byte that tells what is in each, and its units. Raises NotThisWay."""
    arrays: list[tuple[int, list[bytes]]] = []
    at = 23
    try:
        for _ in range(record[22]):
            head, count = struct.unpack_from(">BH", record, at)
            at += 3
            held: list[bytes] = []
            for _ in range(count):
                length = struct.unpack_from(">H", record, at)[0]
                held.append(record[at + 2 : at + 2 + length])
                at += 2 + length
            arrays.append((head, held))
    except (struct.error, IndexError):
        raise NotThisWay("parameters.record") from None
    if at > len(record) or any(len(unit) <= sets.HEAD for _, held in arrays for unit in held):
        raise NotThisWay("parameters.record")
    return arrays


def _picture_kind(units: list[bytes]) -> int:
    return next((kind for unit in units if (kind := sets.kind_of(unit)) <= sets.LAST_SLICE), sets.LAST_SLICE)
