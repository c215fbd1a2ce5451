"""What people write: every mistake at once, with its line and column, in both languages."""

from __future__ import annotations

import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import DeclarationError, PresetError
from labeler.rules.declaration import Declaration
from labeler.rules.declarations import declaration_from, load_declaration, new_declaration
from labeler.rules.document import parse_document, read_document, validate
from labeler.rules.positions import Position, positions_of

THREE_MISTAKES = """schema = "labeler.declaration/1"
[work]
titel = "x"
[ai]
involvement = "created"
[[ai.system]]
name = "One"
[[ai.system]]
  version = 3
"""


def mistakes_of(text: str) -> list[str]:
    with pytest.raises(DeclarationError) as caught:
        validate(parse_document(text, "d.toml", DeclarationError), Declaration, DeclarationError)
    return caught.value.message.split("\n")[1:]


def test_all_mistakes_in_the_order_of_the_file() -> None:
    told = mistakes_of(THREE_MISTAKES)
    assert [line.split()[0] for line in told] == ["d.toml:3:1", "d.toml:5:1", "d.toml:8:1", "d.toml:9:3"]
    assert told[0] == "d.toml:3:1 work.titel: unknown key; did you mean «title»?"
    assert told[1].startswith("d.toml:5:1 ai.involvement: 'created' is not one of 'generated'")
    assert told[2] == "d.toml:8:1 ai.system[1].name: missing."


def test_mistakes_in_french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LANG", "fr")
    assert mistakes_of(THREE_MISTAKES)[0] == "d.toml:3:1 work.titel: clé inconnue ; vouliez-vous dire « title » ?"


def test_syntax_mistake_has_its_place() -> None:
    with pytest.raises(PresetError, match="line 2, column"):
        parse_document("a = 1\nb = = 2\n", "p.toml", PresetError)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = '" + b"x" * 1_000_001 + b"'"])
def test_files_that_are_no_documents(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(content)
    with pytest.raises(PresetError, match=r"p\.toml"):
        read_document(path, PresetError)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(PresetError, match=path.name):
            read_document(path, PresetError)


def test_positions_of_every_form() -> None:
    text = (
        'a = 1\n"b c".d = {x = 1, y = [1, {z = 2}]}\n# [no]\n[t]\nm = """\n[not] = 1\n"""\n'
        "[[s]]\nk = [\n  1, # one\n  2,\n]\n[[s]]\nk = 2024-01-01 10:00:00\n[s.deep]\nq = 'a'\n"
    )
    tomllib.loads(text)
    found = positions_of(text)
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
    }
    assert {path: found[path] for path in expected} == {path: Position(*place) for path, place in expected.items()}


values = st.recursive(
    st.integers(0, 99) | st.booleans() | st.text(string.ascii_letters + " #[]{}=,é", max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(string.ascii_lowercase, min_size=1, max_size=6), values, min_size=1, max_size=6))
def test_each_key_is_found_on_its_line(table: dict[str, object]) -> None:
    text = "".join(f"{key} = {as_toml(value)}\n" for key, value in table.items())
    assert tomllib.loads(text) == table
    found = positions_of(text)
    assert [found[(key,)].line for key in table] == list(range(1, len(table) + 1))


def as_toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(entry) for entry in value) + "]"
    return str(value) if isinstance(value, int) else f'"{value}"'


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_template_is_refused_until_a_person_chooses(language: str, tmp_path: Path) -> None:
    path = tmp_path / "film.toml"
    text = new_declaration("fr" if language == "fr" else "en")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"film\.toml:\d+:1 ai\.involvement"):
        load_declaration(path)
    filled = "\n".join(
        line[2:] if line.startswith("# ") and (" = " in line or line.startswith("# [[")) else line
        for line in text.replace("???", "assisted").split("\n")
    )
    path.write_text(filled, encoding="utf-8")
    declaration = load_declaration(path).declaration
    assert declaration.ai.involvement == "assisted"
    assert len(declaration.ai.system) == 1
    assert declaration.human.summary


def test_a_flag_states_nothing_else() -> None:
    declaration = declaration_from("generated").declaration
    assert declaration.ai.involvement == "generated"
    assert not declaration.ai.system and declaration.human.summary is None and declaration.work.title is None
    assert declaration_from("generated").sha256 != declaration_from("assisted").sha256


def test_newer_declaration(tmp_path: Path) -> None:
    path = tmp_path / "d.toml"
    path.write_text('schema = "labeler.declaration/2"\n[ai]\ninvolvement = "generated"\n')
    with pytest.raises(DeclarationError, match="declaration/2"):
        load_declaration(path)
