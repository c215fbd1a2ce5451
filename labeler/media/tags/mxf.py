"""The tags and the XMP of an MXF (SMPTE ST 377-1, ST 410): who wrote it, the tagged values of its packages, and what a
generic stream carries of XMP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labeler.media.tags.tag import Collector, is_like_packet

PREFIX = bytes.fromhex("060e2b34")
PARTITION = bytes.fromhex("060e2b34020501010d010201")
SET = bytes.fromhex("060e2b34025301010d0101010101")
IDENTIFICATION, TAGGED_VALUE = 0x30, 0x3F
ESSENCE = bytes.fromhex("060e2b34010201010d010301")
RANDOM_INDEX = bytes.fromhex("060e2b34020501010d01020101110100")
GENERIC_STREAM = (0x03, 0x11)
"""Bytes 13 and 14 of the key of a partition that carries data of another kind (ST 410)."""
VERSION = 7
"""The byte of a key that tells the version of the register, in which writers differ."""
IDENTITY = {0x3C01: "CompanyName", 0x3C02: "ProductName", 0x3C04: "VersionString", 0x3C08: "Platform"}
NAME, VALUE = 0x5001, 0x5003
MOST_ITEMS = 200_000
MOST_PARTITIONS = 100_000
MOST_RUN_IN = 1 << 16
MOST_OF_SET = 1 << 22
LONGEST_HEAD = 32
"""Key and length of an item."""
INDIRECT = 17
"""Bytes before the value itself in one of type Indirect: the byte order, and the label of its type."""


@dataclass(frozen=True)
class Item:
    key: bytes
    start: int
    end: int


def collect(found: Collector) -> None:
    """Put every tag of the file into `found`. Frames are passed over: the index at the end tells where other kinds of
    data begin; a file without one is walked whole, as far as the bound on items goes."""
    size = found.file.seek(0, 2)
    at = found.read(0, MOST_RUN_IN + len(PARTITION)).find(PARTITION)
    if at < 0:
        return
    begins = partitions(found, size)
    see(found, at, size, is_bounded=bool(begins))
    for begin in begins:
        if begin > at and is_generic(found.read(begin, 16)):
            see(found, begin, size, is_bounded=True)


def see(found: Collector, at: int, size: int, *, is_bounded: bool) -> None:
    """The items from `at` on; to the next partition, or to the end."""
    in_stream = False
    sets: set[bytes] = set()
    for item in items(found, at, size):
        if is_partition(item.key):
            if is_bounded and item.start > at + LONGEST_HEAD:
                return
            in_stream = is_generic(item.key)
        elif alike(item.key[:14], SET) and item.key[14] in (IDENTIFICATION, TAGGED_VALUE):
            see_set(found, item, sets)
        elif is_bounded and item.key.startswith(ESSENCE):
            return
        elif in_stream and is_like_packet(found.read(item.start, min(4096, item.end - item.start))):
            found.add("xmp", item.start, item.end, "generic stream", "packet")


def partitions(found: Collector, size: int) -> tuple[int, ...]:
    """Where the partitions begin, by the random index pack (ST 377-1, 12); none where there is no pack."""
    length = int.from_bytes(found.read(max(0, size - 4), 4), "big")
    if not 20 < length < min(size, 12 * MOST_PARTITIONS):
        return ()
    pack = next(items(found, size - length, size), None)
    if pack is None or not alike(pack.key, RANDOM_INDEX):
        return ()
    data = found.read(pack.start, pack.end - pack.start - 4)
    return tuple(int.from_bytes(data[at + 4 : at + 12], "big") for at in range(0, len(data) - 11, 12))


def is_partition(key: bytes) -> bool:
    """Whether a pack of a header, body or footer begins here; the primer and the random index have keys much alike."""
    return key.startswith(PARTITION) and key[13] in (0x02, 0x03, 0x04)


def is_generic(key: bytes) -> bool:
    return is_partition(key) and (key[13], key[14]) == GENERIC_STREAM


def items(found: Collector, at: int, size: int) -> Iterator[Item]:
    """Key and span of each item; ends at what is none."""
    for _ in range(MOST_ITEMS):
        head = found.read(at, 25)
        if len(head) < 17 or not head.startswith(PREFIX):
            return
        count = head[16] - 0x80 if head[16] >= 0x80 else 0
        if count > 8 or len(head) < 17 + count:
            return
        length = int.from_bytes(head[17 : 17 + count], "big") if count else head[16] & 0x7F
        start = at + 17 + count
        if start + length > size:
            return
        yield Item(head[:16], start, start + length)
        at = start + length


def see_set(found: Collector, item: Item, sets: set[bytes]) -> None:
    """Two sets matter; the header's and the footer's partition both hold them, and the same one is told once."""
    data = found.read(item.start, min(item.end - item.start, MOST_OF_SET))
    if data in sets:
        return
    sets.add(data)
    values = dict(properties(data))
    if item.key[14] == IDENTIFICATION:
        for tag, name in IDENTITY.items():
            if tag in values:
                found.add_value(name, values[tag], "header/Identification", "utf-16-be")
        return
    name = values.get(NAME, b"").decode("utf-16-be", "backslashreplace").rstrip("\0")
    stated = values.get(VALUE, b"")
    is_little = stated[:1] == b"L"
    found.add_value(name, stated[INDIRECT:], "header/TaggedValue", "utf-16-le" if is_little else "utf-16-be")


def properties(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        tag, length = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
        yield tag, data[at + 4 : at + 4 + length]
        at += 4 + length


def alike(key: bytes, other: bytes) -> bool:
    return key[:VERSION] == other[:VERSION] and key[VERSION + 1 :] == other[VERSION + 1 :]
