"""The boxes of a `moov` as a tree that can be written again: what is not looked into stays as its bytes are."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"})
"""Boxes that hold nothing but boxes, and that a rewrite looks into."""
MOST_MOOV_BYTES = 64 << 20
"""Each level of the tree holds the bytes below it once more while it is read."""
DEEPEST = 8
"""`moov/trak/mdia/minf/stbl` are five; deeper nests are a stranger's joke, and stay as their bytes are."""


class CannotRewrite(Exception):
    """This file's boxes are not such that its samples could be replaced; the reason is for developers."""


@dataclass(frozen=True)
class Span:
    """A box at the top of a file: its type, where it begins, where what it holds begins, and where it ends.

    Bytes after the last box, in none, are one too: it has no head (payload is start), and no type.
    """

    kind: bytes
    start: int
    payload: int
    end: int


@dataclass
class Node:
    """One box: its type, and either the boxes in it or its bytes. tail: loose zeros after them (a QuickTime end)."""

    kind: bytes
    body: bytes = b""
    children: list[Node] = field(default_factory=list)
    tail: bytes = b""

    def all(self, kind: bytes) -> list[Node]:
        return [child for child in self.children if child.kind == kind]

    def find(self, *path: bytes) -> Node | None:
        """The first box at this path below."""
        node: Node | None = self
        for kind in path:
            node = next((child for child in node.children if child.kind == kind), None) if node else None
        return node

    def need(self, *path: bytes) -> Node:
        """The same. Raises CannotRewrite where there is none."""
        node = self.find(*path)
        if node is None:
            raise CannotRewrite(f"no {b'/'.join(path).decode('latin-1')}")
        return node

    def replace(self, kind: bytes, node: Node | None, *, after: bytes) -> None:
        """Put `node` where the first box of this type stands, else after that of type `after`; None takes all out."""
        at = next((number for number, child in enumerate(self.children) if child.kind == kind), None)
        if at is None:
            at = 1 + next((number for number, child in enumerate(self.children) if child.kind == after), -1)
        self.children = [child for child in self.children if child.kind != kind]
        if node is not None:
            self.children.insert(at, node)

    def __bytes__(self) -> bytes:
        inside = self.body + b"".join(bytes(child) for child in self.children) + self.tail
        return struct.pack(">I4s", 8 + len(inside), self.kind) + inside


def full(kind: bytes, version: int, flags: int, body: bytes) -> Node:
    """A box with a version and flags before its fields."""
    return Node(kind, struct.pack(">I", version << 24 | flags) + body)


def spans(file: BinaryIO) -> Iterator[Span]:
    """The boxes at the top of a file, and what stands after the last of them: zeros, with whatever follows them, or
    fewer bytes than a head has. Raises CannotRewrite where a box does not end inside the file."""
    size = file.seek(0, 2)
    at = 0
    while size - at >= 8:
        file.seek(at)
        head = file.read(16)
        length, kind = struct.unpack(">I4s", head[:8])
        if not any(head[:8]):
            break
        payload = at + 8
        if length == 1 and len(head) == 16:
            length, payload = struct.unpack(">Q", head[8:])[0], at + 16
        elif length == 0:
            length = size - at
        if at + length > size or at + length < payload:
            raise CannotRewrite(f"the box at byte {at} is cut off")
        yield Span(kind, at, payload, at + length)
        at += length
    if at != size:
        yield Span(b"", at, at, size)


def read_moov(path: Path) -> Node:
    """The tree of the only `moov`. Raises CannotRewrite."""
    with path.open("rb") as file:
        found = [span for span in spans(file) if span.kind == b"moov"]
        if len(found) != 1 or found[0].end - found[0].payload > MOST_MOOV_BYTES:
            raise CannotRewrite("not one `moov` of a usual size")
        file.seek(found[0].payload)
        return parse(b"moov", file.read(found[0].end - found[0].payload))


def parse(kind: bytes, data: bytes, depth: int = 0, holders: frozenset[bytes] = CONTAINERS) -> Node:
    """The tree of one box from what it holds. holders: boxes that are looked into. Raises CannotRewrite."""
    if kind not in holders or depth > DEEPEST:
        return Node(kind, data)
    node, at = Node(kind), 0
    while len(data) - at >= 8:
        size, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and len(data) - at >= 16:
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        if size < head or at + size > len(data):
            break
        node.children.append(parse(name, data[at + head : at + size], depth + 1, holders))
        at += size
    node.tail = data[at:]
    if node.tail.strip(b"\0"):
        raise CannotRewrite(f"loose bytes in {kind.decode('latin-1')}")
    return node
