"""JSON Schemas (2020-12) of every format, generated from the types: `python -m labeler.rules.schemas docs/schemas`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from labeler.rules.declaration import Declaration
from labeler.rules.difference import Comparison
from labeler.rules.examination import Examination
from labeler.rules.jobs import JobList
from labeler.rules.ledger import LedgerEntry
from labeler.rules.plan import PlanItem
from labeler.rules.preset import Preset
from labeler.rules.record import Record, Result
from labeler.verdict import Verdict

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FORMATS: dict[str, type[BaseModel]] = {
    "declaration": Declaration,
    "diff": Comparison,
    "doctor": Examination,
    "jobs": JobList,
    "ledger": LedgerEntry,
    "plan": PlanItem,
    "preset": Preset,
    "record": Record,
    "result": Result,
    "verdict": Verdict,
}


def schema_of(name: str) -> str:
    """The JSON Schema of one format, as the text of its file."""
    model = FORMATS[name]
    # What people write is described as it is read, what labeler writes as it is written.
    mode = "validation" if name in ("preset", "declaration", "jobs") else "serialization"
    schema = model.model_json_schema(by_alias=True, mode=mode)  # type: ignore[arg-type]
    # Every format starts with its schema (CONTRACTS section 2): pydantic calls a key with a default optional.
    required = ["schema", *(key for key in schema["required"] if key != "schema")]
    known_as = f"labeler.{name}/1"
    if name == "preset":
        schema, required = extending(schema, required)
    whole = {"$schema": DIALECT, "$id": known_as, **schema, "title": known_as, "required": required}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def extending(schema: dict[str, Any], required: list[str]) -> tuple[dict[str, Any], list[str]]:
    """A preset that `extends` another may leave out all that it takes from there; any other preset is whole."""
    parts = {f"Part{name}": part_of(kind) for name, kind in schema["$defs"].items()}
    tables = {name: value for name, value in schema["properties"].items() if "$ref" in value}
    own = [name for name in required if name not in tables]
    relaxed = {
        **schema,
        "$defs": schema["$defs"] | parts,
        "properties": schema["properties"] | {name: part_of(value) for name, value in tables.items()},
        "if": {"required": ["extends"]},
        "else": {"properties": tables, "required": [name for name in required if name in tables]},
    }
    return relaxed, own


def part_of(kind: Any) -> Any:
    """The same table with nothing required, inside it neither; an entry of a list stays whole."""
    if isinstance(kind, list):
        return [part_of(entry) for entry in kind]
    if not isinstance(kind, dict):
        return kind
    return {
        key: value.replace("#/$defs/", "#/$defs/Part") if key == "$ref" else value if key == "items" else part_of(value)
        for key, value in kind.items()
        if key != "required"
    }


def write_schemas(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in FORMATS:
        (folder / f"{name}.schema.json").write_text(schema_of(name), encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
