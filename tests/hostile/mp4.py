"""Hostile MP4 and MOV: sizes that lie, tables that promise billions, nests, numbers past every edge."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from tests.hostile.atoms import (
    box,
    full,
    grown,
    large,
    nested,
    numbers,
    patched,
    payload_of,
    replaced,
    squeezed,
    written,
)
from tests.hostile.registry import OPENING, REFUSED, VERIFIED, add_bytes, hostile
from tests.hostile.sources import good, packets

MOST = 0xFFFFFFFF
STBL = "moov/trak/mdia/minf/stbl"
MOVIE = "moov/mvhd"
HEADER = "moov/trak/mdia/mdhd"


def mp4() -> bytes:
    """The good clip with `moov` behind its media: it may grow and no offset moves."""
    return good("mp4")


def file(name: str, content: Callable[[], bytes], codes: frozenset[int] = REFUSED, **more: tuple[str, ...]) -> None:
    add_bytes(name, "mp4", content, codes, **more)


# --- sizes ------------------------------------------------------------------------------------------------------------

PLACES = ("ftyp", "mdat", "moov", "moov/trak", "moov/trak/mdia/minf", f"{STBL}/stsd", f"{STBL}/stsz", "moov/udta")
SIZES: dict[str, Callable[[bytes], bytes]] = {
    "0": lambda old: b"\0\0\0\0" + old[4:],
    "1": lambda old: b"\0\0\0\1" + old[4:],
    "7": lambda old: b"\0\0\0\7" + old[4:],
    "2^31": lambda old: b"\x80\0\0\0" + old[4:],
    "2^32-1": lambda old: b"\xff\xff\xff\xff" + old[4:],
    "2^63": lambda old: large(old[4:8], old[8:], 1 << 63),
    "2^64-1": lambda old: large(old[4:8], old[8:], (1 << 64) - 1),
    "one too many": lambda old: struct.pack(">I", len(old) + 1) + old[4:],
    "one too few": lambda old: struct.pack(">I", len(old) - 1) + old[4:],
}
for place in PLACES:
    for size, change in SIZES.items():
        # A last box of size 0 reaches to the end of the file: that is no lie.
        codes = VERIFIED if (place, size) == ("moov", "0") else REFUSED
        file(f"{place} of size {size}", lambda p=place, c=change: replaced(mp4(), p, c), codes, commands=OPENING)
file("mdat of size 0 at the end", lambda: replaced(good("front"), "mdat", SIZES["0"]), VERIFIED)
file("boxes that overlap", lambda: replaced(mp4(), "moov/mvhd", SIZES["one too few"]))

# --- tables -----------------------------------------------------------------------------------------------------------

TABLES = {
    "stsz": numbers(0, 0, MOST, 1, 1),
    "stts": numbers(0, MOST, 1, 512),
    "ctts": numbers(0, MOST, 1, 512),
    "stss": numbers(0, MOST, 1),
    "stsc": numbers(0, MOST, 1, 1, 1),
    "stco": numbers(0, MOST, 48),
    "co64": numbers(0, MOST, 0, 48),
    "sdtp": numbers(0),
    "stsd": numbers(0, MOST),
    "sgpd": numbers(1 << 24, 0x726F6C6C, 2, MOST, 1),
    "sbgp": numbers(0, 0x726F6C6C, MOST, 1, 1),
    "saiz": numbers(0, 1, MOST),
    "saio": numbers(0, MOST, 1),
    "senc": numbers(2, MOST),
    "subs": numbers(0, MOST),
    "stdp": numbers(0),
}


def with_table(name: str, table: bytes) -> bytes:
    """The good clip with one table of its pictures replaced, or added where it has none."""
    try:
        return written(mp4(), f"{STBL}/{name}", table)
    except KeyError:
        return grown(mp4(), STBL, box(name.encode(), table))


for name, table in TABLES.items():
    file(
        f"{name} of 2^32-1 entries",
        lambda n=name, t=table: with_table(n, t),
        VERIFIED if name in ("sdtp", "sgpd", "sbgp") else REFUSED,
    )
file("edit list of 2^32-1 entries", lambda: written(mp4(), "moov/trak/edts/elst", numbers(0, MOST, 240, 0, 1 << 16)))
file("data references, 2^32-1", lambda: written(mp4(), "moov/trak/mdia/minf/dinf/dref", numbers(0, MOST)))
file("one size for 2^32-1 samples", lambda: with_table("stsz", numbers(0, 1, MOST)))
file("100 million samples of a byte each", lambda: many_samples(100_000_000, 1))
file("100 million samples of no byte", lambda: many_samples(100_000_000, 0))
file("60 million samples in 1 KB", lambda: many_samples(60_000_000, 1))
file("20 million sounds in 1 KB", lambda: many_samples(20_000_000, 1, STBL.replace("trak", "trak", 1)))
file("no samples at all", lambda: many_samples(0, 0))
file("one time for 2^32-1 samples", lambda: with_table("stts", numbers(0, 1, MOST, 1)))
file("2^32-1 pictures moved at once", lambda: with_table("ctts", numbers(0, 1, MOST, 512)))
file("2^32-1 chunks to come", lambda: with_table("stsc", numbers(0, 1, 1, MOST, 1)))


def many_samples(count: int, size: int, where: str = STBL) -> bytes:
    """Tables that agree with each other on `count` samples, in a file of a few kilobytes."""
    data = written(mp4(), f"{where}/stsz", numbers(0, size, count))
    data = written(data, f"{where}/stts", numbers(0, 1, count, 512))
    data = written(data, f"{where}/stsc", numbers(0, 1, 1, max(1, count), 1))
    return written(data, f"{where}/ctts", numbers(0, 1, count, 0))


# --- offsets ----------------------------------------------------------------------------------------------------------


def chunk_offsets(offset: int, *, wide: bool = False) -> bytes:
    entries = struct.pack(">I", payload_count(f"{STBL}/stco"))
    many = struct.unpack(">I", entries)[0]
    raw = struct.pack(">Q", offset) if wide else numbers(offset)
    table = full(b"co64" if wide else b"stco", entries + raw * many)
    return replaced(mp4(), f"{STBL}/stco", lambda old: table)


def payload_count(path: str) -> int:
    return int(struct.unpack(">I", payload_of(mp4(), path)[4:8])[0])


file("samples past the end", lambda: chunk_offsets(0x7FFFFFF0))
file("samples in moov", lambda: chunk_offsets(mp4().index(b"moov")))
file("samples in ftyp", lambda: chunk_offsets(0))
file("samples at 2^63", lambda: chunk_offsets(1 << 63, wide=True))
file("samples at 2^64-1", lambda: chunk_offsets((1 << 64) - 1, wide=True))

# --- numbers ----------------------------------------------------------------------------------------------------------


def durations(version: int, duration: int) -> bytes:
    layout = ">IQQIQ" if version else ">IIIII"
    data = struct.pack(layout, version << 24, 0, 0, 12800, duration)
    data = written(mp4(), HEADER, data + b"\x55\xc4\0\0")
    movie = payload_of(mp4(), MOVIE)[20:]
    return written(data, MOVIE, struct.pack(layout, version << 24, 0, 0, 1000, duration) + movie)


file("movie timescale 0", lambda: patched(mp4(), MOVIE, 12, numbers(0)), VERIFIED)
file("track timescale 0", lambda: patched(mp4(), HEADER, 12, numbers(0)), VERIFIED)
file("track timescale 2^32-1", lambda: patched(mp4(), HEADER, 12, numbers(MOST)), VERIFIED)
file("track timescale 2^31", lambda: patched(mp4(), HEADER, 12, numbers(1 << 31)), VERIFIED)
file("duration 2^64-1", lambda: durations(1, (1 << 64) - 1), VERIFIED)
file("duration 2^63", lambda: durations(1, 1 << 63), VERIFIED)
file("duration 2^32-1", lambda: durations(0, MOST), VERIFIED)
file("negative times", lambda: with_table("ctts", numbers(1 << 24, 1, 6, -(1 << 31))), VERIFIED)
file("identical times", lambda: with_table("stts", numbers(0, 1, 6, 0)))
file("steps of 2^31-1", lambda: with_table("stts", numbers(0, 1, 6, 0x7FFFFFFF)), VERIFIED)
file("steps of -1", lambda: with_table("stts", numbers(0, 1, 6, MOST)), VERIFIED)
file("an edit at 2^63-1", lambda: edit(full(b"elst", struct.pack(">IqqI", 1, 240, 2**63 - 1, 1 << 16), 1)))
file("an edit at -2^63", lambda: edit(full(b"elst", struct.pack(">IqqI", 1, 240, -(2**63), 1 << 16), 1)), VERIFIED)
file(
    "an empty edit of 2^63-1", lambda: edit(full(b"elst", struct.pack(">IqqI", 1, 2**63 - 1, -1, 1 << 16), 1)), VERIFIED
)
file("an edit at no speed", lambda: edit(full(b"elst", struct.pack(">IIiI", 1, 240, 0, 0))))
file("an edit at speed -32768", lambda: edit(full(b"elst", struct.pack(">IIiI", 1, 240, 0, 0x80000000))))
file("3,000 edits", lambda: edit(full(b"elst", numbers(3_000) + numbers(1, 0, 1 << 16) * 3_000)))
file(
    "1,000,000 edits",
    lambda: edit(full(b"elst", numbers(1_000_000) + numbers(1, 0, 1 << 16) * 1_000_000)),
    commands=OPENING,
)
file("matrix of zeros", lambda: patched(mp4(), "moov/trak/tkhd", 40, bytes(36)), VERIFIED)
file("matrix of extremes", lambda: patched(mp4(), "moov/trak/tkhd", 40, b"\x80\0\0\0" * 9), VERIFIED)
file("track 0", lambda: patched(mp4(), "moov/trak/tkhd", 12, numbers(0)), VERIFIED)


def edit(table: bytes) -> bytes:
    return replaced(mp4(), "moov/trak/edts/elst", lambda old: table)


def entry_size(width: int, height: int) -> bytes:
    data = patched(mp4(), f"{STBL}/stsd/avc1", 24, struct.pack(">HH", width, height))
    return patched(data, "moov/trak/tkhd", 76, struct.pack(">HHHH", width, 0, height, 0))


file("picture 0x0", lambda: entry_size(0, 0), VERIFIED)
file("picture 65535x65535", lambda: entry_size(65535, 65535), VERIFIED)
file("picture 1x65535", lambda: entry_size(1, 65535), VERIFIED)
file("pixels 0:0", lambda: grown(mp4(), f"{STBL}/stsd/avc1", box(b"pasp", numbers(0, 0))), VERIFIED)
file("pixels 1:2^32-1", lambda: grown(mp4(), f"{STBL}/stsd/avc1", box(b"pasp", numbers(1, MOST))), VERIFIED)

# --- nests and crowds -------------------------------------------------------------------------------------------------

file("moov in moov, 10,000 deep", lambda: mp4() + nested(b"moov", 10_000))
file("moov in moov, before the true one", lambda: payload_first(nested(b"moov", 10_000)))
file("moov in moov, 30 deep, with the tracks at the bottom", lambda: deep_moov(30))
file("meta in meta, 10,000 deep", lambda: grown(mp4(), "moov", nested(b"meta", 10_000, before=bytes(4))))
file("udta in udta, 10,000 deep", lambda: grown(mp4(), "moov", nested(b"udta", 10_000)))
file("trak in trak, 5,000 deep", lambda: grown(mp4(), "moov", nested(b"trak", 5_000)))
file("wave in wave, 5,000 deep", lambda: grown(mp4(), f"{STBL}/stsd/avc1", nested(b"wave", 5_000)))
file("sinf in sinf, 5,000 deep", lambda: grown(mp4(), f"{STBL}/stsd/avc1", nested(b"sinf", 5_000)))
file("minf in minf, 5,000 deep", lambda: grown(mp4(), "moov/trak/mdia", nested(b"minf", 5_000)))
file("100,000 tracks", lambda: grown(mp4(), "moov", box(b"trak") * 100_000), commands=OPENING)
file(
    "2,000 whole tracks",
    lambda: grown(mp4(), "moov", box(b"trak", payload_of(mp4(), "moov/trak")) * 2_000),
    commands=OPENING,
)
file(
    "900 whole tracks",
    lambda: grown(mp4(), "moov", box(b"trak", payload_of(mp4(), "moov/trak")) * 900),
    commands=OPENING,
)
file("1,000,000 tiny boxes", lambda: mp4() + box(b"free") * 1_000_000, VERIFIED, commands=OPENING)
file("1,000,000 tiny boxes in moov", lambda: grown(mp4(), "moov", box(b"free") * 1_000_000), VERIFIED, commands=OPENING)
file("3,000,000 tiny boxes", lambda: mp4() + box(b"free") * 3_000_000, commands=OPENING)
file("300,000 unknown boxes", lambda: grown(mp4(), "moov", box(b"\x1b[2J") * 300_000), commands=OPENING)
file("moov twice", lambda: mp4() + box(b"moov", payload_of(mp4(), "moov")))
file("two video tracks", lambda: grown(mp4(), "moov", box(b"trak", payload_of(mp4(), "moov/trak"))))
file("chapters of itself", lambda: grown(mp4(), "moov/trak", box(b"tref", box(b"chap", numbers(1)))))
file(
    "chapters of nobody, 200,000",
    lambda: grown(mp4(), "moov/trak", box(b"tref", box(b"chap", numbers(9) * 200_000))),
    VERIFIED,
)
file(
    "media elsewhere",
    lambda: written(mp4(), "moov/trak/mdia/minf/dinf/dref", numbers(0, 1) + full(b"url ", b"file:///etc/passwd\0")),
)


def payload_first(extra: bytes) -> bytes:
    head = 8 + len(payload_of(mp4(), "ftyp"))
    return mp4()[:head] + extra + mp4()[head:]


def deep_moov(depth: int) -> bytes:
    start = mp4().index(b"moov") - 4
    return mp4()[:start] + nested(b"moov", depth, mp4()[start:])


# --- bombs ------------------------------------------------------------------------------------------------------------


def squeezed_moov(megabytes: int) -> bytes:
    """QuickTime's compressed movie header: a few kilobytes that unfold into `megabytes` of zeros."""
    packed = squeezed(bytes(1 << 20), megabytes)
    return box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(
        b"moov", box(b"cmov", box(b"dcom", b"zlib") + box(b"cmvd", numbers(megabytes << 20) + packed))
    )


