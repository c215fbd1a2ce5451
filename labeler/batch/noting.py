"""Each output that is released goes into the ledger, whoever else hears of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from labeler.batch.listener import Item, Listener
from labeler.ledger.notebook import Notebook
from labeler.progress import Phase
from labeler.rules.plan import PlanItem
from labeler.rules.record import Result


class Noting(Listener):
    """Hands on all that it hears. records: the folder of records, where an item names none."""

    def __init__(self, heard: Listener, notebook: Notebook, records: Path | None) -> None:
        self.heard = heard
        self.notebook = notebook
        self.records = records

    def started(self, item: Item) -> None:
        self.heard.started(item)

    def surveyed(self, item: Item, frames: int) -> None:
        self.heard.surveyed(item, frames)

    def progress(self, item: Item, phase: Phase, share: float) -> None:
        self.heard.progress(item, phase, share)

    def planned(self, item: Item, planned: PlanItem | Result) -> None:
        self.heard.planned(item, planned)

    def beat(self) -> None:
        self.heard.beat()

    def finished(self, item: Item, result: Result) -> None:
        if result.status == "released":
            self.notebook.note(result, item.records or self.records)
        self.heard.finished(item, result)


@contextlib.contextmanager
def noting(heard: Listener, records: Path | None, warn: Callable[[str], None]) -> Iterator[Listener]:
    """A listener in place of `heard`; in the end, `warn` hears what the ledger could not take."""
    notebook = Notebook()
    try:
        yield Noting(heard, notebook, records)
    finally:
        told = notebook.close()
        if told is not None:
            warn(told)
