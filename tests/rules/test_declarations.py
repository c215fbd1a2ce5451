"""What a person states: the template, the flag, the schema."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import get_args

import pytest

from labeler.errors import DeclarationError
from labeler.language import Language
from labeler.layers.metadata import vocabulary
from labeler.rules.declarations import declaration_from, load_declaration, new_declaration
from labeler.rules.source_types import AI_CODES, CURRENT_CODES, SOURCE_TYPE_PREFIX

CHOICE = 'involvement = "???"'


def filled(template: str) -> str:
    """The template with every line taken in, as a thorough producer would."""
    lines = []
    for line in template.split("\n"):
        is_offer = line.startswith("# ") and (" = " in line or line.startswith("# [["))
        lines.append(line[2:] if is_offer else line)
    return "\n".join(lines).replace(CHOICE, 'involvement = "assisted"')


@pytest.mark.parametrize("language", get_args(Language))
def test_the_template_is_refused_until_a_person_chooses(language: Language, tmp_path: Path) -> None:
    path = tmp_path / "film.toml"
    text = new_declaration(language)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        load_declaration(path)
    line = text[: text.index(CHOICE)].count("\n") + 1
    (told,) = caught.value.message.split("\n")[1:]
    assert told.startswith(f"{path}:{line}:1 ai.involvement: ") and '"generated"' in told


@pytest.mark.parametrize("language", get_args(Language))
def test_the_template_filled_in(language: Language, tmp_path: Path) -> None:
    path = tmp_path / "film.toml"
    text = new_declaration(language)
    path.write_text(text.replace("???", "generated"), encoding="utf-8")
    least = load_declaration(path).declaration
    assert least.ai.involvement == "generated" and least.work.language == language
    assert not least.ai.system and least.human.summary is None and least.work.title is None

    path.write_text(filled(text), encoding="utf-8")
    whole = load_declaration(path).declaration
    assert whole.ai.involvement == "assisted" and whole.ai.source_type == "compositeSynthetic"
    assert len(whole.ai.system) == 1 and whole.ai.system[0].task
    assert whole.human.summary and whole.work.title and whole.work.producer and whole.work.purpose == "commercial"


def test_both_templates_offer_the_same() -> None:
    french, english = (tomllib.loads(filled(new_declaration(language))) for language in get_args(Language))
    assert {key: set(table) for key, table in french.items()} == {key: set(table) for key, table in english.items()}


def test_a_flag_states_nothing_else() -> None:
    declaration = declaration_from("generated").declaration
    assert declaration.model_dump(by_alias=True, exclude_defaults=True) == {
        "schema": "labeler.declaration/1",
        "ai": {"involvement": "generated"},
    }


def test_the_hash_is_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "d.toml"
    path.write_text('# x\nschema = "labeler.declaration/1"\nai.involvement = "generated"\n')
    assert load_declaration(path).sha256 == declaration_from("generated").sha256
    assert declaration_from("generated").sha256 != declaration_from("assisted").sha256


def test_names_kept_for_the_dossier(tmp_path: Path) -> None:
    path = tmp_path / "d.toml"
    path.write_text(
        'schema = "labeler.declaration/1"\nai.involvement = "modified"\n'
        '[[element]]\nwhat = "sky"\nfrom = 1.5\non = 2026-11-23\n[[approval]]\nby = "A. B."\n'
    )
    loaded = load_declaration(path)
    assert loaded.declaration.element[0]["what"] == "sky" and len(loaded.sha256) == 64


def test_newer_and_missing_declarations(tmp_path: Path) -> None:
    path = tmp_path / "d.toml"
    with pytest.raises(DeclarationError, match=r"d\.toml: there is no such file") as caught:
        load_declaration(path)
    assert "declare new" in caught.value.remedy
    path.write_text('schema = "labeler.declaration/2"\n[ai]\ninvolvement = "generated"\n')
    with pytest.raises(DeclarationError, match=r"d\.toml:1:1 schema: .*declaration/2 is newer"):
        load_declaration(path)


def test_what_passes_here_is_not_refused_by_the_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "d.toml"

    def load(source_type: str) -> str | None:
        path.write_text(
            f'schema = "labeler.declaration/1"\n[ai]\ninvolvement = "modified"\nsource_type = "{source_type}"\n'
        )
        return load_declaration(path).declaration.ai.source_type

    for code in AI_CODES:
        for spelt in (code, SOURCE_TYPE_PREFIX + code):
            assert load(spelt) == spelt
            assert vocabulary.source_type_of("modified", spelt) == SOURCE_TYPE_PREFIX + code
    others = set(CURRENT_CODES) - set(AI_CODES)
    assert len(others) > 10
    for code in others:
        with pytest.raises(DeclarationError):
            vocabulary.source_type_of("modified", code)
        with pytest.raises(DeclarationError, match=r"d\.toml:4:1 ai\.source_type: must be an IPTC type"):
            load(code)
