"""What no encoder and no muxer here would write: a finished file's bytes, changed by hand."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from tests.hostile.atoms import box, full, grown, numbers, patched, payload_of, replaced

SPS = 7
ELST = "moov/trak/edts/elst"
CUT = 1520
TABLE = "moov/trak/mdia/minf/stbl"
BITSTREAM_RESTRICTION = "1" + "1"
"""The flag, and the first bit behind it (motion_vectors_over_pic_boundaries_flag) as x264 writes it."""


def with_junk(path: Path) -> None:
    """Free space behind the last box, as editors leave it."""
    path.write_bytes(path.read_bytes() + box(b"free", bytes(range(256)) * 5))


def with_wide_offsets(path: Path) -> None:
    """`co64` for `stco` in the first track; `moov` stands last, so that nothing moves (ISO/IEC 14496-12, 8.7.5)."""

    def widened(old: bytes) -> bytes:
        count = int.from_bytes(old[12:16], "big")
        return full(b"co64", old[12:16] + struct.pack(f">{count}Q", *struct.unpack(f">{count}I", old[16:])))

    path.write_bytes(replaced(path.read_bytes(), f"{TABLE}/stco", widened))


def with_in_entry(more: bytes) -> Callable[[Path], None]:
    """A box at the end of the first sample entry (avc1); `moov` stands last, so that nothing moves."""
    return lambda path: _rewritten(path, grown(path.read_bytes(), f"{TABLE}/stsd/avc1", more))


def with_in_track(more: bytes) -> Callable[[Path], None]:
    """A box at the end of the first track."""
    return lambda path: _rewritten(path, grown(path.read_bytes(), "moov/trak", more))


def with_two_pieces(gap: int = 0) -> Callable[[Path], None]:
    """The first track's edit list of one piece cut after 1.52 s, within a group of pictures; gap: ticks of the media
    that are left out there. The film's clock has 1000 ticks a second, the pictures' 12800."""

    def cut(path: Path) -> None:
        data = path.read_bytes()
        _, count, duration, start, speed = struct.unpack(">IIIiI", payload_of(data, ELST))
        assert count == 1
        rest = duration - CUT - gap * 1000 // 12800
        pieces = numbers(2, CUT, start, speed, rest, start + CUT * 12800 // 1000 + gap, speed)
        _rewritten(path, replaced(data, ELST, _instead(full(b"elst", pieces))))

    return cut


def entry_of_size(path: Path, width: int, height: int) -> None:
    """Another size in the first sample entry (ISO/IEC 14496-12, 12.1.3)."""
    size = struct.pack(">HH", width, height)
    _rewritten(path, patched(path.read_bytes(), f"{TABLE}/stsd/avc1", 24, size))


def _rewritten(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def with_two_descriptions(path: Path) -> None:
    """A second entry in `stsd` for the second half: that of the parameter sets which stand before it in the stream.

    For a file of one track with `moov` last, whose second half has parameter sets in its keyframes. Every sample
    becomes a chunk of its own.
    """
    data = path.read_bytes()
    sizes = payload_of(data, f"{TABLE}/stsz")
    count = int.from_bytes(sizes[8:12], "big")
    lengths = struct.unpack(f">{count}I", sizes[12:])
    starts = _starts(data, lengths)
    half = count // 2
    entry = payload_of(data, f"{TABLE}/stsd")[8:]
    second = _described_by(entry, data[starts[half] : starts[half] + lengths[half]])
    tables = {
        "stsd": full(b"stsd", numbers(2) + entry + second),
        "stsc": full(b"stsc", numbers(2, 1, 1, 1, half + 1, 1, 2)),
        "stco": full(b"stco", numbers(count, *starts)),
    }
    for name, table in tables.items():
        data = replaced(data, f"{TABLE}/{name}", _instead(table))
    path.write_bytes(data)


def without_restriction(path: Path) -> None:
    """The sequence parameter set of `avcC` without what tells how many pictures are reordered (ITU-T H.264, E.1.1).

    What x264 writes from bitstream_restriction_flag on is the end of the set, whatever stands before it.
    """

    def shorter(old: bytes) -> bytes:
        length = int.from_bytes(old[14:16], "big")
        unit = _unrestricted(old[16 : 16 + length])
        return box(b"avcC", old[8:14] + struct.pack(">H", len(unit)) + unit + old[16 + length :])

    path.write_bytes(replaced(path.read_bytes(), f"{TABLE}/stsd/avc1/avcC", shorter))


def _unrestricted(unit: bytes) -> bytes:
    bits = "".join(f"{byte:08b}" for byte in unit.replace(b"\0\0\3", b"\0\0"))
    bits = bits[: bits.rindex("1")]
    head = bits[: _last_numbers(bits, 6)]
    kept = head[: -len(BITSTREAM_RESTRICTION)] + "0" + "1"
    kept += "0" * (-len(kept) % 8)
    return _escaped(bytes(int(kept[at : at + 8], 2) for at in range(0, len(kept), 8)))


def _last_numbers(bits: str, count: int) -> int:
    """Where `count` Exp-Golomb numbers begin that end with the bits, behind a flag that tells of them."""
    for start in range(len(bits) - count, 0, -1):
        at = start
        for _ in range(count):
            one = bits.find("1", at)
            if one < 0:
                break
            at = 2 * one - at + 1
        else:
            if at == len(bits) and bits[:start].endswith(BITSTREAM_RESTRICTION):
                return start
    raise ValueError("not a parameter set of x264")


def _escaped(data: bytes) -> bytes:
    """With an emulation prevention byte wherever two zeros stand before a byte up to 3 (7.4.1)."""
    out = bytearray()
    for byte in data:
        if byte <= 3 and out.endswith(b"\0\0"):
            out.append(3)
        out.append(byte)
    return bytes(out)


def _starts(data: bytes, lengths: tuple[int, ...]) -> list[int]:
    """Where each sample of the only track begins: one behind the other from the first chunk on."""
    start = int.from_bytes(payload_of(data, f"{TABLE}/stco")[8:12], "big")
    starts = []
    for length in lengths:
        starts.append(start)
        start += length
    return starts


def _described_by(entry: bytes, sample: bytes) -> bytes:
    """The sample entry with the parameter sets of this sample in its `avcC`."""
    units, at = [], 0
    while at < len(sample):
        length = int.from_bytes(sample[at : at + 4], "big")
        units.append(sample[at + 4 : at + 4 + length])
        at += 4 + length
    sps, pps = (next(unit for unit in units if unit[0] & 31 == kind) for kind in (SPS, SPS + 1))
    sets = b"\xe1" + struct.pack(">H", len(sps)) + sps + b"\1" + struct.pack(">H", len(pps)) + pps
    return replaced(entry, "avc1/avcC", _instead(box(b"avcC", b"\1" + sps[1:4] + b"\xff" + sets + _high(sps))))


def _high(sps: bytes) -> bytes:
    """What `avcC` says once more of 4:2:0 in 8 bits, from High on (ISO/IEC 14496-15, 5.3.3.1)."""
    return b"\xfd\xf8\xf8\0" if sps[1] >= 100 else b""


def _instead(new: bytes) -> Callable[[bytes], bytes]:
    return lambda old: new
