"""`python -m benchmarks verify`: make the set, measure, print the table."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from benchmarks.verify import blind, costs, known
from benchmarks.verify.bars import Cost, Count, printed
from benchmarks.verify.footage import clips, half_of
from benchmarks.verify.items import Part

WHOLE: dict[Part, int] = {"start": 150, "anywhere": 200, "unlisted": 100, "negative": 300}
"""Clips of the blind reader's set; about two thirds of those with a mention are legible."""
KNOWN = 120


def verify(folder: Path, asked: argparse.Namespace) -> None:
    """asked: half, share of the set, parts of the table, repeats."""
    if not shutil.which("ffmpeg"):
        raise SystemExit("ffmpeg makes the clips of the set, and is not here.")
    every = clips()
    footage = {name: every[name] for name in half_of(list(every), asked.half)}
    print(f"\n## Verifying: {asked.half} half of the footage, {len(footage)} of {len(every)} clips\n")
    rows: list[Count | Cost] = []
    if "known" in asked.only:
        rows += known.measured(part(KNOWN, asked.share), footage, asked.half, folder)
    if "blind" in asked.only:
        counts: dict[Part, int] = {name: part(count, asked.share) for name, count in WHOLE.items()}
        rows += blind.measured(counts, footage, asked.half, folder, keep=False)
    if "costs" in asked.only:
        rows += costs.costs(folder, asked.repeats)
    printed(rows)


def part(count: int, share: float) -> int:
    return max(1, round(count * share))
