"""A long video in segments: where to cut, how one is rendered by itself, and how all are joined into one stream again.

Cuts lie at keyframes of the source from which everything decodes without what came before, and which a full render
makes keyframes anyway. A segment knows nothing of another: what is painted depends on a picture's time alone, the
encoder is set as for the whole and starts afresh. Joined, each packet takes the place (DTS) that it would have had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from labeler.media.job import Job, Part
from labeler.media.mp4 import copying, graft, tables
from labeler.media.mp4.entry import configuration
from labeler.media.mp4.graft import Pictures
from labeler.media.mp4.tables import Flags, Numbers, Samples
from labeler.media.mp4.tree import CannotRewrite, Node, read_moov
from labeler.media.regraft import Ground, code_again
from labeler.media.rendering import NotThisWay, Run
from labeler.media.segment import Segment
from labeler.media.smart.coding import Opening
from labeler.media.smart.source import CONFIGURATIONS, Mp4Source, Packets
from labeler.media.smart.table import CODINGS

LEAST = Fraction(10)
"""Seconds of a segment: in shorter ones the encoder's start costs more than the cut gains (measured: 4 of 2 s took 15
to 25 % more processor time, 2 of 10 s 3 %)."""
CODECS = frozenset({"h264", "hevc"})
"""Whose encoder begins closed groups of pictures where it is told to, and says the same of each stream it starts."""


def cuts(job: Job, track_id: int, wanted: int) -> tuple[Run, ...]:
    """So many runs of packets of about one length, or as many as the source's keyframes and LEAST allow; empty where
    that is one. Reads tables, and a packet for each cut. Raises nothing that means «not this way», SourceUnreadable."""
    if wanted < 2 or job.track.codec not in CODECS:
        return ()
    try:
        with Mp4Source(job.source, job.track, job.boxes or track_id) as source:
            coding = CODINGS[job.track.codec](source.packets.setup)
            starts = [0]
            for places in candidates(source.packets, wanted):
                far = (at for at in places if is_far(source.packets, starts[-1], at))
                at = next((at for at in far if coding.opening(source.read(at)) is Opening.CLOSED), None)
                starts += [] if at is None else [at]
            edges = [*starts, len(source.packets.pts)]
    except NotThisWay:  # a codec in a form that nobody here reads: one piece
        return ()
    runs = tuple(Run(start=start, stop=stop) for start, stop in pairwise(edges))
    return runs if len(runs) > 1 else ()


def candidates(packets: Packets, wanted: int) -> Iterator[list[int]]:
    """For each cut, the keys that would do as far as times tell, nearest to its place first."""
    pts = packets.pts
    before = np.maximum.accumulate(pts)
    after = np.minimum.accumulate(pts[::-1])[::-1]
    keys = np.flatnonzero(packets.is_key)
    keys = keys[keys > 0]
    # Nothing before is shown after it, nothing after before it; and the picture shown just before is no key: two of
    # H.264 one behind the other must have different numbers (idr_pic_id), which two encoders do not agree upon.
    keys = keys[(before[keys - 1] < pts[keys]) & (after[keys] == pts[keys])]
    key_times = pts[packets.is_key]
    keys = keys[~np.isin(before[keys - 1], key_times)]
    end = int(pts.max()) if len(pts) else 0
    least = LEAST * packets.timescale
    keys = keys[end - pts[keys] >= least]
    for number in range(1, wanted):
        place = len(pts) * number // wanted
        near = keys[np.argsort(np.abs(keys - place), kind="stable")]
        yield [int(at) for at in near if abs(int(at) - place) * wanted <= len(pts)]


def is_far(packets: Packets, start: int, at: int) -> bool:
    """Whether a segment from the one key to the other is long enough."""
    return int(packets.pts[at] - packets.pts[start]) >= LEAST * packets.timescale


def hold(runs: Sequence[Run], samples: Samples, is_key: Flags) -> None:
    """Raises NotThisWay where runs, as a plan has them, are not all of these samples in order, each from a key on
    before which all earlier ones are shown."""
    edges = [0, *(run.stop for run in runs)]
    if [run.start for run in runs] != edges[:-1] or edges[-1] != len(samples.sizes) or edges != sorted(set(edges)):
        raise NotThisWay("segments.runs")
    pts = samples.pts
    for run in runs[1:]:
        if not is_key[run.start] or pts[: run.start].max() >= pts[run.start :].min():
            raise NotThisWay("segments.runs", run.start)


def render_segment(job: Job, track_id: int, run: Run, target: Path) -> Segment:
    """Render the packets of one run into `target`. Raises NotThisWay, and what `render` raises."""
    try:
        ground = Ground.of(job, track_id)
    except CannotRewrite as reason:
        raise NotThisWay("boxes", reason) from reason
    samples = ground.read.samples
    if not 0 <= run.start < run.stop <= len(samples.sizes):
        raise NotThisWay("segments.runs", run.start)
    part = Part(run.start, int(samples.pts[run.start]), int(samples.dts[run.start]))
    scope = replace(ground.scope, packets=run.stop - run.start, part=part)
    times, keys = code_again(job, ground, scope, target)
    return Segment(run, target, tuple(times.tolist()), tuple(np.flatnonzero(keys).tolist()))


@dataclass(frozen=True)
class Opened:
    """The tables of one segment's file."""

    description: Node
    record: bytes
    places: Numbers
    sizes: Numbers
    keys: Flags


