"""JSON Schemas (2020-12) of every format, generated from the types: `python -m labeler.rules.schemas docs/schemas`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from labeler.rules.declaration import Declaration
from labeler.rules.plan import PlanItem
from labeler.rules.preset import Preset
from labeler.rules.record import Record, Result
from labeler.verdict import Verdict

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FORMATS: dict[str, type[BaseModel]] = {
    "declaration": Declaration,
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
    mode = "validation" if name in ("preset", "declaration") else "serialization"
    schema = model.model_json_schema(by_alias=True, mode=mode)  # type: ignore[arg-type]
    # Every format starts with its schema (CONTRACTS section 2): pydantic calls a key with a default optional.
    required = ["schema", *(key for key in schema["required"] if key != "schema")]
    known_as = f"labeler.{name}/1"
    whole = {"$schema": DIALECT, "$id": known_as, **schema, "title": known_as, "required": required}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in FORMATS:
        (folder / f"{name}.schema.json").write_text(schema_of(name), encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
