"""Entries and records to put into a ledger."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from labeler.rules.ledger import LedgerEntry


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def entry(name: str, folder: str = "/out", **changes: Any) -> LedgerEntry:
    facts = {
        "id": digest(f"id {name}"),
        "record": f"{folder}/{name}.labeler.json",
        "output": f"{folder}/{name}",
        "output_sha256": digest(f"output {name}"),
        "source": f"/in/{name}",
        "source_sha256": digest(f"source {name}"),
        "fingerprint": digest(f"fingerprint {name}"),
        "preset": "eu-standard",
        "preset_version": 1,
        "status": "released",
        "signer": "Studio",
        "watermark": None,
        "labeler": "0.1.0",
    }
    return LedgerEntry.model_validate(facts | changes)


def write_record(folder: Path, name: str, **changes: Any) -> Path:
    """A record with the keys that the ledger reads, and some that it does not."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.labeler.json"
    record = {
        "schema": "labeler.record/1",
        "id": digest(f"id {name}"),
        "status": "released",
        "exit_code": 0,
        "source": {"file": f"/in/{name}", "sha256": digest(f"source {name}"), "bytes": 1},
        "output": {"file": str(folder / name), "sha256": digest(f"output {name}"), "bytes": 2},
        "preset": {"id": "eu-standard", "version": 1, "sha256": "0" * 64},
        "fingerprint": digest(f"fingerprint {name}"),
        "verdict": {"schema": "labeler.verdict/1", "found": {"credentials": {"signer": "Studio"}, "watermark": None}},
        "labeler": "0.1.0",
        "plan": {"anything": [1, 2, 3]},
    }
    path.write_text(json.dumps(record | changes), encoding="utf-8")
    return path
