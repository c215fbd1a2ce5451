"""When the sound of an AVI begins, which libavformat does not write; and how long it is, where that is MP3 or MP2.

Both are counted in packets, each of which stands for the same time: `dwSampleSize` is 0 (Microsoft AVISTREAMHEADER).
Where the source told it the size of a packet, which PyAV cannot take back, libavformat counts bytes instead, and the
head tells a sixth of the length: other programs then show other times, or none (GStreamer 1.22, ffprobe 5.1, measured).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from labeler.media.inventory import Inventory, Track
from labeler.media.riff import Chunk, Walker

SCALE, START, LENGTH, SAMPLE_SIZE = 20, 28, 32, 44
"""Where they stand in `strh`; the rate is behind the scale. 32 bits each, little-endian."""
FRAME = {"mp3": (1152, 576), "mp2": (1152,)}
"""Samples of a packet."""
ENTRIES = 24
"""Where the entries of a super index begin in `indx`: each the place of an index (64 bits), its size, its length."""
ENTRY = struct.Struct("<QII")


def mend_heads(work: Path, source: Inventory) -> None:
    """Mend the head of a file that was written anew. Raises SourceUnreadable, OSError."""
    with work.open("r+b") as file:
        walker = Walker(file, work)
        heads = [head for head in stream_heads(walker) if read(file, head["strh"], 0, 4) == b"auds"]
        for track, head in zip(source.of_kind("audio"), heads, strict=True):
            if is_miscounted(file, track, head):
                count_packets(file, track, head)
            if track.timestamps.first is not None:
                begin_at(file, Fraction(track.timestamps.first), head)


def stream_heads(walker: Walker) -> Iterator[dict[str, Chunk]]:
    """The chunks of each track's list of headers, by name."""
    for riff in walker.children(walker.whole):
        for headers in walker.children(riff) if riff.kind == "AVI " else ():
            for stream in walker.children(headers) if headers.kind == "hdrl" else ():
                if stream.kind == "strl":
                    yield {chunk.kind: chunk for chunk in walker.children(stream)}


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
        mend_index(file, head["indx"])


def begin_at(file: BinaryIO, seconds: Fraction, head: dict[str, Chunk]) -> None:
    """Only a whole number of units can be told; the gate finds any other."""
    scale, rate = struct.unpack("<II", read(file, head["strh"], SCALE, 8))
    units = seconds * rate / scale if scale else Fraction(0)
    if units.denominator == 1 and 0 < units < 1 << 32:
        write(file, head["strh"], START, struct.pack("<I", int(units)))


def mend_index(file: BinaryIO, index: Chunk) -> None:
    """The length of what each index leads to, in packets: as many as it has entries."""
    (count,) = struct.unpack("<I", read(file, index, 4, 4))
    for number in range(min(count, (index.end - index.start - ENTRIES) // ENTRY.size)):
        at = ENTRIES + number * ENTRY.size
        place, size, _ = ENTRY.unpack(read(file, index, at, ENTRY.size))
        file.seek(place + 12)
        (packets,) = struct.unpack("<I", file.read(4))
        write(file, index, at, ENTRY.pack(place, size, packets))


def read(file: BinaryIO, chunk: Chunk, at: int, count: int) -> bytes:
    file.seek(chunk.start + at)
    return file.read(count)


def write(file: BinaryIO, chunk: Chunk, at: int, data: bytes) -> None:
    file.seek(chunk.start + at)
    file.write(data)
