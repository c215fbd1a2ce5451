"""A decoded picture as a person sees it on a screen, in 8 bits, for the recogniser: upright, square pixels, no larger
than text needs."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from labeler.layers.mention.colour import as_luma
from labeler.media.picture import Picture, PictureFormat
from labeler.rules.plan import Box

LARGEST_SHORT_SIDE = 1080
"""Pixels; what is larger is reduced."""
LEAST_LONG_SIDE = 960
"""Pixels; what is smaller is enlarged: letters of 5 px in a 360p video get the size that the models know."""
CLOSE_LONG_SIDE = 1920
MOST_ENLARGED = 2.0
"""Pixels that a close look enlarges a screen to, and how much at most."""
LEGIBLE = 8.0
"""x-height in pixels of the screen from which text is read (measured on 240 labels)."""


@dataclass(frozen=True)
class Screen:
    """How a display picture is scaled for reading: across and down, in pixels of the screen for one of the display."""

    size: tuple[int, int]
    across: float
    down: float

    def to_display(self, box: Box) -> Box:
        """A box of the screen in pixels of the decoded frame, after the display matrix and before SAR."""
        x, y, width, height = box
        return between(x / self.across, y / self.down, (x + width) / self.across, (y + height) / self.down)

    def to_screen(self, box: Box) -> Box:
        """The other way round."""
        x, y, width, height = box
        return between(x * self.across, y * self.down, (x + width) * self.across, (y + height) * self.down)

    @property
    def smallest_text(self) -> float:
        """x-height in pixels of the decoded frame below which text is not read."""
        return round(LEGIBLE / self.down, 1)


def between(left: float, top: float, right: float, bottom: float) -> Box:
    """The box of these edges, to whole pixels and never without any."""
    x, y = round(left), round(top)
    return x, y, max(1, round(right) - x), max(1, round(bottom) - y)


def screen_of(format: PictureFormat) -> Screen:
    width, height = format.display_size
    wide = width * float(format.sar if format.rotation in (0, 180) else 1 / format.sar)
    scale = min(1.0, LARGEST_SHORT_SIDE / min(wide, height))
    scale = max(scale, min(2.0, LEAST_LONG_SIDE / max(wide, height)))
    size = max(16, round(wide * scale)), max(16, round(height * scale))
    return Screen(size, size[0] / width, size[1] / height)


def enlarged(screen: Screen) -> Screen:
    """The same, large enough for a close look: letters that stand out of a busy ground as soon as they are larger."""
    by = max(1.0, min(MOST_ENLARGED, CLOSE_LONG_SIDE / max(screen.size)))
    size = round(screen.size[0] * by), round(screen.size[1] * by)
    return Screen(size, screen.across * size[0] / screen.size[0], screen.down * size[1] / screen.size[1])


def shown(picture: Picture, screen: Screen) -> np.ndarray:
    """uint8, (rows, columns, 3), blue first. Colours are near, not exact: they only have to keep text apart."""
    format = picture.format
    turned = as_coded(screen.size, format)
    chroma = [
        cv2.resize(eight_bits(plane, format, luma=False), turned, interpolation=cv2.INTER_LINEAR)
        for plane in (picture.planes[2], picture.planes[1])
    ]
    colours = cv2.cvtColor(cv2.merge([scaled_luma(picture, turned), *chroma]), cv2.COLOR_YCrCb2BGR)
    return upright(colours, format)


def luma_of(picture: Picture, size: tuple[int, int]) -> np.ndarray:
    """uint8, (rows, columns), 0 to 255 from black to white: the picture upright at this size (across, down)."""
    return upright(scaled_luma(picture, as_coded(size, picture.format)), picture.format)


def as_coded(size: tuple[int, int], format: PictureFormat) -> tuple[int, int]:
    """A size of the upright picture as that of the coded one, and the other way round."""
    return size if format.rotation in (0, 180) else size[::-1]


def upright(pixels: np.ndarray, format: PictureFormat) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(pixels, k=-(format.rotation // 90)))


def scaled_luma(picture: Picture, size: tuple[int, int]) -> np.ndarray:
    luma = eight_bits(picture.planes[0], picture.format)
    return full_range(cv2.resize(luma, size, interpolation=way(picture, size)), picture.format)


def way(picture: Picture, size: tuple[int, int]) -> int:
    return cv2.INTER_AREA if size[0] < picture.planes[0].shape[1] else cv2.INTER_CUBIC


def eight_bits(plane: np.ndarray, format: PictureFormat, *, luma: bool = True) -> np.ndarray:
    """A plane on the scale of 8 bits, the luma of HDR with its white where SDR has it."""
    if luma and format.transfer != "sdr":
        return np.asarray(np.clip(as_luma(plane, format), 0, 255), dtype=np.uint8)
    if format.bits == 8:
        return plane
    return np.asarray(plane >> (format.bits - 8), dtype=np.uint8)


def full_range(luma: np.ndarray, format: PictureFormat) -> np.ndarray:
    if format.full_range:
        return luma
    above_black: np.ndarray = cv2.subtract(luma, np.full_like(luma, 16))
    stretched: np.ndarray = cv2.convertScaleAbs(above_black, alpha=255 / 219)
    return stretched
