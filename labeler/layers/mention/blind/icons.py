"""Bare AI marks by their shape: the icons of the EU code and letters alone, which text detection often passes over.

A matched filter proposes places in the corners of what stands still; the recogniser, given that place alone, has to
read the same letters. Alone such a mark is «possible» and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from labeler.layers.mention.font import FONT_NAME, read_font
from labeler.layers.mention.recogniser import Recogniser
from labeler.layers.mention.wording import Wording, classify
from labeler.rules.plan import Box

MARKS = ("AI", "IA", "KI")
SMALLEST, LARGEST, STEP = 0.015, 0.10, 1.12
"""Heights of capitals, in shares of the short side, and the step from one to the next."""
CORNER = 0.3
"""Share of the frame, across and down, in which a mark counts."""
SEARCHED = 960
"""Pixels of the longer side of the picture that is searched: capitals of SMALLEST have 8 there."""
FLAT = 1.0
"""Codes of deviation of a corner below which nothing is drawn there."""
LIKELY = 0.6
"""Correlation from which a place is shown to the recogniser. A threshold for proposals: what is told was read."""
MOST_PROPOSED = 3
"""Places of one corner."""
DRAWN = 48
"""Height of capitals, in pixels, at which the marks are drawn once."""
CAPITALS = 0.727
"""Height of the font's capitals, in em (Inter)."""
READ_AT = 64
AROUND = 0.5
"""Share of its height that is kept around a place, for the recogniser."""


@dataclass(frozen=True)
class Mark:
    """A mark that was found. box: in pixels of the picture that was searched."""

    wording: Wording
    box: Box
    score: float


def marks_in(still: np.ndarray, reader: Recogniser) -> tuple[Mark, ...]:
    """still: what stands still of a video, uint8, (rows, columns, 3), blue first; the best mark of each corner."""
    scale = min(1.0, SEARCHED / max(still.shape[:2]))
    size = round(still.shape[1] * scale), round(still.shape[0] * scale)
    reduced = cv2.resize(cv2.cvtColor(still, cv2.COLOR_BGR2GRAY), size, interpolation=cv2.INTER_AREA)
    luma = reduced.astype(np.float32)
    found = []
    for left, top, right, bottom in corners(*size):
        if float(luma[top:bottom, left:right].std()) < FLAT:
            continue
        for score, (x, y, width, height) in proposals(luma[top:bottom, left:right], min(size)):
            box = round((left + x) / scale), round((top + y) / scale), round(width / scale), round(height / scale)
            wording = classify(reader.line(cut(still, box)))
            if wording.kind == "icon":
                found.append(Mark(wording, box, score))
                break
    return tuple(found)


def corners(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, right, bottom of each."""
    across, down = round(width * CORNER), round(height * CORNER)
    for left in (0, width - across):
        for top in (0, height - down):
            yield left, top, left + across, top + down


def proposals(luma: np.ndarray, short_side: int) -> list[tuple[float, Box]]:
    """The places that look most like a mark, light on dark or dark on light, the best first and none twice."""
    every: list[tuple[float, Box]] = []
    for height in heights(short_side):
        for shape in shapes():
            scale = height / DRAWN
            size = max(3, round(shape.shape[1] * scale)), max(3, round(shape.shape[0] * scale))
            if size[0] >= luma.shape[1] or size[1] >= luma.shape[0]:
                continue
            pattern = cv2.resize(shape, size, interpolation=cv2.INTER_AREA)
            likeness = np.abs(np.nan_to_num(cv2.matchTemplate(luma, pattern, cv2.TM_CCOEFF_NORMED)))
            _, best, _, (x, y) = cv2.minMaxLoc(likeness)
            if best >= LIKELY:
                every.append((float(best), (int(x), int(y), *size)))
    chosen: list[tuple[float, Box]] = []
    for score, box in sorted(every, reverse=True):
        if len(chosen) < MOST_PROPOSED and not any(touches(box, other) for _, other in chosen):
            chosen.append((score, box))
    return chosen


def heights(short_side: int) -> Iterator[float]:
    height = max(8.0, SMALLEST * short_side)
    while height <= LARGEST * short_side:
        yield height
        height *= STEP


@cache
def shapes() -> tuple[np.ndarray, ...]:
    """Each mark as letters alone and in a frame: float32, light on dark, with a little ground around it."""
    face = read_font(FONT_NAME).at(round(DRAWN / CAPITALS))
    return tuple(drawn(text, face, framed=framed) for text in MARKS for framed in (False, True))


def drawn(text: str, face: ImageFont.FreeTypeFont, *, framed: bool) -> np.ndarray:
    left, top, right, bottom = (round(edge) for edge in face.getbbox(text))
    margin = DRAWN // 2 if framed else DRAWN // 6
    page = Image.new("L", (right - left + 2 * margin, bottom - top + 2 * margin))
    pen = ImageDraw.Draw(page)
    pen.text((margin - left, margin - top), text, font=face, fill=255)
    if framed:
        edge = DRAWN // 8
        pen.rounded_rectangle(
            (edge, edge, page.width - edge, page.height - edge), radius=DRAWN // 4, outline=255, width=DRAWN // 10
        )
    return np.asarray(page, dtype=np.float32)


def cut(still: np.ndarray, box: Box) -> np.ndarray:
    """A place with some ground around it, at the size that the recogniser reads best."""
    x, y, width, height = box
    margin = round(AROUND * height)
    rows = slice(max(0, y - margin), y + height + margin)
    columns = slice(max(0, x - margin), x + width + margin)
    part = still[rows, columns]
    scale = READ_AT / part.shape[0]
    return np.asarray(cv2.resize(part, (max(READ_AT, round(part.shape[1] * scale)), READ_AT)))


def touches(one: Box, other: Box) -> bool:
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )


def stands_still(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """The temporal median of pictures of one size, uint8: of an even number, the mean of the two in the middle."""
    ordered = list(pictures)
    for turn in range(len(ordered)):  # neighbours change places until all are in order, pixel by pixel
        for at in range(turn % 2, len(ordered) - 1, 2):
            one, other = ordered[at], ordered[at + 1]
            ordered[at], ordered[at + 1] = cv2.min(one, other), cv2.max(one, other)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return low if low is high else np.asarray(cv2.addWeighted(low, 0.5, high, 0.5, 0))
