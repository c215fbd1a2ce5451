"""`labeler plan`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from labeler.batch.listener import Item, Listener
from labeler.cli.asking import absolute, asking, check_records, named
from labeler.cli.printing import Output, as_json, guarded_output, tell
from labeler.cli.progress import LINE_EVERY
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.language import say
from labeler.progress import Phase

if TYPE_CHECKING:
    from labeler.batch.request import Batch
    from labeler.cli.progress import Narrator
    from labeler.rules.plan import PlanItem
    from labeler.rules.record import Result


A_PROCESS = 16
"""Items for which another process is worth its start."""


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
    from labeler.cli.progress import PlainLines

    check_records(options["records"])
    names = named(sources, options.pop("null"))
    if options["segments"] == "auto":  # nobody knows here how many cores there will be
        options["segments"] = "off"
    request = Request(**absolute({"sources": names, "presets": presets or (DEFAULT_PRESET,), **options}))
    with guarded_output() as output, stoppable() as check:
        batch = prepare(request)
        total = len(batch.jobs) + len(batch.refused)
        return int(exit_code_of(write_plan(batch, PlainLines(total, check, lambda result: None), output, path)))


def write_plan(batch: Batch, narrator: Narrator, output: Output, path: Path | None) -> list[int]:
    """Each item into the plan; what is refused is told, and kept beside a plan file for `collect`. The exit codes."""
    from labeler.batch.plan_file import PlanWriter
    from labeler.batch.results import write_refused

    if path is None:
        return planned(batch, Planned(narrator, output.line)).codes
    with PlanWriter(path) as plan:
        told = planned(batch, Planned(narrator, plan.add))
        # Before the plan is there: whoever finds it must not take an older plan's for its own.
        write_refused(path, told.refused)
    output.line(str(path))
    return told.codes


def planned(batch: Batch, told: Planned) -> Planned:
    from labeler.batch.jobs import plan_out
    from labeler.processors import affinity

    # A process costs as much as planning dozens of small files.
    plan_out(batch, min(affinity(), len(batch.jobs) // A_PROCESS), told)
    return told


class Planned(Listener):
    """Writes items down in the order of the batch, in whatever order they come, and tells what is refused."""

    def __init__(self, narrator: Narrator, add: Callable[[str], None]) -> None:
        self.narrator, self.add = narrator, add
        self.waiting: dict[int, PlanItem | Result] = {}
        self.codes: list[int] = []
        self.refused: list[Result] = []
        self.told = time.monotonic()

    def beat(self) -> None:
        self.narrator.beat()

    def progress(self, item: Item, phase: Phase, share: float) -> None:
        self.narrator.beat()

    def planned(self, item: Item, planned: PlanItem | Result) -> None:
        from labeler.rules.record import Result

        self.narrator.beat()
        self.waiting[item.number] = planned
        if time.monotonic() - self.told >= LINE_EVERY:
            self.told = time.monotonic()
            done, total = len(self.codes), self.narrator.total
            tell(say(f"{done} of {total} planned", f"{done} sur {total} planifiés"))
        while (one := self.waiting.pop(len(self.codes), None)) is not None:
            self.narrator.count += 1
            self.codes.append(one.exit_code if isinstance(one, Result) else 0)
            if isinstance(one, Result):
                self.refused.append(one)
                self.narrator.tell_result(item, one)
            else:
                self.add(as_json(one))
