"""What metadata state, as found: XMP packets, Matroska tags, the sidecar. The reader's side; knows no plan.

Content comes through libavformat, as any player or tool sees it. libavformat shows only the last of several XMP
packets, so a scan of box headers counts them and reads the others.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from labeler.errors import SourceUnreadable, SourceUnsupported
from labeler.language import say
from labeler.layers.metadata.vocabulary import (
    AI_FIELDS,
    DC_NAMESPACE,
    DESCRIPTION_TAG,
    IPTC_EXTENSION_NAMESPACE,
    MAXIMUM_PACKET_BYTES,
    SIDECAR,
    SOURCE_TYPE_FIELD,
)
from labeler.media.open import open_media

XMP_BOX_ID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
MOST_BOXES = 100_000
DEEPEST = 4  # `XMP_` stands in `udta`, in `moov` or in one of its tracks
AROUND_A_PACKET = b"\0\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True)
class Statement:
    """What one place states: an XMP packet, the Matroska tags, or the sidecar (`inside` is False).

    source_types, texts (by language, or by tag name in Matroska) and fields (by property or tag name) are as found,
    to the letter. fault: why the place could not be read; then it holds nothing.
    """

    inside: bool
    source_types: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fault: str | None = None

    @property
    def discloses(self) -> bool:
        return bool(self.source_types or self.fields)


@dataclass(frozen=True)
class Packets:
    """The XMP packets of an MP4 or MOV: how many stand in it, what each states, and whether libavformat sees one."""

    count: int
    seen: bool
    statements: tuple[Statement, ...]


def packets_of(path: Path) -> Packets:
    """Every packet by our scan, and the one that libavformat shows."""
    with path.open("rb") as stream:
        end = stream.seek(0, 2)
        spans = list(packet_spans(stream, 0, end, budget=[MOST_BOXES]))
        raw, room = [], MAXIMUM_PACKET_BYTES
        for start, size in spans:
            raw.append(read_span(stream, start, size) if size <= room else b"")
            room -= size
        too_large = room < 0
    shown = None if too_large else shown_by_libavformat(path)
    is_known = shown is not None and shown in raw
    if shown is not None and not is_known:
        raw.append(shown)
    return Packets(len(raw), is_known, tuple(from_packet(packet, inside=True) for packet in raw))


def packet_spans(
    stream: BinaryIO, start: int, end: int, *, budget: list[int], depth: int = 0
) -> Iterator[tuple[int, int]]:
    """Start and size in bytes of each XMP payload between two positions: in `uuid` at the top and in `moov`, and in
    QuickTime's `XMP_`. Stops at the first header that makes no sense."""
    while end - start >= 8 and budget[0] > 0:
        budget[0] -= 1
        stream.seek(start)
        header = stream.read(32)
        size = int.from_bytes(header[:4], "big")
        inner = 8
        if size == 1 and len(header) >= 16:
            size, inner = struct.unpack(">Q", header[8:16])[0], 16
        size = size or end - start
        if size < inner or size > end - start:
            return
        kind = header[4:8]
        if kind == b"uuid" and header[inner : inner + 16] == XMP_BOX_ID and size >= inner + 16:
            yield start + inner + 16, size - inner - 16
        elif kind == b"XMP_":
            yield start + inner, size - inner
        elif kind in (b"moov", b"udta") and depth < DEEPEST:
            yield from packet_spans(stream, start + inner, start + size, budget=budget, depth=depth + 1)
        start += size


def read_span(stream: BinaryIO, start: int, size: int) -> bytes:
    stream.seek(start)
    return stream.read(size).strip(AROUND_A_PACKET)


def shown_by_libavformat(path: Path) -> bytes | None:
    try:
        with open_media(path, options={"export_xmp": "1"}) as container:
            shown = container.metadata.get("xmp")
    except (SourceUnreadable, SourceUnsupported):
        return None  # the file opens, so it is the packet's bytes that are not text; the scan still reports them
    return None if shown is None else shown.encode().strip(AROUND_A_PACKET)


def sidecar_of(path: Path) -> tuple[Statement, ...]:
    sidecar = path.with_suffix(SIDECAR)
    try:
        if not sidecar.is_file():
            return ()
        with sidecar.open("rb") as stream:
            packet = stream.read(MAXIMUM_PACKET_BYTES + 1)
    except OSError as error:
        return (Statement(inside=False, fault=error.strerror or str(error)),)
    if len(packet) > MAXIMUM_PACKET_BYTES:
        packet = b""
    return (from_packet(packet.strip(AROUND_A_PACKET), inside=False),)


def from_tags(tags: Mapping[str, str]) -> Statement:
    """The statement of Matroska tags; names are compared without case, as Matroska's are."""
    by_name = {name.upper(): value for name, value in tags.items()}
    source_type = by_name.get(SOURCE_TYPE_FIELD.tag)
    return Statement(
        inside=True,
        source_types=() if source_type is None else (source_type,),
        texts={name: value for name, value in tags.items() if name.upper().startswith(DESCRIPTION_TAG)},
        fields={known.tag: (by_name[known.tag],) for known in AI_FIELDS if known.tag in by_name},
    )


def from_packet(packet: bytes, *, inside: bool) -> Statement:
    """The statement of an XMP packet. Empty stands for one that was too large to read."""
    if not packet:
        return Statement(inside, fault=say("the packet is empty or over 8 MB", "le paquet est vide ou dépasse 8 Mo"))
    try:
        root: Element = fromstring(packet, forbid_dtd=True)
    except (ParseError, DefusedXmlException, UnicodeError, ValueError) as error:
        reason = str(error) or type(error).__name__
        return Statement(
            inside, fault=say(f"the packet is not XMP: {reason}", f"le paquet n'est pas du XMP : {reason}")
        )
    described = [node for rdf in root.iter(f"{RDF}RDF") for node in rdf.findall(f"{RDF}Description")]
    fields = {known.xmp_name: tuple(values_of(described, IPTC_EXTENSION_NAMESPACE, known.xmp)) for known in AI_FIELDS}
    return Statement(
        inside,
        source_types=tuple(values_of(described, IPTC_EXTENSION_NAMESPACE, SOURCE_TYPE_FIELD.xmp)),
        texts=dict(property_values(described, DC_NAMESPACE, "description")),
        fields={name: values for name, values in fields.items() if values},
    )


def values_of(described: Iterable[Element], namespace: str, name: str) -> list[str]:
    return [value for _, value in property_values(described, namespace, name)]


def property_values(described: Iterable[Element], namespace: str, name: str) -> Iterator[tuple[str, str]]:
    """Language and value of a property, in each form that RDF allows: attribute, text, resource, or a container."""
    key = f"{{{namespace}}}{name}"
    for node in described:
        if key in node.attrib:
            yield "x-default", node.attrib[key]
        for element in node.findall(key):
            items = list(element.iter(f"{RDF}li")) or [element]
            for item in items:
                value = item.get(f"{RDF}resource")
                yield item.get(LANGUAGE, "x-default"), text_of(item) if value is None else value


def text_of(element: Element) -> str:
    """The text of a value; one with qualifiers holds it in an `rdf:value` further down."""
    qualified = element.find(f".//{RDF}value")
    return (element if qualified is None else qualified).text or ""
