"""Label one file: render, mux, write, seal, judge, then release or quarantine."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from labeler import __version__, release
from labeler.errors import ExitCode, PlanError
from labeler.expectation import of_plan
from labeler.language import say
from labeler.layers.credentials.identity import Identity
from labeler.layers.credentials.read import Sealed
from labeler.layers.credentials.sdk import SIDECAR
from labeler.layers.credentials.trust import Trust
from labeler.layers.registry import LAYERS, Sealing, changes_of, painter
from labeler.media.compare import allowed_for
from labeler.media.encoders.task import STANDARD
from labeler.media.frames import FrameReader
from labeler.media.inventory import Inventory
from labeler.media.job import Job, Paint
from labeler.media.picture import PictureFormat
from labeler.media.planner import is_whole_in_full
from labeler.media.render import render
from labeler.media.rendering import Declined, NotThisWay, Rendering, Run
from labeler.media.segment import Segment
from labeler.media.segments import render_segment
from labeler.media.tracks import Tracks
from labeler.media.ways.replacing import track_id_of
from labeler.progress import Progress, silent
from labeler.release import Workspace
from labeler.rules.plan import FileReference, PlanItem
from labeler.rules.record import Problem, Record, Result
from labeler.verdict import Check, Outcome, Status, Verdict
from labeler.verification import Subject, judge_file

logger = logging.getLogger("labeler")


@dataclass(frozen=True)
class Order:
    """One item to label, with all that its plan does not hold: who signs, whom we trust, when; where to work, None for
    beside the output; and who renders its segments, None for this process, one after the other."""

    item: PlanItem
    identity: Identity | None
    trust: Trust
    when: datetime
    records: Path | None = None
    threads: int | None = None
    scratch: Path | None = None
    progress: Progress = silent
    carrier: Carrier | None = None

    def tick(self) -> None:
        """While it waits. Raises Interrupted once someone asked to stop."""
        self.progress("probe", 1.0)


Carrier = Callable[[Order, Sequence[Run], Path], Sequence[Segment]]
"""Has the segments of an order rendered into a folder; see `media.segment.Carry`."""


def label_file(order: Order) -> Result:
    """The story of one deliverable. Raises LabelerError; whatever happens, no half-written file is left."""
    source, output = Path(order.item.source.file), Path(order.item.output)
    seconds: dict[str, float] = {}
    with release.workspace(output, order.records, order.tick, order.scratch) as work:
        check_room(source, work)
        order, sidecars = make(order, source, work, seconds)
        return conclude(order, work, sidecars, seconds)


def conclude(order: Order, work: Workspace, sidecars: tuple[Path, ...], seconds: dict[str, float]) -> Result:
    """Judge the candidate; where it was rendered in part and does not pass, make it in full and judge that."""
    verdict = gate(order, work.candidate, sidecars, seconds)
    failed = failed_in_part(order.item, verdict)
    if failed:
        order, sidecars = make(in_full(order, failed), Path(order.item.source.file), work, seconds)
        verdict = gate(order, work.candidate, sidecars, seconds)
    return release_or_quarantine(order, work, sidecars, verdict, seconds)


def make(order: Order, source: Path, work: Workspace, seconds: dict[str, float]) -> tuple[Order, tuple[Path, ...]]:
    """Make the candidate: the order as it was carried out, and the candidate's sidecars."""
    with timed(seconds, "render"):
        order = as_rendered(order, render_marks(order, source, work))
    with timed(seconds, "metadata"):
        sidecars = write_fields(order, work)
    with timed(seconds, "sign"):
        sidecars += seal(order, source, work)
    return order, sidecars


def failed_in_part(item: PlanItem, verdict: Verdict) -> tuple[Check, ...]:
    """What is wrong with a video that was rendered in part, or in segments, where a full render in one piece may do
    better and lose nothing."""
    rendering = item.rendering
    if rendering is None or item.inventory is None:
        return ()
    if not rendering.segments and (rendering.way == "full" or rendering.mode != "auto"):
        return ()
    failed = tuple(check for check in verdict.checks if is_in_the_way(check) and check.layer in ("media", "mention"))
    return failed if is_whole_in_full(item.inventory, Path(item.source.file)) else ()


