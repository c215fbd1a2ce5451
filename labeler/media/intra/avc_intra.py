"""AVC-Intra by x264: new slices behind the old head of each picture, which stays byte for byte.

The head of a picture (delimiter, parameter sets, messages, filler) has a fixed size, and so has the picture: SMPTE
RP 2027. What the slices need of the parameter sets has to be the same in x264's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from labeler.media.bits import Bits, Ended
from labeler.media.encoder import standalone, start
from labeler.media.encoders.task import Encoder, Task
from labeler.media.intra.work import Recoding
from labeler.media.rendering import NotThisWay
from labeler.media.smart.nal import by_start_code
from labeler.media.vui import HIGH_PROFILES, of_h264, read_chroma, read_picture_order

CLASSES = ("100", "50", "200")
SLICE = re.compile(rb"\x00\x00\x01[\x01\x05\x21\x25\x41\x45\x61\x65]")
SPS, PPS = 7, 8
CYCLE = 3
"""x264 numbers key pictures (`idr_pic_id`) in a cycle of three, so that neighbours differ (measured)."""


class AvcIntraRecoding(Recoding):
    """See `Recoding`. Pictures that are coded for nothing keep the numbers of key pictures in step with the source."""

    _base = 0

    def _fitting(self, encoder: Encoder, task: Task, first: VideoFrame) -> VideoCodecContext:
        original = self.source.read_again(self.numbers[0])
        reason = NotThisWay("encoder.kind")
        for name in CLASSES:
            try:
                made = self._tried(encoder, task, first, name)
                shift = [number_of(one) for one in made].index(number_of(original))
                joined(original, made[shift])
            except (NotThisWay, ValueError) as error:
                reason = error if isinstance(error, NotThisWay) else NotThisWay("encoder.phase")
                continue
            self._base = (self.numbers[0] - shift) % CYCLE
            return self._opened(encoder, task, first, name)
        raise reason

    def _tried(self, encoder: Encoder, task: Task, first: VideoFrame, name: str) -> list[bytes]:
        context, packets = self._opened(encoder, task, first, name), []
        for number in range(CYCLE):
            self._stamp(first, number)
            packets += context.encode(first)
        packets += context.encode(None)
        return [bytes(packet) for packet in packets]

    def _opened(self, encoder: Encoder, task: Task, first: VideoFrame, name: str) -> VideoCodecContext:
        # It has no parameter sets outside of the pictures.
        own = replace(encoder, has_global_header=False)
        options = {"preset": task.quality.preset, "x264-params": f"avcintra-class={name}"}
        context = standalone(own, task, self.stream, first, options)
        context.time_base = self._tick
        start(context)
        return context

    def _fillers(self, number: int) -> int:
        return (number - self._base - self._given) % CYCLE

    def _finished(self, old: bytes, new: bytes) -> bytes:
        if number_of(old) != number_of(new):
            raise NotThisWay("encoder.phase")
        return joined(old, new)

    def _stamp(self, frame: VideoFrame, number: int) -> None:
        frame.pts, frame.time_base, frame.pict_type = number, Fraction(self._tick), PictureType.NONE


def joined(old: bytes, new: bytes) -> bytes:
    """The old head and the new slices. Raises NotThisWay where they do not belong together."""
    at, other = head_of(old), head_of(new)
    if at != other or len(old) != len(new):
        raise NotThisWay("encoder.size", f"{len(new)}/{len(old)}")
    if sets_of(old[:at]) != sets_of(new[:at]):
        raise NotThisWay("parameters.differ")
    return old[:at] + new[at:]


def head_of(packet: bytes) -> int:
    """Bytes before the first slice. Raises NotThisWay without one."""
    found = SLICE.search(packet)
    if found is None:
        raise NotThisWay("units.missing")
    return found.start()


def sets_of(head: bytes) -> list[tuple[int, bytes | int]]:
    """What decoding needs of the parameter sets: a sequence's up to what is told of showing it (ITU-T H.264, 7.3.2.1.1
    and annex E), a picture's whole. Raises NotThisWay where there is not one of each."""
    found: list[tuple[int, bytes | int]] = []
    for unit in by_start_code(head):
        kind = unit[0] & 31
        if kind == SPS:
            found.append((kind, coding_of(unit)))
        elif kind == PPS:
            found.append((kind, unit))
    if [kind for kind, _ in found] != [SPS, PPS]:
        raise NotThisWay("parameters.sets", len(found))
    return found


def coding_of(unit: bytes) -> int:
    """The bits of a sequence parameter set before its usability information, as a number behind a one."""
    try:
        bits = Bits(unit[1:])
        profile, _, _ = bits.take(8), bits.take(16), bits.ue()
        if profile in HIGH_PROFILES:
            read_chroma(bits)
        bits.ue()
        read_picture_order(bits)
        bits.ue(), bits.flag(), bits.ue(), bits.ue()
        if not bits.flag():
            bits.flag()
        bits.flag()
        if bits.flag():
            bits.ue(), bits.ue(), bits.ue(), bits.ue()
        count = bits.position
        return 1 << count | Bits(unit[1:]).take(count)
    except Ended:
        raise NotThisWay("parameters.sps") from None


def number_of(packet: bytes) -> int:
    """`idr_pic_id` of the first slice (7.3.3), of pictures that are frames. Raises NotThisWay for other ones."""
    at = head_of(packet)
    try:
        vui = next((of_h264(unit) for unit in by_start_code(packet[:at]) if unit[0] & 31 == SPS), None)
        if vui is None or not vui.is_frames_only or packet[at + 3] & 31 != 5:
            raise NotThisWay("pictures.fields")
        bits = Bits(packet[at + 4 : at + 36])
        bits.ue(), bits.ue(), bits.ue(), bits.take(vui.slice_bits)
        return bits.ue()
    except Ended:
        raise NotThisWay("units.cut_off") from None
