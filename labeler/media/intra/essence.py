"""The packets of an MXF file's pictures by number, and where each lies: what libavformat and the keys both say."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from labeler.media.frames import video_stream
from labeler.media.inventory import Track
from labeler.media.klv import Item, NotKlv, items
from labeler.media.open import open_media, reading
from labeler.media.rendering import NotThisWay
from labeler.media.smart.source import Packets


class EssenceSource:
    """Raises NotThisWay, and what reading raises."""

    def __init__(self, path: Path, track: Track) -> None:
        self.path, self.track = path, track
        self._opened = ExitStack()
        self._file: BinaryIO
        self.packets: Packets
        self.elements: tuple[Item, ...] = ()

    def __enter__(self) -> Self:
        with ExitStack() as opened, reading(self.path):
            self._file = opened.enter_context(self.path.open("rb"))
            try:
                self.elements = tuple(item for item in items(self._file) if item.is_picture)
            except NotKlv as reason:
                raise NotThisWay("mxf.klv", reason) from reason
            if len({item.key for item in self.elements}) != 1:
                raise NotThisWay("mxf.elements", "keys")
            self.packets = self._compared()
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def read(self, number: int) -> bytes:
        """The value of one element."""
        item = self.elements[number]
        with reading(self.path):
            self._file.seek(item.value)
            return self._file.read(item.end - item.value)

    read_again = read

    def _compared(self) -> Packets:
        """The times of the packets. Raises NotThisWay unless each of them is the value of the element of its number."""
        times: list[int] = []
        keys: list[bool] = []
        with open_media(self.path) as container:
            stream = video_stream(container, self.track.index, self.path)
            for packet in container.demux(stream):
                if not packet.size:
                    continue
                number = len(times)
                if packet.pts is None or number >= len(self.elements) or self.read(number) != bytes(packet):
                    raise NotThisWay("mxf.elements", number)
                times.append(packet.pts)
                keys.append(packet.is_keyframe)
            base = Fraction(stream.time_base or 1)
        if len(times) != len(self.elements) or not times:
            raise NotThisWay("mxf.elements", len(times))
        pts = np.array(times, np.int64) * base.numerator
        origin = Fraction(self.track.timestamps.first or 0) * base.denominator
        if origin.denominator != 1 or np.any(np.diff(pts) <= 0):
            raise NotThisWay("times.order")
        return Packets(pts, pts, np.array(keys, bool), base.denominator, int(origin), b"")