def in_full(order: Order, failed: tuple[Check, ...]) -> Order:
    """The same order with every picture coded again, and why."""
    assert order.item.rendering is not None
    rendering = order.item.rendering
    because = Declined(way=rendering.way, code="post_check", about=", ".join(check.id for check in failed))
    logger.debug("%s: rendered again in full: %s", order.item.source.file, because)
    again = rendering.model_copy(update={"mode": "full", "declined": (*rendering.declined, because), "segments": ()})
    return replace(order, item=order.item.model_copy(update={"rendering": again}))


def as_rendered(order: Order, rendering: Rendering) -> Order:
    """What the gate may find changed depends on the way that was taken: the planned one may not have fitted."""
    before = order.item.rendering
    if before is not None and before.mode == "full":
        rendering = rendering.model_copy(update={"declined": before.declined})
    changes = {"rendering": rendering, "allowed": allowed_for(rendering)}
    return replace(order, item=order.item.model_copy(update=changes))


def render_marks(order: Order, source: Path, work: Workspace) -> Rendering:
    """One decode and one encode for all layers that change pixels; container tags go in with the mux."""
    item = order.item
    paint, format = painted(item, source)
    tags = {name: value for layer in LAYERS if layer.tags is not None for name, value in layer.tags(item).items()}
    return render(
        source,
        work.work,
        inventory_of(item),
        paint=paint,
        container_tags=tags,
        changes=changes_of(item, format),
        mode=item.rendering.mode if item.rendering is not None else "auto",
        progress=order.progress,
        threads=order.threads,
        segments=item.rendering.segments if item.rendering is not None else (),
        carry=None if order.carrier is None else partial(order.carrier, order),
    )


def inventory_of(item: PlanItem) -> Inventory:
    """What the source carries. Raises ValueError for a plan that only tells of a finished file: nobody executes it."""
    if item.inventory is None:
        raise ValueError("a plan that is executed holds the inventory of its source")
    return item.inventory


def painted(item: PlanItem, source: Path) -> tuple[Paint, PictureFormat]:
    """What all layers do to a picture of this source, and how its pictures are to be read."""
    (track,) = inventory_of(item).of_kind("video")
    with FrameReader(source, track.index) as frames:
        return painter(item, frames.format), frames.format


def render_run(item: PlanItem, run: Run, target: Path, *, threads: int | None, progress: Progress) -> Segment:
    """One segment of an item by itself, painted as `render_marks` does. Raises LabelerError; `target` is gone then."""
    source, inventory = Path(item.source.file), inventory_of(item)
    (track,) = inventory.of_kind("video")
    paint, _ = painted(item, source)
    job = Job(source, inventory, track, paint, progress, threads, STANDARD)
    try:
        return render_segment(job, track_id_of(job), run, target)
    except NotThisWay as reason:
        raise unfit(item, reason) from reason


def unfit(item: PlanItem, reason: NotThisWay) -> PlanError:
    """A segment that is none of this source: the plan was made for another, or changed."""
    return PlanError(
        say(
            f"{item.source.file}: this segment does not fit the source ({reason.code} {reason.about}).",
            f"{item.source.file} : ce segment ne correspond pas à la source ({reason.code} {reason.about}).",
        ),
        remedy=say("Make the plan again with `labeler plan`.", "Refaites le plan avec `labeler plan`."),
        file=item.source.file,
    )


def write_fields(order: Order, work: Workspace) -> tuple[Path, ...]:
    """Write what the rendered file states, into it; returns the sidecars of the layers that it cannot hold."""
    beside = [layer.write(work.work, work.candidate, order.item) for layer in LAYERS if layer.write is not None]
    return tuple(sidecar for sidecar in beside if sidecar is not None)


def seal(order: Order, source: Path, work: Workspace) -> tuple[Path, ...]:
    """Write the candidate: the rendered file with its seal, embedded or in a sidecar beside it."""
    sealing = Sealing(source, order.identity, order.when, work.scratch, order.progress)
    sidecars = [
        layer.seal(work.work, work.candidate, order.item, sealing)
        for layer in LAYERS
        if layer.seal is not None and order.item.layers.get(layer.name) != "off"
    ]
    if not sidecars:
        work.work.replace(work.candidate)
    work.work.unlink(missing_ok=True)
    return tuple(sidecar for sidecar in sidecars if sidecar is not None)


