"""One segment of a long video, coded again by itself. Types only; `segments.py` cuts, renders and joins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labeler.media.rendering import Run


@dataclass(frozen=True)
class Segment:
    """New pictures for a run of the source's packets, in an MP4 or MOV of their own.

    times: the PTS of each new packet, in ticks of the source's media, in order of coding. keys: numbers among them of
    those that decoding may start from. is_kept: the file is someone else's to remove.
    """

    run: Run
    path: Path
    times: tuple[int, ...]
    keys: tuple[int, ...]
    is_kept: bool = False


Carry = Callable[[Sequence[Run], Path], Sequence[Segment]]
"""Has each of these runs rendered into a file, wherever that is; the folder is there to put them in. In their order."""
