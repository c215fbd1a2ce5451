"""Into how many segments a full render is cut: what was asked, and what a machine is good for."""

from __future__ import annotations

from typing import Literal

from labeler.errors import UsageError
from labeler.language import say
from labeler.processors import affinity

Segments = Literal["auto", "off"] | int
"""As many as there are encoders' worth of cores for it; none; or so many."""
CORES_AN_ENCODER = 4
"""What one encoder keeps busy on its own, at 1080p."""
LEAST_BY_ITSELF = 30
"""Seconds of each segment where nobody said how many there are to be."""
MOST = 1000


def segments_of(text: str) -> Segments:
    """What `--segments` says. Raises UsageError."""
    if text == "auto":
        return "auto"
    if text == "off":
        return "off"
    if text.isascii() and text.isdecimal() and 2 <= int(text[:5]) <= MOST:
        return int(text)
    raise UsageError(
        say(
            f"--segments {text}: not auto, off, or a number from 2 to {MOST}.",
            f"--segments {text} : ni auto, ni off, ni un nombre de 2 à {MOST}.",
        ),
        remedy=say("Write --segments 4.", "Écrivez --segments 4."),
    )


def how_many(asked: Segments, seconds: float, threads: int | None) -> int:
    """seconds: how long the video is. threads: those granted to the item, None for all of this machine."""
    if asked == "off":
        return 1
    if asked != "auto":
        return asked
    return min((threads or affinity()) // CORES_AN_ENCODER, int(seconds // LEAST_BY_ITSELF))