file("a compressed header of 2 GB", lambda: squeezed_moov(2047), commands=OPENING)


def fragment(runs: bytes) -> bytes:
    """The fragmented clip with one fragment more."""
    part = box(b"traf", full(b"tfhd", numbers(1, 1, 1), flags=0x38 & 0x18) + runs)
    return good("fragments") + box(b"moof", full(b"mfhd", numbers(9)) + part) + box(b"mdat", bytes(100))


file("a fragment of 100 million samples", lambda: fragment(full(b"trun", numbers(100_000_000))))
file("a fragment of 2^32-1 samples", lambda: fragment(full(b"trun", numbers(MOST))))
file("a fragment of 60 million samples of a byte", lambda: fragment(full(b"trun", numbers(60_000_000))))
file("a fragment in 2^63", lambda: fragment(full(b"tfdt", struct.pack(">Q", 1 << 63), 1) + full(b"trun", numbers(1))))
file(
    "fragments without a movie",
    lambda: box(b"ftyp", b"isom\0\0\2\0isom") + good("fragments")[good("fragments").index(b"moof") - 4 :],
)
file("sidx of nothing", lambda: good("fragments") + full(b"sidx", numbers(1, 0, 0, 0, 0xFFFF)), VERIFIED)
file("mfra of 2^32-1 entries", lambda: good("fragments") + box(b"mfra", full(b"tfra", numbers(1, 0, MOST))), VERIFIED)
file(
    "items of a still picture, 2^32-1",
    lambda: mp4() + full(b"meta", full(b"iinf", numbers(MOST), 1) + full(b"iloc", numbers(0x44400000, MOST), 2)),
)
file(
    "keys, 2^32-1",
    lambda: grown(
        mp4(), "moov", full(b"meta", full(b"hdlr", numbers(0) + b"mdta" + bytes(13)) + full(b"keys", numbers(MOST)))
    ),
)


