"""The programme's map of an MPEG transport stream, as its source has it, in a file that libavformat wrote.

libavformat makes up the descriptors of each stream anew, and leaves out those that it does not know: what tells a
receiver which component of a service a stream is, how pictures are coded, which captions they hold. The streams have
their PIDs and packets still, so the source's own map (ISO/IEC 13818-1, 2.4.4.8) is put into the place of the new one.
It also makes up a name of the service, and one of who provides it: where the source tells none, there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from labeler.media import mpegts

CLOCK = 8
"""Where the PID of the clock stands in a section, in 16 bits of which 3 are reserved."""
PACKETS_A_BLOCK = 1 << 15


def put_back(work: Path, source: Path, *, has_service: bool) -> None:
    """Write the source's map over each of the output's, and where it has no description of the service, padding over
    that. Raises SourceUnreadable, OSError."""
    new = mpegts.programme_map(work)
    old = mpegts.programme_map(source, streams=mpegts.stream_count(new))
    section = new if max(len(old), len(new)) > mpegts.LONGEST_MAP else with_clock(old, new)
    # A longer map is refused, or what differs is seen by whoever compares.
    if section == new and has_service:
        return
    layout = mpegts.layout(work)
    with work.open("r+b") as file:
        place = 0
        while block := file.read(layout.size * PACKETS_A_BLOCK):
            count = len(block) // layout.size
            packets = np.frombuffer(block, np.uint8, count * layout.size).reshape(count, layout.size)[
                :, layout.offset :
            ]
            starts = place + layout.offset + layout.size * np.arange(count)
            if section != new:
                write_maps(file, starts[begin_map(packets, layout.map_pid)].tolist(), section)
            if not has_service:
                write_padding(file, starts[pids_of(packets) == mpegts.SDT].tolist())
            place += len(block)
            file.seek(place)


def with_clock(old: bytes, new: bytes) -> bytes:
    """The old section, whose clock is where libavformat has put it."""
    body = old[:CLOCK] + new[CLOCK : CLOCK + 2] + old[CLOCK + 2 : -4]
    return body + checksum(body).to_bytes(4, "big")


def pids_of(packets: np.ndarray) -> np.ndarray:
    pids: np.ndarray = (packets[:, 1].astype(np.int64) & 0x1F) << 8 | packets[:, 2]
    return pids


def begin_map(packets: np.ndarray, map_pid: int) -> np.ndarray:
    """Which of these packets (uint8, one a row) a map of the programme begins in."""
    found: np.ndarray = (pids_of(packets) == map_pid) & (packets[:, 1] & 0x40 != 0) & (packets[:, 3] & 0x30 == 0x10)
    return found


def write_maps(file: BinaryIO, starts: Sequence[int], section: bytes) -> None:
    for start in starts:
        file.seek(start + 4)
        file.write(b"\0" + section + b"\xff" * (mpegts.LONGEST_MAP - len(section)))


def write_padding(file: BinaryIO, starts: Sequence[int]) -> None:
    """Make these packets null packets (2.4.3.3)."""
    for start in starts:
        file.seek(start + 1)
        file.write(bytes([mpegts.NULL >> 8, mpegts.NULL & 0xFF, 0x10]))


def checksum(data: bytes) -> int:
    """CRC-32 of ISO/IEC 13818-1, annex A."""
    rest = 0xFFFFFFFF
    for byte in data:
        rest ^= byte << 24
        for _ in range(8):
            rest = (rest << 1 ^ (0x04C11DB7 if rest & 1 << 31 else 0)) & 0xFFFFFFFF
    return rest
