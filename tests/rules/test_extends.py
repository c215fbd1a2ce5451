"""`extends`: a preset is the other one with its own keys over it; every mistake is told where its key stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from labeler.errors import PresetError
from labeler.rules.presets import MOST_IN_CHAIN, check_preset, list_presets, load_preset
from labeler.rules.schemas import schema_of
from tests.overlays import icon, png
from tests.rules.test_overlay import ALONE, BESIDE, RULE
from tests.rules.test_presets import BUILT_IN, CHECKED, EXPIRES, put, text_of

HEAD = 'schema = "labeler.preset/1"\nid = "{id}"\nversion = 1\ntitle = {{fr = "La mienne", en = "Mine"}}\n'


def own(folder: Path, name: str, extends: str, rest: str = "") -> Path:
    return put(folder, f"{name}.toml", HEAD.format(id=name) + f'extends = "{extends}"\n' + rest)


def mistakes(path: Path) -> str:
    with pytest.raises(PresetError) as caught:
        load_preset(str(path))
    assert caught.value.exit_code == 2
    assert check_preset(path, CHECKED).problems == tuple(caught.value.message.split("\n"))
    return caught.value.message


def test_everything_is_taken_but_the_name(tmp_path: Path) -> None:
    mine, eu = load_preset(str(own(tmp_path, "mine", "eu-standard"))).preset, load_preset("eu-standard").preset
    assert (mine.id, mine.version, mine.title["en"], mine.extends) == ("mine", 1, "Mine", "eu-standard")
    assert (mine.mention, mine.layers, mine.credentials) == (eu.mention, eu.layers, eu.credentials)


def test_tables_are_joined_and_lists_replaced(tmp_path: Path) -> None:
    rest = f"""
