"""Graft new pictures into an MP4 or MOV: samples of the video track are replaced, everything else stays as it is.

Times, edit lists and chunks of the source stay too: a new sample takes the place of an old one, which is gone from the
file. What stood in `mdat` between the chunks is kept, since nobody knows who points to it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np

from labeler.media.boxes import CREDENTIALS_UUID
from labeler.media.mp4 import copying, keys, leaning, tables
from labeler.media.mp4.edits import shift, timescale
from labeler.media.mp4.entry import merged
from labeler.media.mp4.layout import Piece, head_of, head_size, media_size, plan_media
from labeler.media.mp4.tables import Flags, Numbers, Samples
from labeler.media.mp4.tree import CannotRewrite, Node, Span, read_moov, spans

LIMIT = 1 << 32
HEAD = 8
"""Bytes before what a box holds: its size and its type."""
ROOM = 8 << 20
"""Left below 4 GiB for what is put in before the media later (a manifest)."""
FILE_TYPE = bytes(Node(b"ftyp", b"qt  " + bytes(4) + b"qt  "))
"""Put before what has none: that is QuickTime from before there were brands (or VLC's), which nobody seals."""
STABLE = (b"mdia", b"minf", b"stbl")
POINTING = frozenset({b"moof", b"mfra", b"sidx", b"ssix"})
"""Boxes at the top that point into the media in ways of their own."""


@dataclass(frozen=True)
class Pictures:
    """New samples, in a file of their own: for each of them, in order of decoding, the number of the sample whose place
    it takes (rising), where it lies in the file, its bytes, its PTS in ticks of the source's media clock, and whether
    decoding may start from it. describe: the sample description of both, from that of the source (`stsd`)."""

    path: Path
    positions: Numbers
    places: Numbers
    sizes: Numbers
    pts: Numbers
    is_key: Flags
    describe: Callable[[Node], Node]


def all_of(path: Path, pts: Numbers, is_key: Flags) -> Pictures:
    """Every sample of the first track of an MP4, for every sample of a source. Raises CannotRewrite."""
    table = read_moov(path).need(b"trak", *STABLE)
    new = tables.read_samples(table)
    if len(new.sizes) != len(pts):
        raise CannotRewrite(f"{len(new.sizes)} samples for {len(pts)} pictures")
    return whole(path, new.places(), new.sizes, pts, is_key, table.need(b"stsd"))


def whole(path: Path, places: Numbers, sizes: Numbers, pts: Numbers, is_key: Flags, description: Node) -> Pictures:
    """A new sample for every one of a source. description: the `stsd` of a file that holds the new ones."""
    return Pictures(path, np.arange(len(pts)), places, sizes, pts, is_key, lambda old: merged(old, description))


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


def graft(source: Path, pictures: Pictures, target: Path, track_id: int, tags: Mapping[str, str]) -> None:
    """Write `target`: the source with the new pictures in its video track. tags: added to those of the film.

    Raises CannotRewrite (nothing is lost: the caller has another way), OSError.
    """
    read = examine(source, track_id)
    moov, table = read.moov, read.trak.need(*STABLE)
    tracks = moov.all(b"trak")
    before = [tables.read_chunks(other.need(*STABLE)) for other in tracks]
    samples = renewed(read.samples, pictures)
    if len(pictures.positions):
        _describe(table, pictures, read.samples, samples)
    keys.add_tags(moov, tags)
    with source.open("rb") as file, target.open("wb") as out:
        boxes = [span for span in spans(file) if not _is_seal(span, file)]
        head = b"" if any(span.kind == b"ftyp" for span in boxes) else FILE_TYPE
        media = plan_media(boxes, before)
        video = next(number for number, other in enumerate(tracks) if other is read.trak)
        chunks = tables.chunk_sizes(samples.sizes, samples.counts)
        _place(boxes, media, moov, chunks, video, at=len(head))
        out.write(head)
        with pictures.path.open("rb") as new:
            splicer = _splicer(file, new, pictures, read.samples)
            for span in boxes:
                if span.kind == b"moov":
                    out.write(bytes(moov))
                elif span.kind == b"mdat":
                    out.write(head_of(media_size(media[span.start], chunks, video)))
                    splicer.write(media[span.start], video, out)
                else:
                    out.write(head_kept(span, file))
                    copying.copy(file, span.payload, span.end, out)


def renewed(old: Samples, new: Pictures) -> Samples:
    """The samples of the target; chunks as they lie in the source. Raises CannotRewrite where times do not fit."""
    if len(new.positions) and int(new.positions[-1]) >= len(old.sizes):
        raise CannotRewrite("more new samples than old ones")
    sizes, pts = old.sizes.copy(), old.pts
    sizes[new.positions], pts[new.positions] = new.sizes, new.pts
    if not np.array_equal(np.sort(pts), np.sort(old.pts)):
        raise CannotRewrite("the new pictures have other times")
    durations = last_as_long(old, pts)
    dts = tables.decoding_times(durations)
    composition = pts - dts
    if composition.min(initial=0) < min(0, int(old.composition.min(initial=0))):
        raise CannotRewrite("a picture would be shown before it is decoded")
    return Samples(sizes, durations, dts, composition, old.chunks, old.counts)


def last_as_long(old: Samples, pts: Numbers) -> Numbers:
    """How long each new sample takes until the next is decoded: as in the source, but that the one shown last keeps the
    length that it had (a length belongs to a place in the order of coding, and this order is another now)."""
    durations = old.durations.copy()
    if len(durations):
        before, now = int(np.argmax(old.pts)), int(np.argmax(pts))
        durations[[before, now]] = durations[[now, before]]
    return durations


def _describe(table: Node, pictures: Pictures, old: Samples, new: Samples) -> None:
    """Rewrite the video's `stbl` for the new samples, as far as they differ; its chunks (`stsc`) stay."""
    is_new = np.zeros(len(new.sizes), bool)
    is_new[pictures.positions] = True
    before = tables.read_sync(table, len(new.sizes))
    sync = before.copy()
    sync[pictures.positions] = pictures.is_key
    table.replace(b"stsd", pictures.describe(table.need(b"stsd")), after=b"")
    if not np.array_equal(old.durations, new.durations):
        table.replace(b"stts", tables.durations_box(new.durations), after=b"stsd")
    if not np.array_equal(old.sizes, new.sizes):
        table.replace(b"stsz", tables.sizes_box(new.sizes), after=b"stsc")
    if not np.array_equal(old.composition, new.composition):
        table.replace(b"ctts", tables.composition_box(new.composition), after=b"stts")
    if not np.array_equal(before, sync):
        table.replace(b"stss", tables.sync_box(np.flatnonzero(sync), len(sync)), after=b"stts")
    leaning.renew(table, is_new, new.composition)


def _place(
    boxes: Sequence[Span], media: Mapping[int, Sequence[Piece]], moov: Node, sizes: Numbers, video: int, *, at: int
) -> None:
    """Write into the `moov` where each chunk comes to lie. sizes: bytes of the video's new chunks. at: where the first
    box comes to lie."""
    tracks = [trak.need(*STABLE) for trak in moov.all(b"trak")]
    total = at + sum(_size(span) for span in boxes) + int(sizes.sum()) + ROOM
    wide = [total >= LIMIT or table.find(b"stco") is None for table in tracks]
    offsets = [np.zeros(len(tables.chunk_offsets(table)), np.int64) for table in tracks]
    _set_offsets(tracks, offsets, wide)  # so that the `moov` has the size that it will have
    for span in boxes:
        if span.kind == b"moov":
            at += len(bytes(moov))
        elif span.kind != b"mdat":
            at += _size(span)
        else:
            at += head_size(media_size(media[span.start], sizes, video))
            for piece in media[span.start]:
                if piece.track >= 0:
                    offsets[piece.track][piece.chunk] = at
                at += piece.size(sizes, video)
    _set_offsets(tracks, offsets, wide)


def head_kept(span: Span, file: BinaryIO) -> bytes:
    """The head of a box that is copied. A box that reached to the end of its file now says where it ends, and loose
    bytes go into a `free` box of their own: later there is something after them. Raises CannotRewrite past 4 GiB."""
    file.seek(span.start)
    head = file.read(span.payload - span.start)
    if any(head[:4]):
        return head
    if _size(span) >= LIMIT:
        raise CannotRewrite("a box of more than 4 GiB that says nothing of its size")
    return struct.pack(">I4s", _size(span), span.kind or b"free")


def _size(span: Span) -> int:
    """Bytes that a box takes in the new file when it is copied."""
    return span.end - span.start + (0 if span.kind else HEAD)


def _set_offsets(tracks: Sequence[Node], offsets: Sequence[Numbers], wide: Sequence[bool]) -> None:
    for table, numbers, is_wide in zip(tracks, offsets, wide, strict=True):
        at = next(number for number, child in enumerate(table.children) if child.kind in (b"stco", b"co64"))
        table.children[at] = tables.offsets_box(numbers, wide=is_wide)


def _is_seal(span: Span, file: BinaryIO) -> bool:
    """Credentials of the source: they are no longer true of these bytes, and live on as an ingredient."""
    file.seek(span.payload)
    return span.kind == b"uuid" and file.read(16) == CREDENTIALS_UUID


def _splicer(source: BinaryIO, new: BinaryIO, pictures: Pictures, old: Samples) -> copying.Splicer:
    is_new = np.zeros(len(old.sizes), bool)
    is_new[pictures.positions] = True
    places, sizes = old.places(), old.sizes.copy()
    places[pictures.positions], sizes[pictures.positions] = pictures.places, pictures.sizes
    return copying.Splicer(source, new, is_new, places, sizes, np.cumsum(old.counts), old.counts)


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
