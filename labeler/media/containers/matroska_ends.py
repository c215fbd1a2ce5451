"""How long the last packet of a sound track lasts, where a Matroska source says so and libavformat would not.

A block of a group may tell its length (BlockDuration, RFC 9559, 5.1.3.5.3); mkvmerge and GStreamer tell it of a last
packet that ends before its codec has it end (FLAC, Vorbis). libavformat reads it, and writes it for subtitles alone.
What it writes of sound is how much is not to be played (DiscardPadding): so it is handed the packet with such an amount
as no file has, and what it makes of that is written over afterwards, by an element of the same size.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, get_args

from av.packet import Packet, PacketSideData, PktSideDataT

from labeler.errors import SourceUnsupported
from labeler.language import say
from labeler.media import ebml
from labeler.media.inventory import Track

BLOCK_OF_A_GROUP, BLOCK_DURATION, DISCARD_PADDING = 0xA1, 0x9B, 0x75A2
TICKS = 1000
"""A second: labeler writes Matroska with a clock of milliseconds, and refuses any other."""
SECONDS = 4000
"""Not to be played, and one more for each track: longer than any packet, and six bytes in nanoseconds."""
MOST_SAMPLES = (1 << 32) - 1
NANOSECONDS = 1_000_000_000
WIDE = 6
LONGEST = 1 << 8 * (WIDE + 1)
CHUNK = 1 << 20
SKIP: PktSideDataT = "skip_samples"


def mark(packet: Packet[Any], track: Track, source: Path) -> int | None:
    """Mark the last packet of a sound track that tells its length; the length in ticks. None for any other packet.

    Raises OSError.
    """
    if track.sound is None or packet.pts is None or packet.pts != last_tick(track.timestamps.last):
        return None
    length = packet.duration or 0
    if not 0 < length < LONGEST or packet.has_sidedata(SKIP) or not is_of_a_group(source, packet.pos):
        return None
    samples = (SECONDS + track.index) * track.sound.rate
    if samples > MOST_SAMPLES:
        return None  # at the rate of no recording: the gate says whether its length is another one then
    # Of AV_PKT_DATA_SKIP_SAMPLES: samples at the beginning, at the end, and two reasons.
    amount = struct.pack("<IIBB", 0, samples, 0, 0)
    skipped = PacketSideData(get_args(PktSideDataT).index(SKIP), len(amount))  # type: ignore[call-arg]
    skipped.update(amount)
    skipped.to_packet(packet)
    return length


@lru_cache
def last_tick(seconds: str | None) -> int | None:
    return None if seconds is None else round(Fraction(seconds) * TICKS)


def is_of_a_group(source: Path, place: int | None) -> bool:
    """Whether the block whose payload begins at this byte is one of a group: only such a block may tell its length."""
    longest = 1 + ebml.WIDEST
    if place is None or place < longest:
        return False
    with source.open("rb") as file:
        file.seek(place - longest)
        before = file.read(longest)
    return any(
        before[-1 - size] == BLOCK_OF_A_GROUP and before[-size].bit_length() == 9 - size for size in range(1, longest)
    )


def put_back(work: Path, source: Path, lengths: Mapping[int, int]) -> None:
    """Write these lengths, in ticks by the track's number, where `mark` has made place for them.

    Raises SourceUnsupported where there is none, OSError.
    """
    with work.open("r+b") as file:
        for track, ticks in lengths.items():
            marked = ebml.number(DISCARD_PADDING, (SECONDS + track) * NANOSECONDS, WIDE)
            place = last_place(file, marked)
            if place is None:
                raise SourceUnsupported(
                    say(
                        f"{source}: the length of the last packet of track {track} cannot be kept.",
                        f"{source} : la durée du dernier paquet de la piste {track} ne peut pas être conservée.",
                    ),
                    facts=("the length of a last packet",),
                    file=str(source),
                )
            file.seek(place)
            file.write(ebml.number(BLOCK_DURATION, ticks, WIDE + 1))


def last_place(file: BinaryIO, wanted: bytes) -> int | None:
    """The last byte at which these bytes begin. Sound ends where the film does, so it is looked for from the end."""
    end = file.seek(0, 2)
    while end > 0:
        start = max(0, end - CHUNK)
        file.seek(start)
        at = file.read(end - start + len(wanted) - 1).rfind(wanted)
        if at >= 0:
            return start + at
        end = start
    return None
