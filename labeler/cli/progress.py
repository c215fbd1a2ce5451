"""Telling people where a batch stands, on standard error; and what to do about what was not released."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

from labeler.batch.listener import Item, Listener
from labeler.cli.printing import tell
from labeler.language import say
from labeler.progress import Phase
from labeler.rules.record import Result
from labeler.words import phase_name, status_name

LINE_EVERY = 10.0  # seconds between plain lines of one phase
DONE = ("released", "skipped")


def narrator(total: int, check: Callable[[], None], print_result: Callable[[Result], None]) -> Narrator:
    """A live table on a terminal, plain lines elsewhere.

    check: raises Interrupted once someone asked to stop. print_result: what else is done with each result.
    """
    if sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown"):
        from labeler.cli.table import LiveTable

        return LiveTable(total, check, print_result)
    return PlainLines(total, check, print_result)


class Narrator(Listener):
    """Hears a batch of `total` items; 0: nobody knows how many. As a context, it leaves the terminal as it was."""

    def __init__(self, total: int, check: Callable[[], None], print_result: Callable[[Result], None]) -> None:
        self.total = total
        self.check = check
        self.print_result = print_result
        self.count = 0

    def __enter__(self) -> Narrator:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the terminal as it was; nothing more will be told by itself."""

    def warn(self, text: str) -> None:
        """What is wrong with no item of its own; nothing more is told by itself."""
        self.close()
        tell(text)

    def beat(self) -> None:
        self.check()

    def finished(self, item: Item, result: Result) -> None:
        self.count += 1
        self.tell_result(item, result)
        self.print_result(result)

    def tell_result(self, item: Item, result: Result) -> None:
        """Tell one result, with what is wrong and what to do about it."""
        output = f" → {result.output.file}" if result.output else ""
        of_how_many = f"/{self.total}" if self.total else ""
        told = f"[{self.count}{of_how_many}] {status_name(result.status)}"
        tell(say(f"{told}: {result.source.file}{output}", f"{told} : {result.source.file}{output}"))
        tell_problems(result)

    def summary(self, results: Sequence[Result]) -> None:
        """The end of a batch: how many of each; then each file that was not released once more, with what to do."""
        if len(results) < 2:
            return
        counts = Counter(status_name(result.status) for result in results)
        tell(", ".join(f"{count} {name}" for name, count in counts.items()))
        left = [result for result in results if result.status not in DONE]
        if left:
            tell(say("Not released:", "Non livrés :"))
        for result in left:
            preset = f" [{result.preset.id}]" if result.preset else ""
            tell(f"  {result.source.file}{preset}: {status_name(result.status)}")
            tell_problems(result)


def tell_problems(result: Result) -> None:
    for problem in result.problems:
        tell(f"    {problem.message}")
    for remedy in dict.fromkeys(problem.remedy for problem in result.problems):
        tell(f"    → {remedy}")


def label_of(item: Item) -> str:
    return f"{item.source.name} [{item.preset}]"


class PlainLines(Narrator):
    """For logs: a line at each new phase of an item, and every ten seconds."""

    def __init__(self, total: int, check: Callable[[], None], print_result: Callable[[Result], None]) -> None:
        super().__init__(total, check, print_result)
        self.told: dict[int, tuple[Phase, float]] = {}

    def progress(self, item: Item, phase: Phase, share: float) -> None:
        self.check()
        before, when = self.told.get(item.number, (None, 0.0))
        if phase != before or time.monotonic() - when >= LINE_EVERY:
            self.told[item.number] = phase, time.monotonic()
            label = label_of(item)
            tell(say(f"{label}: ", f"{label} : ") + f"{phase_name(phase)} {int(share * 100)} %")

    def finished(self, item: Item, result: Result) -> None:
        self.told.pop(item.number, None)
        super().finished(item, result)
