"""Structural similarity of two pictures: Wang, Bovik, Sheikh and Simoncelli, «Image Quality Assessment: From Error
Visibility to Structural Similarity», IEEE Transactions on Image Processing 13 (4), 2004."""

from __future__ import annotations

import cv2
import numpy as np

from labeler.media.picture import Picture

WINDOW, SIGMA = 11, 1.5
"""Their circular Gaussian window: 11 x 11 pixels, standard deviation 1.5 (section III-C)."""
K1, K2 = 0.01, 0.03
"""Their constants, of the peak value (section III-C)."""


def ssim(picture: Picture, original: Picture, mask: np.ndarray) -> float | None:
    """Mean SSIM of the Y planes over the windows whose middle is set in `mask` (uint8 of the stored frame's shape).

    At full resolution, without their advice to shrink large pictures first. Windows that reach over the edge of the
    picture do not count. None where no window is left. Equal pictures give 1.
    """
    edge = WINDOW // 2
    inner = mask[edge:-edge, edge:-edge] != 0
    if not inner.any():
        return None
    x, y = picture.planes[0].astype(np.float32), original.planes[0].astype(np.float32)
    peak = float((1 << picture.format.bits) - 1)
    c1, c2 = (K1 * peak) ** 2, (K2 * peak) ** 2
    mean_x, mean_y, squares, product = (_blurred(plane) for plane in (x, y, x * x + y * y, x * y))
    means = mean_x * mean_x + mean_y * mean_y
    both = mean_x * mean_y
    likeness = (2 * both + c1) * (2 * (product - both) + c2) / ((means + c1) * (squares - means + c2))
    return float(likeness[edge:-edge, edge:-edge][inner].mean(dtype=np.float64))


def _blurred(plane: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(plane, (WINDOW, WINDOW), SIGMA)
