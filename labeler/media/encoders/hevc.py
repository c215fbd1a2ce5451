"""HEVC by x265: the source's profile, level, tier and reordering."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from labeler.media.encoders.task import NEVER, Encoder, Task, planar
from labeler.media.levels import h265_limits, rate_cap

# (FFmpeg's name, chroma and depth) -> x265's; «Rext» is a family, told apart by its samples.
PROFILES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("Main", "yuv420p"): "main",
        ("Main 10", "yuv420p"): "main10",
        ("Main 10", "yuv420p10le"): "main10",
        ("Rext", "yuv422p"): "main422-10",
        ("Rext", "yuv422p10le"): "main422-10",
        ("Rext", "yuv444p"): "main444-8",
        ("Rext", "yuv444p10le"): "main444-10",
        ("Rext", "yuv420p12le"): "main12",
        ("Rext", "yuv422p12le"): "main422-12",
        ("Rext", "yuv444p12le"): "main444-12",
    }
)
# ISO/IEC 14496-15, hvcC: general_tier_flag is bit 5 of the second byte.
TIER_FLAG = 0x20
HVCC_VERSION = 1
HLG = "arib-std-b67"


def options(task: Task) -> dict[str, str]:
    facts = task.facts
    profile = PROFILES.get((facts.profile or "", task.samples))
    if profile is None:
        task.refuse(f"HEVC profile {facts.profile} {task.samples}")
    assert profile is not None
    high_tier = is_high_tier(task.extradata)
    limits = h265_limits(facts.level, high_tier=high_tier)
    private = [
        "log-level=error",
        "keyint=-1",
        f"min-keyint={NEVER}",
        "open-gop=0",
        f"b-pyramid={int(facts.reorder > 1)}",
        f"high-tier={int(high_tier)}",
    ]
    if limits is not None and facts.level is not None:
        private.append(f"level-idc={Fraction(facts.level, 30).limit_denominator(10).__float__():g}")
    if facts.mastering_display is not None:
        private.append(f"master-display={facts.mastering_display}")
    if facts.content_light is not None:
        private.append(f"max-cll={facts.content_light}")
    if facts.video_format not in (None, "undef"):
        private.append(f"videoformat={facts.video_format}")
    if facts.overscan not in (None, "undef"):
        private.append(f"overscan={facts.overscan}")
    if facts.display_window is not None:
        left, right, top, bottom = facts.display_window.split(",")
        private.append(f"display-window={left},{top},{right},{bottom}")
    # libavcodec asks for this message wherever the transfer is HLG.
    private.append(f"atc-sei={18 if facts.alternative_transfer == HLG else -1}")
    if task.threads is not None:
        private.append(f"pools={task.threads}")
    if facts.reorder == 0:
        private.append("bframes=0")
    if facts.is_lossless:
        private.append("lossless=1")
    return {
        "crf": f"{task.quality.crf:g}",
        "preset": task.quality.preset,
        "forced-idr": "1",
        "a53cc": "1",
        "udu_sei": "0",
        "profile": profile,
        "x265-params": ":".join(private),
        **({} if facts.is_lossless else rate_cap(limits, task.own_rate)),
    }


def is_high_tier(extradata: bytes | None) -> bool:
    """Whether an hvcC record says High tier; without one (Annex B), Main tier is the narrower and safe answer."""
    return bool(
        extradata and len(extradata) > 1 and extradata[0] == HVCC_VERSION and extradata[1] & TIER_FLAG == TIER_FLAG
    )


ENCODER = Encoder("libx265", planar("420", "422", "444", bits=(8, 10, 12)), options, is_templated=True)
