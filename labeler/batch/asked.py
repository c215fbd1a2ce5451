"""A plan whose items are asked for, and how they are carried out on this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from labeler.batch.listener import Item
from labeler.batch.plan_file import PlanFile
from labeler.batch.standing import records_of
from labeler.rules.plan import PlanItem

Stage = Literal["all", "render", "seal"]


def as_planned(item: PlanItem) -> PlanItem:
    """Paths are here what they are in the plan."""
    return item


@dataclass(frozen=True)
class Asked:
    """How items are carried out on this machine. segments: these alone, onto the shelf; None: the items. mapped: an
    item with its paths as they are here."""

    when: datetime
    stage: Stage = "all"
    threads: int | None = None
    scratch: Path | None = None
    segments: range | None = None
    mapped: Callable[[PlanItem], PlanItem] = as_planned

    def signer_of(self, item: PlanItem) -> str | None:
        """The name of who signs the item here; None where nothing is signed."""
        return item.delivery.identity if self.stage != "render" and self.segments is None else None


@dataclass(frozen=True)
class Steps:
    """A plan, and how its items are carried out here."""

    plan: PlanFile
    asked: Asked

    def told(self, number: int, item: PlanItem) -> Item:
        """What a listener hears of an item, whose paths are as they are here."""
        return Item(number, Path(item.source.file), Path(item.output), item.preset.id, records_of(item))


def check_numbers(plan: PlanFile, numbers: Sequence[int]) -> None:
    """Raises PlanError where one is none of the plan's."""
    for number in (numbers[0], numbers[-1]):
        plan.item(number)


def frames_of(item: PlanItem) -> int:
    """How many pictures its video has; 0: nobody knows."""
    return item.rendering.total if item.rendering is not None else 0
