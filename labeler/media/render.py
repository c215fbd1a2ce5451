"""Render: the source with its pictures painted, in the way that changes least."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from labeler.media import mux, planner
from labeler.media.changes import Changes
from labeler.media.encoders.task import STANDARD, Quality
from labeler.media.inventory import Inventory
from labeler.media.job import Job, Paint
from labeler.media.rendering import Declined, Mode, NotThisWay, Rendering, Run
from labeler.media.segment import Carry
from labeler.progress import Progress, silent

logger = logging.getLogger("labeler")
NO_TAGS: Mapping[int, Mapping[str, str]] = MappingProxyType({})


def render(
    source: Path,
    work: Path,
    inventory: Inventory,
    *,
    paint: Paint,
    container_tags: Mapping[str, str],
    track_tags: Mapping[int, Mapping[str, str]] = NO_TAGS,
    changes: Changes | None = None,
    mode: Mode = "auto",
    progress: Progress = silent,
    threads: int | None = None,
    quality: Quality = STANDARD,
    segments: Sequence[Run] = (),
    carry: Carry | None = None,
) -> Rendering:
    """Write `work`: the source with its video painted and nothing else changed. Tells how it came to be.

    paint: called in order for each frame that `changes` names (None: for every one), and for others too where all are
    coded again, in one thread, with planes that it may write to. container_tags, track_tags (by track index): added to
    the source's tags. threads: for decoder and encoder, None for all cores. segments: the runs that a full render is
    cut into (`segments.cuts`), carry: who renders them, None for this process, one after the other; where they do not
    join, it is done in one piece, and `declined` says why. On any error, `work` is removed.

    Raises SourceUnreadable (damaged, or changed since the inventory), SourceUnsupported (going on would lose
    something), MachineLacks, DiskFull, OutputRefused, and whatever `progress` or `paint` raise.
    """
    tracks = inventory.of_kind("video")
    if len(tracks) != 1:
        raise mux.unsupported(source, f"{len(tracks)} video tracks", f"{len(tracks)} pistes vidéo")
    job = Job(
        source, inventory, tracks[0], paint, progress, threads, quality, changes, mode, None, tuple(segments), carry
    )
    declined: list[Declined] = []
    try:
        for prepared in planner.prepared_ways(job, declined):
            try:
                prepared.write(job, work, container_tags, track_tags)
            except NotThisWay as reason:
                way = prepared.rendering.way
                logger.debug("%s: not %s: %s %s", source, way, reason.code, reason.about)
                declined.append(Declined(way=way, code=reason.code, about=reason.about))
                continue
            return planner.told(prepared, job, declined)
    except BaseException:
        work.unlink(missing_ok=True)
        raise
    raise AssertionError("`prepared_ways` ends with an error")
