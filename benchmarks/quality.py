"""How far the pictures outside the mention are from the source's, on real clips."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.ways import labeler_render, planned
from labeler.media.frames import FrameReader
from labeler.media.quality import mask_outside, psnr, summary

MEASURED = ("green_screen.mp4", "talking_head.mp4", "car_park.mp4")


def quality(folder: Path) -> None:
    """PSNR-Y outside the mention's padded box, of every frame, in dB."""
    print("\n## PSNR-Y outside the mention, every frame, dB (bar: min >= 42)\n")
    print("| clip | frames | min | 1st percentile | mean |\n|---|---|---|---|---|")
    media = os.environ.get("LABELER_MEDIA")
    for name in MEASURED if media else ():
        with TemporaryDirectory(dir=folder) as place:
            figures = psnr_of(Path(str(media)) / name, Path(place) / "work.mp4")
        print(f"| {name} | {' | '.join(str(figures[key]) for key in ('frames', 'min', 'p1', 'mean'))} |")


def psnr_of(source: Path, work: Path) -> dict[str, float]:
    labeler_render(source, work)
    with FrameReader(source, 0) as original, FrameReader(work, 0) as output:
        mask = mask_outside([planned(source).box], original.format)
        times = [original.time_of(index) for index in range(original.frame_count)]
        pairs = zip(output.pictures(times), original.pictures(times), strict=True)
        levels = [psnr(picture, source_picture, mask) for picture, source_picture in pairs]
    return summary([level for level in levels if level is not None])
