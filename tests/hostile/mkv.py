"""Hostile Matroska and WebM: endless sizes, nests, lacing, tags for terminals, attachments that are not there."""

from __future__ import annotations

import bz2
import struct
import zlib
from collections.abc import Callable

from tests.hostile.registry import OPENING, REFUSED, VERIFIED, add_bytes
from tests.hostile.sources import good

UNKNOWN = b"\x01\xff\xff\xff\xff\xff\xff\xff"
EBML, SEGMENT, SEEK_HEAD, INFO = 0x1A45DFA3, 0x18538067, 0x114D9B74, 0x1549A966
TRACKS, CLUSTER, CUES, CHAPTERS = 0x1654AE6B, 0x1F43B675, 0x1C53BB6B, 0x1043A770
TAGS, ATTACHMENTS, VOID = 0x1254C367, 0x1941A469, 0xEC
ESCAPES = "\x1b[2J\x1b]0;gone\x07\r\n\x00<script>alert(1)</script>\u202e\u2066"


def element(name: int, payload: bytes = b"", size: bytes | int | None = None) -> bytes:
    """An EBML element; `size` is what its head says instead of the truth, a number or the bytes of one."""
    head = name.to_bytes((name.bit_length() + 7) // 8, "big")
    if isinstance(size, bytes):
        return head + size + payload
    return head + struct.pack(">Q", (len(payload) if size is None else size) | 1 << 56) + payload


def number(name: int, value: int, count: int = 8) -> bytes:
    return element(name, value.to_bytes(count, "big"))


def head(kind: bytes = b"matroska", **changed: bytes) -> bytes:
    fields = {"version": number(0x4286, 1), "kind": element(0x4282, kind), "longest": number(0x42F3, 8)} | changed
    return element(EBML, b"".join(fields.values()))


def parts(data: bytes) -> list[tuple[int, bytes]]:
    """The elements of the good clip's segment, as (id, whole element)."""
    found: list[tuple[int, bytes]] = []
    offset = data.index(SEGMENT.to_bytes(4, "big")) + 12
    while offset < len(data):
        width = 9 - data[offset].bit_length()
        name = int.from_bytes(data[offset : offset + width], "big")
        start = offset + width
        length = 9 - data[start].bit_length()
        size = int.from_bytes(data[start : start + length], "big") & ((1 << 7 * length) - 1)
        found.append((name, data[offset : start + length + size]))
        offset = start + length + size
    return found


def segment(changes: dict[int, bytes] | None = None, extra: bytes = b"", kind: str = "mkv") -> bytes:
    """The good clip with some of its top elements replaced, and one more ahead of its clusters."""
    changes = changes or {}
    inner = b""
    for name, whole in parts(good(kind)):
        if name in (SEEK_HEAD, VOID):
            continue
        if name == CLUSTER and extra:
            inner, extra = inner + extra, b""
        inner += changes.get(name, whole)
    return head(b"webm" if kind == "webm" else b"matroska") + element(SEGMENT, inner)


def tracks(change: Callable[[bytes], bytes]) -> dict[int, bytes]:
    """The good clip's tracks, their payload changed."""
    whole = dict(parts(good("mkv")))[TRACKS]
    length = 9 - whole[4].bit_length()
    return {TRACKS: element(TRACKS, change(whole[4 + length :]))}


def file(name: str, content: Callable[[], bytes], codes: frozenset[int] = REFUSED, **more: tuple[str, ...]) -> None:
    add_bytes(f"Matroska: {name}", "mkv", content, codes, **more)


def video(width: int = 320, height: int = 180, extra: bytes = b"", codec: bytes = b"V_MPEG4/ISO/AVC") -> bytes:
    picture = element(0xE0, number(0xB0, width) + number(0xBA, height))
    return element(0xAE, number(0xD7, 1) + number(0x73C5, 7) + number(0x83, 1) + element(0x86, codec) + picture + extra)


def sealed(track: bytes, block: bytes) -> bytes:
    """A film of one track and one block."""
    cluster = element(CLUSTER, number(0xE7, 0) + element(0xA3, b"\x81\0\0\x80" + block))
    return head() + element(SEGMENT, element(INFO, number(0x2AD7B1, 1_000_000)) + element(TRACKS, track) + cluster)


# --- sizes and nests --------------------------------------------------------------------------------------------------

for where in (EBML, SEGMENT, TRACKS, CLUSTER):
    for title, size in {"0": 0, "2^56-2": (1 << 56) - 2, "without an end": UNKNOWN, "none": b"\0"}.items():

        def lying(where: int = where, size: bytes | int = size) -> bytes:
            data = good("mkv")
            at = data.rindex(where.to_bytes(4, "big"))  # a seek head names it before
            width = 9 - data[at + 4].bit_length()
            return data[:at] + element(where, b"", size) + data[at + 4 + width :]

        may_be_whole = VERIFIED if title == "without an end" and where in (SEGMENT, CLUSTER) else REFUSED
        file(f"{where:08X} of size {title}", lying, may_be_whole, commands=OPENING)
file("10,000 segments in each other", lambda: head() + b"".join([element(SEGMENT, b"", UNKNOWN)] * 10_000))
file(
    "10,000 masters without an end",
    lambda: head() + b"".join([element(n, b"", UNKNOWN) for n in (SEGMENT, TRACKS, 0xAE, 0xE0)] * 2_500),
)
file("chapters in chapters, 10,000 deep", lambda: segment(extra=deep(0xB6, 10_000, CHAPTERS)), VERIFIED)
file("tags in tags, 10,000 deep", lambda: segment(extra=deep(0x67C8, 10_000, TAGS)))
file("600,000 empty elements", lambda: segment(extra=b"\xec\x80" * 600_000), commands=OPENING)
file("600,000 empty tracks", lambda: segment(tracks(lambda old: old + b"\xae\x80" * 600_000)), commands=OPENING)
file("a void of 2^40 bytes", lambda: segment(extra=element(VOID, b"", 1 << 40)))
file("a checksum for each of 50,000", lambda: segment(extra=b"\xbf\x84\0\0\0\0" * 50_000), VERIFIED)


def deep(name: int, depth: int, top: int) -> bytes:
    inner = b""
    edition = top == CHAPTERS
    for _ in range(depth):
        inner = element(name, (number(0x73C4, 1) + number(0x91, 0) if edition else b"") + inner)
    return element(top, element(0x45B9 if edition else 0x7373, inner))


# --- numbers ----------------------------------------------------------------------------------------------------------

file("a new version", lambda: good("mkv").replace(b"\x42\x85\x81\x02", b"\x42\x85\x81\x7f"))
file("a document of another type", lambda: good("mkv").replace(b"matroska", b"\x1b[2Jbomb"))
file(
    "names of 2^32 bytes",
    lambda: head(longest=number(0x42F2, 1 << 32)) + good("mkv")[good("mkv").index(SEGMENT.to_bytes(4, "big")) :],
)
for title, scale in {"0": 0, "2^63": 1 << 63, "2^64-1": (1 << 64) - 1}.items():
    file(f"timestamp scale {title}", lambda s=scale: segment({INFO: element(INFO, number(0x2AD7B1, s))}), VERIFIED)
for title, length in {"infinite": float("inf"), "no number": float("nan"), "1e300": 1e300, "negative": -1.0}.items():
    file(
        f"duration {title}",
        lambda d=length: segment(
            {INFO: element(INFO, number(0x2AD7B1, 10**6) + element(0x4489, struct.pack(">d", d)))}
        ),
        VERIFIED,
    )
for title, sides in {"0x0": (0, 0), "65535x65535": (65535, 65535), "2^63 wide": (1 << 63, 180)}.items():
    file(f"picture {title}", lambda s=sides: segment(tracks(lambda old: video(*s))), VERIFIED)
file("900 tracks", lambda: segment(tracks(lambda old: b"".join(video() for _ in range(900)))), commands=OPENING)
file("5,000 tracks", lambda: segment(tracks(lambda old: b"".join(video() for _ in range(5_000)))), commands=OPENING)
file("a codec of 1 MB", lambda: segment(tracks(lambda old: video(codec=b"V_" + b"A" * (1 << 20)))))
file("a codec for terminals", lambda: segment(tracks(lambda old: video(codec=b"V_\x1b[2J\nX"))))
file("a set-up of 2^40 bytes", lambda: segment(tracks(lambda old: video(extra=element(0x63A2, b"", 1 << 40)))))
file("a picture each 0 ns", lambda: segment(tracks(lambda old: video(extra=number(0x23E383, 0)))))
file("a time of 2^63 before the first", lambda: sealed(video(), b"").replace(number(0xE7, 0), number(0xE7, 1 << 63)))
file("cues, 400,000", lambda: segment({CUES: element(CUES, cue() * 400_000)}), VERIFIED, commands=OPENING)
file(
    "a seek head of itself",
    lambda: (
        head() + element(SEGMENT, seek(SEEK_HEAD, 0) + b"".join(w for n, w in parts(good("mkv")) if n != SEEK_HEAD))
    ),
    VERIFIED,
)
file(
    "a seek head of 100,000",
    lambda: (
        head() + element(SEGMENT, seek(TAGS, 0, 100_000) + b"".join(w for n, w in parts(good("mkv")) if n != SEEK_HEAD))
    ),
    VERIFIED,
)


def cue() -> bytes:
    return element(0xBB, number(0xB3, 0) + element(0xB7, number(0xF7, 1) + number(0xF1, 1 << 50)))


def seek(name: int, position: int, count: int = 1) -> bytes:
    one = element(0x4DBB, element(0x53AB, name.to_bytes(4, "big")) + number(0x53AC, position))
    return element(SEEK_HEAD, one * count)


# --- lacing, compression ----------------------------------------------------------------------------------------------


def laced(kind: int, sizes: bytes) -> bytes:
    cluster = element(CLUSTER, number(0xE7, 0) + element(0xA3, b"\x81\0\0" + bytes([0x80 | kind]) + sizes) * 2_000)
    return segment({CLUSTER: cluster})


file("lacing (Xiph) of 256 frames that are not there", lambda: laced(2, b"\xff" * 300))
file("lacing (EBML) of negative sizes", lambda: laced(6, b"\xff\x81" + b"\x80" * 254))
file("lacing (fixed) of 256 frames of no byte", lambda: laced(4, b"\xff"))


def coded(algorithm: int, packed: bytes) -> bytes:
    coding = element(0x6D80, element(0x6240, element(0x5034, number(0x4254, algorithm))))
    return sealed(video(extra=coding), packed)


file("a block of 1 GB behind zlib", lambda: coded(0, zlib.compress(bytes(1 << 26), 9)))
file("a block of 1 GB behind bzip2", lambda: coded(1, bz2.compress(bytes(1 << 26))))
file("a block behind a lie", lambda: coded(2, bytes(20)))

# --- what people read -------------------------------------------------------------------------------------------------


def tag(name: bytes, value: bytes) -> bytes:
    return element(
        TAGS, element(0x7373, element(0x63C0) + element(0x67C8, element(0x45A3, name) + element(0x4487, value)))
    )


def attached(name: bytes, kind: bytes, data: bytes) -> bytes:
    whole = element(0x466E, name) + element(0x4660, kind) + number(0x46AE, 5) + data
    return element(ATTACHMENTS, element(0x61A7, whole))


def chapters(title: bytes, count: int = 1) -> bytes:
    atom = number(0x73C4, 1) + number(0x91, 0) + element(0x80, element(0x85, title) + element(0x437C, b"eng"))
    return element(CHAPTERS, element(0x45B9, element(0xB6, atom) * count))


TERMINAL = ESCAPES.encode()
file(
    "tags for terminals and pages",
    lambda: segment(extra=tag(TERMINAL, TERMINAL) + tag(b"DIGITALSOURCETYPE", TERMINAL)),
    VERIFIED,
)
file(
    "a source type for terminals",
    lambda: segment({TAGS: tag(b"DIGITALSOURCETYPE", TERMINAL) + tag(b"AIPROMPT", TERMINAL)}),
    VERIFIED,
)
file("tags that are no UTF-8", lambda: segment(extra=tag(b"TITLE\xff\xfe", b"\xc3\x28\xed\xa0\x80")))
file("a tag of 40 MB", lambda: segment(extra=tag(b"COMMENT", b"a" * 40_000_000)), VERIFIED | {4}, commands=OPENING)
file(
    "100,000 tags",
    lambda: segment(
        extra=element(
            TAGS,
            element(
                0x7373,
                b"".join(element(0x67C8, element(0x45A3, b"T%d" % n) + element(0x4487, b"v")) for n in range(100_000)),
            ),
        )
    ),
    REFUSED,
    commands=OPENING,
)
file("100,000 chapters", lambda: segment(extra=chapters(b"One", 100_000)), REFUSED, commands=OPENING)
file("chapters for terminals", lambda: segment(extra=chapters(TERMINAL)), VERIFIED)
file("chapters that are no UTF-8", lambda: segment(extra=chapters(b"\xff\xc0")))
file(
    "an attachment of 2^40 bytes",
    lambda: segment(extra=attached(b"a.ttf", b"font/ttf", element(0x465C, b"x", 1 << 40))),
)
file(
    "an attachment for terminals", lambda: segment(extra=attached(TERMINAL, TERMINAL, element(0x465C, b"x"))), VERIFIED
)
file(
    "an attachment with a path",
    lambda: segment(extra=attached(b"../../../etc/passwd", b"font/ttf", element(0x465C, b"x"))),
    VERIFIED,
)
file(
    "20,000 attachments",
    lambda: segment(extra=element(ATTACHMENTS, attached(b"a", b"b", element(0x465C, b"x"))[12:] * 20_000)),
    REFUSED,
    commands=OPENING,
)
add_bytes("WebM: tags that are no UTF-8", "webm", lambda: segment(extra=tag(b"TITLE\xff", b"\xc3\x28"), kind="webm"))
add_bytes(
    "WebM: chapters in chapters, 10,000 deep",
    "webm",
    lambda: segment(extra=deep(0xB6, 10_000, CHAPTERS), kind="webm"),
    VERIFIED,
)
add_bytes("WebM: a void of 2^40 bytes", "webm", lambda: segment(extra=element(VOID, b"", 1 << 40), kind="webm"))
