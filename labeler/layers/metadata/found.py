"""What was found, in the shape of a verdict: every value as it stands, its place, and the traces of generators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from labeler.layers.metadata import names
from labeler.layers.metadata.aigc_rules import examine
from labeler.layers.metadata.names import LONGEST_VALUE, Entry
from labeler.layers.metadata.statement import Statement
from labeler.layers.metadata.traces import Clue, traces_in
from labeler.layers.metadata.vocabulary import AIGC, DESCRIPTION_NAME, DESCRIPTION_TAG
from labeler.layers.metadata.words import Says, silent, words_in
from labeler.letters import shortened
from labeler.media.tags.read import Tags
from labeler.media.tags.tag import text_of
from labeler.rules.source_types import SOURCE_TYPES, meant
from labeler.verdict import FoundMetadata, FoundStatement

SIDECARS = ("sidecar STEM.xmp", "sidecar FILE.EXT.xmp")
MOST_STATEMENTS = 500
MOST_FIELDS = 1000


def found_in(statements: Sequence[Statement], tags: Tags, says: Says = silent) -> FoundMetadata:
    """All that was found, whatever a plan says of it; a sidecar's fields stand under `sidecar`."""
    source_types: list[str] = []
    fields: dict[str, Any] = {}
    entries: list[Entry] = []
    keys: list[str] = []
    for statement in statements:
        source_types += statement.source_types
        source_types += [entry.value for entry in statement.entries if entry.what == names.SOURCE_TYPE]
        entries += statement.entries
        keys += statement.aigc
        stated = stated_by(statement)
        if stated:
            fields |= stated if statement.inside else {"sidecar": stated}
    if keys:
        values = [aigc_field(value) for value in dict.fromkeys(keys)]
        fields[AIGC] = values[0] if len(values) == 1 else values[:MOST_FIELDS]
    told = tuple(told_entry(entry) for entry in entries[:MOST_STATEMENTS])
    return FoundMetadata(
        digitalSourceType=tuple(dict.fromkeys(shown(value) for value in source_types)),
        fields=fields,
        statements=told,
        words=words_in(clues_in(statements, tags), says),
        traces=traces_in(clues_in(statements, tags), tags.opening),
        looked_at=tags.places + SIDECARS,
        left_out=tags.left_out + max(0, len(entries) - MOST_STATEMENTS),
    )


def stated_by(statement: Statement) -> dict[str, Any]:
    """What else one place discloses, by the name of its property or tag."""
    here = {name: values[0] if len(values) == 1 else list(values) for name, values in statement.fields.items()}
    here |= {
        entry.name: entry.value
        for entry in statement.entries[:MOST_FIELDS]
        if entry.what == names.FIELD and entry.name not in here
    }
    texts = dict(list(statement.texts.items())[:MOST_FIELDS])
    is_tagged = any(name.upper().startswith(DESCRIPTION_TAG) for name in texts)
    stated: dict[str, Any] = here | (texts if is_tagged else {DESCRIPTION_NAME: texts} if texts else {})
    if statement.fault is not None:
        stated["unreadable"] = statement.fault
    return {name: cut(value) for name, value in stated.items()}


def cut(value: Any) -> Any:
    """A field's value with every text in it at most so long; `statements` has the size and hash of the whole."""
    if isinstance(value, dict):
        return {str(name): cut(one) for name, one in value.items()}
    if isinstance(value, list):
        return [cut(one) for one in value[:MOST_FIELDS]]
    return shown(value) if isinstance(value, str) else value


def shown(text: str) -> str:
    """A text that JSON can hold: of JSON's own escapes, a half of a surrogate pair is no letter."""
    return shortened(text, LONGEST_VALUE).encode("utf-8", "backslashreplace").decode()


def aigc_field(value: str) -> Any:
    """The fields of the key where it says that AI made the content; else its value as it stands."""
    key = examine(value)
    if not key.says_ai:
        return shown(value)
    return {name: cut(one) if isinstance(one, str | None) else shown(str(one)) for name, one in key.fields.items()}


def told_entry(entry: Entry) -> FoundStatement:
    is_cut = not entry.is_whole or len(entry.value) > LONGEST_VALUE
    means = meant(entry.value) if entry.what == names.SOURCE_TYPE else entry.value
    faults = entry.faults + (examine(entry.value).faults if entry.what == names.KEY else ())
    if entry.what == names.SOURCE_TYPE and means not in SOURCE_TYPES:
        faults += ("vocabulary",)
    is_exact = not is_cut and not entry.is_escaped and entry.what != names.UNREADABLE
    return FoundStatement(
        name=entry.name,
        value=shown(entry.value),
        place=entry.place,
        bytes=None if is_exact else entry.size,
        sha256=None if is_exact else entry.sha256,
        is_escaped=entry.is_escaped,
        means=means if means != entry.value else None,
        faults=faults,
    )


def clues_in(statements: Iterable[Statement], tags: Tags) -> Iterator[Clue]:
    for tag in tags.tags:
        if tag.kind == "text":
            yield Clue("tag", tag.name, text_of(tag), tag.place)
    for statement in statements:
        for one in statement.properties:
            yield Clue("xmp", one.name, one.value, statement.place)
