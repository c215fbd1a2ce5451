"""A read-only walk over an MPEG transport stream: its programme tables, and what stands in it beside the programme.

Every packet's head is looked at, in blocks, so memory does not grow with the film (ISO/IEC 13818-1, 2.4; service names:
ETSI EN 300 468, 5.2.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeler.errors import SourceUnreadable
from labeler.language import say
from labeler.media.open import reading

SYNC = 0x47
PACKET = 188
PAT, SDT, NULL = 0x0000, 0x0011, 0x1FFF
ACTUAL, STUFFING = 0x42, 0x72
WRITTEN_TABLES = frozenset({ACTUAL, STUFFING})
"""Of those that share a PID with the description of the service (EN 300 468, 5.1.3): the others are of bouquets, and
of other streams."""
FIRST_FREE_PID = 0x20
PACKETS_A_BLOCK = 1 << 15
MOST_SECTION_BYTES = 4096
SERVICE, CONDITIONAL_ACCESS = 0x48, 0x09
LONGEST_MAP = 183
"""Bytes of a section that fits one packet: one like it is written over that of an output."""
UTF8 = b"\x15"


@dataclass(frozen=True)
class Stream:
    """One elementary stream of the programme: its PID, its type, and the descriptors beside it by tag."""

    pid: int
    type: int
    descriptors: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True)
class Transport:
    """What the walk found. structure: the numbers and names of the tables. facts: what is refused, by name."""

    structure: dict[str, str]
    facts: tuple[str, ...]


def walk(path: Path) -> Transport:
    """Walk all packets of a transport stream. Raises SourceUnreadable where it is none, or has no programme."""
    walker = _Walker(path)
    with reading(path):
        walker.walk()
    return Transport(walker.structure(), tuple(walker.facts))


@dataclass(frozen=True)
class Layout:
    """Bytes of a packet, and before its own first one; the PID of the programme's map."""

    size: int
    offset: int
    map_pid: int


def programme_map(path: Path, *, streams: int = 0) -> bytes:
    """The first section of the programme's map that lists so many streams, else the fullest. Raises as `walk`."""
    return _up_to_map(path, streams).map()


def stream_count(section: bytes) -> int:
    """How many streams a map lists."""
    return len(_streams(section))


def layout(path: Path) -> Layout:
    """Raises as `walk`."""
    walker = _up_to_map(path, 0)
    return Layout(walker.size, walker.offset, walker.programme()[1])


def _up_to_map(path: Path, streams: int) -> _Walker:
    walker = _Walker(path)
    with reading(path):
        walker.walk_to_map(streams)
    return walker


