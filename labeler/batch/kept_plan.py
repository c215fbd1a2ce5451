"""The plan that a `label` carried out, kept in the cache folder with what became of each item, in the form that
`labeler plan` and `labeler step` write: `labeler collect` tells of it again, `labeler step` does one item once more.

Items stand in the order in which they were planned. It can be lost, and is no truth about outputs, which their records
are: nothing here is synced, and a cache that cannot be written is no reason not to label.
"""

from __future__ import annotations

import contextlib
import shutil
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from labeler.batch.journal import journal_of
from labeler.batch.listener import Item, Listener, Relaying
from labeler.batch.plan_file import PlanFile, results_of
from labeler.batch.request import Request
from labeler.batch.results import result_path, write_refused
from labeler.errors import LabelerError
from labeler.rules.plan import PlanItem
from labeler.rules.record import Result

ENDING = ".plan.jsonl"
KEPT = 20
"""Plans of different commands; one more, and the oldest goes."""


def plan_of(request: Request) -> Path:
    """One for each command, as its journal."""
    return journal_of(request).with_suffix(ENDING)


@contextlib.contextmanager
def keeping_plan(path: Path, heard: Listener) -> Iterator[Listener]:
    """A listener in place of `heard`, which writes down the plan and the results in place of those of the last time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        forget(path)
        make_room(path.parent)
        file = path.open("w", encoding="utf-8")
    except OSError:
        yield heard
        return
    kept = KeptPlan(path, file, heard)
    try:
        yield kept
    finally:
        kept.close()


def make_room(folder: Path) -> None:
    plans = sorted(folder.glob("*" + ENDING), key=lambda plan: plan.stat().st_mtime_ns)
    for plan in plans[: max(0, len(plans) - KEPT + 1)]:
        forget(plan)


def forget(plan: Path) -> None:
    plan.unlink(missing_ok=True)
    shutil.rmtree(results_of(plan), ignore_errors=True)


class KeptPlan(Relaying):
    """Writes down each item as it is planned, and each result."""

    def __init__(self, path: Path, file: TextIO, heard: Listener) -> None:
        super().__init__(heard)
        self.plan = PlanFile(path, array("Q"))
        self.file = file
        self.items: dict[int, tuple[int, PlanItem]] = {}
        self.count = 0
        self.refused: list[Result] = []

    def planned(self, item: Item, planned: PlanItem | Result) -> None:
        if isinstance(planned, PlanItem):
            with contextlib.suppress(OSError, ValueError):  # ValueError: a name that JSON cannot hold
                self.file.write(planned.model_dump_json(by_alias=True) + "\n")
                self.file.flush()
                self.items[item.number] = self.count, planned
                self.count += 1
        self.heard.planned(item, planned)

    def finished(self, item: Item, result: Result) -> None:
        found = self.items.pop(item.number, None)
        if found is None:
            self.refused.append(result)
        else:
            number, planned = found
            result_here = result.model_copy(update={"id": planned.id, "preset": planned.preset})
            with contextlib.suppress(OSError, ValueError):
                self.plan.results.mkdir(exist_ok=True)
                result_path(self.plan, number).write_text(
                    result_here.model_dump_json(by_alias=True) + "\n", encoding="utf-8"
                )
        self.heard.finished(item, result)

    def close(self) -> None:
        with contextlib.suppress(OSError, ValueError, LabelerError):
            self.file.close()
            if self.refused:
                write_refused(self.plan.path, self.refused)
