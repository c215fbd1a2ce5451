"""Find a planned mention in decoded pixels: its text is set again and correlated with the high-passed luma.

Method and thresholds: facts of our own measurements on 212 burned labels (presence, wording). All arrays are
float32 luma on the scale of 8 bits, in display orientation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import nlargest

import cv2
import numpy as np

from labeler.errors import PlanError
from labeler.language import say
from labeler.layers.mention import likeness, typeset
from labeler.layers.mention.drawing import Drawing, Glyph
from labeler.layers.mention.gaps import gaps_of
from labeler.layers.mention.likeness import UNDER, Likeness
from labeler.media.picture import PictureFormat
from labeler.rules.plan import MentionPlan

COARSE_X_HEIGHT = 6.0
"""Pixels of the letters at which the whole frame is searched."""
SCALES = tuple(0.45 * 1.025**step for step in range(54))
"""From 0.45 to 1.7 times the planned size, in steps that a word of some ten letters forgives."""
FINE_SCALES = tuple(1 + step * 0.004 for step in range(-8, 9))
FOUND = 0.5
"""Correlation from which a mention counts as found anywhere; 0.29 at most in 13 real clips without one."""
CANDIDATES = 3
FLAT = 1.0
"""Codes of deviation below which a place is flat."""
STROKE = 0.05
"""Half the width of a stroke, in em: over what a difference is averaged."""

Cell = tuple[str, int, int, int, int]
"""A character with the columns and rows that are compared: left, top, right, bottom in the template."""


@dataclass(frozen=True)
class Location:
    """Where the mention's box begins in the frame, and how many times its planned size it is."""

    x: int
    y: int
    scale: float = 1.0


@dataclass(frozen=True)
class Template:
    """The mention as it should look.

    luma, cover: shape (height, width) of its box; cover is 1 on letters. inner: left, top, right, bottom of the
    rectangle that holds all ink without the edges of the plate. piece: those of one long word, to search with.
    em: in pixels. image: the overlay image in it. gaps: where no ink may stand, by the letters around them.
    """

    luma: np.ndarray
    cover: np.ndarray
    cells: tuple[Cell, ...]
    inner: tuple[int, int, int, int]
    piece: tuple[int, int, int, int]
    em: float
    image: Likeness | None = None
    gaps: tuple[Cell, ...] = ()

    @cached_property
    def high_passed(self) -> np.ndarray:
        return high_pass(self.luma, self.em)

    def scaled(self, scale: float) -> Template:
        if scale == 1:
            return self
        height, width = (max(2, round(side * scale)) for side in self.luma.shape)
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        return replace(
            self,
            luma=cv2.resize(self.luma, (width, height), interpolation=way),
            cover=np.clip(cv2.resize(self.cover, (width, height), interpolation=way), 0, 1),
            cells=tuple((cell[0], *grown(cell[1:], scale)) for cell in self.cells),
            gaps=tuple((gap[0], *grown(gap[1:], scale)) for gap in self.gaps),
            inner=grown(self.inner, scale),
            piece=grown(self.piece, scale),
            em=self.em * scale,
            image=self.image.scaled(scale) if self.image else None,
        )

    def find_in(self, region: np.ndarray, margin: int) -> tuple[float, int, int]:
        """Score and offset (x, y) in a region that is `margin` wider than the box all round."""
        return presence(region, self, margin)

    def search(self, image: np.ndarray) -> Location | None:
        """Look for it anywhere in a whole frame, at any likely size. None where it is not."""
        return search(image, self)


def grown(edges: tuple[int, int, int, int], scale: float) -> tuple[int, int, int, int]:
    left, top, right, bottom = (round(edge * scale) for edge in edges)
    return left, top, right, bottom


def template_of(plan: MentionPlan, format: PictureFormat) -> Template:
    """Set the plan's text again.

    Raises PlanError or PresetError where this labeler cannot, or the plan's box lies outside the picture.
    """
    drawing = drawing_of(plan, format)
    alpha = drawing.rgba[..., 3].astype(np.float32) / 255
    luma = UNDER * (1 - alpha) + drawing.rgba[..., 0] * alpha
    em = float(plan.font_size)
    lines = [edges_of_line(baseline, em, luma.shape[0]) for baseline in drawing.baselines]
    cells = [cell_of(glyph, lines, luma.shape[1]) for glyph in drawing.glyphs]
    image = likeness.likeness_of(drawing)
    cover = drawing.rgba[..., 0] * alpha / 255
    if image is not None:
        height, width = image.luma.shape
        place = np.s_[image.top : image.top + height, image.left : image.left + width]
        luma[place], cover[place] = image.luma, 0
    beside = [box for box in (drawing.mark, drawing.overlay) if box]
    boxes = [glyph.box for glyph in drawing.glyphs] + beside
    letters = [cell for cell, glyph in zip(cells, drawing.glyphs, strict=True) if not glyph.is_mark]
    taken = [(box[0], box[0] + box[2]) for box in beside]
    return Template(
        luma=luma.astype(np.float32),
        cover=cover.astype(np.float32),
        cells=tuple(cells),
        inner=around(boxes),
        piece=longest_word(plan, cells),
        em=em,
        image=image,
        gaps=gaps_of(letters, taken, luma.shape[1], em),
    )


