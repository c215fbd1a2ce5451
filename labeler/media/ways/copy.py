"""No picture changes: every packet stays, and only what is told of the file is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeler.media import mux
from labeler.media.job import Job
from labeler.media.mp4 import graft
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.open import open_media
from labeler.media.rendering import NotThisWay, Rendering

NONE = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Copy:
    rendering: Rendering

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        with open_media(job.source) as container:
            track_id = container.streams[job.track.index].id
        nothing = graft.Pictures(job.source, NONE, NONE, NONE, NONE, NONE.astype(bool), lambda old: old)
        try:
            with mux.writing(work, job.source):
                graft.graft(job.source, nothing, work, track_id, tags)
        except CannotRewrite as reason:
            raise NotThisWay("boxes", reason) from reason
        job.progress("render", 1.0)


def prepare(job: Job) -> Copy:
    """Raises NotThisWay."""
    if job.changes is None or job.changes.intervals:
        raise NotThisWay("changes.some")
    if not job.inventory.is_rewritable:
        raise NotThisWay("container.not_rewritable", job.inventory.container)
    return Copy(Rendering(way="copy", frames=0, total=job.track.packets, renewed=(), keeps_boxes=True))
