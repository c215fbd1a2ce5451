"""The XMP packet that states a plan, merged into the one that a source brings. The writer's side; no files here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.dom import XML_NAMESPACE, XMLNS_NAMESPACE, minidom
from xml.parsers.expat import ExpatError, ParserCreate

from defusedxml.common import DefusedXmlException
from defusedxml.minidom import parseString

from labeler.errors import SourceUnsupported
from labeler.language import say
from labeler.layers.metadata.vocabulary import (
    AI_FIELDS,
    DC_NAMESPACE,
    IPTC_EXTENSION_NAMESPACE,
    MAXIMUM_PACKET_BYTES,
    SOURCE_TYPE_FIELD,
)
from labeler.rules.plan import MetadataPlan

RDF_NAMESPACE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PADDING = (" " * 63 + "\n") * 32  # 2 KB, so that a later tool can edit the packet in place
EMPTY_PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="labeler">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF></x:xmpmeta>'
)
DEEPEST = 100
MOST_ELEMENTS = 200_000
AROUND = b"\0 \t\r\n"  # what some tools leave around a packet and no XML parser takes


TOOLKIT = b'x:xmptk="labeler"'


def make_packet(plan: MetadataPlan, existing: bytes | None, source: Path) -> bytes:
    """The XMP packet (UTF-8, writable) of the plan, merged into an existing one. It names us as its last writer.

    Raises SourceUnsupported, naming `source`, when the existing packet is not XMP that can be kept.
    """
    if plan.digital_source_type is None:
        raise ValueError("only a plan with a source type can be written")
    stripped = (existing or b"").strip(AROUND)
    root = parse(stripped or EMPTY_PACKET, source)
    rdf = rdf_of(root, source)
    set_properties(rdf, plan)
    if root is not rdf and root.namespaceURI is not None:
        root.setAttributeNS(root.namespaceURI, f"{root.prefix}:xmptk" if root.prefix else "xmptk", "labeler")
    body = "".join(serialized(root))
    if root is rdf:
        body = f'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="labeler">{body}</x:xmpmeta>'
    head = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    packet = f'{head}{body}\n{PADDING}<?xpacket end="w"?>'.encode()
    if len(packet) > MAXIMUM_PACKET_BYTES:
        raise cannot_keep(source, say("with the label it is larger than 8 MB", "avec le label, il dépasse 8 Mo"))
    return packet


def parse(packet: bytes, source: Path) -> minidom.Element:
    try:
        check_shape(packet)
        document: minidom.Document = parseString(packet, forbid_dtd=True)
    except (ExpatError, DefusedXmlException, UnicodeError, ValueError) as error:
        raise cannot_keep(source, say("it is not valid XMP", "ce n'est pas du XMP valide")) from error
    root = document.documentElement
    if root is None:
        raise cannot_keep(source, say("it is empty", "il est vide"))
    return root


def check_shape(packet: bytes) -> None:
    """minidom goes down a tree by recursion, and takes a kilobyte for each element: neither may be left to a stranger.

    Raises ValueError for a packet that is nested too deep or holds too many elements.
    """
    depth = count = 0

    def begin(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > DEEPEST or count > MOST_ELEMENTS:
            raise ValueError("too deep, or too many elements")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_declared: object) -> None:
        raise ValueError("a document type")

    parser = ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(packet, True)


def rdf_of(root: minidom.Element, source: Path) -> minidom.Element:
    if is_named(root, RDF_NAMESPACE, "RDF"):
        return root
    for child in elements(root):
        if is_named(child, RDF_NAMESPACE, "RDF"):
            return child
    raise cannot_keep(source, say("it holds no rdf:RDF", "il ne contient pas de rdf:RDF"))


def set_properties(rdf: minidom.Element, plan: MetadataPlan) -> None:
    """Take our properties out of every description of `rdf`, then add one description that holds them."""
    descriptions = [child for child in elements(rdf) if is_named(child, RDF_NAMESPACE, "Description")]
    about = next((node.getAttributeNS(RDF_NAMESPACE, "about") for node in descriptions), "")
    values = {field.xmp: getattr(plan, field.attribute) for field in (SOURCE_TYPE_FIELD, *AI_FIELDS)}
    written = {name: value for name, value in values.items() if value}
    for node in descriptions:
        for name in written:
            take_out(node, IPTC_EXTENSION_NAMESPACE, name)
    texts = merged_texts(plan.description, old_texts(descriptions))
    for node in descriptions:
        take_out(node, DC_NAMESPACE, "description")
    ours = add(rdf, RDF_NAMESPACE, "rdf:Description")
    for prefix, uri in (("rdf", RDF_NAMESPACE), ("dc", DC_NAMESPACE), ("Iptc4xmpExt", IPTC_EXTENSION_NAMESPACE)):
        ours.setAttributeNS(XMLNS_NAMESPACE, f"xmlns:{prefix}", uri)
    ours.setAttributeNS(RDF_NAMESPACE, "rdf:about", about)
    for name, value in written.items():
        add(ours, IPTC_EXTENSION_NAMESPACE, f"Iptc4xmpExt:{name}", value)
    if texts:
        alternatives = add(add(ours, DC_NAMESPACE, "dc:description"), RDF_NAMESPACE, "rdf:Alt")
        for language, text in texts.items():
            add(alternatives, RDF_NAMESPACE, "rdf:li", text).setAttributeNS(XML_NAMESPACE, "xml:lang", language)


def merged_texts(planned: Mapping[str, str], old: Mapping[str, str]) -> dict[str, str]:
    """Our text as the first line of each planned language and of `x-default`; what stood there follows."""
    if not planned:
        return dict(old)
    wanted = {"x-default": next(iter(planned.values())), **planned}
    merged = {language: with_old(text, old.get(language, "")) for language, text in wanted.items()}
    return merged | {language: text for language, text in old.items() if language not in merged}


def with_old(ours: str, old: str) -> str:
    if not old or ours in old.split("\n"):
        return old or ours
    return f"{ours}\n{old}"


def old_texts(descriptions: list[minidom.Element]) -> dict[str, str]:
    """The values of `dc:description` by language; a plain one counts as `x-default`."""
    texts: dict[str, str] = {}
    for node in descriptions:
        if node.hasAttributeNS(DC_NAMESPACE, "description"):
            texts["x-default"] = node.getAttributeNS(DC_NAMESPACE, "description")
        for value in elements(node):
            if not is_named(value, DC_NAMESPACE, "description"):
                continue
            items = [item for item in value.getElementsByTagNameNS(RDF_NAMESPACE, "li")]
            for item in items or [value]:
                texts[item.getAttributeNS(XML_NAMESPACE, "lang") or "x-default"] = text_of(item)
    return {language: text for language, text in texts.items() if text.strip()}


def take_out(node: minidom.Element, namespace: str, name: str) -> None:
    if node.hasAttributeNS(namespace, name):
        node.removeAttributeNS(namespace, name)
    for child in elements(node):
        if is_named(child, namespace, name):
            node.removeChild(child)


def add(parent: minidom.Element, namespace: str, name: str, text: str | None = None) -> minidom.Element:
    document = parent.ownerDocument
    assert document is not None  # every parsed node has one
    node = document.createElementNS(namespace, name)
    if text is not None:
        node.appendChild(document.createTextNode(text))
    parent.appendChild(node)
    return node


def elements(node: minidom.Element) -> list[minidom.Element]:
    return [child for child in node.childNodes if isinstance(child, minidom.Element)]


def is_named(node: minidom.Element, namespace: str, name: str) -> bool:
    return bool(node.namespaceURI == namespace and node.localName == name)


def text_of(node: minidom.Node) -> str:
    if isinstance(node, minidom.Text):
        return str(node.data)
    return "".join(text_of(child) for child in node.childNodes)


def serialized(node: minidom.Node) -> Iterator[str]:
    """The node as XML. `Node.toxml` of Python 3.11 loses line ends in attributes and carriage returns."""
    if isinstance(node, minidom.Text):
        yield escaped(node.data)
    elif isinstance(node, minidom.Comment):
        yield f"<!--{node.data}-->"
    elif isinstance(node, minidom.ProcessingInstruction):
        yield f"<?{node.target} {node.data}?>"
    elif isinstance(node, minidom.Element):
        attributes = "".join(f' {name}="{quoted(value)}"' for name, value in node.attributes.items())
        yield f"<{node.tagName}{attributes}>"
        for child in node.childNodes:
            yield from serialized(child)
        yield f"</{node.tagName}>"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def quoted(text: str) -> str:
    return escaped(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def cannot_keep(source: Path, reason: str) -> SourceUnsupported:
    return SourceUnsupported(
        say(
            f"{source}: its XMP packet cannot be kept: {reason}.",
            f"{source} : son paquet XMP ne peut pas être conservé : {reason}.",
        ),
        facts=("xmp",),
        remedy=say(
            "Repair or remove the XMP packet of the source (for instance with exiftool), then label it again.",
            "Réparez ou retirez le paquet XMP de la source (par exemple avec exiftool), puis recommencez.",
        ),
        file=str(source),
    )
