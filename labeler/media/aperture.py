"""The clean aperture of an MP4 or MOV (`clap`): the part of each picture that is meant to be shown.

Some players crop to it (QuickTime, and libavformat's own since 7.1), others show the whole picture, so what is to be
seen belongs inside. libavcodec hands out whole pictures in either case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

Size = tuple[int, int]
Box = tuple[int, int, int, int]
TAPT_TOLERANCE = Fraction(1, 100)
"""Share by which QuickTime's sizes of a track, which writers round to square pixels, may be off the aperture's."""


@dataclass(frozen=True)
class Aperture:
    """of: width and height of the pictures that it is told of. box: `[x, y, width, height]` of the whole pixels in it,
    in the stored picture. shares: its exact width and height over those of the picture."""

    of: Size
    box: Box
    shares: tuple[Fraction, Fraction]

    @property
    def crops(self) -> bool:
        return any(share != 1 for share in self.shares)


def aperture(numbers: Sequence[int], size: Size) -> Aperture | None:
    """From the eight numbers of a `clap` (ISO/IEC 14496-12, 12.1.4), for pictures of this size; None where it makes no
    sense: a denominator of zero, nothing inside, or an edge outside of the picture.

    Edges between two pixels are drawn in to the next whole one: what lies inside is shown, however a player rounds.
    """
    if not all(numbers[at] for at in (1, 3, 5, 7)):
        return None
    width, height, right, down = (Fraction(numbers[at], numbers[at + 1]) for at in (0, 2, 4, 6))
    across, along = _edges(size[0], width, right), _edges(size[1], height, down)
    if across is None or along is None:
        return None
    box = (across[0], along[0], across[1] - across[0], along[1] - along[0])
    return Aperture(size, box, (width / size[0], height / size[1]))


def _edges(size: int, shown: Fraction, offset: Fraction) -> tuple[int, int] | None:
    """First pixel inside, and first one after it. offset: of the aperture's centre from the picture's."""
    start = Fraction(size) / 2 + offset - shown / 2
    first, end = ceil(start), floor(start + shown)
    return (first, end) if start >= 0 and start + shown <= size and first < end else None


def agrees(found: Aperture | None, sizes: Mapping[str, Size]) -> bool:
    """Whether QuickTime's sizes of a track (`tapt`: clean, production aperture) tell the same crop as its `clap`."""
    clean, whole = sizes.get("clef"), sizes.get("prof")
    if clean == whole:
        return True
    if found is None or clean is None or whole is None or not all(whole):
        return False
    told = (Fraction(clean[0], whole[0]), Fraction(clean[1], whole[1]))
    return all(abs(one - other) <= TAPT_TOLERANCE for one, other in zip(told, found.shares, strict=True))
