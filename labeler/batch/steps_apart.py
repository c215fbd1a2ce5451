"""The items of a plan in a process of their own, watched by the one that was asked for them: a crash or a hang costs
one item, and its result is written down as any other's. What is done already is told without that process, and none is
started before there is work for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from labeler.batch.asked import Steps, check_numbers
from labeler.batch.finished import teller
from labeler.batch.listener import Item, Listener
from labeler.batch.outcome import failure
from labeler.batch.pool import Pool
from labeler.batch.results import write_result
from labeler.batch.standing import records_of
from labeler.errors import LabelerError
from labeler.release import sweep
from labeler.rules.record import Result


def run_steps_apart(steps: Steps, numbers: Sequence[int], listener: Listener) -> None:
    """What `batch.steps.run_steps` does, in a process that is forked off this one (`batch.forked` says when that may
    be). What each item came to is told, and not kept: a plan may have any number of them. Raises the same, and
    IdentityError."""
    check_numbers(steps.plan, numbers)
    StepPool(steps, numbers, listener).work()


class StepPool(Pool[int]):
    """One worker, one item at a time."""

    task = "step"

    def __init__(self, steps: Steps, numbers: Sequence[int], heard: Listener) -> None:
        """Raises IdentityError."""
        super().__init__((), steps, 1, heard, forks=True)
        self.steps = steps
        self.items = steps.plan.items(numbers)
        self.tell_finished = teller(steps)

    def look(self) -> None:
        """To the next item that is not done already, once the one before it is done."""
        while not self.waiting and not self.has_work_in_hand():
            found = next(self.items, None)
            if found is None:
                return
            number, planned = found
            self.heard.beat()
            if not self.tell_finished(number, planned, self.heard):
                self.waiting.append((number,))

    def number_of(self, piece: int) -> int:
        return piece

    def lost(self, piece: int, error: Callable[[Path], LabelerError]) -> tuple[Item, Result]:
        asked = self.steps.asked
        item = asked.mapped(self.steps.plan.item(piece))
        sweep(Path(item.output), records_of(item), asked.scratch)
        result = failure(error(Path(item.source.file)), item.source, item.id)
        result = result.model_copy(update={"preset": item.preset})
        write_result(self.steps.plan, piece, result)
        return self.steps.told(piece, item), result
