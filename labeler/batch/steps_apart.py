"""The items of a plan in a process of its own, watched by the one that was asked for them: a crash or a hang costs one
item, and its result is written down as any other's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from labeler.batch.existing import records_of
from labeler.batch.listener import Item, Listener
from labeler.batch.outcome import failure
from labeler.batch.pool import Event, Pool, Worker
from labeler.batch.results import write_result
from labeler.batch.steps import Steps, check_numbers
from labeler.errors import LabelerError
from labeler.release import sweep
from labeler.rules.record import Result


def run_steps_apart(steps: Steps, numbers: Sequence[int], listener: Listener) -> list[Result]:
    """What `batch.steps.run_steps` does, in a process that is forked off this one (`batch.forked` says when that may
    be). Raises the same."""
    check_numbers(steps.plan, numbers)
    pool = StepPool(steps, numbers, listener)
    pool.work()
    return pool.results


class StepPool(Pool[int]):
    """One worker, one item at a time."""

    task = "step"

    def __init__(self, steps: Steps, numbers: Sequence[int], heard: Listener) -> None:
        super().__init__(((number,) for number in numbers), steps, 1, heard, forks=True)
        self.steps = steps
        self.results: list[Result] = []

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

    def tell(self, worker: Worker[int], event: Event) -> None:
        name, arguments = event
        if name == self.last_word:
            self.results.append(arguments[1])
        super().tell(worker, event)
