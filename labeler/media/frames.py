"""Pictures out of a file: any frame by its exact time, each group of pictures decoded at most once, memory flat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self, cast

import av.error
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.sidedata.sidedata import SideData, SideDataContainer
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from labeler.errors import SourceUnreadable, SourceUnsupported
from labeler.language import say
from labeler.media import isobmff
from labeler.media.aperture import Aperture
from labeler.media.open import NO_OPTIONS, open_media, reading, rewind, seek_to
from labeler.media.picture import Picture, PictureFormat, Transfer
from labeler.media.timeline import UNKNOWN, Timed, Timeline, scan

# ITU-T H.273 table 4, MatrixCoefficients.
MATRICES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
# H.273 table 3, TransferCharacteristics: the two of ITU-R BT.2100.
HDR_TRANSFERS: Mapping[int, Transfer] = MappingProxyType({16: "pq", 18: "hlg"})
UNSPECIFIED_MATRIX = 2
FULL_RANGE = 2  # AVCOL_RANGE_JPEG
MOST_EARLIER = 3
"""Keys to go back for a picture that does not come out of a decoder: pictures recover within one or two (measured)."""
# What cameras and encoders leave unspecified is SD (601) below this many lines, else HD (709).
HD_LINES = 720
# Bits, and horizontal and vertical chroma divisors, of the pixel formats that this version reads.
LAYOUTS = {
    f"{family}{chroma}{depth}": (bits, divisors)
    for chroma, divisors in (("420p", (2, 2)), ("422p", (2, 1)), ("444p", (1, 1)))
    for family, depth, bits in (("yuv", "", 8), ("yuvj", "", 8), ("yuv", "10le", 10), ("yuv", "12le", 12))
}
WITH_ALPHA = frozenset({"yuva444p10le", "yuva444p12le"})
"""As ProRes 4444 is decoded."""
LAYOUTS |= {name: LAYOUTS[name.replace("yuva", "yuv")] for name in WITH_ALPHA}
COLOURS = 3
"""Planes before that of alpha."""
PACKED = {"uyvy422": (1, 0, 2), "yuyv422": (0, 1, 3)}
"""4:2:2 with its samples side by side: where Y, Cb and Cr stand first in each four bytes of two pixels."""
LAYOUTS |= dict.fromkeys(PACKED, (8, (2, 1)))


@dataclass(frozen=True)
class Fault:
    """A frame that did not decode whole: about when (seconds from the first shown frame, or None), and what it was."""

    seconds: Fraction | None
    reason: str


@dataclass(frozen=True)
class Run:
    """Packets `start` to `stop` (decode positions, both included) that give the frames numbered `indexes`."""

    start: int
    stop: int
    indexes: list[int]


@dataclass
class Learnt:
    """What is known of a track before it is opened, and what its reader has found out when it is closed."""

    format: PictureFormat | None = None
    timeline: Timeline | None = None


def picture_format(stream: VideoStream, frame: VideoFrame, path: Path) -> PictureFormat:
    """How the samples of this track are to be read, from its first frame. Raises as `format_within`."""
    is_boxed = stream.container.format.name.startswith("mov")
    return format_within(stream, frame, path, isobmff.aperture_of(path, stream.id) if is_boxed else None)


def format_within(stream: VideoStream, frame: VideoFrame, path: Path, crop: Aperture | None) -> PictureFormat:
    """The same where the clean aperture of the track is known.

    Raises SourceUnsupported for a pixel format, matrix or display matrix that this version does not read.
    """
    layout = LAYOUTS.get(frame.format.name)
    if layout is None:
        raise _unsupported(path, f"pixel format {frame.format.name}")
    rotation = rotation_of(frame, path)
    lines = frame.width if rotation in (90, 270) else frame.height
    coefficients = int(frame.colorspace)
    if coefficients == UNSPECIFIED_MATRIX:
        matrix: str | None = "bt709" if lines >= HD_LINES else "bt601"
    else:
        matrix = MATRICES.get(coefficients)
    if matrix is None:
        raise _unsupported(path, f"colour matrix {coefficients} (H.273)")
    return PictureFormat(
        width=frame.width,
        height=frame.height,
        bits=layout[0],
        subsampling=layout[1],
        matrix=matrix,
        full_range=frame.format.name.startswith("yuvj") or int(frame.color_range) == FULL_RANGE,
        rotation=rotation,
        sar=Fraction(stream.sample_aspect_ratio or 1) or Fraction(1),
        transfer=HDR_TRANSFERS.get(int(frame.color_trc), "sdr"),
        is_interlaced=bool(frame.interlaced_frame),
        has_alpha=frame.format.name in WITH_ALPHA,
        # What is told of pictures of another size than the decoder hands out is not of these.
        aperture=crop.box if crop is not None and crop.of == (frame.width, frame.height) else None,
    )


def display_matrix(frame: VideoFrame) -> tuple[int, ...] | None:
    """The nine numbers of the frame's display matrix (ISO/IEC 14496-12, 6.2.2), or None."""
    for name, data in side_data(frame):
        if name == "DISPLAYMATRIX":
            return tuple(int(number) for number in np.frombuffer(data, dtype="<i4"))
    return None


