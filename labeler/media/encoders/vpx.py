"""VP8 and VP9 by libvpx."""

from __future__ import annotations

from labeler.media.encoders.task import NEVER, Encoder, Task, planar

# libvpx counts from 0 to 63; these come out at 45 dB and more where x264 does at CRF 16 (measured on real clips).
CRF_OF_VP9 = 14
CRF_OF_VP8 = 6
SPEEDS = {"ultrafast": 8, "superfast": 7, "veryfast": 6, "faster": 5, "fast": 5, "medium": 4, "slow": 2, "slower": 1}
VP9_PROFILES = {"yuv420p": 0, "yuv422p": 1, "yuv444p": 1, "yuv420p10le": 2, "yuv422p10le": 3, "yuv444p10le": 3}


def _common(task: Task) -> dict[str, str]:
    return {
        "deadline": "good",
        "cpu-used": str(SPEEDS.get(task.quality.preset, 4)),
        "g": str(NEVER),
        "keyint_min": str(NEVER),
    }


def vp9_options(task: Task) -> dict[str, str]:
    """`row-mt` and tiles let it use the cores; a constant quality needs a bit rate of 0."""
    return {
        **_common(task),
        "crf": str(round(CRF_OF_VP9 + task.quality.crf - 16)),
        "b": "0",
        "row-mt": "1",
        "tile-columns": "2",
        "profile": str(VP9_PROFILES[task.samples]),
    }


def vp8_options(task: Task) -> dict[str, str]:
    """VP8 has no superframes: a hidden reference frame would be a packet of its own, without a time to show it."""
    return {
        **_common(task),
        "crf": str(max(4, round(CRF_OF_VP8 + task.quality.crf - 16))),
        # Here the quality holds only below this rate, so the rate is out of reach: 1 bit for each sample.
        "b": str(max(task.own_rate * 4, task.facts.width * task.facts.height * 30)),
        "auto-alt-ref": "0",
    }


VP8 = Encoder("libvpx", planar("420"), vp8_options)
VP9 = Encoder("libvpx-vp9", planar("420", "422", "444"), vp9_options)
