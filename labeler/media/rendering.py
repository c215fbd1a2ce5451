"""How a deliverable is rendered: which of its packets are new, and why not fewer. Types only."""

from __future__ import annotations

from typing import Literal

from labeler.verdict import Frozen, Rendered

Way = Literal["copy", "splice", "in_place", "smart", "full"]
"""`copy`: no picture changes. `splice`: parts of pictures are coded again, all else in them stays bit for bit.
`in_place`: whole pictures are coded again and take the very bytes of the old. `smart`: the groups of pictures under the
mention are coded again. `full`: all are."""
Mode = Literal["auto", "smart", "full"]
"""What a person asks for: the best way there is; nothing worse than `smart`, or an error; or `full`."""


class NotThisWay(Exception):
    """A way cannot be taken; the next one may be. code: for machines; about: a number or a name."""

    def __init__(self, code: str, about: object = "") -> None:
        super().__init__(code, str(about))
        self.code, self.about = code, str(about)


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

    def __str__(self) -> str:
        return f"{self.way}: {self.code} {self.about}".strip()


class Rendering(Frozen):
    """What a rendering is to change. frames: pictures that are coded again, of `total`.

    renewed: packets that are not the source's at their place, in order, apart from each other. retyped: those of them
    that are the source's packet of the same PTS but for the type of its picture (HEVC: CRA to BLA, one byte in the head
    of each slice) and for its place, which may be a later one. keeps_boxes: a file of which everything but the new
    packets and the tables that tell where packets lie stays byte for byte (MP4, MOV, and MXF in place); else
    libavformat writes the file. segments: the runs that a full render was cut into, each coded by itself from a
    keyframe of the source; empty where it is one piece.
    """

    way: Way
    mode: Mode = "auto"
    frames: int
    total: int
    renewed: tuple[Run, ...]
    retyped: tuple[int, ...] = ()
    keeps_boxes: bool = False
    declined: tuple[Declined, ...] = ()
    segments: tuple[Run, ...] = ()

    def is_renewed(self, position: int) -> bool:
        return any(run.start <= position < run.stop for run in self.renewed)

    def told(self) -> Rendered:
        """What a verdict says of it."""
        declined = tuple(map(str, self.declined))
        return Rendered(way=self.way, frames=self.frames, total=self.total, declined=declined)
