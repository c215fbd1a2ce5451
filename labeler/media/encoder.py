"""An encoder matched to the source: same codec, profile, level, samples, colour, shape, clock and tag."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av.error
from av.codec import Codec
from av.codec.context import Flags
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from labeler.errors import MachineLacks, SourceUnsupported
from labeler.language import say
from labeler.media.containers.table import FORMS
from labeler.media.encoders.table import ENCODERS
from labeler.media.encoders.task import STANDARD, Encoder, Quality, Task
from labeler.media.frames import side_data
from labeler.media.inventory import Container, Track
from labeler.media.stamping import CountedStamps, SlotStamps, Stamps


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
) -> VideoStream:
    """Add the encoded video track to `output`, matched to the stream it replaces and to its first decoded frame.

    Raises MachineLacks (no such encoder in this install), SourceUnsupported (it cannot write this kind of picture).
    """
    encoder = available(track.codec, first.format.name, path)
    task = task_for(track, source, first, path, container=container, quality=quality, threads=threads)
    stream = _templated(output, source, encoder, path) if encoder.is_templated else _bare(output, source, encoder)
    context = stream.codec_context
    context.options = encoder.options(task)
    context.pix_fmt = first.format.name
    context.framerate = task.rate or Fraction(0)
    if encoder.counts_frames:
        context.time_base = 1 / rate_of(task)
    if source.sample_aspect_ratio:
        context.sample_aspect_ratio = source.sample_aspect_ratio
    # PyAV's own default is SLICE, with which x264 cuts each frame into slices: worse pictures at the same size.
    context.thread_type = "FRAME"
    context.thread_count = threads or 0
    # Without `frame_duration` every frame gets the length that the mean rate would have: wrong for the last one.
    context.flags = Flags.frame_duration | encoder.flags(task)
    if encoder.has_global_header and FORMS[container].has_global_header:
        context.flags |= Flags.global_header
    if len(track.codec_tag) == 4 and track.codec_tag.isascii():
        context.codec_tag = track.codec_tag
    return stream


def stamps_for(track: Track, source: VideoStream, container: Container) -> Stamps:
    """How the frames and packets of this track are stamped."""
    rate = frame_rate(source, container) or Fraction(25)
    time_base = Fraction(source.time_base or 1)
    if container == "avi":
        return SlotStamps(time_base, rate)
    return CountedStamps(time_base, rate) if ENCODERS[track.codec].counts_frames else Stamps()


def rate_of(task: Task) -> Fraction:
    return task.rate or Fraction(25)


def _templated(output: OutputContainer, source: VideoStream, encoder: Encoder, path: Path) -> VideoStream:
    """The template carries what PyAV has no setter for: chroma location, display matrix, other coded side data."""
    stream = output.add_stream_from_template(source, opaque=False)
    if stream.codec_context.name != encoder.name:
        raise _lacks(encoder.name, path)
    stream.codec_context.extradata = None
    return stream


def _bare(output: OutputContainer, source: VideoStream, encoder: Encoder) -> VideoStream:
    """A stream with all that PyAV can set; for encoders that it would not choose for the source's codec."""
    stream = output.add_stream(encoder.name)
    assert isinstance(stream, VideoStream)
    context, original = stream.codec_context, source.codec_context
    context.width, context.height = original.width, original.height
    context.color_range, context.color_primaries = original.color_range, original.color_primaries
    context.color_trc, context.colorspace = original.color_trc, original.colorspace
    stream.time_base = source.time_base
    if source.time_base is not None:
        context.time_base = source.time_base
    return stream


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


def open_encoder(stream: VideoStream, path: Path) -> None:
    """Start the encoder before the header is written, so that its refusal can be told from the muxer's.

    Raises SourceUnsupported naming the kind of picture.
    """
    context = stream.codec_context
    try:
        context.open()
    except (av.error.FFmpegError, ValueError) as error:
        fact = f"{context.name} {context.width}x{context.height} {context.pix_fmt}"
        raise _unsupported(path, fact, "cannot be encoded again", "ne peut pas être encodé de nouveau") from error


def available(codec: str, pixel_format: str, path: Path) -> Encoder:
    """The encoder. Raises SourceUnsupported (codec or samples of no encoder of ours), MachineLacks."""
    encoder = ENCODERS.get(codec)
    if encoder is None:
        raise _unsupported(path, codec, "is not written by this version", "n'est pas écrit par cette version")
    try:
        formats = {candidate.name for candidate in Codec(encoder.name, "w").video_formats or ()}
    except av.error.FFmpegError as error:
        raise _lacks(encoder.name, path) from error
    if formats and pixel_format not in formats:
        raise _unsupported(path, f"{codec} {pixel_format}", "cannot be encoded", "ne peut pas être encodé")
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
