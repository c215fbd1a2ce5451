"""Code pictures of an MP4 or MOV again, in the times of its media, into a file from which they are grafted back."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from labeler.media.inventory import Inventory
from labeler.media.job import Job, Scope
from labeler.media.mp4 import graft
from labeler.media.mp4.graft import Rewritable
from labeler.media.mp4.tables import Flags, Numbers
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.open import open_media
from labeler.media.opening import opening
from labeler.media.writing import Consumer


@dataclass(frozen=True)
class Ground:
    """What is to be replaced in a source. scope: all its pictures, those too that an edit list hides. alone: the
    inventory of a file with them and nothing else."""

    track_id: int
    read: Rewritable
    scope: Scope
    alone: Inventory

    @classmethod
    def of(cls, job: Job, track_id: int) -> Ground:
        """Raises CannotRewrite."""
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
        return cls(track_id, read, scope, alone)


def code_again(job: Job, ground: Ground, scope: Scope, target: Path) -> tuple[Numbers, Flags]:
    """Write the painted pictures of this scope to `target`. Of each new packet, in order of coding: its PTS in ticks of
    the source's media, and whether it is a key. Raises what `render` raises."""
    with open_media(job.source, options={"ignore_editlist": "1"}) as opened:
        consumer = Consumer(job, target, opened, ground.alone)
        consumer.run(scope, {}, {})
    return np.array(consumer.times, np.int64), np.array(consumer.keys, bool)
