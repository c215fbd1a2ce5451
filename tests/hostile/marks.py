"""Hostile marks in files that are whole: XMP packets and C2PA stores, in the file and beside it."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path

from tests.hostile.atoms import box, grown, large, nested
from tests.hostile.registry import OPENING, REFUSED, VERIFIED, add_bytes, hostile
from tests.hostile.sources import good

XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TERMINAL = "\x1b[2J\x1b]0;owned\x07"
UNSAFE = "&#x9b;2J&#x85;&#x202e;&lt;script&gt;alert(1)&lt;/script&gt;"


def packet(inner: str, *, before: str = "") -> bytes:
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>{before}<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">{inner}</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def with_xmp(raw: bytes) -> bytes:
    return good("mp4") + box(b"uuid", XMP + raw)


def xmp(
    name: str,
    content: Callable[[], bytes],
    codes: frozenset[int] = REFUSED,
    commands: tuple[str, ...] = ("label", "verify", "judge", "inspect"),
) -> None:
    """No dry run: a packet that cannot be kept is refused where it is written, which a dry run does not reach."""
    add_bytes(f"XMP: {name}", "mp4", lambda: with_xmp(content()), codes, commands)


LAUGHS = (
    "<!DOCTYPE x ["
    + '<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
THIEF = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
xmp("a billion laughs", lambda: packet("<rdf:Description>&a9;</rdf:Description>", before=LAUGHS))
xmp("a file of ours", lambda: packet("<rdf:Description>&a;</rdf:Description>", before=THIEF))
xmp("100 MB", lambda: packet("<rdf:Description/>" + " " * 100_000_000), VERIFIED, commands=OPENING)
xmp("7 MB of elements", lambda: packet("<rdf:li/>" * 770_000), commands=("label", "verify"))
xmp(
    "40,000 attributes",
    lambda: packet("<rdf:li " + " ".join(f"a{n}=''" for n in range(40_000)) + "/>"),
    VERIFIED,
    commands=OPENING,
)
xmp(
    "7 MB of text",
    lambda: packet("<rdf:Description>" + "a&#10;" * 1_100_000 + "</rdf:Description>"),
    VERIFIED,
    commands=OPENING,
)
xmp("300,000 deep", lambda: packet("<a>" * 300_000 + "</a>" * 300_000), commands=OPENING)
xmp("5,000 deep", lambda: packet("<a>" * 5_000 + "</a>" * 5_000))
xmp("90 deep", lambda: packet("<a>" * 90 + "</a>" * 90), VERIFIED)
xmp(
    "20,000 languages",
    lambda: packet(
        f"<rdf:Description><dc:description><rdf:Alt>{alternatives(20_000)}</rdf:Alt></dc:description></rdf:Description>"
    ),
    VERIFIED,
    commands=OPENING,
)
xmp(
    "a source type for terminals",
    lambda: packet(f'<rdf:Description e:DigitalSourceType="{UNSAFE}" e:AISystemUsed="{UNSAFE}"/>'),
    VERIFIED,
)
xmp("raw escapes", lambda: packet(f"<rdf:Description>{TERMINAL}</rdf:Description>"))
xmp("cut off", lambda: packet("<rdf:Description/>")[:-90])
xmp("noise", lambda: bytes(range(256)) * 40)
xmp("UTF-16 that is none", lambda: b"\xff\xfe" + packet("<rdf:Description/>"))
xmp("another encoding", lambda: b'<?xml version="1.0" encoding="utf-7"?>' + packet("+ADw-script+AD4-"))
xmp("nothing", lambda: b"", VERIFIED)
xmp(
    "1,000 packets",
    lambda: (
        packet("<rdf:Description/>") + b"".join(box(b"uuid", XMP + packet("<rdf:Description/>")) for _ in range(1_000))
    ),
    VERIFIED,
    commands=OPENING,
)
xmp(
    "40 packets of 4 MB",
    lambda: b"".join([b" ", *(box(b"uuid", XMP + b" " * (4 << 20)) for _ in range(40))]),
    VERIFIED,
    commands=OPENING,
)
add_bytes(
    "XMP: in udta in udta, 5,000 deep",
    "mp4",
    lambda: grown(good("mp4"), "moov", nested(b"udta", 5_000, box(b"XMP_", packet("")))),
)


def alternatives(count: int) -> str:
    return "".join(f'<rdf:li xml:lang="x-{n}">t</rdf:li>' for n in range(count))


# --- C2PA -------------------------------------------------------------------------------------------------------------


def store(jumbf: bytes, purpose: bytes = b"manifest\0", offset: int = 0) -> bytes:
    return box(b"uuid", C2PA + bytes(4) + purpose + struct.pack(">Q", offset) + jumbf)


def with_store(raw: bytes) -> bytes:
    """The store stands behind `ftyp`, where the SDK writes it; the media lie that much further on."""
    data = bytearray(good("mp4"))
    end = int.from_bytes(data[:4], "big")
    for table in re.finditer(b"stco", data):
        first = table.end() + 8
        for at in range(first, first + 4 * int.from_bytes(data[table.end() + 4 : first], "big"), 4):
            data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + len(raw)).to_bytes(4, "big")
    return bytes(data[:end]) + raw + bytes(data[end:])


def description(kind: bytes = b"c2pa", label: bytes = b"c2pa") -> bytes:
    return box(b"jumd", kind + bytes.fromhex("0011001080000 0aa00389b71".replace(" ", "")) + b"\3" + label + b"\0")


def superbox(inner: bytes = b"", kind: bytes = b"c2pa", label: bytes = b"c2pa") -> bytes:
    return box(b"jumb", description(kind, label) + inner)


def deep(depth: int) -> bytes:
    made = superbox(label=b"end")
    for _ in range(depth):
        made = superbox(made, b"c2ma", b"urn:uuid:x")
    return made


def claim(cbor: bytes) -> bytes:
    inner = superbox(box(b"cbor", cbor), b"c2cl", b"c2pa.claim")
    signature = superbox(box(b"cbor", b"\xd2\x84\x40\xa0\xf6\x40"), b"c2cs", b"c2pa.signature")
    assertions = superbox(superbox(box(b"cbor", cbor), b"cbor", b"c2pa.actions"), b"c2as", b"c2pa.assertions")
    return superbox(superbox(assertions + inner + signature, b"c2ma", b"urn:uuid:0"))


JUMBF: dict[str, Callable[[], bytes]] = {
    "zeros only": lambda: bytes(8),
    "noise": lambda: bytes(n * 7919 % 251 for n in range(5_000)),
    "zeros": lambda: bytes(5_000),
    "a box of size 0": lambda: box(b"jumb", description(), 0),
    "a box of size 1": lambda: box(b"jumb", description(), 1),
    "a box of size 7": lambda: box(b"jumb", description(), 7),
    "a box of size 2^32-1": lambda: box(b"jumb", description(), 0xFFFFFFFF),
    "a box of size 2^63": lambda: large(b"jumb", description(), 1 << 63),
    "a box of size 2^64-1": lambda: large(b"jumb", description(), (1 << 64) - 1),
    "a description of size 0": lambda: box(b"jumb", b"\0\0\0\0jumd"),
    "a label without an end": lambda: box(b"jumb", box(b"jumd", b"c2pa" + bytes(12) + b"\3" + b"a" * 5_000)),
    "30 deep": lambda: deep(30),
    "1,000 deep": lambda: deep(1_000),
    "20,000 deep": lambda: deep(20_000),
    "20,000 side by side": lambda: superbox(superbox(kind=b"c2ma") * 20_000),
    "CBOR arrays in arrays, 100,000": lambda: claim(b"\x81" * 100_000 + b"\0"),
    "CBOR of 2^64-1 bytes": lambda: claim(b"\x5b" + b"\xff" * 8),
    "CBOR of 2^63 entries": lambda: claim(b"\xbb\x80" + bytes(7)),
    "CBOR of 2^32-1 items": lambda: claim(b"\x9a\xff\xff\xff\xff"),
    "CBOR text for terminals": lambda: claim(b"\xa1\x65title\x78" + bytes([len(TERMINAL)]) + TERMINAL.encode()),
    "CBOR text that is none": lambda: claim(b"\xa1\x65title\x62\xff\xfe"),
}
for name, content in JUMBF.items():
    add_bytes(f"C2PA: {name}", "mp4", lambda c=content: with_store(store(c())), commands=("label", "judge", "inspect"))
add_bytes("C2PA: two stores", "mp4", lambda: with_store(store(superbox()) * 2))
add_bytes("C2PA: 2,000 stores", "mp4", lambda: with_store(store(superbox()) * 2_000), commands=OPENING)
add_bytes(
    "C2PA: a purpose for terminals",
    "mp4",
    lambda: with_store(store(superbox(), TERMINAL.encode() + b"\0")),
    commands=OPENING,
)
add_bytes(
    "C2PA: a tree at 2^64-1", "mp4", lambda: with_store(store(superbox(), offset=(1 << 64) - 1)), commands=OPENING
)
add_bytes("C2PA: a box too short", "mp4", lambda: with_store(box(b"uuid", C2PA[:9])), commands=OPENING)
add_bytes("C2PA: a box of nothing", "mp4", lambda: with_store(box(b"uuid", C2PA)), commands=OPENING)
add_bytes(
    "C2PA: a store of 60 MB",
    "mp4",
    lambda: with_store(store(superbox(box(b"free", bytes(60 << 20))))),
    commands=OPENING,
)


@hostile("a sidecar of noise", VERIFIED)
def _(folder: Path) -> Path:
    return beside(folder, ".c2pa", bytes(range(256)) * 100)


@hostile("a sidecar, 20,000 deep", VERIFIED)
def _(folder: Path) -> Path:
    return beside(folder, ".c2pa", deep(20_000))


@hostile("a sidecar that is a folder", VERIFIED)
def _(folder: Path) -> Path:
    (folder / "clip.c2pa").mkdir()
    return beside(folder, None)


@hostile("an XMP sidecar of a billion laughs", VERIFIED)
def _(folder: Path) -> Path:
    return beside(folder, ".xmp", packet("<rdf:Description>&a9;</rdf:Description>", before=LAUGHS))


@hostile("a record of noise", VERIFIED)
def _(folder: Path) -> Path:
    return beside(folder, ".mkv.labeler.json", b"[" * 200_000)


def beside(folder: Path, suffix: str | None, data: bytes = b"") -> Path:
    if suffix is not None:
        (folder / f"clip{suffix}").write_bytes(data)
    path = folder / "clip.mkv"
    path.write_bytes(good("mkv"))
    return path
