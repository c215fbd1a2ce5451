"""The properties of an XMP packet, as they stand. The reader's side: no tree is built, and every size is bounded.

Packets come from strangers: a document type is refused before any entity can grow, depth and number of elements and of
properties are limited, and UTF-16 and UTF-32 are read as XMP allows them (XMP Specification Part 1, 7.1).
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

from labeler.language import say

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = "http://www.w3.org/XML/1998/namespace"
BETWEEN = "\n"
"""What expat puts between a namespace and a name; no namespace can hold it."""
DEEPEST = 100
MOST_ELEMENTS = 200_000
MOST_PROPERTIES = 200_000
LONGEST_NAME = 200
DEFAULT_LANGUAGE = "x-default"
AROUND = "\0 \t\r\n\ufeff"
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
"""How a packet begins that is not in UTF-8; the longer beginnings first."""


class NotXmp(Exception):
    """A packet that cannot be read; its text says why, in the language of people."""


@dataclass(frozen=True)
class Property:
    """One value. name: prefix and name as the packet spells them; of a part of a structure, behind the property's.

    namespace and local: of the innermost name. is_nested: a part of a structure, which speaks of another thing (an
    ingredient, a step of the history) than the film.
    """

    name: str
    namespace: str
    local: str
    value: str
    language: str = DEFAULT_LANGUAGE
    is_nested: bool = False


@dataclass
class _Node:
    name: str
    namespace: str
    local: str
    language: str
    resource: str | None
    text: list[str] = field(default_factory=list)
    qualified: str | None = None
    has_children: bool = False

    def value(self) -> str:
        if self.qualified is not None:
            return self.qualified
        return "".join(self.text) if self.resource is None else self.resource


def properties_of(packet: bytes) -> tuple[Property, ...]:
    """Every property of a packet, in order. Raises NotXmp."""
    reader = _Reader()
    parser = ParserCreate(namespace_separator=BETWEEN)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    parser.StartNamespaceDeclHandler = reader.see_prefix
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.see_text
    try:
        parser.Parse(as_parsed(packet), True)
    except (ExpatError, ValueError) as error:
        raise NotXmp(say(f"the packet is not XMP: {error}", f"le paquet n'est pas du XMP : {error}")) from error
    return tuple(reader.found)


def as_parsed(packet: bytes) -> bytes:
    """The packet without what tools leave around it. Raises UnicodeError for UTF-16 or UTF-32 that is broken."""
    for mark, encoding in MARKS:
        if packet.startswith(mark):
            width = 4 if "32" in encoding else 2
            return packet[: len(packet) // width * width].decode(encoding).strip(AROUND).encode()
    return packet.strip(b"\0\xef\xbb\xbf \t\r\n")


class _Reader:
    """State: the open elements below `rdf:RDF`, outermost first."""

    def __init__(self) -> None:
        self.found: list[Property] = []
        self.prefixes: dict[str, str] = {}
        self.depth = 0
        self.elements = 0
        self.rdf_at: int | None = None
        self.open: list[_Node] = []

    # --- what expat calls ---------------------------------------------------------------------------------------------

    def refuse_doctype(self, *_: object) -> None:
        raise NotXmp(say("the packet has a document type", "le paquet a un type de document"))

    def see_prefix(self, prefix: str | None, uri: str | None) -> None:
        if prefix and uri and len(self.prefixes) < MOST_PROPERTIES:
            self.prefixes.setdefault(uri, prefix)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth, self.elements = self.depth + 1, self.elements + 1
        if self.depth > DEEPEST or self.elements > MOST_ELEMENTS:
            raise NotXmp(say("the packet is nested too deep or too long", "le paquet est trop profond ou trop long"))
        if self.rdf_at is None:
            self.rdf_at = self.depth if tag == f"{RDF}{BETWEEN}RDF" else None
        elif self.depth == self.rdf_at + 1:
            self.see_attributes(attributes, "", is_nested=False)
        else:
            self.start_property(tag, attributes)

    def end(self, tag: str) -> None:
        if self.rdf_at is not None and self.depth >= self.rdf_at + 2:
            self.end_property(self.open.pop())
        elif self.depth == self.rdf_at:
            self.rdf_at = None
        self.depth -= 1

    def see_text(self, text: str) -> None:
        if self.open and not self.open[-1].has_children:
            self.open[-1].text.append(text)

    # --- properties ---------------------------------------------------------------------------------------------------

    def start_property(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, local = split(tag)
        outer = self.open[-1] if self.open else None
        if outer is not None:
            outer.has_children = True
        is_rdf = namespace == RDF
        name = outer.name if outer and is_rdf else below(outer.name, self.spelt(tag)) if outer else self.spelt(tag)
        language = attributes.get(f"{XML}{BETWEEN}lang", outer.language if outer and is_rdf else DEFAULT_LANGUAGE)
        resource = attributes.get(f"{RDF}{BETWEEN}resource", attributes.get(f"{RDF}{BETWEEN}value"))
        self.open.append(_Node(name, namespace, local, language, resource))
        self.see_attributes(attributes, name, is_nested=True)

    def end_property(self, node: _Node) -> None:
        """`rdf:li` and `rdf:value` hold a value of the property around them; other parts of RDF only hold others."""
        outer = self.open[-1] if self.open else None
        if node.namespace == RDF and node.local == "value" and outer is not None:
            outer.qualified = node.value()
            return
        if node.has_children and node.qualified is None and node.resource is None:
            return
        if node.namespace != RDF:
            self.add(Property(node.name, node.namespace, node.local, node.value(), node.language, len(self.open) > 0))
        elif node.local == "li":
            at = next((n for n in reversed(self.open) if n.namespace != RDF), None)
            if at is not None:
                is_nested = any(n.namespace != RDF for n in self.open[: self.open.index(at)])
                self.add(Property(node.name, at.namespace, at.local, node.value(), node.language, is_nested))

    def see_attributes(self, attributes: dict[str, str], holder: str, *, is_nested: bool) -> None:
        for tag, value in attributes.items():
            namespace, local = split(tag)
            if namespace not in ("", RDF, XML):
                name = below(holder, self.spelt(tag)) if holder else self.spelt(tag)
                self.add(Property(name, namespace, local, value, is_nested=is_nested))

    def add(self, one: Property) -> None:
        if len(self.found) >= MOST_PROPERTIES:
            raise NotXmp(say("the packet has too many properties", "le paquet a trop de propriétés"))
        self.found.append(one)

    def spelt(self, tag: str) -> str:
        namespace, local = split(tag)
        name = f"{self.prefixes[namespace]}:{local}" if namespace in self.prefixes else local
        return name[:LONGEST_NAME]


def below(holder: str, name: str) -> str:
    return f"{holder}/{name}"[-LONGEST_NAME:]


def split(tag: str) -> tuple[str, str]:
    """Namespace and local name; a name without a namespace has an empty one."""
    namespace, between, local = tag.rpartition(BETWEEN)
    return (namespace, local) if between else ("", tag)