@hostile("a header of 300 MB", VERIFIED, OPENING)
def _(folder: Path) -> Path:
    """A hole of 300 MB in the sample table of a film that has its header last."""
    extra = 300 << 20
    data = mp4()
    path = folder / "swollen.mp4"
    with path.open("wb") as out:
        table = data.index(b"stbl") - 4
        size = struct.unpack(">I", data[table : table + 4])[0]
        head = bytearray(data[: table + size])
        for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
            at = head.index(name) - 4
            head[at : at + 4] = numbers(struct.unpack(">I", head[at : at + 4])[0] + extra)
        out.write(head + box(b"free", b"", extra))
        out.seek(extra - 8, 1)
        out.write(data[table + size :])
    return path


@hostile("a sparse file of 10 GB of zeros")
def _(folder: Path) -> Path:
    return sparse(folder / "zeros.mp4", b"", 10 << 30)


@hostile("a sparse file of 2 GB with a true head", VERIFIED | {75}, ("verify", "label"))
def _(folder: Path) -> Path:
    data = good("front")
    rest = (2 << 30) - data.index(b"mdat") - 4
    return sparse(folder / "hollow.mp4", replaced(data, "mdat", lambda old: large(b"mdat", old[8:], rest)), 2 << 30)


def sparse(path: Path, head: bytes, size: int) -> Path:
    with path.open("wb") as out:
        out.write(head)
        out.truncate(size)
    return path


