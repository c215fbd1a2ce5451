"""A film that is streamed in pieces: put together, it is one fragmented MP4 that anything here can read.

The pieces tell their places in it by their own times. What lies between them and was not given is told: nobody can say
what it shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from labeler.errors import SourceUnreadable, UsageError
from labeler.language import decimal, say
from labeler.media.fragment_times import Fragment, Track, fragments_of, tracks_of
from labeler.media.mux import writing
from labeler.media.open import reading
from labeler.verdict import Check, Status

PIECE = 1 << 22
OVERLAP = Fraction(1, 2)
"""Share of the shorter of two pieces that both cover, from which one is taken for a double of the other: encoders that
guess how long a last picture lasts overlap by less than a picture."""


@dataclass(frozen=True)
class Gap:
    """A stretch of a film in pieces that was not given, in seconds from its first given picture on; one that lies
    before it has negative times. Of length 0 where nobody can tell how long it is. before, after: the numbers of the
    fragments beside it; None at an end."""

    start: Fraction
    end: Fraction
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Film:
    """segments: in the order in which they are shown. is_numbered_so: their numbers rise in this order. fragments: how
    many they hold; last: the number of the last one; length: seconds from the first given picture to the end."""

    init: Path
    segments: tuple[Path, ...]
    gaps: tuple[Gap, ...]
    is_numbered_so: bool
    fragments: int
    last: int
    length: Fraction

    def bound_as(self, count: int | None) -> Film:
        """The same film, of which its seal says that it has so many pieces: are they fewer, some are not given. A seal
        may count files or fragments."""
        if count is None or max(len(self.segments), self.fragments) >= count or self.gaps:
            return self
        return replace(self, gaps=(Gap(self.length, self.length, self.last, None),))

    def check(self) -> Check:
        """Whether these pieces follow each other, by their own times. That nothing follows the last one is known only
        where the first piece tells how long the film is."""
        seconds = round(float(sum(gap.end - gap.start for gap in self.gaps)), 3)
        count = len(self.segments)
        status, message = Status.PASS, say(f"{count} pieces follow each other.", f"{count} morceaux se suivent.")
        if not self.is_numbered_so:
            status, message = (
                Status.WARN,
                say(
                    "The pieces are numbered in another order than that of their times, by which they were read.",
                    "Les morceaux sont numérotés dans un autre ordre que celui de leurs temps, selon lequel ils ont "
                    "été lus.",
                ),
            )
        if self.gaps:
            where = told(self.gaps[0])
            more = len(self.gaps) - 1
            status, message = (
                Status.NOT_CHECKED,
                say(
                    f"A part of the film was not given, and nobody has looked at it: {where}"
                    + (f"; and {more} more." if more else "."),
                    f"Une partie du film n'a pas été donnée, et personne ne l'a regardée : {where}"
                    + (f" ; et {more} autres." if more else "."),
                ),
            )
        return Check(
            id="media.pieces",
            layer="media",
            status=status,
            message=message,
            measured=seconds,
            expected="0",
            unit="s",
            source="ISO/IEC 14496-12, 8.8.5 (mfhd), 8.8.12 (tfdt)",
        )


def told(gap: Gap) -> str:
    """Where a gap is: «4.0 s after the first 8.0 s (between fragments 8 and 13)»."""
    if gap.before is None:
        length = decimal(float(gap.end - gap.start), 1)
        return say(
            f"{length} s before the first piece, which carries the number {gap.after}",
            f"{length} s avant le premier morceau, qui porte le numéro {gap.after}",
        )
    at, length = decimal(float(gap.start), 1), decimal(float(gap.end - gap.start), 1)
    if gap.after is None and gap.start == gap.end:
        return say(
            f"its seal binds more pieces, which would follow after {at} s",
            f"son sceau lie d'autres morceaux, qui viendraient après {at} s",
        )
    if gap.after is None:
        return say(f"{length} s after {at} s, at the end", f"{length} s après {at} s, à la fin")
    numbers = say(f"fragments {gap.before} and {gap.after}", f"les fragments {gap.before} et {gap.after}")
    if gap.start == gap.end:
        return say(f"how long is unknown, at {at} s, between {numbers}", f"durée inconnue, à {at} s, entre {numbers}")
    return say(f"{length} s from {at} s on, between {numbers}", f"{length} s à partir de {at} s, entre {numbers}")


def in_order(init: Path, segments: Sequence[Path]) -> Film:
    """The film that these pieces make, in the order of their own times (`tfdt`), as players place them; where one tells
    none, in that of their numbers (`mfhd`). Names sort 10 before 2, and count for nothing.

    Raises SourceMissing; SourceUnreadable for a piece that is none of this film, or that covers the time of another;
    UsageError for one that is named twice.
    """
    for number, segment in enumerate(segments):
        if segment in segments[:number]:
            raise UsageError(
                say(f"{segment} is named twice.", f"{segment} est indiqué deux fois."),
                remedy=say("Name each piece once.", "Indiquez chaque morceau une seule fois."),
                file=str(segment),
            )
    tracks, whole = tracks_of(init)
    pieces = {segment: fragments_of(segment, tracks) for segment in segments}
    if all(one.is_timed for fragments in pieces.values() for one in fragments[:1]):
        order = sorted(pieces, key=lambda piece: (pieces[piece][0].start, pieces[piece][0].number))
    else:
        order = sorted(pieces, key=lambda piece: pieces[piece][0].number)
        pieces = one_after_another(order, pieces)
    for one, other in pairwise(order):
        if is_double(pieces[one], pieces[other]):
            raise doubled(one, other)
    numbers = [pieces[piece][0].number for piece in order]
    every = [fragment for piece in order for fragment in pieces[piece]]
    shown = of_the_film(every, tracks)
    return Film(
        init,
        tuple(order),
        tuple(gaps_in(shown, whole)),
        is_numbered_so=all(one <= other for one, other in pairwise(numbers)),
        fragments=len({one.number for one in every}),
        last=shown[-1].number,
        length=max(one.last for one in shown) - min(one.first for one in shown),
    )


def one_after_another(
    order: Sequence[Path], pieces: Mapping[Path, tuple[Fragment, ...]]
) -> dict[Path, tuple[Fragment, ...]]:
    """Each piece that tells no time begins where the one before it ended, as in libavformat."""
    placed: dict[Path, tuple[Fragment, ...]] = {}
    end = Fraction(0)
    for piece in order:
        fragments = pieces[piece]
        placed[piece] = fragments if fragments[0].is_timed else tuple(one.moved(end) for one in fragments)
        end = max(one.end for one in placed[piece])
    return placed


def of_the_film(fragments: Sequence[Fragment], tracks: Mapping[int, Track]) -> list[Fragment]:
    """Those of the first video track that has any; of the first track where there is none."""
    present = {one.track for one in fragments}
    order = sorted(tracks, key=lambda id: tracks[id].handler != b"vide")
    chosen = next(id for id in order if id in present)
    return [one for one in fragments if one.track == chosen]


def gaps_in(fragments: Sequence[Fragment], whole: Fraction | None) -> Iterator[Gap]:
    """fragments: of one track, in order; one at least. whole: seconds of the film, where it tells."""
    begun, last = fragments[0], fragments[-1]
    zero = min(one.first for one in fragments)
    if begun.is_timed and begun.number > 1 and begun.start > begun.picture:
        yield Gap(-begun.start, Fraction(0), None, begun.number)
    end, shown = begun.end, begun.last
    for one, other in pairwise(fragments):
        is_untold = not other.is_timed and other.number not in (one.number, one.number + 1)
        if other.start - end > one.picture or is_untold:
            yield Gap(shown - zero, max(shown, other.first) - zero, one.number, other.number)
        end, shown = max(end, other.end), max(shown, other.last)
    if whole is not None and last.is_timed and whole - end > last.picture:
        yield Gap(shown - zero, shown - zero + whole - end, last.number, None)


def is_double(one: Sequence[Fragment], other: Sequence[Fragment]) -> bool:
    """Whether two pieces, the first of which begins no later, cover the same time. What is not timed covers none."""
    ends = [max(part.end for part in piece) for piece in (one, other)]
    shared = min(ends) - other[0].start
    shorter = min(ends[0] - one[0].start, ends[1] - other[0].start)
    return shared > 0 and shared >= shorter * OVERLAP and other[0].is_timed


def doubled(one: Path, other: Path) -> SourceUnreadable:
    return SourceUnreadable(
        say(f"{one} and {other} cover the same time of the film.", f"{one} et {other} couvrent le même temps du film."),
        remedy=say("Leave one of the two out.", "Retirez l'un des deux."),
        file=str(other),
    )


def joined(film: Film, folder: Path) -> Path:
    """All pieces one after another, in a file in this folder. Raises SourceMissing, SourceUnreadable, DiskFull."""
    target = folder / film.init.name
    with writing(target, film.init), target.open("wb") as whole:
        for piece in (film.init, *film.segments):
            for data in parts(piece):
                whole.write(data)
    return target


def parts(piece: Path) -> Iterator[bytes]:
    with reading(piece), piece.open("rb") as file:
        while data := file.read(PIECE):
            yield data
