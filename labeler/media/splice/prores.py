"""ProRes frames as their slices: cut some out into a small frame of their own, and put others into their places.

SMPTE RDD 36: frame header 5.1, picture header and slice table 5.2, slices 5.3. A slice is coded without a
look at any other, so the decoder of a frame with other slices in some places gives the same samples everywhere else.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from labeler.media.rendering import NotThisWay
from labeler.media.splice.grid import Grid, Part

MACROBLOCK = 16
LEAST_HEAD = 20
"""Bytes of a frame header without quantisation matrices."""
FRAME = b"icpf"
CHROMA_422, CHROMA_444 = 2, 3
TOP_FIRST = 1
"""What a frame says of its fields, which are coded in the order of showing."""
FLAT = bytes([4]) * 64
"""What both matrices hold where the header loads none."""
ALPHAS = frozenset({1, 2})
"""Types of alpha (5.1): of 8 bits and of 16."""
LONG_SLICE_HEAD = 8
"""Bytes of a slice's head that tells the size of Cr too, as it does where alpha follows (5.3)."""
Sizes = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Kind:
    """What frames have to have in common so that slices of one fit into another. matrices: of luma and of chroma."""

    width: int
    height: int
    chroma: int
    interlace: int
    alpha: int
    matrices: tuple[bytes, bytes]
    slice_width: int

    @property
    def pictures(self) -> int:
        """Pictures in a frame: two where its fields are coded apart."""
        return 2 if self.interlace else 1

    @property
    def grid(self) -> Grid:
        lines = MACROBLOCK * self.pictures
        columns = slice_widths(-(-self.width // MACROBLOCK), self.slice_width)
        return Grid(self.width, self.height, tuple(MACROBLOCK * one for one in columns), lines)

    def fits(self, other: Kind) -> bool:
        """Whether the colours of the other kind's slices mean the same here. They have no alpha: that stays."""
        return not other.alpha and (self.chroma, self.interlace, self.matrices, self.slice_width) == (
            other.chroma, other.interlace, other.matrices, other.slice_width,
        )  # fmt: skip


@dataclass(frozen=True)
class Coded:
    """One picture of a frame: where it begins, where its slice table does, the bytes of each slice, where each begins
    (and the last one ends), and where the picture ends."""

    start: int
    table: int
    sizes: Sizes
    places: Sizes
    end: int


@dataclass(frozen=True)
class Frame:
    """One packet, read. size: as its head states it; what follows in the packet is none of it."""

    data: bytes
    kind: Kind
    head: int
    pictures: tuple[Coded, ...]
    size: int


def slice_widths(macroblocks: int, most: int) -> list[int]:
    """Macroblocks of each slice in a row: of the full width as long as it goes, then the next powers of two below."""
    widths: list[int] = []
    while macroblocks:
        while most > macroblocks:
            most >>= 1
        widths.append(most)
        macroblocks -= most
    return widths


def read(data: bytes) -> Frame:
    """Raises NotThisWay where it is not such a frame, or not whole."""
    try:
        return _read(data)
    except (struct.error, IndexError):
        raise NotThisWay("prores.cut_off") from None


def _read(data: bytes) -> Frame:
    size, kind, head = struct.unpack_from(">I4sH", data)
    if kind != FRAME or not LEAST_HEAD <= head <= size - 8 <= len(data) - 8:
        raise NotThisWay("prores.frame")
    flags = data[27] & 3
    if flags not in (0, 3) or (flags and head < LEAST_HEAD + 128):
        raise NotThisWay("prores.matrices", flags)
    matrices = (data[28:92], data[92:156]) if flags else (FLAT, FLAT)
    width, height = struct.unpack_from(">HH", data, 16)
    first = 8 + head
    slice_width = 1 << (data[first + 7] >> 4 & 3)
    found = Kind(width, height, data[20] >> 6, data[20] >> 2 & 3, data[25] & 15, matrices, slice_width)
    if not width or not height or found.interlace == 3:
        raise NotThisWay("prores.frame")
    grid, pictures, at = found.grid, [], first
    for _ in range(found.pictures):
        pictures.append(_picture(data[:size], at, len(grid.columns) * grid.rows, slice_width))
        at = pictures[-1].end
    return Frame(data, found, head, tuple(pictures), size)


def _picture(data: bytes, at: int, count: int, slice_width: int) -> Coded:
    size = int(struct.unpack_from(">I", data, at + 1)[0])
    table = at + (data[at] >> 3)
    slices, end = table + 2 * count, at + size
    if table < at + 8 or not slices <= end <= len(data):
        raise NotThisWay("prores.cut_off")
    if 1 << (data[at + 7] >> 4 & 3) != slice_width:
        raise NotThisWay("prores.slices")
    sizes = np.frombuffer(data, ">u2", count, table).astype(np.int64)
    places = slices + np.concatenate([[0], np.cumsum(sizes)])
    if places[-1] > end:
        raise NotThisWay("prores.cut_off")
    return Coded(at, table, sizes, places, end)


def cut(frame: Frame, part: Part) -> bytes:
    """A frame that holds these slices alone: what it decodes to is that part of the picture."""
    grid = frame.kind.grid
    box = grid.pixels(part)
    widths = slice_widths(-(-box.width // MACROBLOCK), frame.kind.slice_width)
    if tuple(MACROBLOCK * one for one in widths) != grid.columns[part.left : part.right]:
        raise NotThisWay("prores.slices")
    head = bytearray(frame.data[8 : 8 + frame.head])
    struct.pack_into(">HH", head, 8, box.width, box.height)
    pictures = [_cut_picture(frame, one, part) for one in frame.pictures]
    return _framed(bytes(head), b"".join(pictures))


def _cut_picture(frame: Frame, coded: Coded, part: Part) -> bytes:
    across = len(frame.kind.grid.columns)
    rows = [(row * across + part.left, row * across + part.right) for row in range(part.top, part.bottom)]
    sizes = np.concatenate([coded.sizes[first:after] for first, after in rows])
    slices = b"".join(frame.data[coded.places[first] : coded.places[after]] for first, after in rows)
    head = bytearray(frame.data[coded.start : coded.table])
    struct.pack_into(">H", head, 5, len(sizes))
    return _pictured(bytes(head), sizes, slices)


def put(frame: Frame, part: Part, other: Frame) -> bytes:
    """The packet with the slices of another frame, which holds them alone, in the places of this part. Where there is
    alpha, each new slice gets that of the old one, byte for byte.

    Raises NotThisWay where they would mean something else here.
    """
    box = frame.kind.grid.pixels(part)
    if not frame.kind.fits(other.kind) or (other.kind.width, other.kind.height) != (box.width, box.height):
        raise NotThisWay("prores.kind")
    head = frame.data[8 : 8 + frame.head]
    pairs = zip(frame.pictures, other.pictures, strict=True)
    pictures = [_put_picture(frame, old, part, other, new) for old, new in pairs]
    after = frame.data[frame.pictures[-1].end : frame.size]
    return _framed(head, b"".join(pictures) + after) + frame.data[frame.size :]


def _put_picture(frame: Frame, old: Coded, part: Part, other: Frame, new: Coded) -> bytes:
    across, inside = len(frame.kind.grid.columns), part.right - part.left
    sizes, pieces, at = old.sizes.copy(), [], 0
    for number, row in enumerate(range(part.top, part.bottom)):
        first, after = row * across + part.left, row * across + part.right
        slices = [slice_of(other, new, number * inside + column) for column in range(inside)]
        if frame.kind.alpha:
            slices = [with_alpha(slice_of(frame, old, first + column), one) for column, one in enumerate(slices)]
        sizes[first:after] = list(map(len, slices))
        pieces += [frame.data[old.places[at] : old.places[first]], *slices]
        at = after
    pieces.append(frame.data[old.places[at] : old.end])
    return _pictured(frame.data[old.start : old.table], sizes, b"".join(pieces))


def slice_of(frame: Frame, coded: Coded, number: int) -> bytes:
    return frame.data[coded.places[number] : coded.places[number + 1]]


def with_alpha(old: bytes, new: bytes) -> bytes:
    """The colours of the new slice, which has no alpha, and the alpha of the old one: all that is left of it (5.3).

    Raises NotThisWay where the old one has none.
    """
    head = old[0] >> 3 if len(old) >= LONG_SLICE_HEAD else 0
    colours = head + sum(struct.unpack_from(">HHH", old, 2)) if head >= LONG_SLICE_HEAD else len(old)
    if colours >= len(old):
        raise NotThisWay("prores.alpha", 0)
    start = new[0] >> 3
    luma, blue = struct.unpack_from(">HH", new, 2)
    told = struct.pack(">HHH", luma, blue, len(new) - start - luma - blue)
    return bytes([LONG_SLICE_HEAD << 3, new[1]]) + told + new[start:] + old[colours:]


def _pictured(head: bytes, sizes: Sizes, slices: bytes) -> bytes:
    """A picture with its size and slice table; `slices` with what follows them in it."""
    if sizes.max(initial=0) > 0xFFFF:
        raise NotThisWay("prores.large")
    table = sizes.astype(">u2").tobytes()
    size = len(head) + len(table) + len(slices)
    return head[:1] + struct.pack(">I", size) + head[5:] + table + slices


def _framed(head: bytes, pictures: bytes) -> bytes:
    return struct.pack(">I", 8 + len(head) + len(pictures)) + FRAME + head + pictures
