"""`labeler plan`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from labeler.cli.asking import absolute, asking, check_records, named
from labeler.cli.printing import Output, as_json, guarded_output
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.language import say

if TYPE_CHECKING:
    from labeler.batch.request import Batch
    from labeler.cli.progress import Narrator
    from labeler.rules.record import Result


@click.command("plan", cls=Command, help=summary("plan"))
@asking
@click.option(
    "--plan",
    "path",
    type=click.Path(path_type=Path),
    metavar="PLAN.jsonl",
    help=say("Where the plan goes. Default: standard output.", "Où va le plan. Par défaut : la sortie standard."),
)
def command(sources: tuple[str, ...], presets: tuple[str, ...], path: Path | None, **options: Any) -> int:
    from labeler.batch.outcome import exit_code_of
    from labeler.batch.request import DEFAULT_PRESET, Request, prepare
    from labeler.cli.progress import narrator

    check_records(options["records"])
    request = Request(**absolute({"sources": named(sources), "presets": presets or (DEFAULT_PRESET,), **options}))
    with guarded_output() as output, stoppable() as check:
        batch = prepare(request)
        total = len(batch.jobs) + len(batch.refused)
        with narrator(total, check, lambda result: None) as listener:
            return int(exit_code_of(write_plan(batch, listener, output, path)))


def write_plan(batch: Batch, narrator: Narrator, output: Output, path: Path | None) -> list[int]:
    """Each item into the plan; what is refused is told, and kept beside a plan file for `collect`. The exit codes."""
    from labeler.batch.plan_file import PlanWriter
    from labeler.batch.results import write_refused

    if path is None:
        return [code for code, _ in foretold(batch, narrator, output.line)]
    with PlanWriter(path) as plan:
        told = list(foretold(batch, narrator, plan.add))
        # Before the plan is there: whoever finds it must not take an older plan's for its own.
        write_refused(path, [result for _, result in told if result is not None])
    output.line(str(path))
    return [code for code, _ in told]


def foretold(batch: Batch, narrator: Narrator, add: Callable[[str], None]) -> Iterator[tuple[int, Result | None]]:
    """Plan one output after the other. The exit code of each, and the result of what is refused."""
    from labeler.batch.listener import Item
    from labeler.batch.run import forecast
    from labeler.rules.record import Result

    for one in forecast(batch, narrator):
        narrator.count += 1
        if not isinstance(one, Result):
            add(as_json(one))
            yield 0, None
            continue
        narrator.close()
        narrator.tell_result(Item(0, Path(one.source.file)), one)
        yield one.exit_code, one
