"""The preset's safe area and the box of the mention, drawn over a displayed picture with their sizes in pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from labeler.language import say
from labeler.layers.mention import typeset
from labeler.media.picture import PictureFormat
from labeler.preview.display import square_size
from labeler.preview.lettering import dimmed, fitting_plate, outline
from labeler.rules.plan import Box, MentionPlan
from labeler.rules.preset import MentionRules

SAFE = (70, 220, 120)
MENTION = (255, 190, 40)
CROP = (235, 235, 235)
Edges = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the picture that is drawn on; right and bottom are not in it any more."""


@dataclass(frozen=True)
class Zones:
    """What is drawn, in pixels of the displayed picture in square pixels; and the words beside it. crop: what some
    players show alone (a clean aperture)."""

    safe: Edges
    mention: Edges
    safe_words: tuple[str, ...]
    mention_words: tuple[str, ...]
    crop: Edges | None = None

    def scaled(self, share: float) -> Zones:
        """The same over a smaller picture."""
        safe, mention = (scaled(edges, share, share) for edges in (self.safe, self.mention))
        crop = None if self.crop is None else scaled(self.crop, share, share)
        return Zones(safe, mention, self.safe_words, self.mention_words, crop)


def zones_of(plan: MentionPlan, rules: MentionRules, format: PictureFormat) -> Zones:
    """Boxes count pixels before SAR (CONTRACTS section 2); what is drawn on counts square ones."""
    width, height = format.display_size
    shown_width, shown_height = square_size(format)
    across, down = shown_width / width, shown_height / height
    margins = typeset.place_for(rules.layout, typeset.frame_of(format)).keep_out.value
    return Zones(
        scaled(edges_of(plan.safe_area), across, down),
        scaled(edges_of(plan.box), across, down),
        (*safe_words(plan.safe_area, margins), *crop_words(format)),
        mention_words(plan),
        None if format.aperture is None else scaled(edges_of(format.shown_area), across, down),
    )


def edges_of(box: Box) -> Edges:
    x, y, width, height = box
    return x, y, x + width, y + height


def scaled(edges: Edges, across: float, down: float) -> Edges:
    left, top, right, bottom = edges
    return round(left * across), round(top * down), round(right * across), round(bottom * down)


def safe_words(safe: Box, margins: tuple[float, float, float, float]) -> tuple[str, ...]:
    top, right, bottom, left = (decimal(f"{margin:g}") for margin in margins)
    return (
        say(f"Safe area {safe[2]}x{safe[3]} px", f"Zone sûre {safe[2]} x {safe[3]} px"),
        say(f"margins: top {top} %, right {right} %,", f"marges : haut {top} %, droite {right} %,"),
        say(f"bottom {bottom} %, left {left} %", f"bas {bottom} %, gauche {left} %"),
    )


def crop_words(format: PictureFormat) -> tuple[str, ...]:
    if format.aperture is None:
        return ()
    width, height = format.shown_area[2:]
    return (say(f"of the clean aperture {width}x{height} px", f"de l'ouverture propre {width} x {height} px"),)


def mention_words(plan: MentionPlan) -> tuple[str, ...]:
    x, y, width, height = plan.box
    where = say(f"Mention {width}x{height} px at x {x}, y {y}", f"Mention {width} x {height} px en x {x}, y {y}")
    return where, size_words(plan)


def decimal(number: str) -> str:
    return say(number, number.replace(".", ","))


def size_words(plan: MentionPlan) -> str:
    if not plan.lines:
        tall = plan.overlay.height if plan.overlay is not None else 0
        return say(f"image {tall} px tall", f"image de {tall} px de haut")
    tall_text = decimal(f"{plan.x_height:.1f}".removesuffix(".0"))
    if plan.size_of == "ink":
        return say(f"letters at least {tall_text} px tall", f"lettres d'au moins {tall_text} px de haut")
    em = plan.font_size
    return say(
        f"x-height at least {tall_text} px (font {em} px)", f"hauteur d'x : au moins {tall_text} px (corps {em} px)"
    )


def draw(image: np.ndarray, zones: Zones, *, with_words: bool = True) -> np.ndarray:
    """A copy of the displayed picture with the zones over it; the mention itself stays as it is."""
    height, width = image.shape[:2]
    line = max(1, min(width, height) // 300)
    canvas = Image.fromarray(dimmed(image, zones.safe))
    drawn = ImageDraw.Draw(canvas)
    if zones.crop is not None:
        outline(drawn, zones.crop, CROP, line)
    outline(drawn, zones.safe, SAFE, line)
    outline(drawn, zones.mention, MENTION, line)
    if with_words:
        write_words(canvas, zones, line)
    return np.asarray(canvas)


def write_words(canvas: Image.Image, zones: Zones, line: int) -> None:
    """Those of the mention below or above its box, those of the safe area in the middle of its other half."""
    size = max(11, round(min(canvas.size) * 0.024))
    left, top, right, bottom = zones.safe
    room, gap = right - left - 8 * line, 6 * line
    words = fitting_plate(zones.mention_words, size, MENTION, room)
    is_high = zones.mention[1] + zones.mention[3] <= canvas.height
    y = zones.mention[3] + gap if is_high else zones.mention[1] - gap - words.height
    x = min(max(zones.mention[0], left), right - words.width)
    canvas.paste(words, inside(x, y, words, canvas))
    others = fitting_plate(zones.safe_words, size, SAFE, room)
    y = bottom - gap - others.height if is_high else top + gap
    canvas.paste(others, inside(left + gap, y, others, canvas))


def inside(x: int, y: int, words: Image.Image, canvas: Image.Image) -> tuple[int, int]:
    return max(0, min(x, canvas.width - words.width)), max(0, min(y, canvas.height - words.height))
