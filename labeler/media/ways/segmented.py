"""Every picture is coded again, in segments that know nothing of each other, and joined between the old boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from labeler.media import mux
from labeler.media.job import Job
from labeler.media.mp4 import graft, tables
from labeler.media.mp4.graft import Rewritable
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.rendering import NotThisWay, Rendering, Run
from labeler.media.segment import Segment
from labeler.media.segments import CODECS, cuts, hold, joined, render_segment
from labeler.media.ways import full
from labeler.media.ways.replacing import track_id_of
from labeler.progress import Phase, Progress


@dataclass(frozen=True)
class Segmented:
    rendering: Rendering

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        track_id = track_id_of(job)
        pictures = work.with_name("pictures.part")
        carry = job.carry or partial(one_after_the_other, job, track_id)
        try:
            read = examined(job, track_id)
            made = carry(job.segments, work.parent)
            with mux.writing(work, job.source):
                new = joined(made, job.segments, read.samples, job.track.codec, pictures)
                graft.graft(job.source, new, work, track_id, tags)
        except CannotRewrite as reason:
            raise NotThisWay("boxes", reason) from reason
        finally:
            pictures.unlink(missing_ok=True)
            for number in range(len(job.segments)):
                segment_path(work.parent, number, work.suffix).unlink(missing_ok=True)


def prepare(job: Job) -> Segmented:
    """Raises NotThisWay where the source is not one that can be cut so, whatever the plan says."""
    whole = full.prepare(job, keeps_boxes=True).rendering
    if job.track.codec not in CODECS:
        raise NotThisWay("codec", job.track.codec)
    examined(job, track_id_of(job))
    return Segmented(whole.model_copy(update={"segments": job.segments}))


def cut(job: Job, rendering: Rendering, wanted: int) -> Rendering:
    """The planned rendering in so many segments, or as many as can be; in one piece where it is no full render between
    old boxes. Raises as reading the source does."""
    if wanted < 2 or rendering.way != "full" or not rendering.keeps_boxes:
        return rendering
    return rendering.model_copy(update={"segments": cuts(job, track_id_of(job), wanted)})


def examined(job: Job, track_id: int) -> Rewritable:
    """The source's samples, which the runs of the job fit. Raises NotThisWay."""
    try:
        read = graft.examine(job.source, track_id)
        table = read.trak.need(*graft.STABLE)
        hold(job.segments, read.samples, tables.read_sync(table, len(read.samples.sizes)))
    except CannotRewrite as reason:
        raise NotThisWay("boxes", reason) from reason
    return read


def segment_path(folder: Path, number: int, suffix: str) -> Path:
    """Where the segment of this number goes in a private folder."""
    return folder / f"segment-{number}{suffix}"


def one_after_the_other(job: Job, track_id: int, runs: Sequence[Run], folder: Path) -> list[Segment]:
    """In this process."""
    total, made = runs[-1].stop, []
    for number, run in enumerate(runs):
        told = replace(job, progress=of_part(job.progress, run, total))
        made.append(render_segment(told, track_id, run, segment_path(folder, number, job.source.suffix)))
    return made


def of_part(progress: Progress, run: Run, total: int) -> Progress:
    """Tells of a whole of so many packets what is done where only a run of them is at work."""

    def tell(phase: Phase, share: float) -> None:
        progress(phase, (run.start + (run.stop - run.start) * share) / total)

    return tell
