"""What became of each output when a command last ran: for `--retry-failed`, and nothing else.

It is no truth about outputs, which their records are; losing it costs nothing but this one flag.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import platformdirs

from labeler.batch.listener import Item, Listener, Relaying
from labeler.batch.request import Batch, Job, Request
from labeler.errors import UsageError
from labeler.language import say
from labeler.rules.record import Result

FOLDER = "runs"


def cache() -> Path:
    """The folder of what can be lost: `LABELER_HOME/cache`, else the platform's."""
    named = os.environ.get("LABELER_HOME")
    return Path(named) / "cache" if named else Path(platformdirs.user_cache_path("labeler"))


def journal_of(request: Request) -> Path:
    """One for each command: what it names, what it makes, and where."""
    told = [os.getcwd(), *map(str, request.sources), *map(str, request.presets)]  # noqa: PTH109
    where = [request.output or "", request.name or "", str(request.recursive)]
    # Not as canonical JSON, which has no place for a name that is no UTF-8.
    return cache() / FOLDER / (hashlib.sha256(json.dumps([told, where]).encode()).hexdigest()[:32] + ".jsonl")


class Journal(Relaying):
    """Writes down each result."""

    def __init__(self, path: Path, heard: Listener) -> None:
        super().__init__(heard)
        self.file: TextIO | None = None
        with contextlib.suppress(OSError):  # a cache that cannot be written is no reason not to label
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file = path.open("a", encoding="ascii")

    def finished(self, item: Item, result: Result) -> None:
        if self.file is not None:
            with contextlib.suppress(OSError):
                self.file.write(json.dumps([*key_of(item.source, item.output), result.exit_code]) + "\n")
                self.file.flush()
        self.heard.finished(item, result)


def key_of(source: Path, output: Path | None) -> tuple[str, str]:
    return str(source), str(output)


def failed_before(path: Path) -> frozenset[tuple[str, str]]:
    """Source and output of what failed when it was last tried."""
    last: dict[tuple[str, str], int] = {}
    with contextlib.suppress(OSError, ValueError), path.open(encoding="ascii") as lines:
        for line in lines:
            source, output, code = json.loads(line)
            last[source, output] = code
    return frozenset(key for key, code in last.items() if code != 0)


def only_failed(batch: Batch) -> Batch:
    """What failed when this command last ran. Raises UsageError where nothing did."""
    failed = failed_before(journal_of(batch.request))
    return narrowed(
        batch,
        [job for job in batch.jobs if key_of(job.source.path, job.output) in failed],
        say("--retry-failed: nothing failed when this command last ran.", "--retry-failed : rien n'avait échoué."),
    )


def only(batch: Batch, wanted: Iterable[str]) -> Batch:
    """The jobs of these presets, and those whose source's name fits one of these patterns. Raises UsageError."""
    names = tuple(wanted)
    kept = [
        job for job in batch.jobs if any(name == job.preset.preset.id or job.source.path.match(name) for name in names)
    ]
    listed = ", ".join(names)
    return narrowed(batch, kept, say(f"--only {listed}: nothing fits.", f"--only {listed} : rien ne correspond."))


def narrowed(batch: Batch, jobs: list[Job], nothing: str) -> Batch:
    if not jobs:
        raise UsageError(nothing, remedy=say("Leave the flag out.", "Retirez cette option."))
    return replace(batch, jobs=tuple(replace(job, number=number) for number, job in enumerate(jobs)), refused=())
