"""The words that metadata may say: XMP properties and Matroska tag names; the contract of this layer.

AI fields: IPTC Photo Metadata Standard 2025.1, the same four as in Video Metadata Hub 1.7.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from labeler.errors import DeclarationError
from labeler.language import say
from labeler.media.inventory import Container
from labeler.rules.declaration import Declaration, System
from labeler.rules.plan import MetadataPlan
from labeler.rules.source_types import (
    AI_CODES,
    CURRENT_CODES,
    INVOLVEMENT_CODES,
    RETIRED_CODES,
    SOURCE_TYPE_PREFIX,
    Involvement,
)

DC_NAMESPACE = "http://purl.org/dc/elements/1.1/"
IPTC_EXTENSION_NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"

MAXIMUM_PACKET_BYTES = 8 * 1024 * 1024

Home = Literal["packet", "tags", "sidecar"]
HOMES: Mapping[Container, Home] = MappingProxyType(
    {
        "mp4": "packet",
        "mov": "packet",
        "mkv": "tags",
        "webm": "tags",
        "ts": "sidecar",
        "avi": "sidecar",
        "mxf": "sidecar",
    }
)
"""Where each container holds the fields: an XMP packet, its tags, or nowhere: then a file `STEM.xmp` beside it does.

Transport streams have no tags; AVI has only a title and a comment that muxers keep; MXF has none that its constrained
forms for broadcast (AMWA AS-10, AS-11) allow.
"""
SIDECAR = ".xmp"

AIGC = "AIGC"
AIGC_TAGS: Mapping[Container, str] = MappingProxyType(
    {"mp4": AIGC, "mov": AIGC, "mkv": AIGC, "webm": AIGC, "mxf": f"comment_{AIGC}"}
)
"""The tag that holds the key of GB 45438-2025, as libavformat names it; TS and AVI keep no such tag (measured).

