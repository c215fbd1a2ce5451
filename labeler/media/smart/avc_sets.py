"""Parameter sets of H.264 as far as smart render has to know them (ITU-T H.264, 7.3.2.1.1, 7.3.2.2 and E.1.1)."""

from __future__ import annotations

from dataclasses import dataclass

from labeler.media.bits import Bits, BitWriter, Ended, escape, without_trail
from labeler.media.levels import most_h264_pictures
from labeler.media.rendering import NotThisWay
from labeler.media.vui import EXTENDED_SAR, HIGH_PROFILES, read_chroma, read_picture_order

LAYERED = frozenset({83, 86, 118, 128, 134, 138, 139})
"""Scalable and multiview profiles (annexes G, H, I)."""
HOLDING_NONE = frozenset({44, 86, 100, 110, 122, 244})
ONLY_KEYS = 0x10
"""constraint_set3_flag: in these profiles every picture is a key, and where nothing is told, none is held (E.2.1)."""


@dataclass(frozen=True)
class Sps:
    """number: its own id. held: pictures that a decoder holds at most; reorder: of which so many wait to be shown
    (None where not told). usability_at: the bit of its payload where vui_parameters_present_flag stands; tail_at: where
    `max_num_reorder_frames` stands, None where not told."""

    number: int
    profile: int
    constraints: int
    level: int
    refs: int
    is_frames_only: bool
    macroblocks: tuple[int, int]
    reorder: int | None
    held: int
    usability_at: int
    tail_at: int | None


@dataclass(frozen=True)
class Pps:
    number: int
    sps: int
    is_cabac: bool
    has_8x8: bool


def sps_of(unit: bytes) -> Sps:
    """Raises NotThisWay where it cannot be read."""
    try:
        return _sps(Bits(unit[1:]))
    except Ended:
        raise NotThisWay("parameters.sps") from None


def _sps(bits: Bits) -> Sps:
    profile, constraints, level, number = bits.take(8), bits.take(8), bits.take(8), bits.ue()
    if profile in LAYERED:
        raise NotThisWay("parameters.layers", profile)
    if profile in HIGH_PROFILES:
        read_chroma(bits)
    bits.ue()
    read_picture_order(bits)
    refs = bits.ue()
    bits.flag()
    width, height = bits.ue() + 1, bits.ue() + 1
    is_frames_only = bits.flag()
    if not is_frames_only:
        bits.flag()
    bits.flag()
    if bits.flag():
        bits.ue(), bits.ue(), bits.ue(), bits.ue()
    reorder, held, usability_at, tail_at = None, None, bits.position, None
    if bits.flag():
        _usability(bits)
        if bits.flag():
            bits.flag(), bits.ue(), bits.ue(), bits.ue(), bits.ue()
            tail_at = bits.position
            reorder, held = bits.ue(), bits.ue()
    if tail_at is None and profile in HOLDING_NONE and constraints & ONLY_KEYS:
        reorder, held = 0, 0
    size = (width, height * (1 if is_frames_only else 2))
    most = most_h264_pictures(level, constraints, size)
    return Sps(
        number, profile, constraints, level, refs, is_frames_only, size, reorder,
        most if held is None else held, usability_at, tail_at,
    )  # fmt: skip


def _usability(bits: Bits) -> None:
    """Up to bitstream_restriction_flag."""
    if bits.flag() and bits.take(8) == EXTENDED_SAR:
        bits.take(32)
    if bits.flag():
        bits.flag()
    if bits.flag():
        bits.take(4)
        if bits.flag():
            bits.take(24)
    if bits.flag():
        bits.ue(), bits.ue()
    if bits.flag():
        bits.take(65)
    rates = [bits.flag() and _rate(bits) for _ in range(2)]
    if any(rates):
        bits.flag()
    bits.flag()


def _rate(bits: Bits) -> bool:
    """One hypothetical decoder's numbers (E.1.2)."""
    count = bits.ue() + 1
    bits.take(8)
    for _ in range(count):
        bits.ue(), bits.ue(), bits.flag()
    bits.take(20)
    return True


def with_room(unit: bytes, sps: Sps, *, reorder: int, held: int) -> bytes:
    """The same SPS with other numbers of pictures held and waiting: those of the source, so that a decoder that goes
    from one to the other neither drops a picture nor shows it early."""
    if sps.tail_at is None and (sps.reorder, sps.held) == (reorder, held):
        return unit
    if sps.tail_at is None:
        raise NotThisWay("parameters.restriction")
    bits, written = Bits(unit[1:]), BitWriter()
    written.copy(bits, sps.tail_at)
    bits.ue(), bits.ue()
    written.ue(reorder)
    written.ue(held)
    value, count = without_trail(*bits.rest())
    written.put(value, count)
    written.trail()
    return unit[:1] + escape(bytes(written))


def with_usability(unit: bytes, sps: Sps, source_unit: bytes, source: Sps) -> bytes:
    """The same SPS with all that the source's says of showing and timing its pictures, in its very bits: messages on
    timing are read by them."""
    bits, theirs, written = Bits(unit[1:]), Bits(source_unit[1:]), BitWriter()
    written.copy(bits, sps.usability_at)
    theirs.take(source.usability_at)
    value, count = without_trail(*theirs.rest())
    written.put(value, count)
    written.trail()
    return unit[:1] + escape(bytes(written))


def pps_of(unit: bytes) -> Pps:
    """Raises NotThisWay where it cannot be read, or pictures are cut into groups of slices."""
    try:
        return _pps(Bits(unit[1:]))
    except Ended:
        raise NotThisWay("parameters.pps") from None


def _pps(bits: Bits) -> Pps:
    number, sps = bits.ue(), bits.ue()
    is_cabac = bits.flag()
    bits.flag()
    if bits.ue():
        raise NotThisWay("parameters.slice_groups")
    bits.ue(), bits.ue()
    bits.take(3)
    bits.se(), bits.se(), bits.se()
    bits.take(3)
    _, count = without_trail(*bits.rest())
    return Pps(number, sps, is_cabac, has_8x8=count > 0 and bits.flag())
