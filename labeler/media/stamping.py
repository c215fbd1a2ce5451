"""Which times an encoder is given, and which times its packets get in the file."""

from __future__ import annotations

from array import array
from fractions import Fraction
from typing import Any

from av.packet import Packet
from av.video.frame import VideoFrame


class Stamps:
    """Passes times through: frames and packets keep the source's own clock, and each packet is told how long its frame
    is shown, for which some encoders (SVT-AV1) take the mean of all."""

    def __init__(self) -> None:
        self._lengths: dict[int, int] = {}

    def give(self, frame: VideoFrame) -> None:
        """Called for each frame, in order of showing, before it is encoded."""
        if frame.pts is not None and frame.duration:
            self._lengths[frame.pts] = frame.duration

    def restore(self, packet: Packet[Any]) -> None:
        """Called for each packet that comes out, in order of coding, before it is written."""
        length = None if packet.pts is None else self._lengths.pop(packet.pts, None)
        if length is not None:
            packet.duration = length


class CountedStamps(Stamps):
    """For encoders whose clock must tick once a frame: they count, and each packet gets its frame's own time back.

    16 bytes a frame. step: ticks of the source between two frames, for what is sent before the first is shown.
    """

    def __init__(self, time_base: Fraction, rate: Fraction) -> None:
        super().__init__()
        self._time_base = time_base
        self._tick = 1 / rate
        self._step = round(1 / rate / time_base)
        self._times = array("q")
        self._durations = array("q")

    def give(self, frame: VideoFrame) -> None:
        self._times.append(frame.pts or 0)
        self._durations.append(frame.duration or self._step)
        frame.pts = len(self._times) - 1
        frame.time_base = self._tick
        frame.duration = 1

    def restore(self, packet: Packet[Any]) -> None:
        packet.time_base = self._time_base
        shown = packet.pts
        packet.pts, packet.dts = self._time(packet.pts), self._time(packet.dts)
        packet.duration = self._durations[shown] if shown is not None else self._step

    def _time(self, number: int | None) -> int | None:
        if number is None:
            return None
        if number < 0:
            return self._times[0] + number * self._step
        if number >= len(self._times):
            return self._times[-1] + (number - len(self._times) + 1) * self._step
        return self._times[number]


class SlotStamps(CountedStamps):
    """For AVI, which holds no times but the place of each packet: the n-th packet stands where the source's n-th stood
    (so that dropped frames stay dropped), whatever it shows."""

    def __init__(self, time_base: Fraction, rate: Fraction) -> None:
        super().__init__(time_base, rate)
        self._packets = 0

    def restore(self, packet: Packet[Any]) -> None:
        packet.time_base = self._time_base
        packet.pts = packet.dts = self._time(self._packets)
        packet.duration = self._step
        self._packets += 1
