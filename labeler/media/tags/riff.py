"""The tags and the XMP of an AVI: its `INFO` lists, the names of its streams, and the chunk `_PMX` (XMP Part 3)."""

from __future__ import annotations

from labeler.media.tags.bmff import printable
from labeler.media.tags.tag import Collector

MOST_CHUNKS = 100_000
DEEPEST = 6
WALKED = frozenset({b"AVI ", b"AVIX", b"hdrl", b"strl", b"INFO", b"odml"})
NAMED = frozenset({b"strn", b"IDIT", b"ISMP"})


def collect(found: Collector) -> None:
    """Put every tag of the file into `found`."""
    _Walk(found).descend(0, found.file.seek(0, 2), "", 0)


class _Walk:
    def __init__(self, found: Collector) -> None:
        self.found = found
        self.chunks = 0

    def descend(self, start: int, end: int, path: str, depth: int) -> None:
        at = start
        while at + 8 <= end and self.chunks < MOST_CHUNKS:
            self.chunks += 1
            head = self.found.read(at, 12)
            kind, size, inner = head[:4], int.from_bytes(head[4:8], "little"), at + 8
            last = min(inner + size, end)
            if kind in (b"RIFF", b"LIST"):
                name = head[8:12]
                if name in WALKED and depth < DEEPEST:
                    self.descend(inner + 4, last, f"{path}/{printable(name).strip()}".lstrip("/"), depth + 1)
            elif kind == b"_PMX":
                self.found.add("xmp", inner, last, f"{path}/_PMX".lstrip("/"), "packet")
            elif path.endswith("INFO") or kind in NAMED:
                self.found.add(printable(kind), inner, last, path)
            at = inner + size + (size & 1)
