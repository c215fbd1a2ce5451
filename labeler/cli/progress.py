"""Telling people where the work stands: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

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
    """Hears a batch and tells it on standard error; each call also looks whether someone asked to stop."""

    def __init__(self, total: int, check: Callable[[], None]) -> None:
        self.total = total
        self.check = check
        self.count = 0
        self.label = ""
        self.phase: Phase | None = None
        self.told = 0.0
        self.bar: Progress | None = None
        self.task: TaskID | None = None

    def started(self, source: Path, output: Path, preset: str) -> None:
        self.check()
        self.label = f"{source.name} [{preset}]"
        self.phase = None
        if sys.stderr.isatty():
            self.open_bar()

    def open_bar(self) -> None:
        if self.bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
            self.bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
            self.bar.start()
            self.task = self.bar.add_task("", total=1.0)

    def progress(self, phase: Phase, share: float) -> None:
        self.check()
        if self.bar is not None and self.task is not None:
            description = escape(f"{safe(self.label)} · {phase_name(phase)}")
            if phase != self.phase:
                self.bar.reset(self.task, total=1.0)
            self.bar.update(self.task, completed=share, description=description)
        elif phase != self.phase or time.monotonic() - self.told >= LINE_EVERY:
            self.told = time.monotonic()
            tell(f"{self.label}: {phase_name(phase)} {int(share * 100)} %")
        self.phase = phase

    def finished(self, result: Result) -> None:
        self.close_bar()
        self.count += 1
        output = f" → {result.output.file}" if result.output else ""
        tell(f"[{self.count}/{self.total}] {status_name(result)}: {result.source.file}{output}")
        for problem in result.problems:
            tell(f"    {problem.message}")
            tell(f"    → {problem.remedy}")

    def close_bar(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = self.task = None

    def summary(self, results: Sequence[Result]) -> None:
        """The last line: how many of each."""
        self.close_bar()
        if len(results) < 2:
            return
        counts: dict[str, int] = {}
        for result in results:
            counts[status_name(result)] = counts.get(status_name(result), 0) + 1
        tell(", ".join(f"{count} {name}" for name, count in counts.items()))
