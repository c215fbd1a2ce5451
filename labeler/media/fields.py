"""Which field of interlaced pictures is shown first: libavcodec knows it of each frame, and PyAV neither says nor sets
it. libavfilter does both."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from av import VideoFrame
from av.filter import Graph
from av.video.stream import VideoStream

from labeler.media.frames import planes

TOP, BOTTOM = "top", "bottom"
TOP_CODE, BOTTOM_CODE = 0, 200
TICK = Fraction(1, 25)
"""Any will do: pictures have no times yet when they are marked."""


class Marker:
    """Tells new pictures, all of one size and format, that they are interlaced, and which field is shown first."""

    def __init__(self, *, is_top_first: bool) -> None:
        self._mode = "tff" if is_top_first else "bff"
        self._graph: Graph | None = None

    def marked(self, picture: VideoFrame) -> VideoFrame:
        if self._graph is None:
            self._graph = graph = Graph()
            nodes = (
                graph.add_buffer(
                    width=picture.width, height=picture.height, format=picture.format, time_base=TICK
                ),
                graph.add("setfield", f"mode={self._mode}"),
                graph.add("buffersink"),
            )  # fmt: skip
            for one, next_one in pairwise(nodes):
                one.link_to(next_one)
            graph.configure()
        self._graph.push(picture)
        marked = self._graph.pull()
        assert isinstance(marked, VideoFrame)
        return marked


def first_field(stream: VideoStream, pictures: Sequence[VideoFrame]) -> str | None:
    """`top` or `bottom`, of the first interlaced picture; None where none is.

    libavfilter cuts a frame into its fields in their order of showing. The rows of the frame are painted over for that,
    so the picture is lost: call it last. (A frame made anew would not carry the flag.)
    """
    frame = next((picture for picture in pictures if picture.interlaced_frame), None)
    if frame is None:
        return None
    graph = Graph()
    source, cutter, sink = graph.add_buffer(template=stream), graph.add("separatefields"), graph.add("buffersink")
    source.link_to(cutter)
    cutter.link_to(sink)
    graph.configure()
    frame.make_writable()
    luma = planes(frame, writable=True)[0]
    luma[0::2], luma[1::2] = TOP_CODE, BOTTOM_CODE
    graph.push(frame)
    shown = graph.pull()
    assert isinstance(shown, VideoFrame)
    return TOP if int(planes(shown)[0][0, 0]) == TOP_CODE else BOTTOM
