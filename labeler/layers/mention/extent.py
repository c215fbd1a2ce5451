"""Measure an overlay image from decoded pixels: how tall and wide it stands there, where, and its contrast.

The image is taken from its file, not from what `typeset` drew, so that a fault in the drawing of it shows. The affine
map that brings the file over the pixels (ECC, Evangelidis and Psarakis 2008) tells its size to a part of a pixel.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import cv2
import numpy as np

from labeler.layers.mention.likeness import LEAST_STRUCTURE, Likeness
from labeler.layers.mention.overlay import STEADY
from labeler.rules.plan import Box, OverlayPlan

SEEN_ALPHA = 8
HIDES = 0.9
"""Alpha from which a pixel is compared."""
STEPS = 60
PRECISION = 1e-5
LEAST_LIKE = 0.5
"""Correlation of the file with the pixels below which nothing is measured."""
AROUND = 4
LUMA = np.array([0.114, 0.587, 0.299], dtype=np.float32)  # of blue, green, red, as OpenCV reads them


@dataclass(frozen=True)
class Extent:
    """left, top, width, height: in pixels of the region it was measured in. stretch: how many times wider than its file
    the image stands, by its height."""

    left: float
    top: float
    width: float
    height: float
    stretch: float

    def box(self, left: int, top: int) -> Box:
        """[x, y, width, height] in whole pixels of the frame, in which the region begins at (left, top)."""
        return left + round(self.left), top + round(self.top), round(self.width), round(self.height)


@dataclass(frozen=True)
class Seen:
    """What was measured of an image. box: in the frame. contrasts: of each frame looked at."""

    extent: Extent
    box: Box
    contrasts: tuple[float, ...]


def as_filed(plan: OverlayPlan) -> tuple[np.ndarray, np.ndarray] | None:
    """Luma (0-255) and alpha (0-1) of the plan's image without its transparent edges. None where it cannot be read."""
    image = cv2.imdecode(np.frombuffer(base64.b64decode(plan.png), np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        return None
    inked = image[..., 3] >= SEEN_ALPHA
    rows, columns = np.nonzero(inked.any(axis=1))[0], np.nonzero(inked.any(axis=0))[0]
    if not rows.size:
        return None
    image = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    return image[..., :3] @ LUMA, image[..., 3] / 255


def measure(
    still: np.ndarray, image: Likeness, plan: OverlayPlan, corner: tuple[int, int], pixel_aspect: float, *, plate: bool
) -> Extent | None:
    """The image's place and size in a still region. None where they cannot be read.

    corner: where the mention's box begins in the region. plate: the image stands on the mention's plate, whose level
    is known from the pixels beside it; else what shows through it is left out.
    """
    filed = as_filed(plan)
    if filed is None:
        return None
    height, width = image.luma.shape
    left, top = corner[0] + image.left - AROUND, corner[1] + image.top - AROUND
    window = window_of(still, left, top, width + 2 * AROUND, height + 2 * AROUND)
    luma, alpha = (around(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)) for part in filed)
    ground = float(np.median(window[alpha < 0.01]))
    wanted = (luma * alpha + ground * (1 - alpha)).astype(np.float32)
    mask = compared(wanted, alpha, plate=plate)
    if mask is None:
        return None
    start = np.eye(2, 3, dtype=np.float32)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, STEPS, PRECISION)
    try:
        score, found = cv2.findTransformECC(wanted, window, start, cv2.MOTION_AFFINE, criteria, mask, 3)
    except cv2.error:  # it found no map, as where another image stands
        return None
    if score < LEAST_LIKE:
        return None
    warp = np.asarray(found)
    across, down = float(np.hypot(*warp[:, 0])) * width, float(np.hypot(*warp[:, 1])) * height
    shape = filed[0].shape[1] / filed[0].shape[0]
    x, y = warp @ np.array([AROUND, AROUND, 1.0])
    return Extent(left + float(x), top + float(y), across, down, across * pixel_aspect / down / shape)


def around(part: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.copyMakeBorder(part, *(AROUND,) * 4, cv2.BORDER_CONSTANT, value=0))


def compared(wanted: np.ndarray, alpha: np.ndarray, *, plate: bool) -> np.ndarray | None:
    """The pixels that tell the image's size: where it hides the picture, if something is to be seen there; else what is
    half hidden too; on a plate, at last, its outline."""
    for least in (HIDES, STEADY):
        mask = cv2.erode((alpha >= least).astype(np.uint8), np.ones((3, 3), np.uint8))
        if mask.any() and wanted[mask > 0].std() >= LEAST_STRUCTURE:
            return np.asarray(mask)
    return np.ones(alpha.shape, np.uint8) if plate else None


def window_of(still: np.ndarray, x: int, y: int, width: int, height: int) -> np.ndarray:
    rows = np.clip(np.arange(y, y + height), 0, still.shape[0] - 1)
    columns = np.clip(np.arange(x, x + width), 0, still.shape[1] - 1)
    return np.ascontiguousarray(still[np.ix_(rows, columns)], dtype=np.float32)


def contrast(luminance: np.ndarray, image: Likeness, corner: tuple[int, int]) -> float | None:
    """WCAG contrast (1 to 21) of the image's light parts to its dark ones in one frame. None where it has not both.

    luminance: relative luminance 0-1 of the region.
    """
    light, dark = image.tones
    if not light.any() or not dark.any():
        return None
    seen = image.cut(luminance, *corner)
    high, low = float(np.median(seen[light])) + 0.05, float(np.median(seen[dark])) + 0.05
    return max(high, low) / min(high, low)


def joined(one: Box, other: Box) -> Box:
    """The box around both."""
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right, bottom = max(one[0] + one[2], other[0] + other[2]), max(one[1] + one[3], other[1] + other[3])
    return left, top, right - left, bottom - top


def without(still: np.ndarray, image: Likeness) -> np.ndarray:
    """The region of a mention with its image taken out, so that the letters beside it are measured alone."""
    result = still.copy()
    height, width = image.luma.shape
    place = np.s_[max(0, image.top - 1) : image.top + height + 1, max(0, image.left - 1) : image.left + width + 1]
    beside = result[image.top : image.top + height, image.left + width + 2 : image.left + width + 2 + AROUND]
    result[place] = float(np.median(beside if beside.size else still))
    return result