def drawing_of(plan: MentionPlan, format: PictureFormat) -> Drawing:
    """Draw the plan's mention again.

    Raises PlanError or PresetError where this labeler cannot, or the plan's box lies outside the picture.
    """
    width, height = format.display_size
    x, y, across, down = plan.box
    if min(x, y, across, down) < 0 or x + across > width or y + down > height:
        raise PlanError(
            say(
                f"The plan's box {list(plan.box)} lies outside this picture of {width}x{height}.",
                f"Le cadre {list(plan.box)} du plan sort de cette image de {width}x{height}.",
            )
        )
    return typeset.draw_for(plan, format)


def cell_of(glyph: Glyph, lines: Sequence[tuple[int, int]], width: int) -> Cell:
    """What is compared of a character: its ink and one pixel beside it; of a letter of the text, the whole line's
    height, so that an accent more or less counts."""
    x, y, across, down = glyph.box
    top, bottom = y - 1, y + down + 1
    if not glyph.is_mark:
        top, bottom = min(lines, key=lambda line: abs(line[0] + line[1] - 2 * y - down))
    return glyph.character, max(x - 1, 0), max(top, 0), min(x + across + 1, width), bottom


def edges_of_line(baseline: int, em: float, height: int) -> tuple[int, int]:
    """The rows from the accents of capitals to the feet of descenders."""
    return max(0, round(baseline - 0.98 * em)), min(height, round(baseline + 0.26 * em))


