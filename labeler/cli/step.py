"""`labeler step`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from labeler.cli.asking import check_scratch, scratch_option
from labeler.cli.printing import guarded_output
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.language import say

if TYPE_CHECKING:
    from labeler.batch.step import Stage


@click.command("step", cls=Command, help=summary("step"))
@click.argument("path", type=click.Path(path_type=Path), metavar="PLAN")
@click.option(
    "--item",
    "asked",
    required=True,
    metavar="N[-M]",
    help=say(
        "Which items, from 0: 7, 0-9 (both included), 0-9:2.",
        "Quels éléments, à partir de 0 : 7, 0-9 (inclus), 0-9:2.",
    ),
)
@click.option(
    "--stage",
    type=click.Choice(["all", "render", "seal"]),
    default="all",
    help=say(
        "render: leave the unsigned file beside the plan; seal: sign, verify and release it. Default: all.",
        "render : laisser le fichier non signé près du plan ; seal : le signer, le relire et le livrer. "
        "Par défaut : all.",
    ),
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help=say(
        "Threads of the encoder. Default: as many as cores.",
        "Fils de l'encodeur. Par défaut : autant que de cœurs.",
    ),
)
@scratch_option
@click.option(
    "--json",
    "json_lines",
    is_flag=True,
    help=say("One result a line on standard output.", "Un résultat par ligne sur la sortie standard."),
)
def command(path: Path, asked: str, stage: Stage, threads: int | None, scratch: Path | None, json_lines: bool) -> int:
    from labeler.batch.outcome import exit_code_of
    from labeler.batch.plan_file import numbers_in, open_plan
    from labeler.batch.steps import Asked, run_steps
    from labeler.cli.label import result_printer
    from labeler.cli.progress import narrator

    numbers = numbers_in(asked)
    plan = open_plan(path)
    check_scratch(scratch)
    settings = Asked(datetime.now(UTC), stage, threads, scratch)
    with guarded_output() as output, stoppable() as check:
        print_result = result_printer(output, json_lines)
        with narrator(len(numbers), check, print_result) as listener:
            results = list(run_steps(plan, numbers, settings, listener))
    rendered = len(numbers) - len(results)
    return int(exit_code_of([result.exit_code for result in results] + [0] * rendered))
