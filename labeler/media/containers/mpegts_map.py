"""The programme's map of an MPEG transport stream, as its source has it, in a file that libavformat wrote.

libavformat makes up the descriptors of each stream anew, and leaves out those that it does not know: what tells a
receiver which component of a service a stream is, how pictures are coded, which captions they hold. The streams have
their PIDs and packets still, so the source's own map (ISO/IEC 13818-1, 2.4.4.8) is put into the place of the new one.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np

from labeler.media import mpegts

CLOCK = 8
"""Where the PID of the clock stands in a section, in 16 bits of which 3 are reserved."""
PACKETS_A_BLOCK = 1 << 15


def put_back(work: Path, source: Path) -> None:
    """Write the source's map over each of the output's. Raises SourceUnreadable, OSError."""
    old, new = mpegts.programme_map(source), mpegts.programme_map(work)
    if max(len(old), len(new)) > mpegts.LONGEST_MAP:
        return  # the source was refused, or what differs is seen by whoever compares
    section = with_clock(old, new)
    if section == new:
        return
    layout = mpegts.layout(work)
    with work.open("r+b") as file:
        place = 0
        while block := file.read(layout.size * PACKETS_A_BLOCK):
            write(file, place, block, layout, section)
            place += len(block)
            file.seek(place)


def with_clock(old: bytes, new: bytes) -> bytes:
    """The old section, whose clock is where libavformat has put it."""
    body = old[:CLOCK] + new[CLOCK : CLOCK + 2] + old[CLOCK + 2 : -4]
    return body + checksum(body).to_bytes(4, "big")


def write(file: BinaryIO, place: int, block: bytes, layout: mpegts.Layout, section: bytes) -> None:
    """place: of the block in the file."""
    count = len(block) // layout.size
    packets = np.frombuffer(block, np.uint8, count * layout.size).reshape(count, layout.size)[:, layout.offset :]
    pids = (packets[:, 1].astype(np.int64) & 0x1F) << 8 | packets[:, 2]
    begins = (packets[:, 1] & 0x40 != 0) & (packets[:, 3] & 0x30 == 0x10)
    for number in np.flatnonzero((pids == layout.map_pid) & begins).tolist():
        file.seek(place + number * layout.size + layout.offset + 4)
        file.write(b"\0" + section + b"\xff" * (mpegts.LONGEST_MAP - len(section)))


def checksum(data: bytes) -> int:
    """CRC-32 of ISO/IEC 13818-1, annex A."""
    rest = 0xFFFFFFFF
    for byte in data:
        rest ^= byte << 24
        for _ in range(8):
            rest = (rest << 1 ^ (0x04C11DB7 if rest & 1 << 31 else 0)) & 0xFFFFFFFF
    return rest
