"""What became of the items of a plan: `PLAN.results/N.json`, the last attempt at item N (`labeler.result/1`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from labeler.batch.outcome import failure
from labeler.batch.plan_file import PlanFile, results_of
from labeler.batch.standing import already_done
from labeler.errors import OutputMissing, ResultMissing
from labeler.language import say
from labeler.release import private_beside, sync_file, translated
from labeler.rules.plan import PlanItem
from labeler.rules.record import Result

REFUSED = "refused.jsonl"
"""The names that led to no item, as results, a line each."""
DONE = ("released", "skipped")


def result_path(plan: PlanFile, number: int) -> Path:
    return plan.results / f"{number}.json"


def shelf_of(plan: PlanFile, number: int) -> Path:
    """The folder where a rendered file waits for its seal."""
    return plan.results / str(number)


def write_result(plan: PlanFile, number: int, result: Result) -> None:
    """Whole or not at all. Raises OutputRefused, DiskFull."""
    # One that was skipped is known from its record, and told again where a loss of power took this.
    write(result_path(plan, number), [result], synced=result.status != "skipped")


def write_outcome(plan: PlanFile, number: int, item: PlanItem, result: Result) -> Result:
    """What an item came to, as a result of this very plan. It is written down, unless it is known already. Raises
    OutputRefused, DiskFull."""
    result = result.model_copy(update={"id": item.id, "preset": item.preset})
    if result.status != "skipped" or not is_told(plan, number, item, result):
        write_result(plan, number, result)
    return result


def write_refused(plan: Path, refused: Iterable[Result]) -> None:
    """What the plan at this path had to leave out. Raises OutputRefused, DiskFull."""
    write(results_of(plan) / REFUSED, refused, synced=True)


def write(path: Path, results: Iterable[Result], *, synced: bool) -> None:
    with translated(path.parent):
        path.parent.mkdir(exist_ok=True)
        private = private_beside(path)
        try:
            with private.open("wb") as file:
                for result in results:
                    file.write(result.model_dump_json(by_alias=True).encode() + b"\n")
            if synced:
                sync_file(private)
            private.replace(path)
        except BaseException:
            private.unlink(missing_ok=True)
            raise


def forget_result(plan: PlanFile, number: int) -> None:
    """An item that is on its way again has no result."""
    result_path(plan, number).unlink(missing_ok=True)


def read_result(plan: PlanFile, number: int, item: PlanItem) -> Result | None:
    """The last attempt's; None where there is none of this very item."""
    try:
        result = Result.model_validate_json(result_path(plan, number).read_bytes())
    except (OSError, ValidationError):
        return None
    return result if result.id == item.id else None


def is_told(plan: PlanFile, number: int, item: PlanItem, result: Result) -> bool:
    """Whether the item is known to be done, with this output: no need to write thousands of results once more."""
    told = read_result(plan, number, item)
    return told is not None and told.status in DONE and told.output == result.output


def read_refused(plan: PlanFile) -> Iterator[Result]:
    try:
        with (plan.results / REFUSED).open(encoding="utf-8") as lines:
            for line in lines:
                yield Result.model_validate_json(line)
    except (OSError, ValidationError):
        return


def collected(plan: PlanFile, mapped: Callable[[PlanItem], PlanItem] = lambda item: item) -> Iterator[Result]:
    """What became of everything that was named: first what led to no item, then each item. Raises PlanError.

    mapped: an item with its paths as they are here.
    """
    yield from read_refused(plan)
    for number, item in plan.items():
        yield outcome_of(plan, number, mapped(item))


def outcome_of(plan: PlanFile, number: int, item: PlanItem) -> Result:
    """What is true of an item now. An output that its record vouches for is done, whatever became of a later attempt;
    a result whose output has gone is none."""
    result = read_result(plan, number, item)
    if result is not None and result.status in DONE:
        return result if is_there(result, item) else failure(gone(item), item.source, item.id)
    standing = already_done(item.model_copy(update={"delivery": item.delivery.model_copy(update={"resume": True})}))
    return standing or result or failure(missing(plan, number, item), item.source, item.id)


def is_there(result: Result, item: PlanItem) -> bool:
    """By the item's path: the machine that wrote the result may know the output by another."""
    if result.output is None:
        return False
    try:
        return Path(item.output).stat().st_size == result.output.bytes
    except OSError:
        return False


def missing(plan: PlanFile, number: int, item: PlanItem) -> ResultMissing:
    return ResultMissing(
        say(
            f"{item.source.file}: item {number} has no result: it was not run, or killed.",
            f"{item.source.file} : l'élément {number} n'a pas de résultat : non lancé, ou tué.",
        ),
        remedy=say(
            f"Run `labeler step {plan.path} --item {number}`.", f"Lancez `labeler step {plan.path} --item {number}`."
        ),
        file=item.source.file,
    )


def gone(item: PlanItem) -> OutputMissing:
    return OutputMissing(
        say(
            f"{item.output}: this output was released, and is not there any more as it was.",
            f"{item.output} : cette sortie a été livrée, et n'y est plus telle quelle.",
        ),
        file=item.output,
    )
