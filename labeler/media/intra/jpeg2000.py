"""JPEG 2000: a new codestream inside the old boxes, without loss where the source's has none, else at about its size.

libavcodec's encoder has no scale of quality that can be set, only a ratio of compression; so each picture is decoded
again, and gets more bytes until it is good enough.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log10

import av.error
import numpy as np
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from labeler.media.encoder import available, encoded, rate_of, standalone, start, task_for
from labeler.media.encoders.task import Encoder, Task
from labeler.media.frames import picture_format, planes
from labeler.media.intra.work import Recoding
from labeler.media.jpeg2000 import CODESTREAM_BOX, END, Codestream, NotWhole, codestream_of
from labeler.media.packet import packet_of
from labeler.media.rendering import NotThisWay

LEAST_DB = 44.0
"""Of each plane of a lossy picture after one more coding: well above the 40 dB that the gate asks for."""
STEP = 1.4
"""By which a picture that is not good enough grows."""
GROWN, SLACK = 1.5, 4096
"""A codestream of the reversible wavelet is whole where coding its picture without loss takes no more than this times
as many bytes, and these; else its last bits were cut off. The encoder here takes 1.14 times as many (measured)."""

Take = Callable[[int, bytes], None]


class Jpeg2000Recoding(Recoding):
    """See `Recoding`. The encoder gives each picture at once, and a new one is started for each."""

    _kind: tuple[Encoder, Task]
    _old: Codestream
    _ratio: float | None = None
    """How many times smaller than its samples a picture may be; None: without loss."""

    def _begin(self, first: VideoFrame) -> None:
        job = self.job
        self._format = picture_format(self.stream, first, job.source)
        task = task_for(
            job.track, self.stream, first, job.source, container=job.inventory.container, quality=job.quality,
            threads=job.threads,
        )  # fmt: skip
        self._kind = available(job.track.codec, first.format.name, job.source), task
        old = self.source.read_again(self.numbers[0])
        self._old = found = read(old)
        if found.profile or found.is_fast or found.is_mixed or found.has_parts:
            raise NotThisWay("jpeg2000.kind", f"{found.profile:#06x}")
        if not (found.is_reversible and len(self._coded(first, None)) <= GROWN * len(old) + SLACK):
            self._ratio = self._first_ratio(first, len(old))

    def _first_ratio(self, first: VideoFrame, size: int) -> float:
        """With which the first picture comes out as large as it is in the source."""
        assert self._format is not None
        samples = self._format.width * self._format.height * 3 * self._format.bits / 8
        ratio = max(1.0, samples / size)
        return max(1.0, ratio * len(self._coded(first, ratio)) / size)

    def _give(self, number: int | None, frame: VideoFrame, take: Take) -> None:
        assert number is not None
        old = self.source.read_again(number)
        take(number, self._good_enough(old, frame))
        self._made += 1
        self.job.progress("render", self.share * self._made / len(self.numbers))

    def _encode(self, frame: VideoFrame | None, take: Take) -> None:
        """Nothing waits in the encoder."""

    def _good_enough(self, old: bytes, frame: VideoFrame) -> bytes:
        while True:
            new = inside(old, self._coded(frame, self._ratio))
            level = self._level(new, frame)
            if level >= (LEAST_DB if self._ratio is not None else np.inf):
                return new
            if self._ratio is None or self._ratio <= 1.0:
                raise NotThisWay("encoder.quality", f"{level:.1f} dB")
            self._ratio = max(1.0, self._ratio / STEP)

    def _coded(self, frame: VideoFrame, ratio: float | None) -> bytes:
        encoder, task = self._kind
        width, height = self._old.tile
        options = encoder.options(task) | {
            "tile_width": str(width),
            "tile_height": str(height),
            "prog": str(self._old.progression),
            "pred": "dwt53" if self._old.is_reversible else "dwt97int",
        }
        if ratio is not None:
            options["layer_rates"] = str(round(ratio))
        context = standalone(encoder, task, self.stream, frame, options)
        context.time_base = 1 / rate_of(task)
        start(context)
        frame.pts = 0
        return b"".join(bytes(packet) for packet in (*encoded(context, frame), *encoded(context, None)))

    def _level(self, packet: bytes, frame: VideoFrame) -> float:
        """PSNR in dB of the worst plane of this packet; infinite where it is the frame's."""
        decoder = CodecContext.create("jpeg2000", "r")
        assert isinstance(decoder, VideoCodecContext)
        decoder.extradata = self.stream.codec_context.extradata
        try:
            made = [*decoder.decode(packet_of(packet)), *decoder.decode(None)]
        except av.error.FFmpegError as error:
            raise NotThisWay("encoder.kind", error) from error
        if len(made) != 1 or made[0].format.name != frame.format.name:
            raise NotThisWay("encoder.kind")
        peak = float((1 << frame.format.components[0].bits) - 1)
        squares = [
            float(np.mean((one.astype(np.float64) - other) ** 2))
            for one, other in zip(planes(made[0]), planes(frame), strict=True)
        ]
        worst = max(squares)
        return 10 * log10(peak * peak / worst) if worst else np.inf


def read(packet: bytes) -> Codestream:
    """Raises NotThisWay."""
    try:
        return codestream_of(packet)
    except NotWhole as reason:
        raise NotThisWay("jpeg2000.header", reason) from reason


def inside(old: bytes, new: bytes) -> bytes:
    """The new codestream in the boxes that stand before the old one. Raises NotThisWay where they do not belong
    together."""
    was, found = read(old), read(new)
    if (was.size, was.is_reversible, was.profile) != (found.size, found.is_reversible, found.profile):
        raise NotThisWay("encoder.kind")
    if not old.endswith(END):
        raise NotThisWay("jpeg2000.tail")
    if not was.start:
        return new
    head = old[: was.start - 8]
    length, kind = int.from_bytes(old[was.start - 8 : was.start - 4], "big"), old[was.start - 4 : was.start]
    if kind != CODESTREAM_BOX or length not in (0, len(old) - was.start + 8):
        raise NotThisWay("jpeg2000.boxes")
    return head + (len(new) + 8 if length else 0).to_bytes(4, "big") + kind + new
