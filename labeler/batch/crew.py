"""The segments of one long file, each rendered in a process of its own: what crashes costs a segment, which is tried
once more."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from labeler.batch.children import search_path
from labeler.batch.forked import IS_POSSIBLE, leave_with_parent
from labeler.batch.watchdog import Watchdog, stalled
from labeler.errors import LabelerError
from labeler.language import say
from labeler.media.rendering import Run
from labeler.media.segment import Segment
from labeler.media.ways.segmented import segment_path
from labeler.pipeline import Order
from labeler.processors import affinity
from labeler.shelf import shelved

BEAT = 0.2  # seconds
TRIES = 2
"""How often a segment is begun before the file is given up."""
GONE = None
Event = tuple["Child", Any]


def carry(order: Order, runs: Sequence[Run], folder: Path, shelf: Path | None = None) -> Sequence[Segment]:
    """Render each run in a process of its own, as many at once as the order has threads. See `pipeline.Carrier`.

    shelf: where some may wait already; None: nowhere.
    Raises what rendering raises, LabelerError where a process broke down twice, and what the order's progress raises.
    """
    crew = Crew(order, runs, folder)
    if shelf is not None:
        crew.take_from(shelf)
    return crew.run()


class Child:
    """A process that renders one segment. What it tells goes into `events`, with itself."""

    def __init__(self, number: int, task: tuple[Any, ...], events: queue.SimpleQueue[Event]) -> None:
        self.number = number
        self.process = subprocess.Popen(
            # -P: nothing is imported from the folder that labeler is run in, which may hold anything.
            [sys.executable, "-P", "-m", "labeler.batch.segment_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(os.environ, PYTHONPATH=search_path()),
            # One that hangs in its encoder would not hear that its parent is gone.
            preexec_fn=leave_with_parent() if IS_POSSIBLE else None,
        )
        self.watchdog = Watchdog(self.process.pid)
        self.was_ended = False
        threading.Thread(target=self.listen, args=(events,), daemon=True).start()
        with contextlib.suppress(OSError):  # a process that has died is told as an event
            orders = cast(BinaryIO, self.process.stdin)
            pickle.dump(task, orders)
            orders.flush()

    def listen(self, events: queue.SimpleQueue[Event]) -> None:
        replies = cast(BinaryIO, self.process.stdout)
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError), replies:
            while True:
                events.put((self, pickle.load(replies)))
        events.put((self, GONE))

    def end_if_stalled(self) -> None:
        """Its silence is told as the event that it is gone."""
        if not self.was_ended and self.watchdog.is_stalled():
            self.was_ended = True
            self.process.kill()

    def end(self) -> int:
        """Its exit code; less than 0: minus the signal that ended it. One that still runs is killed."""
        with contextlib.suppress(OSError):
            cast(BinaryIO, self.process.stdin).close()
        if self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self.process.wait(BEAT)
        self.process.kill()
        return self.process.wait()


@dataclass
class Crew:
    """One file while its segments are rendered."""

    order: Order
    runs: Sequence[Run]
    folder: Path
    events: queue.SimpleQueue[Event] = field(default_factory=queue.SimpleQueue)
    running: dict[int, Child] = field(default_factory=dict)
    done: dict[int, Segment] = field(default_factory=dict)
    shares: dict[int, float] = field(default_factory=dict)
    tries: Counter[int] = field(default_factory=Counter)

    def run(self) -> list[Segment]:
        threads = self.order.threads or affinity()
        at_once = max(1, min(len(self.runs) - len(self.done), threads))
        waiting = deque(number for number in range(len(self.runs)) if number not in self.done)
        try:
            while len(self.done) < len(self.runs):
                while waiting and len(self.running) < at_once:
                    self.start(waiting.popleft(), max(1, threads // at_once))
                lost = self.step()
                waiting.extend(() if lost is None else (lost,))
        finally:
            for child in self.running.values():
                child.end()
        return [self.done[number] for number in range(len(self.runs))]

    def take_from(self, shelf: Path) -> None:
        for number, run in enumerate(self.runs):
            if (segment := shelved(self.order.item, number, run, shelf)) is not None:
                self.done[number], self.shares[number] = segment, 1.0

    def start(self, number: int, threads: int) -> None:
        target = segment_path(self.folder, number, Path(self.order.item.source.file).suffix)
        task = (self.order.item, self.runs[number], target, threads)
        self.tries[number] += 1
        self.running[number] = Child(number, task, self.events)

    def step(self) -> int | None:
        """Hear one event, or the silence. The number of a segment that is to be begun again; else None."""
        self.order.progress("render", self.share())
        for running in self.running.values():
            running.end_if_stalled()
        try:
            child, event = self.events.get(timeout=BEAT)
        except queue.Empty:
            return None
        child.watchdog.hear()
        number = child.number
        if isinstance(event, LabelerError):
            raise event
        if isinstance(event, float):
            self.shares[number] = event
        elif isinstance(event, Segment):
            self.done[number] = event
        elif self.running.get(number) is child:
            del self.running[number]
            return self.gone(child)
        return None

    def gone(self, child: Child) -> int | None:
        """Its process is gone: done, or lost. Raises LabelerError where it was lost before, Stalled where it hung."""
        code, number = child.end(), child.number
        if number in self.done:
            return None
        if self.tries[number] >= TRIES:
            if child.was_ended:
                raise stalled(Path(self.order.item.source.file))
            raise broke_down(self.order.item.source.file, number, code)
        self.shares[number] = 0.0
        return number

    def share(self) -> float:
        """Of all pictures, those that are rendered."""
        parts = ((run.stop - run.start) * self.shares.get(number, 0.0) for number, run in enumerate(self.runs))
        return min(1.0, sum(parts) / self.runs[-1].stop)


def broke_down(path: str, number: int, code: int) -> LabelerError:
    how = signal.Signals(-code).name if code < 0 else str(code)
    return LabelerError(
        say(
            f"{path}: the process that rendered segment {number} broke down twice ({how}).",
            f"{path} : le processus qui rendait le segment {number} s'est effondré deux fois ({how}).",
        ),
        file=path,
    )
