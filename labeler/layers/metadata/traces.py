"""Traces of known AI generators in metadata. A trace betrays, it does not state: it never counts as a disclosure.

What is looked for stands in `traces.toml` beside this module, each with the public source that shows it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from labeler.letters import shortened
from labeler.verdict import FoundTrace

Where = Literal["tag", "xmp", "opening"]
MOST_TRACES = 100
LONGEST_SHOWN = 300
MOST_READ = 16 << 20
"""Letters of all values of one file that are searched."""
OPENING = "first picture"


class Trace(BaseModel):
    """One entry of the data file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator: str
    where: tuple[Where, ...]
    name: str | None = None
    value: tuple[str, ...] = ()
    bytes: str | None = None
    confidence: Literal["low", "medium", "high"]
    source: str
    checked_at: date


@dataclass(frozen=True)
class Clue:
    """Something in a file that may betray: a tag of the container or a property of XMP, and the place of it."""

    where: Where
    name: str
    value: str
    place: str


@lru_cache
def known_traces() -> tuple[Trace, ...]:
    """The data file, whole. Its patterns are ours, so that none of them takes long on a hostile value."""
    text = files(__package__).joinpath("traces.toml").read_text(encoding="utf-8")
    return tuple(Trace.model_validate(entry) for entry in tomllib.loads(text)["trace"])


@lru_cache
def pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def traces_in(clues: Iterable[Clue], opening: bytes = b"") -> tuple[FoundTrace, ...]:
    """What betrays a known generator, in the order of the file; the same generator at the same place once."""
    found: dict[tuple[str, str, str], FoundTrace] = {}
    room = MOST_READ
    for clue in clues:
        room -= len(clue.value)
        if room < 0:
            break
        for trace in known_traces():
            if len(found) < MOST_TRACES and clue.where in trace.where and betrays(trace, clue):
                key = trace.generator, clue.name, clue.place
                found.setdefault(key, told(trace, clue.name, clue.value, clue.place))
    for trace in known_traces():
        if trace.bytes is not None and bytes.fromhex(trace.bytes) in opening:
            key = trace.generator, "", OPENING
            found.setdefault(key, told(trace, "user data", trace.bytes, OPENING))
    return tuple(found.values())


def betrays(trace: Trace, clue: Clue) -> bool:
    if trace.bytes is not None:
        return False
    if trace.name is not None and not pattern(trace.name).fullmatch(clue.name.rpartition(":")[2]):
        return False
    return all(pattern(value).search(clue.value) for value in trace.value)


def told(trace: Trace, name: str, value: str, place: str) -> FoundTrace:
    return FoundTrace(
        generator=trace.generator,
        name=name,
        value=shortened(value, LONGEST_SHOWN),
        place=place,
        confidence=trace.confidence,
        source=trace.source,
    )