class _Walker:
    """One walk. State: the tables as they stand so far, and how many packets each PID had."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size, self.offset = PACKET, 0
        self.counts = np.zeros(1 << 13, np.int64)
        self.sections: dict[int, bytearray] = {}
        self.seen: dict[int, dict[bytes, None]] = {}
        self.programmes: dict[int, int] = {}
        self.transport_id = 0
        self.facts: dict[str, None] = {}

    def walk(self) -> None:
        self._find_layout()
        with self.path.open("rb") as file:
            while block := file.read(self.size * PACKETS_A_BLOCK):
                self._see_block(block)
        if not self.programmes:
            raise self._damaged("it names no programme", "il ne nomme aucun programme")
        self._look_at_rest()

    def walk_to_map(self, streams: int) -> None:
        """To the first map that lists so many, or the end of the file."""
        self._find_layout()
        with self.path.open("rb") as file:
            while not (self._maps() and len(self.streams()) >= streams):
                block = file.read(self.size * PACKETS_A_BLOCK)
                if not block:
                    break
                self._see_block(block)
        if not self._maps():
            raise self._damaged("its programme has no table", "son programme n'a pas de table")

    def map(self) -> bytes:
        """As `fullest` has it; the first where they say different things."""
        maps = self._maps()
        return fullest(maps) or maps[0]

    def _find_layout(self) -> None:
        """Packets of 188 bytes, or of 192 with a clock of four bytes before each (Blu-ray, AVCHD)."""
        with self.path.open("rb") as file:
            head = file.read(2 * 192)
        if len(head) > 196 and head[0] != SYNC and head[4] == head[196] == SYNC:
            self.size, self.offset = 192, 4

    def _see_block(self, block: bytes) -> None:
        count = len(block) // self.size
        packets = np.frombuffer(block, np.uint8, count * self.size).reshape(count, self.size)[:, self.offset :]
        if not (packets[:, 0] == SYNC).all():
            raise self._damaged("its packets lose their order", "ses paquets perdent leur alignement")
        pids = (packets[:, 1].astype(np.int64) & 0x1F) << 8 | packets[:, 2]
        self.counts += np.bincount(pids, minlength=1 << 13)
        if (packets[:, 1] & 0x80).any():
            self.facts["damaged packet"] = None
        if (packets[pids != NULL, 3] & 0xC0).any():
            self.facts["encrypted"] = None
        # The list of programmes first, so that a table of theirs in the same block is known for one.
        for at in np.flatnonzero(pids == PAT):
            self._see_table(PAT, packets[at].tobytes())
        for at in np.flatnonzero(np.isin(pids, [SDT, *self.programmes.values()])):
            self._see_table(int(pids[at]), packets[at].tobytes())

    def _see_table(self, pid: int, packet: bytes) -> None:
        start = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
        if not packet[3] & 0x10 or start >= PACKET:
            return
        payload = packet[start:]
        if packet[1] & 0x40:
            pointer = payload[0]
            self._finish(pid, payload[1 : 1 + pointer])
            self.sections[pid] = bytearray(payload[1 + pointer :])
        elif pid in self.sections:
            self.sections[pid] += payload
        self._take_whole(pid)

    def _finish(self, pid: int, rest: bytes) -> None:
        if pid in self.sections:
            self.sections[pid] += rest
            self._take_whole(pid)

    def _take_whole(self, pid: int) -> None:
        buffer = self.sections.get(pid, bytearray())
        while len(buffer) >= 3 and buffer[0] != 0xFF:
            length = 3 + ((buffer[1] & 15) << 8 | buffer[2])
            if length > MOST_SECTION_BYTES or len(buffer) < length:
                return
            section = bytes(buffer[:length])
            del buffer[:length]
            self.seen.setdefault(pid, {})
            if len(self.seen[pid]) < 64 and length >= 12:
                self.seen[pid][section] = None
                if pid == PAT:
                    self._see_list(section)

    def _see_list(self, section: bytes) -> None:
        self.transport_id = section[3] << 8 | section[4]
        for at in range(8, len(section) - 4, 4):
            number, pid = int.from_bytes(section[at : at + 2], "big"), int.from_bytes(section[at + 2 : at + 4], "big")
            if number:
                self.programmes[number] = pid & 0x1FFF

    # --- what follows ---------------------------------------------------------------------------------------------

    def programme(self) -> tuple[int, int]:
        number = min(self.programmes)
        return number, self.programmes[number]

    def _tables(self, pid: int, table: int) -> list[bytes]:
        return [section for section in self.seen.get(pid, {}) if section[0] == table]

    def _maps(self) -> list[bytes]:
        return self._tables(self.programme()[1], 2) if self.programmes else []

    def streams(self) -> tuple[Stream, ...]:
        return tuple(_streams(self.map())) if self._maps() else ()

    def _look_at_rest(self) -> None:
        if len(self.programmes) > 1:
            self.facts["several programmes"] = None
        if not self._maps():
            raise self._damaged("its programme has no table", "son programme n'a pas de table")
        if fullest(self._maps()) is None:
            self.facts["a programme table that changes"] = None
        section, streams = self.map(), self.streams()
        known = {PAT, SDT, NULL, self.programme()[1], _clock_pid(section), *(stream.pid for stream in streams)}
        for pid in np.flatnonzero(self.counts).tolist():
            if pid not in known:
                name = "service information" if pid < FIRST_FREE_PID else "a stream of no programme"
                self.facts[f"{name} (PID {pid})"] = None
        for table in sorted({section[0] for section in self.seen.get(SDT, {})} - WRITTEN_TABLES):
            self.facts[f"service information (PID {SDT}, table {table:#04x})"] = None
        if len(section) > LONGEST_MAP:
            self.facts["a programme table of several packets"] = None
        tags = {tag for tag, _ in _programme_descriptors(section)}
        if CONDITIONAL_ACCESS in tags.union(tag for stream in streams for tag, _ in stream.descriptors):
            self.facts["encrypted"] = None

    def structure(self) -> dict[str, str]:
        number, pmt = self.programme()
        of_programme = _programme_descriptors(self.map())
        found = {"descriptors": _told(of_programme)} if of_programme else {}
        found |= {
            "packet_size": str(self.size),
            "transport_stream_id": str(self.transport_id),
            "service_id": str(number),
            "pmt_pid": str(pmt),
        }
        for order, stream in enumerate(self.streams()):
            found |= {f"pid_{order}": str(stream.pid), f"type_{order}": f"{stream.type:#04x}"}
            if stream.descriptors:
                found[f"descriptors_{order}"] = _told(stream.descriptors)
        return found | self._service(number)

    def _service(self, number: int) -> dict[str, str]:
        """Network and names of the programme as the service description tells them."""
        for section in self._tables(SDT, ACTUAL):
            found = {"original_network_id": str(section[8] << 8 | section[9])}
            at = 11
            while at + 5 <= len(section) - 4:
                length = (section[at + 3] & 15) << 8 | section[at + 4]
                if int.from_bytes(section[at : at + 2], "big") == number:
                    names = _names(section[at + 5 : at + 5 + length])
                    if any(not _can_be_written(name) for name in names.values()):
                        self.facts["service name in an older table of letters"] = None
                    return found | {key: _text(name) for key, name in names.items()}
                at += 5 + length
            return found
        return {}

    def _damaged(self, en: str, fr: str) -> SourceUnreadable:
        return SourceUnreadable(
            say(f"{self.path} is damaged: {en}.", f"{self.path} est abîmé : {fr}."),
            remedy=say("Export or copy the file again.", "Exportez ou copiez de nouveau le fichier."),
            file=str(self.path),
        )


def fullest(maps: Sequence[bytes]) -> bytes | None:
    """The first of these maps that says all that any of them says: some writers (VLC) list streams only as they come,
    and no more when they have ended. None where there is none such."""
    for one in maps:
        streams, descriptors = set(_streams(one)), _programme_descriptors(one)
        if all(streams.issuperset(_streams(other)) and _programme_descriptors(other) == descriptors for other in maps):
            return one
    return None


def _descriptors(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 <= len(data):
        yield data[at], data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]


def _told(descriptors: tuple[tuple[int, bytes], ...]) -> str:
    return " ".join(f"{tag:02x}:{body.hex()}" for tag, body in descriptors)


def _clock_pid(table: bytes) -> int:
    return (table[8] & 0x1F) << 8 | table[9]


def _programme_descriptors(table: bytes) -> tuple[tuple[int, bytes], ...]:
    length = (table[10] & 15) << 8 | table[11]
    return tuple(_descriptors(table[12 : 12 + length]))


def _streams(table: bytes) -> tuple[Stream, ...]:
    at, streams = 12 + ((table[10] & 15) << 8 | table[11]), []
    while at + 5 <= len(table) - 4:
        length = (table[at + 3] & 15) << 8 | table[at + 4]
        pid = (table[at + 1] & 0x1F) << 8 | table[at + 2]
        streams.append(Stream(pid, table[at], tuple(_descriptors(table[at + 5 : at + 5 + length]))))
        at += 5 + length
    return tuple(streams)


def _names(descriptors: bytes) -> dict[str, bytes]:
    """Kind, provider and name of a service, as bytes."""
    for tag, body in _descriptors(descriptors):
        if tag == SERVICE and len(body) >= 3:
            provider, rest = body[2 : 2 + body[1]], body[2 + body[1] :]
            name = rest[1 : 1 + rest[0]] if rest else b""
            return {"service_type": b"%d" % body[0], "service_provider": provider, "service_name": name}
    return {}


def _text(data: bytes) -> str:
    """ETSI EN 300 468 annex A: a first byte of 0x15 says UTF-8."""
    return data[1:].decode("utf-8", errors="replace") if data[:1] == UTF8 else data.decode("latin-1")


def _can_be_written(name: bytes) -> bool:
    """The muxer writes ASCII, and anything else as UTF-8: letters of an older table would come out as others."""
    return name[:1] == UTF8 or all(0x20 <= byte < 0x7F for byte in name)
