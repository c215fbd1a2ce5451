"""The pictures of two tracks, two and two, and whether they are the same sample for sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from labeler.media.frames import FrameReader
from labeler.media.picture import Picture, PictureFormat
from labeler.media.timeline import Timeline

Box = tuple[int, int, int, int]
Pair = tuple[int, int]
"""The number of a frame in the one track, and in the other."""
Mask = np.ndarray[tuple[int, int], np.dtype[np.bool_]]


def side_by_side(
    one: FrameReader, other: FrameReader, pairs: Sequence[Pair]
) -> Iterator[tuple[Picture | None, Picture | None]]:
    """Two pictures for each pair, in order; None for one that does not decode. pairs: both numbers rise."""
    ours = one.pictures_at(mine for mine, _ in pairs)
    theirs = other.pictures_at(yours for _, yours in pairs)
    left, right = next(ours, None), next(theirs, None)
    for mine, yours in pairs:
        found = left if left is not None and left.index == mine else None
        match = right if right is not None and right.index == yours else None
        yield found, match
        if found is not None:
            left = next(ours, None)
        if match is not None:
            right = next(theirs, None)


def are_shown_alike(one: Timeline, other: Timeline) -> bool:
    """Whether both have as many frames, each shown at the same time since the first, exact, whatever the clocks."""
    steps = [timeline.ticks - timeline.ticks[0] for timeline in (one, other)]
    ours, theirs = (int(np.gcd.reduce(step)) or 1 for step in steps)
    if len(steps[0]) != len(steps[1]) or not np.array_equal(steps[0] // ours, steps[1] // theirs):
        return False
    return len(steps[0]) == 1 or ours * one.time_base == theirs * other.time_base


def is_same(one: Picture, other: Picture, mask: Mask | None = None) -> bool:
    """Whether all samples are equal, in every plane and in alpha. mask: of the stored frame's shape, True where it
    matters."""
    if len(one.planes) != len(other.planes) or not is_alpha_same(one, other, mask):
        return False
    return all(_is_plane_same(a, b, mask) for a, b in zip(one.planes, other.planes, strict=True))


def is_alpha_same(one: Picture, other: Picture, mask: Mask | None = None) -> bool:
    if one.alpha is None or other.alpha is None:
        return one.alpha is other.alpha
    return _is_plane_same(one.alpha, other.alpha, mask)


def _is_plane_same(one: np.ndarray, other: np.ndarray, mask: Mask | None) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if mask is None:
        return bool(np.array_equal(one, other))
    return not bool(np.any((one != other) & on_plane(mask, (one.shape[0], one.shape[1]))))


def on_plane(mask: Mask, shape: tuple[int, int]) -> Mask:
    """The mask as a plane of this shape needs it: a chroma sample matters where all the pixels that it colours do."""
    down, across = -(-mask.shape[0] // shape[0]), -(-mask.shape[1] // shape[1])
    rows, columns = shape[0] * down, shape[1] * across
    padded = np.pad(mask, ((0, rows - mask.shape[0]), (0, columns - mask.shape[1])), constant_values=True)
    return np.asarray(padded.reshape(shape[0], down, shape[1], across).all(axis=(1, 3)))


def outside(boxes: Iterable[Box], format: PictureFormat, *, grid: tuple[int, int]) -> Mask:
    """True outside of the boxes, each grown to a grid of so many pixels across and down, of the stored frame.

    boxes: in display pixels, `[x, y, width, height]`.
    """
    across, down = grid
    mask = np.ones((format.height, format.width), bool)
    width, height = format.display_size
    for x, y, w, h in boxes:
        shown = np.zeros((height, width), bool)
        shown[max(0, y) : max(0, y + h), max(0, x) : max(0, x + w)] = True
        # Picture.luma() turns the stored frame clockwise; a box goes the other way.
        rows, columns = np.nonzero(np.rot90(shown, k=format.rotation // 90))
        if len(rows):
            top, left = rows.min() // down * down, columns.min() // across * across
            bottom, right = -(-(rows.max() + 1) // down) * down, -(-(columns.max() + 1) // across) * across
            mask[top:bottom, left:right] = False
    return mask
