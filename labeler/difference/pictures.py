"""The pictures of one video track in two files: which are in both, and how alike they are."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from labeler.errors import SourceRejected
from labeler.media.frames import FrameReader
from labeler.media.packets import Numbers, PacketList, in_both, match
from labeler.media.picture import Picture
from labeler.media.quality import is_comparable, mask_outside, psnr
from labeler.media.side_by_side import Box, Pair, is_same, side_by_side
from labeler.media.ssim import ssim
from labeler.media.timeline import UNKNOWN, Timeline
from labeler.progress import Progress
from labeler.rules.difference import ComparedPictures, Figures

DECIBEL_DIGITS, SSIM_DIGITS = 2, 4


def compare_pictures(
    files: tuple[Path, Path],
    tracks: Pair,
    coded: tuple[PacketList, PacketList],
    boxes: tuple[Box, ...],
    *,
    progress: Progress,
) -> ComparedPictures:
    """Pair the frames by time and compare each pair. tracks, coded: the track's number and packets in each file. boxes:
    what is left out, in display pixels.

    What this version cannot decode is told in `reason`, never raised.
    """
    known = ComparedPictures(before=tracks[0], after=tracks[1])
    try:
        with FrameReader(files[0], tracks[0]) as one, FrameReader(files[1], tracks[1]) as other:
            pairs = paired_by_time(one.timeline, other.timeline, delay_of(one.timeline, other.timeline, coded))
            known = known.model_copy(
                update={
                    "frames_before": one.frame_count,
                    "frames_after": other.frame_count,
                    "paired": len(pairs),
                }
            )
            if is_coded_same(*coded) and all(one.timeline.shown[a] == other.timeline.shown[b] for a, b in pairs):
                return known.model_copy(update={"identical": len(pairs)})
            if not is_comparable(one.format, other.format):
                return known.model_copy(update={"reason": "format"})
            return measured(known, one, other, pairs, boxes, progress)
    except SourceRejected as error:
        return known.model_copy(update={"reason": error.message})


def measured(
    known: ComparedPictures,
    one: FrameReader,
    other: FrameReader,
    pairs: Sequence[Pair],
    boxes: tuple[Box, ...],
    progress: Progress,
) -> ComparedPictures:
    area = mask_outside(boxes, one.format)
    mask = area != 0 if boxes else None
    levels, likenesses, times, identical = array("d"), array("d"), [], 0
    for number, (mine, yours) in enumerate(side_by_side(one, other, pairs)):
        progress("verify", number / len(pairs))
        if mine is None or yours is None:
            continue
        identical += is_same(mine, yours, mask)
        level, likeness = measured_pair(mine, yours, area)
        if level is None or likeness is None:
            continue
        levels.append(level)
        likenesses.append(likeness)
        times.append(mine.seconds)
    return known.model_copy(
        update={
            "identical": identical,
            "is_decoded": True,
            "psnr": figures(levels, times, DECIBEL_DIGITS),
            "ssim": figures(likenesses, times, SSIM_DIGITS),
            "faults_before": len(one.faults),
            "faults_after": len(other.faults),
        }
    )


def measured_pair(mine: Picture, yours: Picture, area: np.ndarray) -> tuple[float | None, float | None]:
    """PSNR and SSIM of the Y planes; the second is not computed where the first says that they are equal."""
    level = psnr(mine, yours, area)
    is_equal = np.array_equal(mine.planes[0], yours.planes[0])
    return level, 1.0 if is_equal and level is not None else ssim(mine, yours, area)


def is_coded_same(ours: PacketList, theirs: PacketList) -> bool:
    """Whether a decoder is given the very same bytes of both, so that no picture need be decoded to tell."""
    return not match(ours, theirs).differing and ours.setup == theirs.setup


def delay_of(one: Timeline, other: Timeline, coded: tuple[PacketList, PacketList]) -> Fraction:
    """Seconds that the second file shows a frame later than the first, from the packets that are the same in both (the
    median); where there are none, the first shown frames belong together."""
    ours, theirs = (ticks_by_place(timeline) for timeline in (one, other))
    places = [
        (int(ours[a]), int(theirs[b]))
        for a, b in zip(*in_both(*coded), strict=True)
        if a < len(ours) and b < len(theirs) and UNKNOWN not in (ours[a], theirs[b])
    ]
    if not places:
        places = [(int(one.ticks[0]), int(other.ticks[0]))]
    delays = sorted(b * other.time_base - a * one.time_base for a, b in places)
    return delays[len(delays) // 2]


def ticks_by_place(timeline: Timeline) -> Numbers:
    """When each packet's picture is shown, by the packet's number in order of decoding; UNKNOWN where it is not."""
    ticks = np.full(len(timeline.pts), UNKNOWN, np.int64)
    ticks[timeline.shown] = timeline.ticks
    return ticks


def paired_by_time(one: Timeline, other: Timeline, delay: Fraction) -> list[Pair]:
    """Frames shown at the same time, the second file's `delay` seconds later, to one tick of the coarser clock.

    Clocks of milliseconds round (Matroska). Never as far as half a frame: then it is another frame.
    """
    ours, theirs = times_of(one, Fraction(0)), times_of(other, delay)
    steps = [step for times in (ours, theirs) for step in np.diff(np.array(times, object)).tolist()]
    near = min(max(one.time_base, other.time_base), min(steps, default=Fraction(1)) / 3)
    pairs, a, b = [], 0, 0
    while a < len(ours) and b < len(theirs):
        if abs(ours[a] - theirs[b]) <= near:
            pairs.append((a, b))
            a, b = a + 1, b + 1
        elif ours[a] < theirs[b]:
            a += 1
        else:
            b += 1
    return pairs


def times_of(timeline: Timeline, delay: Fraction) -> list[Fraction]:
    return [tick * timeline.time_base - delay for tick in timeline.ticks.tolist()]


def figures(values: Sequence[float], times: Sequence[Fraction], digits: int) -> Figures | None:
    if not values:
        return None
    numbers, scale = np.asarray(values, np.float64), 10**digits
    least, low, mean = (
        float(np.floor(value * scale + 1e-9) / scale)
        for value in (numbers.min(), np.percentile(numbers, 1, method="lower"), numbers.mean())
    )
    return Figures(min=least, at=round(float(times[int(numbers.argmin())]), 6), p1=low, mean=mean)
