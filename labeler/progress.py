"""How long work tells where it stands, and how it is asked to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Phase = Literal["probe", "render", "mux", "metadata", "sign", "verify", "release"]

Progress = Callable[[Phase, float], None]
"""Called with the phase and the share done (0 to 1), often (at least once a frame or a second).

It may raise `labeler.errors.Interrupted`; the worker lets it pass and its callers clean up.
"""


def silent(phase: Phase, share: float) -> None:
    """The progress of someone who does not ask."""


SPANS: dict[Phase, tuple[float, float]] = {
    "probe": (0.0, 0.05),
    "render": (0.05, 0.80),
    "mux": (0.80, 0.81),
    "metadata": (0.81, 0.82),
    "sign": (0.82, 0.85),
    "verify": (0.85, 0.99),
    "release": (0.99, 1.0),
}
"""Which part of one file's whole way each phase is, as 1080p H.264 takes it."""


def overall(phase: Phase, share: float) -> float:
    """The share of the whole way, 0 to 1, where `share` of this phase is done."""
    start, end = SPANS[phase]
    return start + (end - start) * min(1.0, max(0.0, share))
