"""The sample entry of pictures that were coded again: the source's, with the new decoder configuration in it."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from labeler.media.mp4.tree import CannotRewrite, Node

FIELDS = 78
"""Bytes of a visual sample entry before its boxes (ISO/IEC 14496-12, 12.1.3)."""
REPEATED = b"glbl"
"""Where FFmpeg puts what stands before the first picture, in MPEG-2 also before each group: there it may be missing."""
CONFIGURATION = frozenset({b"avcC", b"hvcC", b"av1C", b"vpcC", b"esds", REPEATED})
RATE = b"btrt"
"""States the rate of the old bytes."""


def merged(old: Node, new: Node) -> Node:
    """An `stsd` of one entry. old: the source's; new: that of the pictures coded again. Whatever describes how they are
    shown (colour, shape, light, stereo, …) stays in place, byte for byte. Raises CannotRewrite."""
    kind, fields, boxes, tail = _only_entry(old)
    configurations = [box for box in _only_entry(new)[2] if box[4:8] in CONFIGURATION]
    if not configurations and any(box[4:8] in CONFIGURATION - {REPEATED} for box in boxes):
        raise CannotRewrite("no decoder configuration for the new pictures")
    inside: list[bytes] = []
    for box in boxes:
        if box[4:8] == RATE:
            continue
        if box[4:8] in CONFIGURATION:
            inside += configurations
            configurations = []
        else:
            inside.append(box)
    entry = fields + b"".join(configurations + inside) + tail
    return Node(b"stsd", old.body[:8] + struct.pack(">I4s", 8 + len(entry), kind) + entry)


def with_configuration(old: Node, name: bytes, record: bytes) -> Node:
    """An `stsd` of one entry with another decoder configuration in the box of this name, and all else as it is but the
    rate of the old bytes. Raises CannotRewrite where there is no such box."""
    kind, fields, boxes, tail = _only_entry(old)
    if sum(box[4:8] == name for box in boxes) != 1:
        raise CannotRewrite(f"not one {name.decode('latin-1')}")
    new = struct.pack(">I4s", 8 + len(record), name) + record
    inside = [new if box[4:8] == name else box for box in boxes if box[4:8] != RATE]
    entry = fields + b"".join(inside) + tail
    return Node(b"stsd", old.body[:8] + struct.pack(">I4s", 8 + len(entry), kind) + entry)


def without_rate(old: Node) -> Node:
    """An `stsd` of one entry as it is but the rate of the old bytes."""
    kind, fields, boxes, tail = _only_entry(old)
    entry = fields + b"".join(box for box in boxes if box[4:8] != RATE) + tail
    return Node(b"stsd", old.body[:8] + struct.pack(">I4s", 8 + len(entry), kind) + entry)


def configuration(node: Node, name: bytes) -> bytes | None:
    """What the box of this name in the one entry of an `stsd` holds; None without it. Raises CannotRewrite."""
    found = [box[8:] for box in _only_entry(node)[2] if box[4:8] == name]
    return found[0] if len(found) == 1 else None


def _only_entry(node: Node) -> tuple[bytes, bytes, list[bytes], bytes]:
    """Type, fields, boxes and loose end of the one entry of an `stsd`."""
    if len(node.body) < 16 or struct.unpack_from(">I", node.body, 4)[0] != 1:
        raise CannotRewrite("not one sample description")
    size, kind = struct.unpack_from(">I4s", node.body, 8)
    entry = node.body[16 : 8 + size]
    if len(entry) < FIELDS or 8 + size > len(node.body):
        raise CannotRewrite("a sample description is cut off")
    boxes = list(_boxes(entry[FIELDS:]))
    return kind, entry[:FIELDS], boxes, entry[FIELDS + sum(map(len, boxes)) :]


def _boxes(data: bytes) -> Iterator[bytes]:
    at = 0
    while len(data) - at >= 8:
        size = struct.unpack_from(">I", data, at)[0]
        if size < 8 or at + size > len(data):
            return
        yield data[at : at + size]
        at += size
