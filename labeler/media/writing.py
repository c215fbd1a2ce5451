"""Encode and write, in the caller's thread, what another thread decodes and paints."""

from __future__ import annotations

import contextlib
import threading
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av.error
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from labeler.media import mux
from labeler.media.containers.form import Written
from labeler.media.decoding import Producer
from labeler.media.encoder import EncodedTrack, add_encoder, open_encoder, stamps_for
from labeler.media.handover import Handover
from labeler.media.inventory import Inventory
from labeler.media.job import Job, Scope, Step
from labeler.media.stamping import Stamps
from labeler.progress import Progress

# Frames that wait between the threads: enough to even out both, and 8 x 25 MB at 4K in 10 bits.
DEPTH = 8


class Consumer:
    """Encodes and writes, in the caller's thread."""

    def __init__(self, job: Job, work: Path, source: InputContainer, inventory: Inventory) -> None:
        """inventory: of what is written, which need not be all that the source holds."""
        self.job, self.path, self.work, self.source, self.inventory = job, job.source, work, source, inventory
        self.track = job.track
        self.copies: mux.Copies | None = None
        self.encoder: EncodedTrack | None = None
        self.stamps = Stamps()
        self.tags: Mapping[str, str] = {}
        self.frames = self.packets = 0
        self.total = 0
        # Of each packet of the video, in order of coding: its PTS in ticks of the source, and whether it is a keyframe.
        self.times, self.keys = array("q"), array("b")

    def run(self, scope: Scope, container_tags: Mapping[str, str], track_tags: Mapping[int, Mapping[str, str]]) -> None:
        """Render the whole of the scope. Closes its output, or removes it."""
        self.total = scope.packets
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
                        self.tags = container_tags
                        output = mux.open_output(self.work, self.path, self.inventory, container_tags)
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

        streams = mux.add_copies(output, self.source, self.inventory, self.path, add_video, tags)
        assert self.encoder is not None
        self.stamps = stamps_for(self.track, video, self.inventory.container)
        open_encoder(self.encoder, self.path)
        output.start_encoding()
        if self.inventory is self.job.inventory:
            mux.check_clocks(self.source, self.inventory, streams, self.path)
        self.copies = mux.Copies(output, streams, self.inventory, self.path)

    def _write(self, output: OutputContainer, step: Step) -> None:
        assert self.copies is not None
        for packet in step.copies:
            if packet.stream_index in self.copies.streams:
                self.copies.write(packet)
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
        assert self.copies is not None
        self._encode(output, None)
        if self.packets != self.frames:
            raise RuntimeError(f"{self.frames} frames were encoded to {self.packets} packets")
        mux.finish_output(output, Written(self.work, self.path, self.inventory, self.tags, self.copies.lengths))


def abandon(output: OutputContainer, work: Path) -> None:
    """Let go of an unfinished output. The file goes first, so that the muxer finds nothing to move its index in."""
    work.unlink(missing_ok=True)
    with contextlib.suppress(av.error.FFmpegError, OSError):
        output.close()
