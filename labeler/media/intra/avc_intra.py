"""AVC-Intra by x264: new slices behind the old head of each picture, which stays byte for byte, and so does its size.

The head of a picture is its delimiter, parameter sets, messages and filler (SMPTE RP 2027). Cameras write the sets into
each picture, into the first alone, or nowhere: then a decoder has to know them (libavformat does). The new slices are
such that the source's own sets decode them, and there are as many, which begin at the same macroblocks: those of which
no line is painted stay the old ones, where the new ones beside them leave the room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import product

import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from labeler.media.encoder import encoded, standalone, start
from labeler.media.encoders.task import Encoder, Task, no_flags
from labeler.media.frames import planes
from labeler.media.intra.avc_packet import delimited, grammar_in, head_units, joined, parted, sets_of
from labeler.media.intra.avc_slice import Grammar, can_stand_together, grammar_of, numbered, slices_of, touched
from labeler.media.intra.work import Recoding
from labeler.media.job import Job
from labeler.media.mp4.tables import Flags
from labeler.media.rendering import NotThisWay
from labeler.media.smart.avc import record_units
from labeler.media.smart.nal import by_start_code
from labeler.media.smart.source import Source
from labeler.media.smart.table import is_record

KINDS = tuple(product(("panasonic", "sony"), ("100", "50", "200", "300", "480")))
"""What x264 writes of AVC-Intra and of XAVC Intra."""
FURTHEST = ("encoder.refuses", "encoder.size", "parameters.differ", "encoder.slices")
"""Why one of them does not fit: the later, the nearer it came."""
APART = 16
"""The part of a packet by which another of the same class differs from it at most (classes differ by a half and
more)."""
SHORTEST_RECORD = 7

Sets = tuple[bytes, bytes]


class AvcIntraRecoding(Recoding):
    """See `Recoding`."""

    def __init__(self, job: Job, source: Source, stream: VideoStream, changes: Flags, *, share: float) -> None:
        super().__init__(job, source, stream, changes, share=share)
        self._lines: dict[int, np.ndarray] = {}

    @property
    def has_fields(self) -> bool:
        return True

    @cached_property
    def _setup(self) -> bytes:
        return self.source.packets.setup or bytes(self.stream.codec_context.extradata or b"")

    @cached_property
    def _length_size(self) -> int:
        return self._setup[4] % 4 + 1 if is_record(self._setup, SHORTEST_RECORD) else 0

    @cached_property
    def _outside(self) -> Sets:
        """The sets of pictures without any: those of the first picture, or the decoder configuration. Raises NotThisWay
        where others come later, so that nobody could tell which ones count from there on."""
        found: Sets | None = None
        for number in range(len(self.packets.pts)):
            own = sets_of(head_units(self.source.read(number), self._length_size))
            if number == 0:
                found = own
            elif own is not None and (found is None or grammar_of(*own).coding != grammar_of(*found).coding):
                raise NotThisWay("parameters.sets", number)
        if found is None:
            units = record_units(self._setup)[0] if self._length_size else by_start_code(self._setup)
            found = sets_of(units)
        if found is None:
            raise NotThisWay("parameters.sets", 0)
        return found

    def _read(self, number: int) -> bytes:
        packet = super()._read(number)
        if sets_of(head_units(packet, self._length_size)) is not None:
            return packet
        return delimited(self._outside, self._length_size) + packet

    def _grammar(self, units: Iterable[bytes]) -> Grammar:
        """units: of the head of a picture."""
        return grammar_in(units) or grammar_of(*self._outside)

    def _fitting(self, encoder: Encoder, task: Task, first: VideoFrame) -> VideoCodecContext:
        original, reason = self.source.read_again(self.numbers[0]), NotThisWay(FURTHEST[0])
        for flavour, name in KINDS:
            try:
                tried = self._opened(encoder, task, first, flavour, name)
                first.pts, first.time_base = 0, self._tick
                made = bytes((encoded(tried, first) + encoded(tried, None))[0])
                if abs(len(made) - len(original)) * APART > len(original):
                    raise NotThisWay("encoder.size", f"{len(made)}/{len(original)}")
                self._finished(self.numbers[0], original, made)
            except NotThisWay as error:
                if error.code not in FURTHEST:
                    raise
                if FURTHEST.index(error.code) >= FURTHEST.index(reason.code):
                    reason = error
                continue
            return self._opened(encoder, task, first, flavour, name)
        raise reason

    def _opened(self, encoder: Encoder, task: Task, first: VideoFrame, flavour: str, name: str) -> VideoCodecContext:
        # It has no parameter sets outside of the pictures, and its pictures have fields where the source's sets say so.
        own = replace(encoder, has_global_header=False, flags=no_flags)
        private = f"avcintra-class={name}:avcintra-flavor={flavour}"
        if not self._grammar(head_units(self.source.read_again(self.numbers[0]), self._length_size)).is_frames_only:
            private += ":tff=1" if task.facts.first_field == "top" else ":bff=1"
        context = standalone(own, task, self.stream, first, {"preset": task.quality.preset, "x264-params": private})
        context.time_base = self._tick
        start(context)
        return context

    def _paint(self, number: int, frame: VideoFrame) -> None:
        before = [plane.copy() for plane in planes(frame)]
        super()._paint(number, frame)
        self._lines[number] = changed_lines(before, planes(frame))

    def _finished(self, number: int, old: bytes, new: bytes) -> bytes:
        before, after = parted(old, self._length_size), parted(new, 0)
        grammar, made = self._grammar(before.units), grammar_in(after.units)
        slices = slices_of(before.slices, grammar)
        if any(one.field is not None for one in slices):
            raise NotThisWay("fields.apart")
        if before.between:
            raise NotThisWay("units.between", before.between[0])
        if made is None or made.coding != grammar.coding:
            raise NotThisWay("parameters.differ")
        others = slices_of(after.slices, grammar)
        if [one.place for one in others] != [one.place for one in slices]:
            raise NotThisWay("encoder.slices", f"{len(others)}/{len(slices)}")
        units = [numbered(unit, grammar, slices[0].number, slices[0].order) for unit in after.slices]
        lines = self._lines.pop(number, None)
        if lines is not None and can_stand_together((*slices, *others)):
            pairs = zip(touched(slices, grammar, lines), before.slices, units, strict=True)
            mixed = [unit if is_new else kept for is_new, kept, unit in pairs]
            with suppress(NotThisWay):
                return joined(before.head, mixed, len(old), self._length_size)
        return joined(before.head, units, len(old), self._length_size)


def changed_lines(before: Sequence[np.ndarray], after: Sequence[np.ndarray]) -> np.ndarray:
    """Which lines of a picture differ: bool, one for each of its first plane."""
    found = np.zeros(len(after[0]), bool)
    for old, new in zip(before, after, strict=True):
        found |= np.repeat(np.any(old != new, axis=1), -(-len(found) // len(new)))[: len(found)]
    return found
