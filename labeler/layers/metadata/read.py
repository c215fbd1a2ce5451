"""Read back what metadata state about AI, and judge it by the plan. Knows nothing of the writer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from labeler.language import say
from labeler.layers.metadata.aigc import PRODUCER_CODE, parsed
from labeler.layers.metadata.aigc_rules import examine
from labeler.layers.metadata.found import found_in
from labeler.layers.metadata.statement import Packets, Statement, statements_of
from labeler.layers.metadata.vocabulary import AI_FIELDS, AIGC, AIGC_FIELDS, Home, description_tag, home_of
from labeler.layers.metadata.words import Says, silent
from labeler.media.tags.read import tags_of
from labeler.rules.plan import AigcPlan, MetadataPlan
from labeler.rules.source_types import SOURCE_TYPES, is_ai, meant
from labeler.verdict import Check, FoundMetadata, LayerReading, LayerState, Status, state_of

IPTC_SOURCE = "IPTC Digital Source Type NewsCodes, release of 2024-10-23"
IPTC_AI_SOURCE = "IPTC Photo Metadata Standard 2025.1, AI properties"
AIGC_SOURCE = "GB 45438-2025, annex E; TC260-PG-20257A for its place in the file"
XMP_SOURCE = "XMP Specification Part 1 (description) and Part 3 (one packet for a file)"


def read(path: Path, plan: MetadataPlan | None, says: Says = silent) -> LayerReading:
    """Everything that the metadata of `path` and of the XMP files beside it state; judged where there is a plan.

    says: what a line of text says of AI, for texts that no standard foresees.
    Raises SourceMissing, SourceUnreadable when the file cannot be opened; a packet that cannot be read is a failed
    check, not an error.
    """
    tags = tags_of(path)
    home = home_of(tags.container)
    statements, packets = statements_of(path, tags)
    found = found_in(statements, tags, says)
    if plan is None:
        return LayerReading(layer="metadata", state=state_unplanned(statements, found), found=found)
    checks = judged(statements, home, packets, plan)
    aigc = [value for statement in statements if not statement.properties for value in statement.aigc]
    if plan.aigc is not None:
        checks += (aigc_check(aigc, plan.aigc),)
    state = LayerState.ABSENT if not aigc and is_absent(statements, plan) else state_of(checks)
    return LayerReading(layer="metadata", state=state, checks=checks, found=found)


def state_unplanned(statements: tuple[Statement, ...], found: FoundMetadata) -> LayerState:
    """Without a plan nothing is judged: there, there in words alone, not there, or there and impossible to read."""
    keys = [examine(value) for statement in statements for value in statement.aigc]
    if any(statement.discloses for statement in statements) or any(key.says_ai for key in keys):
        return LayerState.PASS
    if keys or any(statement.fault for statement in statements):
        return LayerState.NOT_CHECKED
    return LayerState.WARN if any(one.kind == "phrase" for one in found.words) else LayerState.ABSENT


def is_absent(statements: tuple[Statement, ...], plan: MetadataPlan) -> bool:
    """Looked for and not there: no source type, no AI field, and none of the planned texts."""
    if any(statement.discloses or statement.fault for statement in statements):
        return False
    return not any(
        holds(statement, language, text) for statement in statements for language, text in plan.description.items()
    )


def judged(
    statements: tuple[Statement, ...], home: Home, packets: Packets | None, plan: MetadataPlan
) -> tuple[Check, ...]:
    """One check for each thing that the plan asks for. What stands only in the sidecar counts where the container has
    no home for it."""
    formal = tuple(statement for statement in statements if statement.is_formal)
    counted = tuple(statement for statement in formal if statement.inside or home == "sidecar")
    checks = [source_type_check(statements, home, plan)]
    if plan.description:
        checks.append(description_check(counted, plan))
    planned = {known.attribute: getattr(plan, known.attribute) for known in AI_FIELDS}
    if any(planned.values()):
        checks.append(ai_fields_check(counted, planned))
    if packets is not None:
        checks.append(unique_check(packets))
    return tuple(checks)


def source_type_check(statements: tuple[Statement, ...], home: Home, plan: MetadataPlan) -> Check:
    """The IPTC source type stands inside the file, as a full URI of the vocabulary, and nothing states another one.

    Beside a container that cannot hold it, it stands in the sidecar: a warning, since it is lost when the file travels
    alone.
    """
    wanted = plan.digital_source_type
    is_right: Callable[[str], bool] = is_ai if wanted is None else wanted.__eq__
    formal = [statement for statement in statements if statement.is_formal]
    others = [meant(value) for statement in statements if not statement.is_formal for value in statement.source_types]
    values = [value for statement in formal for value in statement.source_types]
    values += [value for value in others if value in SOURCE_TYPES and value not in values]
    carried = [value for statement in formal if statement.inside for value in statement.source_types]
    faults = [statement.fault for statement in formal if statement.fault]
    unknown = [value for value in values if value not in SOURCE_TYPES]
    status = Status.FAIL
    if faults:
        message = say(f"Metadata could not be read: {faults[0]}.", f"Métadonnées illisibles : {faults[0]}.")
    elif not values:
        message = say("The file states no IPTC source type.", "Le fichier ne déclare aucun type de source IPTC.")
    elif not carried and home != "sidecar":
        message = say(
            "The source type stands only in the sidecar, or where no program looks for it.",
            "Le type de source n'est que dans le fichier annexe, ou là où aucun programme ne le cherche.",
        )
    elif unknown:
        message = say(
            f"«{unknown[0]}» is not the full address of an IPTC source type.",
            f"« {unknown[0]} » n'est pas l'adresse complète d'un type de source IPTC.",
        )
    elif not all(is_right(value) for value in values):
        message = say("The source type is not the declared one.", "Le type de source n'est pas celui déclaré.")
    elif not carried:
        status = Status.WARN
        message = say(
            "The source type is as declared, in a file beside the video: this container has no place for it.",
            "Le type de source est conforme, dans un fichier voisin : ce conteneur n'a pas de place pour lui.",
        )
    else:
        status = Status.PASS
        message = say("The source type is as declared.", "Le type de source est conforme à la déclaration.")
    return Check(
        id="metadata.source_type",
        layer="metadata",
        status=status,
        measured=values,
        expected=wanted or say("a type that states AI", "un type qui déclare l'IA"),
        source=IPTC_SOURCE,
        message=message,
    )


def description_check(inside: tuple[Statement, ...], plan: MetadataPlan) -> Check:
    """Each planned text stands in its language, alone or as a line beside the words that the source brought."""
    missing = [
        language
        for language, text in plan.description.items()
        if not any(holds(statement, language, text) for statement in inside)
    ]
    return Check(
        id="metadata.description",
        layer="metadata",
        status=Status.FAIL if missing else Status.PASS,
        measured={name: text for statement in inside for name, text in statement.texts.items()},
        expected=dict(plan.description),
        source=XMP_SOURCE,
        message=say(
            f"The description is missing or another one in: {', '.join(missing)}.",
            f"La description manque ou diffère en : {', '.join(missing)}.",
        )
        if missing
        else say("The description is there in every language.", "La description est là dans chaque langue."),
    )


def holds(statement: Statement, language: str, text: str) -> bool:
    by_name = {name.lower(): value for name, value in statement.texts.items()}
    found = by_name.get(language.lower(), by_name.get(description_tag(language).lower()))
    return found is not None and (found == text or text in found.split("\n"))


def ai_fields_check(inside: tuple[Statement, ...], planned: Mapping[str, str | None]) -> Check:
    """The AI properties that the declaration gives are there, once each and to the letter."""
    wrong, measured, expected = [], {}, {}
    for known in AI_FIELDS:
        value = planned[known.attribute]
        if value is None:
            continue
        found = [
            text for place in inside for name in (known.xmp_name, known.tag) for text in place.fields.get(name, ())
        ]
        measured[known.xmp_name], expected[known.xmp_name] = found, value
        if found != [value]:
            wrong.append(known.xmp)
    return Check(
        id="metadata.ai_fields",
        layer="metadata",
        status=Status.FAIL if wrong else Status.PASS,
        measured=measured,
        expected=expected,
        source=IPTC_AI_SOURCE,
        message=say(f"Not as declared: {', '.join(wrong)}.", f"Non conforme à la déclaration : {', '.join(wrong)}.")
        if wrong
        else say("The AI properties are as declared.", "Les propriétés IA sont conformes à la déclaration."),
    )


def aigc_check(aigc: Sequence[str], plan: AigcPlan) -> Check:
    """The key AIGC stands in the file once, holds its seven fields, and says what was planned.

    A producer that is named by no code is a warning: names are seen in files, and the annex is read at second hand.
    """
    stated = parsed(aigc[0]) if len(aigc) == 1 else None
    wanted = None if plan.value is None else parsed(plan.value)
    status = Status.FAIL
    if not aigc:
        message = say(f"The file has no metadata key {AIGC}.", f"Le fichier n'a pas de clé de métadonnées {AIGC}.")
    elif stated is None:
        message = say(
            f"The key {AIGC} is not one JSON object with its seven texts.",
            f"La clé {AIGC} n'est pas un seul objet JSON avec ses sept textes.",
        )
    elif wanted is not None and stated != wanted:
        wrong = ", ".join(name for name in AIGC_FIELDS if stated[name] != wanted[name])
        message = say(f"The key {AIGC} is not as planned in: {wrong}.", f"La clé {AIGC} diffère du plan en : {wrong}.")
    elif not PRODUCER_CODE.fullmatch(stated["ContentProducer"]):
        status = Status.WARN
        message = say(
            f"The key {AIGC} is as planned; its ContentProducer is not a code of 27 characters (001…).",
            f"La clé {AIGC} est conforme ; son ContentProducer n'est pas un code de 27 caractères (001…).",
        )
    else:
        status = Status.PASS
        message = say(f"The key {AIGC} is as planned.", f"La clé {AIGC} est conforme au plan.")
    return Check(
        id="metadata.aigc",
        layer="metadata",
        status=status,
        measured=stated or list(aigc),
        expected=wanted or say("seven fields", "sept champs"),
        source=AIGC_SOURCE,
        message=message,
    )


def unique_check(packets: Packets) -> Check:
    """Exactly one packet, and the one that other programs see: two let readers differ on what the file states."""
    if packets.count == 1 and not packets.seen:
        message = say("Others do not read this XMP packet.", "Les autres logiciels ne lisent pas ce paquet XMP.")
    else:
        message = say(
            f"The file holds {packets.count} XMP packets.", f"Le fichier contient {packets.count} paquet(s) XMP."
        )
    return Check(
        id="metadata.unique",
        layer="metadata",
        status=Status.PASS if packets.count == 1 and packets.seen else Status.FAIL,
        measured=packets.count,
        expected=1,
        source=XMP_SOURCE,
        message=message,
    )
