"""`labeler step`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from labeler.cli.asking import check_scratch, results_option, scratch_option
from labeler.cli.farming import farm_options, mapping_of, step_lines
from labeler.cli.printing import guarded_output
from labeler.cli.process import may_fork
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.errors import UsageError
from labeler.language import say

if TYPE_CHECKING:
    from labeler.batch.asked import Stage, Steps
    from labeler.batch.listener import Listener
    from labeler.farm.progress import Asked as Farm
    from labeler.farm.rejects import OnReject


@click.command("step", cls=Command, help=summary("step"))
@click.argument("path", type=click.Path(path_type=Path), metavar="PLAN")
@click.option(
    "--item",
    "asked",
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
    "--segment",
    metavar="K[-M]",
    help=say(
        "Only render these segments of each item, from 0, and leave them beside the plan for the step that joins them "
        "(`labeler plan --segments N`).",
        "Ne rendre que ces segments de chaque élément, à partir de 0, et les laisser près du plan pour l'étape qui les "
        "joint (`labeler plan --segments N`).",
    ),
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help=say(
        "Threads of the encoder. Default: as many as the machine and the scheduler grant.",
        "Fils de l'encodeur. Par défaut : ce qu'accordent la machine et l'ordonnanceur.",
    ),
)
@scratch_option
@click.option(
    "--on-reject",
    type=click.Choice(["fail", "record"]),
    default="fail",
    help=say(
        "What to do about a file that is refused or withheld: fail; or record it, succeed, and let `collect` fail. "
        "Default: fail.",
        "Que faire d'un fichier refusé ou retenu : échouer ; ou le noter, réussir, et laisser `collect` échouer. "
        "Par défaut : fail.",
    ),
)
@farm_options
@results_option
def command(
    path: Path,
    asked: str | None,
    stage: Stage,
    segment: str | None,
    threads: int | None,
    scratch: Path | None,
    on_reject: OnReject,
    path_map: Path | None,
    farm: Farm,
    json_lines: bool,
) -> int:
    from labeler.batch.asked import Asked, Steps
    from labeler.batch.listener import Codes
    from labeler.batch.noting import noting
    from labeler.batch.plan_file import numbers_in, open_plan
    from labeler.cli.label import result_printer
    from labeler.cli.progress import narrator
    from labeler.farm.rejects import step_exit_code
    from labeler.farm.resources import threads as granted

    if asked is None:  # click's own way of asking for it puts an English word on French help pages
        raise UsageError(
            say("This is missing: --item", "Il manque : --item"),
            remedy=say(
                "Name one or more: --item 7, --item 0-9.", "Indiquez-en un ou plusieurs : --item 7, --item 0-9."
            ),
        )
    if segment is not None and stage != "all":
        raise UsageError(
            say("--segment and --stage exclude each other.", "--segment et --stage s'excluent l'un l'autre.")
        )
    numbers = numbers_in(asked)
    segments = None if segment is None else numbers_in(segment, "--segment")
    plan = open_plan(path)
    check_scratch(scratch)
    mapped = mapping_of(path_map).of_item
    settings = Asked(datetime.now(UTC), stage, threads or granted(), scratch, segments, mapped)
    with guarded_output() as output, stoppable() as check:
        print_result = result_printer(output, json_lines)
        told = narrator(len(numbers), check, print_result)
        with told, step_lines(farm, len(numbers), told) as lines, noting(lines, None, told.warn) as noted:
            heard = Codes(noted)
            carry_out(Steps(plan, settings), numbers, heard)
    waiting = [0] * (len(numbers) - len(heard.codes))  # rendered, without a result before their seal
    return int(step_exit_code([*heard.codes, *waiting], on_reject))


def carry_out(steps: Steps, numbers: range, heard: Listener) -> None:
    """In a process apart where that may be."""
    if may_fork():
        from labeler.batch.steps_apart import run_steps_apart

        run_steps_apart(steps, numbers, heard)
    else:
        from labeler.batch.steps import run_steps

        for _ in run_steps(steps.plan, numbers, steps.asked, heard):
            pass  # each was told
