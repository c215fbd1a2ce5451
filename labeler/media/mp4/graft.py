"""Graft new pictures into an MP4 or MOV: the video track's samples are replaced, everything else stays as it is.

Times, edit lists and chunks of the source stay too: the n-th new sample takes the n-th place. Old samples are gone from
the file. What stood in `mdat` between the chunks is kept, since nobody knows who points to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np

from labeler.media.boxes import CREDENTIALS_UUID
from labeler.media.mp4 import keys, tables
from labeler.media.mp4.edits import shift, timescale
from labeler.media.mp4.entry import merged
from labeler.media.mp4.layout import Piece, head_of, head_size, media_size, plan_media
from labeler.media.mp4.tables import Numbers, Samples
from labeler.media.mp4.tree import CannotRewrite, Node, Span, read_moov, spans

LIMIT = 1 << 32
ROOM = 8 << 20
"""Left below 4 GiB for what is put in before the media later (a manifest)."""
COPY = 1 << 20
STABLE = (b"mdia", b"minf", b"stbl")
POINTING = frozenset({b"moof", b"mfra", b"sidx", b"ssix"})
"""Boxes at the top that point into the media in ways of their own."""


@dataclass(frozen=True)
class Encoded:
    """The new pictures: a file of their own whose first track they are, and for each sample, in order of decoding, its
    PTS in ticks of the source's media clock. keys: numbers of the samples to start from."""

    path: Path
    pts: Numbers
    keys: Numbers


@dataclass(frozen=True)
class Rewritable:
    """A source whose video track can be replaced: the samples of that track (those too that an edit list hides), the
    seconds to add to their times to know when they are shown, and the tree of the `moov`."""

    samples: Samples
    shift: Fraction
    timescale: int
    moov: Node
    trak: Node


def examine(path: Path, track_id: int) -> Rewritable:
    """Read all that a rewrite needs. Raises CannotRewrite where the boxes are not such that nothing would be lost."""
    moov = read_moov(path)
    trak = _trak(moov, track_id)
    table = trak.need(*STABLE)
    if any(table.find(kind) for kind in tables.TIED_TO_OLD_BYTES):
        raise CannotRewrite("information tied to single bytes of the old pictures")
    with path.open("rb") as file:
        boxes = list(spans(file))
        if any(span.kind in POINTING for span in boxes):
            raise CannotRewrite("fragments, or indexes of their own")
        plan_media(boxes, [tables.read_chunks(other.need(*STABLE)) for other in moov.all(b"trak")])
    if any(b"iloc" in meta.body for meta in _metas(moov)):
        raise CannotRewrite("items that lie in the media")
    clock = timescale(trak.need(b"mdia", b"mdhd"))
    return Rewritable(tables.read_samples(table), shift(moov, trak), clock, moov, trak)


def graft(source: Path, encoded: Encoded, target: Path, track_id: int, tags: Mapping[str, str]) -> None:
    """Write `target`: the source with the new pictures in its video track. tags: added to those of the film.

    Raises CannotRewrite (nothing is lost: the caller has another way), OSError.
    """
    read = examine(source, track_id)
    old, trak, moov = read.samples, read.trak, read.moov
    new_table = read_moov(encoded.path).need(b"trak", *STABLE)
    new = tables.read_samples(new_table)
    if not len(old.sizes) == len(new.sizes) == len(encoded.pts):
        raise CannotRewrite(f"{len(new.sizes)} new samples for {len(old.sizes)}")
    if not np.array_equal(np.sort(encoded.pts), np.sort(old.pts)):
        raise CannotRewrite("the new pictures have other times")
    durations = last_as_long(old, encoded.pts)
    composition = encoded.pts - tables.decoding_times(durations)
    if composition.min(initial=0) < min(0, int(old.composition.min(initial=0))):
        raise CannotRewrite("a picture would be shown before it is decoded")
    tracks = moov.all(b"trak")
    before = [tables.read_chunks(other.need(*STABLE)) for other in tracks]
    _describe(trak.need(*STABLE), new_table, new.sizes, composition, encoded.keys)
    trak.need(*STABLE).replace(b"stts", tables.durations_box(durations), after=b"stsd")
    keys.add_tags(moov, tags)
    with source.open("rb") as file, encoded.path.open("rb") as pictures, target.open("wb") as out:
        boxes = [span for span in spans(file) if not _is_seal(span, file)]
        media = plan_media(boxes, before)
        video = next(number for number, other in enumerate(tracks) if other is trak)
        sizes = tables.chunk_sizes(new.sizes, old.counts)
        _place(boxes, media, moov, sizes, video)
        writer = _Writer(file, pictures, new.places(), new.sizes, np.cumsum(old.counts), old.counts)
        for span in boxes:
            if span.kind == b"moov":
                out.write(bytes(moov))
            elif span.kind == b"mdat":
                writer.media(media[span.start], sizes, video, out)
            else:
                writer.copy(span.start, span.end, out)


