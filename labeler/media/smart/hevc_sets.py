"""Parameter sets and slice headers of HEVC as far as smart render has to know and renumber them (ITU-T H.265, 7.3).

x265 gives its sets the numbers 0; other numbers make the headers of slices longer, so what follows is moved to the next
whole byte, where it stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from labeler.media.bits import Bits, BitWriter, Ended, escape, without_trail
from labeler.media.rendering import NotThisWay

VPS, SPS, PPS = 32, 33, 34
IDR_W_RADL, IDR_N_LP, CRA = 19, 20, 21
LAST_SLICE, FIRST_IRAP, LAST_IRAP = 31, 16, 23
HEAD = 2
"""Bytes of a unit's header."""
LONGEST_HEADER = 512
"""Bytes of a slice that its header cannot outgrow: x265's have some tens."""
B_SLICE, I_SLICE = 0, 2
PROFILE_TIER_LEVEL = 96
"""Bits of it for one layer."""


@dataclass(frozen=True)
class Room:
    """sps_max_dec_pic_buffering_minus1, sps_max_num_reorder_pics and sps_max_latency_increase_plus1 of all layers."""

    held: int
    reorder: int
    latency: int


@dataclass(frozen=True)
class Sps:
    """What slices need of it. chroma: chroma_format_idc. order_bits: of a picture's order."""

    number: int
    vps: int
    level: int
    size: tuple[int, int]
    room: Room
    order_bits: int
    has_offsets: bool
    has_temporal: bool
    chroma: int


@dataclass(frozen=True)
class Pps:
    number: int
    has_output_flag: bool
    extra_bits: int
    has_cabac_init: bool
    references: tuple[int, int]
    has_chroma_offsets: bool
    has_entry_points: bool
    loops_across: bool
    deblocking_overrides: bool
    is_deblocking_off: bool
    has_extension: bool


def kind_of(unit: bytes) -> int:
    return unit[0] >> 1 & 63


def layer_of(unit: bytes) -> int:
    return (unit[0] & 1) << 5 | unit[1] >> 3


def room_of(unit: bytes) -> tuple[int, int, Room, tuple[int, int]]:
    """Number, level, room and size of any SPS, read no further. Raises NotThisWay."""
    bits = Bits(unit[HEAD:])
    try:
        bits.take(4)
        layers = bits.take(3)
        bits.flag()
        level = _profile_tier_level(bits, layers)
        number = bits.ue()
        if bits.ue() == 3:
            bits.flag()
        size = bits.ue(), bits.ue()
        if bits.flag():
            bits.ue(), bits.ue(), bits.ue(), bits.ue()
        bits.ue(), bits.ue(), bits.ue()
        rooms = [Room(bits.ue(), bits.ue(), bits.ue()) for _ in range(layers + 1 if bits.flag() else 1)]
    except Ended:
        raise NotThisWay("parameters.sps") from None
    return number, level, rooms[-1], size


