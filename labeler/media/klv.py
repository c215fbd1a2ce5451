"""A walk over the items of an MXF file: key, length, value (SMPTE ST 336, ST 377-1 6.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

PREFIX = bytes.fromhex("060e2b34")
"""How every SMPTE universal label begins (ST 298)."""
PARTITION = bytes.fromhex("060e2b34020501010d010201")
MOST_RUN_IN = 1 << 16
"""Bytes that may stand before the first partition (ST 377-1, 6.5)."""
ESSENCE = bytes.fromhex("060e2b34010201010d010301")
"""An element of the generic container (ST 379-1); byte 8 is the version of the register."""
VERSION = 7
PICTURES = frozenset({0x05, 0x15})
"""Byte 13 of an element that holds pictures: as in the content package, and of the generic container."""
KEY = 16
LONG = 0x80


class NotKlv(Exception):
    """What stands at this place of the file is no item, or one that is not whole."""


@dataclass(frozen=True)
class Item:
    """key: 16 bytes. start: where it begins in the file. value, end: where its value does, and ends."""

    key: bytes
    start: int
    value: int
    end: int

    @property
    def is_picture(self) -> bool:
        key = self.key
        return (
            key[:VERSION] == ESSENCE[:VERSION]
            and key[VERSION + 1 : 12] == ESSENCE[VERSION + 1 :]
            and key[12] in PICTURES
        )


def items(file: BinaryIO) -> Iterator[Item]:
    """All items of the file, in order. Raises NotKlv."""
    size = file.seek(0, 2)
    file.seek(0)
    at = file.read(MOST_RUN_IN + len(PARTITION)).find(PARTITION)
    if at < 0:
        raise NotKlv("no partition")
    while at < size:
        file.seek(at)
        head = file.read(KEY + 9)
        if len(head) < KEY + 1 or not head.startswith(PREFIX):
            raise NotKlv(at)
        count = head[KEY] - LONG if head[KEY] >= LONG else 0
        if head[KEY] == LONG or count > 8 or len(head) < KEY + 1 + count:
            raise NotKlv(at)
        length = int.from_bytes(head[KEY + 1 : KEY + 1 + count], "big") if count else head[KEY]
        value = at + KEY + 1 + count
        if value + length > size:
            raise NotKlv(at)
        yield Item(head[:KEY], at, value, value + length)
        at = value + length
