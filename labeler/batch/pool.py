"""Several files at once, each in a worker process; who listens hears one process."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, BinaryIO, cast

from labeler.batch.children import search_path
from labeler.batch.listener import Item, Listener
from labeler.batch.outcome import failure
from labeler.batch.request import Batch, Job
from labeler.batch.run import is_enough, not_started, plan_jobs, run, tell_refused
from labeler.batch.worker import FREE, Task
from labeler.errors import LabelerError, Temporary
from labeler.language import say
from labeler.processors import affinity
from labeler.rules.plan import FileReference
from labeler.rules.record import Result

BEAT = 0.2  # seconds
LEAVING = 10.0  # seconds
CORES_A_JOB = 4
"""What one encoder keeps busy on its own, at 1080p."""
Unit = tuple[Job, ...]
"""What a worker takes at a time: one source with all its presets, so that it is read once."""
Event = tuple[str, tuple[Any, ...]]
GONE: Event = ("gone", ())


def carry_out(batch: Batch, jobs: int = 0, listener: Listener | None = None) -> tuple[Result, ...]:
    """Do every job, `jobs` at a time, each in a process of its own; 0: one after the other in this process.

    Returns one result each, in the order of the batch. Raises nothing but Interrupted, once clean-up is done and told.
    """
    if jobs == 0:
        return run(batch, listener)
    return Pool(batch, jobs, listener or Listener()).run()


def plan_out(batch: Batch, jobs: int, listener: Listener) -> None:
    """Plan every job, `jobs` at a time, each in a process of its own; 0: one after the other in this process. The
    listener is told what each came to (`planned`), in any order. Raises nothing but Interrupted."""
    for number, refused in enumerate(batch.refused):
        reason = failure(refused.error, FileReference(file=str(refused.path)))
        listener.planned(Item(number, refused.path), reason)
    if jobs == 0:
        plan_jobs(batch, listener)
    else:
        PlanningPool(batch, jobs, listener, task="plan").work()


def jobs_at_once(batch: Batch, asked: int | None) -> int:
    """For a command: a single item needs no process of its own, since nothing else is lost with it."""
    if len(batch.jobs) < 2:
        return 0
    return asked or max(1, affinity() // CORES_A_JOB)


def units_of(jobs: Sequence[Job], workers: int) -> Iterator[Unit]:
    """By source; where that leaves workers idle, each job by itself, and the source is read more than once."""
    by_source = [tuple(group) for _, group in groupby(jobs, key=lambda job: job.source.path)]
    yield from by_source if len(by_source) >= workers else ((job,) for job in jobs)


class Worker:
    """One child process, and what it has in hand. Its answers go into `events`, with itself."""

    def __init__(self, task: Task, batch: Batch, events: queue.SimpleQueue[tuple[Worker, Event]]) -> None:
        self.unit: list[Job] = []
        self.process = subprocess.Popen(
            # -P: nothing is imported from the folder that labeler is run in, which may hold anything.
            [sys.executable, "-P", "-m", "labeler.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(os.environ, PYTHONPATH=search_path()),
        )
        self.orders = cast(BinaryIO, self.process.stdin)
        threading.Thread(target=self.listen, args=(events,), daemon=True).start()
        self.send((task, batch))

    def listen(self, events: queue.SimpleQueue[tuple[Worker, Event]]) -> None:
        replies = cast(BinaryIO, self.process.stdout)
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError), replies:
            while True:
                events.put((self, pickle.load(replies)))
        events.put((self, GONE))

    def send(self, order: tuple[Task, Batch] | Unit) -> None:
        with contextlib.suppress(OSError):  # a worker that has died is told as an event
            pickle.dump(order, self.orders)
            self.orders.flush()

    def hand(self, unit: Unit) -> None:
        self.unit = list(unit)
        self.send(unit)

    def close(self) -> None:
        """No more work: it leaves at once where it is idle, else when what it does is stopped and cleaned up."""
        with contextlib.suppress(OSError):
            self.orders.close()

    def end(self) -> int:
        """The exit code of a worker that says no more; less than 0: minus the signal that ended it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(LEAVING)
        self.kill()
        return self.process.returncode

    def kill(self) -> None:
        self.close()
        self.process.kill()
        self.process.wait()


