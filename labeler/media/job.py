"""What a rendering is about: handed to those who decode and paint, and to those who encode and write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from av.packet import Packet
from av.video.frame import VideoFrame

from labeler.media.changes import Changes
from labeler.media.encoders.task import STANDARD, Quality
from labeler.media.inventory import Inventory, Track
from labeler.media.mp4.graft import Rewritable
from labeler.media.picture import Picture
from labeler.media.rendering import Mode, Run
from labeler.media.segment import Carry
from labeler.progress import Progress, silent

Paint = Callable[[Picture], None]


@dataclass(frozen=True)
class Job:
    """What every way of rendering is about; see `render`. changes: None where nothing is known of them. boxes: those of
    an MP4 or MOV whose video can be replaced, where someone has read them already. segments: the runs of packets that a
    full render is to be cut into, empty for one piece; carry: who renders these, None: one after the other in this
    process."""

    source: Path
    inventory: Inventory
    track: Track
    paint: Paint
    progress: Progress
    threads: int | None
    quality: Quality
    changes: Changes | None = None
    mode: Mode = "auto"
    boxes: Rewritable | None = None
    segments: tuple[Run, ...] = ()
    carry: Carry | None = None

    @classmethod
    def planned(
        cls,
        source: Path,
        inventory: Inventory,
        track: Track,
        changes: Changes,
        mode: Mode,
        boxes: Rewritable | None = None,
    ) -> Job:
        """For asking how it would be rendered: paints nothing."""
        return cls(source, inventory, track, lambda _: None, silent, None, STANDARD, changes, mode, boxes)


@dataclass(frozen=True)
class Part:
    """Where a pass begins that is not about the whole video: the number of a packet in order of decoding, from which
    all pictures decode whole and before which all earlier ones are shown; its PTS and DTS in ticks."""

    start: int
    pts: int
    dts: int


@dataclass(frozen=True)
class Scope:
    """Which packets a pass is about: how many of the video, how many of these are never shown, and whether other tracks
    are copied. origin: the tick that counts as zero seconds, None for that of the first frame. partial: that of a frame
    which counts so, too (`Opening`). part: where they begin, None for at the beginning."""

    packets: int
    hidden: int
    origin: int | None = None
    has_copies: bool = True
    partial: int | None = None
    part: Part | None = None


@dataclass
class Step:
    """One painted frame, and the packets of other tracks that the demuxer met on the way to it."""

    frame: VideoFrame | None
    copies: list[Packet[Any]] = field(default_factory=list)
