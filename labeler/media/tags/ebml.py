"""The tags of a Matroska or WebM at every level, and the XMP files that it has attached (RFC 9559, 5.1.6 and 5.1.8).

A walk of its own over the descriptions; frames are passed over. An element that makes no sense ends its list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from labeler.media.tags.tag import Collector, is_like_packet

MOST_ELEMENTS = 500_000
DEEPEST = 8
SEGMENT, CLUSTER = 0x18538067, 0x1F43B675
INFO, TITLE, MUXER, WRITER = 0x1549A966, 0x7BA9, 0x4D80, 0x5741
TRACKS, TRACK, TRACK_ID, TRACK_NAME = 0x1654AE6B, 0xAE, 0x73C5, 0x536E
CHAPTERS, EDITION, EDITION_ID, ATOM, CHAPTER_ID = 0x1043A770, 0x45B9, 0x45BC, 0xB6, 0x73C4
DISPLAY, CHAPTER_TEXT = 0x80, 0x85
ATTACHMENTS, ATTACHED, FILE_NAME, FILE_TYPE, FILE_DATA, FILE_ID = 0x1941A469, 0x61A7, 0x466E, 0x4660, 0x465C, 0x46AE
TAGS, ONE, TARGETS, SIMPLE = 0x1254C367, 0x7373, 0x63C0, 0x67C8
TAG_NAME, TAG_TEXT, TAG_BYTES = 0x45A3, 0x4487, 0x4485
TARGET_KINDS = {0x63C5: "track", 0x63C9: "edition", 0x63C4: "chapter", 0x63C6: "attachment"}
TOP = frozenset({CLUSTER, INFO, TRACKS, CHAPTERS, ATTACHMENTS, TAGS, 0x1C53BB6B, 0x114D9B74, SEGMENT, 0x1A45DFA3})
INFO_NAMES = {TITLE: "Title", MUXER: "MuxingApp", WRITER: "WritingApp"}
XMP_TYPES = frozenset({b"application/rdf+xml", b"application/xmp+xml", b"text/xmp", b"application/xmp"})


@dataclass(frozen=True)
class Element:
    id: int
    start: int
    end: int


@dataclass
class _Ids:
    """Which track, chapter, edition or attachment has which number of its own: kind and number to its place."""

    places: dict[tuple[str, int], int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def see(self, kind: str, id: int | None) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if id is not None:
            self.places.setdefault((kind, id), self.counts[kind])


def collect(found: Collector) -> None:
    """Put every tag of the file into `found`."""
    walk = _Walk(found)
    for top in walk.children(0, found.file.seek(0, 2)):
        if top.id == SEGMENT:
            walk.see_segment(top)
    walk.tell_tags()


class _Walk:
    def __init__(self, found: Collector) -> None:
        self.found = found
        self.count = 0
        self.ids = _Ids()
        self.tags: list[Element] = []

    def see_segment(self, segment: Element) -> None:
        for element in self.children(segment.start, segment.end):
            if element.id == INFO:
                self.see_info(element)
            elif element.id == TRACKS:
                self.see_tracks(element)
            elif element.id == CHAPTERS:
                self.see_chapters(element, 0)
            elif element.id == ATTACHMENTS:
                self.see_attachments(element)
            elif element.id == TAGS:
                self.tags.append(element)  # they name tracks and chapters, which may stand behind them

    def see_info(self, info: Element) -> None:
        for child in self.children(info.start, info.end):
            if child.id in INFO_NAMES:
                self.found.add(INFO_NAMES[child.id], child.start, child.end, "Info")

    def see_tracks(self, tracks: Element) -> None:
        for number, track in enumerate(self.of(tracks, TRACK), 1):
            self.ids.see("track", self.number(track, TRACK_ID))
            for name in self.of(track, TRACK_NAME):
                self.found.add("Name", name.start, name.end, f"Tracks/track {number}")

    def see_chapters(self, holder: Element, depth: int) -> None:
        for child in self.children(holder.start, holder.end):
            if child.id == EDITION:
                self.ids.see("edition", self.number(child, EDITION_ID))
            elif child.id == ATOM:
                self.ids.see("chapter", self.number(child, CHAPTER_ID))
            else:
                continue
            if depth < DEEPEST:
                self.see_chapters(child, depth + 1)

    def see_attachments(self, attachments: Element) -> None:
        for attached in self.of(attachments, ATTACHED):
            self.ids.see("attachment", self.number(attached, FILE_ID))
            name, kind = self.text(attached, FILE_NAME), self.bytes_of(attached, FILE_TYPE).lower()
            for data in self.of(attached, FILE_DATA):
                is_named = name.lower().endswith(".xmp") or kind.strip(b"\0 ") in XMP_TYPES
                if is_named or is_like_packet(self.found.read(data.start, min(4096, data.end - data.start))):
                    self.found.add(name, data.start, data.end, f"Attachments/{name}", "packet")

    # --- tags ---------------------------------------------------------------------------------------------------------

    def tell_tags(self) -> None:
        for tags in self.tags:
            for one in self.of(tags, ONE):
                place = f"Tags/{self.target(one)}"
                for simple in self.of(one, SIMPLE):
                    self.see_simple(simple, place, 0)

    def target(self, one: Element) -> str:
        """What a tag is about: the film where it names nothing, or its first target."""
        for targets in self.of(one, TARGETS):
            for child in self.children(targets.start, targets.end):
                kind, id = TARGET_KINDS.get(child.id), self.unsigned(child)
                if kind is not None and id:
                    place = self.ids.places.get((kind, id))
                    return f"{kind} {place}" if place is not None else f"{kind} (none with that number)"
        return "film"

    def see_simple(self, simple: Element, place: str, depth: int) -> None:
        name = self.text(simple, TAG_NAME)
        for child in self.children(simple.start, simple.end):
            if child.id in (TAG_TEXT, TAG_BYTES):
                self.found.add(name, child.start, child.end, place)
            elif child.id == SIMPLE and depth < DEEPEST:
                self.see_simple(child, f"{place}/{name}", depth + 1)

    # --- elements -----------------------------------------------------------------------------------------------------

    def of(self, parent: Element, id: int) -> Iterator[Element]:
        return (child for child in self.children(parent.start, parent.end) if child.id == id)

    def number(self, parent: Element, id: int) -> int | None:
        return next((self.unsigned(child) for child in self.of(parent, id)), None)

    def unsigned(self, element: Element) -> int:
        return int.from_bytes(self.found.read(element.start, min(8, element.end - element.start)), "big")

    def bytes_of(self, parent: Element, id: int) -> bytes:
        return next((self.found.read(c.start, min(4096, c.end - c.start)) for c in self.of(parent, id)), b"")

    def text(self, parent: Element, id: int) -> str:
        return self.bytes_of(parent, id).rstrip(b"\0").decode("utf-8", "backslashreplace")

    def children(self, start: int, end: int) -> Iterator[Element]:
        at = start
        while at < end and self.count < MOST_ELEMENTS:
            self.count += 1
            element = self.head(at, end)
            if element is None:
                return
            yield element
            at = element.end

    def head(self, at: int, limit: int) -> Element | None:
        data = self.found.read(at, min(12, limit - at))
        width = length_of(data[:1], 4)
        length = length_of(data[width : width + 1], 8) if width else 0
        if not length or len(data) < width + length:
            return None
        id, start = int.from_bytes(data[:width], "big"), at + width + length
        all_ones = (1 << 7 * length) - 1
        size = int.from_bytes(data[width : width + length], "big") & all_ones
        if size == all_ones:
            return Element(id, start, limit if id == SEGMENT else self.end_of_live(start, limit))
        return Element(id, start, start + size) if start + size <= limit else None

    def end_of_live(self, start: int, limit: int) -> int:
        """Where a cluster without a size ends: before the next element that cannot stand in one (RFC 8794, 6.2)."""
        at = start
        while at < limit:
            self.count += 1
            child = self.head(at, limit) if self.count < MOST_ELEMENTS else None
            if child is None:
                return limit
            if child.id in TOP:
                return at
            at = child.end
        return limit


def length_of(first: bytes, longest: int) -> int:
    """How many bytes a variable-length number takes; 0 where that is too many, or nothing stands there."""
    length = 9 - first[0].bit_length() if first else 9
    return length if length <= longest else 0