def around(boxes: Sequence[tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of all boxes [x, y, width, height] together."""
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[0] + box[2] for box in boxes),
        max(box[1] + box[3] for box in boxes),
    )


def longest_word(plan: MentionPlan, cells: Sequence[Cell]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the widest word of the text."""
    text = cells[len(plan.mark.replace(" ", "")) if plan.mark else 0 :]
    words, at = [], 0
    for line in plan.lines:
        for word in line.split():
            ink = text[at : at + len(word)]
            at += len(word)
            words.append((ink[0][1], ink[0][2], ink[-1][3], ink[-1][4]))
    return max(words, key=lambda word: word[2] - word[0])


def high_pass(luma: np.ndarray, em: float) -> np.ndarray:
    return np.asarray(luma - cv2.GaussianBlur(luma, (0, 0), max(1.5, 0.35 * em)))


def radius_for(format: PictureFormat) -> int:
    """Pixels that a mention may lie off its place and still be looked for there."""
    return max(2, round(min(format.display_size) / 360))


def crop(luma: np.ndarray, x: int, y: int, width: int, height: int, bits: int) -> np.ndarray:
    """A rectangle of a plane as float32 on the scale of 8 bits; what lies beyond the frame repeats its edge."""
    rows = np.clip(np.arange(y, y + height), 0, luma.shape[0] - 1)
    columns = np.clip(np.arange(x, x + width), 0, luma.shape[1] - 1)
    return np.asarray(luma[np.ix_(rows, columns)], dtype=np.float32) / np.float32(2 ** (bits - 8))


def correlation(image: np.ndarray, pattern: np.ndarray) -> np.ndarray:
    """Zero-mean normalised correlation of a pattern at every place of an image, -1 to 1; 0 where the image is flat.

    A flat place has no correlation: what the division gives there is rounding, up to a perfect score.
    """
    scores = np.nan_to_num(cv2.matchTemplate(image, pattern, cv2.TM_CCOEFF_NORMED), posinf=0, neginf=0)
    size = (pattern.shape[1], pattern.shape[0])
    mean = cv2.boxFilter(image, cv2.CV_64F, size, anchor=(0, 0), borderType=cv2.BORDER_REFLECT)
    square = cv2.sqrBoxFilter(image, cv2.CV_64F, size, anchor=(0, 0), borderType=cv2.BORDER_REFLECT)
    variance = np.asarray(square) - np.asarray(mean) ** 2
    is_flat = variance[: scores.shape[0], : scores.shape[1]] < FLAT * FLAT
    return np.asarray(np.where(is_flat, 0, np.clip(scores, -1, 1)), dtype=np.float32)


def best(image: np.ndarray, pattern: np.ndarray) -> tuple[float, int, int]:
    """The highest correlation and where: score, x, y. -1 where the image has no room for the pattern."""
    if image.shape[0] < pattern.shape[0] or image.shape[1] < pattern.shape[1] or min(pattern.shape) < 2:
        return -1.0, 0, 0
    _, score, _, (x, y) = cv2.minMaxLoc(correlation(image, pattern))
    return float(score), x, y


def presence(region: np.ndarray, template: Template, margin: int) -> tuple[float, int, int]:
    """Score of the whole mention and its offset (x, y) in a region that is `margin` wider than the box all round."""
    left, top, right, bottom = template.inner
    around_ink = high_pass(region, template.em)[top : bottom + 2 * margin, left : right + 2 * margin]
    score, x, y = best(around_ink, template.high_passed[top:bottom, left:right])
    return score, x - margin, y - margin


def glyph_scores(region: np.ndarray, template: Template, margin: int, offset: tuple[int, int]) -> list[float]:
    """The correlation of every character, each searched one pixel around its place."""
    seen = high_pass(region, template.em)
    scores = []
    for _, left, top, right, bottom in template.cells:
        pattern = template.high_passed[top:bottom, left:right]
        x, y = left + margin + offset[0] - 1, top + margin + offset[1] - 1
        window = seen[max(y, 0) : y + bottom - top + 2, max(x, 0) : x + right - left + 2]
        scores.append(best(window, pattern)[0])
    return scores


def glyph_differences(region: np.ndarray, template: Template, margin: int, offset: tuple[int, int]) -> list[float]:
    """For every character, then every gap, the most that a stroke is missing, or is there unplanned: 0 none, 1 all.

    Correlation forgives a lost accent; this does not. Levels are taken from the pixels: of all letters together,
    and of the ground of each character.
    """
    height, width = template.luma.shape
    x, y = margin + offset[0], margin + offset[1]
    seen = region[y : y + height, x : x + width]
    letters = seen[template.cover > 0.95]
    letter = float(np.median(letters)) if letters.size else 255.0
    worst = []
    for _, left, top, right, bottom in (*template.cells, *template.gaps):
        cover, cell = template.cover[top:bottom, left:right], seen[top:bottom, left:right]
        under = cell[cover < 0.05]
        ground = float(np.median(under)) if under.size else 0.0
        difference = np.clip((cell - ground) / max(letter - ground, 1.0), 0, 1) - cover
        worst.append(float(np.abs(cv2.GaussianBlur(difference, (0, 0), max(1.0, STROKE * template.em))).max()))
    return worst


def search(image: np.ndarray, template: Template) -> Location | None:
    """Look for the mention anywhere in a whole frame, at any likely size. None where it is not."""
    likely = nlargest(CANDIDATES, coarse(image, template))
    finer = [found for _, scale, x, y in likely for found in fine(image, template, scale, x, y)]
    score, location = max(finer, key=lambda found: found[0])
    return location if score >= FOUND else None


def coarse(image: np.ndarray, template: Template) -> Iterator[tuple[float, float, float, float]]:
    """Score, scale and place (of the box's corner, in frame pixels) of one long word at every scale.

    The frame is reduced so that the word stays the same small size; a larger mention needs a smaller frame.
    """
    reduce = COARSE_X_HEIGHT / (0.545 * template.em)
    word = template.scaled(reduce)
    left, top, right, bottom = word.piece
    pattern = word.high_passed[top:bottom, left:right]
    for scale in SCALES:
        factor = reduce / scale
        if factor > 1.2:
            continue
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        score, x, y = best(high_pass(small, word.em), pattern)
        yield score, scale, (x - left) / factor, (y - top) / factor


def fine(image: np.ndarray, template: Template, scale: float, x: float, y: float) -> Iterator[tuple[float, Location]]:
    """Score and place of the whole mention around a coarse place and scale."""
    for step in FINE_SCALES:
        candidate = template.scaled(scale * step)
        height, width = candidate.luma.shape
        margin = max(6, round(0.03 * width))
        start = round(x) - margin, round(y) - margin
        region = crop(image, *start, width + 2 * margin, height + 2 * margin, 8)
        score, across, down = presence(region, candidate, margin)
        yield score, Location(round(x) + across, round(y) + down, scale * step)
