"""H.264 by x264: the source's profile, level, entropy coding, reordering and rate cap."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from av.codec.context import Flags

from labeler.media.encoders.task import NEVER, NO_FLAGS, Encoder, Task, planar
from labeler.media.levels import h264_limits, rate_cap

# FFmpeg's names of profiles -> x264's. x264 writes Constrained Baseline for both, a subset of Baseline.
PROFILES: Mapping[str, str] = MappingProxyType(
    {
        "Baseline": "baseline",
        "Constrained Baseline": "baseline",
        "Main": "main",
        "High": "high",
        "High 10": "high10",
        "High 4:2:2": "high422",
        "High 4:4:4 Predictive": "high444",
    }
)


def options(task: Task) -> dict[str, str]:
    facts = task.facts
    profile = PROFILES.get(facts.profile or "")
    if profile is None:
        task.refuse(f"H.264 profile {facts.profile}")
    assert profile is not None
    # No keyframe of our own: those of the source are asked for one by one, and scene cuts become I pictures. The stream
    # says its rate (VUI timing) only where every frame lasts as long as the others.
    private = f"keyint=infinite:min-keyint={NEVER}:force-cfr={int(task.is_constant)}"
    if facts.mastering_display is not None:
        private += f":mastering-display={facts.mastering_display}"
    if facts.content_light is not None:
        private += f":cll={facts.content_light}"
    if task.is_interlaced:
        private += ":tff=1" if facts.first_field == "top" else ":bff=1"
    if facts.video_format not in (None, "undef"):
        private += f":videoformat={facts.video_format}"
    if facts.overscan not in (None, "undef"):
        private += f":overscan={facts.overscan}"
    if facts.alternative_transfer is not None:
        private += f":alternative-transfer={facts.alternative_transfer}"
    rate = {"crf": f"{task.quality.crf:g}", **rate_cap(h264_limits(facts.level, profile), task.own_rate)}
    if facts.is_lossless:
        rate = {"qp": "0"}
    chosen = {
        **rate,
        "preset": task.quality.preset,
        "forced-idr": "1",
        # Captions ride along. Notes of the old encoder about itself (unregistered user data) would be false here; any
        # other such data the survey refuses.
        "a53cc": "1",
        "udu_sei": "0",
        "profile": profile,
        # Written out, since the fastest presets leave them off and so fall to a lower profile.
        **({} if profile == "baseline" else {"coder": "cabac"}),
        **({} if profile in ("baseline", "main") else {"8x8dct": "1"}),
        **_reorder(facts.reorder),
        "x264-params": private,
    }
    if facts.level is not None and facts.level > 0:
        chosen["level"] = "1b" if facts.level == 9 else f"{facts.level // 10}.{facts.level % 10}"
    return chosen


def _reorder(depth: int) -> dict[str, str]:
    """B pictures such that a player never has to hold back more frames than it does for the source."""
    if depth == 0:
        return {"bf": "0"}
    return {"b-pyramid": "none" if depth == 1 else "normal"}


def flags(task: Task) -> int:
    """Interlaced pictures are coded as frames whose blocks may be fields (MBAFF), however the source coded them."""
    return Flags.interlaced_dct | Flags.interlaced_me if task.is_interlaced else NO_FLAGS


ENCODER = Encoder("libx264", planar("420", "422", "444", bits=(8, 10)), options, flags, is_templated=True)
