"""From a result or a record to its line in the ledger. Nothing here knows of a database."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, ValidationError

from labeler.language import say
from labeler.rules.ledger import LedgerEntry
from labeler.rules.plan import FileReference, PresetReference
from labeler.rules.record import RECORD_SUFFIX, Result
from labeler.verdict import FoundCredentials, Frozen

LARGEST_RECORD = 64 << 20
"""Bytes. A record holds the facts of every track; the largest seen takes some hundred kilobytes."""
LONGEST = 2600
"""Bytes of a value: an index of PostgreSQL holds no more than 2704."""
SCHEMA = re.compile(r"labeler\.record/([0-9]{1,9})")
KNOWN = 1
LOST = "\ufffd"


class Found(Frozen):
    credentials: FoundCredentials = Field(default_factory=FoundCredentials)
    watermark: dict[str, object] | None = None


class Verdict(Frozen):
    found: Found = Field(default_factory=Found)


class Core(Frozen):
    """The few keys of a record that the ledger holds: a million records are read for them, and the rest is skipped."""

    schema_: Literal["labeler.record/1"] = Field(alias="schema")
    id: str | None
    status: str
    source: FileReference
    output: FileReference | None = None
    preset: PresetReference | None = None
    fingerprint: str | None = None
    verdict: Verdict | None = None
    labeler: str

    model_config = ConfigDict(extra="ignore")


class Schema(Frozen):
    schema_: str = Field(alias="schema")

    model_config = ConfigDict(extra="ignore")


class NoRecord(ValueError):
    """Why a file is not in the ledger, in a sentence."""


def read_entry(path: Path) -> LedgerEntry:
    """A record's line. Raises NoRecord: no record, damaged, or a newer labeler's; OSError: cannot be read now."""
    with path.open("rb") as stream:
        content = stream.read(LARGEST_RECORD + 1)
    if len(content) > LARGEST_RECORD:
        raise NoRecord(say("larger than any record.", "plus gros que toute fiche."))
    try:
        core = Core.model_validate_json(content)
    except ValidationError as error:
        raise NoRecord(why(content)) from error
    return entry_of(core, path, beside(path, core))


def why(content: bytes) -> str:
    try:
        given = SCHEMA.fullmatch(Schema.model_validate_json(content).schema_)
    except ValidationError:
        given = None
    if given is not None and int(given[1]) > KNOWN:
        return say(
            f"a newer labeler made this record ({given[0]}).",
            f"cette fiche vient d'une version plus récente ({given[0]}).",
        )
    return say("this is no record, or it is damaged.", "ce n'est pas une fiche, ou elle est abîmée.")


def beside(record: Path, core: Core) -> str | None:
    """The output where it lies now: beside its record, where it is there; else where the record says."""
    there = record.with_name(record.name.removesuffix(RECORD_SUFFIX))
    if there.is_file():
        return str(there)
    return core.output.file if core.output is not None else None


def entry_of(made: Result | Core, record: Path, output: str | None) -> LedgerEntry:
    """record: where it lies, as a whole path. Raises NoRecord where a value is longer than an index can hold."""
    found = made.verdict.found if made.verdict is not None else None
    mark = found.watermark.get("id") if found is not None and found.watermark is not None else None
    entry = LedgerEntry(
        id=cleaned(made.id),
        record=clean(str(record)),
        output=cleaned(output),
        output_sha256=cleaned(made.output.sha256) if made.output is not None else None,
        source=clean(made.source.file),
        source_sha256=cleaned(made.source.sha256),
        fingerprint=cleaned(made.fingerprint),
        preset=clean(made.preset.id) if made.preset is not None else None,
        preset_version=made.preset.version if made.preset is not None else None,
        status=clean(made.status),
        signer=cleaned(found.credentials.signer) if found is not None else None,
        watermark=clean(str(mark)) if mark is not None else None,
        labeler=clean(made.labeler),
    )
    if any(isinstance(value, str) and len(value.encode()) > LONGEST for value in entry.model_dump().values()):
        raise NoRecord(say("a value is too long for the ledger.", "une valeur est trop longue pour le registre."))
    return entry


def cleaned(text: str | None) -> str | None:
    return None if text is None else clean(text)


def clean(text: str) -> str:
    """What both databases can hold: no NUL, no half of a pair of letters."""
    return text.replace("\0", LOST).encode("utf-8", "replace").decode()


def folded(path: str | None) -> str | None:
    """The file's own name in one spelling, so that it is found however its letters are written."""
    if path is None:
        return None
    name = path.rpartition(os.sep)[2]
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
