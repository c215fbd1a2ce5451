"""Boxes of MP4 and MOV, written by hand: any size may be a lie."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

# Bytes before the first child, where a box that holds others begins with fields of its own.
FIELDS = {b"stsd": 8, b"meta": 4, b"dref": 8, b"avc1": 78, b"mp4a": 28}


def box(name: bytes, payload: bytes = b"", size: int | None = None) -> bytes:
    """A box; `size` is what its head says instead of the truth."""
    return struct.pack(">I4s", 8 + len(payload) if size is None else size, name) + payload


def large(name: bytes, payload: bytes, size: int) -> bytes:
    """A box whose size stands in 64 bits."""
    return struct.pack(">I4sQ", 1, name, size) + payload


def full(name: bytes, payload: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(name, struct.pack(">I", version << 24 | flags) + payload)


def numbers(*values: int) -> bytes:
    """Each as 32 bits; a negative one in two's complement."""
    return b"".join((value & 0xFFFFFFFF).to_bytes(4, "big") for value in values)


def nested(name: bytes, depth: int, inner: bytes = b"", before: bytes = b"") -> bytes:
    """`name` in `name` in `name` …; before: what each holds ahead of the next."""
    parts, size = [], len(inner)
    for _ in range(depth):
        size += 8 + len(before)
        parts.append(struct.pack(">I4s", size & 0xFFFFFFFF, name) + before)
    return b"".join(reversed(parts)) + inner


def replaced(data: bytes, path: str, change: Callable[[bytes], bytes]) -> bytes:
    """`data` with the first whole box at `path` (head and all) changed; the boxes around it keep true sizes."""
    name, _, rest = path.partition("/")
    offset = 0
    while offset + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[offset : offset + 8])
        if kind == name.encode("latin-1"):
            old = data[offset : offset + size]
            if not rest:
                return data[:offset] + change(old) + data[offset + size :]
            start = 8 + FIELDS.get(kind, 0)
            new = old[:start] + replaced(old[start:], rest, change)
            return data[:offset] + struct.pack(">I", len(new)) + new[4:] + data[offset + size :]
        offset += size
    raise KeyError(f"no box {name}")


def payload_of(data: bytes, path: str) -> bytes:
    found: list[bytes] = []
    replaced(data, path, lambda old: found.append(old[8:]) or old)
    return found[0]


def grown(data: bytes, path: str, extra: bytes) -> bytes:
    """`data` with `extra` at the end of the box at `path`."""
    return replaced(data, path, lambda old: struct.pack(">I", len(old) + len(extra)) + old[4:] + extra)


def written(data: bytes, path: str, payload: bytes) -> bytes:
    """`data` with another payload in the box at `path`, under its true size."""
    return replaced(data, path, lambda old: box(old[4:8], payload))


def patched(data: bytes, path: str, offset: int, raw: bytes) -> bytes:
    """`data` with `raw` written over the payload of the box at `path` from `offset` on."""

    def change(old: bytes) -> bytes:
        at = 8 + offset
        assert at + len(raw) <= len(old)
        return old[:at] + raw + old[at + len(raw) :]

    return replaced(data, path, change)


def squeezed(part: bytes, count: int) -> bytes:
    """A zlib stream of `part`, `count` times over, made as quickly as one; only its checksum is wrong."""
    squeezer = zlib.compressobj(9)
    first = squeezer.compress(part) + squeezer.flush(zlib.Z_FULL_FLUSH)
    again = squeezer.compress(part) + squeezer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (count - 1) + squeezer.flush()
