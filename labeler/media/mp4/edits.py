"""From the times of the media to the times of showing, as an edit list says (ISO/IEC 14496-12, 8.6.6)."""

from __future__ import annotations

import struct
from fractions import Fraction

from labeler.media.mp4.tree import CannotRewrite, Node
from labeler.media.pieces import Edit, joined


def shift(moov: Node, trak: Node) -> Fraction:
    """Seconds to add to a time of the media to know when it is shown. Raises CannotRewrite for several pieces."""
    film, media = timescale(moov.need(b"mvhd")), timescale(trak.need(b"mdia", b"mdhd"))
    node = trak.find(b"edts", b"elst")
    if node is None:
        return Fraction(0)
    empty = Fraction(0)
    starts: list[int] = []
    edits = _edits(node)
    for duration, start in _as_one(edits, film, media) or edits:
        if start == -1 and not starts:
            empty += Fraction(duration, film)
        elif start >= 0:
            starts.append(start)
    if len(starts) > 1:
        raise CannotRewrite("an edit list of several pieces")
    return empty - Fraction(starts[0], media) if starts else empty


def _as_one(edits: list[tuple[int, int]], film: int, media: int) -> list[tuple[int, int]] | None:
    """Pieces that follow each other are one."""
    told = joined([Edit(*edit) for edit in edits], film, media)
    return None if told is None else [(edit.duration, edit.start) for edit in told]


def timescale(node: Node) -> int:
    """Ticks a second of an `mvhd` or `mdhd`."""
    at = 20 if node.body[:1] == b"\1" else 12
    if len(node.body) < at + 4:
        raise CannotRewrite(f"{node.kind.decode('latin-1')} is too short")
    ticks = int(struct.unpack_from(">I", node.body, at)[0])
    if not ticks:
        raise CannotRewrite("a clock that stands still")
    return ticks


def _edits(node: Node) -> list[tuple[int, int]]:
    """Duration (of the film's clock) and start (of the media's, -1 for nothing) of each piece."""
    if len(node.body) < 8:
        raise CannotRewrite("elst is too short")
    layout = ">Qqhh" if node.body[0] == 1 else ">Iihh"
    count, size = struct.unpack_from(">I", node.body, 4)[0], struct.calcsize(layout)
    if count * size > len(node.body) - 8:
        raise CannotRewrite("elst says more pieces than it holds")
    return [struct.unpack_from(layout, node.body, 8 + number * size)[:2] for number in range(count)]
