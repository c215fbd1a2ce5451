"""The pictures of one video track in two files: which are in both, and how alike they are."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from labeler.errors import SourceRejected
from labeler.media.frames import FrameReader
from labeler.media.picture import Picture
from labeler.media.quality import is_comparable, mask_outside, psnr
from labeler.media.side_by_side import Box, Pair, is_same, side_by_side
from labeler.media.ssim import ssim
from labeler.media.timeline import Timeline
from labeler.progress import Progress
from labeler.rules.difference import ComparedPictures, Figures

DECIBEL_DIGITS, SSIM_DIGITS = 2, 4


def compare_pictures(
    before: Path, after: Path, tracks: Pair, boxes: tuple[Box, ...], *, is_coded_same: bool, progress: Progress
) -> ComparedPictures:
    """Pair the frames by time and compare each pair. tracks: its number in each file. boxes: what is left out, in
    display pixels. is_coded_same: packets and decoder configuration are equal, so that no picture need be decoded.

    What this version cannot decode is told in `reason`, never raised.
    """
    known = ComparedPictures(before=tracks[0], after=tracks[1])
    try:
        with FrameReader(before, tracks[0]) as one, FrameReader(after, tracks[1]) as other:
            pairs = paired_by_time(one.timeline, other.timeline)
            known = known.model_copy(
                update={
                    "frames_before": one.frame_count,
                    "frames_after": other.frame_count,
                    "paired": len(pairs),
                }
            )
            if is_coded_same and all(one.timeline.shown[a] == other.timeline.shown[b] for a, b in pairs):
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


def paired_by_time(one: Timeline, other: Timeline) -> list[Pair]:
    """Frames shown at the same time since the first, to one tick of the coarser clock, in order.

    Clocks of milliseconds round (Matroska). Never as far as half a frame: then it is another frame.
    """
    ours, theirs = times_of(one), times_of(other)
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


def times_of(timeline: Timeline) -> list[Fraction]:
    return [timeline.seconds_at(index) for index in range(len(timeline.shown))]


def figures(values: Sequence[float], times: Sequence[Fraction], digits: int) -> Figures | None:
    if not values:
        return None
    numbers, scale = np.asarray(values, np.float64), 10**digits
    least, low, mean = (
        float(np.floor(value * scale + 1e-9) / scale)
        for value in (numbers.min(), np.percentile(numbers, 1, method="lower"), numbers.mean())
    )
    return Figures(min=least, at=round(float(times[int(numbers.argmin())]), 6), p1=low, mean=mean)
