"""Every picture is coded again. In MP4 and MOV around the old boxes, else by libavformat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labeler.media import mux
from labeler.media.job import Job, Scope
from labeler.media.mp4 import graft
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.open import open_media
from labeler.media.regraft import Ground, code_again
from labeler.media.rendering import NotThisWay, Rendering, Run
from labeler.media.ways.replacing import track_id_of
from labeler.media.writing import Consumer


@dataclass(frozen=True)
class Full:
    """keeps_boxes: as `Rendering` has it."""

    rendering: Rendering

    def write(self, job: Job, work: Path, tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        if not self.rendering.keeps_boxes:
            remuxed(job, work, tags, track_tags)
            return
        try:
            rewritten(job, work, tags)
        except CannotRewrite as reason:
            raise NotThisWay("boxes", reason) from reason


def prepare(job: Job, *, keeps_boxes: bool) -> Full:
    """Raises NotThisWay where the boxes were to be kept and cannot be."""
    if keeps_boxes and not job.inventory.is_rewritable:
        raise NotThisWay("container.not_rewritable", job.inventory.container)
    total = job.track.packets
    return Full(
        Rendering(way="full", frames=total, total=total, renewed=(Run(start=0, stop=total),), keeps_boxes=keeps_boxes)
    )


def remuxed(
    job: Job, work: Path, container_tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]
) -> None:
    """Through libavformat: it writes the whole file anew, every other track copied packet by packet."""
    scope = Scope(job.track.packets, job.track.hidden)
    with open_media(job.source) as opened:
        Consumer(job, work, opened, job.inventory).run(scope, container_tags, track_tags)


def rewritten(job: Job, work: Path, tags: Mapping[str, str]) -> None:
    """At the level of the boxes: new pictures go into a file of their own, and from there into the place of the old.

    Raises CannotRewrite besides what `render` raises.
    """
    pictures = work.with_name(f"pictures{work.suffix}")
    try:
        ground = Ground.of(job, track_id_of(job))
        times, keys = code_again(job, ground, ground.scope, pictures)
        with mux.writing(work, job.source):
            graft.graft(job.source, graft.all_of(pictures, times, keys), work, ground.track_id, tags)
    finally:
        pictures.unlink(missing_ok=True)
