"""The names under which strangers' metadata disclose AI, however they are spelt, and one value found under such a name.

`DigitalSourceType`, `DIGITAL_SOURCE_TYPE`, `XMP-iptcExt:DigitalSourceType`, `com.example.digitalSourceType` and
`comment_AIGC` are the same to a person, so they are to this reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from labeler.layers.metadata.vocabulary import (
    AI_FIELDS,
    AIGC,
    DC_NAMESPACE,
    DESCRIPTION_TAG,
    IPTC_EXTENSION_NAMESPACE,
)
from labeler.layers.metadata.xmp import DEFAULT_LANGUAGE, Property
from labeler.media.tags.tag import Tag, decoded, tag_of

What = Literal["source_type", "field", "AIGC", "text", "unreadable"]
SOURCE_TYPE: What = "source_type"
FIELD: What = "field"
KEY: What = "AIGC"
TEXT: What = "text"
UNREADABLE: What = "unreadable"

LONGEST_VALUE = 4096
COMMENT = re.compile(r"^comment[_-]", re.IGNORECASE)
"""What libavformat puts before the name of a tagged value in MXF."""
LANGUAGE = re.compile(r"-[a-z]{3}$")
"""What libavformat puts behind the name of a Matroska tag that has a language."""
SOURCE_TYPES = frozenset({"digitalsourcetype", "digitalsourcefiletype"})
"""The IPTC's property, and its deprecated forerunner, which some generators write beside it."""
NO_SYSTEM = frozenset({"", "-", "0", "false", "n/a", "na", "no", "none", "no ai", "null", "aucun", "non", "keine"})
FIELDS = frozenset(field.xmp.lower() for field in AI_FIELDS)


@dataclass(frozen=True)
class Entry:
    """One value, as it stands. value: all that was read of it. size and sha256: of its bytes, all of them.

    is_escaped: bytes that are no text stand as `\\xNN`, and a backslash as two.
    """

    name: str
    value: str
    place: str
    what: What
    size: int
    sha256: str
    is_whole: bool = True
    is_escaped: bool = False
    faults: tuple[str, ...] = ()


def told_by(tag: str) -> What | None:
    """What a tag of this name says; None where its name tells nothing about AI."""
    return TEXT if tag.upper().startswith(DESCRIPTION_TAG) else meaning_of(plain(tag))


def plain(name: str) -> str:
    """The last part of a name, in small letters and digits alone."""
    bare = LANGUAGE.sub("", COMMENT.sub("", name))
    return re.sub(r"[^a-z0-9]", "", re.split(r"[:./]", bare)[-1].lower())


def names_system(name: str, value: str) -> bool:
    """Whether a statement of this name says which AI system made the content; a word for none names none."""
    return plain(name) == "aisystemused" and value.strip().lower().rstrip(".") not in NO_SYSTEM


def meaning_of(plain: str) -> What | None:
    if plain in SOURCE_TYPES:
        return SOURCE_TYPE
    if plain in FIELDS:
        return FIELD
    return KEY if plain == AIGC.lower() else None


def is_told(one: Property) -> bool:
    return what_of(one) is not None


def what_of(one: Property) -> What | None:
    """What a property of XMP says; in another namespace than the IPTC's, by its local name alone."""
    if (one.namespace, one.local) == (DC_NAMESPACE, "description"):
        return TEXT
    return meaning_of(one.local.lower())


def entry_of(tag: Tag, what: What) -> Entry:
    value, is_escaped = decoded(tag)
    return Entry(tag.name, value, tag.place, what, tag.size, tag.sha256, tag.is_whole, is_escaped)


def entry_of_property(one: Property, place: str) -> Entry:
    value = tag_of("", one.value.encode("utf-8", "surrogatepass"), "")
    name = spelt(one)
    return Entry(name, one.value, place, what_of(one) or TEXT, value.size, value.sha256)


def spelt(one: Property) -> str:
    """The name of a property, with the usual prefix where its namespace is the IPTC's or Dublin Core's; behind it the
    language of a text."""
    known = {IPTC_EXTENSION_NAMESPACE: "Iptc4xmpExt", DC_NAMESPACE: "dc"}.get(one.namespace)
    name = f"{known}:{one.local}" if known else one.name
    return name if one.language == DEFAULT_LANGUAGE else f"{name} ({one.language})"
