"""What an MP4 or MOV may ask for before libavformat and the signing library are let at it.

A few bytes can promise millions of samples, tracks or boxes, and both libraries believe them: libavformat takes about
37 bytes for each sample and 1 MB for each track, and the signing library's time grows with the square of the boxes
side by side (all measured). So box heads and counts are read first, and a table must have room for what it promises.
Whether the file is sound is not judged here; a size that makes no sense is taken as libavformat takes it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from labeler.errors import SourceUnreadable
from labeler.language import say
from labeler.media.pieces import EditList

MAX_SAMPLES = 10_000_000
"""46 hours at 60 pictures a second; 370 MB in libavformat."""
MAX_EDITED = 3_000_000
"""Edits times samples: each edit may show the whole film again, and begins at a keyframe that may be far before it."""
MAX_TRACKS = 250
MAX_SIBLINGS = 20_000
"""5 hours in fragments of two seconds; 3 s each time that the signing library reads them."""
MAX_BOXES = 300_000
MAX_DESCRIBED = 128 << 20
"""Bytes of all `uuid` boxes, where XMP and credentials stand: the signing library reads every one of them whole."""
MAX_DEPTH = 16
SOUND_BLOCK = 1024
"""libavformat reads raw sound in blocks of so many samples, and takes memory for each block."""

HOLDERS = frozenset({b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl", b"mvex", b"moof", b"traf"}) | {
    b"udta",
    b"meta",
    b"ilst",
}
# How many bytes of fields stand ahead of the count of a table, and how many each entry takes.
TABLES = {b"stts": (4, 8), b"ctts": (4, 8), b"stsc": (4, 12), b"stco": (4, 4), b"co64": (4, 8), b"stss": (4, 4)}


@dataclass(frozen=True)
class Head:
    kind: bytes
    start: int
    end: int


@dataclass
class _Track:
    is_sound: bool = False
    samples: int = 0
    edits: int = 0
    chunks: int = 0
    largest_chunk: int = 0
    is_raw: bool = False
    is_video: bool = False
    clock: int = 0
    edit_list: Head | None = None

    def asks(self) -> int:
        """How many entries libavformat's index will have: one a sample, but in raw sound."""
        if self.is_sound and self.is_raw:
            return self.chunks * -(-self.largest_chunk // SOUND_BLOCK)
        return self.samples


def examine(file: BinaryIO, path: Path) -> tuple[EditList, ...]:
    """The edit lists of video tracks that have several entries. `path` is how people know the file.

    Raises SourceUnreadable where it asks for more than any film needs.
    """
    end = file.seek(0, 2)
    look = _Look(file, path)
    look.descend(Head(b"", 0, end), 0)
    look.count_samples(sum(track.asks() for track in look.tracks))
    if any(track.edits > 1 and track.edits * track.samples > MAX_EDITED for track in look.tracks):
        raise look.too_much("its edit list is too long", "sa liste d'édition est trop longue")
    file.seek(0)
    return tuple(
        EditList(track.edit_list.start, track.edit_list.end, look.clock, track.clock)
        for track in look.tracks
        if track.is_video and track.edits > 1 and track.edit_list is not None
    )


class _Look:
    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file = file
        self.path = path
        self.boxes = self.samples = self.described = self.clock = 0
        self.tracks: list[_Track] = []

    def descend(self, holder: Head, depth: int) -> None:
        for head in self.children(holder):
            if head.kind == b"cmov":
                raise self.too_much("its header is compressed", "son en-tête est compressé")
            if head.kind == b"trak":
                self.begin_track()
            if head.kind == b"uuid":
                self.count_described(head.end - head.start)
            if head.kind in HOLDERS and depth < MAX_DEPTH:
                self.descend(head, depth + 1)
            elif head.kind == b"mvhd":
                self.clock = self.ticks(head)
            elif head.kind == b"trun":
                self.count_samples(self.numbers(head, 4, 1)[0])
            elif self.tracks:
                self.see_table(head, self.tracks[-1])  # a table counts for the latest track, wherever it stands

    def begin_track(self) -> None:
        self.tracks.append(_Track())
        if len(self.tracks) > MAX_TRACKS:
            raise self.too_much(f"more than {MAX_TRACKS} tracks", f"plus de {MAX_TRACKS} pistes")

    def count_described(self, size: int) -> None:
        self.described += size
        if self.described > MAX_DESCRIBED:
            most = MAX_DESCRIBED >> 20
            raise self.too_much(f"more than {most} MB of XMP or credentials", f"plus de {most} Mo de XMP ou de sceaux")

    def count_samples(self, count: int) -> None:
        self.samples += count
        if self.samples > MAX_SAMPLES:
            raise self.too_much(f"more than {MAX_SAMPLES} samples", f"plus de {MAX_SAMPLES} échantillons")

    def see_table(self, head: Head, track: _Track) -> None:
        if head.kind == b"hdlr":
            handler = self.read(head.start + 8, 4)
            track.is_sound, track.is_video = handler == b"soun", track.is_video or handler == b"vide"
        elif head.kind == b"mdhd":
            track.clock = self.ticks(head)
        elif head.kind in (b"stsz", b"stz2"):
            each, track.samples = self.numbers(head, 4, 2)
            bits = (each & 0xFF) if head.kind == b"stz2" else 0 if each else 32
            self.check_room(head, track.samples, 12, bits)
        elif head.kind == b"elst":
            entry = 20 if self.read(head.start, 1) == b"\1" else 12
            track.edits, track.edit_list = self.numbers(head, 4, 1)[0], head
            self.check_room(head, track.edits, 8, entry * 8)
        elif head.kind in TABLES:
            offset, entry = TABLES[head.kind]
            count = self.numbers(head, offset, 1)[0]
            self.check_room(head, count, offset + 4, entry * 8)
            self.see_chunks(head, count, track)

    def see_chunks(self, head: Head, count: int, track: _Track) -> None:
        if head.kind == b"stts":
            track.is_raw = count == 1 and self.numbers(head, 12, 1)[0] == 1
        elif head.kind in (b"stco", b"co64"):
            track.chunks = count
        elif head.kind == b"stsc":
            # More entries than that are no raw sound's; the largest of the first ones tells the size of a chunk.
            entries = self.read(head.start + 8, 12 * min(count, 1 << 16))
            track.largest_chunk = max((entry[1] for entry in struct.iter_unpack(">III", entries)), default=0)

    def check_room(self, head: Head, count: int, fields: int, bits: int) -> None:
        room = (head.end - head.start - fields) * 8
        if count * bits > room:
            name = head.kind.decode("latin-1")
            raise self.refused(
                f"{self.path} is damaged: its table {name} promises {count} entries, and has room for {room // bits}.",
                f"{self.path} est abîmé : sa table {name} annonce {count} entrées, et a la place de {room // bits}.",
            )

    def ticks(self, head: Head) -> int:
        """Ticks a second of an `mvhd` or `mdhd`."""
        return self.numbers(head, 20 if self.read(head.start, 1) == b"\1" else 12, 1)[0]

    # --- bytes --------------------------------------------------------------------------------------------------------

    def children(self, holder: Head) -> Iterator[Head]:
        offset, siblings = holder.start, 0
        if holder.kind == b"meta" and self.read(offset + 4, 4) != b"hdlr":
            offset += 4  # a full box in MP4, a plain one in QuickTime
        while holder.end - offset >= 8:
            head = self.head(offset, holder)
            if head is None:
                return
            self.boxes, siblings = self.boxes + 1, siblings + 1
            if siblings > MAX_SIBLINGS or self.boxes > MAX_BOXES:
                most = MAX_SIBLINGS if siblings > MAX_SIBLINGS else MAX_BOXES
                raise self.too_much(
                    f"more than {most} boxes (a fragmented file can be written again in one piece)",
                    f"plus de {most} boîtes (un fichier fragmenté peut être réécrit d'un seul tenant)",
                )
            yield head
            offset = head.end

    def head(self, offset: int, holder: Head) -> Head | None:
        """The box at `offset`, cut to its holder; None where there is none."""
        data = self.read(offset, 16)
        size, kind = struct.unpack(">I4s", data[:8])
        start = offset + 8
        if size == 1 and len(data) == 16:
            size, start = struct.unpack(">Q", data[8:])[0], offset + 16
        elif size == 0 and kind.strip(b"\0"):
            size = holder.end - offset
        return Head(kind, start, min(offset + size, holder.end)) if start <= offset + size else None

    def read(self, start: int, count: int) -> bytes:
        self.file.seek(start)
        return self.file.read(count)

    def numbers(self, head: Head, offset: int, count: int) -> tuple[int, ...]:
        """Fields of 32 bits; those that the box is too short for are 0."""
        data = self.read(head.start + offset, max(0, min(4 * count, head.end - head.start - offset)))
        return struct.unpack(f">{count}I", data.ljust(4 * count, b"\0"))

    # --- refusals -----------------------------------------------------------------------------------------------------

    def too_much(self, en: str, fr: str) -> SourceUnreadable:
        return self.refused(
            f"{self.path} holds more than this version reads: {en}.",
            f"{self.path} contient plus que cette version ne lit : {fr}.",
        )

    def refused(self, en: str, fr: str) -> SourceUnreadable:
        return SourceUnreadable(
            say(en, fr),
            remedy=say(
                "Export the film again as a plain, unfragmented file.",
                "Exportez de nouveau le film en un fichier simple, non fragmenté.",
            ),
            file=str(self.path),
        )
