"""The sample tables of a track (ISO/IEC 14496-12, 8.6 and 8.7) as arrays, and back as boxes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from labeler.media.mp4.tree import CannotRewrite, Node, full

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
MOST_SAMPLES = 50_000_000
TIED_TO_OLD_BYTES = (b"saiz", b"saio", b"subs", b"padb", b"stdp", b"senc")
"""What tells of single bytes or bits of the old samples: nobody could write it for new ones."""


@dataclass(frozen=True)
class Samples:
    """sizes, durations, dts, offsets of composition (pts - dts): one for each sample, in ticks of the track where they
    are times. chunks: file offset of each chunk; counts: samples in each chunk."""

    sizes: Numbers
    durations: Numbers
    dts: Numbers
    composition: Numbers
    chunks: Numbers
    counts: Numbers

    @property
    def pts(self) -> Numbers:
        return self.dts + self.composition

    def places(self) -> Numbers:
        """File offset of each sample."""
        running = np.concatenate([[0], np.cumsum(self.sizes)])
        firsts = np.cumsum(self.counts) - self.counts
        return np.asarray(running[:-1] + np.repeat(self.chunks - running[firsts], self.counts))


def chunk_sizes(sizes: Numbers, counts: Numbers) -> Numbers:
    """Bytes of each chunk of so many samples."""
    ends = np.cumsum(counts)
    running = np.concatenate([[0], np.cumsum(sizes)])
    return np.asarray(running[ends] - running[ends - counts])


def read_samples(table: Node) -> Samples:
    """All of an `stbl`. Raises CannotRewrite where its parts do not agree."""
    sizes = _sizes(table)
    count = len(sizes)
    durations = _runs(table.need(b"stts"), count)
    composition = table.find(b"ctts")
    offsets = np.zeros(count, np.int64) if composition is None else _runs(composition, count, signed=True)
    chunks = chunk_offsets(table)
    return Samples(
        sizes, durations, decoding_times(durations), offsets, chunks, _counts(table.need(b"stsc"), len(chunks), count)
    )


def read_sync(table: Node, count: int) -> Flags:
    """From which samples decoding may start; all where there is no `stss`. Raises CannotRewrite."""
    node = table.find(b"stss")
    if node is None:
        return np.ones(count, bool)
    numbers = _entries(node, ">u4").astype(np.int64)
    if len(numbers) and (int(numbers.min()) < 1 or int(numbers.max()) > count):
        raise CannotRewrite("stss names samples that are not there")
    sync = np.zeros(count, bool)
    sync[numbers - 1] = True
    return sync


@dataclass(frozen=True)
class Chunks:
    """File offset and size in bytes of each chunk of a track: all that is asked of one whose samples stay."""

    offsets: Numbers
    sizes: Numbers


def read_chunks(table: Node) -> Chunks:
    """The chunks of an `stbl`, in memory that does not grow with the samples of raw sound, which all have one size.

    Raises CannotRewrite where its parts do not agree.
    """
    offsets = chunk_offsets(table)
    common, count = _common_size(table)
    if common:
        return Chunks(offsets, _counts(table.need(b"stsc"), len(offsets), count) * common)
    sizes = _sizes(table)
    return Chunks(offsets, chunk_sizes(sizes, _counts(table.need(b"stsc"), len(offsets), len(sizes))))


def decoding_times(durations: Numbers) -> Numbers:
    """When each sample is decoded, from how long each takes until the next."""
    return np.asarray(np.cumsum(durations) - durations)


def _entries(node: Node, layout: str, skip: int = 4) -> np.ndarray:
    """The entries of a table box, each of `layout`, after its version and count."""
    width = np.dtype(layout).itemsize
    if len(node.body) < skip + 4:
        raise CannotRewrite(f"{node.kind.decode('latin-1')} is too short")
    count = struct.unpack_from(">I", node.body, skip)[0]
    if count * width > len(node.body) - skip - 4:
        raise CannotRewrite(f"{node.kind.decode('latin-1')} says more entries than it holds")
    return np.frombuffer(node.body, layout, count, skip + 4)


def _common_size(table: Node) -> tuple[int, int]:
    """Bytes of every sample (0 where each has a size of its own), and how many samples there are."""
    node = table.need(b"stsz")
    if len(node.body) < 12:
        raise CannotRewrite("stsz is too short")
    common, count = struct.unpack_from(">II", node.body, 4)
    return common, count


def _sizes(table: Node) -> Numbers:
    common, count = _common_size(table)
    if count > MOST_SAMPLES:
        raise CannotRewrite("too many samples")
    if common:
        return np.full(count, common, np.int64)
    return _entries(table.need(b"stsz"), ">u4", skip=8).astype(np.int64)


def _runs(node: Node, count: int, *, signed: bool = False) -> Numbers:
    """The second field of (count, value) pairs, repeated."""
    pairs = _entries(node, ">u4,>i4" if signed else ">u4,>u4")
    repeats = pairs["f0"].astype(np.int64)
    if int(repeats.sum()) != count:
        raise CannotRewrite(f"{node.kind.decode('latin-1')} is for {int(repeats.sum())} samples of {count}")
    return np.repeat(pairs["f1"].astype(np.int64), repeats)


def chunk_offsets(table: Node) -> Numbers:
    """File offset of each chunk, from an `stbl`."""
    node = table.find(b"stco")
    if node is not None:
        return _entries(node, ">u4").astype(np.int64)
    return _entries(table.need(b"co64"), ">u8").astype(np.int64)


def _counts(node: Node, chunks: int, samples: int) -> Numbers:
    runs = _entries(node, ">u4,>u4,>u4")
    if not len(runs) or not chunks:
        if samples or chunks:
            raise CannotRewrite("no chunk for the samples")
        return np.zeros(0, np.int64)
    firsts = runs["f0"].astype(np.int64) - 1
    lengths = np.diff(np.append(firsts, chunks))
    if firsts[0] != 0 or (lengths <= 0).any() or (runs["f2"] != 1).any():
        raise CannotRewrite("stsc names chunks or descriptions that are not there")
    counts = np.repeat(runs["f1"].astype(np.int64), lengths)
    if int(counts.sum()) != samples:
        raise CannotRewrite(f"stsc is for {int(counts.sum())} samples of {samples}")
    return counts


# --- boxes ------------------------------------------------------------------------------------------------------------


def sizes_box(sizes: Numbers) -> Node:
    return full(b"stsz", 0, 0, struct.pack(">II", 0, len(sizes)) + sizes.astype(">u4").tobytes())


def composition_box(offsets: Numbers) -> Node | None:
    """None where every picture is shown when it is decoded."""
    if not offsets.any():
        return None
    return full(b"ctts", int((offsets < 0).any()), 0, _in_runs(offsets))


def durations_box(durations: Numbers) -> Node:
    return full(b"stts", 0, 0, _in_runs(durations))


def _in_runs(values: Numbers) -> bytes:
    """Values as a count and pairs of how often and what."""
    starts = np.flatnonzero(np.concatenate([[True], np.diff(values) != 0]))
    pairs = np.empty((len(starts), 2), ">i4")
    pairs[:, 0] = np.diff(np.append(starts, len(values)))
    pairs[:, 1] = values[starts]
    return struct.pack(">I", len(starts)) + pairs.tobytes()


def sync_box(keys: Numbers, count: int) -> Node | None:
    """keys: numbers of the samples to start from, from 0. None where every sample is one."""
    if len(keys) == count:
        return None
    return full(b"stss", 0, 0, struct.pack(">I", len(keys)) + (keys + 1).astype(">u4").tobytes())


def offsets_box(chunks: Numbers, *, wide: bool) -> Node:
    layout = ">u8" if wide else ">u4"
    return full(b"co64" if wide else b"stco", 0, 0, struct.pack(">I", len(chunks)) + chunks.astype(layout).tobytes())
