"""Splice: of each picture that changes, its changed part alone is decoded, painted, coded and put back."""

from __future__ import annotations

from collections import deque
from typing import BinaryIO

import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from labeler.media.frames import colours_and_alpha
from labeler.media.job import Job
from labeler.media.mp4.tables import Flags
from labeler.media.picture import Picture, PictureFormat
from labeler.media.rendering import NotThisWay
from labeler.media.smart.source import Packets, Source
from labeler.media.smart.work import Written
from labeler.media.splice import prores
from labeler.media.splice.alpha import hold_opaque
from labeler.media.splice.crop import Crop
from labeler.media.splice.grid import Part, Pixels


class Splicing:
    """One track. format: of its whole pictures. changes: which packets hold pictures that `job.paint` changes. parts:
    what it changes of them. share: of the whole progress."""

    def __init__(
        self,
        job: Job,
        source: Source,
        stream: VideoStream,
        format: PictureFormat,
        changes: Flags,
        parts: tuple[Part, ...],
        matrices: str,
        *,
        share: float,
    ) -> None:
        self.job, self.source, self.stream, self.format = job, source, stream, format
        self.packets: Packets = source.packets
        self.numbers = np.flatnonzero(changes).tolist()
        self.parts, self.matrices, self.share = parts, matrices, share
        self.written = Written()
        self._ranks = np.argsort(np.argsort(self.packets.pts, kind="stable"), kind="stable")
        self._boxes = job.changes.boxes if job.changes is not None else ()
        self._canvas = canvas(format)
        self._crops: tuple[Crop, ...] = ()
        self._waiting: deque[tuple[int, prores.Frame]] = deque()

    def run(self, out: BinaryIO) -> Written:
        """Raises NotThisWay, and what `job.progress` and `job.paint` raise."""
        for number in self.numbers:
            frame = self._read(number)
            if not self._crops:
                self._crops = tuple(Crop(self.job, self.stream, frame, part, self.matrices) for part in self.parts)
            self._waiting.append((number, frame))
            self._change(number, frame)
            self._write(out)
            self.job.progress("render", self.share * (len(self.written.sizes) / len(self.numbers)))
        for crop in self._crops:
            crop.encode(None)
        self._write(out)
        if self._waiting:
            raise NotThisWay("encoder.count", len(self._waiting))
        return self.written

    def _read(self, number: int) -> prores.Frame:
        frame = prores.read(self.source.read(number))
        if (frame.kind.width, frame.kind.height) != (self.format.width, self.format.height):
            raise NotThisWay("pictures.change", number)
        return frame

    def _change(self, number: int, frame: prores.Frame) -> None:
        """Paint on an empty picture that holds only what may change of this one."""
        cropped = [(crop, crop.decoded(frame)) for crop in self._crops]
        for crop, part in cropped:
            hold_opaque(part, crop.box, self._boxes, self.packets, number)
            move(part, self._canvas, crop.box, self.format, to_canvas=True)
        seconds = self.packets.seconds(int(self.packets.pts[number]))
        self.job.paint(Picture(self._canvas, self.format, seconds, int(self._ranks[number]), True))
        for crop, part in cropped:
            part.make_writable()
            is_changed = move(part, self._canvas, crop.box, self.format, to_canvas=False)
            crop.encode(part, is_changed=is_changed)

    def _write(self, out: BinaryIO) -> None:
        while self._waiting and all(crop.is_ready for crop in self._crops):
            number, frame = self._waiting.popleft()
            for crop in self._crops:
                frame = crop.put(frame)
            self.written.add(out, frame.data, number, int(self.packets.pts[number]), is_key=True)


def canvas(format: PictureFormat) -> tuple[np.ndarray, ...]:
    """Planes of a whole picture. Only what is written to them takes memory."""
    across, down = format.subsampling
    shapes = [(format.height, format.width)] + 2 * [(-(-format.height // down), -(-format.width // across))]
    return tuple(np.zeros(shape, np.uint8 if format.bits == 8 else np.uint16) for shape in shapes)


def move(
    part: VideoFrame, whole: tuple[np.ndarray, ...], box: Pixels, format: PictureFormat, *, to_canvas: bool
) -> bool:
    """Copy a part's samples to their place in the whole picture, or from there. Whether any changed."""
    differs = False
    colours, _ = colours_and_alpha(part, writable=not to_canvas)
    for number, (small, large) in enumerate(zip(colours, whole, strict=True)):
        across, down = format.subsampling if number else (1, 1)
        rows, columns = small.shape
        top, left = box.top // down, box.left // across
        place = large[top : top + rows, left : left + columns]
        if to_canvas:
            np.copyto(place, small)
        elif not np.array_equal(small, place):
            differs = True
            np.copyto(small, place)
    return differs
