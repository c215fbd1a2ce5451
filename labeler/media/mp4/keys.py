"""Tags of the file as QuickTime metadata (`mdta`): names of any spelling, each with a text (QuickTime File Format)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from labeler.media.mp4.tree import CannotRewrite, Node, full, parse

UTF8 = 1
HANDLER = full(b"hdlr", 0, 0, b"\0\0\0\0mdta" + b"\0" * 13)
ENCODER = "encoder"
"""What libavformat calls iTunes' `©too`, and writes it as where it writes keys."""


@dataclass
class Keys:
    """Names, and for each the `data` boxes that it has. is_full: a version and flags stand before them (ISO BMFF)."""

    names: list[str]
    values: list[bytes]
    is_full: bool

    def put(self, name: str, text: str) -> None:
        value = bytes(Node(b"data", struct.pack(">II", UTF8, 0) + text.encode()))
        if name in self.names:
            self.values[self.names.index(name)] = value
        else:
            self.names.append(name)
            self.values.append(value)

    def box(self) -> Node:
        keys = b"".join(struct.pack(">I", 8 + len(name.encode())) + b"mdta" + name.encode() for name in self.names)
        numbered = enumerate(self.values, 1)
        items = b"".join(bytes(Node(struct.pack(">I", number), value)) for number, value in numbered if value)
        inside = [HANDLER, full(b"keys", 0, 0, struct.pack(">I", len(self.names)) + keys), Node(b"ilst", items)]
        return Node(b"meta", b"\0\0\0\0" * self.is_full + b"".join(bytes(box) for box in inside))


def add_tags(moov: Node, tags: Mapping[str, str]) -> None:
    """Add tags to those of the film; those of the same name are replaced where they stand.

    In `moov/udta/meta`, where libavformat writes keys and TC260-PG-20257A has the key AIGC. One `meta` is of one kind:
    where that is iTunes', with more in it than the name of the program that wrote it (which becomes a key), they stand
    in `moov/meta`, which is QuickTime's own place. Raises CannotRewrite where both are of another kind.
    """
    for name, text in tags.items():
        udta = _user_data(moov)
        homes = [(home, keys) for home in (udta, moov) if home is not None and (keys := _keys_in(home)) is not None]
        if not homes:
            raise CannotRewrite("metadata of another kind")
        home, keys = next((one for one in homes if name in one[1].names), homes[0])
        keys.put(name, text)
        home.replace(b"meta", keys.box(), after=b"trak")
        if home is udta:
            moov.replace(b"udta", udta, after=b"trak")


def _user_data(moov: Node) -> Node | None:
    """The film's `udta`, looked into; an empty one where it has none; None where its boxes cannot be told apart."""
    udta = moov.find(b"udta") or Node(b"udta")
    if udta.children:
        return udta
    try:
        inside = parse(b"moov", udta.body)
    except CannotRewrite:
        return None
    return Node(b"udta", children=inside.children, tail=inside.tail)


def _keys_in(home: Node) -> Keys | None:
    """The keys of its `meta`; none yet where it has no `meta`; None where that is of another kind."""
    metas = home.all(b"meta")
    if not metas:
        return Keys([], [], is_full=home.kind == b"udta")
    try:
        return _read(metas[0]) if len(metas) == 1 else None
    except (CannotRewrite, UnicodeDecodeError):
        return None


def _read(meta: Node) -> Keys:
    is_full = meta.body[8:12] == b"hdlr"
    boxes = parse(b"moov", meta.body[4:] if is_full else meta.body).children
    found = {box.kind: box for box in boxes}
    if (encoder := _nothing_but_encoder(found)) is not None:
        return Keys([ENCODER], [encoder], is_full)
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
    return Keys(names, values, is_full)


def _nothing_but_encoder(found: Mapping[bytes, Node]) -> bytes | None:
    """The `data` box of iTunes' `©too`, where this `meta` is iTunes' and holds no other tag; else None."""
    if set(found) - {b"free"} != {b"hdlr", b"ilst"} or found[b"hdlr"].body[8:12] != b"mdir":
        return None
    items = parse(b"moov", found[b"ilst"].body).children
    return items[0].body if [item.kind for item in items] == [b"\xa9too"] else None
