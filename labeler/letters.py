"""Texts from outside, without what could steer a terminal or a page, or hide letters from the person who reads."""

from __future__ import annotations

import re
import unicodedata

READ_AT_START = re.compile(r"(?i)^\s*(openjd_|TR_|ALF_|Frame \d|\d+% done)")
READ_ANYWHERE = re.compile(r"(PROGRESS|Progress|ACTIVITY|FRAME)\s*:|\[(?= *PARSER\b)")
"""What farms read in the lines of a task: Open Job Description, Tractor; Deadline 10 and Afanasy."""


def safe(text: str) -> str:
    """A text from outside without what could steer a terminal or hide letters: controls and bidi marks escaped."""
    if text.isprintable():  # no letter of it is of one of these kinds, nor a space other than the plain one
        return text
    return "".join(letter if is_harmless(letter) else letter.encode("unicode_escape").decode() for letter in text)


def is_harmless(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def shortened(text: str, most: int) -> str:
    """At most so many letters; what is left out is told by an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def unmistakable(line: str) -> str:
    """A line for people that no farm takes for its own: a film may be called `openjd_fail: x` or `Progress: 99%`.

    (Open Job Description fails a task for a line that merely looks like `openjd_env`, whatever its case and the blanks
    before it; read in openjd-sessions 0.13.0, `_action_filter.py`.)
    """
    line = READ_ANYWHERE.sub(lambda found: f"{found[1]} -" if found[1] else "(", line)
    return "· " + line.lstrip() if READ_AT_START.match(line) else line
