"""The page: templates that escape everything, written file by file, and put in its place in one step."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import jinja2
from markupsafe import Markup

from labeler import __version__, words
from labeler.batch.apart import Reader
from labeler.language import say, spoken
from labeler.letters import safe, shortened
from labeler.release import private_beside, sync_folder, translated
from labeler.report import words as terms
from labeler.report.entry import Entry
from labeler.report.evidence import LOOKING, Look, gather, unread
from labeler.report.second_look import Reading
from labeler.rules import checks
from labeler.verdict import LAYERS, Check, LayerState, Status

PICTURED = 100
"""Files with pictures in one report, of those that pass and of those that do not alike: a page must stay workable."""
DETAILED = 300
"""The same, of files that are told in full. Of the others: the verdict, what is not a pass, and their hashes."""
WORST_FIRST = (Status.FAIL, Status.NOT_CHECKED, Status.WARN)


@dataclass(frozen=True)
class Row:
    """One file in the table at the top: all that is kept of it in memory."""

    anchor: str
    name: str
    is_fine: bool
    outcome: str
    kind: str
    disclosure: str
    layers: dict[str, LayerState]
    problem: str


class Report:
    """One report while it grows: `with Report(...) as report: report.add(entry)`. It appears when the `with` ends well.

    when: the time that the page tells. Entries may come one by one; nothing of them but a row stays in memory.
    check: called often while a file is read again, may raise Interrupted. reader: who reads it, of `LOOKING`.
    Raises OutputRefused, DiskFull.
    """

    def __init__(
        self,
        path: Path,
        reading: Reading,
        *,
        when: datetime,
        check: Callable[[], None] = lambda: None,
        reader: Reader | None = None,
    ) -> None:
        self.path, self.when = path, when
        self.look = Look(reader or Reader(LOOKING), reading, check)
        self.rows: list[Row] = []
        self.told = {True: 0, False: 0}
        self.spools: dict[bool, IO[str]] = {}

    def __enter__(self) -> Self:
        with translated(self.path.parent):
            self.spools = {is_fine: spool(self.path.parent) for is_fine in (False, True)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            self.look.reader.stop()
            for kept in self.spools.values():
                kept.close()

    def add(self, entry: Entry) -> None:
        """Write the part of one file. It is read again from its bytes."""
        told = self.told[entry.is_fine]
        self.told[entry.is_fine] += 1
        evidence = gather(entry, self.look, pictures=told < PICTURED) if told < DETAILED else unread(entry)
        row = row_of(entry, len(self.rows) + 1)
        self.rows.append(row)
        facts = {"entry": entry, "row": row, "seen": evidence, "verdict": entry.verdict}
        limits = {"is_pictured": told < PICTURED, "is_brief": told >= DETAILED, "limits": (PICTURED, DETAILED)}
        with translated(self.path.parent):
            write(self.spools[entry.is_fine], part("file.html.jinja", **facts, **limits, **sorted_checks(entry)))

    def finish(self) -> None:
        """Put the page together under a private name, then in its place."""
        private = private_beside(self.path)
        facts = {"rows": sorted(self.rows, key=lambda row: row.is_fine), "when": self.when, "version": __version__}
        with translated(self.path.parent):
            try:
                with private.open("w", encoding="utf-8", errors="backslashreplace") as page:
                    write(page, part("head.html.jinja", **facts))
                    for is_fine in (False, True):
                        self.spools[is_fine].seek(0)
                        shutil.copyfileobj(self.spools[is_fine], page)
                    write(page, part("foot.html.jinja", **facts))
                    page.flush()
                    os.fsync(page.fileno())
                private.replace(self.path)
            finally:
                private.unlink(missing_ok=True)
            sync_folder(self.path.parent)


def write_report(
    path: Path,
    entries: Iterable[Entry],
    reading: Reading,
    *,
    when: datetime,
    check: Callable[[], None] = lambda: None,
    reader: Reader | None = None,
) -> None:
    """The report on entries that are all there. Raises OutputRefused, DiskFull, and what `check` raises."""
    with Report(path, reading, when=when, check=check, reader=reader) as report:
        for entry in entries:
            report.add(entry)


def spool(folder: Path) -> IO[str]:
    """A file without a name on the page's own disk: it is gone with this process, however that ends."""
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace", dir=folder)


