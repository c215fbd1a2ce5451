"""What a found text measures, from pixels alone: height of its letters and contrast, whatever it is drawn with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeler.layers.mention import colour, measure
from labeler.layers.mention.blind.sightings import Sighting
from labeler.media.picture import PictureFormat
from labeler.rules.plan import Box

MOST_LOOKED_AT = 8


@dataclass(frozen=True)
class Legibility:
    """x_height: pixels of the frame. contrast: ratio 1 to 21, the median of the pictures. None where not measured."""

    x_height: float | None
    contrast: float | None


def legibility_of(sightings: Sequence[Sighting]) -> Legibility:
    """Measured on the temporal median of the sightings that have the size of the first one."""
    chosen = [one for one in spread(sightings) if one.parts[0].shape == sightings[0].parts[0].shape]
    format = chosen[0].format
    still = colour.as_luma(np.median(np.stack([one.parts[0] for one in chosen]), axis=0), format)
    ink = measure.find_ink(as_light_text(still))
    if ink is None:
        return Legibility(None, None)
    height = measure.x_height(ink, min(2, chosen[0].lines))
    if height is not None and height > chosen[0].box[3] / chosen[0].lines:
        height = None  # taller than the line itself: a plate, or the picture behind it
    grounds = measure.grounds_of(ink, height or 12.0)
    ratios = [measure.contrast(colour.relative_luminance(one.parts, format), grounds) for one in chosen]
    known = [ratio for ratio in ratios if ratio is not None]
    return Legibility(
        None if height is None else round(height, 1), round(float(np.median(known)), 2) if known else None
    )


def as_light_text(luma: np.ndarray) -> np.ndarray:
    """The region with its text lighter than its ground: the ground is what its edge shows."""
    edge = np.concatenate([luma[0], luma[-1], luma[:, 0], luma[:, -1]])
    inner = luma[luma.shape[0] // 4 : -(luma.shape[0] // 4) or None]
    ground = float(np.median(edge))
    is_light = float(np.percentile(inner, 95)) - ground >= ground - float(np.percentile(inner, 5))
    return luma if is_light else np.asarray(255.0 - luma, dtype=np.float32)


def spread(sightings: Sequence[Sighting]) -> list[Sighting]:
    count = min(MOST_LOOKED_AT, len(sightings))
    return [sightings[round(at)] for at in np.linspace(0, len(sightings) - 1, count)]


def margins_of(box: Box, format: PictureFormat) -> tuple[float, float, float, float]:
    """From the box to the edges of the frame, in per cent of its height or width: top, right, bottom, left."""
    width, height = format.display_size
    x, y, across, down = box
    return (
        round(100 * y / height, 2),
        round(100 * (width - x - across) / width, 2),
        round(100 * (height - y - down) / height, 2),
        round(100 * x / width, 2),
    )
