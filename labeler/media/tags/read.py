"""Every tag and XMP packet of a file of any origin, each with its place: by a walk of our own over its container, and
by libavformat, which other programs see it through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from av.container import InputContainer

from labeler.media.open import open_media, reading
from labeler.media.tags import bmff, ebml, mxf, riff
from labeler.media.tags.tag import Collector, Tag, tag_of, text_of

MOST_OF_OPENING = 64 << 10
WALKS: Mapping[str, Callable[[Collector], None]] = MappingProxyType(
    {"mov": bmff.collect, "matroska": ebml.collect, "avi": riff.collect, "mxf": mxf.collect}
)
PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mov": (
            *("uuid", "moov/udta", "moov/udta/XMP_", "moov/udta/meta/keys", "moov/udta/meta/ilst", "moov/meta/keys"),
            *("moov/meta/ilst", "moov/trak/udta", "moov/trak/meta", "moov/trak/mdia", "meta"),
        ),
        "matroska": ("Info", "Tracks", "Tags", "Attachments"),
        "avi": ("AVI/_PMX", "AVI/INFO", "AVI/hdrl/strl"),
        "mxf": ("header/Identification", "header/TaggedValue", "generic stream"),
    }
)
"""Where each container can hold words; a transport stream (`mpegts`) has no place for any."""


@dataclass(frozen=True)
class Tags:
    """All that a file says in words. container: libavformat's name of its format, the first of several.

    film: its tags as libavformat shows them. places: where its container was looked at, none where it has no place.
    left_out: tags beyond the bound, which were not read. opening: the first bytes of its first picture, as coded.
    """

    container: str
    film: Mapping[str, str]
    tags: tuple[Tag, ...]
    places: tuple[str, ...]
    left_out: int
    opening: bytes


def tags_of(path: Path) -> Tags:
    """Raises SourceMissing, SourceUnreadable, SourceUnsupported when the file cannot be opened."""
    with open_media(path, takes_any_text=True) as container:
        kind = container.format.name.partition(",")[0]
        film = {tag.name: text_of(tag) for tag in tags_from(container.metadata, "tags/film")}
        shown = tuple(shown_by_libavformat(container))
        opening = opening_of(container)
    with reading(path), path.open("rb") as file:
        found = Collector(file)
        if kind in WALKS:
            WALKS[kind](found)
    walked = tuple(found.tags)
    return Tags(kind, film, walked + unseen(shown, walked), PLACES.get(kind, ()), found.left_out, opening)


def shown_by_libavformat(container: InputContainer) -> Iterator[Tag]:
    yield from tags_from(container.metadata, "tags/film")
    for stream in container.streams:
        yield from tags_from(stream.metadata, f"tags/track {stream.index + 1}")
    for number, chapter in enumerate(container.chapters(), 1):
        yield from tags_from(chapter["metadata"], f"tags/chapter {number}")


def tags_from(metadata: Mapping[str, str], place: str) -> Iterator[Tag]:
    for name, value in metadata.items():
        shown = text_of(tag_of("", name.encode("utf-8", "surrogateescape"), ""))
        yield tag_of(shown, value.encode("utf-8", "surrogateescape"), place)


def unseen(shown: Iterable[Tag], walked: Iterable[Tag]) -> tuple[Tag, ...]:
    """What libavformat shows and the walk did not find, value for value: names differ between the two."""
    values = {text_of(tag).strip() for tag in walked}
    return tuple(tag for tag in shown if text_of(tag).strip() not in values)


def opening_of(container: InputContainer) -> bytes:
    """The beginning of the first coded picture, where encoders leave words of their own; empty where unreadable."""
    if not container.streams.video:
        return b""
    try:
        packet = next(container.demux(container.streams.video[0]), None)
    except (OSError, ValueError):  # damaged: what reads pictures tells it
        return b""
    return b"" if packet is None or not packet.size else bytes(packet)[:MOST_OF_OPENING]
