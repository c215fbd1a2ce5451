"""The rounds of a job: which of them a plan needs, the tasks of each, and what each waits for.

Where no item is cut there is one round over all items (`label`), or two where other machines sign (`seal`). Of a plan
with items that are cut, their segments are a round of their own, and `join` makes the items of them; the items that
are whole go their way beside both, and wait for neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Name = Literal["segment", "label", "join", "seal"]
Stage = Literal["all", "render", "seal"]


@dataclass(frozen=True)
class Cut:
    """An item, and into how many segments the plan cuts its full render."""

    item: int
    segments: int


@dataclass(frozen=True)
class Task:
    """items: as `--item` takes them, `N` or `N-M`. segments: of that item, as `--segment` takes them; None: it is about
    the items themselves."""

    items: str
    segments: str | None = None


@dataclass(frozen=True)
class Work:
    """One round. stage: of its steps. after: the rounds that must be over before it begins."""

    name: Name
    stage: Stage
    after: tuple[Name, ...] = ()

    @property
    def is_for_signers(self) -> bool:
        return self.stage == "seal"

    @property
    def is_of_cuts(self) -> bool:
        """Whether it is about the items that are cut, and no others."""
        return self.name in ("segment", "join")


def rounds(items: int, cuts: Sequence[Cut], *, signers: bool) -> tuple[Work, ...]:
    """In an order in which each comes behind those that it waits for: the segments first, since they take longest."""
    stage: Stage = "render" if signers else "all"
    works = [Work("segment", "all")] if cuts else []
    works += [Work("label", stage)] if len(cuts) < items else []
    works += [Work("join", stage, ("segment",))] if cuts else []
    works += [Work("seal", "seal", ends(works))] if signers else []
    return tuple(works)


def ends(works: Sequence[Work]) -> tuple[Name, ...]:
    """The rounds that no other one of these waits for."""
    awaited = {name for work in works for name in work.after}
    return tuple(work.name for work in works if work.name not in awaited)


def whole_runs(items: int, cuts: Sequence[Cut]) -> Iterator[range]:
    """The items that are not cut, as runs of neighbours."""
    edges = [-1, *(cut.item for cut in cuts), items]
    yield from (range(before + 1, after) for before, after in pairwise(edges) if after - before > 1)


def pieces(run: range, size: int) -> Iterator[str]:
    """A run of numbers in ranges of so many, as flags take them."""
    for first in range(run.start, run.stop, size):
        yield spelled(range(first, min(first + size, run.stop)))


def spelled(run: range) -> str:
    return str(run.start) if len(run) == 1 else f"{run.start}-{run.stop - 1}"


def least_size(lengths: Sequence[int], most: int | None) -> int | None:
    """The least number of things a task, none of two runs, with which runs of these lengths are at most so many tasks.
    most: None for any number. None where there is no such size: there are more runs than that."""
    if most is None or not lengths:
        return 1
    if len(lengths) > most:
        return None
    size = max(1, -(-sum(lengths) // most))
    while sum(-(-length // size) for length in lengths) > most:
        size += 1
    return size
