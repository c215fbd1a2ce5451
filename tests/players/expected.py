"""What a player ought to have shown, and how that differs from what it did."""

from __future__ import annotations

import subprocess
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from tests.barcode import number_in, numbers_of
from tests.fiddly.film import HEIGHT, WIDTH

SECONDS = 120
"""After which a player is taken to hang."""


@dataclass(frozen=True)
class Showing:
    """The pictures of a clip in order: when each is shown (s, on the clip's clock), and its number."""

    times: tuple[Fraction, ...]
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, path: Path) -> Showing:
        seen = numbers_of(path)
        assert all(number is not None for _, number in seen), path
        return cls(tuple(time for time, _ in seen), tuple(number for _, number in seen if number is not None))

    def at(self, seconds: float) -> int:
        """The number that stands on the screen at this time: that of the last picture which has come up by then."""
        place = bisect_right(self.times, Fraction(seconds)) - 1
        return self.numbers[max(0, place)]

    def within(self, place: int) -> float:
        """A time at which the picture at this place is shown, away from both its ends: Chromium takes it for shorter
        than it is where the lengths of pictures vary and some are reordered."""
        following = self.times[place + 1] if place + 1 < len(self.times) else self.times[place] + Fraction(1, 50)
        return float(self.times[place] + (following - self.times[place]) / 4)


def order_faults(numbers: Sequence[int | None], showing: Showing) -> list[str]:
    """Where every picture must come once and in order."""
    found = []
    if len(numbers) != len(showing.numbers):
        found.append(f"{len(numbers)} pictures instead of {len(showing.numbers)}")
    pairs = zip(numbers, showing.numbers, strict=False)
    wrong = [f"picture {wanted} is {seen}" for seen, wanted in pairs if seen != wanted]
    return found + wrong[:8]


def asked(command: list[str]) -> tuple[bytes, list[str]]:
    """Standard output of a program, and all that it complained of."""
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
    said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
    return done.stdout, [*said, *([f"exit code {done.returncode}"] if done.returncode else [])]


def numbers_in(raw: bytes, kind: type[np.unsignedinteger]) -> list[int | None]:
    """Of pictures of the collection's size, their luma alone, one behind the other."""
    whole = len(raw) // (WIDTH * HEIGHT * np.dtype(kind).itemsize)
    codes = np.frombuffer(raw, kind, count=whole * WIDTH * HEIGHT)
    return [number_in(luma) for luma in codes.reshape(-1, HEIGHT, WIDTH)]
