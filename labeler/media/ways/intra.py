"""Codecs whose pictures lean on no other: the pictures under the mention are coded again, and no others.

Where all frames have one size the new ones take the very bytes of the old (`in_place`), else their places (`smart`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from av.video.stream import VideoStream

from labeler.media import mux
from labeler.media.changes import Changes
from labeler.media.intra import likeness
from labeler.media.intra.work import Recoding
from labeler.media.job import Job
from labeler.media.mp4 import graft
from labeler.media.mp4.entry import without_rate
from labeler.media.mp4.graft import Pictures
from labeler.media.mp4.tables import Flags
from labeler.media.mp4.tree import CannotRewrite, Node
from labeler.media.open import open_media
from labeler.media.remux import Replaced, remux
from labeler.media.rendering import NotThisWay, Rendering, Way
from labeler.media.smart.work import Written
from labeler.media.ways.smart import GRAFTED_SHARE, REMUXED_SHARE, opened, track_id_of
from labeler.media.ways.splice import changing, runs

CODECS: Mapping[Way, frozenset[str]] = {
    "in_place": likeness.CONSTANT,
    "smart": frozenset({"mjpeg", "ffv1", "prores"}),
}
REMUXED = frozenset({"mkv"})
"""Containers that hold these codecs and that libavformat writes anew around their packets."""


@dataclass(frozen=True)
class Intra:
    rendering: Rendering

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        file = work.with_name("pictures.part")
        try:
            pictures = self._coded_again(job, file)
            if self.rendering.keeps_boxes:
                with mux.writing(work, job.source):
                    graft.graft(job.source, pictures, work, track_id_of(job), tags)
            else:
                remux(job, work, tags, track_tags, Replaced(pictures, None))
        except CannotRewrite as reason:
            raise NotThisWay("boxes", reason) from reason
        finally:
            file.unlink(missing_ok=True)
        job.progress("render", 1.0)

    def _coded_again(self, job: Job, file: Path) -> Pictures:
        keeps_boxes, written = self.rendering.keeps_boxes, Written()
        share = GRAFTED_SHARE if keeps_boxes else REMUXED_SHARE
        with open_media(job.source) as container, opened(job, keeps_boxes=keeps_boxes) as source:
            stream = container.streams[job.track.index]
            assert isinstance(stream, VideoStream)
            pts = source.packets.pts
            recoding = Recoding(job, source, stream, changing(source, needed(job)), share=share)
            with mux.writing(file, job.source), file.open("wb") as out:
                recoding.run(lambda number, data: written.add(out, data, number, int(pts[number]), is_key=True))
        return written.pictures(file, self._describe)

    def _describe(self, old: Node) -> Node:
        return old if self.rendering.way == "in_place" else without_rate(old)


def prepare(job: Job, *, way: Way, keeps_boxes: bool) -> Intra:
    """Raises NotThisWay."""
    codec, inventory = job.track.codec, job.inventory
    if codec not in CODECS[way]:
        raise NotThisWay("codec", codec)
    if keeps_boxes and not inventory.is_rewritable:
        raise NotThisWay("container.not_rewritable", inventory.container)
    if not keeps_boxes and inventory.is_rewritable:
        raise NotThisWay("container.rewritable")
    if not keeps_boxes and inventory.container not in REMUXED:
        raise NotThisWay("container", inventory.container)
    with opened(job, keeps_boxes=keeps_boxes) as source:
        if not source.packets.is_key.all():
            raise NotThisWay("groups.lean", codec)
        is_changed = changing(source, needed(job))
    return Intra(rendering_of(way, is_changed, keeps_boxes=keeps_boxes))


def needed(job: Job) -> Changes:
    """Raises NotThisWay where nobody knows what changes."""
    if job.changes is None:
        raise NotThisWay("changes.everywhere")
    return job.changes


def rendering_of(way: Way, is_changed: Flags, *, keeps_boxes: bool) -> Rendering:
    return Rendering(
        way=way,
        frames=int(is_changed.sum()),
        total=len(is_changed),
        renewed=runs(is_changed),
        keeps_boxes=keeps_boxes,
    )
