"""Decode, paint and encode pictures that lean on no other, each by itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

import av.error
import numpy as np
from av.codec.context import ThreadType
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from labeler.media.encoder import available, encoded, rate_of, standalone, start, task_for
from labeler.media.encoders.task import Encoder, Task
from labeler.media.frames import picture_format, planes
from labeler.media.intra import likeness
from labeler.media.job import Job
from labeler.media.mp4.tables import Flags
from labeler.media.packet import packet_of
from labeler.media.picture import Picture, PictureFormat
from labeler.media.rendering import NotThisWay
from labeler.media.smart.source import Packets, Source

Take = Callable[[int, bytes], None]


class Recoding:
    """One track. stream: of a container that is open for nothing else. changes: which packets hold pictures that
    `job.paint` changes. share: of the whole progress."""

    def __init__(self, job: Job, source: Source, stream: VideoStream, changes: Flags, *, share: float) -> None:
        self.job, self.source, self.stream, self.share = job, source, stream, share
        self.packets: Packets = source.packets
        self.numbers: list[int] = np.flatnonzero(changes).tolist()
        self._ranks = np.argsort(np.argsort(self.packets.pts, kind="stable"), kind="stable")
        self._format: PictureFormat | None = None
        self._encoder: VideoCodecContext | None = None
        self._tick = Fraction(0)
        self._waiting: deque[int] = deque()
        self._given = self._made = 0

    @property
    def has_fields(self) -> bool:
        """Whether the encoder here writes frames that hold their fields."""
        return self.job.track.codec in likeness.WITH_FIELDS

    def run(self, take: Take) -> None:
        """Hands each new packet on, with the number of the one whose place it takes, in their order.

        Raises NotThisWay, and what `job.progress`, `job.paint` and `take` raise.
        """
        for number, frame in self._decoded():
            if self._encoder is None:
                self._begin(frame)
            self._paint(number, frame)
            self._give(number, frame, take)
        self._encode(None, take)
        if self._waiting or self._made != len(self.numbers):
            raise NotThisWay("encoder.count", len(self._waiting))

    def try_one(self) -> None:
        """Raises NotThisWay unless an encoder is there for the first picture that changes. To be asked of an object
        that does not `run` afterwards."""
        for _, frame in self._decoded():
            self._begin(frame)
            return

    def _decoded(self) -> Iterator[tuple[int, VideoFrame]]:
        context = self.stream.codec_context
        context.thread_type, context.thread_count = ThreadType.AUTO, self.job.threads or 0
        fed: deque[int] = deque()
        for number in (*self.numbers, None):
            packet = None
            if number is not None:
                packet = packet_of(self._read(number))
                packet.pts = int(self.packets.pts[number])
                packet.time_base = Fraction(1, self.packets.timescale)
                fed.append(number)
            try:
                frames = context.decode(packet)
            except av.error.FFmpegError as error:
                raise NotThisWay("pictures.damaged", number) from error
            for frame in frames:
                if not fed or frame.is_corrupt or frame.pts != int(self.packets.pts[fed[0]]):
                    raise NotThisWay("pictures.damaged", frame.pts)
                yield fed.popleft(), frame
        if fed:
            raise NotThisWay("pictures.missing", len(fed))

    def _read(self, number: int) -> bytes:
        """A packet for the decoder."""
        return self.source.read(number)

    def _begin(self, first: VideoFrame) -> None:
        self._format = picture_format(self.stream, first, self.job.source)
        job = self.job
        encoder = available(job.track.codec, first.format.name, job.source)
        task = task_for(
            job.track, self.stream, first, job.source, container=job.inventory.container, quality=job.quality,
            threads=job.threads,
        )  # fmt: skip
        self._tick = 1 / rate_of(task)
        if job.track.codec == "rawvideo":
            self._hold_layout(encoder, task, first)
        self._encoder = self._fitting(encoder, task, first)

    def _fitting(self, encoder: Encoder, task: Task, first: VideoFrame) -> VideoCodecContext:
        """One whose decoder configuration is that of the source, where there is one."""
        wanted = self.stream.codec_context.extradata or b""
        for options in likeness.variants(self.job.track.codec, task):
            context = self._started(encoder, task, first, options)
            if not encoder.has_global_header or (context.extradata or b"") == wanted:
                return context
        raise NotThisWay("encoder.setup")

    def _started(
        self, encoder: Encoder, task: Task, first: VideoFrame, options: Mapping[str, str]
    ) -> VideoCodecContext:
        context = standalone(encoder, task, self.stream, first, options)
        context.time_base = self._tick
        start(context)
        return context

    def _hold_layout(self, encoder: Encoder, task: Task, first: VideoFrame) -> None:
        """Raw samples say nothing of their order: the first picture, as it is, must come out as it stands in the file
        (lines from the bottom up would not). Raises NotThisWay."""
        context = self._started(encoder, task, first, encoder.options(task))
        first.pts, first.time_base = 0, self._tick
        made = b"".join(bytes(packet) for packet in (*encoded(context, first), *encoded(context, None)))
        if made != self.source.read_again(self.numbers[0]):
            raise NotThisWay("encoder.kind")

    def _paint(self, number: int, frame: VideoFrame) -> None:
        assert self._format is not None
        if (frame.width, frame.height) != (self._format.width, self._format.height):
            raise NotThisWay("pictures.change", number)
        is_interlaced = bool(frame.interlaced_frame)
        if is_interlaced != self._format.is_interlaced:
            raise NotThisWay("pictures.change", number)
        if is_interlaced and not self.has_fields:
            raise NotThisWay("pictures.fields", number)
        frame.make_writable()
        seconds = self.packets.seconds(int(self.packets.pts[number]))
        self.job.paint(Picture(planes(frame, writable=True), self._format, seconds, int(self._ranks[number]), True))

    def _finished(self, number: int, old: bytes, new: bytes) -> bytes:
        """The packet for the file. Raises NotThisWay where the new one does not fit in the place of the old one."""
        likeness.hold(self.job.track.codec, old, new)
        return new

    def _give(self, number: int, frame: VideoFrame, take: Take) -> None:
        frame.pts, frame.time_base, frame.pict_type = self._given, self._tick, PictureType.NONE
        self._given += 1
        self._waiting.append(number)
        self._encode(frame, take)

    def _encode(self, frame: VideoFrame | None, take: Take) -> None:
        if self._encoder is None:
            return
        packets = encoded(self._encoder, frame)
        for packet in packets:
            number = self._waiting.popleft()
            take(number, self._finished(number, self.source.read_again(number), bytes(packet)))
            self._made += 1
            self.job.progress("render", self.share * self._made / len(self.numbers))
