"""No picture changes: every packet stays, and only what is told of the file is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeler.media import mux
from labeler.media.job import Job
from labeler.media.mp4 import copying, graft
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.remux import remux
from labeler.media.rendering import NotThisWay, Rendering
from labeler.media.ways.replacing import track_id_of

NONE = np.zeros(0, np.int64)
REMUXED = frozenset({"mp4", "mov", "mkv", "webm"})
"""Containers that hold tags, and that libavformat writes anew around packets as they are."""


@dataclass(frozen=True)
class Copy:
    rendering: Rendering

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        if not self.rendering.keeps_boxes:
            remux(job, work, tags, track_tags)
        elif job.inventory.is_rewritable:
            self._graft(job, work, tags)
        elif tags or track_tags:
            raise NotThisWay("tags")
        else:
            with mux.writing(work, job.source), job.source.open("rb") as file, work.open("wb") as out:
                copying.copy(file, 0, file.seek(0, 2), out)
        job.progress("render", 1.0)

    def _graft(self, job: Job, work: Path, tags: Mapping[str, str]) -> None:
        nothing = graft.Pictures(job.source, NONE, NONE, NONE, NONE, NONE.astype(bool), lambda old: old)
        try:
            with mux.writing(work, job.source):
                graft.graft(job.source, nothing, work, track_id_of(job), tags)
        except CannotRewrite as reason:
            raise NotThisWay("boxes", reason) from reason


def prepare(job: Job, *, keeps_boxes: bool) -> Copy:
    """keeps_boxes: MP4 and MOV by their boxes; where labeler writes nothing into the file, byte by byte.

    Raises NotThisWay.
    """
    inventory = job.inventory
    if job.changes is None or job.changes.intervals:
        raise NotThisWay("changes.some")
    if keeps_boxes and not inventory.is_rewritable and inventory.container in REMUXED:
        raise NotThisWay("container.not_rewritable", inventory.container)
    if not keeps_boxes and (inventory.is_rewritable or inventory.container not in REMUXED):
        raise NotThisWay("container", inventory.container)
    return Copy(Rendering(way="copy", frames=0, total=job.track.packets, renewed=(), keeps_boxes=keeps_boxes))
