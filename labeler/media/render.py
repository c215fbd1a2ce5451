"""Render: the source with its pictures painted. In MP4 and MOV around the old boxes, else by libavformat."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from labeler.media import mux
from labeler.media.accept import accept
from labeler.media.encoders.task import STANDARD, Quality
from labeler.media.inventory import Inventory
from labeler.media.job import Job, Paint, Scope
from labeler.media.mp4 import graft
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.open import open_media
from labeler.media.writing import Consumer
from labeler.progress import Progress, silent

logger = logging.getLogger("labeler")
Way = Literal["rewritten", "remuxed"]
"""At the level of the source's boxes, or by libavformat, which writes the whole file anew."""
NO_TAGS: Mapping[int, Mapping[str, str]] = MappingProxyType({})


def render(
    source: Path,
    work: Path,
    inventory: Inventory,
    *,
    paint: Paint,
    container_tags: Mapping[str, str],
    track_tags: Mapping[int, Mapping[str, str]] = NO_TAGS,
    progress: Progress = silent,
    threads: int | None = None,
    quality: Quality = STANDARD,
) -> Way:
    """Write `work`: the source with every frame of its video painted and nothing else changed. Tells in which way.

    paint: called once for each frame, in order, in a thread of its own, with planes that it may write to.
    container_tags, track_tags (by track index): added to the source's tags. threads: for decoder and encoder, None
    for all cores. On any error, `work` is removed.

    Raises SourceUnreadable (damaged, or changed since the inventory), SourceUnsupported (going on would lose
    something), MachineLacks, DiskFull, OutputRefused, and whatever `progress` or `paint` raise.
    """
    tracks = inventory.of_kind("video")
    if len(tracks) != 1:
        raise mux.unsupported(source, f"{len(tracks)} video tracks", f"{len(tracks)} pistes vidéo")
    job = Job(source, inventory, tracks[0], paint, progress, threads, quality)
    try:
        if inventory.is_rewritable and rewritten(job, work, container_tags):
            return "rewritten"
        remuxed(job, work, container_tags, track_tags)
        return "remuxed"
    except BaseException:
        work.unlink(missing_ok=True)
        raise


def remuxed(
    job: Job, work: Path, container_tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]
) -> None:
    """Through libavformat: it writes the whole file anew, every other track copied packet by packet."""
    scope = Scope(job.track.packets, job.track.hidden)
    with open_media(job.source) as opened:
        Consumer(job, work, opened, job.inventory).run(scope, container_tags, track_tags)


def rewritten(job: Job, work: Path, container_tags: Mapping[str, str]) -> bool:
    """At the level of the boxes: new pictures go into a file of their own, and from there into the place of the old.

    False where it turns out that they do not fit, and the other way would lose nothing either. Raises
    SourceUnsupported where it would.
    """
    pictures = work.with_name(f"pictures{work.suffix}")
    with open_media(job.source) as container:
        track_id = container.streams[job.track.index].id
    try:
        graft_pictures(job, work, pictures, track_id, container_tags)
    except CannotRewrite as reason:
        logger.debug("%s: not rewritten: %s", job.source, reason)
        accept(job.inventory.model_copy(update={"is_rewritable": False}), job.source)
        return False
    finally:
        pictures.unlink(missing_ok=True)
    return True


def graft_pictures(job: Job, work: Path, pictures: Path, track_id: int, tags: Mapping[str, str]) -> None:
    """Raises CannotRewrite besides what `render` raises."""
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
    scope = Scope(len(read.samples.sizes), 0, int(origin), has_copies=False)
    # All pictures in the times of the media, those too that an edit list hides.
    with open_media(job.source, options={"ignore_editlist": "1"}) as opened:
        consumer = Consumer(job, pictures, opened, alone)
        consumer.run(scope, {}, NO_TAGS)
    times, keys = np.array(consumer.times, np.int64), np.array(consumer.keys, bool)
    with mux.writing(work, job.source):
        graft.graft(job.source, graft.all_of(pictures, times, keys), work, track_id, tags)
