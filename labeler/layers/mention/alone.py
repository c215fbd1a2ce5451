"""Find an overlay image that stands alone: the template of a mention without letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest

import cv2
import numpy as np

from labeler.errors import PlanError
from labeler.language import say
from labeler.layers.mention import likeness, matching
from labeler.layers.mention.likeness import Likeness
from labeler.layers.mention.matching import Location, Template
from labeler.media.picture import PictureFormat
from labeler.rules.plan import MentionPlan

COARSE_HEIGHT = 20.0
"""Pixels of the image at which the whole frame is searched."""
SCALES = tuple(0.45 * 1.05**step for step in range(28))
FINE_SCALES = tuple(1 + step * 0.01 for step in range(-4, 5))
FOUND = 0.6
CANDIDATES = 3


@dataclass(frozen=True)
class ImageTemplate(Template):
    """The mention as it should look: an image, without cells of letters."""

    @property
    def likeness(self) -> Likeness:
        if self.image is None:
            raise ValueError("an ImageTemplate is made with its image")
        return self.image

    def find_in(self, region: np.ndarray, margin: int) -> tuple[float, int, int]:
        return likeness.presence(region, self.likeness, margin)

    def search(self, image: np.ndarray) -> Location | None:
        likely = nlargest(CANDIDATES, self.coarse(image))
        finer = [found for _, scale, x, y in likely for found in self.fine(image, scale, x, y)]
        score, location = max(finer, key=lambda found: found[0])
        return location if score >= FOUND else None

    def coarse(self, image: np.ndarray) -> Iterator[tuple[float, float, float, float]]:
        """Score, scale and place (of the box's corner, in frame pixels) of the image at every scale."""
        reduce = min(1.0, COARSE_HEIGHT / self.likeness.luma.shape[0])
        small_image = self.likeness.scaled(reduce)
        for scale in SCALES:
            factor = reduce / scale
            small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
            _, score, _, (x, y) = cv2.minMaxLoc(likeness.places(small, small_image))
            yield float(score), scale, x / factor - self.likeness.left * scale, y / factor - self.likeness.top * scale

    def fine(self, image: np.ndarray, scale: float, x: float, y: float) -> Iterator[tuple[float, Location]]:
        """Score and place of the whole image around a coarse place and scale."""
        for step in FINE_SCALES:
            candidate = self.scaled(scale * step)
            height, width = candidate.luma.shape
            margin = max(4, round(0.08 * height))
            start = round(x) - margin, round(y) - margin
            region = matching.crop(image, *start, width + 2 * margin, height + 2 * margin, 8)
            score, across, down = candidate.find_in(region, margin)
            yield score, Location(round(x) + across, round(y) + down, scale * step)


def template_of(plan: MentionPlan, format: PictureFormat) -> ImageTemplate:
    """Draw the plan's image again. Raises PlanError where its image is not at hand, or lies outside the picture."""
    drawing = matching.drawing_of(plan, format)
    image = likeness.likeness_of(drawing)
    if image is None:
        raise PlanError(say("The plan has neither text nor overlay.", "Le plan n'a ni texte ni image."))
    alpha = drawing.rgba[..., 3].astype(np.float32) / 255
    luma = np.full(alpha.shape, likeness.UNDER, dtype=np.float32)
    height, width = image.luma.shape
    luma[image.top : image.top + height, image.left : image.left + width] = image.luma
    whole = (image.left, image.top, image.left + width, image.top + height)
    return ImageTemplate(luma, np.zeros_like(luma), (), whole, whole, float(height), image)
