"""When the sound of an AVI begins and how long it is, as its heads tell it, which libavformat writes otherwise.

MP3 and MP2 are counted in packets, each of which stands for the same time: `dwSampleSize` is 0 (Microsoft
AVISTREAMHEADER). Where the source told it the size of a packet, which PyAV cannot take back, libavformat counts bytes
instead, and the head tells a sixth of the length: other programs then show other times, or none (GStreamer 1.22,
ffprobe 5.1, measured). Where the source counts in a way of its own (bytes of a constant rate, AC-3, AAC), its heads are
put back: what they say of the time of each byte or packet is as true of the same bytes and packets here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np

from labeler.errors import SourceUnsupported
from labeler.language import say
from labeler.media.inventory import Inventory, Track
from labeler.media.riff import Chunk, Walker, track_heads

INITIAL_FRAMES, SCALE, START, LENGTH, SAMPLE_SIZE = 16, 20, 28, 32, 44
"""Where they stand in `strh`; the rate is behind the scale. 32 bits each, little-endian."""
BYTES_A_SECOND = 8
"""Where they stand in `strf`, in 32 bits; the size of a block is behind them, in 16."""
LEAST = {"strh": 48, "strf": 14}
"""Bytes of the heads of a track, up to the last field that is looked at."""
OF_THEIR_OWN = frozenset({"ac3", "aac"})
"""Codecs of whose packets the muxer does not know the length."""
FRAME = {"mp3": (1152, 576), "mp2": (1152,)}
"""Samples of a packet."""
ENTRIES = 24
"""Where the entries of a super index begin in `indx`: each the place of an index (64 bits), its size, its length."""
ENTRY = struct.Struct("<QII")
PACKETS = 12
"""Where an index tells how many entries it has, after its own head; 20 bytes on are they: a place and a size each."""


def mend_heads(work: Path, source: Path, inventory: Inventory) -> None:
    """Mend the heads of a file that was written anew. Raises SourceUnreadable, SourceUnsupported (its tracks are others
    than libavformat shows), OSError."""
    with work.open("r+b") as file, source.open("rb") as original:
        heads, before = sound_heads(Walker(file, work)), sound_heads(Walker(original, source))
        for number, (track, head) in enumerate(zip(inventory.of_kind("audio"), heads, strict=True)):
            if not fits(file, track, head):
                if len(before) != len(heads):
                    raise other_tracks(source)
                put_back(file, track, head, told_in(original, before[number]))
                continue
            if is_miscounted(file, track, head):
                count_packets(file, track, head)
            if track.timestamps.first is not None:
                begin_at(file, Fraction(track.timestamps.first), head)


def sound_heads(walker: Walker) -> list[dict[str, Chunk]]:
    return [
        head
        for head in track_heads(walker, b"auds")
        if all(name in head and head[name].end - head[name].start >= size for name, size in LEAST.items())
    ]


def other_tracks(source: Path) -> SourceUnsupported:
    return SourceUnsupported(
        say(
            f"{source} describes its sound otherwise than it is read.",
            f"{source} décrit ses sons autrement qu'ils ne se lisent.",
        ),
        facts=("tracks",),
        file=str(source),
    )


def fits(file: BinaryIO, track: Track, head: dict[str, Chunk]) -> bool:
    """Whether libavformat's own head can tell the times of this track: it sets the length of a packet of MP3 or MP2, or
    of a sample of PCM."""
    scale, rate = struct.unpack("<II", read(file, head["strh"], SCALE, 8))
    if track.codec in OF_THEIR_OWN or not scale or not rate:
        return False
    return (Fraction(track.time_base) / Fraction(scale, rate)).denominator == 1


@dataclass(frozen=True)
class Told:
    """What a source's heads say of time: two pieces of `strh`, and one of `strf`."""

    clock: bytes
    sample_size: int
    pace: bytes


def told_in(file: BinaryIO, head: dict[str, Chunk]) -> Told:
    (sample_size,) = struct.unpack("<I", read(file, head["strh"], SAMPLE_SIZE, 4))
    clock = read(file, head["strh"], INITIAL_FRAMES, LENGTH - INITIAL_FRAMES)
    return Told(clock, sample_size, read(file, head["strf"], BYTES_A_SECOND, 6))


def put_back(file: BinaryIO, track: Track, head: dict[str, Chunk], told: Told) -> None:
    size = told.sample_size
    write(file, head["strh"], INITIAL_FRAMES, told.clock)
    write(file, head["strh"], LENGTH, struct.pack("<I", track.bytes // size if size else track.packets))
    write(file, head["strh"], SAMPLE_SIZE, struct.pack("<I", size))
    write(file, head["strf"], BYTES_A_SECOND, told.pace)
    if "indx" in head:
        mend_index(file, head["indx"], size)


def is_miscounted(file: BinaryIO, track: Track, head: dict[str, Chunk]) -> bool:
    """Whether a packet's time is the unit, and yet bytes are counted."""
    if track.codec not in FRAME or track.sound is None:
        return False
    scale, rate = struct.unpack("<II", read(file, head["strh"], SCALE, 8))
    (sample_size,) = struct.unpack("<I", read(file, head["strh"], SAMPLE_SIZE, 4))
    is_by_packet = any(scale * track.sound.rate == rate * samples for samples in FRAME[track.codec])
    return sample_size != 0 and is_by_packet


def count_packets(file: BinaryIO, track: Track, head: dict[str, Chunk]) -> None:
    write(file, head["strh"], LENGTH, struct.pack("<I", track.packets))
    write(file, head["strh"], SAMPLE_SIZE, bytes(4))
    if "indx" in head:
        mend_index(file, head["indx"], 0)


def begin_at(file: BinaryIO, seconds: Fraction, head: dict[str, Chunk]) -> None:
    """Only a whole number of units can be told; the gate finds any other."""
    scale, rate = struct.unpack("<II", read(file, head["strh"], SCALE, 8))
    units = seconds * rate / scale if scale else Fraction(0)
    if units.denominator == 1 and 0 < units < 1 << 32:
        write(file, head["strh"], START, struct.pack("<I", int(units)))


def mend_index(file: BinaryIO, index: Chunk, sample_size: int) -> None:
    """The length of what each index leads to: in packets, as many as it has entries, or in units of so many bytes."""
    (count,) = struct.unpack("<I", read(file, index, 4, 4))
    for number in range(min(count, (index.end - index.start - ENTRIES) // ENTRY.size)):
        at = ENTRIES + number * ENTRY.size
        place, size, _ = ENTRY.unpack(read(file, index, at, ENTRY.size))
        file.seek(place + PACKETS)
        (length,) = struct.unpack("<I", file.read(4))
        if sample_size:
            file.seek(place + PACKETS + 4 + 16)
            sizes = np.frombuffer(file.read(8 * length), "<u4")[1::2]
            length = int((sizes & 0x7FFFFFFF).sum()) // sample_size  # the highest bit: no keyframe
        write(file, index, at, ENTRY.pack(place, size, length))


def read(file: BinaryIO, chunk: Chunk, at: int, count: int) -> bytes:
    file.seek(chunk.start + at)
    return file.read(count)


def write(file: BinaryIO, chunk: Chunk, at: int, data: bytes) -> None:
    file.seek(chunk.start + at)
    file.write(data)
