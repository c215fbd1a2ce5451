"""Packets for libavcodec from bytes."""

from __future__ import annotations

from typing import Any

from av.packet import Packet


def packet_of(data: bytes) -> Packet[Any]:
    """A packet with a copy of these bytes that belongs to libavcodec.

    `Packet(data)` would lend it Python's own bytes, which a decoder with threads gives back through the interpreter's
    lock: freed at the wrong moment, it waits for ever (measured: one run in two with a damaged picture).
    """
    packet: Packet[Any] = Packet(len(data))
    packet.update(data)
    return packet
