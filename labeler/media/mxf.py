"""A read-only walk over the header of an MXF file: its metadata sets, and how its descriptors tell of the essence.

libavformat shows little of it and writes a header of its own, so what stands there beside what it knows is refused, and
the picture's descriptor is compared property by property (SMPTE ST 377-1, 6 to 9 and annexes A, B, G; ST 381-1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from labeler.errors import SourceUnreadable
from labeler.language import say
from labeler.media.open import reading

PARTITION = bytes.fromhex("060e2b34020501010d010201")
STRUCTURAL_SET = bytes.fromhex("060e2b34025301010d0101010101")
PRIMER = bytes.fromhex("060e2b34020501010d01020101050100")
RANDOM_INDEX = bytes.fromhex("060e2b34020501010d01020101110100")
FILL = bytes.fromhex("060e2b34010101020301021001000000")
GENERIC_STREAM = 0x03, 0x11
"""Bytes 13 and 14 of the key of a partition that carries data of another kind (ST 410)."""
ANY_VERSION = 7
"""The byte of a key that tells the version of the register, in which writers differ."""
MOST_HEADER_BYTES = 64 << 20
MOST_PARTITIONS = 100_000

# Byte 14 of a structural set's key -> its name (ST 377-1 annex A, ST 381, ST 382).
KNOWN_SETS: Mapping[int, str] = MappingProxyType(
    {
        0x0F: "sequence",
        0x11: "source clip",
        0x14: "time code",
        0x18: "content storage",
        0x23: "essence container data",
        0x28: "picture descriptor (CDCI)",
        0x2F: "preface",
        0x30: "identification",
        0x36: "material package",
        0x37: "source package",
        0x3B: "track",
        0x3F: "tagged value",
        0x42: "sound descriptor",
        0x44: "descriptor of several",
        0x47: "sound descriptor (AES3)",
        0x48: "sound descriptor (Wave)",
        0x51: "picture descriptor (MPEG)",
    }
)
PICTURE_SETS = frozenset({0x28, 0x29, 0x51})
NAMED_SETS: Mapping[int, str] = MappingProxyType(
    {
        0x29: "picture descriptor (RGBA)",
        0x32: "network locator",
        0x39: "event track",
        0x3A: "static track",
        0x41: "descriptive metadata",
        0x5B: "VBI data",
        0x5C: "ancillary data",
        0x64: "subtitles",
    }
)
# Local tags of a picture descriptor (ST 377-1 annex G) -> names. Sizes, rates and aspect are told by libavformat too.
PROPERTIES: Mapping[int, str] = MappingProxyType(
    {
        0x3201: "coding",
        0x3208: "display_height",
        0x3209: "display_width",
        0x320C: "frame_layout",
        0x320D: "line_map",
        0x320E: "aspect_ratio",
        0x3210: "transfer",
        0x3212: "field_dominance",
        0x3218: "active_format",
        0x3219: "primaries",
        0x321A: "coding_equations",
        0x3301: "component_depth",
        0x3302: "horizontal_subsampling",
        0x3304: "black",
        0x3305: "white",
        0x3306: "colour_range",
        0x3308: "vertical_subsampling",
    }
)


@dataclass(frozen=True)
class Header:
    """structure: properties of the picture's descriptor, as hexadecimal text. facts: what is refused, by name."""

    structure: dict[str, str]
    facts: tuple[str, ...]


def walk(path: Path) -> Header:
    """Walk the metadata of the header partition. Raises SourceUnreadable where there is none that is whole."""
    with reading(path), path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(1 << 16)
        at = head.find(PARTITION)
        if at < 0:
            raise _damaged(path)
        start, end = _value(head, at + 16)
        if end > len(head) or end - start < 88:
            raise _damaged(path)
        pack = head[start:end]
        count = int.from_bytes(pack[32:40], "big")
        if not 0 < count <= MOST_HEADER_BYTES or at + end - at + count > size:
            raise _damaged(path)
        # What fills up the block of the pack is not counted in the header's bytes (ST 377-1, 7.1).
        file.seek(end + _fill(head, end))
        metadata = file.read(count)
        facts = dict.fromkeys(_streams_of_other_kinds(path, size))
    structure: dict[str, str] = {}
    for key, value in _items(metadata):
        _see_set(key, value, structure, facts)
    return Header(structure, tuple(facts))


