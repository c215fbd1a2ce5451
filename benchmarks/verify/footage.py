"""The real clips under the set, and which half of them is held out."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Literal

Half = Literal["thresholds", "held-out"]
HALVES: tuple[Half, ...] = ("thresholds", "held-out")
SEED = 11
SAMPLES = Path(__file__).parents[2] / "samples"
VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".ts", ".avi")


def clips() -> dict[str, Path]:
    """By name: `samples/`, and the folder that LABELER_MEDIA names."""
    folders = [SAMPLES, *(Path(place) for place in [os.environ.get("LABELER_MEDIA")] if place)]
    return {path.name: path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in VIDEOS}


def half_of(names: list[str], half: Half) -> list[str]:
    """Every other one in an order drawn by a seed: the same whatever the folders' order."""
    shuffled = sorted(names)
    random.Random(SEED).shuffle(shuffled)
    return sorted(shuffled[HALVES.index(half) :: 2])
