"""A process of its own that labels, or plans, what it is handed: what crashes it costs one file, never the batch.

Its parent writes pickles to its standard input: the task and what holds for all of it (the batch without its jobs, or
the plan), then units of work. It answers on its standard output with pairs of a `Listener` method's name and the
arguments, and `FREE` after each unit. When the parent closes the pipe, or is gone, the work in hand is stopped and
cleaned up.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import FrameType, MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from labeler.batch.listener import Item, Listener
from labeler.errors import Interrupted
from labeler.language import say
from labeler.progress import Phase
from labeler.rules.plan import PlanItem
from labeler.rules.record import Result

if TYPE_CHECKING:
    from labeler.batch.asked import Steps
    from labeler.batch.request import Batch

Task = Literal["label", "plan", "step"]
Work = Callable[[tuple[Any, ...], Listener], object]
"""One unit of work, done; whatever becomes of it is told."""
FREE = ("free", ())
TELL_EVERY = 0.1  # seconds between two tellings of one phase


class Relay(Listener):
    """Tells the parent all it hears, progress not more often than a person can see."""

    def __init__(self, replies: BinaryIO, gone: threading.Event) -> None:
        self.replies = replies
        self.gone = gone
        self.phase: tuple[Item, Phase] | None = None
        self.told = 0.0

    def started(self, item: Item) -> None:
        self.send("started", (item,))

    def surveyed(self, item: Item, frames: int) -> None:
        self.send("surveyed", (item, frames))

    def progress(self, item: Item, phase: Phase, share: float) -> None:
        if self.gone.is_set():
            raise Interrupted(
                say("stopped; nothing half-written is left.", "arrêté ; aucun fichier inachevé ne reste.")
            )
        now = time.monotonic()
        if self.phase != (item, phase) or share >= 1.0 or now - self.told >= TELL_EVERY:
            self.phase, self.told = (item, phase), now
            self.send("progress", (item, phase, share))

    def planned(self, item: Item, planned: PlanItem | Result) -> None:
        self.send("planned", (item, planned))

    def finished(self, item: Item, result: Result) -> None:
        self.send("finished", (item, result))

    def send(self, name: str, arguments: tuple[Any, ...]) -> None:
        try:
            pickle.dump((name, arguments), self.replies)
            self.replies.flush()
        except OSError:
            self.gone.set()  # nobody reads any more: the next progress stops the work


# What a task needs is loaded by the process that does it, and not by the one that hands it out.


def labelling(batch: Batch) -> Work:
    from labeler.batch.run import run

    return lambda jobs, heard: run(replace(batch, jobs=jobs), heard)


def planning(batch: Batch) -> Work:
    from labeler.batch.run import plan_jobs

    return lambda jobs, heard: plan_jobs(replace(batch, jobs=jobs), heard)


def stepping(steps: Steps) -> Work:
    from labeler.batch.steps import stepper

    step = stepper(steps)
    return lambda numbers, heard: [step(number, heard) for number in numbers]


TASKS: Mapping[Task, Callable[[Any], Work]] = MappingProxyType({"label": labelling, "plan": planning, "step": stepping})


def serve(orders: BinaryIO, replies: BinaryIO) -> None:
    """The whole life of the process."""
    gone = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, and it is the parent who stops us

    def stop(number: int, frame: FrameType | None) -> None:
        gone.set()

    signal.signal(signal.SIGTERM, stop)
    task, shared = pickle.load(orders)
    work = TASKS[task](shared)
    waiting: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(orders, waiting, gone), daemon=True).start()
    relay = Relay(replies, gone)
    while (unit := waiting.get()) is not None:
        try:
            work(unit, relay)
        except Interrupted:  # its result was told
            break
        relay.send(*FREE)
    # What is left in the buffer after the parent's end would fail on the way out.
    os._exit(0)


def private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the parent, out of reach of a native library that prints: descriptor 1 becomes standard error."""
    orders, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return os.fdopen(orders, "rb"), os.fdopen(replies, "wb")


def listen(orders: BinaryIO, waiting: queue.SimpleQueue[tuple[Any, ...] | None], gone: threading.Event) -> None:
    """Hands on what the parent orders; the end of the pipe stops the work."""
    try:
        while True:
            waiting.put(pickle.load(orders))
    except (EOFError, OSError):
        gone.set()
        waiting.put(None)


if __name__ == "__main__":
    serve(*private_streams())
