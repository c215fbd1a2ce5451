"""Single pictures out of a file that is not read whole: seek, then decode from the keyframe before.

What a file's head says of its times is taken for true here, which nothing that judges or writes a file may do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from labeler.errors import SourceUnreadable
from labeler.language import decimal, say
from labeler.media import mux, survey
from labeler.media.frames import FrameReader, Learnt, colours_and_alpha, picture_format, video_stream
from labeler.media.open import expect_name, open_media, reading, seek_to
from labeler.media.picture import Picture, PictureFormat
from labeler.media.timeline import PICTURE_RATES

MICROSECONDS = 1_000_000
SAME_RATE = Fraction(1, 5000)
"""A mean rate that is this near to one of production is that one: 29.97 and 30 are five times as far apart."""

LONGEST = 48 * 3600
"""Seconds of a video that a head is believed to tell."""
NEAR = 2
"""Seconds over which decoding goes on rather than to seek."""
MARGIN = 3
"""Frames before the wanted one that are decoded in any case."""


class Glance:
    """The moving pictures of one file, by time. A context manager; nothing is opened before `with`.

    Raises, on entering: SourceMissing, SourceUnreadable (not a video, no picture decodes), SourceUnsupported (several
    video tracks, samples that this version does not read, a name that promises another container).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.track: int
        self.format: PictureFormat
        self._first: int
        self._time_base: Fraction
        self._frames: Iterator[VideoFrame] = iter(())
        self._shown: VideoFrame | None = None
        self._ahead: VideoFrame | None = None
        self._opened = ExitStack()
        self._container: InputContainer
        self._stream: VideoStream

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self._container = opened.enter_context(open_media(self.path))
            expect_name(self.path, self._container.format.name)
            self.track = self._moving_track()
            self._stream = video_stream(self._container, self.track, self.path)
            self._stream.thread_type = "AUTO"
            self._time_base = Fraction(self._stream.time_base or 1)
            first = next(self._decoded(None), None)
            if first is None:
                raise self._no_picture(Fraction(0))
            self.format = picture_format(self._stream, first, self.path)
            self._first = ticks_of(first)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def _moving_track(self) -> int:
        moving = [one for one in self._container.streams.video if not one.disposition & Disposition.attached_pic]
        if len(moving) > 1:
            raise mux.unsupported(self.path, f"{len(moving)} video tracks", f"{len(moving)} pistes vidéo")
        if not moving:
            raise SourceUnreadable(
                say(f"{self.path} has no video track.", f"{self.path} n'a pas de piste vidéo."), file=str(self.path)
            )
        return moving[0].index

    @cached_property
    def duration(self) -> Fraction:
        """Seconds from the first shown frame to the end of the last, as the head says; where it says nothing, or what
        can hardly be, the packets are read after all."""
        told = self._told_duration()
        if 0 < told <= LONGEST:
            return told
        with FrameReader(self.path, self.track, Learnt(self.format)) as frames:
            return frames.duration

    def _told_duration(self) -> Fraction:
        begin = self._first * self._time_base
        if self._stream.duration:
            begun = self._stream.start_time if self._stream.start_time is not None else self._first
            return self._stream.duration * self._time_base - (begin - begun * self._time_base)
        start = Fraction(self._container.start_time or 0, MICROSECONDS)
        return Fraction(self._container.duration or 0, MICROSECONDS) - (begin - start)

    @property
    def rate(self) -> Fraction | None:
        """Pictures a second; None where the head does not promise that all last equally long."""
        average, base = self._stream.average_rate, self._stream.base_rate
        return self.pace if average and base and abs(average / base - 1) < SAME_RATE else None

    @cached_property
    def pace(self) -> Fraction:
        """Pictures a second on the whole, whether or not all last equally long."""
        average = Fraction(self._stream.average_rate or self._stream.guessed_rate or 25)
        return next((rate for rate in PICTURE_RATES if abs(average / rate - 1) < SAME_RATE), average)

    @property
    def frame_count(self) -> int:
        return max(1, round(self.duration * self.pace))

    def time_of(self, index: int) -> Fraction:
        """When the frame with this number begins, if all last equally long."""
        return index / self.pace

    def index_at(self, seconds: Fraction) -> int:
        return min(int(seconds * self.pace), self.frame_count - 1)

    def start_timecode(self) -> tuple[str | None, int | None]:
        """The time code of the first frame, and how many frames it counts in a second."""
        with reading(self.path):
            return survey.start_timecode(self._container, self.path)

    def picture_at(self, seconds: Fraction) -> Picture:
        """The picture shown at this time (0 or more), the last one after the end; its planes are copies to write to.

        Quickest when asked for moments in order. Raises SourceUnreadable where none decodes.
        """
        wanted = self._first + int(seconds / self._time_base)
        if self._is_near(wanted):
            self._advance(wanted)
        else:
            self._search(wanted)
        if self._shown is None:
            raise self._no_picture(seconds)
        return self._picture(self._shown)

    def _is_near(self, wanted: int) -> bool:
        """Whether going on from where the decoder stands is quicker than to begin at a keyframe again."""
        return self._shown is not None and 0 <= (wanted - ticks_of(self._shown)) * self._time_base <= NEAR

    def _search(self, wanted: int) -> None:
        for target in self._targets(wanted):
            for hurries in (True, False) if self.rate else (False,):
                self._shown = self._ahead = None
                self._frames = self._decoded(target, wanted, hurries=hurries)
                self._advance(wanted)
                if self._shown is None or self._is_surely_shown(self._shown, wanted):
                    break
            if self._shown is not None:
                return

    def _advance(self, wanted: int) -> None:
        """Decode until the next frame would begin later than what is wanted."""
        while True:
            self._ahead = self._ahead or next(self._frames, None)
            if self._ahead is None or ticks_of(self._ahead) > wanted:
                return
            self._shown, self._ahead = self._ahead, None

    def _is_surely_shown(self, frame: VideoFrame, wanted: int) -> bool:
        """Hurrying leaves frames out that end before: where the head's rate is no lie, never the one that is shown."""
        return (wanted - ticks_of(frame)) * self._time_base * self.pace < MARGIN

    def _targets(self, wanted: int) -> Iterator[int | None]:
        """Where to seek to: farther back each time, for seeking may land behind; at last (None) the beginning."""
        back = 0
        while wanted - back > self._first:
            yield wanted - back
            back = max(2 * back, int(1 / self._time_base))
        yield None

    def _decoded(self, target: int | None, wanted: int = 0, *, hurries: bool = False) -> Iterator[VideoFrame]:
        """Frames from `target` on. hurries: without those long before `wanted` that no other frame leans on."""
        context = self._stream.codec_context
        context.flush_buffers()
        margin = MARGIN / self.pace / self._time_base
        for packet in self._packets(target, wanted):
            is_early = hurries and packet.pts is not None and packet.pts < wanted - margin
            context.skip_frame = "NONREF" if is_early else "DEFAULT"
            with suppress(av.error.FFmpegError):  # what is damaged is left out: a glance judges nothing
                for frame in context.decode(packet if packet.size else None):
                    if self._is_like_the_first(frame):
                        yield frame

    def _packets(self, target: int | None, wanted: int) -> Iterator[Packet[VideoStream]]:
        """From the keyframe where seeking lands; none where that is shown later than what is wanted.

        Pictures shown before a keyframe that they follow (open GOP) are whole only from an earlier one.
        """
        with reading(self.path):
            seek_to(self._container, self._stream, target)
        begun = target is None
        packets = self._container.demux(self._stream)
        while True:
            with reading(self.path):
                packet = next(packets, None)
            if packet is None:
                return
            if not begun and packet.size:
                if not packet.is_keyframe:
                    continue
                if packet.pts is not None and packet.pts > wanted:
                    return
                begun = True
            yield packet

    def _is_like_the_first(self, frame: VideoFrame) -> bool:
        known = getattr(self, "format", None)
        return known is None or (frame.width, frame.height) == (known.width, known.height)

    def _picture(self, frame: VideoFrame) -> Picture:
        seconds = (ticks_of(frame) - self._first) * self._time_base
        return Picture(
            planes=tuple(plane.copy() for plane in colours_and_alpha(frame)[0]),
            format=self.format,
            seconds=seconds,
            index=self.index_at(seconds),
            is_keyframe=bool(frame.key_frame),
        )

    def _no_picture(self, seconds: Fraction) -> SourceUnreadable:
        at = f"{decimal(float(seconds), 3)} s"
        return SourceUnreadable(
            say(f"No picture of {self.path} decodes at {at}.", f"Aucune image de {self.path} ne se décode à {at}."),
            file=str(self.path),
        )


def ticks_of(frame: VideoFrame) -> int:
    """AVI tells no other times than those of its packets."""
    return int(frame.pts if frame.pts is not None else frame.dts or 0)