def joined(segments: Sequence[Segment], runs: Sequence[Run], old: Samples, codec: str, target: Path) -> Pictures:
    """All pictures of all segments, in order, in `target`.

    old: the samples of the source. Raises NotThisWay where a segment is missing, cut off, of other pictures, or of
    another parameter set than the first: a decoder would not go from the one to the other.
    """
    if [segment.run for segment in segments] != list(runs):
        raise NotThisWay("segments.missing", f"{len(segments)}/{len(runs)}")
    first: Opened | None = None
    places: list[Numbers] = []
    sizes: list[Numbers] = []
    with ExitStack() as files:
        out = files.enter_context(target.open("wb"))
        for number, segment in enumerate(segments):
            opened = read_segment(segment, codec, number)
            hold_times(segment, opened, old, number)
            first = first or opened
            if opened.record != first.record:
                raise NotThisWay("segments.parameters", number)
            base = out.tell()
            with segment.path.open("rb") as file:
                end = segment.path.stat().st_size
                if int((opened.places + opened.sizes).max()) > end:
                    raise NotThisWay("segments.cut_off", number)
                copying.copy(file, 0, end, out)
            if not segment.is_kept:
                segment.path.unlink()
            places.append(opened.places + base)
            sizes.append(opened.sizes)
    if first is None:
        raise NotThisWay("segments.missing", "0")
    times = np.array([time for segment in segments for time in segment.times], np.int64)
    is_key = np.zeros(len(times), bool)
    is_key[[run.start + key for run, segment in zip(runs, segments, strict=True) for key in segment.keys]] = True
    described = first.description
    return graft.whole(target, np.concatenate(places), np.concatenate(sizes), times, is_key, described)


def read_segment(segment: Segment, codec: str, number: int) -> Opened:
    """Raises NotThisWay where the file is not there, or none that holds together."""
    if not segment.path.is_file():
        raise NotThisWay("segments.missing", number)
    try:
        table = read_moov(segment.path).need(b"trak", *graft.STABLE)
        samples = tables.read_samples(table)
        keys = tables.read_sync(table, len(samples.sizes))
        description = table.need(b"stsd")
        record = configuration(description, CONFIGURATIONS[codec])
    except CannotRewrite as reason:
        raise NotThisWay("segments.cut_off", number) from reason
    if not record:
        raise NotThisWay("segments.parameters", number)
    return Opened(description, record, samples.places(), samples.sizes, keys)


def hold_times(segment: Segment, opened: Opened, old: Samples, number: int) -> None:
    """A segment has a packet for each of the source's, of the same times, and begins with a key."""
    times = np.array(segment.times, np.int64)
    wanted = old.pts[segment.run.start : segment.run.stop]
    if len(opened.sizes) != len(wanted) or not np.array_equal(np.sort(times), np.sort(wanted)):
        raise NotThisWay("segments.times", number)
    if not opened.keys[0] or tuple(np.flatnonzero(opened.keys).tolist()) != segment.keys:
        raise NotThisWay("segments.keys", number)
