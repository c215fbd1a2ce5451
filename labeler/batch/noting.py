"""Each output that is released goes into the ledger, whoever else hears of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from labeler.batch.listener import Item, Listener, Relaying
from labeler.ledger.notebook import Notebook
from labeler.rules.record import Result


class Noting(Relaying):
    """Notes each release. records: the folder of records, where an item names none."""

    def __init__(self, heard: Listener, notebook: Notebook, records: Path | None) -> None:
        super().__init__(heard)
        self.notebook = notebook
        self.records = records

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
