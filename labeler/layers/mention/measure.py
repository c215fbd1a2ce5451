"""Measure burned text from decoded pixels alone: height of its letters, contrast, extent, and whether they differ.

Nothing here knows how the mention was set: a fault of `typeset` (a wrong size, boxes instead of letters) shows.
Light text on a darker ground is expected, as a plate gives it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from labeler.rules.plan import Box

LEAST_DIFFERENCE = 8.0
"""Codes of 8 bits between text and ground below which nothing is read."""
SAME_SHAPE = 0.88
SMALL_SIGN = 0.5
"""Share of the tallest letter's height below which ink is a sign that is meant to be small."""
TWINS = str.maketrans(dict.fromkeys("Il|1", "I"))
"""Characters that a sans-serif face may draw alike."""
LEAST_CONTRAST = 3.0
"""What no frame may fall below: WCAG 2.2 SC 1.4.3, large text."""
SEGMENT = 5.0
"""Width of the parts whose contrast is measured apart, in x-heights: some four letters."""


@dataclass(frozen=True)
class Measured:
    """What was read from pixels alone; None or nothing where it could not be read.

    box: [x, y, width, height] of all ink in the frame. x_height: in pixels. contrasts: of each frame looked at.
    shapes: how many different letters there are. white: of the letters, in shares of the reference white; None in SDR.
    """

    box: Box
    x_height: float | None
    contrasts: tuple[float, ...]
    shapes: int
    white: float | None = None


@dataclass(frozen=True)
class Ink:
    """Text found in a region. cover: shape (rows, columns), 0 ground to 1 letter. mask: of all ink. text: of the
    letters without a frame and what it frames. box: [x, y, width, height] of all ink in the region."""

    cover: np.ndarray
    mask: np.ndarray
    text: np.ndarray
    box: tuple[int, int, int, int]


