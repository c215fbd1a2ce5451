"""Overlay images for tests, drawn by Pillow: icons on a plate of their own."""

from __future__ import annotations

import hashlib
from io import BytesIO

from PIL import Image, ImageDraw

from labeler.layers.mention.font import bundled
from labeler.rules.overlay import OverlayImage

Colour = tuple[int, int, int, int]
BLACK, WHITE, CLEAR = (0, 0, 0, 255), (255, 255, 255, 255), (0, 0, 0, 0)
EDGE = 40
"""Transparent pixels around the icon, which labeler trims."""


def icon(text: str = "AI", *, width: int = 400, plate: Colour | None = BLACK, ink: Colour = WHITE) -> Image.Image:
    """Capitals on a plate with round corners, 400 pixels tall, with transparent edges around it."""
    image = Image.new("RGBA", (width + 2 * EDGE, 400 + 2 * EDGE), CLEAR)
    pen = ImageDraw.Draw(image)
    if plate is not None:
        pen.rounded_rectangle((EDGE, EDGE, EDGE + width - 1, EDGE + 399), 70, fill=plate)
    pen.text((EDGE + width / 2, EDGE + 200), text, font=bundled().at(220), fill=ink, anchor="mm")
    return image


def other_icon(*, width: int = 400) -> Image.Image:
    """Another picture of the same size and colours: a white ring on black."""
    image = icon("", width=width)
    ImageDraw.Draw(image).ellipse((EDGE + 90, EDGE + 90, EDGE + width - 90, EDGE + 310), outline=WHITE, width=50)
    return image


def png(image: Image.Image) -> bytes:
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def overlay(image: Image.Image | None = None) -> OverlayImage:
    data = png(image or icon())
    return OverlayImage(file="icon.png", sha256=hashlib.sha256(data).hexdigest(), data=data)
