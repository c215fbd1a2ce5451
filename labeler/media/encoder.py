"""An encoder matched to the source: same codec, profile, level, samples, colour, shape, clock and tag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av.error
from av.codec import Codec
from av.codec.context import CodecContext, Flags
from av.container import OutputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from labeler.errors import MachineLacks, SourceUnsupported
from labeler.language import say
from labeler.media.containers.table import FORMS
from labeler.media.encoders.table import ENCODERS
from labeler.media.encoders.task import STANDARD, Encoder, Quality, Task
from labeler.media.frames import side_data
from labeler.media.inventory import Container, Track
from labeler.media.rendering import NotThisWay
from labeler.media.stamping import CountedStamps, SlotStamps, Stamps

UNSPECIFIED = 2
"""Of colours (ITU-T H.273)."""
DESCRIBING = frozenset({"mp4", "mov", "mkv", "webm"})
"""Containers that describe a track by themselves, beside what its coded pictures say."""


@dataclass(frozen=True)
class EncodedTrack:
    """An encoder, and the stream of the output that its packets go into."""

    stream: VideoStream
    context: VideoCodecContext

    def encode(self, frame: VideoFrame | None) -> Iterator[Packet[VideoStream]]:
        """The packets that this frame, or the end (None), gives."""
        for packet in self.context.encode(frame):
            packet.stream = self.stream
            yield packet


def add_encoder(
    output: OutputContainer,
    source: VideoStream,
    first: VideoFrame,
    track: Track,
    *,
    path: Path,
    container: Container = "mp4",
    quality: Quality = STANDARD,
    threads: int | None = None,
) -> EncodedTrack:
    """Add the encoded video track to `output`, matched to the stream it replaces and to its first decoded frame.

    Raises MachineLacks (no such encoder in this install), SourceUnsupported (it cannot write this kind of picture).
    """
    encoder = available(track.codec, first.format.name, path)
    task = task_for(track, source, first, path, container=container, quality=quality, threads=threads)
    if encoder.is_templated:
        added = _templated(output, source, encoder, path)
    elif container in DESCRIBING:
        added = _described(output, source, encoder)
    else:
        added = _bare(output, source, encoder)
    context = added.context
    _configure(context, encoder, task, source, first, encoder.options(task))
    if source.sample_aspect_ratio:
        added.stream.codec_context.sample_aspect_ratio = source.sample_aspect_ratio
    if encoder.has_global_header and FORMS[container].has_global_header:
        context.flags |= Flags.global_header
    if len(track.codec_tag) == 4 and track.codec_tag.isascii():
        context.codec_tag = added.stream.codec_context.codec_tag = track.codec_tag
    added.stream.codec_context.framerate = task.rate or Fraction(0)
    return added


def standalone(
    encoder: Encoder, task: Task, source: VideoStream, first: VideoFrame, options: Mapping[str, str]
) -> VideoCodecContext:
    """An encoder of no container's stream, matched to the source; its decoder configuration stands in `extradata`.

    Not opened yet. Chroma location is no field that PyAV shows: the options have to tell it.
    """
    context = CodecContext.create(encoder.name, "w")
    assert isinstance(context, VideoCodecContext)
    _set(context, source)
    _configure(context, encoder, task, source, first, options)
    if encoder.has_global_header:
        context.flags |= Flags.global_header
    return context


def start(context: VideoCodecContext) -> None:
    """Open an encoder of no container's stream. Raises NotThisWay."""
    try:
        context.open()
    except (av.error.FFmpegError, ValueError) as error:
        raise NotThisWay("encoder.refuses", error) from error


def encoded(context: VideoCodecContext, frame: VideoFrame | None) -> list[Packet[VideoStream]]:
    """The packets that this frame, or the end (None), gives. Raises NotThisWay."""
    try:
        return context.encode(frame)
    except av.error.FFmpegError as error:
        raise NotThisWay("encoder.refuses", error) from error


def _configure(
    context: VideoCodecContext,
    encoder: Encoder,
    task: Task,
    source: VideoStream,
    first: VideoFrame,
    options: Mapping[str, str],
) -> None:
    context.options = dict(options)
    context.pix_fmt = first.format.name
    context.framerate = told_rate(encoder, task)
    if encoder.counts_frames:
        context.time_base = 1 / rate_of(task)
    if source.sample_aspect_ratio:
        context.sample_aspect_ratio = source.sample_aspect_ratio
    if source.codec_context.name == "h264" and not source.codec_context.color_range:
        _state_no_colour(context)
    # PyAV's own default is SLICE, with which x264 cuts each frame into slices: worse pictures at the same size.
    context.thread_type = "FRAME"
    context.thread_count = task.threads or 0
    # Without `frame_duration` every frame gets the length that the mean rate would have: wrong for the last one.
    context.flags = Flags.frame_duration | encoder.flags(task)


def _state_no_colour(context: VideoCodecContext) -> None:
    """H.264 that states colours states their range with them (E.1.1): a stream without one states none, and those that
    libavformat tells of it are the container's, which keeps them."""
    context.color_primaries = context.color_trc = context.colorspace = UNSPECIFIED


