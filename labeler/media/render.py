"""Render: decode and paint in one thread, encode and mux in the other; every other track is copied."""

from __future__ import annotations

import contextlib
import logging
import threading
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import av.error
import numpy as np
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from labeler.errors import SourceUnreadable, SourceUnsupported
from labeler.language import say
from labeler.media import mux
from labeler.media.accept import accept
from labeler.media.encoder import EncodedTrack, add_encoder, open_encoder, stamps_for
from labeler.media.encoders.task import STANDARD, Quality
from labeler.media.frames import picture_format, planes, side_data
from labeler.media.handover import Closed, Handover
from labeler.media.inventory import Inventory, Track
from labeler.media.light import SIDE_DATA as LIGHT
from labeler.media.mp4 import graft
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.open import open_media, reading
from labeler.media.picture import Picture, PictureFormat
from labeler.media.stamping import Stamps
from labeler.media.survey import FRAME_FACTS
from labeler.media.timeline import same_time, without_time
from labeler.media.vpx_frames import HIDING_CODECS, is_shown
from labeler.progress import Progress, silent

logger = logging.getLogger("labeler")
Paint = Callable[[Picture], None]
Way = Literal["rewritten", "remuxed"]
"""At the level of the source's boxes, or by libavformat, which writes the whole file anew."""
NO_TAGS: Mapping[int, Mapping[str, str]] = MappingProxyType({})
# Frames that wait between the threads: enough to even out both, and 8 x 25 MB at 4K in 10 bits.
DEPTH = 8
# Copied packets that are handed over without a frame, where the video has long ended.
MOST_COPIES = 64
# Rides along on the decoded frame (captions), is copied elsewhere (display matrix, HDR metadata, which the survey saw
# to be the same in all), or is the encoder's own note.
KEPT_SIDE_DATA = frozenset({"A53_CC", "DISPLAYMATRIX", "SEI_UNREGISTERED"}) | LIGHT
# libavcodec attaches these to every MPEG-2 picture; the survey has read what stands in the packets.
MPEG2_SIDE_DATA = frozenset({"PANSCAN", "GOP_TIMECODE", "AFD"})


@dataclass
class Step:
    """One painted frame, and the packets of other tracks that the demuxer met on the way to it."""

    frame: VideoFrame | None
    copies: list[Packet[Any]] = field(default_factory=list)


def render(
    source: Path,
    work: Path,
    inventory: Inventory,
    *,
    paint: Paint,
    container_tags: Mapping[str, str],
    track_tags: Mapping[int, Mapping[str, str]] = NO_TAGS,
    progress: Progress = silent,
    threads: int | None = None,
    quality: Quality = STANDARD,
) -> Way:
    """Write `work`: the source with every frame of its video painted and nothing else changed. Tells in which way.

    paint: called once for each frame, in order, in a thread of its own, with planes that it may write to.
    container_tags, track_tags (by track index): added to the source's tags. threads: for decoder and encoder, None
    for all cores. On any error, `work` is removed.

    Raises SourceUnreadable (damaged, or changed since the inventory), SourceUnsupported (going on would lose
    something), MachineLacks, DiskFull, OutputRefused, and whatever `progress` or `paint` raise.
    """
    tracks = inventory.of_kind("video")
    if len(tracks) != 1:
        raise mux.unsupported(source, f"{len(tracks)} video tracks", f"{len(tracks)} pistes vidéo")
    job = Job(source, inventory, tracks[0], paint, progress, threads, quality)
    try:
        if inventory.is_rewritable and rewritten(job, work, container_tags):
            return "rewritten"
        remuxed(job, work, container_tags, track_tags)
        return "remuxed"
    except BaseException:
        work.unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class Job:
    """What every way of rendering is about; see `render`."""

    source: Path
    inventory: Inventory
    track: Track
    paint: Paint
    progress: Progress
    threads: int | None
    quality: Quality


@dataclass(frozen=True)
class Scope:
    """Which packets a pass is about: how many of the video, how many of these are never shown, and whether other tracks
    are copied. origin: the tick that counts as zero seconds, None for that of the first frame."""

    packets: int
    hidden: int
    origin: int | None = None
    has_copies: bool = True


def remuxed(
    job: Job, work: Path, container_tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]
) -> None:
    """Through libavformat: it writes the whole file anew, every other track copied packet by packet."""
    scope = Scope(job.track.packets, job.track.hidden)
    with open_media(job.source) as opened:
        Consumer(job, work, opened, job.inventory).run(scope, container_tags, track_tags)


