"""The packets of a file by number, and where the bytes of each lie in it: as libavformat says, checked."""

from __future__ import annotations

from fractions import Fraction

from labeler.media.frames import video_stream
from labeler.media.intra.located import LocatedSource
from labeler.media.open import open_media
from labeler.media.rendering import NotThisWay
from labeler.media.smart.source import Packets

HEAD = 8
"""Bytes of a chunk's head: four characters and its length. libavformat's place of a packet is behind it."""


class PlacedSource(LocatedSource):
    """AVI: a packet is what a chunk holds."""

    def _located(self) -> Packets:
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
        return self._timed(times, [True] * len(times), base)

    def _place(self, at: int, data: bytes, number: int) -> tuple[int, int]:
        if at < HEAD:
            raise NotThisWay("avi.chunks", number)
        self._file.seek(at - HEAD)
        head = self._file.read(HEAD)
        if int.from_bytes(head[4:], "little") != len(data) or self._file.read(len(data)) != data:
            raise NotThisWay("avi.chunks", number)
        return at, at + len(data)
