"""What the sequence header of AV1 says of the pictures, and PyAV does not show: where chroma samples lie, and more.

Read from the bits up to that number (AV1 Bitstream Specification, 5.5).
"""

from __future__ import annotations

from dataclasses import dataclass

from labeler.media.bits import Bits, Ended

CHROMA_LOCATIONS = {1: "left", 2: "topleft"}
"""FFmpeg's names of chroma_sample_position (6.4.2); 0 is unknown."""
SRGB = (1, 13, 0)


@dataclass(frozen=True)
class Sequence:
    """profile, level: of the first operating point. depth: high_bitdepth and twelve_bit. colours: primaries, transfer,
    matrix and range of H.273. location: see `chroma_location`."""

    profile: int
    level: int
    size: tuple[int, int]
    depth: tuple[bool, bool]
    is_grey: bool
    colours: tuple[int, ...]
    location: str | None


def chroma_location(header: bytes) -> str | None:
    """From a sequence header's payload: `left`, `topleft` or `unspecified`; None without 4:2:0, or unread."""
    found = sequence(header)
    return None if found is None else found.location


def sequence(header: bytes) -> Sequence | None:
    """The same, all of it; None where it ends too early."""
    try:
        return _read(Bits(header, escaped=False))
    except Ended:
        return None


def _read(bits: Bits) -> Sequence:
    profile = bits.take(3)
    bits.flag()
    is_reduced = bits.flag()
    level = bits.take(5) if is_reduced else _operating_points(bits)
    size = _sizes_and_tools(bits, is_reduced)
    is_high = bits.flag()
    is_twelve = profile == 2 and is_high and bits.flag()
    is_grey = profile != 1 and bits.flag()
    described = (bits.take(8), bits.take(8), bits.take(8)) if bits.flag() else (2, 2, 2)
    location, is_full = None, described == SRGB or bits.flag()
    if not is_grey and described != SRGB:
        is_420 = profile == 0 or (is_twelve and bits.flag() and bits.flag())
        location = CHROMA_LOCATIONS.get(bits.take(2), "unspecified") if is_420 else None
    return Sequence(profile, level, size, (is_high, is_twelve), is_grey, (*described, is_full), location)


def _operating_points(bits: Bits) -> int:
    """Up to the sizes; the level of the first point."""
    levels = []
    delay = 0
    if bits.flag():
        bits.take(64)
        if bits.flag():
            _uvlc(bits)
        if bits.flag():
            delay = bits.take(5) + 1
            bits.take(42)
    has_display_delay = bits.flag()
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        levels.append(bits.take(5))
        if levels[-1] > 7:
            bits.flag()
        if delay and bits.flag():
            bits.take(2 * delay + 1)
        if has_display_delay and bits.flag():
            bits.take(4)
    return levels[0]


def _uvlc(bits: Bits) -> None:
    zeros = 0
    while not bits.flag():
        zeros += 1
    bits.take(zeros if zeros < 32 else 0)


def _sizes_and_tools(bits: Bits, is_reduced: bool) -> tuple[int, int]:
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    size = bits.take(width_bits) + 1, bits.take(height_bits) + 1
    if not is_reduced and bits.flag():
        bits.take(7)
    bits.take(3)
    if not is_reduced:
        bits.take(4)
        has_order = bits.flag()
        if has_order:
            bits.take(2)
        chosen = bits.flag()
        if (chosen or bits.flag()) and not bits.flag():
            bits.flag()
        if has_order:
            bits.take(3)
    bits.take(3)
    return size