def side_data(frame: VideoFrame) -> tuple[tuple[str, bytes], ...]:
    """Names and bytes of what libavcodec attached to the frame; a kind that PyAV does not know is named so.

    Never call it on a frame after `make_writable`: that frees what PyAV's view points to (measured).
    """
    try:
        # A container of its own, not `frame.side_data`: the frame would keep that one, and the two would keep each
        # other until the garbage collector comes by (measured: 100 MB more at 360p). Iterating yields the items.
        items = cast(Iterable[SideData], iter(SideDataContainer(frame)))  # type: ignore[call-arg]
        return tuple((item.type.name, bytes(item)) for item in items)
    except ValueError as error:
        return ((str(error), b""),)


def rotation_of(frame: VideoFrame, path: Path) -> int:
    """Degrees clockwise that a player turns the stored frame: 0, 90, 180 or 270. A mirror or a slant is refused."""
    matrix = display_matrix(frame)
    if matrix is None:
        return 0
    turns = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 90, (-1, 0, 0, -1): 180, (0, -1, 1, 0): 270}
    corner = tuple(int(np.sign(matrix[at])) for at in (0, 1, 3, 4))
    sizes = {abs(matrix[at]) for at in (0, 1, 3, 4)} - {0}
    if corner not in turns or len(sizes) != 1:
        raise _unsupported(path, "display matrix that mirrors or scales the picture")
    return turns[corner]


