"""The descriptions of a Matroska or WebM as its source has them, in a file that libavformat wrote.

libavformat writes again what it understood: chapters come out without their editions, numbers and further names, tags
without what they are about and one for each name, tracks without languages of BCP 47 or that they are switched off. So
all that stands before the first cluster is laid out again: chapters, attachments and tags are those of the source,
byte for byte, and to what libavformat says of the film and its tracks is added what it left out. It all goes into the
place where a tag of nothing was kept for it, so that no cluster moves and no index changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from labeler.errors import SourceUnsupported
from labeler.language import say
from labeler.media import ebml, matroska
from labeler.media import matroska_rest as rest
from labeler.media.ebml import children, element, holding
from labeler.media.inventory import Inventory, Track
from labeler.media.matroska_rest import first

ROOM = "LABELER_ROOM"
"""Name of the tag that keeps the room; it is gone from the finished file."""
SLACK = 4096
SEEK, SEEK_ID, SEEK_POSITION = 0x4DBB, 0x53AB, 0x53AC
TICK, LENGTH = 0x2AD7B1, 0x4489
MILLISECOND, NANOSECONDS = 1_000_000, 1_000_000_000
DISPLAY_WIDTH, DISPLAY_HEIGHT, DISPLAY_UNIT, PROJECTION, BIT_DEPTH = 0x54B0, 0x54BA, 0x54B2, 0x7670, 0x6264
INTERLACED, FIELD_ORDER, OF_ONE_FRAME = 0x9A, 0x9D, 0x23E383
AS_IN_SOURCE = frozenset(
    {DISPLAY_WIDTH, DISPLAY_HEIGHT, DISPLAY_UNIT, PROJECTION, rest.COLOUR, INTERLACED, FIELD_ORDER}
    | {BIT_DEPTH, OF_ONE_FRAME, rest.TRACK_UID}
)
"""How pictures are shown, which nothing has changed, and of which libavformat is not told all; a depth of samples,
which it also tells of sound that has none; a length of all frames, which it tells of pictures that only seem to have
one, and of no sound; and what tags point at."""
WRITTEN = frozenset({0x6D80, 0x41E4, 0x55EE, 0x23314F, 0x537F, 0x63A2, 0x56AA, 0x56BB, LENGTH})
"""What libavformat leaves out where the new packets need none: how they are coded, timed and shown."""


@dataclass(frozen=True)
class Head:
    """Of one file. start: of what its segment holds; end: of what stands before the first cluster. parts: ids and
    payloads of all descriptions; behind: ids and places, after `start`, of what stands behind the clusters."""

    start: int
    end: int
    parts: tuple[tuple[int, bytes], ...]
    behind: tuple[tuple[int, int], ...]


def room(source: Path) -> str:
    """A text as long as what may have to be put back."""
    with source.open("rb") as file:
        return " " * (sum(len(payload) for _, payload in read(file, source).parts) + SLACK)


def put_back(work: Path, source: Path, added: Mapping[str, str], inventory: Inventory) -> None:
    """Lay out the head of `work` anew. added: tags that the source, whose inventory it is, has not, or otherwise.

    Raises SourceUnreadable, SourceUnsupported (its tracks are others than libavformat shows), OSError.
    """
    with source.open("rb") as file:
        old = read(file, source)
    with work.open("r+b") as file:
        new = read(file, work)
        try:
            parts = tuple(laid_out(old.parts, new.parts, {name.upper() for name in added}, inventory.tracks))
            write(file, new, parts)
        except ValueError as error:
            raise SourceUnsupported(
                say(
                    f"{source} describes its tracks otherwise than they are read ({error}).",
                    f"{source} décrit ses pistes autrement qu'elles ne se lisent ({error}).",
                ),
                facts=("tracks",),
                file=str(source),
            ) from error


def read(file: BinaryIO, path: Path) -> Head:
    walker = matroska.Walker(file, path)
    walker.walk()
    assert walker.segment is not None  # libavformat has read it, or written it
    parts = tuple(walker.children(walker.segment))
    end = next((part.head for part in parts if part.id == matroska.CLUSTER), walker.segment.end)
    behind = tuple((part.id, part.head - walker.segment.start) for part in parts if part.id == matroska.CUES)
    return Head(walker.segment.start, end, walker.descriptions(), behind)


def laid_out(
    old: Sequence[tuple[int, bytes]], new: Sequence[tuple[int, bytes]], added: set[str], tracks: Sequence[Track]
) -> Iterator[tuple[int, bytes]]:
    """The new descriptions as whole elements, with their ids. Raises ValueError where the tracks are others."""
    entries = rest.track_entries(old)
    for id, payload in new:
        if id == rest.INFO:
            said = next((payload for id, payload in old if id == rest.INFO), b"")
            yield id, holding(id, completed(with_length(payload, said), said))
        elif id == rest.TRACKS:
            written = rest.track_entries(new)
            if len(written) != len(entries):
                raise ValueError(f"{len(entries)} tracks are described, {len(written)} are read")
            theirs = map(without_wrong_length, entries, tracks)
            pairs = zip(written, theirs, strict=True)
            yield id, holding(id, (holding(rest.TRACK_ENTRY, completed(*pair)) for pair in pairs))
    for id, payload in old:
        if id not in (rest.INFO, rest.TRACKS, rest.TAGS):
            yield id, element(id, payload)
    yield rest.TAGS, holding(rest.TAGS, (*kept_tags(old, entries, added), *added_tags(new, added)))


def with_length(new: bytes, old: bytes) -> bytes:
    """How long the film is, as its source says: libavformat has last packets of sound end later than their encoder did
    (measured). It writes milliseconds; what is counted in other ticks stays."""
    length = next((part.raw for part in children(old) if part.id == LENGTH), None)
    if length is None or int.from_bytes(first(old, TICK) or b"\x0f\x42\x40", "big") != MILLISECOND:
        return new
    return b"".join(length if part.id == LENGTH else part.raw for part in children(new))


def without_wrong_length(entry: bytes, track: Track) -> bytes:
    """Its description without a length of all packets of sound that is more than there is from one to the next.

    GStreamer tells that of the first one, which Opus begins earlier, and of each packet its own, which libavformat does
    not write: without either, a reader takes what the packets themselves say.
    """
    told, times = first(entry, OF_ONE_FRAME), track.timestamps
    if told is None or track.sound is None or times.count < 2 or times.first is None or times.last is None:
        return entry
    step = (Fraction(times.last) - Fraction(times.first)) / (times.count - 1)
    if Fraction(int.from_bytes(told, "big"), NANOSECONDS) <= step + Fraction(MILLISECOND, NANOSECONDS):
        return entry
    return b"".join(part.raw for part in children(entry) if part.id != OF_ONE_FRAME)


def completed(new: bytes, old: bytes) -> Iterator[bytes]:
    """What `new` holds, and what `old` holds besides."""
    olds = {part.id: part for part in reversed(tuple(children(old)))}
    news = tuple(children(new))
    for part in news:
        twin = olds.get(part.id)
        if part.id in AS_IN_SOURCE:
            yield twin.raw if twin is not None else b""
        elif part.id in rest.NESTED and twin is not None:
            yield holding(part.id, completed(part.payload, twin.payload))
        else:
            yield part.raw
    known = WRITTEN.union(part.id for part in news)
    yield from (part.raw for part in children(old) if part.id not in known)


def kept_tags(old: Sequence[tuple[int, bytes]], entries: Sequence[bytes], added: set[str]) -> Iterator[bytes]:
    """The source's tags, but those that count the bytes of its pictures, and those of the whole film that are added
    anew."""
    for tag in tags(old):
        is_of_film = not rest.tracks_meant(tag)
        parts = [
            part.raw
            for part in children(tag)
            if part.id != rest.SIMPLE_TAG
            or not (rest.counts_pictures(tag, part.payload, entries) or (is_of_film and is_among(part.payload, added)))
        ]
        if any(part.id == rest.SIMPLE_TAG for part in children(b"".join(parts))):
            yield holding(rest.TAG, parts)


def added_tags(new: Sequence[tuple[int, bytes]], added: set[str]) -> Iterator[bytes]:
    """The tags of the film that libavformat wrote and the source has not."""
    for tag in tags(new):
        if not rest.tracks_meant(tag):
            parts = [part.raw for part in children(tag) if part.id != rest.SIMPLE_TAG or is_among(part.payload, added)]
            yield holding(rest.TAG, parts)


def tags(parts: Sequence[tuple[int, bytes]]) -> Iterator[bytes]:
    lists = (payload for id, payload in parts if id == rest.TAGS)
    return (part.payload for payload in lists for part in children(payload) if part.id == rest.TAG)


def is_among(simple: bytes, names: set[str]) -> bool:
    name = rest.name_of(simple)
    return name in names or name == "ENCODER"


def write(file: BinaryIO, head: Head, parts: Sequence[tuple[int, bytes]]) -> None:
    """Raises ValueError where they do not fit."""
    length = len(seek_head({id: 0 for id, _ in (*parts, *head.behind)}))
    places: dict[int, int] = {}
    at = length
    for id, whole in parts:
        places.setdefault(id, at)
        at += len(whole)
    left = head.end - head.start - at
    if left < 2:
        raise ValueError(f"{-left} bytes more than there is room for before the first cluster")
    file.seek(head.start)
    file.write(seek_head(places | dict(head.behind)))
    file.writelines(whole for _, whole in parts)
    file.write(ebml.void(left))


def seek_head(places: Mapping[int, int]) -> bytes:
    """Where what is, so many bytes into the segment."""
    return holding(
        matroska.SEEK_HEAD,
        (
            holding(SEEK, (element(SEEK_ID, ebml.as_id(id)), ebml.number(SEEK_POSITION, place)))
            for id, place in places.items()
        ),
    )