def last_as_long(old: Samples, pts: Numbers) -> Numbers:
    """How long each new sample takes until the next is decoded: as in the source, but that the one shown last keeps the
    length that it had (a length belongs to a place in the order of coding, and this order is another now)."""
    durations = old.durations.copy()
    if len(durations):
        before, now = int(np.argmax(old.pts)), int(np.argmax(pts))
        durations[[before, now]] = durations[[now, before]]
    return durations


def _describe(table: Node, new: Node, sizes: Numbers, composition: Numbers, sync: Numbers) -> None:
    """Rewrite the video's `stbl` for the new samples; its chunks (`stsc`) stay."""
    table.replace(b"stsd", merged(table.need(b"stsd"), new.need(b"stsd")), after=b"")
    table.replace(b"stsz", tables.sizes_box(sizes), after=b"stsc")
    table.replace(b"ctts", tables.composition_box(composition), after=b"stts")
    table.replace(b"stss", tables.sync_box(sync, len(sizes)), after=b"stts")
    table.children = [child for child in table.children if child.kind not in tables.DESCRIBING_OLD_PICTURES]


def _place(boxes: Sequence[Span], media: Mapping[int, Sequence[Piece]], moov: Node, sizes: Numbers, video: int) -> None:
    """Write into the `moov` where each chunk comes to lie. sizes: bytes of the video's new chunks."""
    tracks = [trak.need(*STABLE) for trak in moov.all(b"trak")]
    total = sum(span.end - span.start for span in boxes) + int(sizes.sum()) + ROOM
    wide = [total >= LIMIT or table.find(b"stco") is None for table in tracks]
    offsets = [np.zeros(len(tables.chunk_offsets(table)), np.int64) for table in tracks]
    _set_offsets(tracks, offsets, wide)  # so that the `moov` has the size that it will have
    at = 0
    for span in boxes:
        if span.kind == b"moov":
            at += len(bytes(moov))
        elif span.kind != b"mdat":
            at += span.end - span.start
        else:
            at += head_size(media_size(media[span.start], sizes, video))
            for piece in media[span.start]:
                if piece.track >= 0:
                    offsets[piece.track][piece.chunk] = at
                at += piece.size(sizes, video)
    _set_offsets(tracks, offsets, wide)


def _set_offsets(tracks: Sequence[Node], offsets: Sequence[Numbers], wide: Sequence[bool]) -> None:
    for table, numbers, is_wide in zip(tracks, offsets, wide, strict=True):
        at = next(number for number, child in enumerate(table.children) if child.kind in (b"stco", b"co64"))
        table.children[at] = tables.offsets_box(numbers, wide=is_wide)


def _is_seal(span: Span, file: BinaryIO) -> bool:
    """Credentials of the source: they are no longer true of these bytes, and live on as an ingredient."""
    file.seek(span.payload)
    return span.kind == b"uuid" and file.read(16) == CREDENTIALS_UUID


@dataclass(frozen=True)
class _Writer:
    """Copies media. places, sizes: of each new sample in `pictures`. ends, counts: of the samples of each chunk."""

    source: BinaryIO
    pictures: BinaryIO
    places: Numbers
    sizes: Numbers
    ends: Numbers
    counts: Numbers

    def media(self, pieces: Sequence[Piece], chunks: Numbers, video: int, out: BinaryIO) -> None:
        """One `mdat`."""
        size = media_size(pieces, chunks, video)
        out.write(head_of(size))
        for piece in pieces:
            if piece.track != video:
                self.copy(piece.start, piece.end, out)
                continue
            last = int(self.ends[piece.chunk])
            for number in range(last - int(self.counts[piece.chunk]), last):
                self.pictures.seek(int(self.places[number]))
                out.write(self.pictures.read(int(self.sizes[number])))

    def copy(self, start: int, end: int, out: BinaryIO) -> None:
        self.source.seek(start)
        left = end - start
        while left:
            data = self.source.read(min(COPY, left))
            if not data:
                raise CannotRewrite("the source became shorter")
            out.write(data)
            left -= len(data)


def _trak(moov: Node, track_id: int) -> Node:
    for trak in moov.all(b"trak"):
        head = trak.need(b"tkhd").body
        at = 20 if head[:1] == b"\1" else 12
        if int.from_bytes(head[at : at + 4], "big") == track_id:
            return trak
    raise CannotRewrite(f"no track {track_id}")


def _metas(moov: Node) -> Iterator[Node]:
    yield from moov.all(b"meta")
    for trak in moov.all(b"trak"):
        yield from trak.all(b"meta")
