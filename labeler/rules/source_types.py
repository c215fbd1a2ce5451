"""How a work was made, in the words of the IPTC: the one table of source types, for metadata and credentials alike.

IPTC Digital Source Type NewsCodes, release of 2024-10-23, and the two terms that C2PA adds. Full URIs, with `http`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Involvement = Literal["generated", "modified", "assisted"]

SOURCE_TYPE_PREFIX = "http://cv.iptc.org/newscodes/digitalsourcetype/"
C2PA_SOURCE_TYPE_PREFIX = "http://c2pa.org/digitalsourcetype/"

CURRENT_CODES: tuple[str, ...] = (
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "compositeSynthetic",
    "algorithmicMedia",
    "algorithmicallyEnhanced",
    "dataDrivenMedia",
    "virtualRecording",
    "digitalCreation",
    "composite",
    "compositeCapture",
    "humanEdits",
    "screenCapture",
    "digitalCapture",
    "computationalCapture",
    "negativeFilm",
    "positiveFilm",
    "print",
)

# Retired terms stand in older files: read, never written. Each with the current term that took its meaning over.
RETIRED_CODES: Mapping[str, str] = {
    "digitalArt": "digitalCreation",
    "minorHumanEdits": "humanEdits",
    "softwareImage": "digitalCreation",
}

# The types that say that generative AI made the work or parts of it. `algorithmicMedia` is made without training
# data and `composite` leaves it open, so neither tells anyone that a video is AI's.
AI_CODES: tuple[str, ...] = (
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "compositeSynthetic",
)

CURRENT_TYPES: frozenset[str] = frozenset(SOURCE_TYPE_PREFIX + code for code in CURRENT_CODES)
"""What may be written."""
SOURCE_TYPES: frozenset[str] = frozenset(
    {SOURCE_TYPE_PREFIX + code for code in (*CURRENT_CODES, *RETIRED_CODES)}
    | {C2PA_SOURCE_TYPE_PREFIX + code for code in ("empty", "trainedAlgorithmicData")}
)
"""What may be read."""
AI_SOURCE_TYPES: frozenset[str] = frozenset(
    {SOURCE_TYPE_PREFIX + code for code in AI_CODES} | {C2PA_SOURCE_TYPE_PREFIX + "trainedAlgorithmicData"}
)

INVOLVEMENT_CODES: Mapping[Involvement, str] = {
    "generated": "trainedAlgorithmicMedia",
    "modified": "compositeWithTrainedAlgorithmicMedia",
    "assisted": "compositeWithTrainedAlgorithmicMedia",
}

# A composite holds its parts: credentials may state the type of an ingredient where metadata state the whole's.
PARTS: Mapping[str, frozenset[str]] = {
    SOURCE_TYPE_PREFIX + "compositeWithTrainedAlgorithmicMedia": AI_SOURCE_TYPES,
    SOURCE_TYPE_PREFIX + "compositeSynthetic": AI_SOURCE_TYPES | {SOURCE_TYPE_PREFIX + "algorithmicMedia"},
}


_SPELT = {code.lower(): code for code in (*CURRENT_CODES, *RETIRED_CODES)}
_ADDRESSES = (SOURCE_TYPE_PREFIX, SOURCE_TYPE_PREFIX.replace("http:", "https:"))


def meant(source_type: str) -> str:
    """The term that a value found in a stranger's metadata means beyond doubt, as its full address; else the value.

    Beyond doubt are, of a term of the IPTC: `https` for `http`, a slash or blanks around it, another case, the bare
    code, and the code behind the IPTC's own alias (`digsrctype:`). In doubt stay: names for people («Created using
    Generative AI»), words of other vocabularies, and codes that no vocabulary has. Nothing is written so, and the check
    of a label still asks for the full address to the letter.
    """
    text = source_type.strip(" \t\r\n\0").rstrip("/").lower()
    for prefix in (*_ADDRESSES, "digsrctype:", ""):
        code = _SPELT.get(text.removeprefix(prefix)) if text.startswith(prefix) else None
        if code is not None:
            return SOURCE_TYPE_PREFIX + code
    return source_type


def is_ai(source_type: str) -> bool:
    """Whether this value, as found, states that generative AI made the work or a part of it."""
    return source_type in AI_SOURCE_TYPES


def is_consistent(a: str, b: str) -> bool:
    """Whether two layers of one file may state these two types without contradicting each other.

    They agree when they are the same term (a retired one counts as its successor), or when one is an AI composite
    and the other an AI part that such a composite holds. «Made by AI» beside «captured», and any value that is no
    term of the vocabulary, disagree.
    """
    first, second = current(a), current(b)
    if first not in SOURCE_TYPES or second not in SOURCE_TYPES:
        return False
    return first == second or second in PARTS.get(first, ()) or first in PARTS.get(second, ())


def suits(involvement: Involvement, source_type: str) -> bool:
    """Whether a work with this involvement may state this type: one that tells of AI, and does not say instead that the
    whole is what another involvement is (a film that AI modified is not one that AI generated)."""
    own = INVOLVEMENT_CODES[involvement]
    others = {SOURCE_TYPE_PREFIX + code for code in INVOLVEMENT_CODES.values() if code != own}
    return is_ai(source_type) and source_type not in others


def current(source_type: str) -> str:
    code = source_type.removeprefix(SOURCE_TYPE_PREFIX)
    if code != source_type and code in RETIRED_CODES:
        return SOURCE_TYPE_PREFIX + RETIRED_CODES[code]
    return source_type
