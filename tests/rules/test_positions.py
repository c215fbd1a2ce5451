"""Where each key stands, in every form that TOML allows."""

from __future__ import annotations

import string
import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from labeler.rules.positions import KeyPath, Position, positions_of

EVERY_FORM = (
    'a = 1\n"b c".d = {x = 1, y = [1, {z = 2}]}\n# [no]\n[t]\nm = """\n[not] = 1\n"""\n'
    "[[s]]\nk = [\n  1, # one\n  2,\n]\n[[s]]\nk = 2024-01-01 10:00:00z\n[s.deep]\nq = 'a'\n"
    '[u.v]\n"\\u00e9" = """x""""\nw = 1\n'
)


def test_positions_of_every_form() -> None:
    tomllib.loads(EVERY_FORM)
    found = positions_of(EVERY_FORM)
    expected = {
        ("a",): (1, 1),
        ("b c", "d"): (2, 1),
        ("b c", "d", "x"): (2, 12),
        ("b c", "d", "y", 1, "z"): (2, 28),
        ("t",): (4, 1),
        ("t", "m"): (5, 1),
        ("s", 0, "k", 1): (11, 3),
        ("s", 1): (13, 1),
        ("s", 1, "k"): (14, 1),
        ("s", 1, "deep", "q"): (16, 1),
        ("u",): (17, 1),
        ("u", "v", "é"): (18, 1),
        ("u", "v", "w"): (19, 1),
    }
    assert {path: found[path] for path in expected} == {path: Position(*place) for path, place in expected.items()}


def test_a_table_stands_at_its_own_header_even_after_that_of_a_part() -> None:
    assert positions_of("[a.b]\n[a]\nc = 1\n")[("a",)] == Position(2, 1)


keys = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=5) | st.text(
    string.ascii_letters + ' .#[]"\\éλ', max_size=5
)
scalars = (
    st.integers(-99, 99)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(string.ascii_letters + " #[]{}=,'\"\\é\n", max_size=8)
    | st.dates()
    | st.datetimes(timezones=st.none())
    | st.times()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
tables = st.dictionaries(keys, values, max_size=4)


@given(
    tables, st.dictionaries(keys, tables, max_size=3), st.dictionaries(keys, st.lists(tables, min_size=1, max_size=3))
)
def test_every_key_of_any_document_is_found_where_it_was_written(
    top: dict[str, Any], named: dict[str, dict[str, Any]], repeated: dict[str, list[dict[str, Any]]]
) -> None:
    named = {name: table for name, table in named.items() if name not in top}
    repeated = {name: rows for name, rows in repeated.items() if name not in top and name not in named}
    lines: list[str] = []
    expected: dict[KeyPath, Position] = {}

    def write(path: KeyPath, table: dict[str, Any]) -> None:
        for key, value in table.items():
            expected[(*path, key)] = Position(len(lines) + 1, 1)
            lines.extend(f"{quoted(key)} = {as_toml(value)} # [note]".split("\n"))

    write((), top)
    for name, table in named.items():
        expected[(name,)] = Position(len(lines) + 1, 1)
        lines.append(f"[{quoted(name)}]")
        write((name,), table)
    for name, rows in repeated.items():
        for number, row in enumerate(rows):
            expected[(name, number)] = Position(len(lines) + 1, 1)
            lines.append(f"[[ {quoted(name)} ]]")
            write((name, number), row)

    text = "\n".join(lines) + "\n"
    assert tomllib.loads(text) == top | named | repeated
    found = positions_of(text)
    assert {path: found[path] for path in expected} == expected
    assert set(found) == {path for path in paths_in(top | named | repeated) if path}


def paths_in(value: Any) -> set[KeyPath]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {()} | {(key, *rest) for key, entry in entries for rest in paths_in(entry)}


def quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"' if not key or set(key) - BARE else key


BARE = set(string.ascii_letters + string.digits + "-_")


def as_toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            inside = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"""\n{inside}"""' if "\n" in value else f'"{inside}"'
        case list():
            return "[ " + ", ".join(as_toml(entry) for entry in value) + " ]"
        case dict():
            return "{ " + ", ".join(f"{quoted(key)} = {as_toml(entry)}" for key, entry in value.items()) + " }"
        case int() | float():
            return repr(value)
    return str(value.isoformat(" ") if hasattr(value, "date") else value.isoformat())
