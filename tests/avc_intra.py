"""AVC-Intra as broadcasters have it, by PyAV alone: in MXF and MOV, with fields, and with parameter sets in each
picture, in the first alone, or nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame

SPS, PPS, FILLER = 0x67, 0x68, 0x0C
GRAIN = 200
START = b"\0\0\1"


@dataclass(frozen=True)
class Kind:
    """private: x264's parameters. fields: libavfilter's name of the order of fields, `prog` without. has_grain: from
    line 200 on, so much that hardly a byte of the picture is left."""

    private: str
    width: int = 1920
    height: int = 1080
    pixel_format: str = "yuv422p10le"
    rate: int = 25
    fields: str = "prog"
    has_grain: bool = False


P100 = Kind("avcintra-class=100")
I100 = Kind("avcintra-class=100:tff=1", fields="tff")
I50 = Kind("avcintra-class=50:tff=1", 1440, 1080, "yuv420p10le", fields="tff")
S100 = Kind("avcintra-class=100", 1280, 720, rate=50)
XAVC = Kind("avcintra-class=100:avcintra-flavor=sony")
GRAINY = Kind("avcintra-class=100", has_grain=True)
B100 = Kind("avcintra-class=100:bff=1", fields="bff")
CHANGING = Kind("avcintra-class=100:tff=1")
"""x264 takes its first picture with the matrices of its class and the others with other ones, when it is told of fields
and its frames are not (measured)."""


def make(path: Path, kind: Kind = P100, *, picked: Sequence[int] = range(15)) -> Path:
    """picked: which of the pictures that are coded are in the file; x264 numbers them 5, 3, 4, 5, …"""
    if path.suffix == ".mov":
        return copied(make(path.with_suffix(".mxf"), kind, picked=picked), path)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=kind.rate)
        stream.width, stream.height, stream.pix_fmt = kind.width, kind.height, kind.pixel_format
        stream.options = {"x264-params": kind.private, "preset": "ultrafast"}
        stream.thread_type = "FRAME"
        graph = marking(kind)
        made = []
        for number in range(max(picked) + 1):
            graph.push(ramp(kind, number))
            frame = graph.pull()
            assert isinstance(frame, VideoFrame)
            made += stream.encode(frame)
        made += stream.encode()
        for number, place in enumerate(picked):
            packet = made[place]
            packet.pts = packet.dts = number
            container.mux(packet)
    return path


def marking(kind: Kind) -> Graph:
    """Frames of this kind go through it and then say which field is first."""
    graph, base = Graph(), Fraction(1, kind.rate)
    source = graph.add_buffer(width=kind.width, height=kind.height, format=kind.pixel_format, time_base=base)
    marked, sink = graph.add("setfield", kind.fields), graph.add("buffersink")
    source.link_to(marked)
    marked.link_to(sink)
    graph.configure()
    return graph


def ramp(kind: Kind, number: int) -> VideoFrame:
    """Dark at the left and bright at the right, a step brighter in each picture."""
    frame = VideoFrame(kind.width, kind.height, kind.pixel_format)
    luma, *chroma = [np.frombuffer(memoryview(plane), np.uint16) for plane in frame.planes]  # type: ignore[arg-type]
    luma.reshape(kind.height, -1)[:, : kind.width] = np.linspace(200, 800, kind.width).astype(np.uint16) + number
    if kind.has_grain:
        grain = np.random.default_rng(number).integers(64, 940, (kind.height - GRAIN, kind.width))
        luma.reshape(kind.height, -1)[GRAIN:, : kind.width] = grain
    for samples in chroma:
        samples[:] = 512
    frame.pts, frame.time_base = number, Fraction(1, kind.rate)
    return frame


def copied(source: Path, target: Path, format: str | None = None) -> Path:
    """Packet by packet. format: libavformat's name of it. Of a MOV, libavformat chooses the sample entry: units keep
    their start codes under `ai…`, and have lengths under `avc1`."""
    with av.open(str(source)) as before, av.open(str(target), "w", format=format) as after:
        stream = after.add_stream_from_template(before.streams.video[0], opaque=True)
        for packet in before.demux(video=0):
            if packet.size:
                packet.stream = stream
                after.mux(packet)
    return target


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def without_sets(path: Path, *, in_first: bool) -> Path:
    """Parameter sets become filler of the same bytes: in all pictures, or in all but the first."""
    data, at = bytearray(path.read_bytes()), 0
    for number, packet in enumerate(packets(path)):
        at = data.index(packet, at)
        if number or not in_first:
            for kind in (SPS, PPS):
                start = packet.index(START + bytes([kind])) + len(START)
                size = len(packet[start : packet.index(START, start)].rstrip(b"\0"))
                data[at + start : at + start + size] = bytes([FILLER]) + (size - 2) * b"\xff" + b"\x80"
        at += len(packet)
    path.write_bytes(data)
    return path
