"""Label many files, one after the other: one bad file never stops the rest."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from labeler import __version__, planning
from labeler.batch import names
from labeler.batch.request import DEFAULT_PRESET, Batch, Job, Overwrite, Request, prepare
from labeler.errors import ExitCode, Interrupted, LabelerError, OutputRefused, SourceRejected
from labeler.language import say
from labeler.layers.credentials.read import is_made_by_labeler
from labeler.pipeline import Order, label_file
from labeler.progress import Phase, Progress
from labeler.release import hash_file, place_error, read_record
from labeler.rules.plan import FileReference, PlanItem
from labeler.rules.record import ItemStatus, Problem, Result, fingerprint

logger = logging.getLogger("labeler")


class Listener:
    """Told what happens, in order. The default hears nothing; a progress call may raise Interrupted."""

    def started(self, source: Path, output: Path, preset: str) -> None: ...

    def progress(self, phase: Phase, share: float) -> None: ...

    def finished(self, result: Result) -> None: ...


def run(batch: Batch, listener: Listener | None = None) -> tuple[Result, ...]:
    """Do every job; each gives one result. Raises nothing but Interrupted, once clean-up is done."""
    heard = listener or Listener()
    results: list[Result] = []

    def tell(result: Result) -> None:
        results.append(result)
        heard.finished(result)

    for refused in batch.refused:
        tell(failure(refused.error, FileReference(file=str(refused.path))))
    read: tuple[Path, planning.Source | LabelerError] | None = None
    for job in batch.jobs:
        heard.started(job.source.path, job.output, job.preset.preset.id)
        if read is None or read[0] != job.source.path:
            read = job.source.path, try_read(job.source.path, batch.request, heard.progress)
        tell(do(job, read[1], batch, heard.progress))
    return tuple(results)


def try_read(path: Path, request: Request, progress: Progress) -> planning.Source | LabelerError:
    try:
        refuse_own_output(path, request)
        return planning.read_source(path, progress=progress)
    except Interrupted:
        raise
    except LabelerError as error:
        return error
    except Exception as error:
        logger.debug("a bug", exc_info=error)
        return bug(error, path)


def refuse_own_output(path: Path, request: Request) -> None:
    """labeler's own work, moved away from its record, still carries labeler's manifest."""
    if request.overwrite != "always" and path.is_file() and is_made_by_labeler(path):
        raise SourceRejected(
            say(f"{path}: labeler made this file.", f"{path} : ce fichier a été produit par labeler."),
            remedy=say(
                "Label its source again, or add --overwrite always.",
                "Étiquetez de nouveau sa source, ou ajoutez --overwrite always.",
            ),
            file=str(path),
        )


def do(job: Job, source: planning.Source | LabelerError, batch: Batch, progress: Progress) -> Result:
    """One item, isolated: whatever goes wrong becomes its result."""
    if isinstance(source, LabelerError):
        return failure(source, FileReference(file=str(job.source.path)))
    try:
        item = plan_job(job, source, batch)
        done = already_done(item, batch.request)
        if done is not None:
            return done
        may_write(job.output, batch.request)
        names.prepare_folder(job.output, root=batch.request.output)
        return label_file(order_of(item, batch, progress))
    except Interrupted:
        raise
    except LabelerError as error:
        return failure(error, source.reference)
    except OSError as error:
        return failure(place_error(error, job.output.parent), source.reference)
    except Exception as error:
        logger.debug("a bug", exc_info=error)
        return failure(bug(error, job.source.path), source.reference)


def plan_job(job: Job, source: planning.Source, batch: Batch) -> PlanItem:
    item = planning.plan(source, job.preset, batch.declaration, job.output, language=batch.request.language)
    signer = batch.identity.chain_pem if batch.identity else None
    return item.model_copy(update={"fingerprint": fingerprint(item, signer)})


def forecast(batch: Batch, listener: Listener | None = None) -> tuple[tuple[PlanItem, ...], tuple[Result, ...]]:
    """What `run` would make, as plan items, and a result for each source that it would refuse. Writes nothing."""
    heard = listener or Listener()
    items: list[PlanItem] = []
    results = [failure(refused.error, FileReference(file=str(refused.path))) for refused in batch.refused]
    for job in batch.jobs:
        source = try_read(job.source.path, batch.request, heard.progress)
        try:
            if isinstance(source, LabelerError):
                raise source
            items.append(plan_job(job, source, batch))
            may_write(job.output, batch.request)
        except LabelerError as error:
            results.append(failure(error, FileReference(file=str(job.source.path))))
    for result in results:
        heard.finished(result)
    return tuple(items), tuple(results) or tuple(foretold(item) for item in items)


def foretold(item: PlanItem) -> Result:
    """The result that stands for a planned item in the exit code of a dry run."""
    return Result(id=item.id, status="skipped", exit_code=ExitCode.DONE, source=item.source, labeler=__version__)


def bug(error: Exception, path: Path) -> LabelerError:
    """An error that nobody foresaw, for this file alone: exit 70, with what a report needs."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
    return LabelerError(
        say(f"{path}: a bug in labeler stopped this file: {what}", f"{path} : un défaut de labeler a arrêté : {what}"),
        file=str(path),
    )


