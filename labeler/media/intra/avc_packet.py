"""The packet of an H.264 key picture, cut where its slices begin, and put together again at the same size."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labeler.media.intra.avc_slice import Grammar, grammar_of
from labeler.media.rendering import NotThisWay
from labeler.media.smart.nal import by_length, by_start_code

SLICE = re.compile(rb"\x00\x00\x01[\x01\x05\x21\x25\x41\x45\x61\x65]")
SLICES = frozenset({1, 5})
SPS, PPS, FILLER = 7, 8, 12
LEAST_FILLER = 2
"""Bytes of a unit that fills up: its head, and the end of its bits (ITU-T H.264, 7.3.2.7)."""


@dataclass(frozen=True)
class Parted:
    """head: all bytes before the first slice; units: those in it. slices: without what fills up the packet. between:
    types of what stands behind the first slice and is none."""

    head: bytes
    units: tuple[bytes, ...]
    slices: tuple[bytes, ...]
    between: tuple[int, ...]


def parted(packet: bytes, length_size: int) -> Parted:
    """length_size: bytes of a unit's length; 0 where start codes tell units apart. Raises NotThisWay."""
    at = head_of(packet, length_size)
    rest = [unit for unit in _units(packet[at:], length_size) if unit[0] & 31 != FILLER]
    slices = tuple(unit for unit in rest if unit[0] & 31 in SLICES)
    between = tuple(unit[0] & 31 for unit in rest if unit[0] & 31 not in SLICES)
    return Parted(packet[:at], tuple(_units(packet[:at], length_size)), slices, between)


def head_units(packet: bytes, length_size: int) -> list[bytes]:
    """The units before the first slice. Raises NotThisWay."""
    return _units(packet[: head_of(packet, length_size)], length_size)


def head_of(packet: bytes, length_size: int) -> int:
    """Bytes before the first slice. Raises NotThisWay without one."""
    if not length_size:
        found = SLICE.search(packet)
        if found is None:
            raise NotThisWay("units.missing")
        return found.start()
    at = 0
    while at + length_size < len(packet):
        if packet[at + length_size] & 31 in SLICES:
            return at
        at += length_size + int.from_bytes(packet[at : at + length_size], "big")
    raise NotThisWay("units.missing")


def _units(data: bytes, length_size: int) -> list[bytes]:
    """Without the zeros that stand behind some: between start codes these are no part of them (annex B), and muxers
    that write lengths instead take them along."""
    if not length_size:
        return list(by_start_code(data))
    return [stripped for unit in by_length(data, length_size) if (stripped := unit.rstrip(b"\0"))]


def sets_of(units: Iterable[bytes]) -> tuple[bytes, bytes] | None:
    """The parameter sets among them: one of a sequence and one of a picture, or none at all. Raises NotThisWay."""
    found = [unit for unit in units if unit[0] & 31 in (SPS, PPS)]
    if not found:
        return None
    if [unit[0] & 31 for unit in found] != [SPS, PPS]:
        raise NotThisWay("parameters.sets", len(found))
    return found[0], found[1]


def grammar_in(units: Iterable[bytes]) -> Grammar | None:
    sets = sets_of(units)
    return None if sets is None else grammar_of(*sets)


def delimited(units: Iterable[bytes], length_size: int) -> bytes:
    """As a packet has them. Raises NotThisWay for a unit longer than its length could say."""
    if not length_size:
        return b"".join(b"\0\0\1" + unit for unit in units)
    try:
        return b"".join(len(unit).to_bytes(length_size, "big") + unit for unit in units)
    except OverflowError:
        raise NotThisWay("units.too_long", length_size) from None


def joined(head: bytes, slices: Sequence[bytes], size: int, length_size: int) -> bytes:
    """A packet of `size` bytes: behind the slices zeros, or a unit that fills up. Raises NotThisWay where there is no
    room for that."""
    whole = head + delimited(slices, length_size)
    missing = size - len(whole)
    if missing < 0:
        raise NotThisWay("encoder.size", f"{len(whole)}/{size}")
    if not length_size or not missing:
        return whole + bytes(missing)
    filling = missing - length_size - LEAST_FILLER
    if filling < 0:
        raise NotThisWay("encoder.size", f"{len(whole)}/{size}")
    return whole + delimited([bytes([FILLER]) + filling * b"\xff" + b"\x80"], length_size)