def _see_set(key: bytes, value: bytes, structure: dict[str, str], facts: dict[str, None]) -> None:
    if _like(key, PRIMER) or _like(key, FILL):
        return
    if not _like(key[:14], STRUCTURAL_SET):
        facts[f"metadata {key.hex()}"] = None
        return
    kind = key[14]
    if kind in PICTURE_SETS:
        structure |= {f"picture_{name}": data for name, data in _properties(value)}
    if kind not in KNOWN_SETS:
        facts[NAMED_SETS.get(kind, f"metadata set {kind:#04x}")] = None


def _properties(value: bytes) -> Iterator[tuple[str, str]]:
    at = 0
    while at + 4 <= len(value):
        tag, length = int.from_bytes(value[at : at + 2], "big"), int.from_bytes(value[at + 2 : at + 4], "big")
        if tag in PROPERTIES:
            yield PROPERTIES[tag], _without_version(tag, value[at + 4 : at + 4 + length]).hex()
        at += 4 + length


def _without_version(tag: int, data: bytes) -> bytes:
    """Labels of 16 bytes mean the same in every version of the register."""
    return data[:ANY_VERSION] + b"\0" + data[ANY_VERSION + 1 :] if len(data) == 16 and tag != 0x320D else data


def _items(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each item; stops where the next is none."""
    at = 0
    while at + 17 <= len(data):
        key = data[at : at + 16]
        start, end = _value(data, at + 16)
        if end > len(data) or key[:4] != PARTITION[:4]:
            return
        yield key, data[start:end]
        at = end


def _fill(data: bytes, at: int) -> int:
    """Bytes of the fill item that stands here, 0 where none does."""
    if len(data) < at + 17 or not _like(data[at : at + 16], FILL):
        return 0
    return _value(data, at + 16)[1] - at


def _value(data: bytes, at: int) -> tuple[int, int]:
    """Where a value begins and ends whose BER length stands at `at` (ISO/IEC 8825-1, 8.1.3)."""
    first = data[at]
    if first < 0x80:
        return at + 1, at + 1 + first
    count = first & 0x7F
    start = at + 1 + count
    return start, start + int.from_bytes(data[at + 1 : start], "big")


def _streams_of_other_kinds(path: Path, size: int) -> Iterator[str]:
    """Partitions of data, found through the random index at the end of the file, where there is one."""
    with path.open("rb") as file:
        file.seek(max(0, size - 4))
        length = int.from_bytes(file.read(4), "big")
        if not 20 < length < min(size, 12 * MOST_PARTITIONS):
            return
        file.seek(size - length)
        pack = file.read(length)
        if not _like(pack[:16], RANDOM_INDEX):
            return
        start, _ = _value(pack, 16)
        for at in range(start, length - 4 - 11, 12):
            file.seek(int.from_bytes(pack[at + 4 : at + 12], "big"))
            key = file.read(16)
            if key[:12] == PARTITION and (key[13], key[14]) == GENERIC_STREAM:
                yield "a stream of other data"


def _like(key: bytes, other: bytes) -> bool:
    return key[:ANY_VERSION] == other[:ANY_VERSION] and key[ANY_VERSION + 1 :] == other[ANY_VERSION + 1 :]


def _damaged(path: Path) -> SourceUnreadable:
    return SourceUnreadable(
        say(f"{path} is damaged: its MXF header is not whole.", f"{path} est abîmé : son en-tête MXF est incomplet."),
        remedy=say("Export or copy the file again.", "Exportez ou copiez de nouveau le fichier."),
        file=str(path),
    )
