"""The jobs of a batch, several files at once, each in a worker process; who listens hears one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from labeler.batch.listener import Item, Listener
from labeler.batch.outcome import failure
from labeler.batch.pool import Event, Pool, Worker
from labeler.batch.request import Batch, Job
from labeler.batch.run import is_enough, not_started, plan_jobs, run, tell_refused
from labeler.errors import LabelerError
from labeler.processors import affinity
from labeler.release import sweep
from labeler.rules.plan import FileReference
from labeler.rules.record import Result

CORES_A_JOB = 4
"""What one encoder keeps busy on its own, at 1080p."""


def carry_out(
    batch: Batch, jobs: int = 0, listener: Listener | None = None, *, forks: bool = False
) -> tuple[Result, ...]:
    """Do every job, `jobs` at a time, each in a process of its own; 0: one after the other in this process.

    forks: in place of this process, in one that is forked off it (`batch.forked` says when that may be).
    Returns one result each, in the order of the batch. Raises nothing but Interrupted, once clean-up is done and told.
    """
    heard = listener or Listener()
    if jobs > 0:
        return LabelPool(batch, jobs, heard).run()
    return LabelPool(batch, 1, heard, forks=True).run() if forks else run(batch, heard)


def plan_out(batch: Batch, jobs: int, listener: Listener) -> None:
    """Plan every job, `jobs` at a time, each in a process of its own; 0: one after the other in this process. The
    listener is told what each came to (`planned`), in any order. Raises nothing but Interrupted."""
    for number, refused in enumerate(batch.refused):
        reason = failure(refused.error, FileReference(file=str(refused.path)))
        listener.planned(Item(number, refused.path), reason)
    if jobs == 0:
        plan_jobs(batch, listener)
    else:
        PlanningPool(batch, jobs, listener).work()


def jobs_at_once(batch: Batch, asked: int | None) -> int:
    """For a command, 0: a single item needs no process that is started for it."""
    if len(batch.jobs) < 2:
        return 0
    return asked or max(1, affinity() // CORES_A_JOB)


def units_of(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, ...]]:
    """By source; where that leaves workers idle, each job by itself, and the source is read more than once."""
    by_source = [tuple(group) for _, group in groupby(jobs, key=lambda job: job.source.path)]
    yield from by_source if len(by_source) >= workers else ((job,) for job in jobs)


class JobPool(Pool[Job]):
    """The jobs of a batch."""

    def __init__(self, batch: Batch, count: int, heard: Listener, *, forks: bool = False) -> None:
        self.batch = batch
        units = list(units_of(batch.jobs, count))
        shared = batch.for_worker()
        if not forks:
            threads = batch.request.threads or max(1, affinity() // max(1, min(count, len(units))))
            shared = replace(shared, request=replace(batch.request, threads=threads))
        super().__init__(units, shared, count, heard, forks=forks)

    def number_of(self, piece: Job) -> int:
        return piece.number

    def lost(self, piece: Job, error: Callable[[Path], LabelerError]) -> tuple[Item, Result]:
        path = piece.source.path
        sweep(piece.output, self.batch.request.records, self.batch.request.scratch)
        return piece.item, failure(error(path), FileReference(file=str(path)))


class LabelPool(JobPool):
    """Labels them, and keeps what they came to."""

    task = "label"

    def __init__(self, batch: Batch, count: int, heard: Listener, *, forks: bool = False) -> None:
        super().__init__(batch, count, heard, forks=forks)
        self.results: dict[int, Result] = {}

    def run(self) -> tuple[Result, ...]:
        self.results.update(enumerate(tell_refused(self.batch, self.heard)))
        self.work()
        for job in self.batch.jobs:
            if job.number not in self.results:
                self.results[job.number] = not_started(job.source.path)
                self.heard.finished(job.item, self.results[job.number])
        return tuple(self.results[number] for number in sorted(self.results))

    def tell(self, worker: Worker[Job], event: Event) -> None:
        name, arguments = event
        if name == self.last_word:
            item, result = arguments
            self.results[item.number] = result
        super().tell(worker, event)
        if name == self.last_word and is_enough(self.results.values(), self.batch):
            self.waiting.clear()


class PlanningPool(JobPool):
    """Plans them: nothing is kept of what is told."""

    task = "plan"
    last_word = "planned"
