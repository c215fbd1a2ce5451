"""Label many files in this process, one after the other: one bad file never stops the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from labeler import planning
from labeler.batch import names
from labeler.batch.cutting import how_many
from labeler.batch.existing import may_write
from labeler.batch.listener import Item, Listener, progress_of
from labeler.batch.outcome import bug, failure
from labeler.batch.request import Batch, Job
from labeler.batch.standing import already_done
from labeler.batch.step import carry_out, isolated
from labeler.errors import ExitCode, Interrupted, LabelerError, NotStarted
from labeler.language import say
from labeler.progress import Progress
from labeler.rules.plan import FileReference, PlanItem
from labeler.rules.record import Result, fingerprint

logger = logging.getLogger("labeler")

Done = TypeVar("Done")
Readable = planning.Source | LabelerError
"""A source that was read, or why it could not be."""


def run(batch: Batch, listener: Listener | None = None) -> tuple[Result, ...]:
    """Do every job in this process, one after the other; each gives one result.

    Raises nothing but Interrupted, once clean-up is done and told.
    """
    heard = listener or Listener()
    results = tell_refused(batch, heard)
    try:
        for job, source in with_sources(batch, heard):
            result = do(job, source, batch, heard)
            results.append(result)
            heard.finished(job.item, result)
            if is_enough(results, batch):
                break
    except Interrupted as stopped:
        started = batch.jobs[len(results) - len(batch.refused)].item
        heard.finished(started, failure(stopped, FileReference(file=str(started.source))))
        raise
    for job in batch.jobs[len(results) - len(batch.refused) :]:
        results.append(not_started(job.source.path))
        heard.finished(job.item, results[-1])
    return tuple(results)


def is_enough(results: Iterable[Result], batch: Batch) -> bool:
    """Whether so much has failed that nothing new is to be started."""
    most = batch.request.max_failures
    return most is not None and sum(result.exit_code != ExitCode.DONE for result in results) >= most


def not_started(path: Path) -> Result:
    error = NotStarted(
        say(
            f"{path}: not started, since too many other files had failed.",
            f"{path} : non commencé, trop d'autres fichiers ayant échoué.",
        ),
        file=str(path),
    )
    return failure(error, FileReference(file=str(path)))


def tell_refused(batch: Batch, heard: Listener) -> list[Result]:
    """All that leads to no video is told before the first video is read."""
    results = []
    for number, refused in enumerate(batch.refused):
        result = failure(refused.error, FileReference(file=str(refused.path)))
        heard.finished(Item(number, refused.path), result)
        results.append(result)
    return results


def with_sources(batch: Batch, heard: Listener) -> Iterator[tuple[Job, Readable]]:
    """Each job with its source, which is read once for all its presets."""
    read: tuple[Path, Readable] | None = None
    copied = {job.source.path for job in batch.jobs if not planning.changes_pictures(job.preset.preset)}
    for job in batch.jobs:
        heard.started(job.item)
        if read is None or read[0] != job.source.path:
            # Where one of its presets changes no picture, it is too early to refuse what a copy keeps.
            may_copy = job.source.path in copied
            read = job.source.path, try_read(job.source.path, progress_of(job.item, heard), may_copy=may_copy)
        if isinstance(read[1], planning.Source):
            heard.surveyed(job.item, sum(track.packets for track in read[1].inventory.of_kind("video")))
        yield job, read[1]


def try_read(path: Path, progress: Progress, *, may_copy: bool) -> Readable:
    try:
        return planning.read_source(path, progress=progress, may_copy=may_copy)
    except Interrupted:
        raise
    except LabelerError as error:
        return error
    except Exception as error:
        logger.debug("a bug", exc_info=error)
        return bug(error, path)


def do(job: Job, source: Readable, batch: Batch, heard: Listener) -> Result:
    def work(read: planning.Source) -> Result:
        item = plan_job(job, read, batch)
        heard.planned(job.item, item)
        return carry_out(item, batch.bench(), progress_of(job.item, heard))

    return isolated_job(job, source, work)


def isolated_job(job: Job, source: Readable, work: Callable[[planning.Source], Done]) -> Done | Result:
    """What becomes of a source that was read, or why it could not be."""
    if isinstance(source, LabelerError):
        return failure(source, FileReference(file=str(job.source.path)))
    return isolated(job.source.path, job.output.parent, source.reference, lambda: work(source))


def plan_job(job: Job, source: planning.Source, batch: Batch) -> PlanItem:
    item = planning.plan(
        source,
        job.preset,
        job.terms.declaration,
        job.output,
        language=job.terms.language,
        programme=job.terms.programme,
        mode=batch.request.render,
        segments=how_many(batch.request.segments, float(Fraction(source.inventory.duration)), batch.request.threads),
    )
    item = item.model_copy(update={"delivery": batch.delivery(job)})
    return item.model_copy(update={"fingerprint": fingerprint(item)})


def forecast(batch: Batch, listener: Listener | None = None) -> Iterator[PlanItem | Result]:
    """What `run` would make: a plan item for each output, or the result of a source that it would refuse.

    Writes nothing. An output that is done already is a plan item too.
    """
    heard = listener or Listener()
    for refused in batch.refused:
        yield failure(refused.error, FileReference(file=str(refused.path)))
    for job, source in with_sources(batch, heard):
        yield foresee(job, source, batch)


def plan_jobs(batch: Batch, heard: Listener) -> None:
    """Plan every job in this process; the listener is told what each came to. Raises nothing but Interrupted."""
    for job, planned in zip(batch.jobs, forecast(replace(batch, refused=()), heard), strict=True):
        heard.planned(job.item, planned)


def foresee(job: Job, source: Readable, batch: Batch) -> PlanItem | Result:
    def work(read: planning.Source) -> PlanItem:
        item = plan_job(job, read, batch)
        if already_done(item) is None:
            may_write(item)
            names.check_folder(job.output, root=job.terms.output)
        return item

    return isolated_job(job, source, work)
