"""The ways in the order in which they are tried: from what changes least to what changes most."""

from __future__ import annotations

from functools import partial

from labeler.media.rendering import Way
from labeler.media.ways import copy, full, intra, mxf, smart, splice
from labeler.media.ways.way import Prepare

WAYS: tuple[tuple[Way, bool, Prepare], ...] = (
    ("copy", True, partial(copy.prepare, keeps_boxes=True)),
    ("copy", False, partial(copy.prepare, keeps_boxes=False)),
    ("splice", True, splice.prepare),
    ("in_place", True, partial(intra.prepare, way="in_place", keeps_boxes=True)),
    ("in_place", True, mxf.prepare),
    ("smart", True, partial(smart.prepare, keeps_boxes=True)),
    ("smart", False, partial(smart.prepare, keeps_boxes=False)),
    ("smart", True, partial(intra.prepare, way="smart", keeps_boxes=True)),
    ("smart", False, partial(intra.prepare, way="smart", keeps_boxes=False)),
    ("full", True, partial(full.prepare, keeps_boxes=True)),
    ("full", False, partial(full.prepare, keeps_boxes=False)),
)
"""Each with whether the boxes of an MP4 or MOV stay around the pictures."""
