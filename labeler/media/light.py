"""Static metadata of HDR pictures: the display they were mastered on, and how bright they get.

The same values stand in SEI messages and boxes (whole units), in Matroska (floats) and in AV1 (binary fractions). As
text they are written as x264 and x265 take them: chromaticities in 0.00002, luminances in 0.0001 cd/m2
(ITU-T H.265 D.3.28 and D.3.35; SMPTE ST 2086; CTA-861.3).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

CHROMATICITY = 50_000
LUMINANCE = 10_000
UNITS = struct.Struct(">8H2I")
"""Green, blue, red and white point, each x and y; most and least luminance: an SEI message's and a box's payload."""
LEVELS = struct.Struct(">2H")
"""MaxCLL and MaxFALL, in cd/m2."""
# libavutil: AVMasteringDisplayMetadata is ten AVRationals (red, green, blue, white point, least and most luminance) and
# two flags; AVContentLightMetadata two numbers.
AV_MASTERING = struct.Struct("=22i")
AV_LEVELS = struct.Struct("=2I")
MASTERING_SIDE_DATA, LEVELS_SIDE_DATA = "MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"
SIDE_DATA = frozenset({MASTERING_SIDE_DATA, LEVELS_SIDE_DATA})

Point = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Mastering:
    """A mastering display: chromaticities of its primaries and white point, its luminances in cd/m2."""

    red: Point
    green: Point
    blue: Point
    white: Point
    most: Fraction
    least: Fraction

    def __str__(self) -> str:
        parts = (("G", self.green), ("B", self.blue), ("R", self.red), ("WP", self.white))
        points = "".join(f"{name}({round(x * CHROMATICITY)},{round(y * CHROMATICITY)})" for name, (x, y) in parts)
        return f"{points}L({round(self.most * LUMINANCE)},{round(self.least * LUMINANCE)})"

    def decimals(self) -> str:
        """As SVT-AV1 takes it: the same order, in plain decimals."""
        parts = (("G", self.green), ("B", self.blue), ("R", self.red), ("WP", self.white))
        points = "".join(f"{name}({float(x):.7f},{float(y):.7f})" for name, (x, y) in parts)
        return f"{points}L({float(self.most):.5f},{float(self.least):.6f})"


def mastering_of_units(payload: bytes) -> Mastering | None:
    """From an SEI message 137 or an `mdcv` box; None where it is too short."""
    if len(payload) < UNITS.size:
        return None
    numbers = UNITS.unpack_from(payload)
    green, blue, red, white = points(numbers[:8], CHROMATICITY)
    return Mastering(red, green, blue, white, Fraction(numbers[8], LUMINANCE), Fraction(numbers[9], LUMINANCE))


def mastering_of_binary(payload: bytes) -> Mastering | None:
    """From an AV1 metadata unit or an `SmDm` box of WebM: red first, in 1/65536; luminances in 1/256 and 1/16384."""
    if len(payload) < UNITS.size:
        return None
    numbers = UNITS.unpack_from(payload)
    red, green, blue, white = points(numbers[:8], 1 << 16)
    return Mastering(red, green, blue, white, Fraction(numbers[8], 1 << 8), Fraction(numbers[9], 1 << 14))


def mastering_of_side_data(data: bytes) -> Mastering | None:
    """From what libavcodec attaches to a frame; None where it does not hold both halves."""
    if len(data) != AV_MASTERING.size:
        return None
    numbers = AV_MASTERING.unpack(data)
    if not numbers[20] or not numbers[21] or not all(numbers[1:20:2]):
        return None
    values = [Fraction(numbers[at], numbers[at + 1]) for at in range(0, 20, 2)]
    red, green, blue, white = ((values[at], values[at + 1]) for at in range(0, 8, 2))
    return Mastering(red, green, blue, white, values[9], values[8])


def mastering_of_floats(values: Mapping[str, float]) -> Mastering | None:
    """From Matroska's ten elements, by name (`rx`, `ry`, …, `most`, `least`); None where one is missing."""
    names = ("rx", "ry", "gx", "gy", "bx", "by", "wx", "wy", "most", "least")
    if any(name not in values for name in names):
        return None
    exact = [Fraction(values[name]).limit_denominator(10**9) for name in names]
    red, green, blue, white = ((exact[at], exact[at + 1]) for at in range(0, 8, 2))
    return Mastering(red, green, blue, white, exact[8], exact[9])


def levels(payload: bytes) -> str | None:
    """MaxCLL and MaxFALL as text, from an SEI message 144, a `clli` box or an AV1 metadata unit."""
    if len(payload) < LEVELS.size:
        return None
    most, mean = LEVELS.unpack_from(payload)
    return levels_text(most, mean)


def levels_text(most: int, mean: int) -> str:
    return f"{most},{mean}"


def points(numbers: Sequence[int], unit: int) -> tuple[Point, Point, Point, Point]:
    values = [Fraction(number, unit) for number in numbers]
    return (values[0], values[1]), (values[2], values[3]), (values[4], values[5]), (values[6], values[7])


@dataclass
class Light:
    """The static metadata met so far in one place (the pictures, or the container), as text."""

    mastering: str | None = None
    levels: str | None = None
    changes: bool = False

    def see_mastering(self, display: Mastering | None) -> None:
        if display is not None:
            self.changes = self.changes or self.mastering not in (None, str(display))
            self.mastering = self.mastering or str(display)

    def see_levels(self, text: str | None) -> None:
        if text is not None:
            self.changes = self.changes or self.levels not in (None, text)
            self.levels = self.levels or text
