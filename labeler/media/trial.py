"""Whether this install can do what the table of encoders promises: one tiny picture through each, there and back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.codec.context import CodecContext
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from labeler.media.encoders.table import ENCODERS
from labeler.media.encoders.task import Encoder
from labeler.media.frames import planes

WIDTH, HEIGHT = 256, 128
"""The least that every encoder of the table takes (DNxHR: 256x120)."""
NEAR = 12.0
"""Codes of 8 bits by which the luma may differ on the whole: far more than any codec loses of a plain slope."""
QUIET: Mapping[str, Mapping[str, str]] = {
    "libx264": {"preset": "ultrafast"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
    "libsvtav1": {"preset": "12"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}
DNXHR: Mapping[str, str] = {"yuv422p": "dnxhr_sq", "yuv422p10le": "dnxhr_hqx", "yuv444p10le": "dnxhr_444"}
READERS: Mapping[str, str] = {"av1": "libdav1d"}
"""The decoders that libavformat takes by itself, where the codec's own name finds another one (measured)."""
MOTION_JPEG_RANGE = 2  # full, which is all that it writes without complaint


@dataclass(frozen=True)
class Trial:
    """One codec in one pixel format. failed: `encoder` or `decoder`, with the reason in the library's own words."""

    codec: str
    encoder: str
    samples: str
    failed: str | None = None
    reason: str = ""


def library_versions() -> dict[str, str]:
    """FFmpeg's libraries as PyAV bundles them."""
    return {name: ".".join(map(str, version)) for name, version in av.library_versions.items()}


def trials() -> Iterator[Trial]:
    """Every codec in every pixel format of the table. Raises nothing: what does not work is told."""
    os.environ.setdefault("SVT_LOG", "1")
    for codec, encoder in ENCODERS.items():
        for samples in sorted(encoder.samples):
            yield attempt(codec, encoder, samples)


def attempt(codec: str, encoder: Encoder, samples: str) -> Trial:
    failed, reason = "encoder", ""
    try:
        writer = opened_encoder(encoder.name, samples)
        given = slope(samples)
        packets = [*writer.encode(given), *writer.encode(None)]
        failed = "decoder"
        reason = fault_of(given, decoded(codec, writer, packets))
    except Exception as error:  # whatever the library raises is what a person wants to know
        reason = str(error) or type(error).__name__
    return Trial(codec, encoder.name, samples, failed if reason else None, reason)


def opened_encoder(name: str, samples: str) -> VideoCodecContext:
    context = CodecContext.create(name, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = WIDTH, HEIGHT, samples
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    context.options = dict(QUIET.get(name, {}))
    if name == "dnxhd":
        context.options = {"profile": DNXHR[samples]}
    if name == "mjpeg":
        context.color_range = MOTION_JPEG_RANGE
    context.thread_count = 1
    context.open()
    return context


def decoded(codec: str, writer: VideoCodecContext, packets: list[Packet]) -> VideoFrame | None:  # type: ignore[type-arg]
    """The first picture that comes out, by the decoder that reading a file would take."""
    context = CodecContext.create(READERS.get(codec, codec), "r")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = WIDTH, HEIGHT, writer.pix_fmt
    context.extradata = writer.extradata
    context.thread_count = 1
    for packet in (*packets, None):
        for frame in context.decode(packet):
            return frame
    return None


def slope(samples: str) -> VideoFrame:
    """A grey that rises from left to right."""
    frame = VideoFrame(WIDTH, HEIGHT, samples)
    step = 2 ** (bits_of(samples) - 8)
    luma, *chroma = planes(frame, writable=True)
    luma[:] = np.linspace(40 * step, 200 * step, WIDTH).astype(luma.dtype)
    for plane in chroma:
        plane[:] = 128 * step
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    return frame


def fault_of(given: VideoFrame, found: VideoFrame | None) -> str:
    """Empty where the picture came back."""
    if found is None:
        return "no picture came out"
    if (found.width, found.height) != (given.width, given.height):
        return f"a picture of {found.width}x{found.height} came out"
    step = 2 ** (bits_of(given.format.name) - 8)
    far = np.abs(planes(given)[0].astype(float) - planes(found)[0].astype(float)).mean() / step
    return "" if far <= NEAR else f"another picture came out ({far:.0f} codes off)"


def bits_of(samples: str) -> int:
    return int(samples.partition("p")[2].removesuffix("le") or 8)
