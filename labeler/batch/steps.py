"""Items of a plan file, one after the other: `labeler step`. One bad item never stops the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from labeler.batch.asked import Asked, Steps, check_numbers, frames_of
from labeler.batch.listener import Listener, progress_of
from labeler.batch.outcome import failure
from labeler.batch.plan_file import PlanFile
from labeler.batch.results import DONE, forget_result, read_result, shelf_of, write_outcome, write_result
from labeler.batch.standing import check_sound
from labeler.batch.step import Bench, isolated, render_segments, step
from labeler.errors import Interrupted
from labeler.layers.credentials import identity as identities
from labeler.layers.credentials.trust import Trust, load_trust
from labeler.progress import Progress
from labeler.rules.plan import PlanItem
from labeler.rules.record import Result
from labeler.stages import NOTE


def run_steps(plan: PlanFile, numbers: Sequence[int], asked: Asked, listener: Listener) -> Iterator[Result]:
    """Each item's result, written down as well; none of an item that was rendered and waits for its seal.

    Raises PlanError where a number is none of the plan's (before any work), Interrupted once clean-up is done and told.
    """
    check_numbers(plan, numbers)
    step = stepper(Steps(plan, asked))
    for number in numbers:
        result = step(number, listener)
        if result is not None:
            yield result


def stepper(steps: Steps) -> Callable[[int, Listener], Result | None]:
    """What carries out one item after the other; who signs is read once for all.

    It tells the listener, writes the result down and returns it: None of an item that was rendered and waits for its
    seal. It raises Interrupted once clean-up is done and told.
    """
    plan, asked = steps.plan, steps.asked
    bench_of = benches(load_trust(None, identities.home()), asked)

    def step(number: int, listener: Listener) -> Result | None:
        planned = plan.item(number)
        item = asked.mapped(planned)
        told = steps.told(number, item)
        listener.started(told)
        listener.surveyed(told, frames_of(item))
        try:
            result = one_step(plan, number, planned, item, asked, bench_of, progress_of(told, listener))
        except Interrupted as stopped:
            result = failure(stopped, item.source, item.id)
            write_result(plan, number, result)
            listener.finished(told, result)
            raise
        if result is not None:
            listener.finished(told, result)
        return result

    return step


def one_step(
    plan: PlanFile,
    number: int,
    planned: PlanItem,
    item: PlanItem,
    asked: Asked,
    bench_of: Callable[[str | None], Bench],
    progress: Progress,
) -> Result | None:
    """item: the planned one, with its paths as they are here."""
    if asked.stage == "seal" and (first_half := failed_before(plan, number, planned)):
        return first_half

    def work() -> Result | None:
        check_sound(planned)
        bench = bench_of(asked.signer_of(item))
        if asked.segments is not None:
            return render_segments(item, bench, shelf_of(plan, number), asked.segments, progress)
        return step(item, bench, shelf_of(plan, number), asked.stage, progress)

    result = isolated(Path(item.source.file), plan.path.parent, item.source, work)
    if result is None:
        if asked.segments is None:
            forget_result(plan, number)
        return None
    return write_outcome(plan, number, item, result)


def failed_before(plan: PlanFile, number: int, item: PlanItem) -> Result | None:
    """Why there is nothing to seal: the result of the first half stands, where that failed."""
    last = None if (shelf_of(plan, number) / NOTE).exists() else read_result(plan, number, item)
    return last if last is not None and last.status not in (*DONE, "interrupted") else None


def benches(trust: Trust, asked: Asked) -> Callable[[str | None], Bench]:
    """The bench of each signer by name, read once. What it returns raises IdentityError."""

    @cache
    def bench(name: str | None) -> Bench:
        signer = None if name is None else identities.load(name, home=identities.home(), now=asked.when)
        return Bench(signer, trust, asked.when, asked.threads, asked.scratch)

    return bench
