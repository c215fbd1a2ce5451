"""Bytes from file to file: long stretches by the kernel, without passing through this process where it can."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from labeler.media.mp4.layout import Piece
from labeler.media.mp4.tables import Flags, Numbers
from labeler.media.mp4.tree import CannotRewrite

STEP = 64 << 20
BUFFER = 1 << 20
UNABLE = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM})
"""What the kernel answers where it cannot copy between these two files."""


def copy(source: BinaryIO, start: int, end: int, out: BinaryIO) -> None:
    """Append the bytes from `start` to `end` of the source to `out`. Raises CannotRewrite where they end before."""
    at = _by_kernel(source, start, end, out) if end - start >= BUFFER and hasattr(os, "copy_file_range") else start
    source.seek(at)
    while at < end:
        data = source.read(min(BUFFER, end - at))
        if not data:
            raise CannotRewrite("the source became shorter")
        out.write(data)
        at += len(data)


def _by_kernel(source: BinaryIO, start: int, end: int, out: BinaryIO) -> int:
    """How far the kernel came."""
    out.flush()
    at, target = start, out.tell()
    while at < end:
        try:
            done = os.copy_file_range(source.fileno(), out.fileno(), min(STEP, end - at), at, target)
        except OSError as error:
            if error.errno in UNABLE:
                break
            raise
        if not done:
            break
        at, target = at + done, target + done
    out.seek(target)
    return at


@dataclass(frozen=True)
class Splicer:
    """Writes media with some samples of the video replaced. is_new, places, sizes: of each sample, where it lies (in
    `new`, or in `source`), and how long it is. ends, counts: of the samples of each chunk."""

    source: BinaryIO
    new: BinaryIO
    is_new: Flags
    places: Numbers
    sizes: Numbers
    ends: Numbers
    counts: Numbers

    def write(self, pieces: Sequence[Piece], video: int, out: BinaryIO) -> None:
        """What one `mdat` holds. Neighbours that stay are copied as one stretch."""
        start = end = 0
        for piece in pieces:
            if piece.track == video and self._changes(piece.chunk):
                copy(self.source, start, end, out)
                self._chunk(piece.chunk, out)
                start = end = piece.end
            elif piece.start == end:
                end = piece.end
            else:
                copy(self.source, start, end, out)
                start, end = piece.start, piece.end
        copy(self.source, start, end, out)

    def _changes(self, chunk: int) -> bool:
        last = int(self.ends[chunk])
        return bool(self.is_new[last - int(self.counts[chunk]) : last].any())

    def _chunk(self, chunk: int, out: BinaryIO) -> None:
        last = int(self.ends[chunk])
        for number in range(last - int(self.counts[chunk]), last):
            file, size = self.new if self.is_new[number] else self.source, int(self.sizes[number])
            file.seek(int(self.places[number]))
            data = file.read(size)
            if len(data) != size:
                raise CannotRewrite("a sample is cut off")
            out.write(data)
