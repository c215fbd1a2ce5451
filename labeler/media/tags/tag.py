"""What a container says in words: a tag or an XMP packet, its bytes as they stand, and the place where they do.

Nothing here knows which tags matter. Every count and size is bounded, since files come from strangers: of a long value
the beginning is kept, and its size and hash are those of the whole.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal

Kind = Literal["text", "packet"]
Encoding = Literal["utf-8", "utf-16-be", "utf-16-le"]

MOST_TAGS = 10_000
MOST_OF_TEXT = 256 << 10
MOST_OF_PACKET = 8 << 20
MOST_KEPT = 64 << 20
"""Bytes of all values of one file together."""
CHUNK = 1 << 20
PACKET_MARKS = (b"<x:xmpmeta", b"<rdf:RDF", b"<?xpacket", b"adobe:ns:meta/")
LONGEST_NAME = 1000


@dataclass(frozen=True)
class Tag:
    """name: as the container spells it. value: its first bytes, all of them where `is_whole`. size: of all of it.

    sha256: of all of it, in hexadecimal. place: where it stands, from the outside in, such as `moov/udta/meta/keys`.
    """

    name: str
    value: bytes
    place: str
    size: int
    sha256: str
    kind: Kind = "text"
    encoding: Encoding = "utf-8"

    @property
    def is_whole(self) -> bool:
        return len(self.value) == self.size


def decoded(tag: Tag) -> tuple[str, bool]:
    """The text of a tag without the zeros at its end, and whether some of its bytes are no text.

    Then those bytes stand as `\\xNN` and a backslash as two, so that each byte can be told from what is printed. Of a
    value that was cut, half a letter at the end is left out.
    """
    if tag.encoding != "utf-8":
        return wide(tag), False
    try:
        return tag.value.rstrip(b"\0").decode(), False
    except UnicodeDecodeError as error:
        if not tag.is_whole and error.start >= len(tag.value) - 3:
            return tag.value[: error.start].decode(), False
    return tag.value.rstrip(b"\0").replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace"), True


def text_of(tag: Tag) -> str:
    return decoded(tag)[0]


def wide(tag: Tag) -> str:
    """A text in UTF-16, whose own mark wins over what the container says of its byte order."""
    value, encoding = tag.value, tag.encoding
    if value[:2] in (b"\xfe\xff", b"\xff\xfe"):
        value, encoding = value[2:], "utf-16-be" if value[:1] == b"\xfe" else "utf-16-le"
    return value.decode(encoding, "backslashreplace").rstrip("\0")


def tag_of(name: str, value: bytes, place: str, encoding: Encoding = "utf-8") -> Tag:
    """A tag whose value is at hand."""
    digest = hashlib.sha256(value).hexdigest()
    return Tag(cut(name), value[:MOST_OF_TEXT], place, len(value), digest, encoding=encoding)


def cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def is_like_packet(value: bytes) -> bool:
    """Whether these bytes begin as XMP does, in UTF-8, UTF-16 or UTF-32."""
    start = value[:4096].replace(b"\0", b"")
    return any(mark in start for mark in PACKET_MARKS)


class Collector:
    """The tags of one file, in the order in which they stand. `left_out`: how many more there are."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.tags: list[Tag] = []
        self.left_out = 0
        self.kept = 0

    def read(self, start: int, count: int) -> bytes:
        self.file.seek(start)
        return self.file.read(max(0, count))

    def add(
        self, name: str, start: int, end: int, place: str, kind: Kind = "text", encoding: Encoding = "utf-8"
    ) -> None:
        """The bytes between two positions of the file are the value of a tag; what looks like XMP is a packet."""
        if len(self.tags) >= MOST_TAGS:
            self.left_out += 1
            return
        if kind == "text" and is_like_packet(self.read(start, min(4096, end - start))):
            kind = "packet"
        most = min(MOST_OF_TEXT if kind == "text" else MOST_OF_PACKET, MOST_KEPT - self.kept)
        digest, value, size = hashlib.sha256(), b"", 0
        self.file.seek(start)
        while size < end - start and (chunk := self.file.read(min(CHUNK, end - start - size))):
            digest.update(chunk)
            value += chunk[: most - len(value)]
            size += len(chunk)
        self.kept += len(value)
        self.tags.append(Tag(cut(name), value, place, size, digest.hexdigest(), kind, encoding))

    def add_value(self, name: str, value: bytes, place: str, encoding: Encoding = "utf-8") -> None:
        if len(self.tags) >= MOST_TAGS:
            self.left_out += 1
            return
        found = tag_of(name, value, place, encoding)
        room = MOST_KEPT - self.kept
        if len(found.value) > room:
            found = replace(found, value=found.value[:room])
        self.kept += len(found.value)
        self.tags.append(found)