def gate(order: Order, candidate: Path, sidecars: tuple[Path, ...], seconds: dict[str, float]) -> Verdict:
    """Judge the candidate's bytes by its plan, compared with its source."""
    seals = [sidecar for sidecar in sidecars if sidecar.suffix == SIDECAR]
    subject = Subject(Tracks(candidate), order.item.output, source=Path(order.item.source.file))
    sealed = Sealed(candidate, seals, order.trust)
    with timed(seconds, "verify"):
        return judge_file(subject, of_plan(order.item), sealed=sealed, progress=order.progress)


def release_or_quarantine(
    order: Order, work: Workspace, sidecars: tuple[Path, ...], verdict: Verdict, seconds: dict[str, float]
) -> Result:
    """The one place where a candidate becomes a deliverable; only a verdict that is a pass opens it."""
    output = work.output
    judged = ((work.candidate, verdict.sha256 or ""), *((path, release.hash_file(path)[0]) for path in sidecars))
    candidate, *beside = release.brought_home(work, judged)
    sidecars = tuple(beside)
    work.lock.check()
    if verdict.outcome is not Outcome.PASS:
        kept = release.quarantine(candidate, sidecars, verdict, output)
        return result_of(order, verdict, seconds, status="withheld", problems=problems_of(verdict, kept))
    names = tuple(beside.name for beside in sidecars)
    result = result_of(order, verdict, seconds, status="released", sidecars=names, problems=fallen_back(order.item))
    record = Record.of(result, order.item)
    release.publish(candidate, sidecars, record, output, order.records)
    order.progress("release", 1.0)
    return result


def result_of(order: Order, verdict: Verdict, seconds: dict[str, float], **changes: object) -> Result:
    item = order.item
    withheld = changes["status"] == "withheld"
    return Result.model_validate(
        {
            "id": item.id,
            "exit_code": ExitCode.WITHHELD if withheld else ExitCode.DONE,
            "source": item.source,
            "output": None if withheld else FileReference(file=item.output, sha256=verdict.sha256, bytes=verdict.bytes),
            "preset": item.preset,
            "fingerprint": item.fingerprint,
            "verdict": verdict,
            "seconds": {name: round(value, 3) for name, value in seconds.items()},
            "labeler": __version__,
            **changes,
        }
    )


def problems_of(verdict: Verdict, kept: Path) -> tuple[Problem, ...]:
    """Each mandatory check that is in the way, in its own words."""
    failed = [check for check in verdict.checks if is_in_the_way(check)]
    where = say(f"The output is kept in {kept}.", f"La sortie est conservée dans {kept}.")
    return tuple(
        Problem(code=check.id, severity="error", message=f"{check.id}: {check.message}", remedy=where)
        for check in failed
    )


def fallen_back(item: PlanItem) -> tuple[Problem, ...]:
    """A warning where a better way had to be given up because what it made did not pass."""
    declined = item.rendering.declined if item.rendering is not None else ()
    return tuple(
        Problem(
            code="render.fell_back",
            severity="warning",
            message=say(
                f"Rendered in full, since what {one.way} made did not pass ({one.about}).",
                f"Rendu en entier, car ce que {one.way} a fait n'est pas passé ({one.about}).",
            ),
            remedy="",
        )
        for one in declined
        if one.code == "post_check"
    )


def is_in_the_way(check: Check) -> bool:
    return check.mandatory and check.status in (Status.FAIL, Status.NOT_CHECKED)


def check_room(source: Path, work: Workspace) -> None:
    """Ask for the room that the work will take before it starts: render, master copy and candidate."""
    size = source.stat().st_size
    for folder, needed in ((work.folder.parent, 3 * size), (work.home.parent, size)):
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise release.disk_full(folder, needed - free)


@contextmanager
def timed(seconds: dict[str, float], phase: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        seconds[phase] = seconds.get(phase, 0.0) + time.perf_counter() - started
