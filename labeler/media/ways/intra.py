"""Codecs whose pictures lean on no other: the pictures under the mention are coded again, and no others.

Where all frames have one size the new ones take the very bytes of the old (`in_place`), else their places (`smart`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from av.video.stream import VideoStream

from labeler.media import mux
from labeler.media.intra import likeness
from labeler.media.intra.avc_intra import AvcIntraRecoding
from labeler.media.intra.jpeg2000 import Jpeg2000Recoding
from labeler.media.intra.work import Recoding
from labeler.media.job import Job
from labeler.media.mp4.entry import without_rate
from labeler.media.mp4.graft import Pictures
from labeler.media.mp4.tables import Flags
from labeler.media.mp4.tree import Node
from labeler.media.rendering import NotThisWay, Rendering, Way
from labeler.media.smart.source import Source
from labeler.media.smart.work import Written
from labeler.media.ways.replacing import changing, hold_container, needed, opened, put_in_place, runs, share_of

CODECS: Mapping[Way, frozenset[str]] = {
    "in_place": likeness.CONSTANT | {"h264"},
    "smart": frozenset({"mjpeg", "ffv1", "prores", "jpeg2000", "v210", "rawvideo"}),
}
RECODINGS: Mapping[str, type[Recoding]] = {"h264": AvcIntraRecoding, "jpeg2000": Jpeg2000Recoding}
"""Codecs whose pictures are made in a manner of their own."""
INTRA = " Intra"
"""How FFmpeg's names of H.264's profiles end in which every picture is a key."""
REMUXED = frozenset({"mkv"})
"""Containers that hold these codecs and that libavformat writes anew around their packets."""


@dataclass(frozen=True)
class Intra:
    rendering: Rendering

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        put_in_place(job, work, self.rendering, tags, track_tags, partial(self._coded_again, job))

    def _coded_again(self, job: Job, file: Path) -> tuple[Pictures, None]:
        written = Written()
        with opened(job, keeps_boxes=self.rendering.keeps_boxes) as (source, stream):
            pts = source.packets.pts
            is_changed, kind = changing(source, needed(job)), recoding_of(job.track.codec)
            recoding = kind(job, source, stream, is_changed, share=share_of(self.rendering))
            with mux.writing(file, job.source), file.open("wb") as out:
                recoding.run(lambda number, data: written.add(out, data, number, int(pts[number]), is_key=True))
        return written.pictures(file, self._describe), None

    def _describe(self, old: Node) -> Node:
        return old if self.rendering.way == "in_place" else without_rate(old)


def prepare(job: Job, *, way: Way, keeps_boxes: bool) -> Intra:
    """Raises NotThisWay."""
    codec = job.track.codec
    if codec not in CODECS[way]:
        raise NotThisWay("codec", codec)
    hold_container(job, REMUXED, keeps_boxes=keeps_boxes)
    hold_profile(job)
    with opened(job, keeps_boxes=keeps_boxes) as (source, stream):
        if not source.packets.is_key.all():
            raise NotThisWay("groups.lean", codec)
        is_changed = changing(source, needed(job))
        try_avc_intra(job, source, stream, is_changed)
    return Intra(rendering_of(way, is_changed, keeps_boxes=keeps_boxes))


def hold_profile(job: Job) -> None:
    """Raises NotThisWay for H.264 that is not of a profile without references between pictures."""
    picture = job.track.picture
    profile = (picture.profile if picture is not None else None) or ""
    if job.track.codec == "h264" and not profile.endswith(INTRA):
        raise NotThisWay("codec", f"h264 {profile}")


def try_avc_intra(job: Job, source: Source, stream: VideoStream, is_changed: Flags) -> None:
    """Raises NotThisWay for H.264 that is none that the encoder writes: nothing but a trial can tell."""
    if job.track.codec == "h264":
        AvcIntraRecoding(job, source, stream, is_changed, share=0.0).try_one()


def recoding_of(codec: str) -> type[Recoding]:
    return RECODINGS.get(codec, Recoding)


def rendering_of(way: Way, is_changed: Flags, *, keeps_boxes: bool) -> Rendering:
    return Rendering(
        way=way,
        frames=int(is_changed.sum()),
        total=len(is_changed),
        renewed=runs(is_changed),
        keeps_boxes=keeps_boxes,
    )
