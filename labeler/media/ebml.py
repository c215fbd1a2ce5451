"""Elements of EBML (RFC 8794) as bytes: taken apart and put together, with no knowledge of what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

VOID, CHECKSUM = 0xEC, 0xBF
WIDEST = 8
"""Bytes of a size that is given as many as there may be."""


@dataclass(frozen=True)
class Element:
    """`raw`: the whole of it, head and all; `payload`: what it holds."""

    id: int
    payload: bytes
    raw: bytes


def children(payload: bytes) -> Iterator[Element]:
    """The elements of a payload in their order, but no padding and no checksum. Raises ValueError for a broken one."""
    at = 0
    while at < len(payload):
        id_end = at + width(payload[at])
        start = id_end + width(payload[id_end]) if id_end < len(payload) else len(payload) + 1
        size = int.from_bytes(payload[id_end:start], "big") & ((1 << 7 * (start - id_end)) - 1)
        if start + size > len(payload):
            raise ValueError(f"the element at byte {at} does not end inside what holds it")
        id = int.from_bytes(payload[at:id_end], "big")
        if id not in (VOID, CHECKSUM):
            yield Element(id, payload[start : start + size], payload[at : start + size])
        at = start + size


def width(first: int) -> int:
    """Of a number whose first byte this is, in bytes. Raises ValueError where it has none."""
    if not first:
        raise ValueError("a number of more than eight bytes")
    return 9 - first.bit_length()


def element(id: int, payload: bytes) -> bytes:
    return as_id(id) + as_size(len(payload)) + payload


def holding(id: int, parts: Iterable[bytes]) -> bytes:
    return element(id, b"".join(parts))


def number(id: int, value: int, bytes_of_it: int = 8) -> bytes:
    """An element of an unsigned number, of so many bytes whatever it is."""
    return element(id, value.to_bytes(bytes_of_it, "big"))


def void(length: int) -> bytes:
    """Padding of so many bytes in all, two or more."""
    size_bytes = WIDEST if length > WIDEST else 1
    return as_id(VOID) + as_size(length - 1 - size_bytes, size_bytes) + bytes(length - 1 - size_bytes)


def as_id(id: int) -> bytes:
    return id.to_bytes((id.bit_length() + 7) // 8, "big")


def as_size(size: int, size_bytes: int | None = None) -> bytes:
    """In so many bytes; None: in as few as hold it (all ones would say that it is unknown)."""
    wide = size_bytes or next(count for count in range(1, WIDEST + 1) if size < (1 << 7 * count) - 1)
    return (1 << 7 * wide | size).to_bytes(wide, "big")
