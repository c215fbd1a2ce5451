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