def rewritten(job: Job, work: Path, container_tags: Mapping[str, str]) -> bool:
    """At the level of the boxes: new pictures go into a file of their own, and from there into the place of the old.

    False where it turns out that they do not fit, and the other way would lose nothing either. Raises
    SourceUnsupported where it would.
    """
    pictures = work.with_name(f"pictures{work.suffix}")
    with open_media(job.source) as container:
        track_id = container.streams[job.track.index].id
    try:
        graft_pictures(job, work, pictures, track_id, container_tags)
    except CannotRewrite as reason:
        logger.debug("%s: not rewritten: %s", job.source, reason)
        accept(job.inventory.model_copy(update={"is_rewritable": False}), job.source)
        return False
    finally:
        pictures.unlink(missing_ok=True)
    return True


def graft_pictures(job: Job, work: Path, pictures: Path, track_id: int, tags: Mapping[str, str]) -> None:
    """Raises CannotRewrite besides what `render` raises."""
    read = graft.examine(job.source, track_id)
    first = Fraction(job.track.timestamps.first or 0)
    origin = (first - read.shift) * read.timescale
    if origin.denominator != 1:
        raise CannotRewrite("the first picture is shown between two ticks")
    alone = job.inventory.model_copy(
        update={
            "tracks": (job.track.model_copy(update={"tags": {}}),),
            "tags": {},
            "chapters": (),
            "is_faststart": False,
        }
    )
    scope = Scope(len(read.samples.sizes), 0, int(origin), has_copies=False)
    # All pictures in the times of the media, those too that an edit list hides.
    with open_media(job.source, options={"ignore_editlist": "1"}) as opened:
        consumer = Consumer(job, pictures, opened, alone)
        consumer.run(scope, {}, NO_TAGS)
    times = np.array(consumer.times, np.int64)
    keys = np.flatnonzero(np.array(consumer.keys, bool))
    with mux.writing(work, job.source):
        graft.graft(job.source, graft.Encoded(pictures, times, keys), work, track_id, tags)


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
        self.first_pts = self.last_pts = 0
        self.frames = self.packets = self.hidden = 0
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
            yield from self.container.demux()

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
            raise without_time(self.path, self.frames)
        if self.format is None:
            self._begin(frame)
        elif frame.pts <= self.last_pts:
            raise same_time(self.path, self.frames, self._seconds(frame.pts))
        self.last_pts = frame.pts
        is_keyframe = frame.pts in self.keys
        self.keys.discard(frame.pts)
        if self.slots is not None:
            frame.pts = self.slots.popleft()
        if not self.frames:
            self.first_pts = frame.pts if self.scope.origin is None else self.scope.origin
        self._check(frame)
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

    def _picture(self, frame: VideoFrame, is_keyframe: bool) -> Picture:
        assert self.format is not None and frame.pts is not None
        return Picture(
            planes=planes(frame, writable=True),
            format=self.format,
            seconds=self._seconds(frame.pts),
            index=self.frames,
            is_keyframe=is_keyframe,
        )

    def _seconds(self, pts: int | None) -> Fraction:
        return Fraction((pts if pts is not None else self.last_pts) - self.first_pts) * self.time_base

    def _check(self, frame: VideoFrame) -> None:
        """What the first frame said must hold for each, and nothing may ride along that would be lost."""
        if frame.is_corrupt:
            raise self._damaged(frame.pts)
        if signature(frame) != self.signature:
            raise self._changed(frame, "another size, sample format, colour or scan", "un autre format d'image")
        kept = KEPT_SIDE_DATA | MPEG2_SIDE_DATA if self.track.codec == "mpeg2video" else KEPT_SIDE_DATA
        unknown = {name for name, _ in side_data(frame)} - kept
        # What boxes tell of all pictures is attached to each, and stays in its box.
        unknown -= {name for name in unknown if FRAME_FACTS.get(name) in self.track.in_container}
        if unknown:
            names = ", ".join(sorted(unknown))
            raise self._changed(frame, f"data to be lost ({names})", f"des données qui seraient perdues ({names})")

    def _changed(self, frame: VideoFrame, fact: str, fait: str) -> SourceUnsupported:
        at = f"{float(self._seconds(frame.pts)):.3f} s"
        return SourceUnsupported(
            say(
                f"{self.path}: frame {self.frames} ({at}) has {fact}.",
                f"{self.path} : l'image {self.frames} ({at}) a {fait}.",
            ),
            facts=(fact,),
            file=str(self.path),
        )

    def _damaged(self, pts: int | None) -> SourceUnreadable:
        at = f"{float(self._seconds(pts)):.3f} s"
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
            wanted, after = self.scope.packets - self.hidden, f"{float(self._seconds(None)):.3f} s"
            raise SourceUnreadable(
                say(
                    f"{self.path}: {self.frames} of {wanted} frames of the video decode (the last at {after}).",
                    f"{self.path} : {self.frames} images sur {wanted} se décodent (la dernière à {after}).",
                ),
                file=str(self.path),
            )


