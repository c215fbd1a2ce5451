"""What the ledger knows of one released output (`labeler.ledger/1`): the line of `labeler ledger find|show|export`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from labeler.verdict import Frozen


class LedgerEntry(Frozen):
    """Taken from a record, which is the truth; None where the record does not say.

    record, output, source: whole paths where they were known; a record that names a relative path is indexed with
    that. id: of the plan item. signer: the name in the certificate. watermark: the id that the pixels carry.
    """

    schema_: Literal["labeler.ledger/1"] = Field("labeler.ledger/1", alias="schema")
    id: str | None
    record: str
    output: str | None
    output_sha256: str | None
    source: str
    source_sha256: str | None
    fingerprint: str | None
    preset: str | None
    preset_version: int | None
    status: str
    signer: str | None
    watermark: str | None
    labeler: str
