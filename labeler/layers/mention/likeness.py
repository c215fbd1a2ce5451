"""Whether decoded pixels show an overlay image, and which parts of it: compared where the image hides the picture.

All arrays are float32 luma on the scale of 8 bits, in display orientation. Luma alone is compared: a change of hue that
keeps every brightness is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import cv2
import numpy as np

from labeler.layers.mention import overlay
from labeler.layers.mention.drawing import Drawing

UNDER = 110.0
"""The grey that a see-through image is laid over: the picture under it is not known."""
GRAIN = 0.12
"""Width of the high pass, in heights of the image."""
STROKE = 0.03
"""Over what a difference is averaged, in heights of the image."""
TILES = 4
"""Tiles that the image's height is cut into; they are square."""
LEAST_SEEN = 0.15
"""Share of a tile that must hide the picture, for the tile to be compared."""
LEAST_STRUCTURE = 12.0
"""Codes of deviation in a tile from which it has a correlation of its own; a flat one is compared by its level."""
FLAT = 1.0


@dataclass(frozen=True)
class Tile:
    """left, top, right, bottom in the image. name: its row and column, from 1. is_structured: it is not flat."""

    name: str
    left: int
    top: int
    right: int
    bottom: int
    is_structured: bool


@dataclass(frozen=True)
class Likeness:
    """The image as it should look, with what the mention's own plate adds under it.

    rgba: shape (height, width, 4), float32 0-1. left, top: its place in the mention's box.
    """

    rgba: np.ndarray
    left: int
    top: int

    @cached_property
    def luma(self) -> np.ndarray:
        grey = 255 * (self.rgba[..., :3] @ overlay.LUMA)
        return np.asarray(grey * self.rgba[..., 3] + UNDER * (1 - self.rgba[..., 3]), dtype=np.float32)

    @cached_property
    def mask(self) -> np.ndarray:
        """1 where the image hides the picture, and a pixel away from where it does not."""
        steady = (self.rgba[..., 3] >= overlay.STEADY).astype(np.uint8)
        padded = cv2.copyMakeBorder(steady, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        return np.asarray(cv2.erode(padded, np.ones((3, 3), np.uint8))[1:-1, 1:-1], dtype=np.float32)

    @cached_property
    def tones(self) -> tuple[np.ndarray, np.ndarray]:
        """Masks of the light and of the dark parts without their edges; with them where they are thin."""
        light, dark = (core(tone) for tone in overlay.two_tones(self.rgba))
        return light & (self.mask > 0), dark & (self.mask > 0)

    @cached_property
    def sharp(self) -> np.ndarray:
        return self.high_pass(self.luma)

    @cached_property
    def tiles(self) -> tuple[Tile, ...]:
        height, width = self.luma.shape
        rows = np.linspace(0, height, TILES + 1).round().astype(int)
        columns = np.linspace(0, width, max(1, round(TILES * width / height)) + 1).round().astype(int)
        found = []
        for row, (top, bottom) in enumerate(pairwise(rows), 1):
            for column, (left, right) in enumerate(pairwise(columns), 1):
                seen = self.mask[top:bottom, left:right] > 0
                if seen.size and seen.mean() >= LEAST_SEEN:
                    structured = float(self.luma[top:bottom, left:right][seen].std()) >= LEAST_STRUCTURE
                    name = f"{row}/{column}"
                    found.append(Tile(name, int(left), int(top), int(right), int(bottom), structured))
        return tuple(found)

    def high_pass(self, luma: np.ndarray) -> np.ndarray:
        """What differs from the neighbourhood, the picture around the image left out of it."""
        sigma = max(1.5, GRAIN * self.luma.shape[0])
        weight = cv2.GaussianBlur(self.mask, (0, 0), sigma)
        mean = cv2.GaussianBlur(luma * self.mask, (0, 0), sigma) / np.maximum(weight, 1e-3)
        return np.asarray((luma - mean) * self.mask)

    def scaled(self, scale: float) -> Likeness:
        height, width = (max(2, round(side * scale)) for side in self.luma.shape)
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        premultiplied = np.concatenate([self.rgba[..., :3] * self.rgba[..., 3:], self.rgba[..., 3:]], axis=2)
        resized = np.clip(cv2.resize(premultiplied, (width, height), interpolation=way), 0, 1)
        alpha = resized[..., 3:]
        resized[..., :3] = np.divide(resized[..., :3], alpha, out=np.zeros_like(resized[..., :3]), where=alpha > 0)
        return Likeness(np.clip(resized, 0, 1), round(self.left * scale), round(self.top * scale))

    def cut(self, region: np.ndarray, x: int, y: int) -> np.ndarray:
        """The image's place in a region whose box begins at (x, y)."""
        height, width = self.luma.shape
        return region[y + self.top : y + self.top + height, x + self.left : x + self.left + width]


def likeness_of(drawing: Drawing) -> Likeness | None:
    """The image in a drawing; None where there is none."""
    if drawing.overlay is None:
        return None
    return Likeness((overlay.part_of(drawing) / 255).astype(np.float32), *drawing.overlay[:2])


def core(tone: np.ndarray) -> np.ndarray:
    thinned = cv2.erode(tone.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return thinned if thinned.sum() >= 0.2 * tone.sum() else tone


def places(image: np.ndarray, likeness: Likeness) -> np.ndarray:
    """The correlation of the image, its see-through parts left out, at every place of a larger one."""
    if image.shape[0] < likeness.luma.shape[0] or image.shape[1] < likeness.luma.shape[1]:
        return np.full((1, 1), -1, dtype=np.float32)
    scores = cv2.matchTemplate(image, likeness.luma, cv2.TM_CCOEFF_NORMED, mask=likeness.mask)
    return np.asarray(np.where(np.isfinite(scores) & (np.abs(scores) <= 1.01), scores, 0), dtype=np.float32)


def presence(region: np.ndarray, likeness: Likeness, margin: int) -> tuple[float, int, int]:
    """Score of the whole image and its offset (x, y), in a region `margin` wider than the mention's box all round."""
    height, width = likeness.luma.shape
    top, left = likeness.top, likeness.left
    scores = places(region[top : top + height + 2 * margin, left : left + width + 2 * margin], likeness)
    _, _, _, (x, y) = cv2.minMaxLoc(scores)
    return agreement(likeness.cut(region, x, y), likeness), x - margin, y - margin


def agreement(seen: np.ndarray, likeness: Likeness) -> float:
    """Correlation of what stands out in the image with what stands out in the pixels at its place, -1 to 1."""
    return correlated(likeness.high_pass(seen), likeness.sharp, likeness.mask > 0)


def correlated(seen: np.ndarray, wanted: np.ndarray, mask: np.ndarray) -> float:
    one, other = seen[mask], wanted[mask]
    one, other = one - one.mean(), other - other.mean()
    if one.std() < FLAT or other.std() < FLAT:
        return 0.0
    return float((one * other).mean() / (one.std() * other.std()))


def tile_scores(region: np.ndarray, likeness: Likeness, x: int, y: int) -> list[float]:
    """The correlation of every tile that is not flat, in the order of `structured`."""
    seen = likeness.high_pass(likeness.cut(region, x, y))
    scores = []
    for tile in structured(likeness):
        part = np.s_[tile.top : tile.bottom, tile.left : tile.right]
        scores.append(correlated(seen[part], likeness.sharp[part], likeness.mask[part] > 0))
    return scores


def structured(likeness: Likeness) -> list[Tile]:
    return [tile for tile in likeness.tiles if tile.is_structured]


def tile_differences(region: np.ndarray, likeness: Likeness, x: int, y: int) -> list[float]:
    """For every tile, the most that a part of it is lighter or darker than it should be: 0 not, 1 light for dark.

    Levels are taken from the pixels: of the light parts and of the dark ones.
    """
    seen = likeness.cut(region, x, y)
    light, dark = likeness.tones
    if not light.any() or not dark.any():
        return [1.0 for _ in likeness.tiles]
    high, low = float(np.median(seen[light])), float(np.median(seen[dark]))
    wanted_high, wanted_low = float(np.median(likeness.luma[light])), float(np.median(likeness.luma[dark]))
    share = np.clip((seen - low) / max(high - low, 1.0), -0.5, 1.5)
    wanted = np.clip((likeness.luma - wanted_low) / max(wanted_high - wanted_low, 1.0), -0.5, 1.5)
    sigma = max(1.0, STROKE * likeness.luma.shape[0])
    difference = np.abs(cv2.GaussianBlur((share - wanted) * likeness.mask, (0, 0), sigma))
    return [float(difference[tile.top : tile.bottom, tile.left : tile.right].max()) for tile in likeness.tiles]
