"""Where a picture has lines of text: PP-OCR's detector (differentiable binarization), and the boxes around its map."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from labeler.layers.mention.models import DETECTION, model

MULTIPLE = 32
"""Of which the model needs rows and columns."""
LIKELY = 0.3
"""Of a pixel (0 to 1) from which it counts as text."""
LEAST_LIKELY = 0.5
"""The mean of a box that is kept."""
GROWN = 1.6
"""The model draws lines thinner than they are: by area over perimeter times this."""
MOST = 1000
"""Boxes of one picture."""
TALL = 1.5
"""Heights over width from which a line is laid down."""
SMALLEST, SMALLEST_GROWN, SMALLEST_KEPT = 3, 5, 3
"""Pixels of a box's shorter side: in the map as found, as grown, and in the picture. These are the numbers of RapidOCR
3.10, which the models were measured with."""


def quads(picture: np.ndarray, side: int) -> tuple[np.ndarray, ...]:
    """picture: uint8, (rows, columns, 3), blue first. side: its longer side as the model is given it, in pixels.

    Each line's corners in the picture: float32, (4, 2), clockwise from its upper left.
    """
    rows, columns = picture.shape[:2]
    scale = min(1.0, side / max(rows, columns))
    size = of_multiple(columns * scale), of_multiple(rows * scale)
    likely = model(DETECTION).run(as_batch(cv2.resize(picture, size)))[0, 0]
    across, down = columns / likely.shape[1], rows / likely.shape[0]
    return tuple(
        np.clip(np.trunc(np.round(quad * (across, down))), 0, (columns - 1, rows - 1)).astype(np.float32)
        for quad in boxes_of(likely)
        if min(sides(quad * (across, down))) > SMALLEST_KEPT
    )


def of_multiple(side: float) -> int:
    return max(MULTIPLE, round(int(side) / MULTIPLE) * MULTIPLE)


def as_batch(picture: np.ndarray) -> np.ndarray:
    """-1 to 1, one picture."""
    scaled = picture.astype(np.float32) * np.float32(2 / 255) - np.float32(1)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def boxes_of(likely: np.ndarray) -> Iterator[np.ndarray]:
    """likely: float32, (rows, columns), 0 to 1. The corners of each box in it."""
    mask = cv2.dilate((likely > LIKELY).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours[:MOST]:
        (middle, (width, height), angle) = cv2.minAreaRect(contour)
        if (
            min(width, height) < SMALLEST
            or mean_in(likely, cv2.boxPoints((middle, (width, height), angle))) < LEAST_LIKELY
        ):
            continue
        grown = 2 * GROWN * width * height / (2 * (width + height))
        if min(width, height) + grown >= SMALLEST_GROWN:
            yield clockwise(cv2.boxPoints((middle, (width + grown, height + grown), angle)))


def mean_in(likely: np.ndarray, corners: np.ndarray) -> float:
    """The mean of the map inside a box."""
    rows, columns = likely.shape
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (columns - 1, rows - 1))
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, (columns - 1, rows - 1))
    mask = np.zeros((bottom - top + 1, right - left + 1), dtype=np.uint8)
    cv2.fillPoly(mask, [(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(likely[top : bottom + 1, left : right + 1], mask)[0])


def clockwise(corners: np.ndarray) -> np.ndarray:
    """The same four corners from the upper left on."""
    left, right = np.split(corners[np.argsort(corners[:, 0], kind="stable")], 2)
    (upper_left, lower_left), (upper_right, lower_right) = (side[np.argsort(side[:, 1])] for side in (left, right))
    return np.array([upper_left, upper_right, lower_right, lower_left], dtype=np.float32)


def sides(quad: np.ndarray) -> tuple[float, float]:
    """Width and height of a line, in pixels."""
    across = max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[2] - quad[3]))
    down = max(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[1] - quad[2]))
    return float(across), float(down)


def cut(picture: np.ndarray, quad: np.ndarray) -> np.ndarray:
    """A line set straight; a tall one, laid down."""
    width, height = (max(1, int(side)) for side in sides(quad))
    straight = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    turn = cv2.getPerspectiveTransform(quad, straight)
    line = cv2.warpPerspective(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC)
    return np.rot90(line) if height >= TALL * width else line