def planes(frame: VideoFrame, *, writable: bool = False) -> tuple[np.ndarray, ...]:
    """Views (rows, columns) of the frame's planes, without the padding of its lines: uint8, or uint16 above 8 bits. Of
    packed samples they skip what is between."""
    if frame.format.name in PACKED:
        return _unpacked(frame, writable=writable)
    depth = np.dtype(np.uint8 if frame.format.components[0].bits <= 8 else np.dtype("<u2"))
    views = []
    for plane in frame.planes:
        buffer = memoryview(cast(bytes, plane))
        rows = np.frombuffer(buffer, dtype=depth).reshape(-1, plane.line_size // depth.itemsize)
        view = rows[: plane.height, : plane.width]
        view.flags.writeable = writable
        views.append(view)
    return tuple(views)


def colours_and_alpha(frame: VideoFrame, *, writable: bool = False) -> tuple[tuple[np.ndarray, ...], np.ndarray | None]:
    """Planes Y, Cb, Cr, which may be writable; and that of alpha, which never is; None where there is none."""
    colours = planes(frame, writable=writable)[:COLOURS]
    return colours, planes(frame)[COLOURS] if frame.format.name in WITH_ALPHA else None


def _unpacked(frame: VideoFrame, *, writable: bool) -> tuple[np.ndarray, ...]:
    (plane,) = frame.planes
    rows = np.frombuffer(memoryview(cast(bytes, plane)), np.uint8).reshape(-1, plane.line_size)[: frame.height]
    pairs = -(-frame.width // 2)
    luma, *chroma = PACKED[frame.format.name]
    views = (rows[:, luma : 4 * pairs : 2][:, : frame.width], *(rows[:, at : 4 * pairs : 4] for at in chroma))
    for view in views:
        view.flags.writeable = writable
    return views


def video_stream(container: InputContainer, track: int, path: Path) -> VideoStream:
    """The video stream with this index, every other stream switched off."""
    for stream in container.streams:
        stream.discard = Discard.default if stream.index == track else Discard.all
    chosen = container.streams[track] if track < len(container.streams) else None
    if not isinstance(chosen, VideoStream) or chosen.codec_context is None:
        raise SourceUnreadable(
            say(f"Track {track} of {path} is no video.", f"La piste {track} de {path} n'est pas une vidéo."),
            file=str(path),
        )
    return chosen


def readable(frame: VideoFrame) -> VideoFrame:
    """The frame itself where its pixel format is read here, else a copy as 4:4:4 of 8 or 10 bits; RGB by ITU-R BT.709
    in limited range. Times and side data are those of the frame (measured with PyAV 18.1)."""
    if frame.format.name in LAYOUTS:
        return frame
    name = "yuv444p" if frame.format.components[0].bits <= 8 else "yuv444p10le"
    if frame.format.is_rgb:
        return frame.reformat(format=name, dst_colorspace="ITU709", dst_color_range="MPEG")
    return frame.reformat(format=name)


class FrameReader(Timed):
    """The frames of one video track, by time. A context manager; nothing is opened before `with`.

    What the decoder finds damaged is written down in `faults` and never raised: a verdict is about it.
    Raises, on entering or when its times are first needed: SourceMissing, SourceUnreadable, SourceUnsupported.
    """

    def __init__(
        self,
        path: Path,
        track_index: int,
        learnt: Learnt | None = None,
        *,
        threads: int | None = None,
        options: Mapping[str, str] = NO_OPTIONS,
        converts: bool = False,
    ) -> None:
        """learnt: by an earlier reader of the same track, with the same options. options: of the demuxer
        (`packets.ALL_PACKETS`: also the frames that an edit list hides). converts: pictures in a pixel format that this
        version does not read come in one that it does, to be looked at only."""
        self.path = path
        self.track = track_index
        self.on_picture: Callable[[Picture], None] | None = None
        self.faults: list[Fault] = []
        self.decoded = 0
        self._learnt = learnt or Learnt()
        self._threads = threads
        self._options = options
        self._converts = converts
        self._opened = ExitStack()
        self._last_fed: Fraction | None = None
        self._container: InputContainer
        self._stream: VideoStream

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self._container = opened.enter_context(open_media(self.path, options=self._options, takes_any_text=True))
            self._stream = video_stream(self._container, self.track, self.path)
            self._stream.thread_type = "AUTO"
            self._stream.thread_count = self._threads or 0
            if self._learnt.format is None:
                self._learnt.format = self._first_format()
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def format(self) -> PictureFormat:
        if self._learnt.format is None:
            raise RuntimeError("a FrameReader is used inside its `with`")
        return self._learnt.format

    @property
    def timeline(self) -> Timeline:
        """Packets by number and frames by time; read when it is first needed: whoever asks for the format alone waits
        for no pass over the file."""
        if self._learnt.timeline is None:
            with reading(self.path):
                rewind(self._container)
                self._learnt.timeline = scan(self._container, self._stream, self.path)
        return self._learnt.timeline

    @property
    def keyframes(self) -> tuple[Fraction, ...]:
        """The times of the shown keyframes, in order."""
        keys = set(self.timeline.keys.tolist())
        return tuple(self.time_of(index) for index, at in enumerate(self.timeline.shown.tolist()) if at in keys)

    def neighbours(self, seconds: Fraction) -> tuple[Fraction | None, Fraction, Fraction | None]:
        """The times of the frame before, of the one shown at this time, and of the one after."""
        index = self.index_at(seconds)
        before = self.time_of(index - 1) if index else None
        return before, self.time_of(index), self.time_of(index + 1) if index + 1 < self.frame_count else None

    def last(self) -> Picture | None:
        """The last frame; None if it does not decode."""
        return next(self.pictures([self.time_of(-1)]), None)

    def pictures(self, times: Iterable[Fraction]) -> Iterator[Picture]:
        """The picture shown at each time, in time order, one for each time asked for.

        Each stays valid after the next. A frame that does not decode is left out (see `faults`), so go by
        `picture.seconds`, never by counting. Start the next batch only when this one is done or dropped.
        """
        return self.pictures_at(self.index_at(seconds) for seconds in times)

    def pictures_at(self, indexes: Iterable[int]) -> Iterator[Picture]:
        """The same by the numbers of the frames, in order of showing."""
        for run in self._runs(sorted(indexes)):
            yield from self._handed_out(run)

    def _runs(self, wanted: list[int]) -> Iterator[Run]:
        run: Run | None = None
        for index in wanted:
            position = int(self.timeline.shown[index])
            start = self.timeline.start_for(position)
            if run is not None and start <= run.stop + 1:
                run.indexes.append(index)
                run = Run(run.start, max(run.stop, position), run.indexes)
                continue
            if run is not None:
                yield run
            run = Run(start, position, [index])
        if run is not None:
            yield run

    def _handed_out(self, run: Run) -> Iterator[Picture]:
        """The pictures of a run. Decoders hand frames out in order of PTS, so a later one means that one is lost."""
        waiting = iter(run.indexes)
        index = next(waiting, None)
        for frame in self._from_early_enough(run):
            pts = frame.pts if frame.pts is not None else UNKNOWN
            while index is not None and self.timeline.shown_pts[index] < pts:
                self._lost(index)
                index = next(waiting, None)
            picture: Picture | None = None
            while index is not None and self.timeline.shown_pts[index] == pts:
                picture = picture or self._seen(frame, index)
                yield picture
                index = next(waiting, None)
            if index is None:
                return
        while index is not None:
            self._lost(index)
            index = next(waiting, None)

    def _from_early_enough(self, run: Run) -> Iterator[VideoFrame]:
        """The frames of a run. A key of H.264 may be a point from which pictures recover little by little (D.2.8): the
        decoder leaves out those before they are whole, so decoding begins earlier, by `MOST_EARLIER` keys at most. A
        key of any other codec that gives no picture at once is a fault, and stays one."""
        wanted, start = self.timeline.shown_pts[run.indexes[0]], run.start
        known = len(self.faults)
        recovers = self._stream.codec_context.codec.canonical_name == "h264"
        for _ in range(MOST_EARLIER + 1 if recovers else 1):
            del self.faults[known:]
            frames = self._frames(start, run.stop)
            first = next(frames, None)
            before = self.timeline.key_before(start)
            if before is None or (first is not None and (first.pts is None or first.pts <= wanted)):
                break
            start = before
        if first is not None:
            yield first
        yield from frames

    def _seen(self, frame: VideoFrame, index: int) -> Picture:
        position = int(self.timeline.shown[index])
        colours, alpha = colours_and_alpha(frame)
        picture = Picture(
            planes=colours,
            alpha=alpha,
            format=self.format,
            seconds=self.time_of(index),
            index=index,
            is_keyframe=self.timeline.is_key(position),
        )
        self.decoded += 1
        if frame.is_corrupt:
            self.faults.append(Fault(picture.seconds, "damaged picture"))
        if self.on_picture is not None:
            self.on_picture(picture)
        return picture

    def _lost(self, index: int) -> None:
        fault = Fault(self.time_of(index), "no picture")
        if fault not in self.faults[-1:]:
            self.faults.append(fault)

    def _frames(self, start: int, stop: int) -> Iterator[VideoFrame]:
        """Decode the packets from `start` to `stop` and nothing else, to the last frame of them."""
        context = self._stream.codec_context
        for packet in self._packets(start, stop):
            yield from self._same_size(self._decode(packet))
        yield from self._same_size(self._decode(None))
        context.flush_buffers()

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        if packet is not None and packet.pts is not None:
            # A decoder with threads complains some packets later, so the time of a fault is that of its last packet.
            self._last_fed = int(packet.pts - self.timeline.shown_pts[0]) * self.timeline.time_base
        try:
            return [self._readable(frame) for frame in self._stream.codec_context.decode(packet)]
        except av.error.FFmpegError as error:
            self.faults.append(Fault(self._last_fed, error.strerror or type(error).__name__))
            return []

    def _readable(self, frame: VideoFrame) -> VideoFrame:
        return readable(frame) if self._converts else frame

    def _same_size(self, frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        """A frame of another size or layout than the first is not a picture of this track's format."""
        for frame in frames:
            wanted = self._learnt.format
            if wanted is None or (
                (frame.width, frame.height) == (wanted.width, wanted.height)
                and LAYOUTS.get(frame.format.name) == (wanted.bits, wanted.subsampling)
                and (frame.format.name in WITH_ALPHA) == wanted.has_alpha
            ):
                yield frame

    def _packets(self, start: int, stop: int) -> Iterator[Packet[VideoStream]]:
        """The packets of decode positions `start` to `stop`, wherever seeking lands. What cannot be read is a fault."""
        try:
            yield from self._packets_read(start, stop)
        except av.error.FFmpegError as error:
            self.faults.append(Fault(self._last_fed, error.strerror or type(error).__name__))

    def _packets_read(self, start: int, stop: int) -> Iterator[Packet[VideoStream]]:
        for target in (self._seek_target(start), None):
            seek_to(self._container, self._stream, target)
            landed = False
            position = UNKNOWN
            for packet in self._container.demux(self._stream):
                if packet.pts is None:
                    break
                position = self.timeline.position_of(packet.pts) if not landed else position + 1
                if not landed and position > start:
                    break  # too late: go back to the beginning of the file
                landed = landed or position >= 0
                if position >= start:
                    yield packet
                if position >= stop:
                    return
            if landed:
                return

    def _seek_target(self, position: int) -> int:
        """MP4 and MOV index by DTS, Matroska by PTS."""
        dts = int(self.timeline.dts[position])
        by_pts = "matroska" in self._container.format.name or dts == UNKNOWN
        return int(self.timeline.pts[position]) if by_pts else dts

    def _first_format(self) -> PictureFormat:
        for frame in self._first_frames():
            self._stream.codec_context.flush_buffers()
            return picture_format(self._stream, frame, self.path)
        raise no_picture(self.path)

    def _first_frames(self) -> Iterator[VideoFrame]:
        """Frames from the beginning of the file, for as long as someone wants one."""
        packets = self._container.demux(self._stream)
        while True:
            with reading(self.path):
                packet = next(packets, None)
            if packet is None:
                return
            with suppress(av.error.FFmpegError):  # damaged, or larger than may be decoded
                frames = self._stream.codec_context.decode(packet if packet.size else None)
                yield from map(self._readable, frames)


def no_picture(path: Path) -> SourceUnreadable:
    return SourceUnreadable(
        say(f"No frame of {path} can be decoded.", f"Aucune image de {path} ne se décode."), file=str(path)
    )


def _unsupported(path: Path, fact: str) -> SourceUnsupported:
    return SourceUnsupported(
        say(
            f"{path} has a {fact}, which this version of labeler cannot keep.",
            f"{path} : {fact}, que cette version de labeler ne sait pas conserver.",
        ),
        facts=(fact,),
        file=str(path),
    )
