"""The JSON Schemas in docs/schemas are those of the types."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labeler.rules.schemas import DIALECT, FORMATS, schema_of, write_schemas

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"


@pytest.mark.parametrize("name", FORMATS)
def test_schemas_are_those_of_the_types(name: str) -> None:
    """After a change of a type: `make schemas`."""
    assert (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8") == schema_of(name)


def test_there_is_no_other_schema(tmp_path: Path) -> None:
    write_schemas(tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {path.name for path in FOLDER.iterdir()}


@pytest.mark.parametrize("name", FORMATS)
def test_each_names_its_dialect_and_format(name: str) -> None:
    schema = json.loads(schema_of(name))
    assert schema["$schema"] == DIALECT
    assert schema["$id"] == schema["title"] == schema["properties"]["schema"]["const"] == f"labeler.{name}/1"
    assert "schema" in schema["required"]


@pytest.mark.parametrize("name", FORMATS)
def test_only_what_people_write_is_closed(name: str) -> None:
    schema = json.loads(schema_of(name))
    assert schema["additionalProperties"] is (name not in ("preset", "declaration", "jobs"))
