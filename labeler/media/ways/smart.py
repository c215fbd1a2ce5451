"""H.264 and HEVC in MP4 and MOV: the groups of pictures that change are coded again, and grafted into the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av.video.stream import VideoStream

from labeler.media import mux
from labeler.media.changes import Changes
from labeler.media.job import Job
from labeler.media.mp4 import graft
from labeler.media.mp4.tables import Flags
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.open import open_media
from labeler.media.rendering import NotThisWay, Rendering
from labeler.media.smart.groups import Stretch, stretches
from labeler.media.smart.source import CONFIGURATIONS, Mp4Source
from labeler.media.smart.work import Renewal


@dataclass(frozen=True)
class Smart:
    """stretches: what is coded again. changes: which pictures are painted."""

    rendering: Rendering
    stretches: tuple[Stretch, ...]
    changes: Flags
    track_id: int

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        pictures = work.with_name("pictures.part")
        try:
            with (
                open_media(job.source) as container,
                Mp4Source(job.source, job.track, self.track_id) as source,
                mux.writing(work, job.source),
            ):
                coding = source.coding()
                stream = container.streams[job.track.index]
                assert isinstance(stream, VideoStream)
                renewal = Renewal(job, source, coding, stream, self.changes)
                with pictures.open("wb") as out:
                    written = renewal.run(self.stretches, out)
                graft.graft(job.source, written.pictures(pictures, coding.describe), work, self.track_id, tags)
        except CannotRewrite as reason:
            raise NotThisWay("boxes", reason) from reason
        finally:
            pictures.unlink(missing_ok=True)
        job.progress("render", 1.0)


def prepare(job: Job) -> Smart:
    """Raises NotThisWay."""
    changes = fitting(job)
    with open_media(job.source) as container:
        track_id = container.streams[job.track.index].id
    with Mp4Source(job.source, job.track, track_id) as source:
        packets = source.packets
        is_changed = changes.at(packets.pts, packets.origin, packets.timescale)
        found = stretches(packets.pts, packets.is_key, is_changed, source.coding(), source.read)
    frames = sum(len(stretch.pictures) for stretch in found)
    rendering = Rendering(
        way="smart",
        frames=frames,
        total=len(packets.pts),
        renewed=tuple(stretch.run for stretch in found),
        retyped=tuple(place for stretch in found for place in stretch.retyped),
        keeps_boxes=True,
    )
    return Smart(rendering, found, np.asarray(is_changed), track_id)


def fitting(job: Job) -> Changes:
    """What the inventory alone says. Raises NotThisWay."""
    picture = job.track.picture
    if job.changes is None:
        raise NotThisWay("changes.everywhere")
    if not job.inventory.is_rewritable:
        raise NotThisWay("container.not_rewritable", job.inventory.container)
    if job.track.codec not in CONFIGURATIONS:
        raise NotThisWay("codec", job.track.codec)
    if picture is None or picture.field_order != "progressive":
        raise NotThisWay("pictures.fields")
    return job.changes