def half_zeros() -> bytes:
    data = good("front")
    middle = len(data) - (len(data) - data.index(b"mdat")) // 2
    return data[:middle] + bytes(len(data) - middle)


file("zeros from the middle on", half_zeros)


# --- coded pictures ---------------------------------------------------------------------------------------------------


def bits(text: str) -> bytes:
    text += "1"
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def golomb(value: int) -> str:
    code = bin(value + 1)[2:]
    return "0" * (len(code) - 1) + code


def parameter_set(width: int, height: int) -> bytes:
    """An H.264 SPS (baseline, level 6.2) that claims a size, in whole macroblocks (ITU-T H.264, 7.3.2.1.1)."""
    fields = (
        "".join(golomb(n) for n in (0, 0, 2, 1)) + "0" + golomb(width // 16 - 1) + golomb(height // 16 - 1) + "1100"
    )
    return b"\x67\x42\xc0\x3e" + bits(fields).replace(b"\0\0\1", b"\0\0\3\1")


def with_parameter_set(sps: bytes) -> bytes:
    """The good clip whose decoder set-up claims another picture than its slices hold."""
    old = payload_of(mp4(), f"{STBL}/stsd/avc1/avcC")
    length = struct.unpack(">H", old[6:8])[0]
    made = old[:6] + struct.pack(">H", len(sps)) + sps + old[8 + length :]
    return written(mp4(), f"{STBL}/stsd/avc1/avcC", made[:1] + sps[1:4] + made[4:])


file("H.264 that claims 16384x16384", lambda: with_parameter_set(parameter_set(16384, 16384)))
file("H.264 that claims 65520x65520", lambda: with_parameter_set(parameter_set(65520, 65520)))
file("H.264 that claims 16x16", lambda: with_parameter_set(parameter_set(16, 16)))
file("H.264 without its set-up", lambda: written(mp4(), f"{STBL}/stsd/avc1/avcC", b""))
file(
    "a set-up of 31 empty parameter sets",
    lambda: written(mp4(), f"{STBL}/stsd/avc1/avcC", b"\1\x42\0\x1e\xff\xff" + bytes(62)),
)


def size_change() -> bytes:
    """Two encodes of different sizes behind each other, parameter sets in band, as one track (`avc3`)."""
    from tests.hostile.film import film_of

    return film_of([*packets(), *packets(480, 272)])


file("a size that changes in mid-stream", size_change)
