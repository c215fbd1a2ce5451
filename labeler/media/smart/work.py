"""Decode, paint and encode the stretches that change; the new packets go into a file of their own."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av.error
import numpy as np
from av.codec.context import CodecContext, ThreadType
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from labeler.media.encoder import available, encoded, standalone, start, task_for
from labeler.media.frames import picture_format, planes
from labeler.media.job import Job
from labeler.media.mp4.graft import Pictures
from labeler.media.mp4.tables import Flags
from labeler.media.mp4.tree import Node
from labeler.media.packet import packet_of
from labeler.media.picture import Picture, PictureFormat
from labeler.media.rendering import NotThisWay
from labeler.media.smart.coding import Coding
from labeler.media.smart.groups import Stretch
from labeler.media.smart.source import Packets, Source
from labeler.media.timeline import UNKNOWN


class ShownTooEarly(NotThisWay):
    """A picture would be shown before it is decoded: with fewer B pictures it would not."""

    def __init__(self, pts: int) -> None:
        super().__init__("times.order", pts)


@dataclass
class Written:
    """New packets in the order of their places: see `graft.Pictures`."""

    positions: array[int] = field(default_factory=lambda: array("q"))
    places: array[int] = field(default_factory=lambda: array("q"))
    sizes: array[int] = field(default_factory=lambda: array("q"))
    pts: array[int] = field(default_factory=lambda: array("q"))
    keys: array[int] = field(default_factory=lambda: array("b"))

    def add(self, out: BinaryIO, data: bytes, position: int, pts: int, *, is_key: bool) -> None:
        self.positions.append(position)
        self.places.append(out.tell())
        self.sizes.append(len(data))
        self.pts.append(pts)
        self.keys.append(is_key)
        out.write(data)

    def pictures(self, path: Path, describe: Callable[[Node], Node]) -> Pictures:
        """What was written to the file at this path."""
        numbers = (self.positions, self.places, self.sizes, self.pts)
        positions, places, sizes, pts = (np.array(one, np.int64) for one in numbers)
        return Pictures(path, positions, places, sizes, pts, np.array(self.keys, bool), describe)


class Renewal:
    """Codes stretches of one track again. changes: which pictures `job.paint` changes. share: of the whole progress."""

    def __init__(
        self, job: Job, source: Source, coding: Coding, stream: VideoStream, changes: Flags, *, share: float
    ) -> None:
        self.job, self.source, self.coding, self.stream, self.changes = job, source, coding, stream, changes
        self.packets: Packets = source.packets
        self.format: PictureFormat | None = None
        self.written = Written()
        self.done = 0
        self.total = 0
        self.share = share
        # In order of showing: the rank of each packet among all, which a picture is told as its number.
        self._order = np.argsort(self.packets.pts, kind="stable")
        self._sorted = self.packets.pts[self._order]
        self._least_wait = self.packets.least_wait

    def run(self, stretches: tuple[Stretch, ...], out: BinaryIO) -> Written:
        """Raises NotThisWay, and what `job.progress` and `job.paint` raise."""
        self.total = sum(len(stretch.pictures) for stretch in stretches)
        for stretch in stretches:
            self._renew(stretch, out)
            if stretch.moved is not None:
                key = self.coding.cut_loose(self.source.read(stretch.moved), leads=stretch.leads)
                pts = int(self.packets.pts[stretch.moved])
                self.written.add(out, key, stretch.stop - 1, pts, is_key=True)
        return self.written

    def _renew(self, stretch: Stretch, out: BinaryIO) -> None:
        wanted = set(self.packets.pts[stretch.pictures].tolist())
        keys = {int(self.packets.pts[at]) for at in stretch.pictures.tolist() if self.packets.is_key[at]}
        encoder: VideoCodecContext | None = None
        place = stretch.start
        for frame in self._decoded(stretch.feed):
            if frame.pts not in wanted:
                continue
            wanted.discard(frame.pts)
            if encoder is None:
                encoder = self._encoder(frame)
            self._paint(frame, is_key=frame.pts in keys)
            place = self._write(encoded(encoder, frame), place, out)
        if wanted or encoder is None:
            raise NotThisWay("pictures.missing", len(wanted))
        place = self._write(encoded(encoder, None), place, out)
        if place != stretch.start + len(stretch.pictures):
            raise NotThisWay("encoder.count", place - stretch.start)

    def _decoded(self, feed: range) -> Iterator[VideoFrame]:
        """The frames of these packets, in order of showing. Raises NotThisWay where one does not decode whole."""
        # By the name of the decoder that the door chose: of some codecs the canonical name is none that decodes here.
        context = CodecContext.create(self.stream.codec_context.codec.name, "r")
        assert isinstance(context, VideoCodecContext)
        context.extradata = self.packets.setup or None
        context.thread_type, context.thread_count = ThreadType.AUTO, self.job.threads or 0
        base = Fraction(1, self.packets.timescale)
        for number in (*feed, None):
            packet = None
            if number is not None:
                packet = packet_of(self.source.read(number))
                packet.pts = int(self.packets.pts[number])
                packet.time_base = base
            try:
                frames = context.decode(packet)
            except av.error.FFmpegError as error:
                raise NotThisWay("pictures.damaged", number) from error
            for frame in frames:
                if frame.is_corrupt or frame.pts is None:
                    raise NotThisWay("pictures.damaged", frame.pts)
                frame.time_base = base
                yield frame

    def _encoder(self, first: VideoFrame) -> VideoCodecContext:
        job = self.job
        found = picture_format(self.stream, first, job.source)
        if self.format is not None and found != self.format:
            raise NotThisWay("pictures.change")
        self.format = found
        encoder = available(job.track.codec, first.format.name, job.source)
        task = task_for(
            job.track, self.stream, first, job.source, container=job.inventory.container, quality=job.quality,
            threads=job.threads,
        )  # fmt: skip
        context = standalone(encoder, task, self.stream, first, self.coding.options(task))
        context.time_base = Fraction(1, self.packets.timescale)
        start(context)
        self.coding.adopt(context.extradata or b"", task)
        return context

    def _paint(self, frame: VideoFrame, *, is_key: bool) -> None:
        assert self.format is not None and frame.pts is not None
        rank = int(np.searchsorted(self._sorted, frame.pts))
        if (frame.width, frame.height) != (self.format.width, self.format.height):
            raise NotThisWay("pictures.change", frame.pts)
        if frame.interlaced_frame:
            raise NotThisWay("pictures.fields", frame.pts)
        if self.changes[self._order[rank]]:
            frame.make_writable()
            seconds = self.packets.seconds(frame.pts)
            self.job.paint(Picture(planes(frame, writable=True), self.format, seconds, rank, is_key))
        # The encoder obeys a frame's picture type: none, except that keys stay where they are.
        frame.pict_type = PictureType.I if is_key else PictureType.NONE
        self.done += 1
        self.job.progress("render", self.share * self.done / max(1, self.total))

    def _write(self, packets: list[Packet[VideoStream]], place: int, out: BinaryIO) -> int:
        for packet in packets:
            assert packet.pts is not None
            rank = int(np.searchsorted(self._sorted, packet.pts))
            if rank >= len(self._sorted) or int(self._sorted[rank]) != packet.pts:
                raise NotThisWay("encoder.times", packet.pts)
            decoded = int(self.packets.dts[place]) if place < len(self._sorted) else UNKNOWN
            if decoded != UNKNOWN and packet.pts - decoded < self._least_wait:
                raise ShownTooEarly(packet.pts)
            original = self.source.read_again(int(self._order[rank]))
            data = self.coding.packet(bytes(packet), original)
            self.written.add(out, data, place, packet.pts, is_key=packet.is_keyframe)
            place += 1
        return place
