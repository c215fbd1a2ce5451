"""What the media boxes of a rewritten file hold, in order, and how large they come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeler.media.mp4.tables import Chunks, Numbers
from labeler.media.mp4.tree import CannotRewrite, Span

LIMIT = 1 << 32


@dataclass(frozen=True)
class Piece:
    """A stretch of a source's `mdat`: the chunk of a track, or (track -1) what stands between two chunks."""

    start: int
    end: int
    track: int = -1
    chunk: int = -1

    def size(self, sizes: Numbers, video: int) -> int:
        """Bytes that it takes in the new file. sizes: of the new chunks of the track `video`."""
        return int(sizes[self.chunk]) if self.track == video else self.end - self.start


def plan_media(boxes: Sequence[Span], tracks: Sequence[Chunks]) -> dict[int, list[Piece]]:
    """The pieces of each `mdat`, by where it starts in the source. tracks: chunks as the source has them.

    Raises CannotRewrite where chunks share bytes, run out of their box, or lie in none.
    """
    table = _all_chunks(tracks)
    media = {span.start: _pieces(span, table) for span in boxes if span.kind == b"mdat"}
    if sum(piece.track >= 0 for pieces in media.values() for piece in pieces) != len(table):
        raise CannotRewrite("a chunk that lies in no media box")
    return media


def _all_chunks(tracks: Sequence[Chunks]) -> np.ndarray:
    """Rows of start, end, track and number of every chunk that holds anything, by start."""
    rows = []
    for number, track in enumerate(tracks):
        ends = track.offsets + track.sizes
        rows.append(np.stack([track.offsets, ends, np.full(len(ends), number), np.arange(len(ends))], axis=1))
    table = np.concatenate(rows) if rows else np.empty((0, 4), np.int64)
    return np.asarray(table[np.lexsort((table[:, 1], table[:, 0]))])


def _pieces(mdat: Span, table: np.ndarray) -> list[Piece]:
    inside = table[(table[:, 0] >= mdat.payload) & (table[:, 0] <= mdat.end)]
    pieces: list[Piece] = []
    at = mdat.payload
    for start, end, track, chunk in inside.tolist():
        if start < at:
            raise CannotRewrite("chunks that share bytes")
        if start > at:
            pieces.append(Piece(at, start))
        pieces.append(Piece(start, end, track, chunk))
        at = end
    if at > mdat.end:
        raise CannotRewrite("a chunk that runs out of its box")
    if at < mdat.end:
        pieces.append(Piece(at, mdat.end))
    return pieces


def media_size(pieces: Sequence[Piece], sizes: Numbers, video: int) -> int:
    """Bytes that a new `mdat` holds."""
    return sum(piece.size(sizes, video) for piece in pieces)


def head_size(size: int) -> int:
    return 16 if size + 8 >= LIMIT else 8


def head_of(size: int) -> bytes:
    """The head of an `mdat` that holds so many bytes."""
    if head_size(size) == 16:
        return (1).to_bytes(4, "big") + b"mdat" + (16 + size).to_bytes(8, "big")
    return (8 + size).to_bytes(4, "big") + b"mdat"
