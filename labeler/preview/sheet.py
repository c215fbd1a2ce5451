"""A contact sheet: the mention over time, in small pictures that each tell their moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from PIL import Image

from labeler.language import say
from labeler.preview.display import displayed, square_size
from labeler.preview.lettering import fitting_plate
from labeler.preview.scene import Scene
from labeler.preview.zones import draw, zones_of
from labeler.rules.plan import Interval

EVENLY = 12
MOST_EDGES = 24
"""Moments at the edges of intervals; of more, the first and the last are told."""
PAPER = (32, 32, 32)
SHOWN = (255, 190, 40)
HIDDEN = (120, 120, 120)
GAP = 8
AREA = 200_000
"""Pixels of a small picture, whatever its shape."""


@dataclass(frozen=True)
class Cell:
    """image: RGB. words: the moment, and whether the mention is shown."""

    image: np.ndarray
    words: tuple[str, ...]
    is_shown: bool


def sheet(scene: Scene, *, with_zones: bool = False, check: Callable[[], None] = lambda: None) -> np.ndarray:
    """RGB of the whole sheet. check: called before each picture, may raise to stop.

    Raises SourceUnreadable where a picture does not decode.
    """
    cells: dict[Fraction, Cell] = {}
    for moment in moments(scene):
        check()
        seconds, cell = cell_at(scene, moment, with_zones=with_zones)
        cells[seconds] = cell
    return laid_out([cells[seconds] for seconds in sorted(cells)])


def moments(scene: Scene) -> list[Fraction]:
    """The middles of equal parts of the video, and both sides of where the mention comes and goes."""
    duration = scene.glance.duration
    frame = 1 / scene.glance.pace
    evenly = [duration * (2 * number + 1) / (2 * EVENLY) for number in range(EVENLY)]
    both_sides = [side for edge in edges(scene.intervals) for side in (edge - frame, edge)]
    return sorted({moment for moment in (*evenly, *both_sides) if 0 <= moment < duration})


def edges(intervals: tuple[Interval, ...]) -> list[Fraction]:
    """Starts and ends; where there are too many, those of the first and of the last intervals."""
    few = MOST_EDGES // 4
    told = intervals if 4 * len(intervals) <= MOST_EDGES else (*intervals[: few - 1], intervals[-1])
    return [edge for interval in told for edge in (interval.start, interval.end)]


def cell_at(scene: Scene, moment: Fraction, *, with_zones: bool) -> tuple[Fraction, Cell]:
    shot = scene.at(moment)
    image = small(displayed(shot.picture))
    if with_zones and scene.mention is not None:
        zones = zones_of(scene.mention, scene.preset.mention, scene.glance.format)
        share = image.shape[1] / square_size(scene.glance.format)[0]
        image = draw(image, zones.scaled(share), with_words=False)
    state = say("mention shown", "mention affichée") if shot.is_shown else say("no mention", "sans mention")
    return shot.picture.seconds, Cell(image, (f"{clock(shot.picture.seconds)}  {state}",), shot.is_shown)


def small(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    share = min(1.0, (AREA / (height * width)) ** 0.5)
    size = max(1, round(width * share)), max(1, round(height * share))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def clock(seconds: Fraction) -> str:
    """Hours, minutes, seconds and thousandths from the first frame, as people read a counter."""
    thousandths = int(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def laid_out(cells: list[Cell]) -> np.ndarray:
    """Rows of cells on dark paper: each with a border in the colour of its state, and its words below."""
    height, width = cells[0].image.shape[:2]
    columns = min(len(cells), 4 if width >= height else 6)
    rows = -(-len(cells) // columns)
    size = max(11, width // 24)
    words = [fitting_plate(cell.words, size, SHOWN if cell.is_shown else HIDDEN, width) for cell in cells]
    step_x, step_y = width + 2 * GAP, height + max(one.height for one in words) + 2 * GAP
    paper = Image.new("RGB", (columns * step_x + GAP, rows * step_y + GAP), PAPER)
    for number, (cell, text) in enumerate(zip(cells, words, strict=True)):
        x, y = number % columns * step_x + GAP + GAP // 2, number // columns * step_y + GAP
        colour = SHOWN if cell.is_shown else HIDDEN
        paper.paste(colour, (x - 3, y - 3, x + width + 3, y + height + text.height + 3))
        paper.paste(Image.fromarray(cell.image), (x, y))
        paper.paste((16, 16, 16), (x, y + height, x + width, y + height + text.height))
        paper.paste(text, (x, y + height))
    return np.asarray(paper)
