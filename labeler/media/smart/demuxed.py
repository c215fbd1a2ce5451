"""The packets of a source's video by number, through libavformat: for containers that are written by it too."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from labeler.media.frames import video_stream
from labeler.media.inventory import Track
from labeler.media.open import open_media, reading, seek_to
from labeler.media.rendering import NotThisWay
from labeler.media.smart.source import Packets
from labeler.media.timeline import UNKNOWN, Timeline, scan

HELD = 64
"""Packets that stay at hand: an encoder sends pictures in nearly the order in which they came."""


class DemuxedSource:
    """Raises NotThisWay, and what reading raises."""

    def __init__(self, path: Path, track: Track) -> None:
        self.path, self.track = path, track
        self._opened = ExitStack()
        self.packets: Packets
        self._timeline: Timeline
        self._feed: Cursor
        self._originals: Cursor

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            container = opened.enter_context(open_media(self.path))
            stream = video_stream(container, self.track.index, self.path)
            with reading(self.path):
                self._timeline = timeline = scan(container, stream, self.path)
            self.packets = packets_of(timeline, stream, self.track)
            other = opened.enter_context(open_media(self.path))
            self._feed = Cursor(container, stream, timeline, self.path)
            follower = video_stream(other, self.track.index, self.path)
            self._originals = Cursor(other, follower, timeline, self.path)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def read(self, number: int) -> bytes:
        """The bytes of one packet; cheap where they are asked for about in order."""
        return self._feed.read(number)

    def read_again(self, number: int) -> bytes:
        """The same, for someone who follows behind."""
        return self._originals.read(number)


def packets_of(timeline: Timeline, stream: VideoStream, track: Track) -> Packets:
    base = timeline.time_base
    if base.numerator != 1:
        raise NotThisWay("times.clock", base)
    if len(timeline.shown) != len(timeline.pts):
        raise NotThisWay("times.hidden")
    is_key = np.zeros(len(timeline.pts), bool)
    is_key[timeline.keys] = True
    origin = Fraction(track.timestamps.first or 0) / base
    setup = bytes(stream.codec_context.extradata or b"")
    return Packets(timeline.pts, timeline.dts, is_key, base.denominator, int(origin), setup)


class Cursor:
    """Reads packets by number, forward as far as it can."""

    def __init__(self, container: InputContainer, stream: VideoStream, timeline: Timeline, path: Path) -> None:
        self._container, self._stream, self._timeline, self._path = container, stream, timeline, path
        self._at = -1
        self._packets: Iterator[tuple[int, bytes]] | None = None
        self._held: OrderedDict[int, bytes] = OrderedDict()

    def read(self, number: int) -> bytes:
        if number in self._held:
            return self._held[number]
        if self._packets is None or not self._at < number <= self._at + HELD:
            self._packets = self._from(number)
        for position, data in self._packets:
            self._at = position
            self._held[position] = data
            if len(self._held) > HELD:
                self._held.popitem(last=False)
            if position == number:
                return data
        raise NotThisWay("units.missing", number)

    def _from(self, number: int) -> Iterator[tuple[int, bytes]]:
        """Packets from this one on, or from one before it."""
        keys = self._timeline.keys
        at = int(np.searchsorted(keys, number, side="right")) - 1
        for target in (self._target(int(keys[at])) if at >= 0 else None, None):
            with reading(self._path):
                seek_to(self._container, self._stream, target)
            position = -1
            for packet in self._demuxed():
                position = self._timeline.position_of(packet.pts or 0) if position < 0 else position + 1
                if position > number:
                    break  # too late: from the beginning of the file
                if position >= 0:
                    yield position, bytes(packet)
                    if position == number:
                        break
            else:
                continue
            if position == number:
                yield from self._rest(position)
                return

    def _rest(self, position: int) -> Iterator[tuple[int, bytes]]:
        for number, packet in enumerate(self._demuxed(), position + 1):
            yield number, bytes(packet)

    def _demuxed(self) -> Iterator[Packet[VideoStream]]:
        with reading(self._path):
            for packet in self._container.demux(self._stream):
                if packet.pts is not None:
                    yield packet

    def _target(self, position: int) -> int:
        """Matroska and transport streams are looked up by PTS or DTS; before both is early enough."""
        dts, pts = int(self._timeline.dts[position]), int(self._timeline.pts[position])
        return pts if dts == UNKNOWN else min(dts, pts)
