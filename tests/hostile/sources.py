"""The good clips that hostile files are made from: small, made once, and labelled as they are."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

RATE = 25
FRAMES = 6
WIDTH, HEIGHT = 320, 180
CODECS = {
    "mp4": "libx264",
    "mov": "libx264",
    "mkv": "libx264",
    "webm": "libvpx-vp9",
    "ts": "libx264",
    "avi": "mpeg4",
    "mxf": "mpeg2video",
}
FORMATS = {"mkv": "matroska", "ts": "mpegts"}
SETTINGS = {"libx264": {"crf": "20", "preset": "ultrafast", "bf": "2"}, "libvpx-vp9": {"cpu-used": "8"}}
LAYOUTS = {
    "mp4": {},
    "front": {"movflags": "+faststart"},
    "fragments": {"movflags": "+frag_keyframe+empty_moov+default_base_moof"},
}
"""An MP4 with `moov` behind its media, before it, or in fragments."""


@cache
def good(kind: str) -> bytes:
    """A clip of six pictures (and sound, but in MXF) in the container `kind`, or in a layout of MP4."""
    container = kind if kind in CODECS else "mp4"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"good.{container}"
        options = LAYOUTS.get(kind, {})
        with av.open(str(path), "w", format=FORMATS.get(container, container), options=options) as out:
            encode(out, container)
        return path.read_bytes()


def encode(out: av.container.OutputContainer, container: str) -> None:
    out.metadata["title"] = "A clip"
    codec = CODECS[container]
    video = out.add_stream(codec, rate=RATE, options=SETTINGS.get(codec, {}))
    video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    sound = None
    if container != "mxf":
        sound = out.add_stream(
            "libopus" if container == "webm" else "mp2" if container in ("avi", "ts") else "aac", rate=48000
        )
        sound.layout = "stereo"
    for number in range(FRAMES):
        out.mux(video.encode(frame(number)))
    out.mux(video.encode())
    if sound is not None:
        for block in silence(sound):
            out.mux(sound.encode(block))
        out.mux(sound.encode())


def frame(number: int, width: int = WIDTH, height: int = HEIGHT) -> av.VideoFrame:
    across = np.linspace(40, 200, width)[None, :, None] + number * 3
    picture = np.broadcast_to(across, (height, width, 3)).astype(np.uint8)
    made = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(format="yuv420p")
    made.pts, made.time_base = number, Fraction(1, RATE)
    return made


def silence(stream: av.AudioStream) -> Iterator[av.AudioFrame]:
    block = stream.codec_context.frame_size or 960
    layout, sort = stream.codec_context.layout.name, stream.codec_context.format.name
    for number in range(FRAMES * 48000 // RATE // block):
        sound = av.AudioFrame(format=sort, layout=layout, samples=block)
        sound.sample_rate, sound.pts, sound.time_base = 48000, number * block, Fraction(1, 48000)
        for plane in sound.planes:
            plane.update(bytes(plane.buffer_size))
        yield sound


@cache
def packets(width: int = WIDTH, height: int = HEIGHT) -> tuple[bytes, ...]:
    """The pictures as H.264 with start codes and parameter sets in band, in order (no B pictures)."""
    memory = io.BytesIO()
    with av.open(memory, "w", format="h264") as out:
        video = out.add_stream(
            "libx264", rate=RATE, options={"crf": "20", "preset": "ultrafast", "tune": "zerolatency"}
        )
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        made = [bytes(packet) for number in range(FRAMES) for packet in video.encode(frame(number, width, height))]
        made += [bytes(packet) for packet in video.encode()]
    return tuple(made)


@contextmanager
def remuxed(kind: str, path: Path) -> Iterator[tuple[av.container.OutputContainer, av.VideoStream, list[av.Packet]]]:
    """Write the pictures of a good clip anew at `path`: the caller changes and muxes the packets."""
    with av.open(io.BytesIO(good(kind))) as source, av.open(str(path), "w") as out:
        video = out.add_stream_from_template(source.streams.video[0])
        yield out, video, [packet for packet in source.demux(video=0) if packet.size]
