"""Edit lists of several pieces that follow each other without a gap: players show one piece, and so does labeler.

libavformat (62) hands such packets out twice, one time of them marked as not to be shown. So it is shown the same list
with one piece: the file stays as it is, and its reader sees other bytes in that one box.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import BinaryIO, Self

MOST_PIECES = 64
LEAST_PICTURE = Fraction(1, 500)
"""Seconds of a gap in which no picture can be lost: those of 240 a second last twice as long."""
SPEED_ONE = (1, 0)
HEAD = 8
"""Bytes of version, flags and count before the entries of an `elst`."""


@dataclass(frozen=True)
class Edit:
    """One entry of an `elst` (ISO/IEC 14496-12, 8.6.6): ticks of the film's clock, where in the media it begins (ticks
    of that clock; -1: nothing is shown), and the speed as whole and part."""

    duration: int
    start: int
    speed: tuple[int, int] = SPEED_ONE


@dataclass(frozen=True)
class EditList:
    """Where the payload of a track's `elst` begins and ends in the file, and the ticks a second of both clocks."""

    start: int
    end: int
    film: int
    media: int


BOX = b"\0\0\0\0elst"
MOST_BYTES = HEAD + (MOST_PIECES + 1) * 20


def layout(version: int) -> str:
    return ">Qqhh" if version == 1 else ">Iihh"


def read(payload: bytes) -> tuple[Edit, ...]:
    """The first MOST_PIECES + 2 entries, as far as they are there: more are never joined."""
    form = layout(payload[0]) if payload else ">Iihh"
    count = min(int.from_bytes(payload[4:HEAD], "big"), (len(payload) - HEAD) // struct.calcsize(form), MOST_PIECES + 2)
    entries = (struct.unpack_from(form, payload, HEAD + number * struct.calcsize(form)) for number in range(count))
    return tuple(Edit(duration, start, (whole, part)) for duration, start, whole, part in entries)


def joined(edits: Sequence[Edit], film: int, media: int) -> tuple[Edit, ...] | None:
    """The same list with one piece, after the empty one that may stand first; None where it has one already, or its
    pieces do not follow each other. film, media: ticks a second of both clocks.

    Durations are rounded to the film's clock, so that the place of each piece is held to one tick of it, and to a time
    in which no picture fits.
    """
    ahead = tuple(edits[:1]) if edits and edits[0].start == -1 else ()
    pieces = edits[len(ahead) :]
    if not 2 <= len(pieces) <= MOST_PIECES or film <= 0 or media <= 0:
        return None
    total, most = 0, min(Fraction(1, film), LEAST_PICTURE)
    for edit in pieces:
        off = Fraction(edit.start - pieces[0].start, media) - Fraction(total, film)
        if edit.duration <= 0 or edit.start < 0 or edit.speed != SPEED_ONE or abs(off) >= most:
            return None
        total += edit.duration
    return (*ahead, Edit(total, pieces[0].start)) if total < 1 << 32 else None


def read_joined(file: BinaryIO, one: EditList) -> tuple[Edit, ...] | None:
    """`joined` of a list in a file; None too where its box is not of a plain shape."""
    size = one.end - one.start
    file.seek(one.start - len(BOX))
    if not HEAD <= size <= MOST_BYTES or file.read(len(BOX)) != (len(BOX) + size).to_bytes(4, "big") + BOX[4:]:
        return None
    payload = file.read(size)
    edits = read(payload)
    count = int.from_bytes(payload[4:HEAD], "big")
    if count != len(edits) or size != HEAD + count * struct.calcsize(layout(payload[0])):
        return None
    return joined(edits, one.film, one.media)


def overlay(file: BinaryIO, lists: Iterable[EditList]) -> Mapping[int, bytes]:
    """Bytes to read in the place of those of the file, by where they begin: joined lists, and a `free` box behind each,
    for libavformat counts entries by the size of their box."""
    found = {}
    for one in lists:
        edits = read_joined(file, one)
        if edits is None:
            continue
        file.seek(one.start)
        head = file.read(4)
        entries = (struct.pack(layout(head[0]), edit.duration, edit.start, *edit.speed) for edit in edits)
        payload = head + len(edits).to_bytes(4, "big") + b"".join(entries)
        rest = one.end - one.start - len(payload)
        box = (len(BOX) + len(payload)).to_bytes(4, "big") + BOX[4:] + payload
        found[one.start - len(BOX)] = box + rest.to_bytes(4, "big") + b"free"
    return found


class Overlaid:
    """A file as libavformat reads it through Python, with other bytes in some places."""

    def __init__(self, file: BinaryIO, other: Mapping[int, bytes]) -> None:
        self.file, self.other = file, other

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def read(self, count: int = -1) -> bytes:
        start = self.file.tell()
        data = self.file.read(count)
        for place, new in self.other.items():
            first, end = max(place, start), min(place + len(new), start + len(data))
            if first < end:
                data = data[: first - start] + new[first - place : end - place] + data[end - start :]
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()
