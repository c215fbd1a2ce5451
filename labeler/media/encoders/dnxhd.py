"""DNxHD and DNxHR by libavcodec: the same kind and rate as the source's frames."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from av.codec.context import Flags

from labeler.media.encoders.task import NO_FLAGS, Encoder, Task

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
MEGABIT = 1_000_000


def options(task: Task) -> dict[str, str]:
    """DNxHD has a fixed size for each frame, and so a rate: the encoder knows it in whole megabits a second."""
    profile = PROFILES.get(task.facts.profile or "")
    if profile is None:
        task.refuse(f"DNxHD {task.facts.profile}")
    if profile != "dnxhd":
        return {"profile": profile or ""}
    rate = Fraction(task.track.bytes * 8, max(1, task.track.packets)) * (task.rate or Fraction(25))
    return {"profile": "dnxhd", "b": str(round(rate / MEGABIT) * MEGABIT)}


def flags(task: Task) -> int:
    return NO_FLAGS if task.facts.field_order == "progressive" else Flags.interlaced_dct


ENCODER = Encoder("dnxhd", options, flags, has_global_header=False)
