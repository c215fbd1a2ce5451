"""Payloads of H.264 and HEVC bit by bit: read, and written again (ITU-T H.264 and H.265, 7.2, 7.3.1 and 9.1)."""

from __future__ import annotations

import re


class Ended(Exception):
    """The bits ended too early."""


class Bits:
    """Reads a payload bit by bit. escaped: with emulation bytes, which are taken out."""

    def __init__(self, payload: bytes, *, escaped: bool = True) -> None:
        data = payload.replace(b"\0\0\3", b"\0\0") if escaped else payload
        self._number, self._left = int.from_bytes(data, "big"), 8 * len(data)
        self._total = self._left

    @property
    def position(self) -> int:
        """How many bits were taken."""
        return self._total - self._left

    def take(self, count: int) -> int:
        if count > self._left:
            raise Ended
        self._left -= count
        return self._number >> self._left & ((1 << count) - 1)

    def flag(self) -> bool:
        return bool(self.take(1))

    def ue(self) -> int:
        """Exp-Golomb, 9.1."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise Ended
        return (1 << zeros) - 1 + self.take(zeros)

    def se(self) -> int:
        number = self.ue()
        return (number + 1) // 2 if number % 2 else -(number // 2)

    def rest(self) -> tuple[int, int]:
        """All bits that are left: as a number, and how many."""
        return self._number & ((1 << self._left) - 1), self._left


class BitWriter:
    """Gathers bits; `bytes` adds none: end with `ones` or `trail`."""

    def __init__(self) -> None:
        self._number = self._count = 0

    def put(self, value: int, count: int) -> None:
        self._number, self._count = self._number << count | value, self._count + count

    def ue(self, value: int) -> None:
        self.put(value + 1, 2 * (value + 1).bit_length() - 1)

    def copy(self, bits: Bits, count: int) -> None:
        self.put(bits.take(count), count)

    def trail(self) -> None:
        """A one, and zeros up to a whole byte: the end of a payload, or of a slice's head in HEVC."""
        self.put(1, 1)
        self.put(0, -self._count % 8)

    def ones(self) -> None:
        """Ones up to a whole byte: before what CABAC codes (H.264, 7.3.4)."""
        missing = -self._count % 8
        self.put((1 << missing) - 1, missing)

    def __bytes__(self) -> bytes:
        if self._count % 8:
            raise ValueError("not a whole number of bytes")
        return self._number.to_bytes(self._count // 8, "big")


def escape(payload: bytes) -> bytes:
    """With emulation prevention bytes (7.4.1): no three bytes in it look like a start code."""
    return re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", payload)


def without_trail(value: int, count: int) -> tuple[int, int]:
    """Bits up to the last one, which ends a payload: as a number, and how many. Raises Ended where there is none."""
    if not value:
        raise Ended
    zeros = (value & -value).bit_length()
    return value >> zeros, count - zeros
