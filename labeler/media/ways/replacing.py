"""What the ways share that put new packets in the places of old ones: what changes, where it goes, how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from av.video.stream import VideoStream

from labeler.media import mux
from labeler.media.changes import Changes
from labeler.media.job import Job
from labeler.media.mp4 import graft
from labeler.media.mp4.graft import Pictures
from labeler.media.mp4.tables import Flags
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.open import open_media
from labeler.media.remux import Replaced, remux
from labeler.media.rendering import NotThisWay, Rendering, Run
from labeler.media.smart.demuxed import DemuxedSource
from labeler.media.smart.source import Mp4Source, Source

GRAFTED_SHARE, REMUXED_SHARE = 0.9, 0.5
"""Of the progress, what coding takes: a graft is a copy of the file, a remux goes through all packets."""


def put_in_place(
    job: Job,
    work: Path,
    rendering: Rendering,
    tags: Mapping[str, str],
    track_tags: Mapping[int, Mapping[str, str]],
    make: Callable[[Path], tuple[Pictures, bytes | None]],
) -> None:
    """Write `work`: the source with what `make` writes to the file that it is handed, and the decoder configuration of
    old and new packets together (None: as it is). Raises NotThisWay, and what `render` raises."""
    file = work.with_name("pictures.part")
    try:
        pictures, setup = make(file)
        if rendering.keeps_boxes:
            with mux.writing(work, job.source):
                graft.graft(job.source, pictures, work, track_id_of(job), tags)
        else:
            remux(job, work, tags, track_tags, Replaced(pictures, setup))
    except CannotRewrite as reason:
        raise NotThisWay("boxes", reason) from reason
    finally:
        file.unlink(missing_ok=True)
    job.progress("render", 1.0)


@contextmanager
def opened(job: Job, *, keeps_boxes: bool) -> Iterator[tuple[Source, VideoStream]]:
    """The source's packets by number, and its video stream."""
    with open_media(job.source) as container:
        stream = container.streams[job.track.index]
        assert isinstance(stream, VideoStream)
        with packets_of(job, stream.id, keeps_boxes=keeps_boxes) as source:
            yield source, stream


@contextmanager
def looked_at(job: Job, *, keeps_boxes: bool) -> Iterator[Source]:
    """The same packets for whoever needs no stream: the file is opened only where its boxes are not known yet."""
    track_id = track_id_of(job) if keeps_boxes and job.boxes is None else 0
    with packets_of(job, track_id, keeps_boxes=keeps_boxes) as source:
        yield source


def packets_of(job: Job, track_id: int, *, keeps_boxes: bool) -> Source:
    """track_id: that of an MP4 or MOV whose boxes are still to be read."""
    if not keeps_boxes:
        return DemuxedSource(job.source, job.track)
    return Mp4Source(job.source, job.track, job.boxes or track_id)


def hold_container(job: Job, remuxed: frozenset[str], *, keeps_boxes: bool) -> None:
    """Raises NotThisWay unless the boxes can be kept, or, where that is not asked and cannot be, the container is one
    of those that libavformat writes anew around these packets."""
    inventory = job.inventory
    if keeps_boxes and not inventory.is_rewritable:
        raise NotThisWay("container.not_rewritable", inventory.container)
    if not keeps_boxes and inventory.is_rewritable:
        raise NotThisWay("container.rewritable")
    if not keeps_boxes and inventory.container not in remuxed:
        raise NotThisWay("container", inventory.container)


def track_id_of(job: Job) -> int:
    with open_media(job.source) as container:
        return int(container.streams[job.track.index].id)


def share_of(rendering: Rendering) -> float:
    return GRAFTED_SHARE if rendering.keeps_boxes else REMUXED_SHARE


def needed(job: Job) -> Changes:
    """Raises NotThisWay where nobody knows what changes."""
    if job.changes is None:
        raise NotThisWay("changes.everywhere")
    return job.changes


def changing(source: Source, changes: Changes) -> Flags:
    """Which packets hold a picture that changes."""
    packets = source.packets
    return np.asarray(changes.at(packets.shown, packets.origin, packets.timescale))


def runs(is_changed: Flags) -> tuple[Run, ...]:
    """Neighbours among the packets that change."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_changed, [False]]))).tolist()
    return tuple(Run(start=start, stop=stop) for start, stop in zip(edges[::2], edges[1::2], strict=True))
