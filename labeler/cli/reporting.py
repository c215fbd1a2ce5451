"""`--report FILE.html` of `label` and `verify`: its place is checked before any work, and the page written after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from labeler.cli.printing import report_error
from labeler.errors import Interrupted, LabelerError, UsageError
from labeler.language import say

if TYPE_CHECKING:
    from labeler.batch.listener import Listener
    from labeler.batch.plan_file import PlanFile
    from labeler.batch.request import Batch
    from labeler.batch.verifying import Question, Unjudged
    from labeler.rules.record import Result
    from labeler.verdict import Verdict

report_option = click.option(
    "--report",
    "page",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help=say("Also write a page for people.", "Écrire aussi une page pour les personnes."),
)


@contextmanager
def verify_report(
    page: Path | None, files: Iterable[str], question: Question, check: Callable[[], None]
) -> Iterator[Callable[[Verdict | Unjudged], None]]:
    """What to tell each answer to. The page is there when all was told; without a page, nobody listens.

    check: called often, may raise Interrupted. Raises UsageError, OutputRefused, DiskFull.
    """
    if page is None:
        yield lambda answer: None
        return
    from labeler.batch.verifying import Unjudged
    from labeler.layers.credentials.identity import home
    from labeler.layers.credentials.remote import Network
    from labeler.layers.credentials.trust import load_trust
    from labeler.report.entry import of_error, of_verdict
    from labeler.report.page import Report
    from labeler.report.place import check_place
    from labeler.report.second_look import Reading

    pieces = [Path(name) for name in files]
    check_place(page, [*pieces, *([question.init] if question.init is not None else [])])
    network = Network() if question.online else None
    reading = Reading(
        load_trust(question.trust, home()),
        question.records,
        network,
        tuple(pieces) if question.init is not None else (),
    )
    with Report(page, reading, when=datetime.now(UTC), check=check) as report:
        yield lambda answer: report.add(
            of_error(answer.path, answer.error) if isinstance(answer, Unjudged) else of_verdict(answer)
        )


@contextmanager
def plan_report(page: Path | None, plan: PlanFile, check: Callable[[], None]) -> Iterator[Callable[[Result], None]]:
    """What to tell each result of a plan to. The page is there when all was told; without a page, nobody listens.

    check: called often, may raise Interrupted. Raises UsageError, OutputRefused, DiskFull.
    """
    if page is None:
        yield lambda result: None
        return
    from labeler.batch.standing import records_of
    from labeler.layers.credentials.identity import home
    from labeler.layers.credentials.trust import load_trust
    from labeler.report.entry import of_result
    from labeler.report.page import Report
    from labeler.report.place import check_place
    from labeler.report.second_look import Reading

    taken = (Path(name) for _, item in plan.items() for name in (item.source.file, item.output))
    check_place(page, [plan.path, *taken])
    reading = Reading(load_trust(None, home()), records_of(plan.item(0)))
    with Report(page, reading, when=datetime.now(UTC), check=check) as report:
        yield lambda result: report.add(of_result(result))


def check_label_report(page: Path | None, batch: Batch, *, dry_run: bool) -> None:
    """Before any work. Raises UsageError, OutputRefused, DiskFull."""
    if page is None:
        return
    if dry_run:
        raise UsageError(
            say("--report with --dry-run: nothing is made.", "--report avec --dry-run : rien n'est produit."),
            remedy=say("Leave one of the two out.", "Retirez l'un des deux."),
        )
    from labeler.batch.names import names_of
    from labeler.report.place import check_place

    outputs = [name for job in batch.jobs for name in names_of(job.output, batch.request.records)]
    sources = [job.source.path for job in batch.jobs] + [refused.path for refused in batch.refused]
    check_place(page, [*sources, *outputs])


def write_label_report(page: Path | None, results: Iterable[Result], batch: Batch, check: Callable[[], None]) -> None:
    """After the work. check: called often, may raise Interrupted. Raises OutputRefused, DiskFull."""
    if page is None:
        return
    from labeler.report.entry import of_result
    from labeler.report.page import write_report
    from labeler.report.second_look import Reading

    reading = Reading(batch.trust, batch.request.records)
    write_report(page, map(of_result, results), reading, when=datetime.now(UTC), check=check)


@contextmanager
def stopped_report(page: Path | None, batch: Batch) -> Iterator[Callable[[Listener], Listener]]:
    """Where the work is stopped, the page of what was done until then is written, and the stop goes on; a second Ctrl-C
    ends that, too. Yields what makes a listener one whose results are kept for it."""
    from labeler.batch.listener import Keeping

    kept: list[Keeping] = []

    def keeping(heard: Listener) -> Listener:
        kept.append(Keeping(heard))
        return kept[-1]

    try:
        yield keeping
    except Interrupted:
        results = [result for one in kept for _, result in sorted(one.results.items())]
        try:
            if results:
                write_label_report(page, results, batch, lambda: None)
        except LabelerError as error:  # it was stopped all the same, and leaves so
            report_error(error)
        raise
