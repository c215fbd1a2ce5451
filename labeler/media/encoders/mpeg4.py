"""MPEG-4 part 2 by libavcodec."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from av.codec.context import Flags

from labeler.media.encoders.task import Encoder, Task, planar

PROFILES: Mapping[str, int] = MappingProxyType({"Simple Profile": 0, "Advanced Simple Profile": 15})


def options(task: Task) -> dict[str, str]:
    """A quantiser of 2 throughout. B pictures only where the source may have them (Advanced Simple)."""
    profile = PROFILES.get(task.facts.profile or "Simple Profile")
    if profile is None:
        task.refuse(f"MPEG-4 {task.facts.profile}")
    if task.facts.colour_range == "pc":
        task.refuse("MPEG-4 (part 2) of full range")
    return {
        "profile": str(profile),
        "global_quality": str(2 * 118),
        "qmin": "2",
        "qmax": "2",
        "g": str(min(600, task.keyframe_distance)),
        "sc_threshold": "1000000000",
        "bf": "1" if profile and task.facts.reorder else "0",
    }


def flags(_task: Task) -> int:
    return Flags.qscale


ENCODER = Encoder("mpeg4", planar("420"), options, flags, counts_frames=True)
