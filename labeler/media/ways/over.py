"""MXF and AVI whose pictures all have one size: the file is copied, and new pictures are written over the old ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labeler.media import mux
from labeler.media.frames import video_stream
from labeler.media.intra.essence import EssenceSource
from labeler.media.intra.located import LocatedSource
from labeler.media.intra.placed import PlacedSource
from labeler.media.inventory import Container
from labeler.media.job import Job
from labeler.media.mp4 import copying
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.open import open_media
from labeler.media.rendering import NotThisWay, Rendering
from labeler.media.ways.intra import hold_profile, recoding_of, rendering_of, try_avc_intra
from labeler.media.ways.replacing import GRAFTED_SHARE, changing, needed

CODECS: Mapping[Container, frozenset[str]] = {
    "mxf": frozenset({"dnxhd", "h264"}),
    "avi": frozenset({"v210", "rawvideo"}),
}
SOURCES: Mapping[Container, type[LocatedSource]] = {"mxf": EssenceSource, "avi": PlacedSource}


@dataclass(frozen=True)
class Over:
    rendering: Rendering

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        """Nothing but pictures is written: there is no room for tags."""
        if tags:
            raise NotThisWay("tags", ", ".join(tags))
        try:
            self._write(job, work)
        except CannotRewrite as reason:
            raise NotThisWay("boxes", reason) from reason
        job.progress("render", 1.0)

    def _write(self, job: Job, work: Path) -> None:
        with mux.writing(work, job.source), job.source.open("rb") as file, work.open("wb") as out:
            copying.copy(file, 0, file.seek(0, 2), out)
        with open_media(job.source) as container, opened(job) as source:
            stream = video_stream(container, job.track.index, job.source)
            recoding = recoding_of(job.track.codec)(
                job, source, stream, changing(source, needed(job)), share=GRAFTED_SHARE
            )
            with mux.writing(work, job.source), work.open("r+b") as patched:

                def overwrite(number: int, data: bytes) -> None:
                    start, end = source.places[number]
                    if len(data) != end - start:
                        raise NotThisWay("encoder.size", f"{len(data)}/{end - start}")
                    patched.seek(start)
                    patched.write(data)

                recoding.run(overwrite)


def prepare(job: Job) -> Over:
    """Raises NotThisWay."""
    if job.track.codec not in CODECS[job.inventory.container]:
        raise NotThisWay("codec", job.track.codec)
    hold_profile(job)
    changes = needed(job)
    with open_media(job.source) as container, opened(job) as source:
        if not source.packets.is_key.all():
            raise NotThisWay("groups.lean", job.track.codec)
        is_changed = changing(source, changes)
        try_avc_intra(job, source, video_stream(container, job.track.index, job.source), is_changed)
    return Over(rendering_of("in_place", is_changed, keeps_boxes=True))


def opened(job: Job) -> LocatedSource:
    return SOURCES[job.inventory.container](job.source, job.track)
