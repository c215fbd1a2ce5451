"""A read-only walk over the chunks of an AVI file: what libavformat neither shows nor writes again.

Only the lists of headers are walked, never the frames; every chunk must end inside the one that holds it, and number
and bytes read are bounded (Microsoft RIFF; OpenDML AVI file format extensions 1.02).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from labeler.errors import SourceUnreadable
from labeler.language import say
from labeler.media.box_file import printable
from labeler.media.open import reading

MAX_CHUNKS = 100_000
KNOWN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # `movi` holds the frames, `idx1` and `indx` are indexes, `JUNK` is room.
        "": frozenset({"RIFF"}),
        "AVI ": frozenset({"hdrl", "INFO", "movi", "idx1", "JUNK"}),
        "AVIX": frozenset({"movi", "idx1", "JUNK"}),
        "hdrl": frozenset({"avih", "strl", "odml", "JUNK", "vprp"}),
        "strl": frozenset({"strh", "strf", "strd", "strn", "indx", "vprp", "JUNK"}),
        "odml": frozenset({"dmlh", "JUNK"}),
    }
)
"""The children that each list may hold; those of `INFO` are tags, which are compared as such."""
FACTS: Mapping[str, str] = MappingProxyType(
    {
        "ISMP": "time code of the tape",
        "IDIT": "date of recording",
        "strd": "codec data of the old kind",
        "_PMX": "XMP in a chunk of its own",
        "C2PA": "credentials in a chunk of their own",
    }
)


@dataclass(frozen=True)
class Chunks:
    """`unknown`: paths of chunks that stand in no list. `facts`: what is refused, by name."""

    unknown: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Chunk:
    """`kind`: four characters, those of its list where it is one. `start` and `end` bound what it holds."""

    kind: str
    is_list: bool
    start: int
    end: int


def walk(path: Path) -> Chunks:
    """Walk the chunks of an AVI file. Raises SourceUnreadable for a damaged one."""
    with reading(path), path.open("rb") as file:
        walker = Walker(file, path)
        walker.descend("", walker.whole, "")
    return Chunks(tuple(walker.unknown), tuple(walker.facts))


class Walker:
    """whole: the file, as if it were a chunk."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file = file
        self.path = path
        self.whole = Chunk("", True, 0, file.seek(0, 2))
        self.count = 0
        self.unknown: dict[str, None] = {}
        self.facts: dict[str, None] = {}

    def descend(self, holder: str, parent: Chunk, where: str) -> None:
        for chunk in self.children(parent):
            place = f"{where}/{printable(chunk.kind)}".lstrip("/")
            if chunk.kind in FACTS and self.says_something(chunk):
                self.facts[FACTS[chunk.kind]] = None
            elif holder and chunk.kind not in KNOWN[holder] and chunk.kind not in FACTS:
                self.unknown[place] = None
            elif chunk.is_list and chunk.kind in KNOWN:
                self.descend(chunk.kind, chunk, place)

    def says_something(self, chunk: Chunk) -> bool:
        self.file.seek(chunk.start)
        return bool(self.file.read(min(256, chunk.end - chunk.start)).strip(b"\0 "))

    def children(self, parent: Chunk) -> Iterator[Chunk]:
        """Raises SourceUnreadable for one that does not end inside of what holds it."""
        at = parent.start
        while at + 8 <= parent.end:
            self.count += 1
            if self.count > MAX_CHUNKS:
                raise self.damaged(at)
            self.file.seek(at)
            head = self.file.read(12)
            kind, size = head[:4].decode("latin-1"), int.from_bytes(head[4:8], "little")
            start, end = at + 8, at + 8 + size
            if end > parent.end:
                raise self.damaged(at)
            is_list = kind in ("RIFF", "LIST")
            yield Chunk(head[8:12].decode("latin-1") if is_list else kind, is_list, start + 4 * is_list, end)
            at = end + (size & 1)

    def damaged(self, at: int) -> SourceUnreadable:
        return SourceUnreadable(
            say(
                f"{self.path} is damaged or cut off: its chunk at byte {at} does not end inside the file.",
                f"{self.path} est abîmé ou tronqué : son bloc à l'octet {at} ne finit pas dans le fichier.",
            ),
            remedy=say("Export or copy the file again.", "Exportez ou copiez de nouveau le fichier."),
            file=str(self.path),
        )


def track_heads(walker: Walker, kind: bytes) -> Iterator[dict[str, Chunk]]:
    """Of each track of this kind (`vids`, `auds`) its headers by name, and as `strl` the list that holds them."""
    for riff in walker.children(walker.whole):
        for headers in walker.children(riff) if riff.kind == "AVI " else ():
            for track in walker.children(headers) if headers.kind == "hdrl" else ():
                head = {chunk.kind: chunk for chunk in walker.children(track)} if track.kind == "strl" else {}
                if "strh" in head:
                    walker.file.seek(head["strh"].start)
                    if walker.file.read(len(kind)) == kind:
                        yield head | {"strl": track}
