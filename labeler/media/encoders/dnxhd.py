"""DNxHD and DNxHR by libavcodec: the same kind and rate as the source's frames."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from av.codec.context import Flags

from labeler.media.encoders.task import NO_FLAGS, Encoder, Task, planar

# FFmpeg's names of profiles (SMPTE ST 2019-1 with Avid's resolution-independent kinds).
PROFILES: Mapping[str, str] = MappingProxyType(
    {
        "DNXHD": "dnxhd",
        "DNXHR LB": "dnxhr_lb",
        "DNXHR SQ": "dnxhr_sq",
        "DNXHR HQ": "dnxhr_hq",
        "DNXHR HQX": "dnxhr_hqx",
        "DNXHR 444": "dnxhr_444",
    }
)
# Bytes of a DNxHD frame -> the rates in megabits a second by which the encoder knows that kind (ST 2019-1, table of
# compression identifiers, as FFmpeg lists them).
RATES: Mapping[int, tuple[int, ...]] = MappingProxyType(
    {
        188_416: (36, 45, 75, 90),
        212_992: (42, 60, 75, 115),
        303_104: (60, 75, 120, 145),
        417_792: (63, 84, 100, 110),
        458_752: (90, 110, 180, 220),
        606_208: (115, 120, 145, 240, 290),
        835_584: (80, 90, 100, 110),
        917_504: (175, 185, 220, 365, 440),
        1_835_008: (350, 390, 440, 730, 880),
    }
)
MEGABIT = 1_000_000


def options(task: Task) -> dict[str, str]:
    """DNxHD has a fixed size for each frame; the encoder wants the rate that follows from it, in round numbers."""
    profile = PROFILES.get(task.facts.profile or "")
    if profile is None:
        task.refuse(f"DNxHD {task.facts.profile}")
    if profile != "dnxhd":
        return {"profile": profile or ""}
    size = task.track.bytes // max(1, task.track.packets)
    if size not in RATES:
        task.refuse(f"DNxHD {size} B")
    rate = Fraction(size * 8) * (task.rate or Fraction(25)) / MEGABIT
    return {"profile": "dnxhd", "b": str(min(RATES[size], key=lambda known: abs(known - rate)) * MEGABIT)}


def flags(task: Task) -> int:
    return NO_FLAGS if task.facts.field_order == "progressive" else Flags.interlaced_dct


ENCODER = Encoder(
    "dnxhd",
    planar("422", bits=(8, 10)) | planar("444", bits=(10,)),
    options,
    flags,
    has_global_header=False,
    counts_frames=True,
)
