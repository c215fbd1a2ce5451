"""A decoded picture as a small JPEG for a page: in display orientation, in the colours of a computer's screen."""

from __future__ import annotations

import base64
import io
from fractions import Fraction

import cv2
import numpy as np
from PIL import Image

from labeler.layers.mention import colour, hdr
from labeler.media.picture import Picture, PictureFormat
from labeler.rules.plan import Box

LONG_SIDE = 320
"""Pixels of the longer side of a frame in the strip."""
WIDEST_DETAIL = 640
QUALITY = 82
OUTLINE = (255, 0, 200)
"""The colour around the mention: one that pictures seldom have, between two black lines for where they do."""
# ITU-R BT.2087, from the primaries of BT.2020 to those of BT.709, in linear light.
TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])


def frame_of(picture: Picture, boxes: tuple[Box, ...] = ()) -> np.ndarray:
    """The whole frame as RGB, uint8 (rows, columns, 3), its longer side LONG_SIDE, with each box outlined."""
    format = picture.format
    width, height = shown_size(format)
    stored = (height, width) if format.rotation in (90, 270) else (width, height)
    parts = tuple(
        np.rot90(
            cv2.resize(np.ascontiguousarray(plane), stored, interpolation=cv2.INTER_AREA), -(format.rotation // 90)
        )
        for plane in picture.planes[:3]
    )
    image = on_screen(parts, format)
    across, down = Fraction(width, format.display_size[0]), Fraction(height, format.display_size[1])
    for x, y, wide, tall in boxes:
        outline(image, round(x * across), round(y * down), round((x + wide) * across), round((y + tall) * down))
    return image


def shown_size(format: PictureFormat) -> tuple[int, int]:
    """Width and height of the small picture: the frame as a player shows it, with its pixels made square."""
    width, height = Fraction(format.width) * format.sar, Fraction(format.height)
    if format.rotation in (90, 270):
        width, height = height, width
    scale = LONG_SIDE / max(width, height)
    return max(2, round(width * scale)), max(2, round(height * scale))


def detail_of(picture: Picture, box: Box) -> np.ndarray:
    """The box and a little around it, as RGB, pixel for pixel unless it is wider than WIDEST_DETAIL."""
    x, y, wide, tall = box
    margin = max(4, tall // 3)
    most = picture.format.display_size
    left, top = max(0, x - margin), max(0, y - margin)
    right, bottom = min(most[0], x + wide + margin), min(most[1], y + tall + margin)
    size = max(1, right - left), max(1, bottom - top)
    image = on_screen(colour.components(picture, left, top, *size), picture.format)
    if size[0] <= WIDEST_DETAIL:
        return image
    smaller = WIDEST_DETAIL, max(1, round(size[1] * WIDEST_DETAIL / size[0]))
    return np.asarray(cv2.resize(image, smaller, interpolation=cv2.INTER_AREA))


def on_screen(parts: tuple[np.ndarray, ...], format: PictureFormat) -> np.ndarray:
    """Y', Cb, Cr of one size as RGB for a screen. HDR is cut off at the white of graphics, where the mention lies."""
    red, green, blue = colour.rgb(parts, format)
    signal = np.clip(np.stack([red, green, blue], axis=-1), 0, 1)
    if format.transfer != "sdr":
        signal = screen_signal(signal, format)
    return np.asarray(np.round(signal * 255), dtype=np.uint8)


def screen_signal(signal: np.ndarray, format: PictureFormat) -> np.ndarray:
    """R'G'B' in PQ or HLG as that of sRGB, 1 for the reference white."""
    if format.transfer == "pq":
        light = hdr.pq_light(signal)
    else:
        scene = hdr.hlg_scene(signal)
        bright = scene @ np.array([0.2627, 0.6780, 0.0593])
        light = hdr.HLG_PEAK * scene * np.maximum(bright, 1e-6)[..., None] ** (hdr.HLG_GAMMA - 1)
    linear = light / hdr.REFERENCE_WHITE
    if format.matrix == "bt2020":
        linear = linear @ TO_BT709.T
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def outline(image: np.ndarray, left: int, top: int, right: int, bottom: int) -> None:
    """A line of two pixels around a rectangle (its right and bottom excluded), where that lies in the image."""
    for grow, ink in ((4, (0, 0, 0)), (3, OUTLINE), (2, OUTLINE), (1, (0, 0, 0))):
        ring(image, left - grow, top - grow, right - 1 + grow, bottom - 1 + grow, ink)


def ring(image: np.ndarray, left: int, top: int, right: int, bottom: int, ink: tuple[int, int, int]) -> None:
    """One pixel all around; a side that would lie beyond the image is drawn on its edge."""
    last_row, last_column = image.shape[0] - 1, image.shape[1] - 1
    left, right = (min(max(at, 0), last_column) for at in (left, right))
    top, bottom = (min(max(at, 0), last_row) for at in (top, bottom))
    image[[top, bottom], left : right + 1] = ink
    image[top : bottom + 1, [left, right]] = ink


def as_data(image: np.ndarray) -> str:
    """The picture as a `data:` address, JPEG without subsampled colours (the outline is thin)."""
    written = io.BytesIO()
    Image.fromarray(image).save(written, "JPEG", quality=QUALITY, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode("ascii")
