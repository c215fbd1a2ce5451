"""Text on a picture as others draw it: Pillow, and fonts that labeler does not ship (but for ideographs)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
"""Where Debian's fonts-dejavu-core and fonts-dejavu-extra lie."""
DEFAULT = "Aileron"
"""What Pillow has in it."""
FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSansCondensed-Bold",
    "DejaVuSansMono",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "DejaVuSerifCondensed",
)
CJK = "NotoSansCJKsc-Bold-subset"
"""The one that labeler ships: there is no other."""
SHIPPED = Path(__file__).parents[2] / "labeler" / "layers" / "mention" / "fonts"

Style = Literal["plain", "outline", "box"]
STYLES: tuple[Style, ...] = ("plain", "outline", "box")
COLOURS = {"white": (255, 255, 255), "black": (0, 0, 0), "yellow": (255, 225, 0)}
PLACES = {
    "top left": (0.0, 0.0),
    "top": (0.5, 0.0),
    "top right": (1.0, 0.0),
    "middle": (0.5, 0.5),
    "bottom left": (0.0, 1.0),
    "bottom": (0.5, 1.0),
    "bottom right": (1.0, 1.0),
}
"""Share of the free width and height that lies to the left and above."""
MARGIN = 0.05
WIDEST = 0.82
"""Shares of the frame."""


@dataclass(frozen=True)
class Mention:
    """What is drawn. percent: em of the short side. start, end: seconds. opacity: of letters and plate alike."""

    text: str
    language: str
    font: str
    percent: float
    style: Style
    colour: str
    opacity: float
    place: str
    start: float
    end: float


@dataclass(frozen=True)
class Drawn:
    """rgba: shape (height, width, 4), to be laid over at `corner` (x, y). letters: their cover, 0 to 255, without
    outline. x_height: pixels; of ideographs 0.72 em. em: pixels, less than asked where the text was too wide."""

    rgba: np.ndarray
    corner: tuple[int, int]
    letters: np.ndarray
    x_height: float
    em: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """[x, y, width, height] of the letters in the frame."""
        x, y, width, height = cv2.boundingRect((self.letters > 0).astype(np.uint8))
        return self.corner[0] + x, self.corner[1] + y, width, height


def font_of(name: str, em: int) -> ImageFont.FreeTypeFont:
    """Raises SystemExit where the font is not installed."""
    path = SHIPPED / f"{name}.otf" if name == CJK else DEJAVU / f"{name}.ttf"
    if not path.exists():
        raise SystemExit(f"{path} is missing: install fonts-dejavu-core and fonts-dejavu-extra.")
    return ImageFont.truetype(str(path), em)


def drawn(mention: Mention, size: tuple[int, int]) -> Drawn:
    """The mention on one line, else on two, else smaller, as it fits into the frame."""
    em = max(8, round(min(size) * mention.percent / 100))
    text = mention.text
    if width_of(text, font_of(mention.font, em)) > WIDEST * size[0]:
        text = on_two_lines(text)
    while width_of(text, font_of(mention.font, em)) > WIDEST * size[0] and em > 8:
        em -= 1
    font = font_of(mention.font, em)
    pad, stroke = round(em * 0.5), max(1, em // 14)
    left, top, right, bottom = (round(edge) for edge in measure().multiline_textbbox((0, 0), text, font=font))
    width, height = right - left + 2 * pad, bottom - top + 2 * pad
    at = (pad - left, pad - top)
    letters = Image.new("L", (width, height), 0)
    ImageDraw.Draw(letters).multiline_text(at, text, font=font, fill=255, align="center")
    ink = COLOURS[mention.colour]
    under = (255, 255, 255) if mention.colour == "black" else (0, 0, 0)
    image = Image.new("RGBA", (width, height), (*under, 255) if mention.style == "box" else (*ink, 0))
    pen = ImageDraw.Draw(image)
    if mention.style == "outline":
        image.paste((*under, 0), (0, 0, width, height))
        pen.multiline_text(at, text, font=font, fill=(*under, 255), align="center", stroke_width=stroke)
    inked = Image.new("RGBA", (width, height), (*ink, 255))
    inked.putalpha(letters)
    rgba = np.array(Image.alpha_composite(image, inked) if mention.style != "plain" else inked)
    rgba[..., 3] = (rgba[..., 3] * mention.opacity).astype(np.uint8)
    return Drawn(rgba, corner_of(mention.place, (width, height), size), np.array(letters), x_height(mention, font), em)


def measure() -> ImageDraw.ImageDraw:
    return ImageDraw.Draw(Image.new("L", (1, 1)))


def width_of(text: str, font: ImageFont.FreeTypeFont) -> float:
    left, _, right, _ = measure().multiline_textbbox((0, 0), text, font=font)
    return right - left


def on_two_lines(text: str) -> str:
    """Broken at the space nearest to its middle."""
    spaces = [at for at, letter in enumerate(text) if letter == " "]
    if not spaces:
        return text
    at = min(spaces, key=lambda space: abs(space - len(text) / 2))
    return f"{text[:at]}\n{text[at + 1 :]}"


def x_height(mention: Mention, font: ImageFont.FreeTypeFont) -> float:
    if mention.font == CJK:
        return 0.72 * font.size
    _, top, _, bottom = measure().textbbox((0, 0), "x", font=font)
    return bottom - top


def corner_of(place: str, mine: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """x and y of the upper left corner, inside the frame. Both are even: in 4:2:0 ffmpeg lays nothing elsewhere, and
    what is measured a pixel beside thin letters is their ground."""
    x, y = (
        max(0, min(round(MARGIN * side + share * (side * (1 - 2 * MARGIN) - own)), side - own)) // 2 * 2
        for share, own, side in zip(PLACES[place], mine, size, strict=True)
    )
    return x, y


def contrast_of(picture: np.ndarray, what: Drawn) -> float:
    """WCAG ratio between the core of the letters and a ring around them, medians. picture: RGB, 8 bits."""
    x, y = what.corner
    height, width = what.letters.shape
    inside = picture[y : y + height, x : x + width].astype(np.float64) / 255
    letters = what.letters[: inside.shape[0], : inside.shape[1]]
    linear = np.where(inside <= 0.04045, inside / 12.92, ((inside + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    reach = max(2, round(what.em * 0.12))
    near = cv2.dilate(letters, np.ones((2 * reach + 1,) * 2, np.uint8))
    close = cv2.dilate(letters, np.ones((3, 3), np.uint8))
    core, ring = luminance[letters >= 0.9 * letters.max()], luminance[(near > 0) & (close == 0)]
    if not core.size or not ring.size:
        return 1.0
    low, high = sorted((float(np.median(core)), float(np.median(ring))))
    return (high + 0.05) / (low + 0.05)
