"""Of the pictures that change only the slices under the change are coded again: ProRes in MP4 and MOV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from labeler.media import mux
from labeler.media.changes import Changes
from labeler.media.frames import FrameReader
from labeler.media.job import Job
from labeler.media.mp4.entry import without_rate
from labeler.media.mp4.graft import Pictures
from labeler.media.rendering import NotThisWay, Rendering
from labeler.media.splice import prores
from labeler.media.splice.alpha import look_under_mention
from labeler.media.splice.crop import DEEP_PROFILES, fitting_matrices
from labeler.media.splice.grid import Part
from labeler.media.splice.work import Splicing
from labeler.media.ways.replacing import GRAFTED_SHARE, changing, opened, put_in_place, runs

CHROMA = frozenset({prores.CHROMA_422, prores.CHROMA_444})


@dataclass(frozen=True)
class Splice:
    """parts: the slices that change. matrices: those of the source, by the name that the encoder has for them."""

    rendering: Rendering
    parts: tuple[Part, ...]
    matrices: str

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        put_in_place(job, work, self.rendering, tags, track_tags, partial(self._spliced, job))

    def _spliced(self, job: Job, file: Path) -> tuple[Pictures, None]:
        with FrameReader(job.source, job.track.index) as frames:
            format = frames.format
        with (
            opened(job, keeps_boxes=True) as (source, stream),
            mux.writing(file, job.source),
            file.open("wb") as out,
        ):
            is_changed = changing(source, fitting(job))
            splicing = Splicing(
                job, source, stream, format, is_changed, self.parts, self.matrices, share=GRAFTED_SHARE
            )  # fmt: skip
            return splicing.run(out).pictures(file, without_rate), None


def prepare(job: Job) -> Splice:
    """Raises NotThisWay."""
    changes = fitting(job)
    with opened(job, keeps_boxes=True) as (source, stream):
        is_changed = changing(source, changes)
        numbers = np.flatnonzero(is_changed)
        if not len(numbers):
            raise NotThisWay("changes.none")
        first = prores.read(source.read(int(numbers[0])))
        if first.kind.chroma not in CHROMA:
            raise NotThisWay("prores.chroma", first.kind.chroma)
        if first.kind.alpha and not is_alpha_kept(job.track.codec_tag, first.kind):
            raise NotThisWay("prores.alpha", first.kind.alpha)
        parts = first.kind.grid.parts(changes.boxes)
        if not parts:
            raise NotThisWay("changes.outside")
        matrices = fitting_matrices(job, stream, first, parts[0])
        if first.kind.alpha:
            look_under_mention(job, source, stream, parts, numbers.tolist())
    rendering = Rendering(
        way="splice", frames=len(numbers), total=len(is_changed), renewed=runs(is_changed), keeps_boxes=True
    )
    return Splice(rendering, parts, matrices)


def is_alpha_kept(tag: str, kind: prores.Kind) -> bool:
    return tag in DEEP_PROFILES and kind.chroma == prores.CHROMA_444 and kind.alpha in prores.ALPHAS


def fitting(job: Job) -> Changes:
    """What the inventory alone says. Raises NotThisWay."""
    if job.track.codec != "prores":
        raise NotThisWay("codec", job.track.codec)
    if not job.inventory.is_rewritable:
        raise NotThisWay("container.not_rewritable", job.inventory.container)
    if job.changes is None or not job.changes.boxes:
        raise NotThisWay("changes.everywhere")
    return job.changes
