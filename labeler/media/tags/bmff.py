"""The tags and XMP packets of an MP4 or MOV (ISO/IEC 14496-12, QuickTime File Format, XMP Specification Part 3).

A walk of its own that leans on no writer's and no table: a box whose size makes no sense ends its list, a last box may
reach the end of the file (size 0), and a place that this walk does not know is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labeler.media.tags.tag import Collector, Encoding

XMP_ID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
MOST_BOXES = 300_000
DEEPEST = 12
HOLDERS = frozenset({b"moov", b"trak", b"udta", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"meta"})
FULL_TEXTS = frozenset({b"titl", b"dscp", b"cprt", b"perf", b"auth", b"gnre", b"albm"})
"""3GPP TS 26.244, 8.2: version and flags, a language of two bytes, and a text in UTF-8, or in UTF-16 with its mark."""
PASSED = frozenset({b"meta", b"free", b"skip", b"wide", b"hdlr", b"ilst", b"keys", b"uuid", b"XMP_"})
MOST_OF_LEAF = 16 << 20
MOST_KEYS = 100_000
NAME_OF_VIDEO_ENTRY = 50
"""Where in a video's sample entry the name of its compressor stands: a length and 31 letters (14496-12, 12.1.3)."""
TEXT_TYPES: dict[int, Encoding] = {2: "utf-16-be", 5: "utf-16-be"}
PICTURE_TYPES = frozenset({12, 13, 14, 27})
"""Well-known types of metadata values (QuickTime File Format, table 3-5): GIF, JPEG, PNG, BMP are no words."""


@dataclass(frozen=True)
class Box:
    kind: bytes
    start: int
    end: int

    @property
    def name(self) -> str:
        return self.kind.decode("latin-1")


def collect(found: Collector) -> None:
    """Put every tag of the file into `found`."""
    end = found.file.seek(0, 2)
    _Walk(found).descend(Box(b"", 0, end), "", 0)


