"""What a Matroska or WebM says of itself and no libavformat shows, told by name so that its loss is seen (RFC 9559).

libavformat shows tracks, chapters and tags as it understands them. Beside that stand languages of BCP 47, tracks that
are switched off, editions, further names of a chapter, tags of one name, and what they are about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType

from labeler.media.box_file import printable
from labeler.media.ebml import children

INFO, TRACKS, TRACK_ENTRY = 0x1549A966, 0x1654AE6B, 0xAE
CHAPTERS, TAGS, ATTACHMENTS = 0x1043A770, 0x1254C367, 0x1941A469
TAG, TARGETS, SIMPLE_TAG = 0x7373, 0x63C0, 0x67C8
TAG_NAME, TAG_LANGUAGE, TAG_TRACK = 0x45A3, 0x447A, 0x63C5
TRACK_UID, TRACK_TYPE, VIDEO, AUDIO, COLOUR = 0x73C5, 0x83, 0xE0, 0xE1, 0x55B0
PICTURES = 1
NESTED = frozenset({VIDEO, AUDIO})

SHOWN_OF_INFO = frozenset({0x2AD7B1, 0x4489, 0x4461, 0x7BA9, 0x4D80, 0x5741, 0x73A4})
SHOWN_OF_TRACK = frozenset(
    # Number, UID, type, lacing, language, codec, its set-up, delay, pre-roll, length of a picture, name, dispositions.
    {0xD7, TRACK_UID, TRACK_TYPE, 0x9C, 0x22B59C, 0x86, 0x63A2, 0x56AA, 0x56BB, 0x23E383, 0x536E, 0x88, 0x55AA}
    # What is refused, or part of the clock: encodings, additions, scale and offset of time.
    | {0x6D80, 0x41E4, 0x55EE, 0x23314F, 0x537F}
    # Size and scan of pictures; stereo and crop, which are refused.
    | {0xB0, 0xBA, 0x9A, 0x9D, 0x53B8, 0x54AA, 0x54BB, 0x54CC, 0x54DD}
    # Rate, channels and depth of sound.
    | {0xB5, 0x78B5, 0x9F, 0x6264}
)
"""What libavformat shows of a segment and of its tracks, and whoever compares two films compares as such."""
STATISTICS = ("BPS", "NUMBER_OF_BYTES", "_STATISTICS_")
"""How names of tags begin that count the bytes of a track: untrue once its pictures are others."""
OF_MUXER = frozenset({"ENCODER", "DURATION"})
"""Tags that libavformat writes by itself."""
LONGEST_TOLD = 32


def told(parts: Iterable[tuple[int, bytes]]) -> Mapping[str, str]:
    """By name, what stands in the descriptions of a segment (ids and payloads) and is not shown. Raises ValueError for
    a broken one."""
    parts = tuple(parts)
    found: dict[str, str] = {}
    entries = track_entries(parts)
    for id, payload in parts:
        if id == INFO:
            found |= _told_of(payload, "info", SHOWN_OF_INFO)
        elif id == TRACKS:
            pass
        elif id == TAGS:
            found |= _tags(payload, entries)
        else:
            name = {CHAPTERS: "chapters", ATTACHMENTS: "attachments"}.get(id, f"segment.{id:X}")
            found[name] = _digest(found.get(name, "").encode() + _bare(payload))
    for number, entry in enumerate(entries):
        found |= _told_of(entry, f"track_{number}", SHOWN_OF_TRACK)
    return MappingProxyType(found)


def track_entries(parts: Iterable[tuple[int, bytes]]) -> tuple[bytes, ...]:
    """The payload of each track's entry."""
    lists = (payload for id, payload in parts if id == TRACKS)
    return tuple(entry.payload for payload in lists for entry in children(payload) if entry.id == TRACK_ENTRY)


def first(payload: bytes, id: int) -> bytes | None:
    """What the first element of this id holds."""
    return next((part.payload for part in children(payload) if part.id == id), None)


def name_of(simple: bytes) -> str:
    """The name of a simple tag as libavformat writes it: upper case, and the language behind it."""
    name = (first(simple, TAG_NAME) or b"").decode("latin-1").upper()
    language = (first(simple, TAG_LANGUAGE) or b"").decode("latin-1").upper()
    return f"{name}-{language}" if language not in ("", "UND") else name


def tracks_meant(tag: bytes) -> tuple[bytes, ...]:
    """The UIDs of the tracks that a tag is about."""
    targets = first(tag, TARGETS) or b""
    return tuple(part.payload.lstrip(b"\0") for part in children(targets) if part.id == TAG_TRACK)


def uids(entries: Sequence[bytes]) -> tuple[bytes, ...]:
    return tuple((first(entry, TRACK_UID) or b"").lstrip(b"\0") for entry in entries)


def counts_pictures(tag: bytes, simple: bytes, entries: Sequence[bytes]) -> bool:
    """Whether a simple tag counts the bytes of a track of pictures."""
    pictures = {
        uid for uid, entry in zip(uids(entries), entries, strict=True) if first(entry, TRACK_TYPE) == bytes([PICTURES])
    }
    return name_of(simple).startswith(STATISTICS) and bool(pictures.intersection(tracks_meant(tag)))


def _told_of(payload: bytes, where: str, shown: frozenset[int]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in children(payload):
        if part.id in NESTED:
            found |= _told_of(part.payload, f"{where}.{part.id:X}", shown)
        elif part.id not in shown:
            found[f"{where}.{part.id:X}"] = (
                part.payload.hex() if len(part.payload) <= LONGEST_TOLD else _digest(part.raw)
            )
    return found


def _tags(payload: bytes, entries: Sequence[bytes]) -> dict[str, str]:
    """Each simple tag, with what it is about: tracks by their places, since their numbers are anybody's choice."""
    found: dict[str, str] = {}
    places = {uid: str(number).encode() for number, uid in enumerate(uids(entries))}
    for tag in children(payload):
        meant = b",".join(places.get(uid, uid) for uid in tracks_meant(tag.payload))
        others = b"".join(_beside_tracks(first(tag.payload, TARGETS) or b""))
        for simple in children(tag.payload):
            name = name_of(simple.payload) if simple.id == SIMPLE_TAG else ""
            if (
                simple.id != TARGETS
                and name not in OF_MUXER
                and not counts_pictures(tag.payload, simple.payload, entries)
            ):
                found[f"tags.{printable(name)}.{_digest(meant + b':' + others + simple.raw)}"] = "there"
    return found


def _beside_tracks(targets: bytes) -> Iterator[bytes]:
    return (part.raw for part in children(targets) if part.id != TAG_TRACK)


def _bare(payload: bytes) -> bytes:
    """Without padding and checksums."""
    return b"".join(part.raw for part in children(payload))


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]
