"""The packets of a file by number, and where the bytes of each lie in it: as libavformat says, checked."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from labeler.media.frames import video_stream
from labeler.media.inventory import Track
from labeler.media.open import open_media, reading
from labeler.media.rendering import NotThisWay
from labeler.media.smart.source import Packets

HEAD = 8
"""Bytes of a chunk's head: four characters and its length. libavformat's place of a packet is behind it."""


class PlacedSource:
    """AVI: a packet is what a chunk holds. Raises NotThisWay, and what reading raises."""

    def __init__(self, path: Path, track: Track) -> None:
        self.path, self.track = path, track
        self._opened = ExitStack()
        self._file: BinaryIO
        self.packets: Packets
        self.places: list[tuple[int, int]] = []

    def __enter__(self) -> Self:
        with ExitStack() as opened, reading(self.path):
            self._file = opened.enter_context(self.path.open("rb"))
            self.packets = self._found()
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def read(self, number: int) -> bytes:
        """The bytes of one packet."""
        start, end = self.places[number]
        with reading(self.path):
            self._file.seek(start)
            return self._file.read(end - start)

    read_again = read

    def _found(self) -> Packets:
        """The times of the packets. Raises NotThisWay unless the bytes of each stand behind the head of a chunk of
        their length."""
        times: list[int] = []
        places: list[tuple[int, int]] = []
        with open_media(self.path) as container:
            stream = video_stream(container, self.track.index, self.path)
            for packet in container.demux(stream):
                if not packet.size:
                    continue
                time = packet.dts
                if packet.pos is None or time is None or not packet.is_keyframe:
                    raise NotThisWay("avi.chunks", len(times))
                places.append(self._place(packet.pos, bytes(packet), len(times)))
                times.append(time)
            base = Fraction(stream.time_base or 1)
        if not times or places != sorted(set(places)):
            raise NotThisWay("avi.chunks", len(times))
        self.places = places
        pts = np.array(times, np.int64) * base.numerator
        origin = Fraction(self.track.timestamps.first or 0) * base.denominator
        if origin.denominator != 1 or np.any(np.diff(pts) <= 0):
            raise NotThisWay("times.order")
        return Packets(pts, pts, np.ones(len(pts), bool), base.denominator, int(origin), b"")

    def _place(self, at: int, data: bytes, number: int) -> tuple[int, int]:
        if at < HEAD:
            raise NotThisWay("avi.chunks", number)
        self._file.seek(at - HEAD)
        head = self._file.read(HEAD)
        if int.from_bytes(head[4:], "little") != len(data) or self._file.read(len(data)) != data:
            raise NotThisWay("avi.chunks", number)
        return at, at + len(data)
