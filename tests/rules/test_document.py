"""What people write: every mistake at once, with its line and column, in both languages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import DeclarationError, PresetError, UsageError
from labeler.rules.declaration import Declaration
from labeler.rules.document import Document, expect_schema, parse_document, read_document, validate
from labeler.rules.preset import Preset, Size
from labeler.rules.presets import built_in_folder

THREE_MISTAKES = """schema = "labeler.declaration/1"
[work]
titel = "x"
[ai]
involvement = "generatd"
[[ai.system]]
name = "One"
[[ai.system]]
  version = "3"
"""


def mistakes_of(text: str, model: type[Preset] | type[Declaration] | type[Size] = Declaration) -> list[str]:
    with pytest.raises(DeclarationError) as caught:
        validate(parse_document(text, "d.toml", DeclarationError), model, DeclarationError)
    head, *told = caught.value.message.split("\n")
    assert head == f"d.toml: {len(told)} mistake{'s' if len(told) > 1 else ''}."
    assert caught.value.file == "d.toml" and "d.toml" in caught.value.remedy
    return told


def test_all_mistakes_in_the_order_of_the_file() -> None:
    assert mistakes_of(THREE_MISTAKES) == [
        "d.toml:3:1 work.titel: unknown key; did you mean «title»?",
        'd.toml:5:1 ai.involvement: "generatd" is not one of "generated", "modified", "assisted".'
        " Did you mean «generated»?",
        "d.toml:8:1 ai.system[1].name: missing.",
    ]


def test_mistakes_in_french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LANG", "fr")
    with pytest.raises(DeclarationError) as caught:
        validate(parse_document(THREE_MISTAKES, "d.toml", DeclarationError), Declaration, DeclarationError)
    assert caught.value.message.split("\n") == [
        "d.toml : 3 fautes.",
        "d.toml:3:1 work.titel: clé inconnue ; vouliez-vous dire « title » ?",
        'd.toml:5:1 ai.involvement: "generatd" n\'est pas parmi "generated", "modified", "assisted".'
        " Vouliez-vous dire « generated » ?",
        "d.toml:8:1 ai.system[1].name: manque.",
    ]


# Each edit of eu-standard makes one mistake; the key and a word of its sentence are told.
ONE_MISTAKE = {
    "quoted number": ("value = 2.2,", 'value = "2.2",', "mention.size.value", "a number, without quotes"),
    "negative": ("value = 2.2,", "value = -1,", "mention.size.value", "more than 0, not -1"),
    "above": ("value = 2.2,", "value = 60,", "mention.size.value", "at most 50, not 60"),
    "not finite": ("value = 2.2,", "value = inf,", "mention.size.value", "finite"),
    "too small": ("min_px = 12", "min_px = 11", "mention.size.min_px", "at least 12, not 11"),
    "fraction": ("version = 1", "version = 1.5", "version", "whole number"),
    "huge": ("version = 1", "version = 9007199254740993", "version", "too large"),
    "truth": ("version = 1", "version = true", "version", "whole number"),
    "date": ("2026-11-23, expires", '"2026-11-23", expires', "mention.size.checked_at", "a date such as"),
    "expires first": ("expires = 2027-05-22", "expires = 2026-01-01", "mention.size.expires", "later than"),
    "no source": ('source = "WCAG 2.2 SC 1.4.3 (text)", ', "", "mention.contrast.source", "missing"),
    "empty source": ('"WCAG 2.2 SC 1.4.3 (text)"', '" "', "mention.contrast.source", "must not be empty"),
    "table": ("[layers]", "[title2]", "title2", "unknown key"),
    "not a table": ("title = {", "title = 3 # {", "title", "must be a table"),
    "no language": ("title = {fr", "title = {French", "title.French", "no language"),
    "empty text": ('"Contenu généré ou assisté par IA"', '""', "mention.text.fr", "must not be empty"),
    "control": ('mark = "AI"', 'mark = "A\\u0007I"', "mention.mark", "U+0007"),
    "two lines": ('mark = "AI"', 'mark = "A\\nI"', "mention.mark", "one line"),
    "overlay": ('mark = "AI"', 'overlay = "logo.png"', "mention.overlay", "was not read"),
    "unit": ('180, unit = "s"', '3, unit = "min"', "mention.timing.persistent_up_to", 'unit must be "s"'),
    "ratio": ('4.5, unit = "ratio"', '45, unit = "ratio"', "mention.contrast", "between 1 and 21"),
    "flash": ("hold = {value = 10", "hold = {value = 0.1", "mention.timing.hold", "at least 1 second"),
    "repeat": ("every = {value = 300", "every = {value = 9", "mention.timing.repeat_every", "less than hold"),
    "margins": ("{value = [5, 5, 5, 5]", "{value = [50, 5, 50, 5]", "mention.layout[0].keep_out.value", "less than"),
    "three margins": ("{value = [5, 5, 5, 5]", "{value = [5, 5, 5]", "mention.layout[0].keep_out.value", "too short"),
    "five margins": ("= [5, 5, 5, 5]", "= [5, 5, 5, 5, 5]", "mention.layout[0].keep_out.value", "too long"),
    "aspect": ("[1.0, 100.0]", "[100.0, 1.0]", "mention.layout[0].aspect", "rise"),
    "anchor": ('"top-right"', '"topright"', "mention.layout[0].anchor", "Did you mean «top-right»?"),
    "choice": ('tsa = "best_effort"', "tsa = true", "credentials.tsa", "true is not one of"),
    "id": ('id = "eu-standard"', 'id = "EU standard"', "id", "does not have the form"),
    "watermark": ('watermark = "optional"', 'watermark = "required"', "layers.watermark", "no watermark"),
    "alias": ('schema = "', 'schema_ = "', "schema_", "did you mean «schema»?"),
}


@pytest.mark.parametrize("name", ONE_MISTAKE)
def test_each_kind_of_mistake_is_told_at_its_place(name: str) -> None:
    before, after, path, words = ONE_MISTAKE[name]
    good = (built_in_folder() / "eu-standard.toml").read_text(encoding="utf-8")
    assert before in good
    text = good.replace(before, after, 1)
    line = good[: good.index(before)].count("\n") + 1
    told = [one for one in mistakes_of(text, Preset) if f" {path}: " in one]
    assert len(told) == 1 and words in told[0]
    assert told[0].startswith(f"d.toml:{line}:")


def test_a_preset_that_requires_nothing_is_refused() -> None:
    good = (built_in_folder() / "eu-standard.toml").read_text(encoding="utf-8")
    (told,) = mistakes_of(good.replace('= "required"', '= "off"'), Preset)
    assert told.startswith("d.toml:7:1 layers: at least one layer must be")


def test_a_key_of_a_layer_that_is_off_is_refused() -> None:
    good = (built_in_folder() / "cn-gb45438.toml").read_text(encoding="utf-8")
    (told,) = mistakes_of(good.replace('metadata = "required"', 'metadata = "off"'), Preset)
    assert " metadata: aigc is written with the layer metadata" in told


def test_a_table_where_a_list_of_tables_belongs() -> None:
    text = 'schema = "labeler.declaration/1"\n[ai]\ninvolvement = "generated"\n[ai.system]\nname = "One"\n'
    assert mistakes_of(text) == ["d.toml:4:1 ai.system: must be a list of tables: [[ai.system]]."]


def test_what_json_cannot_hold_is_told_in_free_tables_too() -> None:
    text = (
        'schema = "labeler.declaration/1"\n[ai]\ninvolvement = "generated"\n[risk]\na = [1, nan]\nb = 2.5\nc = 1e400\n'
    )
    assert mistakes_of(text) == [
        "d.toml:5:9 risk.a[1]: must be a finite number.",
        "d.toml:7:1 risk.c: must be a finite number.",
    ]


def test_the_words_of_the_library_do_not_get_through() -> None:
    good = (built_in_folder() / "eu-standard.toml").read_text(encoding="utf-8")
    for before, after, _, _ in ONE_MISTAKE.values():
        for told in mistakes_of(good.replace(before, after, 1), Preset):
            assert not any(
                word in told for word in ("Input should", "Field required", "Value error", "pydantic", "[type")
            )


SYNTAX = {
    "a = 1\nb = = 2\n": "p.toml:2:5 this is no value",
    "a = [1,\n2\n": "p.toml:3:1 «]» is missing",
    "a = 1\na = 2\n": "p.toml:2:6 this key stands here twice.",
    "[a]\n[a]\n": "p.toml:2:3 this table stands here twice.",
    "x = 1\n[a\n": "p.toml:2:3 «]» is missing",
    "size = {value = 2,2}": "p.toml:1:20 a key without «=» after it; a decimal number is written with a point.",
    'a = "x': "p.toml:1:7 the text in quotes does not end.",
    'a = "C:\\videos"': "p.toml:1:10 a «\\» in double quotes",
    "a = 2026-02-31": "p.toml:1:5 there is no such date.",
    "a = " + "9" * 5000: "p.toml:1:1 a number has too many digits.",
    "a = " + "[" * 5000: "p.toml: nested too deeply.",
    "a" + ".a" * 50 + " = 1": "p.toml: nested too deeply.",
}


@pytest.mark.parametrize("text", SYNTAX, ids=lambda text: text[:12])
def test_a_syntax_mistake_has_its_place(text: str) -> None:
    with pytest.raises(PresetError) as caught:
        parse_document(text, "p.toml", PresetError)
    assert caught.value.message.startswith(SYNTAX[text])


@given(st.text(alphabet="a.=[]{}\"'#\n\\ ,1é-:", max_size=30))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        document = parse_document(text, "p.toml", PresetError)
    except PresetError as error:
        assert error.message.startswith("p.toml:") and "\n" not in error.message
        assert "at line" not in error.message and "end of document" not in error.message
    else:
        assert set(document.value) == {path[0] for path in document.positions}


def refused(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        read_document(path, PresetError)
    assert type(caught.value) is PresetError
    return caught.value.message.replace(str(path), path.name)


def test_files_that_are_no_documents(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    assert refused(path) == "p.toml: there is no such file."
    path.write_bytes(b"a = 1\nb = '\xff'\n")
    assert refused(path) == "p.toml:2: not UTF-8 text."
    path.write_bytes(b"a = '" + b"x" * 1_000_000 + b"'")
    assert refused(path) == "p.toml: larger than 1 MB."
    assert refused(path / "q.toml") == "q.toml: there is no such file."
    assert refused(tmp_path).endswith(": a folder, not a file.")
    os.mkfifo(tmp_path / "pipe.toml")
    assert refused(tmp_path / "pipe.toml") == "pipe.toml: a pipe or a device, not a file."


def test_files_as_windows_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\n[b]\r\nc = 2\r\n")
    document = read_document(path, PresetError)
    assert document.value == {"a": 1, "b": {"c": 2}}
    assert document.told(("b", "c"), "here").endswith("p.toml:3:1 b.c: here")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("labeler.preset/2", "p.toml:2:1 schema: labeler.preset/2 is newer"),
        ("labeler.declaration/1", "p.toml:2:1 schema: this file is a labeler.declaration/1, not a labeler.preset/1."),
    ],
)
def test_another_schema_is_told_before_all_else(schema: str, words: str) -> None:
    document = parse_document(f'\nschema = "{schema}"\nunknown = 1\n', "p.toml", PresetError)
    with pytest.raises(PresetError) as caught:
        expect_schema(document, "labeler.preset/1", PresetError)
    assert caught.value.message.startswith(words)


def test_a_missing_key_stands_where_its_table_stands() -> None:
    document = parse_document("[a.b]\nc = 1\n", "p.toml", PresetError)
    assert isinstance(document, Document)
    assert document.told(("a", "x"), "missing.") == "p.toml:1:1 a.x: missing."
    assert document.told(("a", "b", "x y"), "missing.") == 'p.toml:1:1 a.b."x y": missing.'
