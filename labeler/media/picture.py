"""A decoded picture as its planes, without PyAV: what layers that work on pixels are handed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

Transfer = Literal["sdr", "pq", "hlg"]
ALPHA_BITS = 10
"""In which a pixel has to be opaque: what shines through is less than a code of the pictures, which have 10 bits, then.
Some encoders of ProRes write 1023 as 65472 of 65535 (measured: FFmpeg's prores_aw)."""


@dataclass(frozen=True)
class PictureFormat:
    """How the samples of a stored frame are to be read.

    width, height: stored pixels, before rotation. bits: 8 to 16. subsampling: horizontal and vertical
    divisors of the chroma planes, (2, 2) for 4:2:0, (2, 1) for 4:2:2, (1, 1) for 4:4:4. matrix: `bt709`, `bt601`,
    `bt2020`, `smpte240m` or `fcc`, already resolved where the stream leaves it open (709 from 720 lines up, else 601).
    full_range: True for 0-255. rotation: degrees clockwise a player turns the frame. sar: sample aspect ratio.
    transfer: what light the codes stand for: `pq` and `hlg` as ITU-R BT.2100 has them, `sdr` for all others.
    is_interlaced: even rows are one field, odd rows another, each with chroma rows of its own. has_alpha: each picture
    has an alpha plane. aperture: `[x, y, width, height]` in the stored frame of what some players crop to; None: the
    whole frame.
    """

    width: int
    height: int
    bits: int
    subsampling: tuple[int, int]
    matrix: str
    full_range: bool
    rotation: int
    sar: Fraction
    transfer: Transfer = "sdr"
    is_interlaced: bool = False
    has_alpha: bool = False
    aperture: tuple[int, int, int, int] | None = None

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height in pixels after the display matrix and before SAR: the space of every box."""
        return (self.height, self.width) if self.rotation in (90, 270) else (self.width, self.height)

    @property
    def shown_area(self) -> tuple[int, int, int, int]:
        """`[x, y, width, height]` of what every player shows, in the space of every box."""
        x, y, width, height = self.aperture or (0, 0, self.width, self.height)
        if self.rotation == 90:
            return self.height - y - height, x, height, width
        if self.rotation == 180:
            return self.width - x - width, self.height - y - height, width, height
        if self.rotation == 270:
            return y, self.width - x - width, height, width
        return x, y, width, height


def least_opaque(bits: int) -> int:
    """The least alpha code of so many bits (full range) of a pixel that nothing shines through."""
    known = min(bits, ALPHA_BITS)
    return (1 << bits) - (1 << bits - known)


@dataclass(frozen=True)
class Picture:
    """One stored frame: planes Y, Cb, Cr as views of shape (rows, columns), uint8 or uint16 (native bit depth). alpha:
    the same, of the size of Y; None where the format has none. Nothing paints on it.

    seconds: exact time from the first shown frame. Writing to `planes` changes the frame where the frame
    is being rendered; for a reader they are read-only.
    """

    planes: tuple[np.ndarray, ...]
    format: PictureFormat
    seconds: Fraction
    index: int
    is_keyframe: bool
    alpha: np.ndarray | None = None

    def luma(self) -> np.ndarray:
        """The Y plane in display orientation, as stored code values."""
        return np.rot90(self.planes[0], k=-(self.format.rotation // 90))
