"""The contract of an overlay image: how tall it is drawn, what it looks like there, and what contrast it promises.

Beside a text it stands on the plate, in place of the mark; alone, it has no plate but one of its own.
"""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from labeler.errors import PlanError, PresetError
from labeler.language import decimal, say
from labeler.layers.mention.drawing import Drawing, as_bytes
from labeler.rules.overlay import OverlayError, image_in
from labeler.rules.plan import MentionPlan, OverlayPlan
from labeler.rules.preset import MentionRules

ICON_CONTRAST = 3.0
"""WCAG 2.2 SC 1.4.11, non-text contrast."""
ICON_SECONDS = Fraction(2)
"""GB 45438-2025 asks 2 s of any mention; an image alone has no words to count."""
SIZE_MARGIN = 1.015
LEAST_MARGIN = 0.8
"""What the image is drawn taller than asked, as a share and in pixels: it measures up to 1 % or 0.5 px lower."""
MOST_ENLARGED = 2.0
SEEN = 8
"""Alpha (of 255) from which a pixel belongs to the image: what is fainter at its edges is trimmed."""
STEADY = 0.4
"""Alpha from which a pixel is the image's rather than the picture's under it."""
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class Standing:
    """An image at the size of its plan: width and height in square pixels, and its colours there (float 0-1)."""

    width: float
    height: int
    rgba: np.ndarray


def plan_overlay(rules: MentionRules, short_side: float, contrast: float) -> OverlayPlan:
    """The preset's image at its height. Raises PresetError where it would have to be blown up, or promises too little.

    contrast: least ratio of its light parts to its dark ones, whatever the picture under it.
    """
    image, size = rules.overlay, rules.overlay_size
    if image is None or size is None:
        raise PresetError(say("The preset has no overlay.", "Le préréglage n'a pas d'image."))
    asked = max(size.value / 100 * short_side, float(size.min_px))
    height = math.ceil(max(asked * SIZE_MARGIN, asked + LEAST_MARGIN))
    seen = trimmed(image.data)
    if height > MOST_ENLARGED * seen.height:
        raise PresetError(
            say(
                f"The overlay {image.file} is {seen.height} px tall; this picture needs {height} px, "
                "and enlarged that much it would blur.",
                f"L'image {image.file} fait {seen.height} px de haut ; il en faut {height} ici, "
                "et agrandie à ce point elle serait floue.",
            ),
            remedy=say("Give the preset a larger image.", "Donnez au préréglage une image plus grande."),
        )
    return OverlayPlan(
        sha256=hashlib.sha256(image.bare).hexdigest(),
        png=base64.b64encode(image.bare).decode("ascii"),
        height=height,
        least_height=round(asked, 3),
        contrast=contrast,
    )


@lru_cache(maxsize=4)
def trimmed(data: bytes) -> Image.Image:
    """The image as RGBA without its transparent edges."""
    with Image.open(BytesIO(data), formats=["PNG"]) as opened:
        image = opened.convert("RGBA")
    box = image.getchannel("A").point(lambda alpha: 255 if alpha >= SEEN else 0).getbbox()
    return image.crop(box) if box else image


def standing(plan: OverlayPlan, aspect: float) -> Standing:
    """The plan's image, scaled. aspect: width / height of a pixel. Raises PlanError where it is not at hand."""
    try:
        image = trimmed(image_in(plan.png, plan.sha256))
    except OverlayError as wrong:
        raise PlanError(say(f"The overlay: {wrong}", f"L'image incrustée : {wrong}")) from wrong
    if not 1 <= plan.height <= MOST_ENLARGED * image.height:
        raise PlanError(
            say(
                f"The plan's height of {plan.height} px for its overlay makes no sense.",
                f"La hauteur de {plan.height} px que le plan donne à son image n'a pas de sens.",
            )
        )
    width = plan.height * image.width / image.height
    size = max(1, round(width / aspect)), plan.height
    # Pillow weighs colours by their alpha when it scales RGBA, so that no hidden colour bleeds in at the edges.
    scaled = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return Standing(width, plan.height, np.asarray(scaled, dtype=np.float64) / 255)


