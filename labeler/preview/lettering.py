"""Words and lines on a picture that nobody chose: legible on whatever lies below them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from labeler.layers.mention.font import bundled

PLATE = (16, 16, 16)
INK = (255, 255, 255)
OUTSIDE = 0.45
"""How much of its light a picture keeps outside of the safe area."""


def dimmed(image: np.ndarray, kept: tuple[int, int, int, int]) -> np.ndarray:
    """A copy, darker and hatched outside of the rectangle `kept` (left, top, right, bottom)."""
    left, top, right, bottom = kept
    height, width = image.shape[:2]
    stripe = max(6, min(width, height) // 60)
    rows, columns = np.arange(height)[:, None], np.arange(width)[None, :]
    share = np.where((rows + columns) // stripe % 2 == 0, OUTSIDE, OUTSIDE * 0.75).astype(np.float32)
    share[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = 1
    return np.asarray((image * share[..., None]).astype(np.uint8))


def outline(
    drawn: ImageDraw.ImageDraw, box: tuple[int, int, int, int], colour: tuple[int, int, int], width: int
) -> None:
    """A line around the rectangle (left, top, right, bottom), outside of it, between two black ones."""
    left, top, right, bottom = box
    for colour_of_line, near, far in ((PLATE, 0, 3 * width), (colour, width, 2 * width)):
        edge = (left - far, top - far, right - 1 + far, bottom - 1 + far)
        drawn.rectangle(edge, outline=colour_of_line, width=far - near)


def plate(lines: tuple[str, ...], size: int, colour: tuple[int, int, int]) -> Image.Image:
    """Lines of text on an opaque plate, with a bar of a colour at their left, at `size` pixels to the em."""
    font = bundled().at(size)
    pad, leading = max(3, size // 2), round(size * 1.35)
    width = max(round(font.getlength(line)) for line in lines) + 3 * pad
    image = Image.new("RGB", (width, leading * len(lines) + pad), PLATE)
    drawn = ImageDraw.Draw(image)
    drawn.rectangle((0, 0, pad // 2, image.height), fill=colour)
    for number, line in enumerate(lines):
        drawn.text((round(1.5 * pad), pad // 2 + number * leading), line, font=font, fill=INK)
    return image


def fitting_plate(lines: tuple[str, ...], size: int, colour: tuple[int, int, int], room: int) -> Image.Image:
    """The same, smaller where it would be wider than `room`."""
    made = plate(lines, size, colour)
    while made.width > room and size > 8:
        size -= 1
        made = plate(lines, size, colour)
    return made
