"""The largest bit rate and buffer of a level, from the tables of the standards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bits per second, and bits of the coded picture buffer."""

    rate: int
    buffer: int


# ITU-T H.264 (08/2021) table A-1: level_idc (9 stands for level 1b) -> MaxBR, MaxCPB, both in units of 1000 bits
# times the profile's factor.
H264 = {
    10: (64, 175),
    9: (128, 350),
    11: (192, 500),
    12: (384, 1000),
    13: (768, 2000),
    20: (2000, 2000),
    21: (4000, 4000),
    22: (4000, 4000),
    30: (10000, 10000),
    31: (14000, 14000),
    32: (20000, 20000),
    40: (20000, 25000),
    41: (50000, 62500),
    42: (50000, 62500),
    50: (135000, 135000),
    51: (240000, 240000),
    52: (240000, 240000),
    60: (240000, 240000),
    61: (480000, 480000),
    62: (800000, 800000),
}
# H.264 table A-2, cpbBrVclFactor, as a share of 1000.
H264_FACTORS = {"high": 1.25, "high10": 3.0, "high422": 4.0, "high444": 4.0}

# ITU-T H.265 (08/2021) tables A.8 and A.9: general_level_idc -> MaxBR (= MaxCPB) of Main tier and of High tier.
H265 = {
    30: (128, 128),
    60: (1500, 1500),
    63: (3000, 3000),
    90: (6000, 6000),
    93: (10000, 10000),
    120: (12000, 30000),
    123: (20000, 50000),
    150: (25000, 100000),
    153: (40000, 160000),
    156: (60000, 240000),
    180: (60000, 240000),
    183: (120000, 480000),
    186: (240000, 800000),
}


def h264_limits(level: int | None, profile: str) -> Limits | None:
    """Limits of a level_idc in a profile (x264's name for it); None where the level is unknown."""
    found = H264.get(level or 0)
    if found is None:
        return None
    factor = H264_FACTORS.get(profile, 1.0)
    return Limits(int(found[0] * 1000 * factor), int(found[1] * 1000 * factor))


def h265_limits(level: int | None, *, high_tier: bool) -> Limits | None:
    """Limits of a general_level_idc (30 times the level); None where it is unknown or unbounded (255)."""
    found = H265.get(level or 0)
    if found is None:
        return None
    rate = found[1 if high_tier else 0] * 1000
    return Limits(rate, rate)


def rate_cap(limits: Limits | None, own_rate: int) -> dict[str, str]:
    """The level's cap; but a source may itself break its level (x264 states the least that fits size and rate), and
    then its own mean rate (bits per second) is the cap: 37 dB instead of 42 with the stated one (measured)."""
    if limits is None:
        return {}
    return {"maxrate": str(max(limits.rate, own_rate)), "bufsize": str(max(limits.buffer, own_rate))}


# ITU-T H.264 (08/2021) table A-1: level_idc -> MaxDpbMbs.
H264_MACROBLOCKS = {
    10: 396,
    9: 396,
    11: 900,
    12: 2376,
    13: 2376,
    20: 2376,
    21: 4752,
    22: 8100,
    30: 8100,
    31: 18000,
    32: 20480,
    40: 32768,
    41: 32768,
    42: 34816,
    50: 110400,
    51: 184320,
    52: 184320,
    60: 696320,
    61: 696320,
    62: 696320,
}
MOST_PICTURES = 16
CONSTRAINT_SET3 = 0x10
HIGH_1B = 9


def most_h264_pictures(level: int, constraints: int, macroblocks: tuple[int, int]) -> int:
    """MaxDpbFrames (A.3.1, A.3.2): pictures of so many macroblocks across and down that a decoder holds at most.

    constraints: the byte after profile_idc; its set 3 makes level 1.1 of Baseline and Main level 1b.
    """
    if level == 11 and constraints & CONSTRAINT_SET3:
        level = HIGH_1B
    return min(H264_MACROBLOCKS.get(level, 0) // (macroblocks[0] * macroblocks[1]), MOST_PICTURES)
