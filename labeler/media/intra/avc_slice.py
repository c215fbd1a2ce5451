"""Slices of H.264 key pictures: what their heads tell, and how one gets another number (ITU-T H.264, 7.3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeler.media.bits import Bits, BitWriter, Ended, escape, without_trail
from labeler.media.rendering import NotThisWay
from labeler.media.vui import HIGH_PROFILES, read_chroma

IDR = 5
INTRA = frozenset({2, 7})
"""slice_type of slices that lean on no picture (table 7-6)."""
BLOCK = 16
FILTERED, UNFILTERED = 0, 1
"""disable_deblocking_filter_idc: across all edges; across none. Another one stops at the edges of slices."""
HEAD_BYTES = 64
"""The head of an intra slice is far shorter."""
ZERO_WORD = b"\0\0\3"
"""cabac_zero_words (7.3.2.10), with the byte that no start code stands there."""
LIMITS_END = 24
"""Bits of a sequence's set up to its level, of which those after the profile say what a decoder must be able to do, and
nothing of how it does it."""


@dataclass(frozen=True)
class Grammar:
    """How the head of a slice is written under its parameter sets. coding: all of these that decoding needs.

    row: macroblocks in one; lines: of a row, twice as many where macroblocks come in pairs (MBAFF). is_cut_off: lines
    at the top are not shown. order_bits: of pic_order_cnt_lsb, None where no order is sent. A flag says whether the
    field of its name is sent.
    """

    coding: tuple[int, bytes]
    row: int
    lines: int
    is_cut_off: bool
    plane_bits: int
    number_bits: int
    order_bits: int | None
    is_frames_only: bool
    is_cabac: bool
    tells_bottom: bool
    tells_filter: bool
    tells_copies: bool


@dataclass(frozen=True)
class Slice:
    """first: its first macroblock, or pair. field: None of a frame, else 0 for the top one and 1. bottom:
    delta_pic_order_cnt_bottom. number: idr_pic_id, which lies at these bits of the payload; order: pic_order_cnt_lsb,
    which follows. marking: dec_ref_pic_marking. is_apart: no filter goes across its edges. end: of the head, in bits.
    """

    first: int
    field: int | None
    bottom: int
    number: int
    number_at: tuple[int, int]
    order: int
    marking: int
    is_apart: bool
    end: int

    @property
    def place(self) -> tuple[int, int | None, int]:
        return self.first, self.field, self.bottom


def grammar_of(sps: bytes, pps: bytes) -> Grammar:
    """Raises NotThisWay where a set cannot be read or is of a kind that no key picture here has."""
    try:
        bits = Bits(sps[1:])
        plane_bits, number_bits, order_bits = _up_to_order(bits)
        bits.ue(), bits.flag()
        row, _ = bits.ue() + 1, bits.ue()
        is_frames_only = bits.flag()
        lines = 2 * BLOCK if not is_frames_only and bits.flag() else BLOCK
        bits.flag()
        top = (bits.ue(), bits.ue(), bits.ue(), bits.ue())[2] if bits.flag() else 0
        count = bits.position
        coding = (1 << count | Bits(sps[1:]).take(count)) & ~(0xFFFF << count - LIMITS_END)
    except Ended:
        raise NotThisWay("parameters.sps") from None
    try:
        is_cabac, tells_bottom, tells_filter, tells_copies = _picture_set(Bits(pps[1:]))
    except Ended:
        raise NotThisWay("parameters.pps") from None
    return Grammar(
        (coding, pps), row, lines, top > 0, plane_bits, number_bits, order_bits, is_frames_only, is_cabac,
        tells_bottom, tells_filter, tells_copies,
    )  # fmt: skip


def _up_to_order(bits: Bits) -> tuple[int, int, int | None]:
    profile = bits.take(8)
    bits.take(16)
    bits.ue()
    plane_bits = read_chroma(bits)[1] if profile in HIGH_PROFILES else 0
    number_bits, order = bits.ue() + 4, bits.ue()
    if order == 1:
        raise NotThisWay("parameters.sps", "pic_order_cnt_type 1")
    return plane_bits, number_bits, bits.ue() + 4 if order == 0 else None


def _picture_set(bits: Bits) -> tuple[bool, bool, bool, bool]:
    bits.ue(), bits.ue()
    is_cabac, tells_bottom = bits.flag(), bits.flag()
    if bits.ue():
        raise NotThisWay("parameters.slice_groups")
    bits.ue(), bits.ue()
    bits.take(3)
    bits.se(), bits.se(), bits.se()
    tells_filter = bits.flag()
    bits.flag()
    return is_cabac, tells_bottom, tells_filter, bits.flag()


def slice_of(unit: bytes, grammar: Grammar) -> Slice:
    """Read the head of a slice of a key picture. Raises NotThisWay for another one."""
    if unit[0] & 31 != IDR:
        raise NotThisWay("groups.lean", "h264")
    bits = Bits(unit[1:HEAD_BYTES])
    try:
        first, kind = bits.ue(), bits.ue()
        if kind not in INTRA:
            raise NotThisWay("groups.lean", "h264")
        bits.ue(), bits.take(grammar.plane_bits), bits.take(grammar.number_bits)
        is_field = not grammar.is_frames_only and bits.flag()
        field = int(bits.flag()) if is_field else None
        start, number = bits.position, bits.ue()
        stop = bits.position
        order = bottom = 0
        if grammar.order_bits is not None:
            order = bits.take(grammar.order_bits)
            bottom = bits.se() if grammar.tells_bottom and not is_field else 0
        if grammar.tells_copies:
            bits.ue()
        marking = bits.take(2 if unit[0] & 0x60 else 0)
        bits.se()
        filtering = bits.ue() if grammar.tells_filter else FILTERED
        if grammar.tells_filter and filtering != UNFILTERED:
            bits.se(), bits.se()
    except Ended:
        raise NotThisWay("units.cut_off") from None
    return Slice(first, field, bottom, number, (start, stop), order, marking, filtering != FILTERED, bits.position)


def numbered(unit: bytes, grammar: Grammar, number: int, order: int) -> bytes:
    """The same slice with another idr_pic_id and pic_order_cnt_lsb, in which those of a picture agree (7.4.1.2.4).
    Behind the head, CABAC begins at a whole byte, and CAVLC does not."""
    head = slice_of(unit, grammar)
    if (head.number, head.order) == (number, order):
        return unit
    body, words = unit, 0
    while body.endswith(ZERO_WORD):
        body, words = body[: -len(ZERO_WORD)], words + 1
    bits, written = Bits(body[1:]), BitWriter()
    start, stop = head.number_at
    written.copy(bits, start)
    bits.take(stop - start)
    written.ue(number)
    bits.take(grammar.order_bits or 0)
    written.put(order, grammar.order_bits or 0)
    written.copy(bits, head.end - bits.position)
    if grammar.is_cabac:
        bits.take(-bits.position % 8)
        written.ones()
        value, count = bits.rest()
        written.put(value, count)
    else:
        value, count = without_trail(*bits.rest())
        written.put(value, count)
        written.trail()
    return body[:1] + escape(bytes(written)) + words * ZERO_WORD


def can_stand_together(slices: Sequence[Slice]) -> bool:
    """Whether slices of two encoders can make one picture, once they are numbered alike: they tell the same of what is
    to become of it, and no filter goes from one into the other."""
    return all(one.is_apart for one in slices) and len({one.marking for one in slices}) == 1


def touched(slices: Sequence[Slice], grammar: Grammar, lines: np.ndarray) -> list[bool]:
    """Which slices of a frame hold one of these lines (bool, one for each that is shown)."""
    if grammar.is_cut_off:
        return [True] * len(slices)
    starts = [one.first for one in slices]
    ends = [*starts[1:], -(-len(lines) // grammar.lines) * grammar.row]
    return [
        bool(lines[start // grammar.row * grammar.lines : -(-end // grammar.row) * grammar.lines].any())
        for start, end in zip(starts, ends, strict=True)
    ]


def slices_of(units: Sequence[bytes], grammar: Grammar) -> tuple[Slice, ...]:
    """Of one picture. Raises NotThisWay where their numbers differ."""
    found = tuple(slice_of(unit, grammar) for unit in units)
    if len({(one.number, one.order) for one in found}) != 1:
        raise NotThisWay("units.numbers")
    return found
