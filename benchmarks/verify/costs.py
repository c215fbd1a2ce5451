"""What verifying costs: `python -m benchmarks.verify.costs WAY FILE` is one of the ways, in a process of its own."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import c2pa

from benchmarks.clips import make_long
from benchmarks.partial import FILM
from benchmarks.verify.bars import Cost
from benchmarks.verify.results import Results, Row
from benchmarks.ways import cost_of, home, measured
from labeler.layers.credentials import identity
from labeler.layers.credentials.read import Sealed, read
from labeler.layers.credentials.sdk import sidecars_of
from labeler.layers.credentials.trust import load_trust

LONG = 600.0
LARGE = 364_000_000
"""Bytes."""
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def costs(folder: Path, repeats: int, results: Results) -> list[Cost]:
    """Ten minutes that nobody labelled, the same through labeler and its gate, and the seal of a large file."""
    ways: dict[str, Callable[[], Cost]] = {
        "costs anyone": partial(anyone, folder),
        "costs gate": partial(gate, folder),
        "costs seal": partial(seal, folder, repeats),
    }
    rows = [results.take(name, partial(row_of, name, way)) for name, way in ways.items()]
    return [cost for row in rows for cost in row.costs]


def row_of(name: str, way: Callable[[], Cost]) -> Row:
    return Row(name, costs=(way(),))


def anyone(folder: Path) -> Cost:
    film = make_long(folder / "film", FILM, LONG)
    cost = cost_of([sys.executable, "-m", "labeler", "verify", str(film)], one_core(folder), fine=(0, 1))
    film.unlink()
    return Cost("10 min 1080p of anyone's, all layers, one core", cost.cpu, 45.0)


def gate(folder: Path) -> Cost:
    film, work = make_long(folder / "film", FILM, LONG), folder / "work.mp4"
    measured("labeler label", film, work)
    cost = measured("labeler verify", film, work)
    film.unlink()
    work.unlink()
    return Cost("10 min 1080p of labeler's own, through the gate", cost.cpu, 8.0)


def one_core(folder: Path) -> dict[str, str]:
    return {**os.environ, **ONE_CORE, "LABELER_HOME": str(home(folder / "work"))}


def seal(folder: Path, repeats: int) -> Cost:
    """Reading and validating the credentials of a large MP4, beside c2pa-python alone."""
    second = make_long(folder / "second", FILM, 30.0)
    seconds = 30.0 * max(1, round(LARGE / second.stat().st_size))
    large, work = make_long(folder / "large", FILM, seconds), folder / "sealed.mp4"
    measured("labeler label", large, work)
    command = [sys.executable, "-m", "benchmarks.verify.costs"]
    ratios = []
    for _ in range(repeats):
        ours, theirs = (cost_of([*command, way, str(work)], one_core(folder)).cpu for way in ("ours", "theirs"))
        ratios.append(ours / theirs)
    size = work.stat().st_size / 1e6
    name = f"credentials of an MP4 of {size:.0f} MB, beside c2pa-python alone"
    return Cost(name, statistics.median(ratios), 1.2, "times", min(ratios), max(ratios))


def run(way: str, path: Path) -> None:
    if way == "theirs":
        with c2pa.Reader(str(path)) as reader:
            reader.json()
        return
    read(Sealed(path, sidecars_of(path), load_trust(None, identity.home())), None)


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