In MP4 and MOV it is a key of `moov/udta/meta` (TC260-PG-20257A), in MXF a tagged value of the material package.
"""
AIGC_FIELDS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
AIGC_LABELS: Mapping[str, str] = MappingProxyType({"1": "is", "2": "may be", "3": "is suspected to be"})
"""What each `Label` states of the content: made by AI. GB 45438-2025, annex E."""


def home_of(format: str) -> Home:
    """Where a file of this format (libavformat's name of its demuxer) holds the fields."""
    if format.partition(",")[0] == "mov":
        return "packet"
    return "tags" if format.startswith("matroska") else "sidecar"


class Field(NamedTuple):
    """One property: its attribute in `MetadataPlan`, its XMP name (prefix `Iptc4xmpExt`), its Matroska tag."""

    attribute: str
    xmp: str
    tag: str

    @property
    def xmp_name(self) -> str:
        return f"Iptc4xmpExt:{self.xmp}"


# Matroska's own DESCRIPTION and COMMENT are the studio's words, and libavformat holds one value for each name: ours
# there would push theirs out. Matroska allows any name in capitals with underscores, so the IPTC names are spelt so.
SOURCE_TYPE_FIELD = Field("digital_source_type", "DigitalSourceType", "DIGITAL_SOURCE_TYPE")
AI_FIELDS: tuple[Field, ...] = (
    Field("ai_system", "AISystemUsed", "AI_SYSTEM_USED"),
    Field("ai_system_version", "AISystemVersionUsed", "AI_SYSTEM_VERSION_USED"),
    Field("ai_prompt", "AIPromptInformation", "AI_PROMPT_INFORMATION"),
    Field("ai_prompt_writer", "AIPromptWriterName", "AI_PROMPT_WRITER_NAME"),
)
DESCRIPTION_NAME = "dc:description"
DESCRIPTION_TAG = "AI_DISCLOSURE"

# The official languages of the EU, ISO 639-1 to the bibliographic ISO 639-2 code that Matroska's TagLanguage holds.
# fmt: off
MATROSKA_LANGUAGES: Mapping[str, str] = {
    "bg": "bul", "cs": "cze", "da": "dan", "de": "ger", "el": "gre", "en": "eng", "es": "spa", "et": "est",
    "fi": "fin", "fr": "fre", "ga": "gle", "hr": "hrv", "hu": "hun", "it": "ita", "lt": "lit", "lv": "lav",
    "mt": "mlt", "nl": "dut", "pl": "pol", "pt": "por", "ro": "rum", "sk": "slo", "sl": "slv", "sv": "swe",
}
# fmt: on


def description_tag(language: str) -> str:
    """The tag of the text in one language, as libavformat spells Matroska's TagLanguage: `NAME-fre`.

    A code with a region keeps it in the name (`NAME-PT_BR`), since libavformat would take `-br` for Breton.
    """
    code = MATROSKA_LANGUAGES.get(language.lower(), language.replace("-", "_").upper())
    return f"{DESCRIPTION_TAG}-{code}"


def source_type_of(involvement: Involvement, override: str | None = None) -> str:
    """The full URI that states this involvement; `override` is a declared code or full URI of another type.

    Raises DeclarationError when the override is no term of the vocabulary, retired, or one that denies the AI
    which the same declaration states.
    """
    if override is None:
        return SOURCE_TYPE_PREFIX + INVOLVEMENT_CODES[involvement]
    code = override.removeprefix(SOURCE_TYPE_PREFIX)
    if code in AI_CODES:
        return SOURCE_TYPE_PREFIX + code
    raise DeclarationError(
        refusal(override, code, involvement),
        remedy=say(
            f"Leave ai.source_type out, or use one of: {', '.join(AI_CODES)}.",
            f"Retirez ai.source_type, ou choisissez parmi : {', '.join(AI_CODES)}.",
        ),
    )


def refusal(override: str, code: str, involvement: Involvement) -> str:
    if code in RETIRED_CODES:
        return say(
            f"ai.source_type «{override}» is retired; IPTC uses «{RETIRED_CODES[code]}» now.",
            f"ai.source_type « {override} » est retiré ; l'IPTC emploie désormais « {RETIRED_CODES[code]} ».",
        )
    if code in CURRENT_CODES:
        return say(
            f"ai.source_type «{override}» does not tell that AI took part, but ai.involvement is «{involvement}».",
            f"ai.source_type « {override} » ne dit pas qu'il y a de l'IA, or ai.involvement vaut « {involvement} ».",
        )
    return say(
        f"ai.source_type «{override}» is not an IPTC Digital Source Type; the nearest is «{nearest(override)}».",
        f"ai.source_type « {override} » n'est pas un type de l'IPTC ; le plus proche est « {nearest(override)} ».",
    )


def nearest(wrong: str) -> str:
    """The current code that is spelt most like `wrong`, whatever its case and whatever address stands before it."""
    code = wrong.rstrip("/").rpartition("/")[2].rpartition(":")[2].lower()
    by_lower = {known.lower(): known for known in CURRENT_CODES}
    return by_lower[difflib.get_close_matches(code, by_lower, n=1, cutoff=0.0)[0]]


def plan_metadata(declaration: Declaration, texts: Mapping[str, str], language: str | None = None) -> MetadataPlan:
    """The fields that state this declaration. texts: the mention's text by language; all of them are written.

    `language` comes first in `description` and so becomes XMP's `x-default`: else the declared language, else
    French. Prompts are written only where the declaration says `publish_prompts` (they are personal data).
    Raises DeclarationError for a wrong source type, or for text that no XML file can hold.
    """
    ai = declaration.ai
    prompts = ai.system if ai.publish_prompts else ()
    plan = MetadataPlan(
        digital_source_type=source_type_of(ai.involvement, ai.source_type),
        description=in_order(texts, language or declaration.work.language),
        ai_system=joined(unique(system_name(system) for system in ai.system), "; "),
        ai_system_version=versions(ai.system),
        ai_prompt=joined(unique(prompt_text(system, len(prompts)) for system in prompts), "\n"),
        ai_prompt_writer=joined(unique(system.prompt_writer or "" for system in prompts), "; "),
    )
    refuse_unwritable(plan)
    return plan


def in_order(texts: Mapping[str, str], language: str | None) -> dict[str, str]:
    """The texts with the default language first, the others by code."""
    default = language if language in texts else "fr"
    return {code: texts[code] for code in sorted(texts, key=lambda code: (code != default, code))}


def system_name(system: System) -> str:
    """Name of the engine with its provider, unless the name says it already."""
    provider = system.provider or ""
    if not provider or provider.casefold() in system.name.casefold():
        return system.name
    return f"{provider} {system.name}"


def versions(systems: tuple[System, ...]) -> str | None:
    """The version alone where one system is declared; else each with its system, so that nobody mixes them up."""
    if len(systems) == 1:
        return systems[0].version
    return joined(unique(f"{s.name} {s.version}" for s in systems if s.version), "; ")


def prompt_text(system: System, count: int) -> str:
    """The prompt as given, with line ends as XML keeps them; with its system where there are several."""
    prompt = (system.prompt or "").replace("\r\n", "\n").replace("\r", "\n")
    return f"{system.name}: {prompt}" if prompt and count > 1 else prompt


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text once, in the order declared; empty ones left out."""
    return tuple(dict.fromkeys(text for text in texts if text))


def joined(texts: tuple[str, ...], separator: str) -> str | None:
    return separator.join(texts) if texts else None


def refuse_unwritable(plan: MetadataPlan) -> None:
    for field in AI_FIELDS:
        value: str = getattr(plan, field.attribute) or ""
        bad = next((letter for letter in value if not is_xml_character(letter)), None)
        if bad is not None:
            raise DeclarationError(
                say(
                    f"The text for {field.xmp} holds the character U+{ord(bad):04X}, which metadata cannot hold.",
                    f"Le texte pour {field.xmp} contient le caractère U+{ord(bad):04X}, impossible en métadonnées.",
                ),
                remedy=say("Remove that character from the declaration.", "Retirez-le de la déclaration."),
            )


def is_xml_character(letter: str) -> bool:
    """XML 1.0, production 2 (Char)."""
    code = ord(letter)
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
