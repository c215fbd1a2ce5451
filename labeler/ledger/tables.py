"""The tables of the ledger, the same in SQLite and PostgreSQL, as statements that both take."""

from __future__ import annotations

from collections.abc import Iterator

VERSION = 1
"""Raised when an older labeler could not read or write these tables any more."""

ABOUT = "labeler_ledger"
"""One row: `version`, and `walk`, which counts the walks of `rebuild`: what a walk did not meet is what has a lower
number than its own."""
RECORDS = "labeler_records"
"""A row for each record. output_name, source_name: the files' own names, case-folded and NFC."""

COLUMNS = {
    "record": "{line} NOT NULL",
    "id": "{line}",
    "output": "{line}",
    "output_name": "{line}",
    "output_sha256": "{line}",
    "source": "{line} NOT NULL",
    "source_name": "{line}",
    "source_sha256": "{line}",
    "fingerprint": "{line}",
    "preset": "{line}",
    "preset_version": "INTEGER",
    "status": "{line} NOT NULL",
    "signer": "{line}",
    "watermark": "{line}",
    "labeler": "{line} NOT NULL",
    "walk": "INTEGER NOT NULL",
}
HASHES = ("output_sha256", "source_sha256", "fingerprint", "id")
NAMES = ("output_name", "source_name")
PATHS = ("record", "output", "source")
INDEXED = (*HASHES, *NAMES, "output", "source", "watermark")

PUT = (
    f"INSERT INTO {RECORDS} ({', '.join(COLUMNS)}) VALUES ({', '.join(f':{name}' for name in COLUMNS)}) "
    "ON CONFLICT (record) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in ("record", "walk"))
    # A walk that began later has met it, whatever an earlier one says now.
    + f", walk = CASE WHEN excluded.walk > {RECORDS}.walk THEN excluded.walk ELSE {RECORDS}.walk END"
)
"""A row, in place of that of the same record."""


def making(line: str) -> Iterator[str]:
    """line: the type of a text that is compared byte by byte, as folders are found as ranges of paths."""
    columns = ", ".join(f"{name} {kind.format(line=line)}" for name, kind in COLUMNS.items())
    yield f"CREATE TABLE IF NOT EXISTS {ABOUT} (version INTEGER NOT NULL, walk INTEGER NOT NULL)"
    yield f"CREATE TABLE IF NOT EXISTS {RECORDS} ({columns}, PRIMARY KEY (record))"
    for column in INDEXED:
        yield f"CREATE INDEX IF NOT EXISTS {RECORDS}_{column} ON {RECORDS} ({column})"
    yield f"CREATE INDEX IF NOT EXISTS {RECORDS}_preset_status ON {RECORDS} (preset, status)"
    yield f"CREATE INDEX IF NOT EXISTS {RECORDS}_status ON {RECORDS} (status)"
