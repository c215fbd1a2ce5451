"""A manifest carried over from one MP4 to another, by hand: no tool that edits films does this."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

CREDENTIALS = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


def boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type, first and last byte of each box at the top, heads included."""
    offset = 0
    while offset + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, offset)
        size = size or len(data) - offset
        yield kind, offset, offset + size
        offset += size


def manifest_box(signed: Path) -> bytes:
    data = signed.read_bytes()
    (found,) = [data[a:b] for kind, a, b in boxes(data) if kind == b"uuid" and data[a + 8 : a + 24] == CREDENTIALS]
    return found


def transplanted(signed: Path, other: Path, target: Path) -> Path:
    """The film `other`, whose offsets are of 32 bits, with the manifest of `signed` behind its first box."""
    box, data = manifest_box(signed), bytearray(other.read_bytes())
    shift(data, len(box))
    (_, _, first) = next(boxes(bytes(data)))
    target.write_bytes(bytes(data[:first]) + box + bytes(data[first:]))
    return target


def shift(data: bytearray, by: int) -> None:
    """All chunks lie further behind by so many bytes."""
    ((_, start, end),) = [one for one in boxes(bytes(data)) if one[0] == b"moov"]
    at = data.find(b"stco", start, end)
    while at >= 0:
        (count,) = struct.unpack_from(">I", data, at + 8)
        entries = struct.unpack_from(f">{count}I", data, at + 12)
        struct.pack_into(f">{count}I", data, at + 12, *(entry + by for entry in entries))
        at = data.find(b"stco", at + 4, end)
