"""The boxes of an MP4 or MOV file, read without trust in any size.

Every box must end inside the one that holds it, and depth, number and bytes read are bounded. Only headers and small
payloads are read, so memory does not grow with the film.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from labeler.errors import SourceUnreadable
from labeler.language import say

MAX_DEPTH = 16
MAX_BOXES = 2_000_000
MAX_PAYLOAD = 1 << 20
MAX_UNKNOWN = 64
LOOSE = "loose bytes({})"
"""Name of the fewer than eight bytes after the last box of a file that are not zero."""


@dataclass(frozen=True)
class Box:
    """`start` and `end` bound the payload in the file; `name` is the type as Latin-1 text."""

    name: str
    start: int
    end: int
    path: str

    @property
    def size(self) -> int:
        return self.end - self.start


class BoxFile:
    """One file while it is read. unknown: what nobody here knows, as far as it was noted, by its path."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file = file
        self.path = path
        self.count = 0
        self.unknown: dict[str, None] = {}

    def whole(self) -> Box:
        """The file itself, as the box that holds all others."""
        return Box("", 0, self.file.seek(0, 2), "")

    def children(self, parent: Box, depth: int) -> Iterator[Box]:
        """The boxes inside `parent`, each checked to end inside it."""
        if depth > MAX_DEPTH:
            raise self.damaged(
                f"its boxes are nested too deep at {parent.path}",
                f"ses boîtes sont imbriquées trop profondément en {parent.path}",
            )
        offset = parent.start
        while parent.end - offset >= 8:
            box = self.head(parent, offset)
            if box is None:
                return
            yield box
            offset = box.end
        loose = self.read(offset, parent.end)
        if loose.strip(b"\0") and not parent.path:
            self.note(LOOSE.format(loose.hex()))
        elif loose.strip(b"\0"):
            raise self.damaged(f"loose bytes at the end of {parent.path}", f"octets isolés à la fin de {parent.path}")

    def head(self, parent: Box, offset: int) -> Box | None:
        """The box at `offset`; None where only zeros follow (padding, or the end of a QuickTime list)."""
        self.count += 1
        if self.count > MAX_BOXES:
            raise self.damaged(f"it has more than {MAX_BOXES} boxes", f"il a plus de {MAX_BOXES} boîtes")
        head = self.read(offset, min(offset + 16, parent.end))
        size, kind = struct.unpack(">I4s", head[:8])
        start = offset + 8
        name = kind.decode("latin-1")
        if size == 0 and kind == b"\0\0\0\0":
            return None
        if size == 1 and len(head) == 16:
            size, start = struct.unpack(">Q", head[8:])[0], offset + 16
        elif size == 0 and not parent.path:
            size = parent.end - offset
        where = f"{parent.path}/{printable(name)}".lstrip("/")
        if size < start - offset or offset + size > parent.end:
            raise self.damaged(
                f"the box {where} at byte {offset} says it is {size} bytes long, but only {parent.end - offset} follow",
                f"la boîte {where} à l'octet {offset} annonce {size} octets, mais il n'en reste que "
                f"{parent.end - offset}",
            )
        return Box(name, start, offset + size, where)

    def read(self, start: int, end: int) -> bytes:
        self.file.seek(start)
        return self.file.read(max(0, end - start)) if end - start <= MAX_PAYLOAD else b"\xff"

    def payload(self, box: Box, at_most: int = MAX_PAYLOAD) -> bytes:
        return self.read(box.start, min(box.end, box.start + at_most))

    def fields(self, box: Box, layout: str, offset: int = 0) -> tuple[int, ...]:
        """Unpack big-endian fields of a payload, or say that the box is too short."""
        data = self.payload(box, offset + struct.calcsize(layout))
        if len(data) < offset + struct.calcsize(layout):
            raise self.damaged(f"the box {box.path} is too short", f"la boîte {box.path} est trop courte")
        return struct.unpack_from(layout, data, offset)

    def note(self, where: str) -> None:
        if len(self.unknown) < MAX_UNKNOWN:
            self.unknown[where] = None

    def damaged(self, en: str, fr: str) -> SourceUnreadable:
        return SourceUnreadable(
            say(f"{self.path} is damaged: {en}.", f"{self.path} est abîmé : {fr}."),
            remedy=say("Export or copy the file again.", "Exportez ou copiez de nouveau le fichier."),
            file=str(self.path),
        )


def printable(name: str) -> str:
    """A box type for people: © as it is, anything that a terminal would stumble over as `.`."""
    if name.isalnum():
        return name
    return "".join(letter if letter.isprintable() and letter != "/" else "." for letter in name)
