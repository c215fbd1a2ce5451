"""The registry of hostile files: each has a name, a maker, and what `labeler label` may say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REFUSED = frozenset({3})
"""Damaged, or no video: exit 3."""
VERIFIED = frozenset({0, 3})
"""Odd, but it may be a whole video: refused, or labelled with an output that verifies."""
WHOLE = frozenset({0})
"""A good video in an ugly wrapping."""

Maker = Callable[[Path], Path]
ALL = ("dry run", "label", "verify", "judge", "inspect", "diff")
OPENING = ("label", "verify")


@dataclass(frozen=True)
class Hostile:
    """`make` writes it into an empty folder and returns what to name on the command line."""

    name: str
    make: Maker
    codes: frozenset[int] = REFUSED
    commands: tuple[str, ...] = ALL


HOSTILE: dict[str, Hostile] = {}


def hostile(name: str, codes: frozenset[int] = REFUSED, commands: tuple[str, ...] = ALL) -> Callable[[Maker], Maker]:
    """Register a maker under a name of its own."""

    def register(make: Maker) -> Maker:
        add(name, make, codes, commands)
        return make

    return register


def add(name: str, make: Maker, codes: frozenset[int] = REFUSED, commands: tuple[str, ...] = ALL) -> None:
    if name in HOSTILE:
        raise ValueError(f"two hostile files are called {name}")
    HOSTILE[name] = Hostile(name, make, codes, commands)


def add_bytes(
    name: str,
    extension: str,
    content: Callable[[], bytes],
    codes: frozenset[int] = REFUSED,
    commands: tuple[str, ...] = ALL,
) -> None:
    """Register a file that is all content: `clip.EXTENSION` with these bytes."""

    def make(folder: Path) -> Path:
        path = folder / f"clip.{extension}"
        path.write_bytes(content())
        return path

    add(name, make, codes, commands)