def stamps_for(track: Track, source: VideoStream, container: Container) -> Stamps:
    """How the frames and packets of this track are stamped."""
    rate = frame_rate(source, container) or Fraction(25)
    time_base = Fraction(source.time_base or 1)
    if container == "avi":
        return SlotStamps(time_base, rate)
    return CountedStamps(time_base, rate) if ENCODERS[track.codec].counts_frames else Stamps()


def rate_of(task: Task) -> Fraction:
    return task.rate or Fraction(25)


def told_rate(encoder: Encoder, task: Task) -> Fraction:
    """Frames a second that an encoder is told of; 0 where its clock is enough for it."""
    if encoder.most_frames is None:
        return task.rate or Fraction(0)
    return min(task.rate or Fraction(task.facts.frame_rate or 25), Fraction(encoder.most_frames))


def _templated(output: OutputContainer, source: VideoStream, encoder: Encoder, path: Path) -> EncodedTrack:
    """The template carries what PyAV has no setter for: chroma location, display matrix, other coded side data."""
    stream = output.add_stream_from_template(source, opaque=False)
    if stream.codec_context.name != encoder.name:
        raise _lacks(encoder.name, path)
    stream.codec_context.extradata = None
    return EncodedTrack(stream, stream.codec_context)


def _described(output: OutputContainer, source: VideoStream, encoder: Encoder) -> EncodedTrack:
    """For encoders that PyAV would not choose for the source's codec: the container describes the stream as it does the
    source's (field order, chroma location, HDR metadata), and an encoder of its own gives the packets."""
    stream = output.add_stream_from_template(source, opaque=True)
    stream.codec_context.extradata = None
    context = CodecContext.create(encoder.name, "w")
    assert isinstance(context, VideoCodecContext)
    _set(context, source)
    return EncodedTrack(stream, context)


def _bare(output: OutputContainer, source: VideoStream, encoder: Encoder) -> EncodedTrack:
    """A stream with all that PyAV can set, for containers whose descriptions libavformat makes up by itself."""
    stream = output.add_stream(encoder.name)
    assert isinstance(stream, VideoStream)
    _set(stream.codec_context, source)
    stream.time_base = source.time_base
    return EncodedTrack(stream, stream.codec_context)


def _set(context: VideoCodecContext, source: VideoStream) -> None:
    original = source.codec_context
    context.width, context.height = original.width, original.height
    context.color_range, context.color_primaries = original.color_range, original.color_primaries
    context.color_trc, context.colorspace = original.color_trc, original.colorspace
    if source.time_base is not None:
        context.time_base = source.time_base


def task_for(
    track: Track,
    source: VideoStream,
    first: VideoFrame,
    path: Path,
    *,
    container: Container = "mp4",
    quality: Quality = STANDARD,
    threads: int | None = None,
) -> Task:
    """What the encoder of this track is asked to match."""
    return Task(
        track=track,
        samples=first.format.name.replace("yuvj", "yuv"),
        path=path,
        container=container,
        quality=quality,
        rate=frame_rate(source, container),
        is_constant=source.average_rate is not None and source.average_rate == source.base_rate,
        extradata=source.codec_context.extradata,
        threads=threads,
        side_data=dict(side_data(first)),
    )


def open_encoder(track: EncodedTrack, path: Path) -> None:
    """Start the encoder before the header is written, so that its refusal can be told from the muxer's.

    Raises SourceUnsupported naming the kind of picture.
    """
    context = track.context
    try:
        context.open()
    except (av.error.FFmpegError, ValueError) as error:
        fact = f"{context.name} {context.width}x{context.height} {context.pix_fmt}"
        raise _unsupported(path, fact, "cannot be encoded again", "ne peut pas être encodé de nouveau") from error
    if track.stream.codec_context is not context:
        track.stream.codec_context.extradata = context.extradata


def available(codec: str, pixel_format: str, path: Path) -> Encoder:
    """The encoder. Raises SourceUnsupported (codec or samples of no encoder of ours), MachineLacks."""
    encoder = ENCODERS.get(codec)
    if encoder is None:
        raise _unsupported(path, codec, "is not written by this version", "n'est pas écrit par cette version")
    if pixel_format.replace("yuvj", "yuv") not in encoder.samples:
        raise _unsupported(path, f"{codec} {pixel_format}", "cannot be encoded", "ne peut pas être encodé")
    try:
        Codec(encoder.name, "w")
    except av.error.FFmpegError as error:
        raise _lacks(encoder.name, path) from error
    return encoder


def frame_rate(source: VideoStream, container: Container) -> Fraction | None:
    """The source's mean rate; None where the demuxer only echoes its clock (Matroska without a default duration)."""
    rate, clock = source.average_rate, source.time_base
    if not rate or (clock and container in ("mkv", "webm") and rate >= 1 / clock):
        return None
    return rate


def _unsupported(path: Path, fact: str, why: str, pourquoi: str) -> SourceUnsupported:
    return SourceUnsupported(
        say(f"{path}: {fact} {why}.", f"{path} : {fact} {pourquoi}."), facts=(fact,), file=str(path)
    )


def _lacks(name: str, path: Path) -> MachineLacks:
    return MachineLacks(
        say(
            f"The encoder {name}, which {path} needs, is missing from this install of PyAV.",
            f"L'encodeur {name}, nécessaire pour {path}, manque à cette installation de PyAV.",
        ),
        file=str(path),
    )
