"""The language of people's text: `LABELER_LANG`, else the locale; French or English."""

from __future__ import annotations

import os
from typing import Literal

Language = Literal["fr", "en"]


def spoken() -> Language:
    """The language that the person at this process reads (POSIX order of locale variables)."""
    for variable in ("LABELER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "fr" if value.lower().startswith("fr") else "en"
    return "en"


def say(en: str, fr: str) -> str:
    """The sentence in the language of the person who will read it."""
    return fr if spoken() == "fr" else en


def decimal(value: float, digits: int) -> str:
    """A number with that many decimals, as the person who reads it writes one: 1.50, or 1,50 in French."""
    return say(f"{value:.{digits}f}", f"{value:.{digits}f}".replace(".", ","))
