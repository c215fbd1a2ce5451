"""MPEG-2 by libavcodec: profile, level, rate and buffer of the source; interlaced as such."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from av.codec.context import Flags

from labeler.media.encoders.task import NO_FLAGS, Encoder, Task, planar

# FFmpeg's names -> profile and level numbers of ISO/IEC 13818-2 tables 8-2 and 8-3.
PROFILES: Mapping[str, int] = MappingProxyType({"4:2:2": 0, "High": 1, "Main": 4, "Simple": 5})
# (profile, level) -> most bits per second (tables 8-13 and annex B.1 for 4:2:2), and bits of the buffer.
LIMITS: Mapping[tuple[int, int], tuple[int, int]] = MappingProxyType(
    {
        (5, 8): (15_000_000, 1_835_008),
        (4, 10): (4_000_000, 475_136),
        (4, 8): (15_000_000, 1_835_008),
        (4, 6): (60_000_000, 7_340_032),
        (4, 4): (80_000_000, 9_781_248),
        (0, 5): (50_000_000, 9_437_184),
        (0, 2): (300_000_000, 47_185_920),
    }
)
LARGEST = (80_000_000, 9_781_248)
FINE = {"intra_dc_precision": "2", "qmin": "1"}
INTERLACED = Flags.interlaced_dct | Flags.interlaced_me
LONGEST = 600
"""Pictures of a group, which the encoder would end by itself after so many: the source's keyframes are asked for."""
XDCAM_TAG = "xd5"
"""How MOV names XDCAM HD422, whatever its size and rate of pictures."""
XDCAM_RATE = 50_000_000
XDCAM_BUFFER = 36_000_000


def options(task: Task) -> dict[str, str]:
    """A quantiser of 2 wherever the level's rate allows it."""
    facts = task.facts
    profile = PROFILES.get(facts.profile or "Main", 4)
    level = facts.level if facts.level is not None else 4
    rate, buffer = LIMITS.get((profile, level), LARGEST)
    chosen = {
        "profile": str(profile),
        "level": str(level),
        "g": str(LONGEST),
        "bf": "2" if facts.reorder else "0",
        "sc_threshold": "1000000000",
        "a53cc": "1",
        "qmin": "2",
        "qmax": "28",
    }
    if task.track.coded_timecode is not None:
        chosen["gop_timecode"] = task.track.coded_timecode
        chosen["drop_frame_timecode"] = str(int(";" in task.track.coded_timecode))
    if task.samples == "yuv422p" and (task.container == "mxf" or task.track.codec_tag.startswith(XDCAM_TAG)):
        return chosen | _xdcam()
    rate = max(rate, task.own_rate)
    return chosen | {
        "b": str(rate),
        "maxrate": str(rate),
        "bufsize": str(buffer),
        **FINE,
    }


def _xdcam() -> dict[str, str]:
    """XDCAM HD422: constant 50 Mb/s (settings that FFmpeg's readers take for it: measured)."""
    rate = str(XDCAM_RATE)
    return {
        "b": rate,
        "minrate": rate,
        "maxrate": rate,
        "bufsize": str(XDCAM_BUFFER),
        "non_linear_quant": "1",
        "intra_vlc": "1",
        **FINE,
    }


def flags(task: Task) -> int:
    """Groups as the source has them, so that an MXF file's descriptor says the same of both."""
    groups = task.facts.groups
    closed = Flags.closed_gop if groups == "closed" or (groups is None and task.container == "mxf") else NO_FLAGS
    is_interlaced = task.facts.field_order != "progressive"
    return closed | INTERLACED if is_interlaced else closed


ENCODER = Encoder("mpeg2video", planar("420", "422"), options, flags, counts_frames=True)
