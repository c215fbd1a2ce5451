"""An MP4 written by hand round any coded pictures: no muxer mends what is hostile in it."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tests.hostile.atoms import box, full, numbers
from tests.hostile.sources import HEIGHT, RATE, WIDTH

UNITY = numbers(1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
STEP = 512


def film_of(
    samples: Sequence[bytes], entry: bytes = b"avc3", *, setup: bytes = b"", size: tuple[int, int] = (WIDTH, HEIGHT)
) -> bytes:
    """One video track of these samples, 25 a second, behind `ftyp`; every sample is a keyframe.

    entry, setup: the type of the sample entry and the boxes in it. Without a set-up, the samples are H.264 with start
    codes, and are given lengths and an `avcC` of their first parameter sets.
    """
    if not setup:
        setup = avcc([unit for sample in samples[:1] for unit in units(sample)])
        samples = [b"".join(struct.pack(">I", len(unit)) + unit for unit in units(sample)) for sample in samples]
    head = box(b"ftyp", b"isom\0\0\2\0isomavc1mp41")
    media = box(b"mdat", b"".join(samples))
    width, height = size
    count, ticks = len(samples), len(samples) * STEP
    visual = bytes(6) + b"\0\1" + bytes(16) + struct.pack(">HH", width & 0xFFFF, height & 0xFFFF)
    visual += numbers(0x480000, 0x480000, 0) + b"\0\1" + bytes(32) + b"\0\x18\xff\xff"
    table = box(
        b"stbl",
        full(b"stsd", numbers(1) + box(entry, visual + setup))
        + full(b"stts", numbers(1, count, STEP))
        + full(b"stsc", numbers(1, 1, count, 1))
        + full(b"stsz", numbers(0, count, *(len(sample) for sample in samples)))
        + full(b"stco", numbers(1, len(head) + 8)),
    )
    where = box(b"dinf", full(b"dref", numbers(1) + full(b"url ", b"", flags=1)))
    media_box = box(
        b"mdia",
        full(b"mdhd", numbers(0, 0, RATE * STEP, ticks) + b"\x55\xc4\0\0")
        + full(b"hdlr", numbers(0) + b"vide" + bytes(12) + b"\0")
        + box(b"minf", full(b"vmhd", bytes(8), flags=1) + where + table),
    )
    track = full(b"tkhd", numbers(0, 0, 1, 0, ticks * 1000 // (RATE * STEP), 0, 0, 0, 0) + UNITY, flags=3)
    track += struct.pack(">HHHH", width & 0xFFFF, 0, height & 0xFFFF, 0)
    track = struct.pack(">I", len(track)) + track[4:]
    movie = full(
        b"mvhd",
        numbers(0, 0, 1000, ticks * 1000 // (RATE * STEP), 1 << 16, 1 << 24, 0, 0) + UNITY + bytes(24) + numbers(2),
    )
    return head + media + box(b"moov", movie + box(b"trak", track + media_box))


def units(sample: bytes) -> list[bytes]:
    return [part.rstrip(b"\0") for part in sample.split(b"\0\0\1")[1:]]


def avcc(sample: list[bytes]) -> bytes:
    sps = next(unit for unit in sample if unit[0] & 31 == 7)
    pps = next(unit for unit in sample if unit[0] & 31 == 8)
    sets = b"\xe1" + struct.pack(">H", len(sps)) + sps + b"\1" + struct.pack(">H", len(pps)) + pps
    return box(b"avcC", b"\1" + sps[1:4] + b"\xff" + sets)
