"""When each frame of a video track is shown, and where its decoding has to begin: arrays, no pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from labeler.errors import SourceUnreadable, SourceUnsupported
from labeler.language import decimal, say
from labeler.media.vpx_frames import HIDING_CODECS, is_shown

UNKNOWN = -(1 << 63)
# Pictures a second in production and delivery: those of SMPTE ST 12-1 and ST 12-3, and half and double ones.
PICTURE_RATES = (
    *(Fraction(whole) for whole in (24, 25, 30, 48, 50, 60, 96, 100, 120)),
    *(Fraction(whole * 1000, 1001) for whole in (24, 30, 48, 60, 120)),
)
Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Timeline:
    """The packets of one video track by number in decode order («position») and its frames in order of showing.

    pts, dts: in units of `time_base`, one for each position (dts may be UNKNOWN). keys: positions of keyframes.
    shown: positions in order of presentation, without what an edit list hides; shown_pts: their PTS, by which decoded
    frames are known. ticks: when each is shown, the same but in AVI. end: the tick at which the last ends.
    """

    time_base: Fraction
    pts: Numbers
    dts: Numbers
    keys: Numbers
    shown: Numbers
    shown_pts: Numbers
    ticks: Numbers
    end: int

    def seconds_at(self, index: int) -> Fraction:
        """Seconds from the first shown frame to the frame with this number in order of showing."""
        return int(self.ticks[index] - self.ticks[0]) * self.time_base

    @property
    def duration(self) -> Fraction:
        return int(self.end - self.ticks[0]) * self.time_base

    def rate(self) -> Fraction | None:
        """Pictures a second where each stands at its place, to one tick of the clock; None where their lengths vary.

        Clocks of milliseconds (Matroska) or of 90 kHz round: then it is the rate of PICTURE_RATES that fits best.
        """
        steps = np.diff(self.ticks)
        if not len(steps) or np.all(steps == steps[0]):
            return 1 / (int(steps[0] if len(steps) else self.end - self.ticks[0]) * self.time_base)
        off = {rate: self._off_place(rate) for rate in PICTURE_RATES}
        best = min(off, key=off.__getitem__)
        return best if off[best] <= 1 else None

    def _off_place(self, rate: Fraction) -> Fraction:
        """The most ticks that a picture lies off its place at this rate."""
        step = 1 / (rate * self.time_base)
        places = np.arange(len(self.ticks), dtype=np.int64) * step.numerator
        return Fraction(int(np.abs((self.ticks - self.ticks[0]) * step.denominator - places).max()), step.denominator)

    def index_at(self, seconds: Fraction) -> int:
        """The number of the frame that is shown at this time: the last one that began by then.

        Raises ValueError for a time before the first frame; any time after the end belongs to the last one.
        """
        if seconds < 0:
            raise ValueError(f"no frame is shown at {seconds} s")
        ticks = int(self.ticks[0]) + seconds / self.time_base
        return int(np.searchsorted(self.ticks, ticks.__floor__(), side="right")) - 1

    def start_for(self, position: int) -> int:
        """The position of the keyframe from which this frame decodes whole.

        A picture shown before the keyframe it follows (open GOP) leans on the group of pictures before that one.
        """
        at = int(np.searchsorted(self.keys, position, side="right")) - 1
        while at > 0 and self.pts[position] < self.pts[self.keys[at]]:
            at -= 1
        return int(self.keys[at]) if at >= 0 else 0

    def key_before(self, position: int) -> int | None:
        """The position of the last keyframe before this one; None where there is none."""
        at = int(np.searchsorted(self.keys, position)) - 1
        return int(self.keys[at]) if at >= 0 else None

    def position_of(self, pts: int) -> int:
        """The position of the packet with this PTS, or -1."""
        found = np.flatnonzero(self.pts == pts)
        return int(found[0]) if len(found) else -1

    def is_key(self, position: int) -> bool:
        at = int(np.searchsorted(self.keys, position))
        return at < len(self.keys) and int(self.keys[at]) == position


class Timed(ABC):
    """The frames of a video track by their times."""

    @property
    @abstractmethod
    def timeline(self) -> Timeline:
        """Packets by number and frames by time."""

    @property
    def duration(self) -> Fraction:
        """Seconds from the first shown frame to the end of the last one."""
        return self.timeline.duration

    @property
    def rate(self) -> Fraction | None:
        """Pictures a second; None where their lengths vary."""
        return self.timeline.rate()

    @property
    def frame_count(self) -> int:
        return len(self.timeline.shown)

    def time_of(self, index: int) -> Fraction:
        """The time of the frame with this number (0 is the first shown one; -1 the last)."""
        return self.timeline.seconds_at(index)

    def index_at(self, seconds: Fraction) -> int:
        """The number of the frame that is shown at this time. Raises ValueError for a time below 0."""
        return self.timeline.index_at(seconds)


class Scan:
    """The packets of a video track while they go by, in order of decoding: numbers only (24 bytes a frame)."""

    def __init__(self) -> None:
        self._pts, self._dts, self._keys, self._shown = array("q"), array("q"), array("q"), array("q")
        self._last_pts, self._last_duration = UNKNOWN, 0
        self._without_time: int | None = None

    def see(self, packet: Packet[Any], *, is_shown: bool) -> None:
        """is_shown: False for a picture that others lean on and nobody sees (`vpx_frames`)."""
        number, pts = len(self._pts), packet.pts
        if pts is None:
            if self._without_time is None:
                self._without_time = number
            return
        if packet.is_keyframe:
            self._keys.append(number)
        if is_shown and not packet.is_discard:
            self._shown.append(number)
            if pts > self._last_pts:
                self._last_pts, self._last_duration = pts, packet.duration or 0
        self._pts.append(pts)
        self._dts.append(UNKNOWN if packet.dts is None else packet.dts)

    def timeline(self, path: Path, time_base: Fraction | None, *, by_place: bool) -> Timeline:
        """by_place: as `_ordered` has it.

        Raises SourceUnsupported (a missing or repeated PTS, by frame number), SourceUnreadable (no frame at all).
        """
        if self._without_time is not None:
            raise without_time(path, self._without_time)
        if time_base is None or not self._shown:
            raise no_frames(path)
        arrays = (self._pts, self._dts, self._keys, self._shown)
        return _ordered(path, time_base, arrays, self._last_duration, by_place=by_place)


def scan(container: InputContainer, stream: VideoStream, path: Path) -> Timeline:
    """Read every packet of the track once. Raises as `Scan.timeline`."""
    codec = stream.codec_context.codec.canonical_name
    hides_packets = codec in HIDING_CODECS
    seen = Scan()
    for packet in container.demux(stream):
        if packet.pts is not None or packet.size:
            seen.see(packet, is_shown=not hides_packets or is_shown(codec, bytes(packet)))
    return seen.timeline(path, stream.time_base, by_place="avi" in container.format.name)


def _ordered(
    path: Path, time_base: Fraction, arrays: tuple[array[int], ...], last_duration: int, *, by_place: bool
) -> Timeline:
    """by_place: the container tells no times but the packets' places (AVI): the n-th frame is shown in the n-th place,
    whatever libavformat guesses of the order."""
    pts, dts, keys, shown = (np.frombuffer(numbers, dtype=np.int64) for numbers in arrays)
    order = shown[np.argsort(pts[shown], kind="stable")]
    shown_pts = pts[order]
    steps = np.diff(shown_pts)
    if np.any(steps == 0):
        index = int(np.flatnonzero(steps == 0)[0]) + 1
        raise same_time(path, index, int(shown_pts[index] - shown_pts[0]) * time_base)
    ticks = np.sort(dts[shown]) if by_place and not np.any(dts[shown] == UNKNOWN) else shown_pts
    if last_duration <= 0:
        last_duration = int(steps[-1]) if len(steps) else 1
    return Timeline(time_base, pts, dts, keys, order, shown_pts, ticks, int(ticks[-1]) + last_duration)


def no_frames(path: Path) -> SourceUnreadable:
    return SourceUnreadable(
        say(f"The video track of {path} holds no frame.", f"La piste vidéo de {path} ne contient aucune image."),
        file=str(path),
    )


def without_time(path: Path, number: int) -> SourceUnsupported:
    return SourceUnsupported(
        say(
            f"{path}: frame {number} of the video has no presentation time.",
            f"{path} : l'image {number} de la vidéo n'a pas d'instant de présentation.",
        ),
        facts=("missing timestamp",),
        file=str(path),
    )


def same_time(path: Path, number: int, seconds: Fraction) -> SourceUnsupported:
    return SourceUnsupported(
        say(
            f"{path}: frame {number} of the video has the same presentation time as the one before it,"
            f" {decimal(float(seconds), 3)} s.",
            f"{path} : l'image {number} de la vidéo a le même instant de présentation que la précédente,"
            f" {decimal(float(seconds), 3)} s.",
        ),
        facts=("repeated timestamp",),
        file=str(path),
    )
