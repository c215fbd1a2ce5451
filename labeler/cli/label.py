"""`labeler label`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from labeler.cli.asking import absolute, asking, check_records, check_scratch, named, results_option, scratch_option
from labeler.cli.printing import Output, as_json, guarded_output, safe
from labeler.cli.process import may_fork
from labeler.cli.reporting import check_label_report, report_option, stopped_report, write_label_report
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.language import say

if TYPE_CHECKING:
    from labeler.rules.record import Result


@click.command("label", cls=Command, help=summary("label"))
@asking
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help=say(
        "How many files at once. Default: one for every four cores.",
        "Combien de fichiers à la fois. Par défaut : un pour quatre cœurs.",
    ),
)
@click.option(
    "--engine",
    metavar="dask://HOST:PORT",
    help=say(
        "Carry the work out on a Dask cluster. Default: on this machine.",
        "Exécuter le travail sur une grappe Dask. Par défaut : sur cette machine.",
    ),
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help=say(
        "Threads of each encoder. Default: the cores, shared out among the jobs.",
        "Fils de chaque encodeur. Par défaut : les cœurs, partagés entre les fichiers traités à la fois.",
    ),
)
@scratch_option
@click.option(
    "--only",
    multiple=True,
    metavar="PRESET|GLOB",
    help=say(
        "Only these presets, or sources whose names fit; can be repeated.",
        "Seulement ces préréglages, ou les sources de ce nom ; répétable.",
    ),
)
@click.option(
    "--retry-failed",
    is_flag=True,
    help=say(
        "Only what failed when this command last ran.",
        "Seulement ce qui avait échoué la dernière fois.",
    ),
)
@click.option(
    "--max-failures",
    type=click.IntRange(min=1),
    metavar="N",
    help=say(
        "Start nothing new once so many files have failed.",
        "Ne rien commencer de plus après tant d'échecs.",
    ),
)
@click.option(
    "--fail-fast",
    is_flag=True,
    help=say("The same as --max-failures 1.", "Comme --max-failures 1."),
)
@click.option(
    "--dry-run",
    is_flag=True,
    help=say("Say what would be made, and make nothing.", "Dire ce qui serait fait, sans rien faire."),
)
@results_option
@report_option
def command(
    sources: tuple[str, ...],
    presets: tuple[str, ...],
    jobs: int | None,
    engine: str | None,
    only: tuple[str, ...],
    retry_failed: bool,
    max_failures: int | None,
    fail_fast: bool,
    dry_run: bool,
    json_lines: bool,
    page: Path | None,
    **options: Any,
) -> int:
    from labeler.batch import journal
    from labeler.batch.cluster import carry_out_on
    from labeler.batch.jobs import carry_out, jobs_at_once
    from labeler.batch.kept_plan import keeping_plan, plan_of
    from labeler.batch.noting import noting
    from labeler.batch.outcome import exit_code_of
    from labeler.batch.request import DEFAULT_PRESET, Request, prepare
    from labeler.cli.forecast import foretell
    from labeler.cli.progress import narrator

    check_records(options["records"])
    check_scratch(options["scratch"])
    most = 1 if fail_fast else max_failures
    names = named(sources, options.pop("null"))
    asked = {"sources": names, "presets": presets or (DEFAULT_PRESET,), "max_failures": most, **options}
    request = Request(**(asked if engine is None else absolute(asked)))
    with guarded_output() as output, stoppable() as check:
        batch = prepare(request)
        batch = journal.only(batch, only) if only else batch
        batch = journal.only_failed(batch) if retry_failed else batch
        check_label_report(page, batch, dry_run=dry_run)
        print_result = result_printer(output, json_lines)
        total = len(batch.jobs) + len(batch.refused)
        with (
            stopped_report(page, batch) as keeping,
            narrator(total, check, print_result) as listener,
            noting(listener, request.records, listener.warn) as heard,
        ):
            if dry_run:
                return int(exit_code_of(foretell(batch, listener, output, json_lines)))
            noted = keeping(journal.Journal(journal.journal_of(request), heard))
            with keeping_plan(plan_of(request), noted) as told:
                results = (
                    carry_out(batch, jobs_at_once(batch, jobs), told, forks=may_fork())
                    if engine is None
                    else carry_out_on(engine, batch, told)
                )
            listener.summary(results)
        write_label_report(page, results, batch, check)
    return int(exit_code_of(result.exit_code for result in results))


def result_printer(output: Output, json_lines: bool) -> Callable[[Result], None]:
    """What standard output gets of each result, as soon as there is one: its JSON, or the path of what is there."""

    def print_result(result: Result) -> None:
        if json_lines:
            output.line(as_json(result))
        elif result.output is not None:
            output.line(safe(result.output.file))

    return print_result
