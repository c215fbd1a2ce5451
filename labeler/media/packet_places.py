"""Where in a file the packets lie that play, as libavformat, and so a player, finds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import av.error
import numpy as np

from labeler.errors import SourceUnreadable
from labeler.media import isobmff
from labeler.media.open import open_media

Span = tuple[int, int]
"""First byte, and the one after the last."""
PLACE = np.dtype([("position", np.int64), ("size", np.int64)])
Positions = np.ndarray[tuple[int], np.dtype[np.int64]]


def any_within(path: Path, spans: tuple[Span, ...]) -> bool | None:
    """Whether a packet lies, in part or whole, in one of the spans; None where the packets cannot be found.

    Raises SourceMissing.
    """
    try:
        return any(touches(begin, end, spans) for begin, end in places(path))
    except (SourceUnreadable, av.error.FFmpegError):
        return None


def touches(begin: Positions, end: Positions, spans: tuple[Span, ...]) -> bool:
    """An empty packet is nowhere."""
    return any(bool(np.any((begin < last) & (end > first) & (begin < end))) for first, last in spans)


def places(path: Path) -> Iterator[tuple[Positions, Positions]]:
    """First bytes and those after the last: of MP4 and MOV from their index, which reads none of the media; of
    fragmented files, whose index is there in part, and of others by going through them."""
    with open_media(path, takes_any_text=True) as container:
        if container.format.name.startswith("mov") and is_in_one_piece(path):
            for stream in container.streams:
                yield columns((entry.pos, entry.size) for entry in stream.index_entries)
            return
        yield columns((packet.pos, packet.size) for packet in container.demux() if packet.pos is not None)


def is_in_one_piece(path: Path) -> bool:
    """False, too, where the boxes cannot be walked: then the packets themselves tell."""
    try:
        return not isobmff.walk(path).is_fragmented
    except SourceUnreadable:
        return False


def columns(found: Iterable[tuple[int, int]]) -> tuple[Positions, Positions]:
    """Of (position, size) pairs."""
    table = np.fromiter(found, PLACE)
    return table["position"], table["position"] + table["size"]
