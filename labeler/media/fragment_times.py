"""Which tracks a film in pieces has, and when each fragment of a piece is decoded and shown: from its boxes alone
(ISO/IEC 14496-12, 8.8). Every size is a stranger's: nothing is read beyond its box, and no table grows in memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from labeler.errors import SourceUnreadable
from labeler.language import say
from labeler.media import bounds
from labeler.media.mp4.tree import CannotRewrite, Node, parse, read_moov, spans
from labeler.media.open import reading

HOLDERS = frozenset({b"mvex", b"moof", b"traf"})
MOST_BYTES = 64 << 20
"""Of one `moof`."""
# Flags of `tfhd` and `trun`, and how many bytes of fields each announces (8.8.7 and 8.8.8).
BASE, DESCRIPTION, DURATION = 0x1, 0x2, 0x8
OFFSET, FIRST_FLAGS = 0x1, 0x4
SAMPLE_DURATION, SAMPLE_FIELDS, SAMPLE_COMPOSITION = 0x100, (0x100, 0x200, 0x400, 0x800), 0x800


@dataclass(frozen=True)
class Track:
    """One track of the first piece. ticks: a second. sample: ticks that a sample lasts whose fragment does not say."""

    id: int
    handler: bytes
    ticks: int
    sample: int


@dataclass(frozen=True)
class Fragment:
    """What one `moof` holds of one track, all in seconds of the film's own clock. number: of the `moof`. start, end: of
    decoding, and first, last: of showing, from `start` on where is_timed is False. picture: how long one lasts."""

    number: int
    track: int
    is_timed: bool
    start: Fraction
    end: Fraction
    first: Fraction
    last: Fraction
    picture: Fraction

    def moved(self, seconds: Fraction) -> Fragment:
        """The same, so much later."""
        return replace(
            self,
            start=self.start + seconds,
            end=self.end + seconds,
            first=self.first + seconds,
            last=self.last + seconds,
        )


def tracks_of(init: Path) -> tuple[Mapping[int, Track], Fraction | None]:
    """The tracks of a first piece by their ids, and how many seconds the whole film lasts; None where it does not say.

    Raises SourceMissing, SourceUnreadable.
    """
    try:
        with reading(init):
            moov = read_moov(init)
        extended = [parse(b"mvex", node.body, holders=HOLDERS) for node in moov.all(b"mvex")]
        samples = {one[1]: one[3] for mvex in extended for one in map(words, mvex.all(b"trex"))}
        tracks = [track_of(trak, samples) for trak in moov.all(b"trak")]
        ticks = clock(moov.find(b"mvhd"))
        lengths = [long(one, 4) for mvex in extended for one in mvex.all(b"mehd")]
    except CannotRewrite as error:
        raise no_first_piece(init) from error
    found = {track.id: track for track in tracks if track.ticks}
    if not found:
        raise no_first_piece(init)
    return found, Fraction(lengths[0], ticks) if lengths and lengths[0] and ticks else None


def track_of(trak: Node, samples: Mapping[int, int]) -> Track:
    head, handler = trak.find(b"tkhd"), trak.find(b"mdia", b"hdlr")
    number = words(head)[5 if head is not None and head.body[:1] == b"\1" else 3]
    kind = handler.body[8:12] if handler is not None else b""
    return Track(number, kind, clock(trak.find(b"mdia", b"mdhd")), samples.get(number, 0))


def fragments_of(segment: Path, tracks: Mapping[int, Track]) -> tuple[Fragment, ...]:
    """The fragments of a piece, in order, of these tracks. Raises SourceMissing, SourceUnreadable for one that is no
    piece of the film."""
    found: list[Fragment] = []
    ends: dict[int, Fraction] = {}
    for moof in moofs(segment):
        head = moof.find(b"mfhd")
        number = words(head)[1] if head is not None else 0
        for traf in moof.all(b"traf"):
            fragment = fragment_of(traf, number, tracks)
            if fragment is not None:
                placed = fragment if fragment.is_timed else fragment.moved(ends.get(fragment.track, Fraction(0)))
                ends[fragment.track] = placed.end
                found.append(placed)
    if not found:
        raise no_piece(segment)
    return tuple(found)


def moofs(segment: Path) -> Iterator[Node]:
    with reading(segment), segment.open("rb") as file:
        bounds.examine(file, segment)
        try:
            for span in list(spans(file)):
                if span.kind == b"moof" and span.end - span.payload <= MOST_BYTES:
                    file.seek(span.payload)
                    yield parse(b"moof", file.read(span.end - span.payload), holders=HOLDERS)
        except CannotRewrite as error:
            raise no_piece(segment) from error


def fragment_of(traf: Node, number: int, tracks: Mapping[int, Track]) -> Fragment | None:
    """None of a track that the film has not, and of one that is empty."""
    head, time = traf.find(b"tfhd"), traf.find(b"tfdt")
    if head is None or (track := tracks.get(words(head)[1])) is None:
        return None
    sample, at, first, last, count = default_duration(head, track), 0, [], [], 0
    for trun in traf.all(b"trun"):
        lengths, shifts, samples = samples_in(trun.body, sample)
        if not samples:
            continue
        shown = at + np.concatenate(([0], np.cumsum(lengths)[:-1])) + shifts
        first.append(int(shown.min()))
        last.append(int((shown + lengths).max()))
        at, count = at + int(lengths.sum()), count + samples
    if not count:
        return None
    start = long(time, 4) if time is not None else 0
    return Fragment(
        number,
        track.id,
        time is not None,
        start=Fraction(start, track.ticks),
        end=Fraction(start + at, track.ticks),
        first=Fraction(start + min(first), track.ticks),
        last=Fraction(start + max(last), track.ticks),
        picture=Fraction(at, track.ticks * count),
    )


def default_duration(head: Node, track: Track) -> int:
    flags = words(head)[0] & 0xFFFFFF
    if not flags & DURATION:
        return track.sample
    at = 8 + (8 if flags & BASE else 0) + (4 if flags & DESCRIPTION else 0)
    return int.from_bytes(head.body[at : at + 4], "big")


def samples_in(body: bytes, sample: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Ticks that each sample of a `trun` lasts, and by how many it is shown later than decoded (int64); and how many
    samples there are. What the box promises and has no room for is not there."""
    flags, count = struct.unpack_from(">II", body.ljust(8, b"\0"))
    at = 8 + (4 if flags & OFFSET else 0) + (4 if flags & FIRST_FLAGS else 0)
    fields = [one for one in SAMPLE_FIELDS if flags & one]
    if not fields:  # each is like the other, so that one length stands for all
        return np.array([sample * count], np.int64), np.zeros(1, np.int64), count
    rows = np.frombuffer(body[at:], ">u4", min(count, max(0, len(body) - at) // (4 * len(fields))) * len(fields))
    table = rows.reshape(-1, len(fields)).astype(np.int64)
    lengths = table[:, fields.index(SAMPLE_DURATION)] if flags & SAMPLE_DURATION else np.full(len(table), sample)
    if not flags & SAMPLE_COMPOSITION:
        return lengths, np.zeros(len(table), np.int64), len(table)
    shifts = table[:, fields.index(SAMPLE_COMPOSITION)]
    # Version 1 has them signed; writers of version 0 mean it so, too (libavformat reads them so).
    return lengths, np.where(shifts >= 1 << 31, shifts - (1 << 32), shifts), len(table)


# --- numbers in a box -------------------------------------------------------------------------------------------------

LEAST_WORDS = 6


def words(node: Node | None) -> tuple[int, ...]:
    """The first fields of 32 bits of a box, version and flags first; what it is too short for is 0."""
    body = node.body if node is not None else b""
    return struct.unpack(f">{LEAST_WORDS}I", body[: 4 * LEAST_WORDS].ljust(4 * LEAST_WORDS, b"\0"))


def long(node: Node, at: int) -> int:
    """A field that has 64 bits in version 1 of its box, else 32."""
    return int.from_bytes(node.body[at : at + (8 if node.body[:1] == b"\1" else 4)], "big")


def clock(node: Node | None) -> int:
    """Ticks a second of an `mvhd` or `mdhd`."""
    at = 20 if node is not None and node.body[:1] == b"\1" else 12
    return int.from_bytes(node.body[at : at + 4], "big") if node is not None else 0


# --- refusals ---------------------------------------------------------------------------------------------------------


def no_first_piece(init: Path) -> SourceUnreadable:
    return SourceUnreadable(
        say(f"{init} is not the first piece of a film.", f"{init} n'est pas le premier morceau d'un film."),
        remedy=say(
            "Name the piece that holds the film's header (often init.mp4) with --init.",
            "Indiquez avec --init le morceau qui porte l'en-tête du film (souvent init.mp4).",
        ),
        file=str(init),
    )


def no_piece(segment: Path) -> SourceUnreadable:
    return SourceUnreadable(
        say(f"{segment} is no segment of this film.", f"{segment} n'est pas un segment de ce film."),
        remedy=say(
            "Name the media segments (.m4s) of one film, and their own first piece with --init.",
            "Indiquez les segments de média (.m4s) d'un seul film, et leur propre premier morceau avec --init.",
        ),
        file=str(segment),
    )
