"""Damage by seed: a real clip hurt at places that a seed picks, the same each time."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from tests.hostile.sources import good

GENERATED = ("mp4", "front", "fragments", "mov", "mkv", "webm", "ts", "avi", "mxf")
EXTREMES = (0, 1, 7, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
Hurt = Callable[[bytearray, random.Random, int], None]


def damaged_clip(clip: str | Path, seed: int, folder: Path) -> Path:
    """Write a generated clip (by its kind) or a real one (by its path) into `folder`, damaged."""
    if isinstance(clip, Path):
        path, data = folder / clip.name, clip.read_bytes()
    else:
        extension = "mp4" if clip in ("front", "fragments") else clip
        path, data = folder / f"{clip}.{extension}", good(clip)
    path.write_bytes(damaged(data, seed))
    return path


def damaged(data: bytes, seed: int) -> bytes:
    """`data` hurt in one to four places. Most lie where the descriptions are: a fault in media is the duller one."""
    dice, hurt = random.Random(seed), bytearray(data)
    zones = described(data)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        begin, end = dice.choice(zones) if zones and dice.random() < 0.75 else (0, len(hurt))
        at = dice.randrange(begin, max(begin + 1, min(end, len(hurt))))
        dice.choice(WAYS)(hurt, dice, at)
    return bytes(hurt)


def described(data: bytes) -> list[tuple[int, int]]:
    """Where the descriptions of a container lie: behind each of these marks, and at both ends of the file."""
    zones = [(0, min(400, len(data))), (max(0, len(data) - 2000), len(data))]
    marks = (b"moov", b"moof", b"jumb", b"uuid", b"\x16\x54\xae\x6b", b"\x10\x43\xa7\x70", b"\x1c\x53\xbb\x6b", b"hdrl")
    for mark in marks:
        at = data.find(mark)
        if at >= 0:
            zones.append((at, min(len(data), at + 2500)))
    return zones


def flip(hurt: bytearray, dice: random.Random, at: int) -> None:
    if at < len(hurt):
        hurt[at] ^= 1 << dice.randrange(8)


def overwrite(hurt: bytearray, dice: random.Random, at: int) -> None:
    count = dice.choice((1, 4, 16, 300))
    hurt[at : at + count] = dice.randbytes(max(0, min(count, len(hurt) - at)))


def zeros(hurt: bytearray, dice: random.Random, at: int) -> None:
    count = max(0, min(dice.choice((4, 64, 5000)), len(hurt) - at))
    hurt[at : at + count] = bytes(count)


def extreme(hurt: bytearray, dice: random.Random, at: int) -> None:
    """One number of four bytes becomes the smallest, the largest, or what is next to it."""
    hurt[at : at + 4] = dice.choice(EXTREMES).to_bytes(4, "big")[: max(0, len(hurt) - at)]


def cut_out(hurt: bytearray, dice: random.Random, at: int) -> None:
    del hurt[at : at + dice.choice((1, 4, 200))]


def put_in(hurt: bytearray, dice: random.Random, at: int) -> None:
    hurt[at:at] = dice.randbytes(dice.choice((1, 4, 200)))


def double(hurt: bytearray, dice: random.Random, at: int) -> None:
    hurt[at:at] = hurt[at : at + dice.choice((8, 100, 3000))]


def cut_off(hurt: bytearray, dice: random.Random, at: int) -> None:
    del hurt[max(1, at) :]


WAYS: tuple[Hurt, ...] = (flip, flip, overwrite, zeros, extreme, extreme, extreme, cut_out, put_in, double, cut_off)
