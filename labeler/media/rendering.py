"""How a deliverable is rendered: which of its packets are new, and why not fewer. Types only."""

from __future__ import annotations

from typing import Literal

from labeler.verdict import Frozen

Way = Literal["copy", "splice", "in_place", "smart", "full"]
"""`copy`: no picture changes. `splice`: parts of pictures are coded again, all else in them stays bit for bit.
`in_place`: whole pictures are coded again and take the very bytes of the old. `smart`: the groups of pictures under the
mention are coded again. `full`: all are."""
Mode = Literal["auto", "smart", "full"]
"""What a person asks for: the best way there is; nothing worse than `smart`, or an error; or `full`."""
WAYS: tuple[Way, ...] = ("copy", "splice", "in_place", "smart", "full")
"""From what changes least to what changes most: the order in which they are tried."""


class Run(Frozen):
    """Packets of the video by their number in order of decoding (those too that an edit list hides), from `start`
    (included) to `stop` (excluded)."""

    start: int
    stop: int


class Declined(Frozen):
    """A way that could not be taken, and why: a code for machines, and what it is about (a number, a name)."""

    way: Way
    code: str
    about: str = ""


class Rendering(Frozen):
    """What a rendering is to change. frames: pictures that are coded again, of `total`.

    renewed: packets whose bytes are not the source's, in order, apart from each other. retyped: packets of which only
    the type of their picture changed (HEVC: CRA to BLA, one byte of each slice's header), each at most once.
    """

    way: Way
    frames: int
    total: int
    renewed: tuple[Run, ...]
    retyped: tuple[int, ...] = ()
    declined: tuple[Declined, ...] = ()

    def is_renewed(self, position: int) -> bool:
        return any(run.start <= position < run.stop for run in self.renewed)
