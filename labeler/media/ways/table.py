"""The ways in the order in which they are tried: from what changes least to what changes most."""

from __future__ import annotations

from functools import partial

from labeler.media.job import Job
from labeler.media.rendering import Way
from labeler.media.ways import copy, full, intra, over, segmented, smart, splice
from labeler.media.ways.way import Prepare, Prepared


def in_place(job: Job) -> Prepared:
    return (
        over.prepare(job)
        if job.inventory.container in over.CODECS
        else intra.prepare(job, way="in_place", keeps_boxes=True)
    )


def in_part(job: Job, *, keeps_boxes: bool) -> Prepared:
    """Groups of pictures, or single ones where none leans on another."""
    if job.track.codec in intra.CODECS["smart"]:
        return intra.prepare(job, way="smart", keeps_boxes=keeps_boxes)
    return smart.prepare(job, keeps_boxes=keeps_boxes)


WAYS: tuple[tuple[Way, bool, Prepare], ...] = (
    ("copy", True, partial(copy.prepare, keeps_boxes=True)),
    ("copy", False, partial(copy.prepare, keeps_boxes=False)),
    ("splice", True, splice.prepare),
    ("in_place", True, in_place),
    ("smart", True, partial(in_part, keeps_boxes=True)),
    ("smart", False, partial(in_part, keeps_boxes=False)),
    ("full", True, segmented.prepare),
    ("full", True, partial(full.prepare, keeps_boxes=True)),
    ("full", False, partial(full.prepare, keeps_boxes=False)),
)
"""Each with whether the boxes of an MP4 or MOV stay around the pictures."""


def ways_for(job: Job) -> tuple[tuple[Way, bool, Prepare], ...]:
    """All but the one in segments where nobody asked for any."""
    return tuple(entry for entry in WAYS if job.segments or entry[2] is not segmented.prepare)
