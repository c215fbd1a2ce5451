"""A read-only walk over the elements of a Matroska file that libavformat neither shows nor writes again (RFC 9559).

Only the descriptions are walked (EBML head, and all that stands in the Segment beside clusters and indexes), never the
clusters' frames. Every element must end inside the one that holds it; depth, number and bytes read are bounded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from labeler.errors import SourceUnreadable
from labeler.language import say
from labeler.media import light, matroska_rest
from labeler.media.ebml import CHECKSUM, VOID, children
from labeler.media.light import Light
from labeler.media.matroska_rest import (
    ATTACHMENTS,
    CHAPTERS,
    COLOUR,
    INFO,
    TAGS,
    TRACK_ENTRY,
    TRACK_TYPE,
    TRACKS,
    VIDEO,
)
from labeler.media.open import reading
from labeler.media.walked import Boxes

MAX_ELEMENTS = 500_000
MAX_PAYLOAD = 1 << 16
MOST_DESCRIBED = 256 << 20
"""Bytes of descriptions that are held at once: attached files, for the most part."""

EBML, DOCUMENT_TYPE = 0x1A45DFA3, 0x4282
SEGMENT, CLUSTER, CUES, SEEK_HEAD = 0x18538067, 0x1F43B675, 0x1C53BB6B, 0x114D9B74
SHOWN_TYPES = frozenset({1, 2, 0x11, 0x21})
"""Video, sound, subtitles, metadata: libavformat leaves out tracks of any other type."""
EDITION = 0x45B9
BESIDE_CLUSTERS = frozenset({CLUSTER, CUES, TAGS, ATTACHMENTS, SEEK_HEAD, INFO, TRACKS, CHAPTERS, EBML, SEGMENT})
PADDING = frozenset({VOID, CHECKSUM})
"""They may stand anywhere, and hold nothing."""
UNDESCRIBING = PADDING | {CLUSTER, CUES, SEEK_HEAD}
"""Of the segment: the film itself, and where what lies."""
MASTERING, MAX_CLL, MAX_FALL = 0x55D0, 0x55BC, 0x55BD
MASTERING_PARTS: Mapping[int, str] = MappingProxyType(
    dict(enumerate(("rx", "ry", "gx", "gy", "bx", "by", "wx", "wy", "most", "least"), 0x55D1))
)
ENCODINGS, ENCODING, SCOPE, ENCODING_TYPE, COMPRESSION, ALGORITHM = 0x6D80, 0x6240, 0x5032, 0x5033, 0x5034, 0x4254
FRAMES, COMPRESSED, ZLIB, BEGINNINGS = 1, 0, 0, 3
UNPACKED = frozenset({ZLIB, BEGINNINGS})
"""How frames may be packed and libavformat hands them on whole: the second leaves out bytes that all begin with."""
MASTERS = frozenset({SEGMENT, INFO, TRACKS, TRACK_ENTRY, VIDEO, COLOUR, MASTERING, CHAPTERS, EDITION})
MASTERS |= {ENCODINGS, ENCODING}
RECURRING = frozenset({INFO, TRACKS})
"""What may be there again, saying the same, for players that lost the first one (RFC 9559, 5.1.2 and 5.1.4)."""

FACTS: Mapping[int, str] = MappingProxyType(
    {
        0x5035: "encrypted",
        0x54AA: "clean aperture",
        0x54BB: "clean aperture",
        0x54CC: "clean aperture",
        0x54DD: "clean aperture",
        0x53B8: "stereo 3D",
        0x41E4: "block additions",
        0xE2: "track operation",
        0x3CB923: "linked segments",
        0x3EB923: "linked segments",
        0x45DD: "chapters that are played in an order of their own",
    }
)
"""Elements that say what this version refuses. Those of numbers say it only where they are not 0."""
FLAGS = frozenset({0x54AA, 0x54BB, 0x54CC, 0x54DD, 0x53B8, 0x45DD})


@dataclass(frozen=True)
class Elements:
    """`document_type`: `matroska` or `webm`. `facts`: what this version refuses, by name. `structure`: what stands in
    it and libavformat does not show (`matroska_rest`)."""

    document_type: str
    facts: tuple[str, ...]
    light: Light
    structure: Mapping[str, str]

    def as_boxes(self) -> Boxes:
        """The same facts in the shape that a survey reads."""
        return Boxes(facts=self.facts, light=self.light, structure=self.structure)


@dataclass(frozen=True)
class Element:
    """head: where it begins. start, end: what it holds."""

    id: int
    head: int
    start: int
    end: int


def walk(path: Path) -> Elements:
    """Walk the descriptions of a Matroska file. Raises SourceUnreadable for a damaged one."""
    with reading(path), path.open("rb") as file:
        walker = Walker(file, path)
        walker.walk()
        descriptions = walker.descriptions() if walker.described <= MOST_DESCRIBED else ()
    if walker.described > MOST_DESCRIBED:
        walker.facts[f"more than {MOST_DESCRIBED >> 20} MiB of attachments, tags and chapters"] = None
    try:
        structure = matroska_rest.told(descriptions)
    except ValueError as error:
        structure = {}
        walker.facts[f"damaged descriptions ({error})"] = None
    return Elements(walker.document_type, tuple(walker.facts), walker.light, structure)


class Walker:
    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file = file
        self.path = path
        self.count = 0
        self.document_type = "matroska"
        self.facts: dict[str, None] = {}
        self.light = Light()
        self.segment: Element | None = None
        self.describing: list[Element] = []
        self.recurring: dict[int, frozenset[bytes]] = {}

    def walk(self) -> None:
        end = self.file.seek(0, 2)
        for element in self.children(Element(0, 0, 0, end)):
            if element.id == EBML:
                self.see_head(element)
            elif element.id == SEGMENT:
                self.segment = element
                self.descend(element, 0)
            elif element.id not in PADDING:
                # The head or the segment ended too early: libavformat would go on, and we would see nothing of it.
                raise self.damaged(element.start)

    @property
    def described(self) -> int:
        """Bytes of all descriptions. To be asked after `walk`."""
        return sum(part.end - part.start for part in self.describing)

    def descriptions(self) -> tuple[tuple[int, bytes], ...]:
        """What stands in the segment beside clusters, indexes and padding, in its order: ids and payloads. To be asked
        after `walk`."""
        return tuple((part.id, self.whole(part)) for part in self.describing)

    def see_head(self, head: Element) -> None:
        for child in self.children(head):
            if child.id == DOCUMENT_TYPE:
                self.document_type = self.payload(child).rstrip(b"\0").decode("latin-1")

    def descend(self, parent: Element, depth: int) -> None:
        for child in self.children(parent):
            self.see(child, depth)

    def see(self, element: Element, depth: int) -> None:
        if depth == 0 and element.id not in UNDESCRIBING and not self.is_told_again(element):
            self.describing.append(element)
        name = FACTS.get(element.id)
        if name is not None and (element.id not in FLAGS or self.payload(element).strip(b"\0")):
            self.facts[name] = None
        if element.id == TRACK_TYPE and int.from_bytes(self.payload(element)[:8], "big") not in SHOWN_TYPES:
            self.facts["a track of buttons or commands"] = None
        if element.id == ENCODINGS and not self.is_unpacked(element):
            self.facts["content encodings (compressed or encrypted)"] = None
        if element.id == COLOUR:
            self.see_colour(element)
        elif element.id in MASTERS and depth < 8:
            self.descend(element, depth + 1)

    def is_told_again(self, element: Element) -> bool:
        """Whether the like of it stood before it. What says other than that is told as a fact: libavformat reads the
        first alone."""
        if element.id not in RECURRING or element.end - element.start > MOST_DESCRIBED:
            return False
        said = frozenset(self.parts(element))
        if element.id not in self.recurring:
            self.recurring[element.id] = said
            return False
        if not said <= self.recurring[element.id]:
            self.facts["two descriptions of the film or its tracks that are not the same"] = None
        return True

    def parts(self, element: Element) -> Iterator[bytes]:
        try:
            yield from (part.raw for part in children(self.whole(element)))
        except ValueError:
            raise self.damaged(element.start) from None

    def is_unpacked(self, encodings: Element) -> bool:
        """Whether libavformat takes off all that the frames of a track are wrapped in, so that nothing of it is lost.
        In the order of RFC 9559, 5.1.4.1.31: one encoding, of frames alone, that compresses, in a way it knows."""
        wrapped = [part for part in self.children(encodings) if part.id == ENCODING]
        if len(wrapped) != 1:
            return False
        said = {part.id: part for part in self.children(wrapped[0])}
        how = {part.id: part for part in self.children(said[COMPRESSION])} if COMPRESSION in said else {}
        return (
            self.number(said.get(SCOPE), FRAMES) == FRAMES
            and self.number(said.get(ENCODING_TYPE), COMPRESSED) == COMPRESSED
            and self.number(how.get(ALGORITHM), ZLIB) in UNPACKED
        )

    def number(self, element: Element | None, default: int) -> int:
        return default if element is None else int.from_bytes(self.payload(element)[:8], "big")

    def see_colour(self, colour: Element) -> None:
        """The static HDR metadata of one track; two tracks that differ are told as a change."""
        levels: dict[int, int] = {}
        for child in self.children(colour):
            if child.id == MASTERING:
                values = {MASTERING_PARTS[part.id]: part for part in self.children(child) if part.id in MASTERING_PARTS}
                floats = {name: as_float(self.payload(part)) for name, part in values.items()}
                self.light.see_mastering(light.mastering_of_floats(floats))
            elif child.id in (MAX_CLL, MAX_FALL):
                levels[child.id] = int.from_bytes(self.payload(child)[:8], "big")
        if any(levels.values()):
            self.light.see_levels(light.levels_text(levels.get(MAX_CLL, 0), levels.get(MAX_FALL, 0)))
        if self.light.changes:
            self.facts["HDR metadata that changes"] = None

    def children(self, parent: Element) -> Iterator[Element]:
        offset = parent.start
        while offset < parent.end:
            element = self.head(offset, parent.end)
            yield element
            offset = element.end

    def head(self, offset: int, limit: int) -> Element:
        """The element at `offset`. A segment or cluster of unknown size (live recordings) reaches as far as it can."""
        self.count += 1
        if self.count > MAX_ELEMENTS:
            raise self.damaged(offset)
        self.file.seek(offset)
        data = self.file.read(min(12, limit - offset))
        id_length = _length(data[:1], 4)
        size_length = _length(data[id_length : id_length + 1], 8)
        if not id_length or not size_length or len(data) < id_length + size_length:
            raise self.damaged(offset)
        raw = int.from_bytes(data[id_length : id_length + size_length], "big")
        full = (1 << (7 * size_length)) - 1
        start = offset + id_length + size_length
        id = int.from_bytes(data[:id_length], "big")
        if raw & full == full:
            return Element(id, offset, start, self.end_of_unknown(id, start, limit))
        if start + (raw & full) > limit:
            raise self.damaged(offset)
        return Element(id, offset, start, start + (raw & full))

    def end_of_unknown(self, id: int, start: int, limit: int) -> int:
        """Where an element without a size ends: a cluster before the next element that cannot stand in one (RFC 8794,
        6.2); a segment with the file. No other may lack its size."""
        if id == SEGMENT:
            return limit
        if id != CLUSTER:
            raise self.damaged(start)
        offset = start
        while offset < limit:
            child = self.head(offset, limit)
            self.count -= 1  # blocks are many in any long film; only descriptions are counted
            if child.id in BESIDE_CLUSTERS:
                return offset
            offset = child.end
        return limit

    def whole(self, element: Element) -> bytes:
        self.file.seek(element.start)
        return self.file.read(element.end - element.start)

    def payload(self, element: Element) -> bytes:
        self.file.seek(element.start)
        return self.file.read(min(MAX_PAYLOAD, element.end - element.start))

    def damaged(self, offset: int) -> SourceUnreadable:
        return SourceUnreadable(
            say(
                f"{self.path} is damaged or cut off: its element at byte {offset} does not end inside the file.",
                f"{self.path} est abîmé ou tronqué : son élément à l'octet {offset} ne finit pas dans le fichier.",
            ),
            remedy=say("Export or copy the file again.", "Exportez ou copiez de nouveau le fichier."),
            file=str(self.path),
        )


def as_float(data: bytes) -> float:
    """A float of 4 or 8 bytes; no bytes at all stand for 0 (RFC 8794, 7.3)."""
    layout = {4: ">f", 8: ">d"}.get(len(data))
    return float(struct.unpack(layout, data)[0]) if layout else 0.0


def _length(first: bytes, longest: int) -> int:
    """How many bytes a variable-length number takes, told by the zeros before its first one; 0 if too many."""
    if not first or not first[0]:
        return 0
    length = 9 - first[0].bit_length()
    return length if length <= longest else 0
