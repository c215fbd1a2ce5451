"""Every packet of a track by its number, and whether another track has the same: what proves that nothing was touched.

Read through libavformat, not through the parser that writes (DESIGN section 2). Numbers and digests only: 33 bytes a
packet.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Stream
from av.video.stream import VideoStream

from labeler.media.open import NO_OPTIONS, open_media, reading
from labeler.media.rendering import Run
from labeler.media.timeline import UNKNOWN
from labeler.progress import Progress, silent

ALL_PACKETS: Mapping[str, str] = MappingProxyType({"ignore_editlist": "1"})
"""Option of libavformat for MP4 and MOV: those packets too that an edit list hides, in the times of the media."""
GUESSED_DTS = frozenset({"matroska,webm"})
"""Formats (libavformat's names) that store no time of decoding beside that of showing: libavformat makes one up."""
DIGEST = np.dtype([("low", "<u8"), ("high", "<u8")])
PACKETS_A_STEP = 256
MOST_RUNS = 100
"""Runs of differing packets that are told; a hostile file could have millions."""
Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class PacketList:
    """The packets of one track in order of decoding; their numbers are those of `Rendering.renewed`.

    pts, dts: in units of `time_base`; UNKNOWN where there is none. digests: the first half of each one's SHA-256, as
    DIGEST (a processor takes in twice as many bytes a second as for MD5: measured). is_key: a player may start there.
    setup: SHA-256 of the decoder configuration. stores_dts: False where the container tells no time of decoding, and
    libavformat guesses.
    """

    time_base: Fraction
    pts: Numbers
    dts: Numbers
    digests: np.ndarray
    is_key: Flags
    setup: str
    stores_dts: bool

    def __len__(self) -> int:
        return len(self.pts)


@dataclass(frozen=True)
class PacketMatch:
    """How the packets of two tracks compare. before, after: how many each has.

    identical: the same bytes at the same place. kept: packets of the first whose bytes are anywhere in the second.
    differing: places with other bytes, or that only one of them has; left_out: how many more runs there are of these.
    is_pts_equal: the same times of showing, exact, as a whole and of every packet that is the same. is_dts_equal: the
    same times of decoding at every place (None: the container of one of them stores none).
    """

    before: int
    after: int
    identical: int
    kept: int
    differing: tuple[Run, ...]
    left_out: int
    is_pts_equal: bool
    is_dts_equal: bool | None

    @property
    def is_same(self) -> bool:
        return not self.differing and self.is_pts_equal and self.is_dts_equal is not False


@dataclass
class _Growing:
    """A list while its packets go by."""

    pts: array[int] = field(default_factory=lambda: array("q"))
    dts: array[int] = field(default_factory=lambda: array("q"))
    digests: bytearray = field(default_factory=bytearray)
    keys: bytearray = field(default_factory=bytearray)

    def see(self, packet: Packet[Any], data: bytes) -> None:
        self.pts.append(UNKNOWN if packet.pts is None else packet.pts)
        self.dts.append(UNKNOWN if packet.dts is None else packet.dts)
        self.digests += hashlib.sha256(data, usedforsecurity=False).digest()[:16]
        self.keys.append(packet.is_keyframe)

    def done(self, stream: Stream, format: str) -> PacketList:
        context: Any = stream.codec_context  # None for a codec that libavcodec does not know
        setup = b"" if context is None else bytes(context.extradata or b"")
        return PacketList(
            time_base=stream.time_base or Fraction(1),
            pts=np.array(self.pts, np.int64),
            dts=np.array(self.dts, np.int64),
            digests=np.frombuffer(bytes(self.digests), dtype=DIGEST),
            is_key=_keys(stream, self.keys, format),
            setup=hashlib.sha256(setup).hexdigest(),
            stores_dts=format not in GUESSED_DTS,
        )


def _keys(stream: Stream, flags: bytearray, format: str) -> Flags:
    """In MP4 and MOV what the sample table says (`stss`), where libavformat has it of all packets; else its flags, also
    set where its parser sees a key."""
    if format.startswith("mov") and isinstance(stream, VideoStream) and len(stream.index_entries) == len(flags):
        return np.fromiter((entry.is_keyframe for entry in stream.index_entries), bool, len(flags))
    return np.frombuffer(bytes(flags), dtype=np.uint8).astype(bool)


def walk(
    path: Path,
    tracks: Collection[int] | None = None,
    *,
    options: Mapping[str, str] = NO_OPTIONS,
    see: Callable[[int, bytes, bool], None] | None = None,
    progress: Progress = silent,
) -> dict[int, PacketList]:
    """The packets of these tracks (by index; None: of all), in one pass over the file.

    options: of the demuxer, such as ALL_PACKETS. see: called with each packet's number, bytes, and whether it is a key.
    Raises as `open_media` does.
    """
    with open_media(path, options=options) as container:
        wanted = [stream for stream in container.streams if tracks is None or stream.index in tracks]
        for stream in container.streams:
            stream.discard = Discard.default if stream in wanted else Discard.all
        lists = {stream.index: _Growing() for stream in wanted}
        with reading(path):
            for packet in _packets(container, wanted, progress):
                growing, data = lists[packet.stream_index], bytes(packet)
                if see is not None:
                    see(len(growing.keys), data, packet.is_keyframe)
                growing.see(packet, data)
        return {stream.index: lists[stream.index].done(stream, container.format.name) for stream in wanted}


def _packets(container: InputContainer, streams: list[Stream], progress: Progress) -> Iterable[Packet[Any]]:
    size = max(1, container.size)
    for number, packet in enumerate(container.demux(streams)):
        if packet.size or packet.pts is not None:  # else the end of a stream
            yield packet
        if number % PACKETS_A_STEP == 0:
            progress("verify", min(1.0, max(0, packet.pos or 0) / size))


def match(before: PacketList, after: PacketList) -> PacketMatch:
    """Compare two tracks packet by packet."""
    common = min(len(before), len(after))
    is_other = np.ones(max(len(before), len(after)), bool)
    is_other[:common] = before.digests[:common] != after.digests[:common]
    differing, left_out = runs_of(is_other)
    return PacketMatch(
        before=len(before),
        after=len(after),
        identical=int(np.count_nonzero(~is_other)),
        kept=_kept(before.digests, after.digests),
        differing=differing,
        left_out=left_out,
        is_pts_equal=_is_pts_equal(before, after, is_other),
        is_dts_equal=None
        if not (before.stores_dts and after.stores_dts)
        else len(before) == len(after) and bool(np.all(same_times(before, after, before.dts, after.dts))),
    )


def _is_pts_equal(before: PacketList, after: PacketList, is_other: Flags) -> bool:
    if len(before) != len(after):
        return False
    in_order = same_times(before, after, np.sort(before.pts), np.sort(after.pts))
    return bool(np.all(in_order) and np.all(is_other | same_times(before, after, before.pts, after.pts)))


def same_times(before: PacketList, after: PacketList, ours: Numbers, theirs: Numbers) -> Flags:
    """Whether times, each in units of its own track, are the same: exact, whatever the clocks. Of equal length."""
    a, b = before.time_base, after.time_base
    if a == b:
        return np.asarray(ours == theirs)
    left, right = a.numerator * b.denominator, b.numerator * a.denominator
    common = gcd(left, right)
    equal = _times(ours, left // common) == _times(theirs, right // common)
    is_unknown = (ours == UNKNOWN) | (theirs == UNKNOWN)
    return np.asarray(np.where(is_unknown, ours == theirs, equal), bool)


def _times(ticks: Numbers, factor: int) -> np.ndarray:
    """Without overflow: as Python's own numbers where 64 bits do not hold them."""
    known = ticks[ticks != UNKNOWN]
    largest = int(np.abs(known).max()) if len(known) else 0
    if largest * factor < 1 << 62:
        return np.where(ticks == UNKNOWN, 0, ticks) * factor
    return ticks.astype(object) * factor


def runs_of(flags: np.ndarray) -> tuple[tuple[Run, ...], int]:
    """The stretches that are set, the first MOST_RUNS of them; and how many more there are."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    told = edges[: 2 * MOST_RUNS].tolist()
    runs = tuple(Run(start=start, stop=stop) for start, stop in zip(told[::2], told[1::2], strict=True))
    return runs, len(edges) // 2 - len(runs)


def in_both(before: PacketList, after: PacketList) -> tuple[Numbers, Numbers]:
    """The places of packets with the same bytes, in the one and in the other; of equal ones the first.

    By half of each digest, which sorts fast: to pair pictures, not to prove anything.
    """
    _, ours, theirs = np.intersect1d(before.digests["low"], after.digests["low"], return_indices=True)
    return ours, theirs


def _kept(before: np.ndarray, after: np.ndarray) -> int:
    """How many of the first are in the second, each counted as often as both have it; by half of each digest."""
    ours, counts = np.unique(before["low"], return_counts=True)
    theirs, others = np.unique(after["low"], return_counts=True)
    _, at, there = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    return int(np.minimum(counts[at], others[there]).sum())
