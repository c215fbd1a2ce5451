"""What the boxes of an MP4 or MOV mean for its seal: room in its chunk offsets, and how its media may be hashed.

A manifest is put in before the media, so every offset grows; the SDK lets a 32-bit one wrap around and still calls
the file trusted (measured with a file of 4.29 GB). A tree of hashes (Merkle), which keeps memory flat, reads as
altered where the media is fragmented or lies in several `mdat` boxes (measured).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

LIMIT = 1 << 32
ROOM = 4 << 20
"""More than any manifest of ours takes."""

SURELY_NOT = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"})
"""Boxes at the top of a film in one piece that hold neither a manifest nor the address of one."""
MOST_LOOKED_AT = 64

PATH = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
CHUNK = 1 << 20


def has_room(path: Path) -> bool:
    """False when a 32-bit chunk offset of this MP4/MOV would pass 2^32 with a manifest before it."""
    if path.stat().st_size + ROOM < LIMIT:
        return True
    with path.open("rb") as file:
        size = file.seek(0, 2)
        return max(offsets(file, 0, size, 0), default=0) + ROOM < LIMIT


def is_without_manifest(path: Path) -> bool:
    """True where an MP4 or MOV surely holds no manifest, and no address of one elsewhere: no need to ask the SDK, which
    goes through every box (measured: 7 ms).

    A manifest and XMP stand in `uuid` boxes at the top (C2PA 2.4, A.4; XMP part 3), and the SDK looks for them nowhere
    else (tested). So it holds where plain boxes of other types fill the file, each as long as it says: nobody can read
    that as another row of boxes. False says nothing. Raises OSError.
    """
    with path.open("rb") as file:
        end, at = file.seek(0, 2), 0
        for _ in range(MOST_LOOKED_AT):
            file.seek(at)
            size, kind, large = struct.unpack(">I4sQ", file.read(16).ljust(16, b"\0"))
            size, least = (large, 16) if size == 1 else (size, 8)
            if size < least or kind not in SURELY_NOT:
                return False
            at += size
            if at >= end:
                return bool(at == end)
    return False


def is_in_one_piece(path: Path) -> bool:
    """All media in one `mdat` box, not fragmented: then, and only then, a tree of hashes holds."""
    with path.open("rb") as file:
        kinds = [kind for kind, _, _ in boxes(file, 0, file.seek(0, 2))]
    return kinds.count(b"mdat") == 1 and b"moof" not in kinds


def offsets(file: BinaryIO, start: int, end: int, depth: int) -> Iterator[int]:
    """The largest offset of each `stco` box between two places, found by going down `PATH`."""
    for kind, first, last in boxes(file, start, end):
        if depth < len(PATH) and kind == PATH[depth]:
            yield from offsets(file, first, last, depth + 1)
        elif depth == len(PATH) and kind == b"stco":
            yield largest(file, first + 8, last)


def largest(file: BinaryIO, start: int, end: int) -> int:
    most = 0
    file.seek(start)
    left = end - start
    while left >= 4 and (data := file.read(min(CHUNK, left // 4 * 4))):
        left -= len(data)
        most = max(most, max(struct.unpack(f">{len(data) // 4}I", data[: len(data) // 4 * 4]), default=0))
    return most


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, first and last byte of each box's payload; stops at what is no box."""
    while end - start >= 8:
        file.seek(start)
        head = file.read(16)
        size, kind = struct.unpack(">I4s", head[:8])
        first = start + 8
        if size == 1 and len(head) == 16:
            size, first = struct.unpack(">Q", head[8:])[0], start + 16
        elif size == 0:
            size = end - start
        if size < first - start or start + size > end:
            return
        yield kind, first, start + size
        start += size
