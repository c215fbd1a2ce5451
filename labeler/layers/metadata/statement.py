"""What metadata state, as found, at every place where a file of any origin can: the reader's side; knows no plan.

Where a container's own place for a field is known, what stands there is a formal statement, which a plan is judged by.
Anything else that says the same (a key of QuickTime, a freeform tag of iTunes, a tag of one track) is found and told,
and counts for what a file discloses, but no program that reads labels looks for it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labeler.errors import SourceUnreadable, SourceUnsupported
from labeler.language import say
from labeler.layers.metadata import names
from labeler.layers.metadata.names import Entry
from labeler.layers.metadata.vocabulary import (
    AI_FIELDS,
    DC_NAMESPACE,
    DESCRIPTION_NAME,
    DESCRIPTION_TAG,
    IPTC_EXTENSION_NAMESPACE,
    SIDECAR,
    SOURCE_TYPE_FIELD,
)
from labeler.layers.metadata.xmp import NotXmp, Property, properties_of
from labeler.media.open import open_media
from labeler.media.tags.read import Tags
from labeler.media.tags.tag import Collector, Tag, tag_of, text_of

AROUND_A_PACKET = b"\0\xef\xbb\xbf \t\r\n"
FORMAL_PACKETS = frozenset({"mov", "avi"})
"""Containers whose XMP stands in a place of its own, by XMP Specification Part 3; others only have it attached."""


@dataclass(frozen=True)
class Statement:
    """What one place states: an XMP packet, the tags of the film, or a sidecar (`inside` is False).

    source_types, texts (by language, or by tag name in Matroska) and fields (by property or tag name) are as found,
    to the letter. aigc: values of the key AIGC. entries: the same, each with its place. is_formal: it stands where
    programs look for it. fault: why the place could not be read; then it holds nothing. properties: all of a packet.
    """

    inside: bool
    source_types: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fault: str | None = None
    is_formal: bool = True
    aigc: tuple[str, ...] = ()
    place: str = ""
    entries: tuple[Entry, ...] = ()
    properties: tuple[Property, ...] = ()

    @property
    def discloses(self) -> bool:
        said = any(entry.what in (names.SOURCE_TYPE, names.FIELD) for entry in self.entries)
        return said or bool(self.source_types or self.fields)


@dataclass(frozen=True)
class Packets:
    """The XMP packets of an MP4 or MOV: how many stand in it, and whether libavformat, as others, sees one of them."""

    count: int
    seen: bool


def statements_of(path: Path, found: Tags) -> tuple[tuple[Statement, ...], Packets | None]:
    """Everything that the file and its sidecars state, formal statements first; and its packets where it is an MP4 or
    MOV. Raises SourceMissing, SourceUnreadable when the file cannot be opened."""
    packets = [tag for tag in found.tags if tag.kind == "packet"]
    counted = None
    statements: list[Statement] = []
    if found.container == "mov":
        shown = shown_by_libavformat(path) if all(tag.is_whole for tag in packets) else None
        known = [tag.value.strip(AROUND_A_PACKET) for tag in packets]
        if shown is not None and not any(packet.startswith(shown) for packet in known):
            packets.append(tag_of("xmp", shown, "libavformat"))
        counted = Packets(len(packets), shown is not None and shown in known)
    else:
        statements.append(from_tags(found.film))
    is_formal = found.container in FORMAL_PACKETS
    statements += [from_packet(tag, inside=True, is_formal=is_formal) for tag in packets]
    statements += informal(found.tags)
    statements += sidecars_of(path)
    return tuple(statements), counted


def shown_by_libavformat(path: Path) -> bytes | None:
    try:
        with open_media(path, options={"export_xmp": "1"}, takes_any_text=True) as container:
            shown = container.metadata.get("xmp")
    except (SourceUnreadable, SourceUnsupported):
        return None  # the file opens, so it is the packet's bytes that are not text; the scan still reports them
    return None if shown is None else shown.encode("utf-8", "surrogateescape").strip(AROUND_A_PACKET)


def sidecars_of(path: Path) -> list[Statement]:
    """What the XMP files beside the video state: `STEM.xmp`, and `FILE.EXT.xmp` as some programs name it."""
    beside = dict.fromkeys((path.with_suffix(SIDECAR), path.with_name(path.name + SIDECAR)))
    return [statement for sidecar in beside if (statement := sidecar_of(sidecar)) is not None]


def sidecar_of(sidecar: Path) -> Statement | None:
    place = f"sidecar {sidecar.name}"
    try:
        if not sidecar.is_file():
            return None
        with sidecar.open("rb") as stream:
            found = Collector(stream)
            found.add("xmp", 0, stream.seek(0, 2), place, "packet")
    except OSError as error:
        return Statement(inside=False, fault=error.strerror or str(error), place=place)
    return from_packet(found.tags[0], inside=False)


def from_tags(tags: Mapping[str, str]) -> Statement:
    """The formal statement of Matroska tags; names are compared without case, as Matroska's are. Their places are told
    by `informal`, which reads them again where they stand."""
    by_name = {name.upper(): value for name, value in tags.items()}
    source_type = by_name.get(SOURCE_TYPE_FIELD.tag)
    return Statement(
        inside=True,
        source_types=() if source_type is None else (source_type,),
        texts={name: value for name, value in tags.items() if name.upper().startswith(DESCRIPTION_TAG)},
        fields={known.tag: (by_name[known.tag],) for known in AI_FIELDS if known.tag in by_name},
    )


def informal(tags: Iterable[Tag]) -> list[Statement]:
    """What tags say under a name that discloses, whatever its spelling and wherever it stands."""
    statements = []
    for tag in tags:
        what = names.told_by(tag.name) if tag.kind == "text" else None
        if what is None:
            continue
        value = text_of(tag)
        statements.append(
            Statement(
                inside=True,
                source_types=(value,) if what == names.SOURCE_TYPE else (),
                fields={tag.name: (value,)} if what == names.FIELD else {},
                is_formal=False,
                aigc=(value,) if what == names.KEY else (),
                place=tag.place,
                entries=(names.entry_of(tag, what),),
            )
        )
    return statements


def from_packet(tag: Tag, *, inside: bool, is_formal: bool = True) -> Statement:
    """The statement of an XMP packet."""
    try:
        if not tag.value.strip(AROUND_A_PACKET) or not tag.is_whole:
            raise NotXmp(say("the packet is empty or over 8 MB", "le paquet est vide ou dépasse 8 Mo"))
        properties = properties_of(tag.value)
    except NotXmp as reason:
        entry = Entry("XMP", "", tag.place, names.UNREADABLE, tag.size, tag.sha256, faults=("unreadable",))
        return Statement(inside, fault=str(reason), is_formal=is_formal, place=tag.place, entries=(entry,))
    stated = [one for one in properties if not one.is_nested]
    iptc = [one for one in stated if one.namespace == IPTC_EXTENSION_NAMESPACE]
    fields = {known.xmp_name: tuple(one.value for one in iptc if one.local == known.xmp) for known in AI_FIELDS}
    strict = tuple(one.value for one in iptc if one.local == SOURCE_TYPE_FIELD.xmp)
    return Statement(
        inside,
        source_types=strict,
        texts={
            one.language: one.value
            for one in stated
            if (one.namespace, one.local) == (DC_NAMESPACE, DESCRIPTION_NAME.partition(":")[2])
        },
        fields={name: values for name, values in fields.items() if values},
        is_formal=is_formal,
        aigc=tuple(one.value for one in stated if one.local.upper() == names.KEY),
        place=tag.place,
        entries=tuple(names.entry_of_property(one, tag.place) for one in stated if names.is_told(one)),
        properties=properties,
    )