def order_of(item: PlanItem, batch: Batch, progress: Progress) -> Order:
    request = batch.request
    return Order(item, batch.identity, batch.trust, request.now, request.records, request.threads, progress)


def already_done(item: PlanItem, request: Request) -> Result | None:
    """Output and record present, fingerprint and output hash equal: nothing to do (CONTRACTS section 2)."""
    output = Path(item.output)
    if not request.resume or not output.is_file():
        return None
    record = read_record(output, request.records)
    if record is None or record.fingerprint != item.fingerprint or record.output is None:
        return None
    if hash_file(output)[0] != record.output.sha256:
        return None
    return record.result().model_copy(update={"status": "skipped"})


def may_write(output: Path, request: Request) -> None:
    """`ours` replaces only what a record says labeler made; `never` replaces nothing. Raises OutputRefused."""
    if not output.exists() or request.overwrite == "always":
        return
    if request.overwrite == "ours" and read_record(output, request.records) is not None:
        return
    raise OutputRefused(
        say(
            f"{output}: this file is there already, and labeler did not make it."
            if request.overwrite == "ours"
            else f"{output}: this file is there already.",
            f"{output} : ce fichier existe déjà, et labeler ne l'a pas produit."
            if request.overwrite == "ours"
            else f"{output} : ce fichier existe déjà.",
        ),
        remedy=say(
            "Move it away, choose another place with -o, or add --overwrite always.",
            "Déplacez-le, choisissez un autre endroit avec -o, ou ajoutez --overwrite always.",
        ),
        file=str(output),
    )


def failure(error: LabelerError, source: FileReference) -> Result:
    status: ItemStatus = "rejected" if isinstance(error, SourceRejected) else "error"
    return Result(
        id=None,
        status=status,
        exit_code=error.exit_code,
        source=source,
        problems=(Problem.of(error),),
        labeler=__version__,
    )


def exit_code_of(results: Sequence[Result]) -> ExitCode:
    """One item gives its own code; several give 0, 1, or 75 when every failure is temporary."""
    if not results:
        return ExitCode.REJECTED
    if len(results) == 1:
        return ExitCode(results[0].exit_code)
    failed = {result.exit_code for result in results if result.exit_code != ExitCode.DONE}
    if not failed:
        return ExitCode.DONE
    return ExitCode.TEMPORARY if failed == {ExitCode.TEMPORARY} else ExitCode.NOT_ALL


def label(
    *sources: str | Path,
    presets: Sequence[str] = (DEFAULT_PRESET,),
    declaration: Path | None = None,
    involvement: Literal["generated", "modified", "assisted"] | None = None,
    output: str | Path | None = None,
    identity: str | None = None,
    language: str | None = None,
    name: str | None = None,
    records: Path | None = None,
    overwrite: Overwrite = "ours",
    recursive: bool = False,
    resume: bool = True,
    listener: Listener | None = None,
    now: Callable[[], datetime] | None = None,
) -> tuple[Result, ...]:
    """Label videos: the library's `labeler label`, with the same meaning of every argument (CONTRACTS section 1).

    Returns one result for each source and preset, in order; a file that fails is a result, not an exception.
    Raises UsageError (2) and IdentityError (5) before any work, Interrupted when stopped.
    """
    request = Request(
        sources=[str(source) for source in sources],
        presets=presets,
        declaration=declaration,
        involvement=involvement,
        output=None if output is None else str(output),
        identity=identity,
        language=language,
        name=name,
        records=records,
        overwrite=overwrite,
        recursive=recursive,
        resume=resume,
    )
    if now is not None:
        request = replace(request, now=now())
    return run(prepare(request), listener)
