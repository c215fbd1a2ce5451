"""Demultiplex, decode and paint, in a thread of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from labeler.errors import SourceUnreadable, SourceUnsupported
from labeler.language import decimal, say
from labeler.media import mux
from labeler.media.captions import CAPTION_CODECS, CAPTIONS
from labeler.media.flat import Taking, without_stereo
from labeler.media.frames import picture_format, planes, side_data, video_stream
from labeler.media.handover import Closed, Handover
from labeler.media.isobmff import MONOSCOPIC
from labeler.media.job import Job, Part, Scope, Step
from labeler.media.light import SIDE_DATA as LIGHT
from labeler.media.open import reading, seek_to
from labeler.media.picture import Picture, PictureFormat
from labeler.media.survey import fact_of
from labeler.media.timeline import same_time, without_time
from labeler.media.vpx_frames import HIDING_CODECS, is_shown

# Copied packets that are handed over without a frame, where the video has long ended.
MOST_COPIES = 64
# Is copied elsewhere (display matrix, HDR metadata, which the survey saw to be the same in all), or is the encoder's
# own note.
KEPT_SIDE_DATA = frozenset({"DISPLAYMATRIX", "SEI_UNREGISTERED"}) | LIGHT
# libavcodec attaches these to every MPEG-2 picture; the survey has read what stands in the packets.
MPEG2_SIDE_DATA = frozenset({"PANSCAN", "GOP_TIMECODE", "AFD"})


class Producer:
    """Demultiplexes, decodes and paints, in a thread of its own."""

    def __init__(
        self,
        job: Job,
        container: InputContainer,
        scope: Scope,
        steps: Handover[Step],
    ) -> None:
        self.path, self.container, self.track, self.paint = job.source, container, job.track, job.paint
        self.steps, self.scope = steps, scope
        path, track = self.path, self.track
        stream = container.streams[track.index]
        if not isinstance(stream, VideoStream) or stream.time_base is None:
            raise mux.unsupported(path, f"no video at {track.index}", f"aucune vidéo en {track.index}")
        self.stream, self.time_base = stream, stream.time_base
        stream.thread_type = "AUTO"
        stream.thread_count = job.threads or 0
        self.format: PictureFormat | None = None
        self.signature: tuple[object, ...] = ()
        self.take: Taking | None = None
        self.first_pts = self.last_pts = 0
        self.frames = self.packets = self.hidden = 0
        # The number of the first frame, in order of showing, and so of what errors and painters are told.
        self.first = 0 if scope.part is None else scope.part.start
        self.keys: set[int] = set()
        self.copies: list[Packet[Any]] = []
        # AVI tells no times but the packets' places: the n-th frame is shown in the place of the n-th packet.
        self.slots: deque[int] | None = deque() if job.inventory.container == "avi" else None

    def run(self) -> None:
        try:
            self._run()
        except Closed:
            return
        except BaseException as error:  # handed to the other thread, which raises it
            self.steps.finish(error)
            return
        self.steps.finish()

    def _run(self) -> None:
        streams = self.container.streams
        copied = {stream.index for stream in streams if self.scope.has_copies and stream.type != "data"}
        for packet in self._packets():
            if packet.stream_index != self.track.index:
                if packet.size and packet.stream_index in copied:
                    self._copy(packet)
            elif packet.size or packet.pts is not None:
                self._see(packet)
                self._decode(packet)
        self._decode(None)
        self._check_count()
        self.steps.put(Step(None, copies=self.copies))

    def _packets(self) -> Iterator[Packet[Any]]:
        with reading(self.path):
            yield from self.container.demux() if self.scope.part is None else self._of_part(self.scope.part)

    def _of_part(self, part: Part) -> Iterator[Packet[Any]]:
        """So many packets of the video from this one on; wherever seeking lands, and none where it is not there."""
        video_stream(self.container, self.track.index, self.path)
        for target in (min(part.dts, part.pts), None):
            seek_to(self.container, self.stream, target)
            left = 0
            for packet in self.container.demux(self.stream):
                if not left and packet.pts == part.pts:
                    left = self.scope.packets
                if left:
                    yield packet
                    left -= 1
                    if not left:
                        return
                elif packet.dts is not None and packet.dts > part.dts:
                    break  # too late: from the beginning of the file

    def _copy(self, packet: Packet[Any]) -> None:
        self.copies.append(packet)
        if len(self.copies) >= MOST_COPIES:
            self.steps.put(Step(None, copies=self.copies))
            self.copies = []

    def _see(self, packet: Packet[Any]) -> None:
        if packet.is_corrupt:
            raise self._damaged(packet.pts)
        if packet.pts is None:
            raise without_time(self.path, self.packets)
        if packet.is_keyframe and not packet.is_discard:
            self.keys.add(packet.pts)
        self.hidden += packet.is_discard
        if self.slots is not None:
            self.slots.append(packet.dts if packet.dts is not None else packet.pts)
        self.packets += self.track.codec not in HIDING_CODECS or is_shown(self.track.codec, bytes(packet))

    def _decode(self, packet: Packet[Any] | None) -> None:
        try:
            frames = self.stream.codec_context.decode(packet)
        except av.error.FFmpegError as error:
            raise self._damaged(None if packet is None else packet.pts) from error
        for frame in frames:
            self._hand_over(frame)

    def _hand_over(self, frame: VideoFrame) -> None:
        if frame.pts is None:
            raise without_time(self.path, self.first + self.frames)
        if self.format is None:
            self._begin(frame)
        elif frame.pts <= self.last_pts:
            raise same_time(self.path, self.first + self.frames, self._seconds(frame.pts))
        self.last_pts = frame.pts
        is_keyframe = frame.pts in self.keys
        self.keys.discard(frame.pts)
        if self.slots is not None:
            frame.pts = self.slots.popleft()
        if not self.frames:
            self.first_pts = frame.pts if self.scope.origin is None else self.scope.origin
        self._check(frame)
        if self.take is not None:
            frame = self.take(frame)
        frame.make_writable()
        self.paint(self._picture(frame, is_keyframe))
        # The encoder obeys a frame's picture type: none, except that keyframes stay where they are.
        frame.pict_type = PictureType.I if is_keyframe else PictureType.NONE
        self.frames += 1
        self.steps.put(Step(frame, self.copies))
        self.copies = []

    def _begin(self, frame: VideoFrame) -> None:
        self.format = picture_format(self.stream, frame, self.path)
        self.signature = signature(frame)
        self.take = without_stereo(frame) if MONOSCOPIC in self.track.in_container else None

    def _picture(self, frame: VideoFrame, is_keyframe: bool) -> Picture:
        assert self.format is not None and frame.pts is not None
        return Picture(
            planes=planes(frame, writable=True),
            format=self.format,
            seconds=self._seconds(frame.pts),
            index=self.first + self.frames,
            is_keyframe=is_keyframe,
        )

    def _seconds(self, pts: int | None) -> Fraction:
        if pts is not None and pts == self.scope.partial:
            return Fraction(0)
        return Fraction((pts if pts is not None else self.last_pts) - self.first_pts) * self.time_base

    def _check(self, frame: VideoFrame) -> None:
        """What the first frame said must hold for each, and nothing may ride along that would be lost."""
        if frame.is_corrupt:
            raise self._damaged(frame.pts)
        if signature(frame) != self.signature:
            raise self._changed(frame, "another size, sample format, colour or scan", "un autre format d'image")
        kept = KEPT_SIDE_DATA | (CAPTIONS if self.track.codec in CAPTION_CODECS else frozenset())
        kept |= MPEG2_SIDE_DATA if self.track.codec == "mpeg2video" else frozenset()
        # What boxes tell of all pictures is attached to each, and stays in its box.
        boxed = self.track.in_container
        unknown = {name for name, data in side_data(frame) if name not in kept and fact_of(name, data) not in boxed}
        if unknown:
            names = ", ".join(sorted(unknown))
            raise self._changed(frame, f"data to be lost ({names})", f"des données qui seraient perdues ({names})")

    def _changed(self, frame: VideoFrame, fact: str, fait: str) -> SourceUnsupported:
        at = f"{decimal(float(self._seconds(frame.pts)), 3)} s"
        return SourceUnsupported(
            say(
                f"{self.path}: frame {self.first + self.frames} ({at}) has {fact}.",
                f"{self.path} : l'image {self.first + self.frames} ({at}) a {fait}.",
            ),
            facts=(fact,),
            file=str(self.path),
        )

    def _damaged(self, pts: int | None) -> SourceUnreadable:
        at = f"{decimal(float(self._seconds(pts)), 3)} s"
        return SourceUnreadable(
            say(
                f"{self.path} is damaged: its video does not decode whole at {at}.",
                f"{self.path} est abîmé : sa vidéo ne se décode pas entièrement à {at}.",
            ),
            file=str(self.path),
        )

    def _check_count(self) -> None:
        """Never a shorter output: as many frames as packets that are shown, as many packets as were counted before."""
        if self.format is None:
            raise self._damaged(None)
        if self.packets != self.scope.packets or self.frames != self.packets - self.hidden:
            wanted, after = self.scope.packets - self.hidden, f"{decimal(float(self._seconds(None)), 3)} s"
            raise SourceUnreadable(
                say(
                    f"{self.path}: {self.frames} of {wanted} frames of the video decode (the last at {after}).",
                    f"{self.path} : {self.frames} images sur {wanted} se décodent (la dernière à {after}).",
                ),
                file=str(self.path),
            )


def signature(frame: VideoFrame) -> tuple[object, ...]:
    """What may not change from frame to frame."""
    colours = (frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc)
    return (frame.width, frame.height, frame.format.name, *colours, frame.interlaced_frame)
