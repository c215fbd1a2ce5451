"""Frames without the statement that they are no stereo: the container says it, and its box stays.

libavcodec attaches it to each frame, and some encoders (x264, MPEG-2) would write it into the coded pictures too.
PyAV cannot take it off; libavfilter can.
"""

from __future__ import annotations

from collections.abc import Callable

from av.filter import Graph
from av.video.frame import VideoFrame

Taking = Callable[[VideoFrame], VideoFrame]


def without_stereo(first: VideoFrame) -> Taking:
    """What takes it off frames that are like the first: the pictures, and all else that is told of them, are the
    same."""
    graph = Graph()
    source = graph.add_buffer(width=first.width, height=first.height, format=first.format, time_base=first.time_base)
    taker, sink = graph.add("sidedata", "mode=delete:type=STEREO3D"), graph.add("buffersink")
    source.link_to(taker)
    taker.link_to(sink)
    graph.configure()

    def take(frame: VideoFrame) -> VideoFrame:
        graph.push(frame)
        taken = graph.pull()
        assert isinstance(taken, VideoFrame)
        return taken

    return take