def write(stream: IO[str], pieces: Iterator[str]) -> None:
    for piece in pieces:
        stream.write(piece)


def row_of(entry: Entry, number: int) -> Row:
    verdict = entry.verdict
    outcome = verdict.outcome if verdict else "error"
    told = [problem.message for problem in entry.problems] if not verdict else []
    return Row(
        anchor=f"file-{number}",
        name=entry.name,
        is_fine=entry.is_fine,
        outcome=words.status_name(entry.status) if entry.status else words.outcome_name(outcome),  # type: ignore[arg-type]
        kind="pass" if entry.is_fine else "error" if verdict is None else "fail",
        disclosure=words.disclosure_name(verdict.disclosure) if verdict else "",
        layers={layer: verdict.layers.get(layer, LayerState.NOT_CHECKED) for layer in LAYERS} if verdict else {},
        problem=" ".join(told) or wrong_in(entry),
    )


def wrong_in(entry: Entry) -> str:
    """What stands in the way, layer by layer, in a line: what failed, else what could not be checked."""
    every = [
        check for check in sorted_checks(entry)["open_checks"] if check.mandatory and check.status is not Status.WARN
    ]
    failed = [check for check in every if check.status is Status.FAIL]
    by_layer: dict[str, list[str]] = {}
    for check in failed or every:
        by_layer.setdefault(words.layer_name(check.layer), []).append(checks.name_of(check.id).lower())
    for layer in entry.verdict.unmeasured if entry.verdict else ():
        by_layer.setdefault(words.layer_name(layer), []).append(words.state_name(LayerState.NOT_CHECKED))
    return say("; ", " ; ").join(
        words.field(layer, ", ".join(dict.fromkeys(names))) for layer, names in by_layer.items()
    )


def sorted_checks(entry: Entry) -> dict[str, list[Check]]:
    """The checks that need an eye, the worst first; and those that passed."""
    every = entry.verdict.checks if entry.verdict else ()
    needing = [check for check in every if check.status is not Status.PASS]
    needing.sort(key=lambda check: (WORST_FIRST.index(check.status), not check.mandatory))
    return {"open_checks": needing, "passed_checks": [check for check in every if check.status is Status.PASS]}


def together(needing: Iterable[Check]) -> list[list[Check]]:
    """Each check by itself, but those that could not be made for one and the same reason together."""
    groups: dict[object, list[Check]] = {}
    for number, check in enumerate(needing):
        alone = check.status is not Status.NOT_CHECKED
        groups.setdefault(number if alone else (check.layer, check.track, check.message), []).append(check)
    return list(groups.values())


def part(name: str, **facts: Any) -> Iterator[str]:
    return environment().get_template(name).generate(**facts)


@cache
def environment() -> jinja2.Environment:
    """Whatever a template prints is made harmless and escaped; a name that it misspells is an error."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("labeler.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(say=lambda en, fr: terms.typeset(say(en, fr)), words=words, terms=terms, checks=checks)
    made.globals.update(language=spoken, LAYERS=LAYERS)
    made.filters.update(typeset=terms.typeset, duration=terms.duration, moment=terms.moment, bytes=terms.byte_count)
    made.filters.update(capital=terms.capital, shortened=shortened, together=together)
    return made


def harmless(thing: Any) -> Any:
    """Any text without what steers a page or hides letters; only what is marked as HTML of ours stays as it is."""
    return safe(thing) if isinstance(thing, str) and not isinstance(thing, Markup) else thing
