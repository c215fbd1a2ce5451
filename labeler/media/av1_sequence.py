"""Where the chroma samples of AV1 lie: the sequence header says it, and PyAV does not show it.

Read from the bits up to that number (AV1 Bitstream Specification, 5.5).
"""

from __future__ import annotations

from labeler.media.bits import Bits, Ended

CHROMA_LOCATIONS = {1: "left", 2: "topleft"}
"""FFmpeg's names of chroma_sample_position (6.4.2); 0 is unknown."""
SRGB = (1, 13, 0)


def chroma_location(header: bytes) -> str | None:
    """From a sequence header's payload: `left`, `topleft` or `unspecified`; None without 4:2:0, or unread."""
    try:
        return _read(Bits(header, escaped=False))
    except Ended:
        return None


def _read(bits: Bits) -> str | None:
    profile = bits.take(3)
    bits.flag()
    is_reduced = bits.flag()
    if is_reduced:
        bits.take(5)
    else:
        _operating_points(bits)
    _sizes_and_tools(bits, is_reduced)
    is_high = bits.flag()
    is_twelve = profile == 2 and is_high and bits.flag()
    is_grey = profile != 1 and bits.flag()
    described = (bits.take(8), bits.take(8), bits.take(8)) if bits.flag() else (2, 2, 2)
    if is_grey or described == SRGB:
        return None
    bits.flag()
    is_420 = profile == 0 or (is_twelve and bits.flag() and bits.flag())
    return CHROMA_LOCATIONS.get(bits.take(2), "unspecified") if is_420 else None


def _operating_points(bits: Bits) -> None:
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
        if bits.take(5) > 7:
            bits.flag()
        if delay and bits.flag():
            bits.take(2 * delay + 1)
        if has_display_delay and bits.flag():
            bits.take(4)


def _uvlc(bits: Bits) -> None:
    zeros = 0
    while not bits.flag():
        zeros += 1
    bits.take(zeros if zeros < 32 else 0)


def _sizes_and_tools(bits: Bits, is_reduced: bool) -> None:
    width, height = bits.take(4) + 1, bits.take(4) + 1
    bits.take(width + height)
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
