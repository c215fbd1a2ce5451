"""Ctrl-C and SIGTERM: a flag that the work looks at wherever it tells its progress."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

from labeler.errors import ExitCode, Interrupted
from labeler.language import say


class Stopped(Interrupted):
    """Stopped by the signal of that number."""

    def __init__(self, number: int) -> None:
        super().__init__(say("stopped; nothing half-written is left.", "arrêté ; aucun fichier inachevé ne reste."))
        self.by_sigterm = number == signal.SIGTERM

    @property
    def leaving_code(self) -> ExitCode:
        return ExitCode.TERMINATED if self.by_sigterm else ExitCode.INTERRUPTED


@contextlib.contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """Yield a check that raises `Stopped` once a signal has come. A second Ctrl-C interrupts at once."""
    received: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        if received and number == signal.SIGINT:
            raise KeyboardInterrupt
        received.append(number)

    def check() -> None:
        if received:
            raise Stopped(received[0])

    before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
