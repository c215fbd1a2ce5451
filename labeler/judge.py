"""From what the readers say to what follows: pure functions, no I/O (DESIGN section 3)."""

from __future__ import annotations

from collections.abc import Mapping

from labeler.language import say
from labeler.layers.metadata import names
from labeler.layers.metadata.vocabulary import AIGC
from labeler.rules import source_types
from labeler.rules.source_types import Involvement
from labeler.verdict import (
    Check,
    Disclosure,
    Found,
    FoundCredentials,
    FoundMetadata,
    FoundWords,
    Integrity,
    LayerName,
    LayerReading,
    LayerState,
    Outcome,
    Status,
)

Readings = Mapping[LayerName, LayerReading]
PASSING = (Status.PASS, Status.WARN)


def with_mandate(check: Check, layers: Mapping[LayerName, str]) -> Check:
    """A check is mandatory where the preset requires its layer (rule 1 of the gate)."""
    return check.model_copy(update={"mandatory": check.mandatory and layers.get(check.layer) == "required"})


def outcome_by_checks(checks: tuple[Check, ...], readings: Readings, layers: Mapping[LayerName, str]) -> Outcome:
    """Pass when every mandatory check is pass or warn, and every required layer was there and was read."""
    return Outcome.FAIL if in_the_way(checks, readings, layers) else Outcome.PASS


def in_the_way(checks: tuple[Check, ...], readings: Readings, layers: Mapping[LayerName, str]) -> tuple[str, ...]:
    """The ids of the mandatory checks that keep a file from passing, in a layer that is there and wrong those that
    failed alone (what could not be checked follows from them); the name of a layer that is required and has no check to
    blame, because it did not pass or because nothing of it was checked. Empty exactly where the outcome is pass."""
    standing = [check for check in checks if check.mandatory and check.status not in PASSING]
    broken = {check.layer for check in standing if check.status is Status.FAIL}
    told = {check.id for check in standing if check.status is Status.FAIL or check.layer not in broken}
    blamed, checked = {check.layer for check in standing}, {check.layer for check in checks}
    for name, asked in layers.items():
        state = readings[name].state if name in readings else LayerState.NOT_CHECKED
        is_met = state in (LayerState.PASS, LayerState.WARN) and name in checked
        if asked == "required" and not is_met and name not in blamed:
            told.add(name)
    return tuple(sorted(told))


def state_beside(state: LayerState, checks: tuple[Check, ...], asked: str | None) -> LayerState:
    """The state of a layer, never better than its mandatory checks: what was found is no pass while something that is
    asked of it failed or was not measured. checks: of this layer, with their mandate. asked: of it by the preset."""
    if state not in (LayerState.PASS, LayerState.WARN):
        return state
    mandatory = {check.status for check in checks if check.mandatory}
    if Status.FAIL in mandatory:
        return LayerState.FAIL
    if Status.NOT_CHECKED in mandatory or (asked == "required" and not checks):
        return LayerState.NOT_CHECKED
    return state


def found_in(readings: Readings) -> Found:
    mention = readings["mention"].found if "mention" in readings else None
    metadata = readings["metadata"].found if "metadata" in readings else None
    credentials = readings["credentials"].found if "credentials" in readings else None
    return Found(
        mention=tuple(mention or ()),
        coverage=readings["mention"].coverage if "mention" in readings else None,
        metadata=metadata or FoundMetadata(),
        credentials=credentials or FoundCredentials(),
    )


def agreement(found: Found, involvement: Involvement | None = None) -> Check | None:
    """What the metadata state contradicts neither the credentials nor the involvement that the preset is for, which its
    mention tells to people (None: for any). None where there is nothing to compare."""
    in_metadata = terms_of(found.metadata)
    in_credentials = {ai.type for ai in found.credentials.ai}
    if not in_metadata or not (in_credentials or involvement):
        return None
    agree = all(source_types.is_consistent(a, b) for a in in_metadata for b in in_credentials)
    suits = involvement is None or all(source_types.suits(involvement, stated) for stated in in_metadata)
    if not agree:
        message = say(
            "Metadata and credentials contradict each other on how the video was made.",
            "Métadonnées et identifiants de contenu se contredisent sur l'origine de la vidéo.",
        )
    elif not suits:
        message = say(
            f"The preset is for AI involvement «{involvement}»; the metadata state another.",
            f"Le préréglage vaut pour « {involvement} » ; les métadonnées disent autre chose.",
        )
    elif in_credentials:
        message = say(
            "Metadata and credentials state the same source type.",
            "Métadonnées et identifiants de contenu déclarent le même type de source.",
        )
    else:
        message = say(
            "The metadata state what the preset is for.",
            "Les métadonnées disent ce pour quoi vaut le préréglage.",
        )
    return Check(
        id="metadata.agreement",
        layer="metadata",
        status=Status.PASS if agree and suits else Status.FAIL,
        measured=sorted(in_metadata),
        expected=sorted(in_credentials) if suits and in_credentials else involvement,
        source="DESIGN of the gate: layers that contradict each other",
        message=message,
    )


def unplaced(track: int, reason: str) -> Check:
    """Of a track in which the preset has no place for its mention: nothing of it was measured, which is no pass."""
    return Check(
        id="mention.placement",
        layer="mention",
        status=Status.NOT_CHECKED,
        track=track,
        message=reason,
        source="the preset's layouts",
    )


def unread(track: int, reason: str) -> Check:
    """Of a track that cannot be read, in a file that no preset was asked for: none has judged what stands in it."""
    message = say(
        f"Track {track} could not be read, so no preset has judged it: {reason}",
        f"La piste {track} n'a pas pu être lue, aucun préréglage ne l'a donc jugée : {reason}",
    )
    return unplaced(track, message).model_copy(update={"mandatory": False, "source": None})


