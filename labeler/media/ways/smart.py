"""The groups of pictures that change are coded again, and take the places of the old ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from av.video.stream import VideoStream

from labeler.media import mux
from labeler.media.changes import Changes
from labeler.media.job import Job
from labeler.media.mp4 import graft
from labeler.media.mp4.entry import with_configuration
from labeler.media.mp4.graft import Pictures
from labeler.media.mp4.tree import CannotRewrite, Node
from labeler.media.open import open_media
from labeler.media.remux import Replaced, remux
from labeler.media.rendering import NotThisWay, Rendering
from labeler.media.smart.coding import MOST_REORDER, Coding
from labeler.media.smart.demuxed import DemuxedSource
from labeler.media.smart.groups import Stretch, stretches
from labeler.media.smart.source import CONFIGURATIONS, Mp4Source, Source
from labeler.media.smart.table import CODINGS
from labeler.media.smart.work import Renewal, ShownTooEarly

REMUXED = frozenset({"mp4", "mov", "mkv", "webm", "ts"})
"""Containers that libavformat writes anew with the packets of the source as they are."""
GRAFTED_SHARE, REMUXED_SHARE = 0.9, 0.5
"""Of the progress, what coding takes: a graft is a copy of the file, a remux goes through all packets."""


@dataclass(frozen=True)
class Smart:
    """stretches: what is coded again. coding: what was learnt of the source's packets on the way."""

    rendering: Rendering
    stretches: tuple[Stretch, ...]
    coding: Coding

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        file = work.with_name("pictures.part")
        try:
            pictures = self._coded_again(job, file)
            if self.rendering.keeps_boxes:
                with mux.writing(work, job.source):
                    graft.graft(job.source, pictures, work, track_id_of(job), tags)
            else:
                remux(job, work, tags, track_tags, Replaced(pictures, self.coding.record()))
        except CannotRewrite as reason:
            raise NotThisWay("boxes", reason) from reason
        finally:
            file.unlink(missing_ok=True)
        job.progress("render", 1.0)

    def _coded_again(self, job: Job, file: Path) -> Pictures:
        keeps_boxes = self.rendering.keeps_boxes
        with open_media(job.source) as container, opened(job, keeps_boxes=keeps_boxes) as source:
            stream = container.streams[job.track.index]
            assert isinstance(stream, VideoStream)
            packets, changes = source.packets, fitting(job, keeps_boxes=keeps_boxes)
            is_changed = changes.at(packets.pts, packets.origin, packets.timescale)
            share = GRAFTED_SHARE if keeps_boxes else REMUXED_SHARE
            for most_reorder in range(min(MOST_REORDER, reorder_of(job)), -1, -1):
                self.coding.begin(most_reorder)
                renewal = Renewal(job, source, self.coding, stream, is_changed, share=share)
                try:
                    with mux.writing(file, job.source), file.open("wb") as out:
                        written = renewal.run(self.stretches, out)
                except ShownTooEarly:
                    if most_reorder:
                        continue
                    raise
                return written.pictures(file, partial(described, self.coding))
        raise AssertionError("the last turn returns or raises")


def reorder_of(job: Job) -> int:
    return job.track.picture.reorder if job.track.picture is not None else 0


def prepare(job: Job, *, keeps_boxes: bool) -> Smart:
    """Raises NotThisWay."""
    changes = fitting(job, keeps_boxes=keeps_boxes)
    with opened(job, keeps_boxes=keeps_boxes) as source:
        packets = source.packets
        coding = CODINGS[job.track.codec](packets.setup)
        is_changed = changes.at(packets.pts, packets.origin, packets.timescale)
        found = stretches(packets.pts, packets.is_key, is_changed, coding, source.read)
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
    picture, inventory = job.track.picture, job.inventory
    if job.changes is None:
        raise NotThisWay("changes.everywhere")
    if keeps_boxes and not inventory.is_rewritable:
        raise NotThisWay("container.not_rewritable", inventory.container)
    if not keeps_boxes and inventory.is_rewritable:
        raise NotThisWay("container.rewritable")
    if inventory.container not in REMUXED:
        raise NotThisWay("container", inventory.container)
    if job.track.codec not in CODINGS or (keeps_boxes and job.track.codec not in CONFIGURATIONS):
        raise NotThisWay("codec", job.track.codec)
    if picture is None or picture.field_order != "progressive":
        raise NotThisWay("pictures.fields")
    return job.changes


def opened(job: Job, *, keeps_boxes: bool) -> Source:
    if keeps_boxes:
        return Mp4Source(job.source, job.track, track_id_of(job))
    return DemuxedSource(job.source, job.track)


def track_id_of(job: Job) -> int:
    with open_media(job.source) as container:
        return int(container.streams[job.track.index].id)


def described(coding: Coding, old: Node) -> Node:
    """The sample description of old and new pictures together."""
    return old if coding.box is None else with_configuration(old, coding.box, coding.record())
