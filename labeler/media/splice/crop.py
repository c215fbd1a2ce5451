"""The part of a picture that changes: decoded alone, and coded again alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

import av.error
import numpy as np
from av.codec.context import CodecContext, Flags, ThreadType
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from labeler.media.encoder import encoded, rate_of, standalone, start, task_for
from labeler.media.encoders.prores import ENCODER
from labeler.media.encoders.task import Task
from labeler.media.fields import Marker
from labeler.media.frames import colours_and_alpha, planes
from labeler.media.job import Job
from labeler.media.packet import packet_of
from labeler.media.rendering import NotThisWay
from labeler.media.splice import prores
from labeler.media.splice.grid import Part

MATRICES = ("auto", "proxy", "lt", "standard", "hq", "default")
"""prores_ks's sets of quantisation matrices; the first one is that of the profile."""
ENCODED = "yuv444p10le"
DEEP: Mapping[str, int] = MappingProxyType({"yuv444p12le": 2, "yuva444p12le": 2, "yuva444p10le": 0})
"""How 4:4:4 is decoded that is not written as it is -> bits more than are written."""
# The four-character codes of ProRes 4444 and 4444 XQ -> prores_ks's profiles.
DEEP_PROFILES: Mapping[str, str] = MappingProxyType({"ap4h": "4444", "ap4x": "4444xq"})


class Crop:
    """One rectangle of slices, through a whole track. Raises NotThisWay where it is no longer of the first one's kind.

    box: its pixels in the stored frame.
    """

    def __init__(self, job: Job, stream: VideoStream, first: prores.Frame, part: Part, matrices: str) -> None:
        self.part, self.kind = part, first.kind
        self.box = first.kind.grid.pixels(part)
        self._decoder = decoder_of(job, stream)
        self._marker = Marker(is_top_first=first.kind.interlace == prores.TOP_FIRST) if first.kind.interlace else None
        self._frames = 0
        self._waiting: deque[bool] = deque()
        self._made: deque[prores.Frame | None] = deque()
        self._encoder, self._tick = self._opened(job, stream, self.decoded(first), matrices)

    def decoded(self, frame: prores.Frame) -> VideoFrame:
        """These slices of the frame, as a picture of their own."""
        if frame.kind != self.kind:
            raise NotThisWay("pictures.change")
        return decoded(self._decoder, frame, self.part)

    def encode(self, picture: VideoFrame | None, *, is_changed: bool = True) -> None:
        """Hand in the next picture (None: the end). What is not changed is coded for nothing, so that all stay in step;
        it happens where two boxes have times of their own."""
        if picture is not None:
            picture = encodable(picture, self._marker)
            self._waiting.append(is_changed)
            picture.pts, picture.time_base = self._frames, self._tick
            picture.pict_type = PictureType.NONE
            self._frames += 1
        packets = encoded(self._encoder, picture)
        for packet in packets:
            self._made.append(prores.read(bytes(packet)) if self._waiting.popleft() else None)

    @property
    def is_ready(self) -> bool:
        return bool(self._made)

    def put(self, frame: prores.Frame) -> prores.Frame:
        """The frame whose turn it is, with the new slices in it, where they changed."""
        made = self._made.popleft()
        return frame if made is None else prores.read(prores.put(frame, self.part, made))

    def _opened(
        self, job: Job, stream: VideoStream, picture: VideoFrame, matrices: str
    ) -> tuple[VideoCodecContext, Fraction]:
        picture = encodable(picture, self._marker)
        task = task_for(job.track, stream, picture, job.source, quality=job.quality, threads=job.threads)
        own = {"mbs_per_slice": str(self.kind.slice_width), "quant_mat": matrices}
        context = standalone(ENCODER, task, stream, picture, options_of(job, task) | own)
        context.width, context.height = self.box.width, self.box.height
        context.time_base = tick = 1 / rate_of(task)
        context.flags &= ~Flags.interlaced_dct
        if self.kind.interlace:
            context.flags |= Flags.interlaced_dct
        start(context)
        return context, tick


def options_of(job: Job, task: Task) -> dict[str, str]:
    """The profile of the source. Whole pictures of 4:4:4 nobody here writes; their slices are written in 10 bits."""
    profile = DEEP_PROFILES.get(job.track.codec_tag)
    return ENCODER.options(task) if profile is None else {"profile": profile, "vendor": "apl0"}


def encodable(picture: VideoFrame, marker: Marker | None) -> VideoFrame:
    """The picture in samples that the encoder takes: of 12 bits (4:4:4, as it is decoded) the upper 10, without alpha.

    What is coded does not say how deep it is, and is decoded to 12 bits again. marker: for interlaced pictures.
    """
    more = DEEP.get(picture.format.name)
    if more is None:
        return picture
    made = VideoFrame(picture.width, picture.height, ENCODED)
    colours, _ = colours_and_alpha(picture)
    for deep, plane in zip(colours, planes(made, writable=True), strict=True):
        np.copyto(plane, np.minimum(deep + (1 << more >> 1) >> more, 1023))
    made.color_range, made.colorspace = picture.color_range, picture.colorspace
    return made if marker is None else marker.marked(made)


def decoded(decoder: VideoCodecContext, frame: prores.Frame, part: Part) -> VideoFrame:
    """Some slices of a frame, as a picture of their own. decoder: one of `decoder_of`, for this part alone.

    Raises NotThisWay.
    """
    box = frame.kind.grid.pixels(part)
    try:
        found = decoder.decode(packet_of(prores.cut(frame, part)))
    except av.error.FFmpegError as error:
        raise NotThisWay("pictures.damaged") from error
    if len(found) != 1 or found[0].is_corrupt:
        raise NotThisWay("pictures.damaged")
    if (found[0].width, found[0].height) != (box.width, box.height):
        raise NotThisWay("pictures.change")
    return found[0]


def decoder_of(job: Job, stream: VideoStream) -> VideoCodecContext:
    """One that gives each picture at once."""
    context = CodecContext.create(stream.codec_context.codec.name, "r")
    assert isinstance(context, VideoCodecContext)
    context.codec_tag = stream.codec_context.codec_tag
    context.thread_type, context.thread_count = ThreadType.SLICE, job.threads or 0
    return context


def fitting_matrices(job: Job, stream: VideoStream, first: prores.Frame, part: Part) -> str:
    """Which set of matrices makes slices that fit into the source's frames: tried on the first of them.

    Raises NotThisWay where none does.
    """
    for matrices in MATRICES:
        crop = Crop(job, stream, first, part, matrices)
        crop.encode(crop.decoded(first))
        crop.encode(None)
        try:
            crop.put(first)
        except NotThisWay as reason:
            if reason.code != "prores.kind":
                raise
            continue
        return matrices
    raise NotThisWay("prores.matrices")
