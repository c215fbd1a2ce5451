"""The shape of an AVI's pictures, where their own bytes do not tell it (FFV1): `vprp`, as the source has it.

libavformat reads this header (OpenDML AVI file format extensions 1.02, 6.0) and does not write it of what PyAV hands it
(measured). It is put in at the end of the track's headers; what follows moves into the padding that libavformat leaves
before the pictures, so that nothing else moves.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from labeler.media.riff import Chunk, Walker, track_heads

HEAD = 8
"""Bytes before what a chunk holds: its name and its size. The name of a list stands behind them."""
LIST_NAME = 4
PICTURES = b"vids"
LONGEST = 1 << 10
"""Bytes of such a header, which takes 32 for each field and has two at the most."""


def put_back(work: Path, source: Path) -> None:
    """Give the pictures of `work` their shape, where the source tells it and it does not. Raises SourceUnreadable,
    OSError."""
    with source.open("rb") as file:
        told = shape_in(file, source)
    if told is None:
        return
    with work.open("r+b") as file:
        walker = Walker(file, work)
        riff = next(chunk for chunk in walker.children(walker.whole) if chunk.kind == "AVI ")
        parts = list(walker.children(riff))
        padding, head = before_pictures(parts), next(track_heads(walker, PICTURES))
        has_room = padding is not None and padding.end - padding.start >= len(told) + HEAD
        if padding is not None and has_room and "vprp" not in head:
            insert(file, told, parts[0], head["strl"], padding)


def shape_in(file: BinaryIO, path: Path) -> bytes | None:
    head = next(track_heads(Walker(file, path), PICTURES), {})
    shape = head.get("vprp")
    if shape is None or shape.end - shape.start > LONGEST:
        return None
    file.seek(shape.start)
    return file.read(shape.end - shape.start)


def before_pictures(parts: list[Chunk]) -> Chunk | None:
    """The padding that stands right before the pictures."""
    at = next((number for number, part in enumerate(parts) if part.kind == "movi"), 0)
    return parts[at - 1] if at and parts[at - 1].kind == "JUNK" else None


def insert(file: BinaryIO, shape: bytes, headers: Chunk, track: Chunk, padding: Chunk) -> None:
    chunk = b"vprp" + struct.pack("<I", len(shape)) + shape + b"\0" * (len(shape) & 1)
    file.seek(track.end)
    behind = file.read(padding.start - HEAD - track.end)
    rest = padding.end - padding.start - len(chunk)
    file.seek(track.end)
    file.write(chunk + behind + b"JUNK" + struct.pack("<I", rest))
    for holder in (track, headers):
        place = holder.start - LIST_NAME
        file.seek(place - 4)
        file.write(struct.pack("<I", holder.end - place + len(chunk)))