def disclosure_of(found: Found, readings: Readings, integrity: Integrity) -> Disclosure:
    """What the file says about AI (CONTRACTS section 2). Bytes altered after sealing hold no intact mark."""
    kinds = {mention.kind for mention in found.mention}
    people_can_read = bool({"phrase", "icon"} & kinds)
    in_metadata = terms_of(found.metadata)
    types, has_key = types_in(found), names_ai(found.metadata)
    types_say_ai = any(source_types.is_ai(kind) for kind in types)
    says_ai, in_words = states_ai(found), bool(disclosing_words(found.metadata))
    check = agreement(found)
    if (check is not None and check.status is Status.FAIL) or contradict(in_metadata):
        return Disclosure.CONTRADICTORY
    if found.credentials.of_another is not None:
        return Disclosure.CONTRADICTORY
    if ("negated" in kinds and says_ai) or ((people_can_read or has_key or in_words) and types and not types_say_ai):
        return Disclosure.CONTRADICTORY
    machine_can_read = says_ai and integrity in (Integrity.INTACT, Integrity.UNSIGNED)
    if people_can_read and machine_can_read:
        return Disclosure.DECLARED
    if people_can_read or says_ai or in_words:
        return Disclosure.PARTIAL
    unread = {LayerState.NOT_CHECKED} & {reading.state for reading in readings.values() if reading.layer != "media"}
    if unread or integrity is Integrity.UNREADABLE:
        return Disclosure.UNDETERMINED
    return Disclosure.UNDECLARED


def types_in(found: Found) -> tuple[str, ...]:
    """The source types of the vocabulary that metadata and credentials state."""
    in_metadata = terms_of(found.metadata) & source_types.SOURCE_TYPES
    return (*sorted(in_metadata), *(ai.type for ai in found.credentials.ai))


def states_ai(found: Found) -> bool:
    """Whether anything that machines read says that AI had a part."""
    if any(source_types.is_ai(kind) for kind in types_in(found)):
        return True
    return names_ai(found.metadata) or names_system(found.metadata) or bool(found.credentials.models)


def terms_of(metadata: FoundMetadata) -> frozenset[str]:
    """The source types that metadata state, each as the term that it means beyond doubt. What means none says nothing
    beside those that do; alone it stays as it is, and agrees with nothing."""
    meant = frozenset(source_types.meant(value) for value in metadata.digital_source_type)
    return meant & source_types.SOURCE_TYPES or meant


def contradict(terms: frozenset[str]) -> bool:
    """Whether places of one file state terms that cannot all be true of it."""
    known = terms & source_types.SOURCE_TYPES
    return any(not source_types.is_consistent(a, b) for a in known for b in known)


def undeclared_traces(found: Found, disclosure: Disclosure) -> Check | None:
    """A warning where a file betrays a generator and declares nothing. None where there is no trace, or the file says
    what it is: a trace is no statement, and adds nothing to one."""
    traces = found.metadata.traces
    if not traces or disclosure not in (Disclosure.UNDECLARED, Disclosure.UNDETERMINED):
        return None
    names = ", ".join(dict.fromkeys(trace.generator for trace in traces))
    where = ", ".join(dict.fromkeys(f"{trace.name} ({trace.place})" for trace in traces[:5]))
    return Check(
        id="metadata.traces",
        layer="metadata",
        status=Status.WARN,
        mandatory=False,
        measured=[trace.model_dump(mode="json", by_alias=True) for trace in traces],
        expected=say("a statement that AI made it", "une déclaration que l'IA l'a produit"),
        source="traces.toml",
        message=say(
            f"The metadata betray a generator, and nothing declares AI: {names}, in {where}.",
            f"Les métadonnées trahissent un générateur, et rien ne déclare l'IA : {names}, dans {where}.",
        ),
    )


def words_alone(found: Found) -> Check | None:
    """A warning where the metadata say in a person's words that AI made the film, and not in a way that programs read.
    None where something says it as programs read it, or the file holds no such words."""
    words = disclosing_words(found.metadata)
    if not words or states_ai(found):
        return None
    said = words[0]
    return Check(
        id="metadata.words",
        layer="metadata",
        status=Status.WARN,
        mandatory=False,
        measured=[one.model_dump(mode="json", by_alias=True) for one in words],
        expected=say("a source type that programs read", "un type de source que les programmes lisent"),
        source="labeler: what `disclosure` counts (docs/verdicts.md)",
        message=say(
            f"The metadata say «{said.text}» in {said.name} ({said.place}): words that no program reads as a mark.",
            f"Les métadonnées disent « {said.text} » dans {said.name} ({said.place}) : "
            "des mots qu'aucun programme ne lit comme un marquage.",
        ),
    )


def disclosing_words(metadata: FoundMetadata) -> tuple[FoundWords, ...]:
    """Texts that say that AI made the film. What denies it in a synopsis («Un monde sans IA») contradicts nothing."""
    return tuple(one for one in metadata.words if one.kind == "phrase")


def names_system(metadata: FoundMetadata) -> bool:
    """Whether the metadata name the AI system that made the content (IPTC 2025.1, AI System Used)."""
    return any(names.names_system(one.name, one.value) for one in metadata.statements)


def names_ai(metadata: FoundMetadata) -> bool:
    """Whether the key AIGC of GB 45438-2025 was found with a label, and with a maker or a number of the content: each
    of its labels says that AI made it, or may have. Any other value of the key states nothing."""
    stated = metadata.fields.get(AIGC)
    values = stated if isinstance(stated, list) else [stated]
    return any(isinstance(value, Mapping) for value in values)
