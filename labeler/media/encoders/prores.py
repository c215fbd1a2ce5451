"""ProRes 422 (proxy, LT, standard, HQ) by libavcodec's prores_ks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from av.codec.context import Flags

from labeler.media.encoders.task import NO_FLAGS, Encoder, Task, planar

# The four-character codes of Apple's ProRes 422 family -> prores_ks's profiles.
PROFILES: Mapping[str, str] = MappingProxyType({"apco": "proxy", "apcs": "lt", "apcn": "standard", "apch": "hq"})
BY_NAME: Mapping[str, str] = MappingProxyType({"Proxy": "proxy", "LT": "lt", "Standard": "standard", "HQ": "hq"})


def options(task: Task) -> dict[str, str]:
    """The profile that the track's four characters name; where they name none (MXF, Matroska), what FFmpeg reads."""
    profile = PROFILES.get(task.track.codec_tag) or BY_NAME.get(task.facts.profile or "")
    if profile is None:
        task.refuse(f"ProRes {task.track.codec_tag} {task.facts.profile}")
    # `apl0` is what Apple's own encoder calls itself in each frame; some readers accept nothing else.
    return {"profile": profile or "", "vendor": "apl0"}


def flags(task: Task) -> int:
    return Flags.interlaced_dct if task.is_interlaced else NO_FLAGS


ENCODER = Encoder("prores_ks", planar("422", bits=(10,)), options, flags, has_global_header=False, counts_frames=True)
