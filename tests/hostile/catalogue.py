"""The whole registry: importing this module fills it."""

from __future__ import annotations

from tests.hostile import marks, mkv, mp4, names, others
from tests.hostile.registry import HOSTILE

FAMILIES = (mp4, mkv, others, marks, names)

__all__ = ["FAMILIES", "HOSTILE"]
