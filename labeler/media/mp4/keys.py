"""Tags of the file as QuickTime metadata (`mdta`): names of any spelling, each with a text (QuickTime File Format)."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from labeler.media.mp4.tree import CannotRewrite, Node, full, parse

UTF8 = 1
HANDLER = full(b"hdlr", 0, 0, b"\0\0\0\0mdta" + b"\0" * 13)


def add_tags(moov: Node, tags: Mapping[str, str]) -> None:
    """Add tags to the film's own `meta`; those of the same name are replaced. Raises CannotRewrite for a `meta` of
    another kind in that place."""
    if not tags:
        return
    meta = moov.find(b"meta")
    names, values = ([], []) if meta is None else _read(meta)
    for name, text in tags.items():
        value = _text(text)
        if name in names:
            values[names.index(name)] = value
        else:
            names.append(name)
            values.append(value)
    moov.replace(b"meta", _write(names, values), after=b"trak" if meta is None else b"mvhd")


def _read(meta: Node) -> tuple[list[str], list[bytes]]:
    """Names, and for each the `data` boxes that it has."""
    boxes = parse(b"moov", meta.body).children or parse(b"moov", meta.body[4:]).children
    found = {box.kind: box for box in boxes}
    if set(found) - {b"free"} != {b"hdlr", b"keys", b"ilst"} or found[b"hdlr"].body[8:12] != b"mdta":
        raise CannotRewrite("metadata of another kind")
    names, at = [], 8
    keys = found[b"keys"].body
    while len(keys) - at >= 8:
        size = struct.unpack_from(">I", keys, at)[0]
        if keys[at + 4 : at + 8] != b"mdta" or size < 8:
            raise CannotRewrite("metadata keys of another kind")
        names.append(keys[at + 8 : at + size].decode("utf-8"))
        at += size
    values = [b""] * len(names)
    for item in parse(b"moov", found[b"ilst"].body).children:
        number = int.from_bytes(item.kind, "big")
        if not 1 <= number <= len(names):
            raise CannotRewrite("a metadata value without a key")
        values[number - 1] += item.body
    return names, values


def _write(names: list[str], values: list[bytes]) -> Node:
    keys = b"".join(struct.pack(">I", 8 + len(name.encode())) + b"mdta" + name.encode() for name in names)
    items = b"".join(bytes(Node(struct.pack(">I", number), value)) for number, value in enumerate(values, 1) if value)
    inside = [HANDLER, full(b"keys", 0, 0, struct.pack(">I", len(names)) + keys), Node(b"ilst", items)]
    return Node(b"meta", b"".join(bytes(box) for box in inside))


def _text(text: str) -> bytes:
    return bytes(Node(b"data", struct.pack(">II", UTF8, 0) + text.encode()))
