"""What was counted, beside what was asked for. A bar that is missed stands there as missed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt

SURE = 1.96
"""Standard deviations on either side of 95 %."""


@dataclass(frozen=True)
class Try:
    """What one item adds to the count of this name: hits of `of` tries. told: one line, where it went wrong."""

    count: str
    hits: int
    of: int = 1
    told: str = ""


@dataclass
class Count:
    """hits of `of` tries. bar: share that is asked for, None where nothing is; at least so much, or at most.

    enough: tries without which the bar is not judged. told: one line on each try that went wrong.
    """

    name: str
    bar: float | None = None
    at_most: bool = False
    enough: int = 50
    hits: int = 0
    of: int = 0
    told: list[str] = field(default_factory=list)

    def add(self, tried: Try) -> None:
        self.hits += tried.hits
        self.of += tried.of
        is_wrong = tried.hits > 0 if self.at_most else tried.hits < tried.of
        if is_wrong and tried.told:
            self.told.append(tried.told)

    @property
    def share(self) -> float:
        return self.hits / self.of if self.of else 0.0

    @property
    def verdict(self) -> str:
        if self.bar is None:
            return ""
        if self.of < self.enough:
            return f"not judged: {self.of} of {self.enough} tries" if self.share_is_good else "missed"
        return "met" if self.share_is_good else "missed"

    @property
    def share_is_good(self) -> bool:
        bar = self.bar if self.bar is not None else 0.0
        return self.of > 0 and (self.share <= bar if self.at_most else self.share >= bar)

    @property
    def row(self) -> str:
        low, high = interval(self.hits, self.of)
        asked = "" if self.bar is None else f"{'≤' if self.at_most else '≥'} {100 * self.bar:g} %"
        told = f"{self.hits} / {self.of}" + (f" = {100 * self.share:.1f} %" if self.of else "")
        return f"| {self.name} | {told} | {100 * low:.1f} to {100 * high:.1f} % | {asked} | {self.verdict} |"


@dataclass(frozen=True)
class Cost:
    """CPU seconds, or a ratio of them. least, most: over the repeats."""

    name: str
    value: float
    bar: float
    unit: str = "CPU s"
    least: float | None = None
    most: float | None = None

    @property
    def row(self) -> str:
        spread = "" if self.least is None or self.most is None else f"{self.least:.2f} to {self.most:.2f}"
        verdict = "met" if self.value <= self.bar else "missed"
        return f"| {self.name} | {self.value:.2f} {self.unit} | {spread} | ≤ {self.bar:g} {self.unit} | {verdict} |"


HEAD = "| what | measured | range | bar | |\n|---|---|---|---|---|"
"""The range of a share is Wilson's, of 95 %; that of a cost is over the repeats."""


def interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's interval of a share; 0 to 1 of no tries."""
    if not of:
        return 0.0, 1.0
    share, wide = hits / of, SURE**2 / of
    middle = (share + wide / 2) / (1 + wide)
    reach = SURE * sqrt(share * (1 - share) / of + wide / (4 * of)) / (1 + wide)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def printed(counts: Iterable[Count | Cost]) -> None:
    """The table, then what went wrong, one line a case."""
    rows: Sequence[Count | Cost] = list(counts)
    print(HEAD)
    for row in rows:
        print(row.row)
    for row in rows:
        if isinstance(row, Count) and row.told:
            print(f"\n{row.name}:\n")
            for line in row.told:
                print(f"- {line}")
