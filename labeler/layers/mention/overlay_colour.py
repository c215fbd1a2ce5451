"""An image's colours in pictures of other colours than sRGB: HDR, where its white is that of graphics, and BT.2020.

The writer scales every signal to the reference white. That keeps black and white; the colours between them are put here
at the signals that, so scaled, shine as they should.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from labeler.layers.mention import hdr
from labeler.layers.mention.drawing import Drawing, as_bytes
from labeler.layers.mention.overlay import part_of
from labeler.media.picture import PictureFormat, Transfer

FROM_BT709 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
"""Linear R, G, B of BT.709 in BT.2020: ITU-R BT.2087-0, section 2."""
BT2020_SHARES = np.array([0.2627, 0.6780, 0.0593])
SIGNALS = np.linspace(0, 1, 4097)


def in_colours_of(drawing: Drawing, format: PictureFormat) -> Drawing:
    """The drawing with its image, if it has one, in the colours of this format."""
    if drawing.overlay is None or (format.transfer == "sdr" and format.matrix != "bt2020"):
        return drawing
    part = part_of(drawing) / 255
    linear = to_linear(part[..., :3])
    if format.matrix == "bt2020":
        linear = np.clip(linear @ FROM_BT709.T, 0, 1)
    part[..., :3] = to_signal(linear, format.transfer) / hdr.WHITE_SIGNAL[format.transfer]
    x, y, width, height = drawing.overlay
    rgba = drawing.rgba.copy()
    rgba[y : y + height, x : x + width] = as_bytes(part)
    return replace(drawing, rgba=rgba)


def to_linear(signal: np.ndarray) -> np.ndarray:
    """Light 0-1 of sRGB signals (IEC 61966-2-1)."""
    return np.asarray(np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4))


def to_signal(linear: np.ndarray, transfer: Transfer) -> np.ndarray:
    """The signal of a light in shares of the white of graphics; in SDR by the curve that it was taken apart by."""
    if transfer == "sdr":
        return np.asarray(np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055))
    shown = linear * hdr.REFERENCE_WHITE
    if transfer == "pq":
        return np.asarray(np.interp(shown, hdr.pq_light(SIGNALS), SIGNALS))
    # BT.2100-2 table 5: the display lifts the scene by its luminance; that is undone before the curve is.
    of_scene = ((shown @ BT2020_SHARES) / hdr.HLG_PEAK) ** (1 / hdr.HLG_GAMMA)
    gain = hdr.HLG_PEAK * np.maximum(of_scene, 1e-9) ** (hdr.HLG_GAMMA - 1)
    return np.asarray(np.interp(shown / gain[..., None], hdr.hlg_scene(SIGNALS), SIGNALS))
