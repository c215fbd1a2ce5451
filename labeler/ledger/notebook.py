"""What was released, written into the ledger on the side: nobody who labels waits for it, or fails by it."""

from __future__ import annotations

import logging
import os
import queue
import threading
from pathlib import Path

from labeler.errors import LabelerError
from labeler.language import say
from labeler.ledger.entry import NoRecord, entry_of
from labeler.release import record_path
from labeler.rules.ledger import LedgerEntry
from labeler.rules.record import Result

logger = logging.getLogger("labeler")
LAST_WORDS = 10.0
"""Seconds to wait at the end for what is still to be written."""


class Notebook:
    """A thread that writes, as soon as there is anything. `close` says what is to be told of it."""

    def __init__(self) -> None:
        self.waiting: queue.SimpleQueue[LedgerEntry | None] = queue.SimpleQueue()
        self.thread: threading.Thread | None = None
        self.noted = 0
        self.written = 0
        self.reason = say("no answer", "pas de réponse")

    def note(self, result: Result, records: Path | None) -> None:
        """A result that was released; records: the folder of records, None: beside the output."""
        if result.output is None:
            return
        output = os.path.abspath(result.output.file)  # noqa: PTH100 - links are kept as they are
        record = os.path.abspath(record_path(Path(output), records))  # noqa: PTH100
        source = os.path.abspath(result.source.file)  # noqa: PTH100
        self.noted += 1
        try:
            self.waiting.put(entry_of(result, Path(record), output).model_copy(update={"source": source}))
        except NoRecord as error:
            self.reason = str(error).rstrip(".")
        if self.thread is None:
            self.thread = threading.Thread(target=self.work, name="ledger", daemon=True)
            self.thread.start()

    def work(self) -> None:
        more = True
        while more:
            first = self.waiting.get()
            entries = [first] if first is not None else []
            more = first is not None
            while not self.waiting.empty():
                next_one = self.waiting.get()
                more = more and next_one is not None
                entries += [next_one] if next_one is not None else []
            try:
                self.written += write(entries)
            except LabelerError as error:
                self.reason = error.message.rstrip(".")
            except Exception as error:
                logger.debug("the ledger", exc_info=error)
                self.reason = f"{type(error).__name__}: {error}"

    def close(self, patience: float = LAST_WORDS) -> str | None:
        """Wait for what is still to be written, not for ever. What a person must know, if anything."""
        if self.thread is None:
            return None
        self.waiting.put(None)
        self.thread.join(patience)
        missing = self.noted - self.written
        if missing == 0:
            return None
        return say(
            f"Not in the ledger: {missing} of {self.noted} released outputs ({self.reason}). "
            "`labeler ledger rebuild DIR` brings them in.",
            f"Absentes du registre : {missing} sorties livrées sur {self.noted} ({self.reason}). "
            "`labeler ledger rebuild DOSSIER` les y met.",
        )


def write(entries: list[LedgerEntry]) -> int:
    """How many need not be written any more: all, also where there is to be no ledger. Raises LabelerError."""
    # A server's library takes its time to load: in this thread nobody waits for it.
    from labeler.ledger.place import place_named
    from labeler.ledger.store import opened

    place = place_named()
    if place is not None and entries:
        with opened(place, to_write=True) as ledger:
            ledger.add(entries)
    return len(entries)
