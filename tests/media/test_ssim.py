"""SSIM against its definition, window by window."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from labeler.media.picture import Picture, PictureFormat
from labeler.media.ssim import ssim


def picture(luma: np.ndarray, bits: int) -> Picture:
    form = PictureFormat(luma.shape[1], luma.shape[0], bits, (2, 2), "bt709", False, 0, Fraction(1))
    return Picture((luma,), form, Fraction(0), 0, True)


def by_definition(x: np.ndarray, y: np.ndarray, bits: int) -> np.ndarray:
    """Wang et al. 2004, equations 13 to 16, in double precision: one value for each whole window of 11 x 11."""
    peak, at = 2**bits - 1, np.arange(-5, 6)
    weights = np.exp(-(at[:, None] ** 2 + at[None, :] ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    values = np.empty((x.shape[0] - 10, x.shape[1] - 10))
    for row, column in np.ndindex(*values.shape):
        one, other = (plane[row : row + 11, column : column + 11].astype(float) for plane in (x, y))
        mean, mean_other = (weights * one).sum(), (weights * other).sum()
        variance, variance_other = (weights * (one - mean) ** 2).sum(), (weights * (other - mean_other) ** 2).sum()
        both = (weights * (one - mean) * (other - mean_other)).sum()
        top = (2 * mean * mean_other + c1) * (2 * both + c2)
        values[row, column] = top / ((mean**2 + mean_other**2 + c1) * (variance + variance_other + c2))
    return values


@pytest.mark.parametrize("bits", [8, 10])
def test_it_follows_its_definition(bits: int) -> None:
    random = np.random.default_rng(1)
    kind, peak = (np.uint8 if bits == 8 else np.uint16), 2**bits - 1
    one = (random.random((30, 40)) * peak).astype(kind)
    other = np.clip(one + random.normal(0, peak / 20, one.shape), 0, peak).astype(kind)
    wanted = by_definition(one, other, bits)
    whole = np.full(one.shape, 255, np.uint8)
    assert ssim(picture(one, bits), picture(other, bits), whole) == pytest.approx(wanted.mean(), abs=1e-5)
    half = whole.copy()
    half[:, :20] = 0
    assert ssim(picture(one, bits), picture(other, bits), half) == pytest.approx(wanted[:, 15:].mean(), abs=1e-5)


def test_equal_and_empty() -> None:
    one = np.full((30, 40), 100, np.uint8)
    whole = np.full(one.shape, 255, np.uint8)
    assert ssim(picture(one, 8), picture(one, 8), whole) == pytest.approx(1)
    whole[5:-5, 5:-5] = 0
    assert ssim(picture(one, 8), picture(one, 8), whole) is None