def _profile_tier_level(bits: Bits, layers: int) -> int:
    bits.take(PROFILE_TIER_LEVEL - 8)
    level = bits.take(8)
    present = [(bits.flag(), bits.flag()) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for has_profile, has_level in present:
        bits.take(88 * has_profile + 8 * has_level)
    return level


def pps_number_of(unit: bytes) -> int:
    try:
        return Bits(unit[HEAD : HEAD + 16]).ue()
    except Ended:
        raise NotThisWay("parameters.pps") from None


# --- what x265 makes, renumbered --------------------------------------------------------------------------------------


def renumbered_vps(unit: bytes, number: int, room: Room) -> bytes:
    bits, out = Bits(unit[HEAD:]), BitWriter()
    bits.take(4)
    out.put(number, 4)
    out.copy(bits, 2 + 6)
    _need(bits.take(3) == 0, "layers")
    out.put(0, 3)
    out.copy(bits, 1 + 16 + PROFILE_TIER_LEVEL + 1)
    _replace_room(bits, out, room)
    return _ended(unit, bits, out)


def renumbered_sps(unit: bytes, number: int, room: Room) -> tuple[bytes, Sps]:
    """With another number and room, and what its slices need of it. Raises NotThisWay for what x265 does not write."""
    bits, out = Bits(unit[HEAD:]), BitWriter()
    vps = bits.take(4)
    out.put(number, 4)
    _need(bits.take(3) == 0, "layers")
    out.put(0, 3)
    out.copy(bits, 1 + PROFILE_TIER_LEVEL - 8)
    level = bits.take(8)
    out.put(level, 8)
    old = bits.ue()
    out.ue(number)
    start = bits.position
    chroma = bits.ue()
    if chroma == 3:
        _need(not bits.flag(), "planes")
    size = bits.ue(), bits.ue()
    if bits.flag():
        bits.ue(), bits.ue(), bits.ue(), bits.ue()
    bits.ue(), bits.ue()
    order_bits = bits.ue() + 4
    bits.flag()
    _copy_again(unit, start, bits.position, out)
    needed = _replace_room(bits, out, room)
    start = bits.position
    for _ in range(6):
        bits.ue()
    _need(not bits.flag(), "scaling lists")
    bits.flag()
    has_offsets = bits.flag()
    _need(not bits.flag(), "pcm")
    _need(bits.ue() == 0, "reference sets")
    _need(not bits.flag(), "long references")
    has_temporal = bits.flag()
    _copy_again(unit, start, bits.position, out)
    sps = Sps(old, vps, level, size, needed, order_bits, has_offsets, has_temporal, chroma)
    return _ended(unit, bits, out), sps


def _replace_room(bits: Bits, out: BitWriter, room: Room) -> Room:
    needed = Room(bits.ue(), bits.ue(), bits.ue())
    for value in (room.held, room.reorder, room.latency):
        out.ue(value)
    return needed


def _copy_again(unit: bytes, start: int, end: int, out: BitWriter) -> None:
    bits = Bits(unit[HEAD:])
    bits.take(start)
    out.copy(bits, end - start)


def _ended(unit: bytes, bits: Bits, out: BitWriter) -> bytes:
    value, count = without_trail(*bits.rest())
    out.put(value, count)
    out.trail()
    return unit[:HEAD] + escape(bytes(out))


def renumbered_pps(unit: bytes, number: int, sps: int) -> tuple[bytes, Pps]:
    """The same for a PPS. Raises NotThisWay for what x265 does not write."""
    bits, out = Bits(unit[HEAD:]), BitWriter()
    old = bits.ue()
    bits.ue()
    out.ue(number)
    out.ue(sps)
    start = bits.position
    _need(not bits.flag(), "dependent slices")
    has_output_flag, extra_bits = bits.flag(), bits.take(3)
    bits.flag()
    has_cabac_init = bits.flag()
    references = bits.ue() + 1, bits.ue() + 1
    bits.se()
    bits.take(2)
    if bits.flag():
        bits.ue()
    bits.se(), bits.se()
    has_chroma_offsets = bits.flag()
    _need(bits.take(2) == 0, "weights")
    bits.flag()
    _need(not bits.flag(), "tiles")
    has_entry_points = bits.flag()
    loops_across = bits.flag()
    overrides = is_off = False
    if bits.flag():
        overrides, is_off = bits.flag(), bits.flag()
        if not is_off:
            bits.se(), bits.se()
    _need(not bits.flag(), "scaling lists")
    _need(not bits.flag(), "lists that are modified")
    bits.ue()
    has_extension = bits.flag()
    _copy_again(unit, start, bits.position, out)
    pps = Pps(
        old, has_output_flag, extra_bits, has_cabac_init, references, has_chroma_offsets, has_entry_points,
        loops_across, overrides, is_off, has_extension,
    )  # fmt: skip
    return _ended(unit, bits, out), pps


def renumbered_slice(unit: bytes, number: int, sps: Sps, pps: Pps) -> bytes:
    """A slice of x265 that names another PPS. Raises NotThisWay for what x265 does not write."""
    head = unit[HEAD : HEAD + LONGEST_HEADER]
    bits, out = Bits(head), BitWriter()
    kind = kind_of(unit)
    try:
        _need(bits.flag(), "several slices")
        out.put(1, 1)
        if FIRST_IRAP <= kind <= LAST_IRAP:
            out.copy(bits, 1)
        _need(bits.ue() == pps.number, "several sets")
        out.ue(number)
        start = bits.position
        _slice_fields(bits, kind, sps, pps)
        end = bits.position
        _need(bits.flag(), "alignment")
        _need(bits.take(-bits.position % 8) == 0, "alignment")
    except Ended:
        raise NotThisWay("encoder.slice") from None
    again = Bits(head)
    again.take(start)
    out.copy(again, end - start)
    out.trail()
    data = _escaped_position(unit, HEAD + bits.position // 8)
    return unit[:HEAD] + escape(bytes(out)) + unit[data:]


def _slice_fields(bits: Bits, kind: int, sps: Sps, pps: Pps) -> None:
    """slice_segment_header from slice_reserved_flag on (7.3.6.1), to byte_alignment."""
    bits.take(pps.extra_bits)
    slice_type = bits.ue()
    if pps.has_output_flag:
        bits.flag()
    is_temporal = False
    if kind not in (IDR_W_RADL, IDR_N_LP):
        bits.take(sps.order_bits)
        _need(not bits.flag(), "reference sets")
        before, after = bits.ue(), bits.ue()
        for _ in range(before + after):
            bits.ue(), bits.flag()
        is_temporal = sps.has_temporal and bits.flag()
    has_offset = False
    if sps.has_offsets:
        has_offset = bits.flag()
        if sps.chroma:
            has_offset = bits.flag() or has_offset
    if slice_type != I_SLICE:
        _references(bits, slice_type, is_temporal, pps)
    bits.se()
    if pps.has_chroma_offsets:
        bits.se(), bits.se()
    is_off = pps.is_deblocking_off
    if pps.deblocking_overrides and bits.flag():
        is_off = bits.flag()
        if not is_off:
            bits.se(), bits.se()
    if pps.loops_across and (has_offset or not is_off):
        bits.flag()
    if pps.has_entry_points:
        count = bits.ue()
        if count:
            width = bits.ue() + 1
            for _ in range(count):
                bits.take(width)
    if pps.has_extension:
        bits.take(8 * bits.ue())


def _references(bits: Bits, slice_type: int, is_temporal: bool, pps: Pps) -> None:
    first, second = pps.references
    if bits.flag():
        first = bits.ue() + 1
        second = bits.ue() + 1 if slice_type == B_SLICE else second
    if slice_type == B_SLICE:
        bits.flag()
    if pps.has_cabac_init:
        bits.flag()
    if is_temporal:
        from_first = bits.flag() if slice_type == B_SLICE else True
        if (first if from_first else second) > 1:
            bits.ue()
    bits.ue()


def _escaped_position(unit: bytes, position: int) -> int:
    """Where in an escaped unit the byte stands that is at `position` in the plain one."""
    at, zeros, plain = HEAD, 0, HEAD
    while plain < position:
        if zeros >= 2 and unit[at] == 3:
            at, zeros = at + 1, 0
            continue
        zeros = zeros + 1 if unit[at] == 0 else 0
        at, plain = at + 1, plain + 1
    # The last byte of a header is never zero, since it ends with a one: what follows begins no escape.
    return at


def _need(is_so: bool, about: str) -> None:
    if not is_so:
        raise NotThisWay("encoder.writes", about)
