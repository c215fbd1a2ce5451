"""Hostile AVI, MPEG-TS and MXF, files that are no video, and good clips that are cut off."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from tests.hostile.atoms import box, full, numbers, replaced, squeezed
from tests.hostile.film import film_of
from tests.hostile.registry import REFUSED, VERIFIED, add_bytes, hostile
from tests.hostile.sources import good, remuxed

# --- cut off ----------------------------------------------------------------------------------------------------------

CUTS = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999)
for kind, extension in {
    "mp4": "mp4",
    "front": "mp4",
    "fragments": "mp4",
    "mov": "mov",
    "mkv": "mkv",
    "webm": "webm",
}.items():
    for share in CUTS:
        codes = VERIFIED if kind == "fragments" else REFUSED
        add_bytes(
            f"{kind}, cut off at {share:.1%}", extension, lambda k=kind, s=share: cut(k, s), codes, ("label", "judge")
        )
for kind in ("ts", "avi", "mxf"):
    for share in CUTS:
        # A stream of packets has no end that could be missing: cut between two of them it is a shorter film. What MXF
        # holds behind its last picture is an index.
        codes = VERIFIED if kind == "ts" or (kind == "mxf" and share >= 0.99) else REFUSED
        add_bytes(f"{kind}, cut off at {share:.1%}", kind, lambda k=kind, s=share: cut(k, s), codes, ("label",))


def cut(kind: str, share: float) -> bytes:
    data = good(kind)
    return data[: max(1, min(len(data) - 1, round(len(data) * share)))]


# --- AVI --------------------------------------------------------------------------------------------------------------


def avi(name: str, content: Callable[[], bytes], codes: frozenset[int] = REFUSED) -> None:
    add_bytes(f"AVI: {name}", "avi", content, codes)


def avi_field(mark: bytes, offset: int, raw: bytes) -> bytes:
    """The good clip with `raw` written `offset` bytes behind the first chunk called `mark`."""
    data = bytearray(good("avi"))
    at = data.index(mark) + 8 + offset
    data[at : at + len(raw)] = raw
    return bytes(data)


def chunk(name: bytes, payload: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(payload) if size is None else size) + payload + bytes(len(payload) % 2)


def riff(inner: bytes) -> bytes:
    return chunk(b"RIFF", b"AVI " + inner)


def loop() -> bytes:
    """An OpenDML super index of which every entry points to the super index itself."""
    data = good("avi")
    at = data.index(b"strl") + 4
    size = struct.unpack("<I", data[at + 4 : at + 8])[0]
    place = at + 8 + size + (data[at + 8 + size + 8 :].index(b"strf") if False else 0)
    entries = struct.pack("<QII", place, 1000, 1) * 1000
    index = chunk(b"indx", struct.pack("<HBBI4s12x", 4, 0, 0, 1000, b"00dc") + entries)
    return data[:place] + index + data[place:]


avi("size 0", lambda: good("avi")[:4] + bytes(4) + good("avi")[8:], VERIFIED)
avi("size 2^32-1", lambda: good("avi")[:4] + b"\xff" * 4 + good("avi")[8:], VERIFIED)
avi("an index that points to itself", loop, VERIFIED)
avi("rate 0", lambda: avi_field(b"strh", 20, struct.pack("<II", 0, 0)), VERIFIED)
avi("rate 2^32-1", lambda: avi_field(b"strh", 20, struct.pack("<II", 1, 0xFFFFFFFF)), VERIFIED)
avi("2^32-1 streams", lambda: avi_field(b"avih", 24, b"\xff" * 4), VERIFIED)
avi("2^32-1 frames", lambda: avi_field(b"strh", 32, b"\xff" * 4), VERIFIED)
avi("picture 65535x65535", lambda: avi_field(b"strf", 4, struct.pack("<II", 65535, 65535)), VERIFIED)
avi("picture of negative size", lambda: avi_field(b"strf", 4, struct.pack("<ii", -320, -(2**31))), VERIFIED)
avi("a set-up of 2^32-1 bytes", lambda: avi_field(b"strf", 0, b"\xff" * 4), VERIFIED)
avi(
    "lists in lists, 10,000 deep",
    lambda: riff(b"".join(chunk(b"LIST", b"hdrl", (10_000 - n) * 12) for n in range(10_000))),
)
avi(
    "100,000 streams",
    lambda: riff(
        chunk(
            b"LIST",
            b"hdrl"
            + chunk(b"avih", bytes(56))
            + chunk(b"LIST", b"strl" + chunk(b"strh", b"vidsH264" + bytes(48))) * 100_000,
        )
    ),
)
avi("a chunk of 2^32-1 bytes", lambda: good("avi").replace(b"idx1", b"00dc\xff\xff\xff\xff"), VERIFIED)
avi("two", lambda: good("avi") + good("avi"), VERIFIED)

# --- MPEG-TS ----------------------------------------------------------------------------------------------------------


def ts(name: str, content: Callable[[], bytes], codes: frozenset[int] = REFUSED) -> None:
    add_bytes(f"TS: {name}", "ts", content, codes)


def packet(pid: int, payload: bytes, *, start: bool = True) -> bytes:
    return b"\x47" + struct.pack(">H", (0x4000 if start else 0) | pid) + b"\x10" + payload.ljust(184, b"\xff")[:184]


def table(kind: int, body: bytes) -> bytes:
    section = bytes([kind]) + struct.pack(">H", 0xB000 | len(body) + 4 + 5) + b"\0\1\xc1\0\0" + body
    return b"\0" + section + crc(section)


def crc(data: bytes) -> bytes:
    """CRC-32/MPEG-2, as every section ends with (ISO/IEC 13818-1, annex A)."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return struct.pack(">I", value)


