"""Who hears a batch: told what happens to each item, in the order in which it happens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labeler.progress import Phase, Progress
from labeler.rules.plan import PlanItem
from labeler.rules.record import Result


@dataclass(frozen=True)
class Item:
    """One output that was asked for. `number`: its place in the batch, from 0. Without output and preset: a name that
    leads to no video. records: the folder of its record, where not all items of a batch have the same."""

    number: int
    source: Path
    output: Path | None = None
    preset: str | None = None
    records: Path | None = None


class Listener:
    """The default hears nothing. `beat` and `progress` may raise Interrupted, which stops the whole batch.

    With several jobs the calls of different items mix; they always come one after another, in one thread.
    """

    def started(self, item: Item) -> None: ...

    def surveyed(self, item: Item, frames: int) -> None:
        """The source was read: its video has that many frames to render."""

    def progress(self, item: Item, phase: Phase, share: float) -> None:
        """share: of the phase, 0 to 1."""

    def finished(self, item: Item, result: Result) -> None: ...

    def planned(self, item: Item, planned: PlanItem | Result) -> None:
        """The plan of an item that will be carried out now, unless it is done already. Where a batch is planned and not
        carried out: what each came to, or why it is refused."""

    def beat(self) -> None:
        """Called while nothing else is to tell, several times a second."""


class Relaying(Listener):
    """Hands on all that it hears; what else is done with it is the matter of who derives from it."""

    def __init__(self, heard: Listener) -> None:
        self.heard = heard

    def started(self, item: Item) -> None:
        self.heard.started(item)

    def surveyed(self, item: Item, frames: int) -> None:
        self.heard.surveyed(item, frames)

    def progress(self, item: Item, phase: Phase, share: float) -> None:
        self.heard.progress(item, phase, share)

    def finished(self, item: Item, result: Result) -> None:
        self.heard.finished(item, result)

    def planned(self, item: Item, planned: PlanItem | Result) -> None:
        self.heard.planned(item, planned)

    def beat(self) -> None:
        self.heard.beat()


class Keeping(Relaying):
    """Keeps what each item came to, by its number."""

    def __init__(self, heard: Listener) -> None:
        super().__init__(heard)
        self.results: dict[int, Result] = {}

    def finished(self, item: Item, result: Result) -> None:
        self.results[item.number] = result
        self.heard.finished(item, result)


class Codes(Relaying):
    """Keeps the exit code of each item that came to a result, in that order, and nothing else of it."""

    def __init__(self, heard: Listener) -> None:
        super().__init__(heard)
        self.codes: list[int] = []

    def finished(self, item: Item, result: Result) -> None:
        self.codes.append(result.exit_code)
        self.heard.finished(item, result)


def progress_of(item: Item, heard: Listener) -> Progress:
    """How the work on one item tells where it stands."""
    return lambda phase, share: heard.progress(item, phase, share)
