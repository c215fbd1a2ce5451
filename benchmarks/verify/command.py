"""`python -m benchmarks verify`: make the set, measure, print the table."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from benchmarks.verify import blind, costs, known
from benchmarks.verify.bars import Cost, Count, printed
from benchmarks.verify.footage import clips, half_of
from benchmarks.verify.items import Part
from benchmarks.verify.results import Results

WHOLE: dict[Part, int] = {"start": 300, "anywhere": 200, "unlisted": 100, "negative": 300}
"""Clips of the blind reader's set; about two thirds of those with a mention are legible. The start has most, as its bar
of 98 % cannot be told from 96 % on a hundred."""
KNOWN = 120


def verify(folder: Path, asked: argparse.Namespace) -> None:
    """asked: half, share of the set, parts of the table, repeats; results: the file of rows to go on from; clips: the
    folder where the blind reader's clips are kept, None where they are not."""
    kept = None if asked.clips is None else asked.clips / asked.half
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
    if not shutil.which("ffmpeg"):
        raise SystemExit("ffmpeg makes the clips of the set, and is not here.")
    every = clips()
    footage = {name: every[name] for name in half_of(list(every), asked.half)}
    print(f"\n## Verifying: {asked.half} half of the footage, {len(footage)} of {len(every)} clips\n")
    rows: list[Count | Cost] = []
    results = Results(asked.results, asked.half)
    if "known" in asked.only:
        rows += known.measured(part(KNOWN, asked.share), footage, folder, results)
    if "blind" in asked.only:
        counts: dict[Part, int] = {name: part(count, asked.share) for name, count in WHOLE.items()}
        rows += blind.measured(counts, footage, kept or folder, results, keep=kept is not None)
    if "costs" in asked.only:
        rows += costs.costs(folder, asked.repeats, results)
    printed(rows)


def part(count: int, share: float) -> int:
    return max(1, round(count * share))
