"""The tables of the ledger, the same in SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

VERSION = 1
"""Raised when an older labeler could not read or write these tables any more."""

METADATA = MetaData()
# Compared byte by byte in both: folders are found as ranges of paths.
Line = Text().with_variant(Text(collation="C"), "postgresql")

ABOUT = Table(
    "labeler_ledger",
    METADATA,
    Column("version", Integer, nullable=False),
    # Counts the walks of `rebuild`: what a walk did not meet is what has a lower number than its own.
    Column("walk", Integer, nullable=False),
)
"""One row."""

ENTRIES = Table(
    "labeler_records",
    METADATA,
    Column("record", Line, primary_key=True),
    Column("id", Line),
    Column("output", Line),
    Column("output_name", Line),
    Column("output_sha256", Line),
    Column("source", Line, nullable=False),
    Column("source_name", Line),
    Column("source_sha256", Line),
    Column("fingerprint", Line),
    Column("preset", Line),
    Column("preset_version", Integer),
    Column("status", Line, nullable=False),
    Column("signer", Line),
    Column("watermark", Line),
    Column("labeler", Line, nullable=False),
    Column("walk", Integer, nullable=False),
)
"""A row for each record. output_name, source_name: the files' own names, case-folded and NFC."""

HASHES = (ENTRIES.c.output_sha256, ENTRIES.c.source_sha256, ENTRIES.c.fingerprint, ENTRIES.c.id)
NAMES = (ENTRIES.c.output_name, ENTRIES.c.source_name)
PATHS = (ENTRIES.c.record, ENTRIES.c.output, ENTRIES.c.source)
for column in (*HASHES, *NAMES, ENTRIES.c.output, ENTRIES.c.source, ENTRIES.c.watermark):
    Index(f"labeler_records_{column.name}", column)
Index("labeler_records_preset_status", ENTRIES.c.preset, ENTRIES.c.status)
Index("labeler_records_status", ENTRIES.c.status)
