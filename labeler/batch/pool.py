"""Worker processes, one or several, and who hands them work: what crashes one costs one file."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar, cast

from labeler.batch.children import search_path
from labeler.batch.forked import Forked
from labeler.batch.listener import Item, Listener
from labeler.batch.watchdog import Watchdog, stalled
from labeler.batch.worker import FREE, Task, serve
from labeler.errors import Interrupted, LabelerError, Temporary
from labeler.language import say
from labeler.rules.record import Result

BEAT = 0.2  # seconds
LEAVING = 10.0  # seconds
Piece = TypeVar("Piece")
"""What a unit of work is made of, each of which comes to one result: a job, or the number of a plan's item."""
Event = tuple[str, tuple[Any, ...]]
GONE: Event = ("gone", ())


class Worker(Generic[Piece]):
    """One child process, and what it has in hand. Its answers go into `events`, with itself."""

    def __init__(
        self, task: Task, shared: object, events: queue.SimpleQueue[tuple[Worker[Piece], Event]], *, forks: bool
    ) -> None:
        """shared: what holds for all units of this task. forks: fork it off this process, or else start a new one."""
        self.unit: list[Piece] = []
        self.process = Forked(serve) if forks else start_worker()
        self.watchdog = Watchdog(self.process.pid)
        self.was_ended = False
        self.orders = cast(BinaryIO, self.process.stdin)
        threading.Thread(target=self.listen, args=(events,), daemon=True).start()
        self.send((task, shared))

    def listen(self, events: queue.SimpleQueue[tuple[Worker[Piece], Event]]) -> None:
        replies = cast(BinaryIO, self.process.stdout)
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError), replies:
            while True:
                events.put((self, pickle.load(replies)))
        events.put((self, GONE))

    def send(self, order: object) -> None:
        with contextlib.suppress(OSError):  # a worker that has died is told as an event
            pickle.dump(order, self.orders)
            self.orders.flush()

    def hand(self, unit: tuple[Piece, ...]) -> None:
        self.unit = list(unit)
        self.watchdog.hear()
        self.send(unit)

    def close(self) -> None:
        """No more work: it leaves at once where it is idle, else when what it does is stopped and cleaned up."""
        with contextlib.suppress(OSError):
            self.orders.close()

    def end_if_stalled(self) -> None:
        """Its silence is told as the event that it is gone."""
        if self.unit and not self.was_ended and self.watchdog.is_stalled():
            self.was_ended = True
            self.process.kill()

    def end(self) -> int:
        """The exit code of a worker that says no more; less than 0: minus the signal that ended it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(LEAVING)
        self.kill()
        return self.process.wait()

    def kill(self) -> None:
        self.close()
        self.process.kill()
        self.process.wait()


def start_worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        # -P: nothing is imported from the folder that labeler is run in, which may hold anything.
        [sys.executable, "-P", "-m", "labeler.batch.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ, PYTHONPATH=search_path()),
    )


class Pool(ABC, Generic[Piece]):
    """Hands units to workers, tells the listener what they tell, and puts a new one in the place of one that dies or
    that has stopped answering."""

    task: Task
    last_word = "finished"
    """What is told of an item last."""

    def __init__(
        self, units: Iterable[tuple[Piece, ...]], shared: object, count: int, heard: Listener, *, forks: bool = False
    ) -> None:
        """shared: what holds for all units. count: of workers at most. forks: whether the first one is forked."""
        self.waiting = deque(units)
        self.shared = shared
        self.count = count
        self.heard = heard
        self.forks = forks
        self.events: queue.SimpleQueue[tuple[Worker[Piece], Event]] = queue.SimpleQueue()
        self.workers: list[Worker[Piece]] = []

    def look(self) -> None:
        """Called whenever no more work may be known: who does not know it all from the start puts it into `waiting`."""

    @abstractmethod
    def number_of(self, piece: Piece) -> int:
        """Of its item."""

    @abstractmethod
    def lost(self, piece: Piece, error: Callable[[Path], LabelerError]) -> tuple[Item, Result]:
        """What a piece came to whose worker ended. error: by its source."""

    def work(self) -> None:
        """Until nothing is waiting and nothing in hand."""
        try:
            self.look()
            self.workers = [self.start() for _ in range(min(self.count, len(self.waiting)))]
            while self.waiting or self.has_work_in_hand():
                self.step()
                self.look()
        except LabelerError:  # asked to stop; or the listener cannot go on, its disk being full
            self.stop()
            raise
        finally:
            for worker in self.workers:
                worker.kill()

    def has_work_in_hand(self) -> bool:
        return any(worker.unit for worker in self.workers)

    def start(self) -> Worker[Piece]:
        # Only the first: then there is no thread yet that a fork would miss.
        forks, self.forks = self.forks, False
        worker: Worker[Piece] = Worker(self.task, self.shared, self.events, forks=forks)
        worker.hand(self.waiting.popleft())
        return worker

    def step(self) -> None:
        """Hear one event, or the silence. Raises Interrupted where the listener does."""
        heard = self.hear()
        if heard is None:
            self.heard.beat()
            return
        worker, event = heard
        if event == GONE:
            self.replace(worker)
        elif event == FREE:
            self.give_more(worker)
        else:
            self.tell(worker, event)

    def hear(self) -> tuple[Worker[Piece], Event] | None:
        """One event; None after a short silence. Workers that have stopped answering are ended meanwhile."""
        for worker in self.workers:
            worker.end_if_stalled()
        try:
            worker, event = self.events.get(timeout=BEAT)
        except queue.Empty:
            return None
        worker.watchdog.hear()
        return worker, event

    def tell(self, worker: Worker[Piece], event: Event) -> None:
        name, arguments = event
        if name == self.last_word:
            worker.unit = [piece for piece in worker.unit if self.number_of(piece) != arguments[0].number]
        getattr(self.heard, name)(*arguments)
        if name == "finished" and arguments[1].status == "interrupted":
            # By a signal to this worker alone: the others go on, and take the rest. By one to all: we are to stop, too.
            self.put_back(worker)
            self.heard.beat()

    def put_back(self, worker: Worker[Piece]) -> None:
        if worker.unit:
            self.waiting.appendleft(tuple(worker.unit))
        worker.unit = []

    def give_more(self, worker: Worker[Piece]) -> None:
        worker.unit = []
        self.look()
        if self.waiting:
            worker.hand(self.waiting.popleft())
        else:
            worker.close()

    def replace(self, worker: Worker[Piece]) -> None:
        """Its process is gone. In the middle of a file, that file has failed; a new worker takes what is left."""
        code = worker.end()
        self.workers.remove(worker)
        self.tell_lost(worker, code)
        self.put_back(worker)
        self.look()
        if self.waiting:
            self.workers.append(self.start())

    def tell_lost(self, worker: Worker[Piece], code: int) -> None:
        if worker.unit:
            error = stalled if worker.was_ended else lambda source: died(source, code)
            self.tell(worker, (self.last_word, self.lost(worker.unit[0], error)))

    def stop(self) -> None:
        """Every worker stops at the next moment where it can clean up; what was in hand is told as interrupted."""
        for worker in self.workers:
            worker.close()
            worker.watchdog.hurry()
        running = len(self.workers)
        while running:
            heard = self.hear()
            if heard is None:
                continue
            worker, event = heard
            if event == GONE:
                running -= 1
                if worker.was_ended:
                    self.tell_lost(worker, worker.end())
            elif event[0] == "finished":
                self.tell_stopped(worker, event)

    def tell_stopped(self, worker: Worker[Piece], event: Event) -> None:
        """The last word of an item, once nobody is asked any more whether to go on."""
        with contextlib.suppress(Interrupted):
            self.tell(worker, event)


def died(path: Path, code: int) -> LabelerError:
    """The error of a file whose worker ended by itself: by a signal of the system, or in silence."""
    if code == -signal.SIGKILL:
        return Temporary(
            say(
                f"{path}: the system killed the process that labelled this file, most likely for want of memory.",
                f"{path} : le système a tué le processus qui traitait ce fichier, sans doute faute de mémoire.",
            ),
            remedy=say(
                "Run it again with fewer --jobs, or with less else at work on this machine.",
                "Relancez avec moins de --jobs, ou quand cette machine a moins d'autre travail.",
            ),
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
