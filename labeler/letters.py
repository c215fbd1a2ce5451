"""Texts from outside, without what could steer a terminal or a page, or hide letters from the person who reads."""

from __future__ import annotations

import unicodedata


def safe(text: str) -> str:
    """A text from outside without what could steer a terminal or hide letters: controls and bidi marks escaped."""
    return "".join(letter if is_harmless(letter) else letter.encode("unicode_escape").decode() for letter in text)


def is_harmless(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def shortened(text: str, most: int) -> str:
    """At most so many letters; what is left out is told by an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"