class _Walk:
    def __init__(self, found: Collector) -> None:
        self.found = found
        self.boxes = 0
        self.tracks = 0

    def descend(self, holder: Box, path: str, depth: int) -> None:
        for box in self.children(holder):
            place = f"{path}/{self.named(box)}".lstrip("/")
            if box.kind == b"uuid" and self.found.read(box.start, 16) == XMP_ID:
                self.found.add("xmp", box.start + 16, box.end, place, "packet")
            elif box.kind == b"XMP_":
                self.found.add("xmp", box.start, box.end, place, "packet")
            elif box.kind == b"hdlr" and holder.kind == b"mdia":
                self.see_handler(box, place)
            elif box.kind == b"stsd":
                self.see_entry(box, place)
            elif box.kind == b"meta" and depth < DEEPEST:
                self.see_meta(box, place, depth)
            elif box.kind in HOLDERS and depth < DEEPEST:
                self.descend(box, place, depth + 1)
            elif holder.kind == b"udta" and box.kind not in PASSED:
                self.see_text(box, path)

    def named(self, box: Box) -> str:
        if box.kind != b"trak":
            return printable(box.kind)
        self.tracks += 1
        return f"trak {self.tracks}"

    def children(self, holder: Box) -> Iterator[Box]:
        at = holder.start
        while holder.end - at >= 8 and self.boxes < MOST_BOXES:
            self.boxes += 1
            head = self.found.read(at, 16)
            size, kind, start = int.from_bytes(head[:4], "big"), head[4:8], at + 8
            if size == 1 and len(head) == 16:
                size, start = int.from_bytes(head[8:], "big"), at + 16
            elif size == 0 and not holder.kind and kind.strip(b"\0"):
                size = holder.end - at
            if at + size < start or at + size > holder.end:
                return
            yield Box(kind, start, at + size)
            at += size

    # --- metadata boxes -----------------------------------------------------------------------------------------------

    def see_meta(self, meta: Box, place: str, depth: int) -> None:
        """`meta` is a full box in MP4 and a plain one in QuickTime, told apart by where its first child begins."""
        plain = self.found.read(meta.start + 4, 4) in (b"hdlr", b"keys", b"ilst")
        inner = Box(b"meta", meta.start + (0 if plain else 4), meta.end)
        boxes = list(self.children(inner))
        keys = [key for box in boxes if box.kind == b"keys" for key in self.keys(box)]
        for box in boxes:
            if box.kind == b"ilst":
                self.see_list(box, place, keys)
            elif box.kind == b"xml ":
                self.found.add("xml", box.start + 4, box.end, f"{place}/xml")
        self.descend(inner, place, depth + 1)

    def keys(self, box: Box) -> Iterator[str]:
        at = box.start + 8
        count = int.from_bytes(self.found.read(box.start + 4, 4), "big")
        for _ in range(min(count, MOST_KEYS)):
            size = int.from_bytes(self.found.read(at, 4), "big")
            if size < 8 or at + size > box.end:
                return
            yield text_of(self.found.read(at + 8, min(size - 8, 4096)))
            at += size

    def see_list(self, ilst: Box, place: str, keys: list[str]) -> None:
        for item in self.children(ilst):
            number = int.from_bytes(item.kind, "big")
            if 0 < number <= len(keys):
                self.see_values(item, keys[number - 1], f"{place}/keys")
            elif item.kind == b"----":
                self.see_freeform(item, f"{place}/ilst")
            else:
                self.see_values(item, printable(item.kind), f"{place}/ilst")

    def see_values(self, item: Box, name: str, place: str) -> None:
        for box in self.children(item):
            if box.kind != b"data" or box.end - box.start < 8:
                continue
            kind = int.from_bytes(self.found.read(box.start + 1, 3), "big")
            if kind not in PICTURE_TYPES:
                self.found.add(name, box.start + 8, box.end, place, encoding=TEXT_TYPES.get(kind, "utf-8"))

    def see_freeform(self, item: Box, place: str) -> None:
        said = {
            box.kind: text_of(self.found.read(box.start + 4, min(box.end - box.start - 4, 4096)))
            for box in self.children(item)
            if box.kind in (b"mean", b"name")
        }
        mean, name = said.get(b"mean", ""), said.get(b"name", "")
        self.see_values(item, name, f"{place}/----:{mean}:{name}")

    # --- texts --------------------------------------------------------------------------------------------------------

    def see_text(self, box: Box, place: str) -> None:
        """A leaf of `udta`: QuickTime's texts, each with a length and a language; 3GPP's; or bytes as they are."""
        name = printable(box.kind)
        if box.end - box.start > MOST_OF_LEAF:
            self.found.add(name, box.start, box.end, place)
        elif box.kind[:1] == b"\xa9" and self.see_international(box, name, place):
            return
        elif box.kind in FULL_TEXTS and box.end - box.start > 6:
            wide = self.found.read(box.start + 6, 2) in (b"\xfe\xff", b"\xff\xfe")
            self.found.add(name, box.start + 6, box.end, place, encoding="utf-16-be" if wide else "utf-8")
        else:
            self.found.add(name, box.start, box.end, place)

    def see_international(self, box: Box, name: str, place: str) -> bool:
        """Whether the box is a list of texts (QuickTime, user data text strings); they are added then."""
        spans, at = [], box.start
        while box.end - at >= 4:
            size = int.from_bytes(self.found.read(at, 2), "big")
            if at + 4 + size > box.end:
                return False
            if size:
                spans.append((at + 4, at + 4 + size))
            at += 4 + size
        for start, end in spans[:100]:
            self.found.add(name, start, end, place)
        return bool(spans)

    def see_handler(self, box: Box, place: str) -> None:
        """A name that ends with a zero (MP4), or begins with its length (QuickTime)."""
        start, end = box.start + 24, min(box.end, box.start + 1024)
        if self.found.read(start, 1) == bytes([max(0, end - start - 1) & 0xFF]):
            start += 1
        self.found.add("handler_name", start, end, place)

    def see_entry(self, box: Box, place: str) -> None:
        """The name of the compressor in a video's first sample entry."""
        entry = self.found.read(box.start + 8, 8 + NAME_OF_VIDEO_ENTRY + 32)
        size = entry[NAME_OF_VIDEO_ENTRY] if len(entry) > NAME_OF_VIDEO_ENTRY else 0
        name = entry[NAME_OF_VIDEO_ENTRY + 1 : NAME_OF_VIDEO_ENTRY + 1 + size]
        if 0 < size < 32 and name.isascii() and name.strip(b"\0 "):
            self.found.add_value("compressor_name", name, place)


def printable(kind: bytes) -> str:
    """A type of four bytes as text; what is no letter is escaped."""
    text = kind.decode("latin-1")
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def text_of(data: bytes) -> str:
    return data.rstrip(b"\0").decode("utf-8", "backslashreplace")
