"""Label many files, one after the other: one bad file never stops the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from labeler import planning
from labeler.batch import names
from labeler.batch.existing import already_done, may_write
from labeler.batch.outcome import bug, failure
from labeler.batch.request import DEFAULT_PRESET, Batch, Job, Overwrite, Request, prepare
from labeler.errors import Interrupted, LabelerError
from labeler.pipeline import Order, label_file
from labeler.progress import Phase, Progress
from labeler.release import place_error
from labeler.rules.plan import FileReference, PlanItem
from labeler.rules.record import Result, fingerprint
from labeler.rules.source_types import Involvement

logger = logging.getLogger("labeler")

Done = TypeVar("Done")
Readable = planning.Source | LabelerError
"""A source that was read, or why it could not be."""


class Listener:
    """Told what happens, in order. The default hears nothing; a progress call may raise Interrupted."""

    def started(self, source: Path, output: Path, preset: str) -> None: ...

    def progress(self, phase: Phase, share: float) -> None: ...

    def finished(self, result: Result) -> None: ...


def run(batch: Batch, listener: Listener | None = None) -> tuple[Result, ...]:
    """Do every job; each gives one result. Raises nothing but Interrupted, once clean-up is done and told."""
    heard = listener or Listener()
    results: list[Result] = []

    def tell(result: Result) -> None:
        results.append(result)
        heard.finished(result)

    for refused in batch.refused:
        tell(failure(refused.error, FileReference(file=str(refused.path))))
    try:
        for job, source in with_sources(batch, heard):
            tell(do(job, source, batch, heard.progress))
    except Interrupted as stopped:
        started = batch.jobs[len(results) - len(batch.refused)]
        tell(failure(stopped, FileReference(file=str(started.source.path))))
        raise
    return tuple(results)


def with_sources(batch: Batch, heard: Listener) -> Iterator[tuple[Job, Readable]]:
    """Each job with its source, which is read once for all its presets."""
    read: tuple[Path, Readable] | None = None
    for job in batch.jobs:
        heard.started(job.source.path, job.output, job.preset.preset.id)
        if read is None or read[0] != job.source.path:
            read = job.source.path, try_read(job.source.path, heard.progress)
        yield job, read[1]


def try_read(path: Path, progress: Progress) -> Readable:
    try:
        return planning.read_source(path, progress=progress)
    except Interrupted:
        raise
    except LabelerError as error:
        return error
    except Exception as error:
        logger.debug("a bug", exc_info=error)
        return bug(error, path)


def do(job: Job, source: Readable, batch: Batch, progress: Progress) -> Result:
    def work(read: planning.Source) -> Result:
        item = plan_job(job, read, batch)
        return already_done(item, batch.request) or make(item, batch, progress)

    return isolated(job, source, work)


def isolated(job: Job, source: Readable, work: Callable[[planning.Source], Done]) -> Done | Result:
    """One item by itself: whatever goes wrong becomes its result. Raises nothing but Interrupted."""
    if isinstance(source, LabelerError):
        return failure(source, FileReference(file=str(job.source.path)))
    try:
        return work(source)
    except Interrupted:
        raise
    except LabelerError as error:
        return failure(error, source.reference)
    except OSError as error:
        return failure(place_error(error, job.output.parent), source.reference)
    except Exception as error:
        logger.debug("a bug", exc_info=error)
        return failure(bug(error, job.source.path), source.reference)


def make(item: PlanItem, batch: Batch, progress: Progress) -> Result:
    request, output = batch.request, Path(item.output)
    may_write(output, request)
    names.prepare_folder(output, root=request.output)
    order = Order(item, batch.identity, batch.trust, request.now, request.records, request.threads, progress)
    return label_file(order)


def plan_job(job: Job, source: planning.Source, batch: Batch) -> PlanItem:
    language, programme = batch.request.language, batch.programme
    item = planning.plan(source, job.preset, batch.declaration, job.output, language=language, programme=programme)
    signer = batch.identity.chain_pem if batch.identity else None
    return item.model_copy(update={"fingerprint": fingerprint(item, signer)})


def forecast(batch: Batch, listener: Listener | None = None) -> Iterator[PlanItem | Result]:
    """What `run` would make: a plan item for each output, or the result of a source that it would refuse.

    Writes nothing. An output that is done already is a plan item too.
    """
    heard = listener or Listener()
    for refused in batch.refused:
        yield failure(refused.error, FileReference(file=str(refused.path)))
    for job, source in with_sources(batch, heard):
        yield foresee(job, source, batch)


def foresee(job: Job, source: Readable, batch: Batch) -> PlanItem | Result:
    def work(read: planning.Source) -> PlanItem:
        item = plan_job(job, read, batch)
        if already_done(item, batch.request) is None:
            may_write(job.output, batch.request)
            names.check_folder(job.output, root=batch.request.output)
        return item

    return isolated(job, source, work)


def label(
    *sources: str | Path,
    presets: str | Sequence[str] = (DEFAULT_PRESET,),
    declaration: str | Path | None = None,
    involvement: Involvement | None = None,
    output: str | Path | None = None,
    identity: str | None = None,
    language: str | None = None,
    name: str | None = None,
    records: str | Path | None = None,
    program_in: str | float | None = None,
    program_out: str | float | None = None,
    overwrite: Overwrite = "ours",
    recursive: bool = False,
    resume: bool = True,
    listener: Listener | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[Result, ...]:
    """Label videos: the library's `labeler label`, with the same meaning of every argument (CONTRACTS section 1).

    presets: ids, or paths of preset files. output: a folder where it is one, or ends in "/", or several outputs are
    made; else a file. program_in, program_out: time codes or seconds (docs/programme.md). now: the time of signing.
    Returns one result for each source and preset, in order; a file that fails is a result, not an exception. Raises
    UsageError (2), SourceMissing where no source is given (3) and IdentityError (5) before any work, Interrupted when
    the listener stops it.
    """
    request = Request(
        sources=[str(source) for source in sources],
        presets=(presets,) if isinstance(presets, str) else presets,
        declaration=None if declaration is None else Path(declaration),
        involvement=involvement,
        output=None if output is None else str(output),
        identity=identity,
        language=language,
        name=name,
        records=None if records is None else Path(records),
        program_in=None if program_in is None else str(program_in),
        program_out=None if program_out is None else str(program_out),
        overwrite=overwrite,
        recursive=recursive,
        resume=resume,
        now=now(),
    )
    return run(prepare(request), listener)
