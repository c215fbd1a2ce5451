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
    """places: where the bytes of each packet begin in the file, and end. An element of the file holds one picture, or
    all of them (wrapped by frame, or as a clip: ST 379-2, as in OP-Atom). Raises NotThisWay, and what reading raises.
    """

    def __init__(self, path: Path, track: Track) -> None:
        self.path, self.track = path, track
        self._opened = ExitStack()
        self._file: BinaryIO
        self.packets: Packets
        self.places: list[tuple[int, int]] = []

    def __enter__(self) -> Self:
        with ExitStack() as opened, reading(self.path):
            self._file = opened.enter_context(self.path.open("rb"))
            try:
                elements = [item for item in items(self._file) if item.is_picture]
            except NotKlv as reason:
                raise NotThisWay("mxf.klv", reason) from reason
            if len({item.key for item in elements}) != 1:
                raise NotThisWay("mxf.elements", "keys")
            self.packets = self._compared(elements)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def read(self, number: int) -> bytes:
        """The bytes of one packet."""
        return self._between(*self.places[number])

    read_again = read

    def _between(self, start: int, end: int) -> bytes:
        with reading(self.path):
            self._file.seek(start)
            return self._file.read(end - start)

    def _compared(self, elements: list[Item]) -> Packets:
        """The times of the packets. Raises NotThisWay unless they are what the elements hold, one behind the other."""
        times: list[int] = []
        keys: list[bool] = []
        left = iter(elements)
        at = end = 0
        with open_media(self.path) as container:
            stream = video_stream(container, self.track.index, self.path)
            for packet in container.demux(stream):
                if not packet.size:
                    continue
                number = len(times)
                if at == end and (element := next(left, None)) is not None:
                    at, end = element.value, element.end
                following = at + packet.size
                if packet.pts is None or following > end or self._between(at, following) != bytes(packet):
                    raise NotThisWay("mxf.elements", number)
                self.places.append((at, following))
                times.append(packet.pts)
                keys.append(packet.is_keyframe)
                at = following
            base = Fraction(stream.time_base or 1)
        if at != end or next(left, None) is not None or not times:
            raise NotThisWay("mxf.elements", len(times))
        pts = np.array(times, np.int64) * base.numerator
        origin = Fraction(self.track.timestamps.first or 0) * base.denominator
        if origin.denominator != 1 or np.any(np.diff(pts) <= 0):
            raise NotThisWay("times.order")
        return Packets(pts, pts, np.array(keys, bool), base.denominator, int(origin), b"")
