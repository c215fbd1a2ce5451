"""A film that is streamed in pieces: put together, it is one fragmented MP4 that anything here can read."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from labeler.errors import SourceUnreadable
from labeler.language import say
from labeler.media.mux import writing
from labeler.media.open import reading

HEAD = 1 << 16
"""Bytes of a segment in which its first `moof` is looked for."""
PIECE = 1 << 22


def ordered(segments: Sequence[Path]) -> tuple[Path, ...]:
    """The segments by the numbers that they carry (`mfhd`, ISO/IEC 14496-12, 8.8.5): names sort 10 before 2.

    Raises SourceMissing, SourceUnreadable for one that is none.
    """
    return tuple(sorted(segments, key=number_of))


def number_of(segment: Path) -> int:
    with reading(segment), segment.open("rb") as file:
        head = file.read(HEAD)
    at = head.find(b"moof")
    if at < 4 or head[at + 8 : at + 12] != b"mfhd" or len(head) < at + 20:
        raise SourceUnreadable(
            say(f"{segment} is no segment of a film.", f"{segment} n'est pas un segment de film."),
            remedy=say(
                "Name the media segments (.m4s), and their first piece with --init.",
                "Indiquez les segments de média (.m4s), et leur premier morceau avec --init.",
            ),
            file=str(segment),
        )
    return int(struct.unpack_from(">I", head, at + 16)[0])


def joined(init: Path, segments: Sequence[Path], folder: Path) -> Path:
    """All pieces one after another, in a file in this folder. Raises SourceMissing, SourceUnreadable, DiskFull."""
    film = folder / init.name
    with writing(film, init), film.open("wb") as whole:
        for piece in (init, *segments):
            for data in parts(piece):
                whole.write(data)
    return film


def parts(piece: Path) -> Iterator[bytes]:
    with reading(piece), piece.open("rb") as file:
        while data := file.read(PIECE):
            yield data