def find_ink(luma: np.ndarray) -> Ink | None:
    """Separate light text from its ground in a still region (float32, scale of 8 bits). None where none stands out."""
    shown = np.clip(np.rint(luma), 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(shown, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    light, dark = luma[luma > threshold], luma[luma <= threshold]
    if not light.size or not dark.size:
        return None
    letter, ground = float(np.percentile(light, 75)), float(np.median(dark))
    if letter - ground < LEAST_DIFFERENCE:
        return None
    cover = np.clip((luma - ground) / (letter - ground), 0, 1)
    mask = (cover > 0.5).astype(np.uint8)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    parts = [
        part for part in range(1, count) if stats[part, cv2.CC_STAT_AREA] >= 4 and is_inside(stats[part], mask.shape)
    ]
    if not parts:
        return None
    framed = framed_parts(parts, stats, centres)
    text = np.isin(labels, [part for part in parts if part not in framed])
    every = np.isin(labels, parts)
    rows, columns = np.nonzero(every.any(axis=1))[0], np.nonzero(every.any(axis=0))[0]
    x, y = int(columns[0]), int(rows[0])
    return Ink(cover, every, text, (x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y))


def is_inside(part: np.ndarray, shape: tuple[int, ...]) -> bool:
    """False for what touches the edge of the region: the picture past a round corner of the plate, not a letter."""
    x, y, width, height = part[:4]
    return bool(x > 0 and y > 0 and x + width < shape[1] and y + height < shape[0])


def framed_parts(parts: Sequence[int], stats: np.ndarray, centres: np.ndarray) -> set[int]:
    """The parts that go around others, and those that they go around: a mark is no line of text."""
    framed: set[int] = set()
    for outer in parts:
        x, y, width, height = stats[outer, :4]
        inside = {
            part
            for part in parts
            if part != outer
            and x < centres[part][0] < x + width
            and y < centres[part][1] < y + height
            and stats[part, cv2.CC_STAT_HEIGHT] > 0.25 * height
            and stats[part, cv2.CC_STAT_WIDTH] < 0.9 * width
        }
        if inside:
            framed |= inside | {outer}
    return framed


def lines_of(ink: Ink, count: int) -> list[slice]:
    """The rows of each line of text: one, or two cut where the rows between them hold least ink."""
    profile = (ink.cover * ink.text).sum(axis=1)
    rows = np.nonzero(profile > 0)[0]
    if not rows.size:
        return []
    first, last = int(rows[0]), int(rows[-1]) + 1
    if count == 1 or last - first < 8:
        return [slice(first, last)]
    low, high = first + round(0.35 * (last - first)), first + round(0.65 * (last - first))
    cut = low + int(np.argmin(profile[low:high]))
    return [slice(first, cut), slice(cut, last)]


def x_height(ink: Ink, lines: int) -> float | None:
    """Pixels from the base line to the top of the flat lower-case letters: the least of all lines. None if unread.

    Where letters begin and end, the ink of a row changes most; blur widens that change but leaves its place.
    """
    padded = np.pad(ink.cover * cv2.dilate(ink.text.astype(np.uint8), np.ones((3, 3), np.uint8)), ((3, 3), (0, 0)))
    heights = []
    for rows in lines_of(ink, lines):
        profile = padded[rows.start : rows.stop + 6].sum(axis=1)
        change = np.diff(profile)
        if change.size < 6:
            return None
        foot = int(np.argmin(change))
        top = int(np.argmax(change[:foot])) if foot else 0
        heights.append(centre(-change, foot) - centre(change, top))
    return min(heights) if heights else None


def ink_height(ink: Ink, lines: int) -> float | None:
    """Pixels from the top to the bottom of the least tall letter of all lines, small signs left out. None if unread.

    An edge lies where the ink is half covered, between two rows: blur leaves it in its place.
    """
    cover = ink.cover * cv2.dilate(ink.text.astype(np.uint8), np.ones((3, 3), np.uint8))
    heights = []
    found = lines_of(ink, lines)
    for number, rows in enumerate(found):
        # The half-covered rows around the text are its own; those across a cut may be the other line's.
        first, last = number == 0, number == len(found) - 1
        around = slice(max(rows.start - 2 * first, 0), rows.stop + 2 * last)
        for left, right in columns_of(ink.text[rows]):
            heights.append(edge_to_edge(cover[around, left:right].max(axis=1)))
    return min((one for one in heights if one >= max(heights) * SMALL_SIGN), default=None)


def edge_to_edge(profile: np.ndarray) -> float:
    """Rows from where a profile first rises over a half to where it last falls below, to a part of a row."""
    above = np.nonzero(profile > 0.5)[0]
    if not above.size:
        return 0.0
    padded = np.pad(profile.astype(np.float64), 1)
    first, last = int(above[0]) + 1, int(above[-1]) + 1
    before = (padded[first] - 0.5) / (padded[first] - padded[first - 1])
    after = (padded[last] - 0.5) / (padded[last] - padded[last + 1])
    return float(last - first + before + after)


def centre(change: np.ndarray, at: int) -> float:
    """The centre of mass of the change around its peak, to a part of a pixel."""
    low, high = max(at - 1, 0), min(at + 2, change.size)
    weights = np.maximum(change[low:high], 0)
    return float((weights * np.arange(low, high)).sum() / weights.sum()) if weights.sum() > 0 else float(at)


@dataclass(frozen=True)
class Grounds:
    """Where contrast is measured: for each part of the text, the cores of its letters and the ground around them."""

    parts: tuple[tuple[np.ndarray, np.ndarray], ...]


def grounds_of(ink: Ink, height: float) -> Grounds:
    """Cut the text into parts of some letters; core and ring are flat indexes into the region."""
    reach = max(3, round(0.4 * height))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    near = cv2.dilate(ink.mask.astype(np.uint8), kernel) > 0
    core, ring = (ink.cover > 0.85) & ink.mask, near & (ink.cover < 0.15)
    columns = np.nonzero(ink.mask.any(axis=0))[0]
    count = max(1, round((columns[-1] + 1 - columns[0]) / (SEGMENT * height)))
    edges = np.linspace(columns[0], columns[-1] + 1, count + 1).round().astype(int)
    parts = []
    for left, right in itertools.pairwise(edges):
        inside = np.zeros_like(core)
        inside[:, left:right] = True
        parts.append((np.flatnonzero(core & inside), np.flatnonzero(ring & inside)))
    return Grounds(tuple(part for part in parts if part[0].size >= 10 and part[1].size >= 10))


def contrast(luminance: np.ndarray, grounds: Grounds) -> float | None:
    """WCAG contrast ratio (1 to 21) of the weakest part of the text in one frame. None where nothing is measured.

    luminance: relative luminance 0-1 of the region. Source: WCAG 2.2, «contrast ratio».
    """
    flat = luminance.ravel()
    ratios = []
    for core, ring in grounds.parts:
        first, second = float(np.median(flat[core])) + 0.05, float(np.median(flat[ring])) + 0.05
        ratios.append(max(first, second) / min(first, second))
    return min(ratios) if ratios else None


def white_of(luminance: np.ndarray, grounds: Grounds) -> float | None:
    """The luminance of the letters' cores, as a share of white: the median. None where nothing is measured."""
    cores = [core for core, _ in grounds.parts]
    return float(np.median(luminance.ravel()[np.concatenate(cores)])) if cores else None


def shapes(ink: Ink, lines: int) -> int:
    """How many different shapes the letters have."""
    known: list[np.ndarray] = []
    for rows in lines_of(ink, lines):
        for shape in letters_of(ink, rows):
            if not any(alike(shape, other) for other in known):
                known.append(shape)
    return len(known)


def columns_of(text: np.ndarray) -> list[tuple[int, int]]:
    """The runs of columns with ink: first and one past the last."""
    used = np.concatenate([[False], text.any(axis=0), [False]])
    starts, stops = np.nonzero(used[1:] & ~used[:-1])[0], np.nonzero(~used[1:] & used[:-1])[0]
    return [(int(left), int(right)) for left, right in zip(starts, stops, strict=True)]


def letters_of(ink: Ink, rows: slice) -> list[np.ndarray]:
    """The letters of a line: ink that columns without ink keep apart, with all that stands above and below it."""
    text = ink.text[rows]
    found = []
    for left, right in columns_of(text):
        inked = np.nonzero(text[:, left:right].any(axis=1))[0]
        found.append((ink.cover[rows] * text)[inked[0] : inked[-1] + 1, left:right].astype(np.float32))
    return found


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    """True for two letters that are the same shape, but for what the codec did to them."""
    if abs(one.shape[0] - other.shape[0]) > 1 or abs(one.shape[1] - other.shape[1]) > 1:
        return False
    room = cv2.copyMakeBorder(other, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0)
    pattern = cv2.copyMakeBorder(one, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    if room.shape[0] < pattern.shape[0] or room.shape[1] < pattern.shape[1]:
        return False
    return float(np.nan_to_num(cv2.matchTemplate(room, pattern, cv2.TM_CCOEFF_NORMED)).max()) >= SAME_SHAPE


def expected_shapes(text: str) -> int:
    """The different letters of a text, those that may look alike counted once."""
    return len({character.translate(TWINS) for character in text if not character.isspace()})