PAT = packet(0, table(0, struct.pack(">HH", 1, 0xE100)))
ts("only its first table", lambda: PAT * 200)
ts(
    "40 programmes without pictures",
    lambda: packet(0, table(0, b"".join(struct.pack(">HH", n, 0xE100 + n) for n in range(1, 41)))) * 200,
)
ts(
    "a programme of 8,000 tracks",
    lambda: b"".join(
        PAT
        + packet(
            0x100,
            table(
                2,
                struct.pack(">HH", 0xE101, 0xF000)
                + b"".join(
                    struct.pack(">BHH", 0x1B, 0xE000 | (0x200 + n * 34 + k) & 0x1FFF, 0xF000) for k in range(34)
                ),
            ),
        )
        for n in range(240)
    ),
)
ts("packets of nothing", lambda: (b"\x47" + bytes(187)) * 5_000)
ts(
    "out of step",
    lambda: b"".join(good("ts")[at : at + 188] + b"\0" * (at // 188 % 3) for at in range(0, len(good("ts")), 188)),
    VERIFIED,
)
ts(
    "each packet twice",
    lambda: b"".join(good("ts")[at : at + 188] * 2 for at in range(0, len(good("ts")), 188)),
    VERIFIED,
)
ts(
    "backwards",
    lambda: b"".join(reversed([good("ts")[at : at + 188] for at in range(0, len(good("ts")), 188)])),
    VERIFIED,
)
ts("twice, so that its time starts anew", lambda: good("ts") * 2, VERIFIED)
ts(
    "every second packet lost",
    lambda: b"".join(good("ts")[at : at + 188] for at in range(0, len(good("ts")), 376)),
    VERIFIED,
)

# --- MXF --------------------------------------------------------------------------------------------------------------

KEY = bytes.fromhex("060e2b34020501010d01020101020400")
PRIMER = bytes.fromhex("060e2b34020501010d01020101050100")
INDEX = bytes.fromhex("060e2b34025301010d01020101100100")


def mxf(name: str, content: Callable[[], bytes], codes: frozenset[int] = REFUSED) -> None:
    add_bytes(f"MXF: {name}", "mxf", content, codes)


def klv(key: bytes, payload: bytes, length: bytes | None = None) -> bytes:
    return key + (b"\x87" + len(payload).to_bytes(7, "big") if length is None else length) + payload


def partition(previous: int = 0, this: int = 0, footer: int = 0) -> bytes:
    fields = struct.pack(">HHIQQQQQIQI", 1, 3, 512, this, previous, footer, 0, 0, 0, 0, 1)
    return klv(KEY, fields + bytes(16) + numbers(0, 16))


def put_in(extra: bytes) -> bytes:
    """The good clip with one set more behind its first."""
    data = good("mxf")
    at = data.index(PRIMER[:13])
    return data[:at] + extra + data[at:]


mxf("a length of 2^63", lambda: put_in(klv(PRIMER, b"", b"\x88\x80" + bytes(7))))
mxf("a length of 2^64-1", lambda: put_in(klv(PRIMER, b"", b"\x88" + b"\xff" * 8)))
mxf("a length without an end", lambda: put_in(klv(PRIMER, b"", b"\x80")))
mxf("a length of 127 bytes", lambda: put_in(klv(PRIMER, bytes(200), b"\xff" + bytes(127))))
mxf("names, 2^32-1", lambda: put_in(klv(PRIMER, numbers(0xFFFFFFFF, 18) + bytes(18))))
mxf("an index of 2^32-1 entries", lambda: put_in(klv(INDEX, struct.pack(">HHII", 0x3F0A, 8, 0xFFFFFFFF, 11))), VERIFIED)
mxf("a partition before itself", lambda: partition(previous=0, footer=0) * 2 + good("mxf"))
mxf(
    "partitions in a ring",
    lambda: b"".join(partition(previous=100 * (n + 1), this=100 * n, footer=200) for n in range(50)),
)
mxf("10,000 partitions", lambda: partition() * 10_000)
mxf(
    "1,000,000 fillers",
    lambda: (
        good("mxf")[:0] + partition() + klv(bytes.fromhex("060e2b34010101020301021001000000"), b"", b"\0") * 1_000_000
    ),
)

# --- no video ---------------------------------------------------------------------------------------------------------


def png(side: int) -> bytes:
    """A PNG of one colour, `side` pixels each way: a few kilobytes that unfold into gigabytes."""
    line = b"\0" + bytes(side * 4)
    packed = squeezed(line, side)
    parts = ((b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )


add_bytes("nothing at all", "mp4", lambda: b"")
for kind in ("mkv", "webm", "ts", "avi", "mxf"):
    add_bytes(f"nothing at all, {kind}", kind, lambda: b"", commands=("label", "verify"))
add_bytes("one byte", "mp4", lambda: b"\0")
add_bytes("eight bytes", "mp4", lambda: box(b"ftyp"))
add_bytes("a list of other files", "mp4", lambda: b"ffconcat version 1.0\nfile '/etc/hostname'\n")
add_bytes(
    "a list of other files, after a mark", "mkv", lambda: b"\xef\xbb\xbfffconcat version 1.0\nfile '/etc/hostname'\n"
)
add_bytes("a list of segments", "mp4", lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
add_bytes("a page", "mp4", lambda: b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>\n" * 20)
add_bytes("a script", "mkv", lambda: b"#!/bin/sh\nrm -rf /\n" * 30)
add_bytes("a picture named MOV", "mov", lambda: png(64))
add_bytes("subtitles named MP4", "mp4", lambda: b"1\n00:00:00,000 --> 00:00:01,000\nHello\n" * 20)
add_bytes("an archive named MP4", "mp4", lambda: b"PK\x03\x04" + bytes(500))
add_bytes("noise", "mp4", lambda: bytes(n * 7919 % 251 for n in range(50_000)))
add_bytes(
    "ftyp and noise", "mp4", lambda: box(b"ftyp", b"isom\0\0\2\0isom") + bytes(n * 7919 % 251 for n in range(50_000))
)
add_bytes(
    "text behind ftyp",
    "mp4",
    lambda: box(b"ftyp", b"isom\0\0\2\0isom") + b"ffconcat version 1.0\nfile '/etc/hostname'\n",
)
add_bytes(
    "a film of one picture, PNG of 16000x16000",
    "mov",
    lambda: film_of([png(16_000)], b"png ", setup=box(b"free"), size=(16_000, 16_000)),
)
add_bytes("a film whose PNG is larger than it says", "mov", lambda: film_of([png(16_000)], b"png ", setup=box(b"free")))


# --- times ------------------------------------------------------------------------------------------------------------


@hostile("a jump of 2^33 ticks", VERIFIED)
def _(folder: Path) -> Path:
    return jumped(folder / "jump.mp4", 1 << 33)


@hostile("a jump of 2^33 ticks in Matroska", VERIFIED)
def _(folder: Path) -> Path:
    return jumped(folder / "jump.mkv", 1 << 33)


def jumped(path: Path, ticks: int) -> Path:
    kind = path.suffix[1:]
    with remuxed(kind, path) as (out, video, packets):
        for number, one in enumerate(packets):
            if number >= len(packets) // 2:
                one.pts, one.dts = one.pts + ticks, one.dts + ticks
            one.stream = video
            out.mux(one)
    return path


@hostile("pictures without times", VERIFIED)
def _(folder: Path) -> Path:
    """AVI holds no times, and libavformat gives pictures out of order none."""
    path = folder / "untimed.avi"
    with remuxed("avi", path) as (out, video, packets):
        for number, one in enumerate(packets):
            one.pts, one.dts, one.time_base, one.stream = None, number, Fraction(1, 25), video
            out.mux(one)
    return path


def cover(data: bytes) -> bytes:
    """An iTunes cover: `data` as a picture in the film's tags."""
    item = box(b"covr", box(b"data", numbers(14, 0) + data))
    return full(b"meta", full(b"hdlr", numbers(0) + b"mdirappl" + bytes(9)) + box(b"ilst", item))


def with_cover(data: bytes) -> bytes:
    return replaced(good("mp4"), "moov/udta", lambda old: box(b"udta", cover(data)))


add_bytes("a cover of 16000x16000", "mp4", lambda: with_cover(png(16_000)), VERIFIED)
add_bytes("a cover of nothing", "mp4", lambda: with_cover(b""), VERIFIED)
add_bytes("a cover of noise", "mp4", lambda: with_cover(bytes(range(256)) * 4), VERIFIED)
