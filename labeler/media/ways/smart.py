"""The groups of pictures that change are coded again, and take the places of the old ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from labeler.media import mux
from labeler.media.changes import Changes
from labeler.media.job import Job
from labeler.media.mp4.entry import with_configuration
from labeler.media.mp4.graft import Pictures
from labeler.media.mp4.tree import Node
from labeler.media.rendering import NotThisWay, Rendering
from labeler.media.smart.coding import MOST_REORDER, Coding
from labeler.media.smart.groups import Stretch, stretches
from labeler.media.smart.source import CONFIGURATIONS
from labeler.media.smart.table import CODINGS
from labeler.media.smart.work import Renewal, ShownTooEarly
from labeler.media.ways.replacing import changing, hold_container, looked_at, needed, opened, put_in_place, share_of

REMUXED = frozenset({"mp4", "mov", "mkv", "webm", "ts"})
"""Containers that libavformat writes anew with the packets of the source as they are."""


@dataclass(frozen=True)
class Smart:
    """stretches: what is coded again. coding: what was learnt of the source's packets on the way."""

    rendering: Rendering
    stretches: tuple[Stretch, ...]
    coding: Coding

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        put_in_place(job, work, self.rendering, tags, track_tags, partial(self._coded_again, job))

    def _coded_again(self, job: Job, file: Path) -> tuple[Pictures, bytes]:
        with opened(job, keeps_boxes=self.rendering.keeps_boxes) as (source, stream):
            is_changed = changing(source, needed(job))
            for most_reorder in range(min(MOST_REORDER, reorder_of(job)), -1, -1):
                self.coding.begin(most_reorder)
                renewal = Renewal(job, source, self.coding, stream, is_changed, share=share_of(self.rendering))
                try:
                    with mux.writing(file, job.source), file.open("wb") as out:
                        written = renewal.run(self.stretches, out)
                except ShownTooEarly:
                    if most_reorder:
                        continue
                    raise
                return written.pictures(file, partial(described, self.coding)), self.coding.record()
        raise AssertionError("the last turn returns or raises")


def reorder_of(job: Job) -> int:
    return job.track.picture.reorder if job.track.picture is not None else 0


def prepare(job: Job, *, keeps_boxes: bool) -> Smart:
    """Raises NotThisWay."""
    changes = fitting(job, keeps_boxes=keeps_boxes)
    with looked_at(job, keeps_boxes=keeps_boxes) as source:
        packets = source.packets
        if keeps_boxes and not packets.setup:
            raise NotThisWay("parameters.record")
        coding = CODINGS[job.track.codec](packets.setup)
        found = stretches(packets.pts, packets.is_key, changing(source, changes), coding, source.read)
    rendering = Rendering(
        way="smart",
        frames=sum(len(stretch.pictures) for stretch in found),
        total=len(packets.pts),
        renewed=tuple(stretch.run for stretch in found),
        retyped=tuple(place for stretch in found for place in stretch.retyped),
        keeps_boxes=keeps_boxes,
    )
    return Smart(rendering, found, coding)


def fitting(job: Job, *, keeps_boxes: bool) -> Changes:
    """What the inventory alone says. Raises NotThisWay."""
    picture, changes = job.track.picture, needed(job)
    hold_container(job, REMUXED, keeps_boxes=keeps_boxes)
    if job.track.codec not in CODINGS or (keeps_boxes and job.track.codec not in CONFIGURATIONS):
        raise NotThisWay("codec", job.track.codec)
    if picture is None or picture.field_order != "progressive":
        raise NotThisWay("pictures.fields")
    return changes


def described(coding: Coding, old: Node) -> Node:
    """The sample description of old and new pictures together."""
    return old if coding.box is None else with_configuration(old, coding.box, coding.record())
