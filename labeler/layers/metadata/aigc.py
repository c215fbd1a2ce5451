"""The key `AIGC` of GB 45438-2025: one JSON object that says who made content with AI. Its plan and its spelling.

The object stands alone («bare») or as the one value of another («wrapped», `{"AIGC": {...}}`): both are seen in files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Literal

from labeler.errors import DeclarationError, SourceUnsupported
from labeler.language import say
from labeler.layers.metadata.vocabulary import AIGC, AIGC_FIELDS, AIGC_LABELS, AIGC_TAGS
from labeler.media.inventory import Inventory
from labeler.rules.declaration import Declaration
from labeler.rules.plan import AigcPlan

Form = Literal["bare", "wrapped"]
IS_AI = "1"
"""Every involvement that a declaration can state is AI's: the content is, not only may be, made with it."""
PRODUCER_CODE = re.compile(r"001[0-9][0-9A-Z]{18}[0-9]{5}")
"""27 characters: 001, one digit, the 18 of the Unified Social Credit Code, five digits. Names are seen in files too."""


def plan_aigc(form: Form, declaration: Declaration, inventory: Inventory, sha256: str, file: str) -> AigcPlan:
    """The value for this source (its facts, its hash, its path for messages).

    The source's own statement is kept to the letter where it says the same; it is never replaced. Raises
    SourceUnsupported where the container has no home for the key or the source states something else,
    DeclarationError where nobody is declared as producer.
    """
    require_home(inventory, file)
    producer = producer_of(declaration)
    own = next((value for name, value in inventory.tags.items() if is_aigc(name)), None)
    if own is not None:
        require_agreement(own, producer, file)
        return AigcPlan(value=own)
    return AigcPlan(value=spelt(first_written(producer, sha256), form))


def first_written(producer: str, number: str) -> dict[str, str]:
    """The seven fields as whoever made the content writes them first: nobody else has passed it on yet, so the
    propagator is the producer, and its number is the producer's (TC260 practice guides, read at second hand)."""
    fields = dict.fromkeys(AIGC_FIELDS, "") | {"Label": IS_AI}
    makers = {"ContentProducer": producer, "ProduceID": number}
    return fields | makers | {"ContentPropagator": producer, "PropagateID": number}


def spelt(fields: Mapping[str, str], form: Form) -> str:
    return json.dumps(fields if form == "bare" else {AIGC: fields}, ensure_ascii=False, separators=(",", ":"))


def is_aigc(tag: str) -> bool:
    """Whether this is the tag's name in some container; Matroska's and MXF's names are compared without case."""
    return tag.upper() in {name.upper() for name in AIGC_TAGS.values()}


def require_home(inventory: Inventory, file: str) -> None:
    if inventory.container in AIGC_TAGS:
        return
    name, homes = inventory.container.upper(), ", ".join(container.upper() for container in AIGC_TAGS)
    raise SourceUnsupported(
        say(
            f"{file}: the preset asks for the metadata key {AIGC}, which {name} has no place for.",
            f"{file} : le préréglage demande la clé de métadonnées {AIGC}, qui n'a pas de place en {name}.",
        ),
        facts=(f"metadata key {AIGC} in {name}",),
        remedy=say(f"Export it in one of: {homes}.", f"Exportez-le dans l'un de ceux-ci : {homes}."),
        file=file,
    )


def producer_of(declaration: Declaration) -> str:
    producer = (declaration.work.producer or "").strip()
    if producer:
        return producer
    raise DeclarationError(
        say(
            f"The metadata key {AIGC} must name the producer, and work.producer is not declared.",
            f"La clé de métadonnées {AIGC} doit nommer le producteur, et work.producer n'est pas déclaré.",
        ),
        remedy=say(
            "Fill in work.producer in the declaration, and give that file with --declaration "
            "(--involvement alone names nobody).",
            "Remplissez work.producer dans la déclaration, et donnez ce fichier avec --declaration "
            "(--involvement seul ne nomme personne).",
        ),
    )


def require_agreement(value: str, producer: str, file: str) -> None:
    fields = parsed(value)
    if fields is not None and (fields["Label"], fields["ContentProducer"]) == (IS_AI, producer):
        return
    stated = value if fields is None else f"Label {fields['Label']}, ContentProducer {fields['ContentProducer']}"
    raise SourceUnsupported(
        say(
            f"{file} carries the metadata key {AIGC} already ({stated}); the declaration says Label {IS_AI}, "
            f"ContentProducer {producer}.",
            f"{file} porte déjà la clé de métadonnées {AIGC} ({stated}) ; la déclaration dit Label {IS_AI}, "
            f"ContentProducer {producer}.",
        ),
        facts=(f"metadata key {AIGC}: {stated}",),
        remedy=say(
            "One key cannot hold both, and none may be removed (Measures of 2025-03-14, art. 10): declare that "
            "producer in work.producer, or choose another preset.",
            "Une clé ne peut porter les deux, et aucune ne doit être retirée (Mesures du 2025-03-14, art. 10) : "
            "déclarez ce producteur dans work.producer, ou choisissez un autre préréglage.",
        ),
        file=file,
    )


def parsed(value: str) -> dict[str, str] | None:
    """The seven fields of a value, bare or wrapped; None where it is not what the standard describes."""
    try:
        stated = json.loads(value)
    except (ValueError, RecursionError):
        return None
    if isinstance(stated, dict) and isinstance(stated.get(AIGC), dict):
        stated = stated[AIGC]
    if not isinstance(stated, dict) or not all(isinstance(stated.get(name), str) for name in AIGC_FIELDS):
        return None
    return {name: stated[name] for name in AIGC_FIELDS} if stated["Label"] in AIGC_LABELS else None
