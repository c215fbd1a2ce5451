"""From code values of video to relative luminance, which contrast is defined on."""

from __future__ import annotations

import numpy as np

from labeler.layers.mention import hdr
from labeler.media.picture import Picture, PictureFormat

# Kr and Kb: ITU-R BT.601-7 2.5.1, BT.709-6 3.2, BT.2020-2 table 4. The writer has its own, so that a wrong one
# there shows here.
LUMA_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}
# ITU-T H.273 table 4, of analogue days.
LUMA_WEIGHTS |= {"smpte240m": (0.212, 0.087), "fcc": (0.30, 0.11)}
# Relative luminance, WCAG 2.2. Its curve (sRGB) lifts shadows more than the BT.1886 display that SDR video is made
# for, so dark plates come out lighter and contrast lower: it never flatters.
LUMINANCE_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


def components(picture: Picture, x: int, y: int, width: int, height: int) -> tuple[np.ndarray, ...]:
    """Y', Cb, Cr code values of a rectangle in display orientation, as copies that all have its size.

    Beyond the frame its edge is repeated.
    """
    format = picture.format
    stored = rectangle(format, x, y, width, height)
    parts = []
    for number, plane in enumerate(picture.planes[:3]):
        across, down = format.subsampling if number else (1, 1)
        parts.append(plane[sample_rows(stored[0], down, format), stored[1] // across])
    return tuple(parts)


def alpha_of(picture: Picture, x: int, y: int, width: int, height: int) -> np.ndarray | None:
    """The same of its alpha; None where it has none."""
    if picture.alpha is None:
        return None
    return np.asarray(picture.alpha[rectangle(picture.format, x, y, width, height)])


def rectangle(format: PictureFormat, x: int, y: int, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the stored frame where a rectangle in display orientation lies."""
    shown_width, shown_height = format.display_size
    rows = np.clip(np.arange(y, y + height), 0, shown_height - 1)
    columns = np.clip(np.arange(x, x + width), 0, shown_width - 1)
    return stored_indexes(format, rows, columns)


def sample_rows(rows: np.ndarray, down: int, format: PictureFormat) -> np.ndarray:
    """The rows of a plane that stand for these rows of pixels; of interlaced chroma, those of the same field."""
    if not format.is_interlaced or down == 1:
        return np.asarray(rows // down)
    return np.asarray(np.minimum(rows // (2 * down) * 2 + rows % 2, -(-format.height // down) - 1))


def stored_indexes(format: PictureFormat, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the stored frame, broadcast to (rows, columns) of the displayed one."""
    down, across = rows[:, None], columns[None, :]
    if format.rotation == 90:
        return format.height - 1 - across, down
    if format.rotation == 180:
        return format.height - 1 - down, format.width - 1 - across
    if format.rotation == 270:
        return across, format.width - 1 - down
    return down, across


def relative_luminance(parts: tuple[np.ndarray, ...], format: PictureFormat) -> np.ndarray:
    """Relative luminance of Y', Cb, Cr code values, 1 for white. With chroma: a coloured ground is brighter than its
    luma. In HDR, 1 is the reference white of graphics, and highlights lie above it."""
    red, green, blue = rgb(parts, format)
    if format.transfer != "sdr":
        return hdr.light(red, green, blue, LUMA_WEIGHTS[format.matrix], format.transfer) / hdr.REFERENCE_WHITE
    encoded = np.clip(np.stack([red, green, blue], axis=-1), 0, 1)
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ LUMINANCE_WEIGHTS)


def as_luma(codes: np.ndarray, format: PictureFormat) -> np.ndarray:
    """Luma as float32 on the scale of SDR in 8 bits, which all thresholds of the reader are made for.

    HDR codes are stretched such that black and the reference white come to lie where SDR has them; the mention is
    blended in codes, so a straight line leaves every share of ink what it was. Highlights lie above the scale.
    """
    black = 0.0 if format.full_range else 16.0
    luma = np.asarray(codes, dtype=np.float32) / np.float32(2 ** (format.bits - 8))
    white = hdr.WHITE_SIGNAL[format.transfer]
    return luma if white == 1 else np.asarray((luma - black) / np.float32(white) + black, dtype=np.float32)


def rgb(parts: tuple[np.ndarray, ...], format: PictureFormat) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """R', G', B' (0-1, not clipped) by the matrix, range and depth of the format."""
    kr, kb = LUMA_WEIGHTS[format.matrix]
    step, most, half = 2 ** (format.bits - 8), 2**format.bits - 1, 2 ** (format.bits - 1)
    parts = tuple(part.astype(np.float32) for part in parts)
    if format.full_range:
        luma, blue, red = parts[0] / most, (parts[1] - half) / most, (parts[2] - half) / most
    else:
        luma = (parts[0] - 16 * step) / (219 * step)
        blue, red = ((part - half) / (224 * step) for part in parts[1:])
    r, b = luma + (2 - 2 * kr) * red, luma + (2 - 2 * kb) * blue
    return r, (luma - kr * r - kb * b) / (1 - kr - kb), b
