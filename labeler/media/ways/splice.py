"""Of the pictures that change only the slices under the change are coded again: ProRes in MP4 and MOV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av.video.stream import VideoStream

from labeler.media import mux
from labeler.media.changes import Changes
from labeler.media.frames import FrameReader
from labeler.media.job import Job
from labeler.media.mp4 import graft
from labeler.media.mp4.entry import without_rate
from labeler.media.mp4.graft import Pictures
from labeler.media.mp4.tables import Flags
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.open import open_media
from labeler.media.rendering import NotThisWay, Rendering, Run
from labeler.media.smart.source import Mp4Source, Source
from labeler.media.splice import prores
from labeler.media.splice.crop import fitting_matrices
from labeler.media.splice.grid import Part
from labeler.media.splice.work import Splicing
from labeler.media.ways.smart import GRAFTED_SHARE, track_id_of

CHROMA = frozenset({prores.CHROMA_422, prores.CHROMA_444})


@dataclass(frozen=True)
class Splice:
    """parts: the slices that change. matrices: those of the source, by the name that the encoder has for them."""

    rendering: Rendering
    parts: tuple[Part, ...]
    matrices: str

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        file = work.with_name("pictures.part")
        try:
            pictures = self._spliced(job, file)
            with mux.writing(work, job.source):
                graft.graft(job.source, pictures, work, track_id_of(job), tags)
        except CannotRewrite as reason:
            raise NotThisWay("boxes", reason) from reason
        finally:
            file.unlink(missing_ok=True)
        job.progress("render", 1.0)

    def _spliced(self, job: Job, file: Path) -> Pictures:
        with FrameReader(job.source, job.track.index) as frames:
            format = frames.format
        with opened(job) as (source, stream), mux.writing(file, job.source), file.open("wb") as out:
            is_changed = changing(source, fitting(job))
            splicing = Splicing(
                job, source, stream, format, is_changed, self.parts, self.matrices, share=GRAFTED_SHARE
            )  # fmt: skip
            return splicing.run(out).pictures(file, without_rate)


def prepare(job: Job) -> Splice:
    """Raises NotThisWay."""
    changes = fitting(job)
    with opened(job) as (source, stream):
        is_changed = changing(source, changes)
        numbers = np.flatnonzero(is_changed)
        if not len(numbers):
            raise NotThisWay("changes.none")
        first = prores.read(source.read(int(numbers[0])))
        if first.kind.chroma not in CHROMA or first.kind.alpha:
            raise NotThisWay("prores.chroma", first.kind.chroma)
        parts = first.kind.grid.parts(changes.boxes)
        if not parts:
            raise NotThisWay("changes.outside")
        matrices = fitting_matrices(job, stream, first, parts[0])
    rendering = Rendering(
        way="splice", frames=len(numbers), total=len(is_changed), renewed=runs(is_changed), keeps_boxes=True
    )
    return Splice(rendering, parts, matrices)


def fitting(job: Job) -> Changes:
    """What the inventory alone says. Raises NotThisWay."""
    if job.track.codec != "prores":
        raise NotThisWay("codec", job.track.codec)
    if not job.inventory.is_rewritable:
        raise NotThisWay("container.not_rewritable", job.inventory.container)
    if job.changes is None or not job.changes.boxes:
        raise NotThisWay("changes.everywhere")
    return job.changes


@contextmanager
def opened(job: Job) -> Iterator[tuple[Mp4Source, VideoStream]]:
    with open_media(job.source) as container, Mp4Source(job.source, job.track, track_id_of(job)) as source:
        stream = container.streams[job.track.index]
        assert isinstance(stream, VideoStream)
        yield source, stream


def changing(source: Source, changes: Changes) -> Flags:
    packets = source.packets
    return np.asarray(changes.at(packets.pts, packets.origin, packets.timescale))


def runs(is_changed: Flags) -> tuple[Run, ...]:
    """Neighbours among the packets that change."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_changed, [False]]))).tolist()
    return tuple(Run(start=start, stop=stop) for start, stop in zip(edges[::2], edges[1::2], strict=True))
