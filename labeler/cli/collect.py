"""`labeler collect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from labeler.cli.asking import results_option
from labeler.cli.farming import farm_options, mapping_of, telling_farm
from labeler.cli.printing import guarded_output
from labeler.cli.reporting import plan_report, report_option
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command

if TYPE_CHECKING:
    from labeler.farm.progress import Asked as Farm
    from labeler.rules.record import Result


@click.command("collect", cls=Command, help=summary("collect"))
@click.argument("path", type=click.Path(path_type=Path), metavar="PLAN")
@results_option
@farm_options
@report_option
def command(path: Path, path_map: Path | None, farm: Farm, json_lines: bool, page: Path | None) -> int:
    from labeler.batch.outcome import exit_code_of
    from labeler.batch.plan_file import open_plan
    from labeler.batch.results import collected
    from labeler.cli.label import result_printer
    from labeler.cli.progress import PlainLines

    plan, mapped = open_plan(path), mapping_of(path_map).of_item
    brief: list[Result] = []
    with (
        guarded_output() as output,
        stoppable() as check,
        telling_farm(farm) as lines,
        plan_report(page, plan, check) as report,
    ):
        print_result = result_printer(output, json_lines)
        for result in collected(plan, mapped):
            check()
            lines.tell(len(brief) / max(1, len(plan)), result.source.file)
            report(result)
            print_result(result)
            brief.append(result.model_copy(update={"verdict": None}))  # thousands of verdicts would fill the memory
        lines.tell(1.0, "")
    PlainLines(len(brief), check, print_result).summary(brief)
    return int(exit_code_of(result.exit_code for result in brief))
