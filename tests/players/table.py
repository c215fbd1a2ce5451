"""The players of the tests by name, which of them is asked about which codec, and which this machine lacks."""

from __future__ import annotations

import shutil

from tests.fiddly.film import Film
from tests.players import chromium, gstreamer

BROWSED = frozenset(chromium.TYPES)
PLAYERS: dict[str, tuple[str, ...]] = {
    "libx264": ("ffmpeg", "avdec_h264", "openh264dec", "chromium"),
    "libx265": ("ffmpeg", "avdec_h265", "libde265dec"),
    "libsvtav1": ("ffmpeg", "av1dec", "chromium"),
    "libvpx-vp9": ("ffmpeg", "avdec_vp9", "vp9dec", "chromium"),
    "prores_ks": ("ffmpeg", "avdec_prores"),
}
"""By encoder: FFmpeg, GStreamer's decoders by their own names, and Chromium, which has no HEVC on most machines."""


def players_of(film: Film) -> tuple[str, ...]:
    """OpenH264 mixes up pictures at the ends of groups with B pictures, in sources too (measured: 2.3, 5 of 150), and
    libde265 hands out nothing whole beyond 8 bits 4:2:0 (1.0.11), so they are asked about the others alone."""
    suffix = film.name[film.name.rindex(".") :]
    names = list(PLAYERS[film.codec])
    if film.codec == "libx264" and not film.is_in_order:
        names.remove("openh264dec")
    if film.codec == "libx265" and film.samples != "yuv420p":
        names.remove("libde265dec")
    return tuple(name for name in names if name != "chromium" or suffix in BROWSED)


def lacking(player: str) -> str | None:
    """What is not on this machine, so that this player cannot be asked; None where it can."""
    if player == "ffmpeg":
        return None if shutil.which("ffmpeg") else "ffmpeg"
    if player == "chromium":
        return None if chromium.program() else "chromium"
    if not (shutil.which(gstreamer.LAUNCH) and shutil.which(gstreamer.INSPECT)):
        return "GStreamer (gst-launch-1.0)"
    return None if gstreamer.has(player) else f"GStreamer's {player}"


def all_lacking() -> tuple[str, ...]:
    """Everything of this kind that is not here, each once."""
    names = dict.fromkeys(name for players in PLAYERS.values() for name in players)
    return tuple(dict.fromkeys(missing for name in names if (missing := lacking(name)) is not None))
