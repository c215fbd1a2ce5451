"""Every picture is coded again. In MP4 and MOV around the old boxes, else by libavformat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from labeler.media import mux
from labeler.media.job import Job, Scope
from labeler.media.mp4 import graft
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.open import open_media
from labeler.media.opening import opening
from labeler.media.rendering import NotThisWay, Rendering, Run
from labeler.media.ways.replacing import track_id_of
from labeler.media.writing import Consumer


@dataclass(frozen=True)
class Full:
    """keeps_boxes: as `Rendering` has it."""

    rendering: Rendering

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        if not self.rendering.keeps_boxes:
            remuxed(job, work, tags, track_tags)
            return
        try:
            rewritten(job, work, tags)
        except CannotRewrite as reason:
            raise NotThisWay("boxes", reason) from reason


def prepare(job: Job, *, keeps_boxes: bool) -> Full:
    """Raises NotThisWay where the boxes were to be kept and cannot be."""
    if keeps_boxes and not job.inventory.is_rewritable:
        raise NotThisWay("container.not_rewritable", job.inventory.container)
    total = job.track.packets
    return Full(
        Rendering(way="full", frames=total, total=total, renewed=(Run(start=0, stop=total),), keeps_boxes=keeps_boxes)
    )


def remuxed(
    job: Job, work: Path, container_tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]
) -> None:
    """Through libavformat: it writes the whole file anew, every other track copied packet by packet."""
    scope = Scope(job.track.packets, job.track.hidden)
    with open_media(job.source) as opened:
        Consumer(job, work, opened, job.inventory).run(scope, container_tags, track_tags)


def rewritten(job: Job, work: Path, tags: Mapping[str, str]) -> None:
    """At the level of the boxes: new pictures go into a file of their own, and from there into the place of the old.

    Raises CannotRewrite besides what `render` raises.
    """
    pictures = work.with_name(f"pictures{work.suffix}")
    try:
        _graft_all(job, work, pictures, track_id_of(job), tags)
    finally:
        pictures.unlink(missing_ok=True)


def _graft_all(job: Job, work: Path, pictures: Path, track_id: int, tags: Mapping[str, str]) -> None:
    read = graft.examine(job.source, track_id)
    first = Fraction(job.track.timestamps.first or 0)
    origin = (first - read.shift) * read.timescale
    if origin.denominator != 1:
        raise CannotRewrite("the first picture is shown between two ticks")
    alone = job.inventory.model_copy(
        update={
            "tracks": (job.track.model_copy(update={"tags": {}}),),
            "tags": {},
            "chapters": (),
            "is_faststart": False,
        }
    )
    zero = opening(read.samples.pts, int(origin))
    scope = Scope(len(read.samples.sizes), 0, zero.origin, has_copies=False, partial=zero.partial)
    # All pictures in the times of the media, those too that an edit list hides.
    with open_media(job.source, options={"ignore_editlist": "1"}) as opened:
        consumer = Consumer(job, pictures, opened, alone)
        consumer.run(scope, {}, {})
    times, keys = np.array(consumer.times, np.int64), np.array(consumer.keys, bool)
    with mux.writing(work, job.source):
        graft.graft(job.source, graft.all_of(pictures, times, keys), work, track_id, tags)
