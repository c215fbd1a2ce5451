"""Where a step stands, in the lines that farms read (`--farm`).

`openjd` prints what Open Job Description reads, at the start of a line; `generic` one line that Tractor (start of the
line), Deadline 10 and Afanasy read at once. The percent is whole, since the latter two stop at a decimal point, and
never goes back. A farm takes a silent task for a dead one, so a line is repeated while nothing changes.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TextIO

from labeler.batch.listener import Item, Listener
from labeler.language import say
from labeler.letters import safe
from labeler.progress import Phase, overall
from labeler.rules.record import Result
from labeler.words import phase_name, status_name

Kind = Literal["openjd", "generic", "none"]
Asked = Literal["auto", "openjd", "generic", "none"]
SESSION = "OPENJD_SESSION_WORKING_DIR"
OF_FARMS = ("CUE_FRAME_ID", "AF_TASK_ID", "SLURM_JOB_ID", "DEADLINE_JOB_ID", "TRACTOR_ENGINE")
"""Variables of which one is set in a task of OpenCue, Afanasy, SLURM, Deadline, Tractor. A farm that sets none is told
by the missing terminal."""
LEAST_PAUSE = 2.0
"""Seconds between two lines while the percent moves."""
MOST_UNFINISHED = 0.999
"""Share of an item that has no result yet: the whole is told when its output is there."""
SILENCE = 25.0
LOOK_EVERY = 4.0
"""Seconds after which the last line is repeated, and between two looks at the clock: together less than 30."""


def farm_kind(asked: Asked, environ: Mapping[str, str], *, is_terminal: bool) -> Kind:
    """Whose lines to print. is_terminal: whether a person looks at them."""
    if asked != "auto":
        return asked
    if environ.get(SESSION):
        return "openjd"
    return "generic" if not is_terminal or any(environ.get(name) for name in OF_FARMS) else "none"


class FarmLines:
    """Prints the lines of one kind. Called from several threads.

    write: one whole line without its end, flushed. clock: seconds, never going back.
    """

    def __init__(self, kind: Kind, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.kind = kind
        self.write = write
        self.clock = clock
        self.percent = 0
        self.status = ""
        self.told_percent = -1
        self.told_status = ""
        self.told_at = float("-inf")
        self.lock = threading.Lock()

    def tell(self, share: float, status: str) -> None:
        """share: of the whole step, 0 to 1. status: where it stands, for people."""
        with self.lock:
            self.percent = max(self.percent, min(100, int(share * 100 + 1e-9)))
            self.status = safe(status)
            now = self.clock()
            is_last = self.percent == 100
            if self.percent > self.told_percent and (is_last or now - self.told_at >= LEAST_PAUSE):
                self.print(now)

    def tick(self) -> None:
        """Repeat the last line after a silence."""
        with self.lock:
            now = self.clock()
            if now - self.told_at >= SILENCE:
                self.print(now)

    def print(self, now: float) -> None:
        self.told_percent, self.told_at = self.percent, now
        if self.kind == "generic":
            self.write(f"{self.percent}% done Progress: {self.percent}% PROGRESS: {self.percent}%")
        elif self.kind == "openjd":
            self.write(f"openjd_progress: {self.percent}.0")
            if self.status and self.status != self.told_status:
                self.told_status = self.status
                self.write(f"openjd_status: {self.status}")


class StepLines(Listener):
    """Hears a step of `total` items, and tells them as one whole.

    A step does one item after the other: what comes before the one in hand is done, be it that nobody told its result,
    as of an item that was rendered and waits for its seal.
    """

    def __init__(self, lines: FarmLines, total: int) -> None:
        self.lines = lines
        self.total = max(1, total)
        self.before = 0
        self.in_hand: int | None = None
        self.share = 0.0

    def started(self, item: Item) -> None:
        self.tell(item, 0.0, say("starting", "démarrage"))

    def progress(self, item: Item, phase: Phase, share: float) -> None:
        self.tell(item, min(MOST_UNFINISHED, overall(phase, share)), phase_name(phase))

    def finished(self, item: Item, result: Result) -> None:
        self.tell(item, 0.0 if result.status == "interrupted" else 1.0, status_name(result.status))

    def ended(self) -> None:
        """The step has done all that it was asked."""
        self.lines.tell(1.0, "")

    def tell(self, item: Item, share: float, what: str) -> None:
        if item.number != self.in_hand:
            self.before += self.in_hand is not None
            self.in_hand, self.share = item.number, 0.0
        self.share = max(share, self.share)
        status = f"{self.before + (self.share >= 1.0)}/{self.total} · {what} · {item.source.name}"
        self.lines.tell((self.before + self.share) / self.total, status)


class Together(Listener):
    """Several listeners as one, told in order."""

    def __init__(self, *listeners: Listener) -> None:
        self.listeners = listeners

    def started(self, item: Item) -> None:
        for one in self.listeners:
            one.started(item)

    def surveyed(self, item: Item, frames: int) -> None:
        for one in self.listeners:
            one.surveyed(item, frames)

    def progress(self, item: Item, phase: Phase, share: float) -> None:
        for one in self.listeners:
            one.progress(item, phase, share)

    def finished(self, item: Item, result: Result) -> None:
        for one in self.listeners:
            one.finished(item, result)

    def beat(self) -> None:
        for one in self.listeners:
            one.beat()


def line_writer(stream: TextIO) -> Callable[[str], None]:
    """Whole lines, each flushed. Nobody listening any more is no reason to stop the work."""

    def write(line: str) -> None:
        with contextlib.suppress(BrokenPipeError, ValueError):  # the reader has gone, or the stream is closed
            stream.write(line + "\n")
            stream.flush()

    return write


def beat(tick: Callable[[], None], wait: Callable[[float], bool]) -> None:
    """Look at the clock until `wait` says that it is over."""
    while not wait(LOOK_EVERY):
        tick()


@contextlib.contextmanager
def farm_lines(kind: Kind, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> Iterator[FarmLines]:
    """Lines on `stream`, with a thread that breaks every silence, whatever the work is busy with."""
    lines = FarmLines(kind, line_writer(stream), clock)
    over = threading.Event()
    heart = threading.Thread(target=beat, args=(lines.tick, over.wait), daemon=True)
    if kind != "none":
        lines.tell(0.0, "")
        heart.start()
    try:
        yield lines
    finally:
        over.set()
        if kind != "none":
            heart.join()
