"""Burn the mention into decoded pictures: its drawing becomes planes once, then only its box is blended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labeler.layers.mention import hdr, typeset
from labeler.media.changes import Changes
from labeler.media.picture import Picture, PictureFormat
from labeler.rules.plan import Box, MentionPlan

# Kr and Kb of the luma equation: ITU-R BT.601-7 2.5.1, BT.709-6 3.2, BT.2020-2 table 4 (non-constant luminance).
LUMA_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}
# ITU-T H.273 table 4, of analogue days.
LUMA_WEIGHTS |= {"smpte240m": (0.212, 0.087), "fcc": (0.30, 0.11)}


@dataclass(frozen=True)
class Patch:
    """One plane's share of a drawing, at rows `top`.. and columns `left`.. of the stored plane.

    keep: weight of the picture, added: weighted samples of the drawing plus half a unit for rounding; both of
    shape (rows, columns), in units of 2**shift. work: room to calculate in.
    """

    top: int
    left: int
    keep: np.ndarray
    added: np.ndarray
    work: np.ndarray
    shift: int

    def blend(self, plane: np.ndarray) -> None:
        """plane = plane * keep + added, in fixed point, in place."""
        rows, columns = self.keep.shape
        region = plane[self.top : self.top + rows, self.left : self.left + columns]
        np.multiply(region, self.keep, out=self.work, casting="unsafe")
        np.add(self.work, self.added, out=self.work)
        np.right_shift(self.work, self.shift, out=self.work)
        np.copyto(region, self.work, casting="unsafe")


def painter(plans: tuple[MentionPlan, ...], format: PictureFormat) -> Callable[[Picture], None]:
    """A function that burns the mentions into pictures of this format, each within its intervals.

    It changes nothing outside the boxes, and must be called from one thread at a time: its room to calculate is
    shared between calls. Raises PlanError where a plan does not fit this labeler or this frame.
    """
    prepared = [(plan.intervals, patches(plan, format)) for plan in plans]

    def paint(picture: Picture) -> None:
        for intervals, parts in prepared:
            if any(interval.holds(picture.seconds) for interval in intervals):
                for plane, part in zip(picture.planes, parts, strict=True):
                    part.blend(plane)

    return paint


def changes(plans: tuple[MentionPlan, ...], format: PictureFormat) -> Changes:
    """When and where `painter` changes pictures."""
    intervals = tuple((interval.start, interval.end) for plan in plans for interval in plan.intervals)
    return Changes(intervals, tuple(stored_box(plan.box, format) for plan in plans))


def patches(plan: MentionPlan, format: PictureFormat) -> tuple[Patch, ...]:
    """The drawing of a plan as one patch for each plane, in stored orientation."""
    drawing = typeset.draw_for(plan, format)
    rgba = np.rot90(drawing.rgba, k=format.rotation // 90).astype(np.float64) / 255
    box = stored_box(plan.box, format)
    alpha = rgba[..., 3]
    samples = samples_of(rgba[..., :3] * hdr.WHITE_SIGNAL[format.transfer], format)
    down, across = format.subsampling[1], format.subsampling[0]
    divisors = ((1, 1), (down, across), (down, across))
    return tuple(
        patch_of(alpha, sample, box, format, divisor) for sample, divisor in zip(samples, divisors, strict=True)
    )


def stored_box(box: Box, format: PictureFormat) -> Box:
    """A box of the displayed frame as [x, y, width, height] of the stored one: the display matrix undone."""
    x, y, width, height = box
    if format.rotation == 90:
        return y, format.height - x - width, height, width
    if format.rotation == 180:
        return format.width - x - width, format.height - y - height, width, height
    if format.rotation == 270:
        return format.width - y - height, x, height, width
    return box


def samples_of(rgb: np.ndarray, format: PictureFormat) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """R'G'B' 0-1 as Y', Cb, Cr code values (unrounded), by the matrix, range and depth of the format."""
    kr, kb = LUMA_WEIGHTS[format.matrix]
    luma = rgb @ np.array([kr, 1 - kr - kb, kb])
    blue, red = (rgb[..., 2] - luma) / (2 - 2 * kb), (rgb[..., 0] - luma) / (2 - 2 * kr)
    step, most, half = 2 ** (format.bits - 8), 2**format.bits - 1, 2 ** (format.bits - 1)
    if format.full_range:
        return luma * most, blue * most + half, red * most + half
    return (luma * 219 + 16) * step, blue * 224 * step + half, red * 224 * step + half


def patch_of(alpha: np.ndarray, sample: np.ndarray, box: Box, format: PictureFormat, divisor: tuple[int, int]) -> Patch:
    """One plane's patch. A chroma sample takes the mean of the pixels that it stands for.

    The box is widened to whole chroma samples with transparent pixels, so that any box and any frame size do.
    Interlaced, each field has chroma rows of its own: four rows of pixels make two of them.
    """
    down, across = divisor
    fields = 2 if format.is_interlaced and down > 1 else 1
    x, y, width, height = box
    rows = down * fields
    before = ((y % rows, -(y + height) % rows), (x % across, -(x + width) % across))
    cover = averaged(np.pad(alpha, before), divisor, fields)
    colour = averaged(np.pad(alpha * sample, before), divisor, fields)
    inside = slice(0, -(-format.height // down) - y // rows * fields)
    cover, colour = cover[inside], colour[inside]
    shift = 8 if format.bits == 8 else 16
    unit, depth = 2**shift, np.uint16 if format.bits == 8 else np.uint32
    weight = np.rint(cover * unit)
    # Exact shares first, then the weight's own rounding is put back in, so that a neutral sample stays neutral.
    mean = np.divide(colour, cover, out=np.zeros_like(colour), where=cover > 0)
    return Patch(
        top=y // rows * fields,
        left=x // across,
        keep=(unit - weight).astype(depth),
        added=(np.rint(mean * weight) + unit // 2).astype(depth),
        work=np.empty(cover.shape, depth),
        shift=shift,
    )


def averaged(plane: np.ndarray, divisor: tuple[int, int], fields: int = 1) -> np.ndarray:
    """Means of blocks of (rows, columns) pixels, the rows of each field apart."""
    down, across = divisor
    rows, columns = plane.shape
    blocks = plane.reshape(rows // (down * fields), down, fields, columns // across, across)
    return np.asarray(blocks.mean(axis=(1, 4)).reshape(rows // down, columns // across))
