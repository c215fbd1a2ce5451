"""One item of a plan, carried out: the unit of work of the local batch and of every farm."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from labeler.batch import crew, names
from labeler.batch.asked import Stage
from labeler.batch.existing import may_write
from labeler.batch.outcome import bug, failure
from labeler.batch.standing import already_done, records_of
from labeler.errors import IdentityError, Interrupted, LabelerError, SourceChanged
from labeler.language import say
from labeler.layers.credentials.identity import Identity
from labeler.layers.credentials.trust import Trust
from labeler.media.open import reading
from labeler.pipeline import Order, label_file
from labeler.progress import Phase, Progress, silent
from labeler.release import hash_file, place_error
from labeler.rules.plan import FileReference, PlanItem
from labeler.rules.record import Result
from labeler.shelf import runs_of, shelve_segment
from labeler.stages import Unsealed, read_unsealed, render_file, seal_file

logger = logging.getLogger("labeler")

Done = TypeVar("Done")


@dataclass(frozen=True)
class Bench:
    """Where items are carried out: who signs there, whom it trusts, when that is, its threads (None: all), and a folder
    on a disk of its own to work on (None: beside the output)."""

    identity: Identity | None
    trust: Trust
    when: datetime
    threads: int | None = None
    scratch: Path | None = None


def carry_out(item: PlanItem, bench: Bench, progress: Progress = silent) -> Result:
    """Label one item, or tell that it is done already. Raises LabelerError."""
    return already_done(item) or label_file(ordered(item, bench, progress))


def ordered(item: PlanItem, bench: Bench, progress: Progress, shelf: Path | None = None) -> Order:
    """The item with all that it needs here, and a folder to go to. shelf: where segments of it may wait. Raises
    OutputRefused, DiskFull."""
    may_write(item)
    names.prepare_folder(Path(item.output), root=item.delivery.root)
    carrier = partial(crew.carry, shelf=shelf)
    records, (threads, scratch) = records_of(item), (bench.threads, bench.scratch)
    return Order(item, bench.identity, bench.trust, bench.when, records, threads, scratch, progress, carrier)


def step(item: PlanItem, bench: Bench, shelf: Path, stage: Stage = "all", progress: Progress = silent) -> Result | None:
    """Carry out one item of a plan file, in whole or one half of it, whoever else may be at it.

    item: sound, with its paths as they are here. shelf: the folder where `render` leaves the unsigned file for `seal`.
    Returns None where the item was rendered and waits for its seal. Raises nothing but Interrupted.
    """

    def work() -> Result | Unsealed:
        if done := already_done(item):
            return done
        check_source(item, progress)
        if stage == "render":
            return render_file(ordered(item, bench, progress, shelf), shelf)
        check_signer(item, bench)
        if stage == "seal":
            unsealed = read_unsealed(shelf, item)
            return seal_file(ordered(item, bench, progress), unsealed, shelf)
        result = label_file(ordered(item, bench, progress, shelf))
        if result.status == "released" and runs_of(item):
            shutil.rmtree(shelf, ignore_errors=True)
        return result

    made = isolated(Path(item.source.file), Path(item.output).parent, item.source, work)
    return None if isinstance(made, Unsealed) else made


def render_segments(
    item: PlanItem, bench: Bench, shelf: Path, numbers: Iterable[int], progress: Progress = silent
) -> Result | None:
    """Some of the segments of one item onto the shelf, for the step that joins them. Numbers past its last are none of
    it: whoever hands out segments need not know how many each item has.

    Returns None where they wait there now. Raises nothing but Interrupted.
    """

    def work() -> Result | None:
        if done := already_done(item):
            return done
        check_source(item, progress)
        wanted = [number for number in numbers if number < len(runs_of(item))]
        for before, number in enumerate(wanted):
            told = partial(tell_part, progress, before, len(wanted))
            order = Order(item, None, bench.trust, bench.when, threads=bench.threads, progress=told)
            shelve_segment(order, number, shelf)
        return None

    source, target = Path(item.source.file), shelf.parent
    made = isolated(source, target, item.source, work)
    # Who joins them renders what is not there, and takes the shelf away: one who comes late has nothing to fail for.
    return made and isolated(source, target, item.source, lambda: already_done(item) or made)


def tell_part(progress: Progress, before: int, parts: int, phase: Phase, share: float) -> None:
    """One of several parts of a whole, `before` of which are done."""
    progress(phase, (before + share) / parts)


def isolated(source: Path, target: Path, reference: FileReference, work: Callable[[], Done]) -> Done | Result:
    """One item by itself: whatever goes wrong becomes its result. Raises nothing but Interrupted.

    target: the folder to deliver to.
    """
    try:
        return work()
    except Interrupted:
        raise
    except LabelerError as error:
        return failure(error, reference)
    except OSError as error:
        return failure(place_error(error, target), reference)
    except Exception as error:
        logger.debug("a bug", exc_info=error)
        return failure(bug(error, source), reference)


def check_source(item: PlanItem, progress: Progress) -> None:
    """The source is the one that was planned. Raises SourceChanged; SourceMissing, SourceUnreadable by its own name."""
    path = Path(item.source.file)
    size = max(1, item.source.bytes or 1)
    with reading(path):
        digest, _ = hash_file(path, lambda done: progress("probe", min(1.0, done / size)))
    if digest != item.source.sha256:
        raise SourceChanged(
            say(
                f"{path}: this file has changed since the plan was made.",
                f"{path} : ce fichier a changé depuis que le plan a été établi.",
            ),
            file=str(path),
        )


def check_signer(item: PlanItem, bench: Bench) -> None:
    """Who signs here is who the plan was made for. Raises IdentityError."""
    if item.delivery.signer is None:
        return
    here = bench.identity
    if here is not None and hashlib.sha256(here.chain_pem).hexdigest() == item.delivery.signer:
        return
    name = item.delivery.identity
    raise IdentityError(
        say(
            f"{item.output}: the plan was made for the identity «{name}», and this machine has another certificate.",
            f"{item.output} : le plan vaut pour l'identité « {name} », et cette machine a un autre certificat.",
        ),
        remedy=say(
            "Install that identity here, or make the plan again with the one that signs now.",
            "Installez cette identité ici, ou refaites le plan avec celle qui signe à présent.",
        ),
        file=item.output,
    )
