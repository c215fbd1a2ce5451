"""The packets of a source's video by number, in order of decoding: from the sample tables of an MP4 or MOV."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

import numpy as np

from labeler.media.inventory import Track
from labeler.media.mp4 import graft, tables
from labeler.media.mp4.entry import configuration
from labeler.media.mp4.tables import Flags, Numbers
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.open import reading
from labeler.media.opening import opening
from labeler.media.rendering import NotThisWay
from labeler.media.timeline import UNKNOWN

CONFIGURATIONS = {"h264": b"avcC", "hevc": b"hvcC", "av1": b"av1C", "vp9": b"vpcC"}
"""The boxes with the decoder configuration in MP4. Of other codecs nothing is told as setup."""


@dataclass(frozen=True)
class Packets:
    """pts, dts: in ticks of 1/timescale s, one for each packet (a DTS may be UNKNOWN); origin: the tick of PTS at zero
    seconds, the first picture that is shown. is_key: a decoder may start from it. setup: the decoder configuration.
    partial: the tick of a picture of which only the rest is shown, ahead of the first (`Opening`)."""

    pts: Numbers
    dts: Numbers
    is_key: Flags
    timescale: int
    origin: int
    setup: bytes
    partial: int | None = None

    @property
    def least_wait(self) -> int:
        """The least ticks from decoding to showing: 0, or less where the source itself shows a picture before."""
        known = self.dts != UNKNOWN
        return int((self.pts - self.dts)[known].min(initial=0))

    def seconds(self, pts: int) -> Fraction:
        return Fraction(0 if pts == self.partial else pts - self.origin, self.timescale)

    @property
    def shown(self) -> Numbers:
        """The ticks at which the pictures count as shown."""
        return self.pts if self.partial is None else np.where(self.pts == self.partial, self.origin, self.pts)


class Source(Protocol):
    """Whatever hands out packets by number. A context manager; nothing is opened before `with`."""

    packets: Packets

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def read(self, number: int) -> bytes:
        """The bytes of one packet; cheap where they are asked for about in order."""

    def read_again(self, number: int) -> bytes:
        """The same, for someone who follows behind."""


class Mp4Source:
    """Raises NotThisWay, OSError."""

    def __init__(self, path: Path, track: Track, boxes: graft.Rewritable | int) -> None:
        """boxes: what `graft.examine` found, or the id of the track for it."""
        self.path, self.track, self.boxes = path, track, boxes
        self._opened = ExitStack()
        self._file: BinaryIO
        self.packets: Packets
        self._places: Numbers
        self._sizes: Numbers

    def __enter__(self) -> Self:
        try:
            read = self.boxes if isinstance(self.boxes, graft.Rewritable) else graft.examine(self.path, self.boxes)
            table = read.trak.need(*graft.STABLE)
            sync = tables.read_sync(table, len(read.samples.sizes))
            name = CONFIGURATIONS.get(self.track.codec)
            setup = None if name is None else configuration(table.need(b"stsd"), name)
        except CannotRewrite as reason:
            raise NotThisWay("boxes", reason) from reason
        origin = (Fraction(self.track.timestamps.first or 0) - read.shift) * read.timescale
        if origin.denominator != 1:
            raise NotThisWay("times.between_ticks")
        samples = read.samples
        first = opening(samples.pts, int(origin))
        self.packets = Packets(
            samples.pts, samples.dts, sync, read.timescale, first.origin, setup or b"", first.partial
        )
        self._places, self._sizes = samples.places(), samples.sizes
        self._file = self._opened.enter_context(self.path.open("rb"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def read(self, number: int) -> bytes:
        """The bytes of one packet. Raises NotThisWay where the file ends before."""
        size = int(self._sizes[number])
        with reading(self.path):
            self._file.seek(int(self._places[number]))
            data = self._file.read(size)
        if len(data) != size:
            raise NotThisWay("units.cut_off", number)
        return data

    read_again = read