[layers]
watermark = "off"
[mention]
text = {{fr = "Autre"}}
size = {{min_px = 20}}
[[mention.layout]]
aspect = [1.0, 2.0]
anchor = "bottom"
keep_out = {{value = [1, 2, 3, 4], {RULE}}}
[mention.timing]
start = 1.5
"""
    mine, eu = load_preset(str(own(tmp_path, "mine", "eu-standard", rest))).preset, load_preset("eu-standard").preset
    assert mine.layers == eu.layers.model_copy(update={"watermark": "off"})
    assert mine.mention.text == {"fr": "Autre", "en": "AI-generated or AI-assisted content"}
    assert eu.mention.size is not None
    assert mine.mention.size == eu.mention.size.model_copy(update={"min_px": 20})
    (layout,) = mine.mention.layout
    assert (layout.anchor, layout.keep_out.value) == ("bottom", (1, 2, 3, 4))
    assert mine.mention.timing == eu.mention.timing.model_copy(update={"start": 1.5})
    assert mine.mention.contrast == eu.mention.contrast


def test_another_value_needs_its_own_source(tmp_path: Path) -> None:
    """The source of 2.2 % says nothing of 3 %."""
    path = own(tmp_path, "mine", "eu-standard", "[mention]\nsize = {value = 3}\n")
    told = mistakes(path)
    for key in ("source", "checked_at", "confidence"):
        assert f"{path}:7:1 mention.size.{key}: missing." in told
    own(tmp_path, "mine", "eu-standard", f"[mention]\nsize = {{value = 3, {RULE}}}\n")
    size = load_preset(str(path)).preset.mention.size
    assert size is not None and (size.value, size.source, size.expires) == (3, "a test", None)


def test_hash_is_that_of_the_same_preset_in_one_file(tmp_path: Path) -> None:
    text = text_of("eu-standard").replace('id = "eu-standard"', 'id = "mine"').replace("version = 1", "version = 7")
    full = put(tmp_path, "full.toml", text.replace('mark = "AI"', 'mark = "KI"'))
    title = next(line for line in text.splitlines() if line.startswith("title"))
    head = f'schema = "labeler.preset/1"\nid = "mine"\nversion = 7\n{title}\n'
    short = put(tmp_path, "short.toml", head + 'extends = "eu-standard"\nmention.mark = "KI"\n')
    assert load_preset(str(short)).sha256 == load_preset(str(full)).sha256
    assert load_preset(str(short)).preset.model_dump() == load_preset(str(full)).preset.model_dump()


def test_by_path_from_the_extending_file_and_by_own_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, client = tmp_path / "house", tmp_path / "house" / "client"
    client.mkdir(parents=True)
    own(house, "house", "eu-standard", '[mention]\nmark = "KI"\n')
    own(client, "by-path", "../house.toml")
    own(client, "by-id", "house")
    monkeypatch.chdir("/")
    assert load_preset(str(client / "by-path.toml")).preset.mention.mark == "KI"
    assert "no preset «house»" in mistakes(client / "by-id.toml")
    monkeypatch.setenv("LABELER_PRESETS", str(house))
    assert load_preset(str(client / "by-id.toml")).preset.mention.mark == "KI"
    assert [one.preset.id for one in list_presets()] == sorted([*BUILT_IN, "house"])


def test_own_preset_extends_the_built_in_one_of_its_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own(tmp_path, "eu-standard", "eu-standard", '[mention]\nmark = "KI"\n')
    own(tmp_path, "mine", "eu-standard")
    monkeypatch.setenv("LABELER_PRESETS", str(tmp_path))
    assert load_preset("eu-standard").preset.mention.mark == "KI"
    assert load_preset("mine").preset.mention.mark == "KI"


def test_loops_are_refused_by_name(tmp_path: Path) -> None:
    one, two, three = (tmp_path / f"{name}.toml" for name in ("one", "two", "three"))
    for name, extends in (("one", "two.toml"), ("two", "three.toml"), ("three", f"../{tmp_path.name}/one.toml")):
        own(tmp_path, name, extends)
    told = mistakes(one)
    assert told.startswith(f"{three}:5:1 extends: the presets extend each other: {one} → {two} → {three} → ")
    itself = own(tmp_path, "itself", "itself.toml")
    assert f"{itself}:5:1 extends: the presets extend each other" in mistakes(itself)


def test_chains_are_bounded(tmp_path: Path) -> None:
    put(tmp_path, "p1.toml", text_of("eu-standard").replace("eu-standard", "p1"))
    for number in range(2, MOST_IN_CHAIN + 2):
        own(tmp_path, f"p{number}", f"p{number - 1}.toml")
    assert load_preset(str(tmp_path / f"p{MOST_IN_CHAIN}.toml")).preset.mention.mark == "AI"
    told = mistakes(tmp_path / f"p{MOST_IN_CHAIN + 1}.toml")
    assert told == f"{tmp_path / 'p2.toml'}:5:1 extends: more than 8 presets extend one another."


@pytest.mark.parametrize(
    ("extends", "words"),
    [
        ('"eu-standart"', "There is no preset «eu-standart». Did you mean «eu-standard»?"),
        ('"none.toml"', "there is no file none.toml from here."),
        ('"../none/x.toml"', "there is no file ../none/x.toml from here."),
        ('"a\\u0000b.toml"', "there is no file"),
        ('"pipe.toml"', "there is no file pipe.toml"),
        (f'"{"x" * 300}.toml"', "there is no file"),
        ('""', "There is no preset «»."),
        ("3", "must be a text in quotes."),
        ('["eu-standard"]', "must be a text in quotes."),
    ],
)
def test_what_cannot_be_extended(extends: str, words: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")  # opening it would wait for ever
    path = put(tmp_path, "mine.toml", HEAD.format(id="mine") + f"extends = {extends}\n")
    assert f"{path}:5:1 extends: {words}" in mistakes(path)


def test_mistakes_of_the_other_name_its_file(tmp_path: Path) -> None:
    text = text_of("eu-standard").replace('mark = "AI"', 'marc = "AI"').replace("value = 2.2", "value = 60")
    base = put(tmp_path, "base.toml", text)
    path = own(tmp_path, "mine", "base.toml", '[mention]\nmark = "KI"\n')
    told = mistakes(path)
    assert told.startswith(f"{base}: 2 mistakes.")
    assert f"{base}:16:1 mention.marc: unknown key" in told and f"{base}:19:" in told and "mine.toml" not in told
    base.write_text("a = = 1")
    assert f"{base}:1:5" in mistakes(path)
    base.write_text(HEAD.format(id="base").replace("preset/1", "preset/2"))
    assert f"{base}:1:1 schema: labeler.preset/2 is newer" in mistakes(path)


def test_mistakes_of_both_name_the_file_where_the_key_stands(tmp_path: Path) -> None:
    """A number of one's own may be wrong beside one of the other's: that one is told where it stands."""
    hold = f"[mention]\nsize = {{min_px = 1}}\n[mention.timing]\nhold = {{value = 400, {RULE}}}\n"
    base = put(tmp_path, "base.toml", text_of("eu-standard"))
    path = own(tmp_path, "mine", "base.toml", "nonsense = 1\n" + hold)
    lines = mistakes(path).split("\n")
    assert lines[0] == f"{path}: 3 mistakes."
    assert lines[1].startswith(f"{path}:6:1 nonsense: unknown key")
    assert lines[2].startswith(f"{path}:8:9 mention.size.min_px: ")
    assert lines[3].startswith(f"{base}:38:1 mention.timing.repeat_every: must not be less than hold.")


def test_a_mistake_made_by_joining_stands_in_the_extending_file(tmp_path: Path) -> None:
    rest = '[layers]\nmention = "off"\nmetadata = "off"\ncredentials = "off"\n'
    path = own(tmp_path, "none", "eu-standard", rest)
    line = path.read_text(encoding="utf-8").split("\n").index("[layers]") + 1
    assert f'none.toml:{line}:1 layers: at least one layer must be "required".' in mistakes(path)


def test_warnings_name_the_file_where_the_number_stands(tmp_path: Path) -> None:
    base = put(tmp_path, "base.toml", text_of("eu-standard"))
    rest = f"[mention]\nsize = {{value = 3, expires = 2026-12-24, {RULE}}}\n"
    path = own(tmp_path, "mine", "base.toml", rest)
    assert not check_preset(path, CHECKED).warnings
    told = check_preset(path, date(2027, 6, 1)).warnings
    assert told[0].startswith(f"{path}:7:1 mention.size: expired on 2026-12-24")
    assert told[1].startswith(f"{base}:20:1 mention.contrast: expired on {EXPIRES}")


def test_what_stands_in_the_file_itself_is_its_own_to_say(tmp_path: Path) -> None:
    path = put(tmp_path, "mine.toml", 'schema = "labeler.preset/1"\nextends = "eu-standard"\n')
    assert [line.split(" ", 1)[1] for line in mistakes(path).split("\n")[1:]] == [
        "id: missing.",
        "title: missing.",
        "version: missing.",
    ]


def test_a_preset_by_id_is_named_as_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = put(tmp_path, "other.toml", text_of("eu-standard"))
    path = own(tmp_path, "mine", "other")
    monkeypatch.setenv("LABELER_PRESETS", str(tmp_path))
    assert f'{other}:3:1 id: must be "other"' in mistakes(path)


def test_an_image_is_found_beside_the_file_that_names_it(tmp_path: Path) -> None:
    house, client = tmp_path / "house", tmp_path / "client"
    house.mkdir()
    client.mkdir()
    (house / "icon.png").write_bytes(png(icon()))
    own(house, "house", "eu-standard", f"[mention]\n{BESIDE}\n")
    path = own(client, "client", "../house/house.toml")
    mention = load_preset(str(path)).preset.mention
    assert mention.overlay is not None and mention.mark is None, "an image takes the place of the mark"
    assert mention.text["fr"] == "Contenu généré ou assisté par IA"
    (house / "icon.png").unlink()
    assert f"{client}/../house/house.toml:7:1 mention.overlay: the image icon.png" in mistakes(path)


def test_an_image_alone_takes_the_place_of_the_text_and_back(tmp_path: Path) -> None:
    (tmp_path / "icon.png").write_bytes(png(icon()))
    alone = own(tmp_path, "alone", "eu-standard", f"[mention]\n{ALONE}\n")
    mention = load_preset(str(alone)).preset.mention
    assert mention.overlay is not None and not mention.text and mention.size is None and mention.mark is None
    text = f'[mention]\ntext = {{fr = "IA"}}\nmark = "AI"\nsize = {{value = 3, {RULE}}}\n'
    mention = load_preset(str(own(tmp_path, "back", "alone.toml", text))).preset.mention
    assert mention.text == {"fr": "IA"} and mention.mark == "AI"
    assert mention.overlay is None and mention.overlay_size is None and mention.overlay_text is None


def test_schema_asks_an_extending_preset_for_its_name_alone() -> None:
    schema = json.loads(schema_of("preset"))
    assert schema["required"] == ["schema", "id", "version", "title"]
    assert schema["if"] == {"required": ["extends"]}
    assert schema["else"]["required"] == ["layers", "mention"]
    assert schema["else"]["properties"]["mention"] == {"$ref": "#/$defs/MentionRules"}
    assert schema["properties"]["mention"] == {"$ref": "#/$defs/PartMentionRules"}
    part = schema["$defs"]["PartMentionRules"]
    assert "required" not in part and part["properties"]["contrast"] == {"$ref": "#/$defs/PartNumber"}
    assert part["properties"]["layout"]["items"] == {"$ref": "#/$defs/Layout"}
    assert "required" in schema["$defs"]["MentionRules"]


def test_commands_tell_the_joined_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_PRESETS", str(tmp_path))
    monkeypatch.setenv("LABELER_LANG", "en")
    path = own(tmp_path, "mine", "eu-standard", '[mention]\nmark = "KI"\n')

    def command(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run([sys.executable, "-m", "labeler", "presets", *arguments], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    code, out, _ = command("show", "mine")
    shown = json.loads(out)
    assert code == 0 and shown["mention"]["mark"] == "KI" and shown["layers"]["mention"] == "required"
    assert "extends" not in shown
    code, out, _ = command("list", "--json")
    (listed,) = [one for one in map(json.loads, out.splitlines()) if one["id"] == "mine"]
    assert code == 0 and (listed["sha256"], listed["origin"]) == (load_preset("mine").sha256, str(path))
    assert command("check", str(path))[0] == 0
    own(tmp_path, "mine", "mine.toml")
    code, _, err = command("check", str(path))
    assert code == 2 and f"{path}:5:1 extends: the presets extend each other" in err