class Consumer:
    """Encodes and writes, in the caller's thread."""

    def __init__(self, job: Job, work: Path, source: InputContainer, inventory: Inventory) -> None:
        """inventory: of what is written, which need not be all that the source holds."""
        self.job, self.path, self.work, self.source, self.inventory = job, job.source, work, source, inventory
        self.track = job.track
        self.streams: dict[int, Stream] = {}
        self.encoder: EncodedTrack | None = None
        self.stamps = Stamps()
        self.frames = self.packets = 0
        self.total = job.track.packets
        # Of each packet of the video, in order of coding: its PTS in ticks of the source, and whether it is a keyframe.
        self.times, self.keys = array("q"), array("b")

    def run(self, scope: Scope, container_tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        """Render the whole of the scope. Closes its output, or removes it."""
        steps: Handover[Step] = Handover(DEPTH)
        producer = Producer(self.job, self.source, scope, steps)
        thread = threading.Thread(target=producer.run, name="labeler-decode", daemon=True)
        thread.start()
        try:
            self._take(steps, container_tags, track_tags, self.job.progress)
        finally:
            steps.close()
            thread.join()

    def _take(
        self,
        steps: Handover[Step],
        container_tags: Mapping[str, str],
        track_tags: Mapping[int, Mapping[str, str]],
        progress: Progress,
    ) -> None:
        early: list[Packet[Any]] = []
        output: OutputContainer | None = None
        with contextlib.ExitStack() as cleanup:
            while (step := steps.take()) is not None:
                if output is None:
                    early.extend(step.copies)
                    if step.frame is None:
                        continue
                    with mux.writing(self.work, self.path):
                        output = mux.open_output(self.work, self.inventory, container_tags)
                        cleanup.callback(abandon, output, self.work)
                        self._begin(output, step.frame, track_tags)
                    step.copies = early
                with mux.writing(self.work, self.path):
                    self._write(output, step)
                progress("render", min(1.0, self.frames / max(1, self.total)))
            if output is None or self.encoder is None:
                raise RuntimeError("the producer ended without a frame and without an error")
            with mux.writing(self.work, self.path):
                self._end(output)
            cleanup.pop_all()
        progress("render", 1.0)

    def _begin(self, output: OutputContainer, first: VideoFrame, tags: Mapping[int, Mapping[str, str]]) -> None:
        video = self.source.streams[self.track.index]
        assert isinstance(video, VideoStream)

        def add_video() -> VideoStream:
            self.encoder = add_encoder(
                output,
                video,
                first,
                self.track,
                path=self.path,
                container=self.inventory.container,
                quality=self.job.quality,
                threads=self.job.threads,
            )
            return self.encoder.stream

        self.streams = mux.add_copies(output, self.source, self.inventory, self.path, add_video, tags)
        assert self.encoder is not None
        self.stamps = stamps_for(self.track, video, self.inventory.container)
        open_encoder(self.encoder, self.path)
        output.start_encoding()
        if self.inventory is self.job.inventory:
            mux.check_clocks(self.source, self.inventory, self.streams, self.path)

    def _write(self, output: OutputContainer, step: Step) -> None:
        for packet in step.copies:
            if packet.stream_index in self.streams:
                mux.copy_packet(output, packet, self.streams[packet.stream_index])
        if step.frame is not None:
            self.frames += 1
            self._encode(output, step.frame)

    def _encode(self, output: OutputContainer, frame: VideoFrame | None) -> None:
        assert self.encoder is not None
        if frame is not None:
            self.stamps.give(frame)
        for packet in self.encoder.encode(frame):
            self.packets += 1
            self.stamps.restore(packet)
            self._note(packet)
            output.mux_one(packet)

    def _note(self, packet: Packet[Any]) -> None:
        tick = self.source.streams[self.track.index].time_base
        assert packet.pts is not None and packet.time_base is not None and tick is not None
        self.times.append(round(packet.pts * packet.time_base / tick))
        self.keys.append(packet.is_keyframe)

    def _end(self, output: OutputContainer) -> None:
        self._encode(output, None)
        if self.packets != self.frames:
            raise RuntimeError(f"{self.frames} frames were encoded to {self.packets} packets")
        output.close()


def signature(frame: VideoFrame) -> tuple[object, ...]:
    """What may not change from frame to frame."""
    colours = (frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc)
    return (frame.width, frame.height, frame.format.name, *colours, frame.interlaced_frame)


def abandon(output: OutputContainer, work: Path) -> None:
    """Let go of an unfinished output. The file goes first, so that the muxer finds nothing to move its index in."""
    work.unlink(missing_ok=True)
    with contextlib.suppress(av.error.FFmpegError, OSError):
        output.close()
