"""Which field of interlaced pictures is shown first: libavcodec knows it of each frame, and PyAV does not say."""

from __future__ import annotations

from collections.abc import Sequence

from av import VideoFrame
from av.filter import Graph
from av.video.stream import VideoStream

from labeler.media.frames import planes

TOP, BOTTOM = "top", "bottom"
TOP_CODE, BOTTOM_CODE = 0, 200


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