class Pool:
    """Hands units to workers, tells the listener what they tell, and puts a new one in the place of one that dies."""

    last_word = "finished"
    """What is told of an item last."""

    def __init__(self, batch: Batch, count: int, heard: Listener, *, task: Task = "label") -> None:
        self.batch = batch
        self.task = task
        self.heard = heard
        self.waiting = deque(units_of(batch.jobs, count))
        self.count = min(count, len(self.waiting))
        threads = batch.request.threads or max(1, affinity() // max(1, self.count))
        self.shared = replace(batch.for_worker(), request=replace(batch.request, threads=threads))
        self.events: queue.SimpleQueue[tuple[Worker, Event]] = queue.SimpleQueue()
        self.workers: list[Worker] = []
        self.results: dict[int, Result] = {}

    def run(self) -> tuple[Result, ...]:
        self.results.update(enumerate(tell_refused(self.batch, self.heard)))
        self.work()
        for job in self.batch.jobs:
            if job.number not in self.results:
                self.results[job.number] = not_started(job.source.path)
                self.heard.finished(job.item, self.results[job.number])
        return tuple(self.results[number] for number in sorted(self.results))

    def work(self) -> None:
        """Until nothing is waiting and nothing in hand."""
        try:
            self.workers = [self.start() for _ in range(self.count)]
            while self.waiting or any(worker.unit for worker in self.workers):
                self.step()
        except LabelerError:  # asked to stop; or the listener cannot go on, its disk being full
            self.stop()
            raise
        finally:
            for worker in self.workers:
                worker.kill()

    def start(self) -> Worker:
        worker = Worker(self.task, self.shared, self.events)
        worker.hand(self.waiting.popleft())
        return worker

    def step(self) -> None:
        """Hear one event, or the silence. Raises Interrupted where the listener does."""
        try:
            worker, event = self.events.get(timeout=BEAT)
        except queue.Empty:
            self.heard.beat()
            return
        if event == GONE:
            self.replace(worker)
        elif event == FREE:
            self.give_more(worker)
        else:
            self.tell(worker, event)

    def tell(self, worker: Worker, event: Event) -> None:
        name, arguments = event
        if name == "finished":
            item, result = arguments
            self.results[item.number] = result
            worker.unit = [job for job in worker.unit if job.number != item.number]
            if result.status == "interrupted":  # a signal to this worker alone: the others go on, and take the rest
                self.put_back(worker)
            if is_enough(self.results.values(), self.batch):
                self.waiting.clear()
        getattr(self.heard, name)(*arguments)

    def put_back(self, worker: Worker) -> None:
        if worker.unit:
            self.waiting.appendleft(tuple(worker.unit))
        worker.unit = []

    def give_more(self, worker: Worker) -> None:
        if self.waiting:
            worker.hand(self.waiting.popleft())
        else:
            worker.close()

    def replace(self, worker: Worker) -> None:
        """Its process is gone. In the middle of a file, that file has failed; a new worker takes what is left."""
        code = worker.end()
        self.workers.remove(worker)
        if worker.unit:
            lost = worker.unit[0]
            self.tell(worker, (self.last_word, (lost.item, failure(died(lost, code), reference(lost)))))
            self.put_back(worker)
        if self.waiting:
            self.workers.append(self.start())

    def stop(self) -> None:
        """Every worker stops at the next moment where it can clean up; what was in hand is told as interrupted."""
        for worker in self.workers:
            worker.close()
        running = len(self.workers)
        while running:
            worker, event = self.events.get()
            if event == GONE:
                running -= 1
            elif event[0] == "finished":
                self.tell(worker, event)


class PlanningPool(Pool):
    """The same for planning: nothing is kept of what is told."""

    last_word = "planned"

    def tell(self, worker: Worker, event: Event) -> None:
        name, arguments = event
        if name == self.last_word:
            worker.unit = [job for job in worker.unit if job.number != arguments[0].number]
        getattr(self.heard, name)(*arguments)


def reference(job: Job) -> FileReference:
    return FileReference(file=str(job.source.path))


def died(job: Job, code: int) -> LabelerError:
    """The error of a file whose worker ended by itself: by a signal of the system, or in silence."""
    path = job.source.path
    if code == -signal.SIGKILL:
        return Temporary(
            say(
                f"{path}: the system killed the process that labelled this file, most likely for want of memory.",
                f"{path} : le système a tué le processus qui traitait ce fichier, sans doute faute de mémoire.",
            ),
            remedy=say("Run it again with fewer --jobs.", "Relancez avec moins de --jobs."),
            file=str(path),
        )
    how = signal.Signals(-code).name if code < 0 else str(code)
    return LabelerError(
        say(
            f"{path}: the process that labelled this file broke down ({how}).",
            f"{path} : le processus qui traitait ce fichier s'est effondré ({how}).",
        ),
        file=str(path),
    )
