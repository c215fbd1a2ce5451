"""Telling people where the work stands: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column

from labeler.batch.run import Listener
from labeler.cli.printing import safe, tell
from labeler.language import say
from labeler.progress import Phase
from labeler.rules.record import Result

LINE_EVERY = 10.0  # seconds between plain lines of one phase


def phase_name(phase: Phase) -> str:
    return {
        "probe": say("reading", "lecture"),
        "render": say("rendering", "rendu"),
        "mux": say("muxing", "assemblage"),
        "metadata": say("metadata", "métadonnées"),
        "sign": say("signing", "signature"),
        "verify": say("verifying", "vérification"),
        "release": say("releasing", "livraison"),
    }[phase]


def status_name(result: Result) -> str:
    return {
        "released": say("released", "livré"),
        "skipped": say("done already", "déjà fait"),
        "rejected": say("rejected", "refusé"),
        "withheld": say("WITHHELD", "RETENU"),
        "error": say("error", "erreur"),
        "interrupted": say("interrupted", "interrompu"),
    }[result.status]


class Narrator(Listener):
    """Hears a batch and tells it on standard error; each call also looks whether someone asked to stop.

    print_result: what is done with each result besides telling it. As a context, it leaves no bar behind.
    """

    def __init__(self, total: int, check: Callable[[], None], print_result: Callable[[Result], None]) -> None:
        self.total = total
        self.check = check
        self.print_result = print_result
        self.count = 0
        self.label = ""
        self.phase: Phase | None = None
        self.told = 0.0
        self.bar: Progress | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> Narrator:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close_bar()

    def started(self, source: Path, output: Path, preset: str) -> None:
        self.check()
        self.label = f"{source.name} [{preset}]"
        self.phase = None
        if sys.stderr.isatty():
            self.open_bar()

    def open_bar(self) -> None:
        """One line that never wraps: a long name is cut short, and a narrow terminal has a narrow bar."""
        if self.bar is None:
            console = Console(stderr=True)
            name = TextColumn("{task.description}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"))
            columns = (name, BarColumn(max(8, console.width // 4)), TextColumn("{task.percentage:>3.0f} %"))
            self.bar = Progress(*columns, TimeRemainingColumn(), console=console, transient=True, expand=True)
            self.bar.start()
            self.task = self.bar.add_task("", total=1.0)

    def progress(self, phase: Phase, share: float) -> None:
        self.check()
        if self.bar is not None and self.task is not None:
            if phase != self.phase:
                self.bar.reset(self.task, total=1.0)
            description = escape(f"{phase_name(phase)} · {safe(self.label)}")
            self.bar.update(self.task, completed=share, description=description)
        elif phase != self.phase or time.monotonic() - self.told >= LINE_EVERY:
            self.told = time.monotonic()
            tell(say(f"{self.label}: ", f"{self.label} : ") + f"{phase_name(phase)} {int(share * 100)} %")
        self.phase = phase

    def finished(self, result: Result) -> None:
        self.tell_result(result)
        self.print_result(result)

    def tell_result(self, result: Result) -> None:
        """Tell one result, with what is wrong and what to do about it."""
        self.close_bar()
        self.count += 1
        output = f" → {result.output.file}" if result.output else ""
        told = f"[{self.count}/{self.total}] {status_name(result)}"
        tell(say(f"{told}: {result.source.file}{output}", f"{told} : {result.source.file}{output}"))
        for problem in result.problems:
            tell(f"    {problem.message}")
        for remedy in dict.fromkeys(problem.remedy for problem in result.problems):
            tell(f"    → {remedy}")

    def close_bar(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = self.task = None

    def summary(self, results: Sequence[Result]) -> None:
        """The last line: how many of each."""
        if len(results) > 1:
            counts = Counter(status_name(result) for result in results)
            tell(", ".join(f"{count} {name}" for name, count in counts.items()))
