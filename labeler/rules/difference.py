"""What differs between two videos (`labeler.diff/1`): types only."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from labeler import __version__
from labeler.media.rendering import Run
from labeler.rules.plan import Box
from labeler.verdict import Frozen

TrackState = Literal["same", "changed", "lost", "added"]
LabelState = Literal["absent", "kept", "lost", "gained", "changed", "broken", "not_checked"]
"""`absent`: in neither. `broken`: credentials that were intact in the first file and do not match the second.
`not_checked`: nothing tells where to look."""
LabelName = Literal["credentials", "xmp", "aigc", "mention"]


class ComparedFile(Frozen):
    """seconds: how long it is."""

    file: str
    sha256: str
    bytes: int
    container: str
    seconds: float


class ComparedPackets(Frozen):
    """before, after: how many there are. identical: the same bytes at the same place. kept: packets of the first file
    whose bytes are anywhere in the second. differing: places (in order of decoding) with other bytes or in one file
    only, the first of them where `left_out` are more. is_dts_equal: None where a container stores no such time."""

    before: int
    after: int
    identical: int
    kept: int
    differing: tuple[Run, ...]
    left_out: int = 0
    is_pts_equal: bool
    is_dts_equal: bool | None


class ComparedTrack(Frozen):
    """before, after: its number in each file, None where it is in one only. is_setup_same: the same decoder
    configuration."""

    kind: str
    codec: str
    before: int | None
    after: int | None
    state: TrackState
    packets: ComparedPackets | None = None
    is_setup_same: bool | None = None


class ComparedFact(Frozen):
    """One fact of the inventory. subject: the check of a verdict that answers for it. A track has its number in the
    first file. None stands for «not there»."""

    subject: str
    fact: str
    before: str | int | bool | None
    after: str | int | bool | None


class ComparedLabel(Frozen):
    """before, after: what was found, None for nothing."""

    label: LabelName
    state: LabelState
    before: Any = None
    after: Any = None


class Figures(Frozen):
    """Over all frames that both have: the least, its time in seconds from the first shown frame, the 1st percentile
    (the lower neighbour) and the mean; never rounded up."""

    min: float
    at: float
    p1: float
    mean: float


class ComparedPictures(Frozen):
    """The frames of one video track, paired by time to one tick of the coarser clock: so that packets which are in both
    files are shown together; where there are none, from the first shown frame.

    before, after: the track's number in each file. frames_before, frames_after: shown frames. paired: in both.
    identical: all samples outside the boxes are equal. is_decoded: False where packets and decoder configuration prove
    that without decoding. psnr: of luma, in dB, 100 for equal ones; ssim: Wang et al. 2004; both outside the boxes and
    16 pixels around them. faults_before, faults_after: frames that did not decode whole. reason: why pictures were not
    compared.
    """

    before: int
    after: int
    frames_before: int = 0
    frames_after: int = 0
    paired: int = 0
    identical: int = 0
    is_decoded: bool = False
    psnr: Figures | None = None
    ssim: Figures | None = None
    faults_before: int = 0
    faults_after: int = 0
    reason: str | None = None

    @property
    def only_before(self) -> int:
        return self.frames_before - self.paired

    @property
    def only_after(self) -> int:
        return self.frames_after - self.paired

    @property
    def is_same(self) -> bool:
        return self.reason is None and self.frames_before == self.frames_after == self.identical


class Comparison(Frozen):
    """`labeler.diff/1`: what differs from the first video to the second. is_same: nothing at all does."""

    schema_: Literal["labeler.diff/1"] = Field("labeler.diff/1", alias="schema")
    before: ComparedFile
    after: ComparedFile
    is_same: bool
    tracks: tuple[ComparedTrack, ...]
    facts: tuple[ComparedFact, ...]
    labels: tuple[ComparedLabel, ...]
    pictures: tuple[ComparedPictures, ...]
    boxes: tuple[Box, ...] = ()
    labeler: str = __version__
