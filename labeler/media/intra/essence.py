"""The packets of an MXF file's pictures by number, and where each lies: what libavformat and the keys both say."""

from __future__ import annotations

from fractions import Fraction

from labeler.media.frames import video_stream
from labeler.media.intra.located import LocatedSource
from labeler.media.klv import Item, NotKlv, items
from labeler.media.open import open_media
from labeler.media.rendering import NotThisWay
from labeler.media.smart.source import Packets


class EssenceSource(LocatedSource):
    """MXF: an element of the file holds one picture, or all of them (wrapped by frame, or as a clip: ST 379-2, as in
    OP-Atom)."""

    def _located(self) -> Packets:
        try:
            elements = [item for item in items(self._file) if item.is_picture]
        except NotKlv as reason:
            raise NotThisWay("mxf.klv", reason) from reason
        if len({item.key for item in elements}) != 1:
            raise NotThisWay("mxf.elements", "keys")
        return self._compared(elements)

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
        return self._timed(times, keys, base)
