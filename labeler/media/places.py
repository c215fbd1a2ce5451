"""Where in a file the bytes of its packets lie, as libavformat has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from labeler.media.open import open_media, reading

Positions = npt.NDArray[np.int64]


def places_of(path: Path, *, is_fragmented: bool) -> Iterator[tuple[Positions, Positions]]:
    """For each track, or for all together, the first bytes of the packets, and the ones after their last.

    MP4 and MOV in one piece are read from their index, and none of their media; others to their end.
    Raises SourceMissing, SourceUnreadable, Temporary.
    """
    with open_media(path) as container, reading(path):
        if is_fragmented or not container.format.name.startswith("mov"):
            yield columns([(one.pos, one.pos + one.size) for one in container.demux() if one.pos is not None])
            return
        for stream in container.streams:
            yield columns([(one.pos, one.pos + one.size) for one in stream.index_entries])


def columns(found: list[tuple[int, int]]) -> tuple[Positions, Positions]:
    places = np.array(found, np.int64).reshape(-1, 2)
    return places[:, 0], places[:, 1]