def draw_alone(plan: MentionPlan, overlay: OverlayPlan, aspect: float) -> Drawing:
    """The image in the middle of the plan's box, and nothing else. Raises PlanError where it does not fit."""
    image = standing(overlay, aspect)
    width, height = plan.box[2:]
    down, across = image.rgba.shape[:2]
    if across > width or down > height:
        raise PlanError(
            say(
                f"The plan's box of {width}x{height} px does not hold its overlay of {across}x{down} px.",
                f"Le cadre de {width}x{height} px du plan ne contient pas son image de {across}x{down} px.",
            )
        )
    left, top = (width - across) // 2, (height - down) // 2
    canvas = np.zeros((height, width, 4))
    canvas[top : top + down, left : left + across] = image.rgba
    return Drawing(as_bytes(canvas), (), (), None, (left, top, across, down))


def require_contrast(drawing: Drawing, overlay: OverlayPlan, margin: float) -> None:
    """Refuse at planning an image that cannot be told from any picture under it. Raises PresetError."""
    promised = promised_contrast(drawing)
    if promised < overlay.contrast * margin:
        raise PresetError(
            say(
                f"The overlay's light and dark parts differ by {decimal(promised, 1)}:1 over the worst picture; "
                f"{decimal(overlay.contrast * margin, 1)}:1 is needed.",
                f"Les parties claires et sombres de l'image diffèrent de {decimal(promised, 1)}:1 sur la pire image ; "
                f"il faut {decimal(overlay.contrast * margin, 1)}:1.",
            ),
            remedy=say(
                "Give the image an opaque plate of its own, inside the PNG.",
                "Donnez à l'image un cartouche opaque, dans le PNG même.",
            ),
        )


def promised_contrast(drawing: Drawing) -> float:
    """WCAG contrast of the image's light parts over black to its dark parts over white: its worst case."""
    rgba = part_of(drawing) / 255
    light, dark = two_tones(rgba)
    if not light.any() or not dark.any():
        return 1.0
    over_black = rgba[..., :3] * rgba[..., 3:]
    over_white = over_black + 1 - rgba[..., 3:]
    ratio = (np.median(luminance(over_black)[light]) + 0.05) / (np.median(luminance(over_white)[dark]) + 0.05)
    return max(1.0, float(ratio))


def part_of(drawing: Drawing) -> np.ndarray:
    """The RGBA of the image's place in a drawing, what is under it included."""
    x, y, width, height = drawing.overlay or (0, 0, 0, 0)
    return drawing.rgba[y : y + height, x : x + width].astype(np.float64)


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance of R'G'B' 0-1 (WCAG 2.2)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ LUMINANCE)


def two_tones(rgba: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Masks of an image's light and of its dark parts (RGBA 0-1): the split that keeps the two most apart (Otsu).

    Pixels that mostly show the picture under them belong to neither.
    """
    steady = rgba[..., 3] >= STEADY
    grey = np.clip(np.rint(255 * (rgba[..., :3] @ LUMA) * rgba[..., 3] + 110 * (1 - rgba[..., 3])), 0, 255)
    if not steady.any():
        return steady, steady
    threshold, _ = cv2.threshold(grey[steady].astype(np.uint8)[None, :], 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return steady & (grey > threshold), steady & (grey <= threshold)


def judged_by(plan: MentionPlan, asked: MentionPlan) -> OverlayPlan | None:
    """The plan's image with the least that the preset asked for demands of it."""
    if plan.overlay is None or asked.overlay is None:
        return plan.overlay
    demands = {"least_height": asked.overlay.least_height, "contrast": asked.overlay.contrast}
    return plan.overlay.model_copy(update=demands)


def is_same_kind(plan: MentionPlan, asked: MentionPlan) -> bool:
    """True where both show the same image, or none, and both a text, or none: an image is no text beside an image."""
    hashes = {mention.overlay.sha256 if mention.overlay else None for mention in (plan, asked)}
    return len(hashes) == 1 and bool(plan.lines) == bool(asked.lines)


def box_around(image: Standing, pixel_aspect: float, grid: int) -> tuple[int, int]:
    """Width and height of the box of an image alone, in display pixels, each a multiple of `grid`."""
    width = max(1, round(image.width / pixel_aspect))
    return -(-width // grid) * grid, -(-image.height // grid) * grid
