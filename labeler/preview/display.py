"""A decoded picture as a screen would show it: RGB, upright, in square pixels, HDR brought down to SDR."""

from __future__ import annotations

import cv2
import numpy as np

from labeler.layers.mention.colour import LUMA_WEIGHTS
from labeler.layers.mention.hdr import HLG_GAMMA, HLG_PEAK, REFERENCE_WHITE, hlg_scene, pq_light
from labeler.media.picture import Picture, PictureFormat

WHITE_SHARE = 0.8
"""How much of an SDR screen's light HDR's reference white gets; the rest is for what is brighter (choice)."""
BRIGHTEST = 1000.0
"""cd/m2 that come out as full white, as on BT.2100's nominal display; what is brighter is clipped (choice)."""
TO_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
"""Linear light from the primaries of BT.2020 to those of BT.709: ITU-R BT.2407-0, section 2."""
SCREEN_GAMMA = 2.4  # BT.1886
BT2020_SHARES = np.array([0.2627, 0.6780, 0.0593], np.float32)


def displayed(picture: Picture) -> np.ndarray:
    """RGB, shape (rows, columns, 3), uint8. A pixel that is no square makes the frame wider or taller, never less."""
    return in_square_pixels(upright(rgb_of(picture), picture.format), picture.format)


def upright(pixels: np.ndarray, format: PictureFormat) -> np.ndarray:
    return np.rot90(pixels, k=-(format.rotation // 90))


def in_square_pixels(pixels: np.ndarray, format: PictureFormat) -> np.ndarray:
    """The frame in display orientation, stretched by its sample aspect ratio."""
    height, width = pixels.shape[:2]
    size = square_size(format)
    if size == (width, height):
        return np.ascontiguousarray(pixels)
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_CUBIC))


def square_size(format: PictureFormat) -> tuple[int, int]:
    """Width and height of the displayed frame in square pixels."""
    width, height = format.display_size
    aspect = 1 / format.sar if format.rotation in (90, 270) else format.sar
    return (round(width * aspect), height) if aspect >= 1 else (width, round(height / aspect))


def rgb_of(picture: Picture) -> np.ndarray:
    """R'G'B' of the stored frame, uint8: as coded in SDR, tone-mapped in PQ and HLG."""
    signals = signals_of(picture)
    if picture.format.transfer != "sdr":
        signals = toned_down(signals, picture.format)
    return np.asarray(np.clip(np.rint(signals * 255), 0, 255).astype(np.uint8))


def signals_of(picture: Picture) -> np.ndarray:
    """R'G'B' from 0 to 1 (and beyond, where the codes say so), shape (rows, columns, 3), float32."""
    format = picture.format
    step, most = 2 ** (format.bits - 8), 2**format.bits - 1
    black, height, swing = (0, most, most) if format.full_range else (16 * step, 219 * step, 224 * step)
    luma = share_of(picture.planes[0], black, height)
    blue, red = (spread(share_of(plane, 128 * step, swing), format) for plane in picture.planes[1:3])
    kr, kb = LUMA_WEIGHTS[format.matrix]
    r, b = luma + (2 - 2 * kr) * red, luma + (2 - 2 * kb) * blue
    return np.stack([r, (luma - kr * r - kb * b) / (1 - kr - kb), b], axis=-1).astype(np.float32)


def share_of(plane: np.ndarray, zero: int, whole: int) -> np.ndarray:
    return np.asarray((plane.astype(np.float32) - np.float32(zero)) / np.float32(whole))


def spread(plane: np.ndarray, format: PictureFormat) -> np.ndarray:
    """A chroma plane at the size of the luma's; of interlaced pictures each field by itself."""
    across, down = format.subsampling
    if format.is_interlaced and down > 1:
        both = np.empty((format.height, format.width), np.float32)
        for field in (0, 1):
            rows = both[field::2].shape[0]
            both[field::2] = enlarged(plane[field::2], across, down)[:rows, : format.width]
        return both
    return enlarged(plane, across, down)[: format.height, : format.width]


def enlarged(plane: np.ndarray, across: int, down: int) -> np.ndarray:
    if (across, down) == (1, 1):
        return plane
    rows, columns = plane.shape
    return np.asarray(cv2.resize(plane, (columns * across, rows * down), interpolation=cv2.INTER_LINEAR))


def toned_down(signals: np.ndarray, format: PictureFormat) -> np.ndarray:
    """HDR signals as SDR ones, colour for colour.

    Light up to reference white (203 cd/m2) keeps its proportions; from there to 1000 cd/m2 it is pressed together by a
    logarithm that begins as steep, and above it is clipped. The brightest of R, G and B decides, so that hues stay.
    """
    light = np.maximum(light_of(np.clip(signals, 0, None), format) @ TO_709.T, 0) / REFERENCE_WHITE
    brightest = light.max(axis=-1, keepdims=True)
    scale = pressed(brightest) / np.maximum(brightest, 1e-6)
    return powered(light * scale, 1 / SCREEN_GAMMA)


def light_of(signals: np.ndarray, format: PictureFormat) -> np.ndarray:
    """cd/m2 of each of R, G, B on BT.2100's nominal display."""
    if format.transfer == "pq":
        return pq_light(signals).astype(np.float32)
    scene = hlg_scene(signals).astype(np.float32)
    luminance = np.maximum(scene @ BT2020_SHARES, 1e-6)[..., None]
    return np.asarray(np.float32(HLG_PEAK) * powered(luminance, HLG_GAMMA - 1) * scene)


def powered(values: np.ndarray, exponent: float) -> np.ndarray:
    """Three times as quick as numpy's own (measured)."""
    return np.asarray(cv2.pow(values.astype(np.float32), exponent)).reshape(values.shape)


def pressed(light: np.ndarray) -> np.ndarray:
    """The curve: light relative to reference white to light of an SDR screen, 0 to 1."""
    room, most = 1 - WHITE_SHARE, BRIGHTEST / REFERENCE_WHITE
    # room * log(1 + k (x - 1)) / log(1 + k (most - 1)), with k such that it begins as steep as the line before it.
    k = steepness(most, room)
    above = WHITE_SHARE + room * np.log1p(k * np.maximum(light - 1, 0)) / np.log1p(k * (most - 1))
    return np.asarray(np.where(light <= 1, WHITE_SHARE * light, np.minimum(above, 1)))


def steepness(most: float, room: float) -> float:
    """k with room * k / log(1 + k (most - 1)) = WHITE_SHARE, found by halving: the left side rises with k."""
    low, high = 1e-6, 1e4
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if room * middle < WHITE_SHARE * np.log1p(middle * (most - 1)) else (low, middle)
    return (low + high) / 2
