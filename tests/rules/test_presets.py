"""Presets: the built-in ones hold, each number with its source; names, hashes and warnings."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest

from labeler.errors import DeclarationError, PresetError
from labeler.layers.mention.font import bundled
from labeler.planning import agree
from labeler.rules.declaration import ArtificialIntelligence, Declaration
from labeler.rules.declarations import declaration_from, loaded
from labeler.rules.preset import Layout
from labeler.rules.presets import built_in_folder, check_preset, list_presets, load_preset, rules_in, stale_rules
from labeler.rules.schedule import intervals
from labeler.rules.source_types import Involvement
from tests.layers.mention_clips import planned, shape

MIXED = {"fr": "Contenu généré ou assisté par IA", "en": "AI-generated or AI-assisted content"}
BUILT_IN = {
    "cn-gb45438": {"zh": "AI生成", "en": "AI生成 AI-made"},
    "eu-generated": {"fr": "Contenu généré par IA", "en": "AI-generated content"},
    "eu-modified": {"fr": "Contenu modifié par IA", "en": "AI-modified content"},
    "eu-standard": MIXED,
    "fr-tv-ad": MIXED,
    "vertical-universal": MIXED,
    "youtube-16x9": MIXED,
}
"""The presets there are, in order, with their texts."""
CHECKED = date(2026, 11, 23)
EXPIRES = CHECKED + timedelta(days=180)


def text_of(name: str) -> str:
    return (built_in_folder() / f"{name}.toml").read_text(encoding="utf-8")


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_built_in_presets() -> None:
    loaded = list(list_presets())
    assert [one.preset.id for one in loaded] == list(BUILT_IN)
    for one in loaded:
        preset = one.preset
        assert preset.mention.text == BUILT_IN[preset.id]
        assert set(preset.title) == {"fr", "en"}
        assert one.origin == built_in_folder() / f"{preset.id}.toml"
        layers = preset.layers
        assert (layers.mention, layers.metadata, layers.credentials) == ("required",) * 3
        assert layers.watermark == "optional"
        assert preset.mention.contrast.value == 4.5 and preset.mention.timing.start == 0
        assert (preset.mention.timing.hold.value, preset.mention.timing.repeat_every.value) == (10, 300)


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_number_has_its_source_and_dates(name: str) -> None:
    rules = dict(rules_in(load_preset(name).preset))
    assert len(rules) >= 6
    for place, rule in rules.items():
        assert len(rule.source) > 10 and rule.unit, place
        assert (rule.checked_at, rule.expires) == (CHECKED, EXPIRES), place


def layout_of(name: str, width: int, height: int) -> Layout | None:
    layouts = load_preset(name).preset.mention.layout
    return next((one for one in layouts if one.aspect[0] <= width / height <= one.aspect[1]), None)


def pixels(layout: Layout, width: int, height: int) -> list[float]:
    sides = (height, width, height, width)
    return [percent * side / 100 for percent, side in zip(layout.keep_out.value, sides, strict=True)]


@pytest.mark.parametrize(
    ("name", "width", "height", "anchor", "margins"),
    [
        ("eu-standard", 1920, 1080, "top-right", [54, 96, 54, 96]),
        ("eu-standard", 1080, 1080, "top-right", [54, 54, 54, 54]),
        ("eu-standard", 1080, 1920, "top-right", [96, 54, 96, 54]),
        ("eu-standard", 7680, 320, "top-right", [16, 384, 16, 384]),
        ("eu-modified", 1920, 1080, "top-right", [54, 96, 54, 96]),
        ("fr-tv-ad", 1920, 1080, "bottom-left", [54, 96, 54, 96]),
        ("fr-tv-ad", 768, 576, "bottom-left", [28.8, 38.4, 28.8, 38.4]),
        ("youtube-16x9", 1920, 1080, "top-right", [108, 96, 162, 96]),
        ("vertical-universal", 1080, 1920, "top-left", [288, 192, 672, 65]),
        ("cn-gb45438", 1920, 1080, "top-left", [54, 96, 54, 96]),
        ("cn-gb45438", 1080, 1920, "top-left", [288, 192, 672, 65]),
    ],
)
def test_places_in_pixels(name: str, width: int, height: int, anchor: str, margins: list[float]) -> None:
    layout = layout_of(name, width, height)
    assert layout is not None and layout.anchor == anchor
    assert pixels(layout, width, height) == pytest.approx(margins, abs=0.03)


@pytest.mark.parametrize(
    ("name", "width", "height"),
    [
        ("youtube-16x9", 1080, 1920),
        ("youtube-16x9", 1998, 1080),
        ("vertical-universal", 1920, 1080),
        ("fr-tv-ad", 1080, 1920),
        ("fr-tv-ad", 1080, 1080),
    ],
)
def test_frames_that_a_preset_does_not_hold(name: str, width: int, height: int) -> None:
    assert layout_of(name, width, height) is None


@pytest.mark.parametrize(("name", "involvement"), [("eu-generated", "generated"), ("eu-modified", "modified")])
def test_what_is_wholly_one_thing_is_eu_standard_in_other_words(name: str, involvement: str) -> None:
    preset, standard = load_preset(name).preset, load_preset("eu-standard").preset
    assert (preset.involvement, standard.involvement) == (involvement, None)
    assert preset.mention.model_copy(update={"text": MIXED}) == standard.mention
    assert (preset.layers, preset.credentials) == (standard.layers, standard.credentials)


@pytest.mark.parametrize("involvement", get_args(Involvement))
def test_another_involvement_than_the_presets_is_refused(involvement: Involvement) -> None:
    for name, fixed in (("eu-generated", "generated"), ("eu-modified", "modified")):
        if involvement == fixed:
            agree(load_preset(name), declaration_from(involvement))
            continue
        with pytest.raises(DeclarationError, match=f"{name} is for AI involvement «{fixed}»") as caught:
            agree(load_preset(name), declaration_from(involvement))
        assert caught.value.exit_code == 2
    agree(load_preset("eu-standard"), declaration_from(involvement))


@pytest.mark.parametrize(
    ("preset", "involvement", "code", "agrees"),
    [
        ("eu-generated", "generated", "compositeSynthetic", True),
        ("eu-generated", "generated", "compositeWithTrainedAlgorithmicMedia", False),
        ("eu-modified", "modified", "trainedAlgorithmicMedia", False),
        ("eu-standard", "modified", "trainedAlgorithmicMedia", True),
    ],
)
def test_a_source_type_that_tells_of_another_involvement_is_refused(
    preset: str, involvement: Involvement, code: str, agrees: bool
) -> None:
    ai = ArtificialIntelligence(involvement=involvement, source_type=code)
    declaration = loaded(Declaration(schema="labeler.declaration/1", ai=ai))
    if agrees:
        agree(load_preset(preset), declaration)
        return
    with pytest.raises(DeclarationError, match=f"says «{code}»"):
        agree(load_preset(preset), declaration)


@pytest.mark.parametrize(("width", "height", "least"), [(1920, 1080, 22), (3840, 2160, 44), (1280, 720, 15)])
def test_french_spot_is_legible_as_arpp_asks(width: int, height: int, least: int) -> None:
    """2 % of the height in whole real pixels, however long the spot is and wherever it is shown."""
    rules = load_preset("fr-tv-ad").preset.mention
    for duration in (Fraction(10), Fraction(3600)):
        (shown,) = intervals(rules.timing, duration)
        assert (shown.start, shown.end) == (0, duration)
    plan = planned(shape(width, height), rules)
    assert plan.x_height == height * 2 / 100
    assert plan.font_size * bundled().x_height >= least, "flat letters, as set"
    x, y, box_width, box_height = plan.box
    assert x >= width * 0.05 and y + box_height <= height * 0.95 and x + box_width <= width * 0.95
    assert x - width * 0.05 < 4 and height * 0.95 - y - box_height < 4, "the bottom left corner"


def test_chinese_label_names_ai_and_the_making_in_every_language() -> None:
    """GB 45438-2025: «人工智能» or «AI», and «生成» or «合成»; on the first picture, for two seconds at least."""
    preset = load_preset("cn-gb45438").preset
    for text in preset.mention.text.values():
        assert ("人工智能" in text or "AI" in text) and ("生成" in text or "合成" in text)
    assert preset.mention.timing.start == 0 and preset.mention.timing.hold.value >= 2
    assert preset.mention.mark is None and preset.mention.overlay is None
    assert preset.metadata.aigc == "bare" and load_preset("eu-standard").preset.metadata.aigc is None


def test_an_unknown_name_tells_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PresetError, match="Did you mean «eu-standard»") as caught:
        load_preset("eu-standart")
    assert "youtube-16x9" in caught.value.remedy and "labeler presets list" in caught.value.remedy
    monkeypatch.setenv("LABELER_LANG", "fr")
    with pytest.raises(PresetError, match="Vouliez-vous dire « youtube-16x9 »"):
        load_preset("youtube")


def test_own_presets_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = put(tmp_path, "eu-standard.toml", text_of("eu-standard").replace("value = 2.2", "value = 3.3"))
    put(tmp_path, "._eu-standard.toml", "what a Mac leaves on a share")
    before = load_preset("eu-standard")
    monkeypatch.setenv("LABELER_PRESETS", str(tmp_path))
    after = load_preset("eu-standard")
    assert after.preset.mention.size.value == 3.3 and after.origin == own
    assert after.sha256 != before.sha256
    assert load_preset(str(own)).sha256 == after.sha256
    assert [one.preset.id for one in list_presets()] == list(BUILT_IN)


def test_a_missing_folder_of_own_presets_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_PRESETS", str(tmp_path / "none"))
    with pytest.raises(PresetError, match=r"LABELER_PRESETS names .*none"):
        load_preset("eu-standard")


def test_one_wrong_file_does_not_hide_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "channel.toml", text_of("eu-standard").replace('id = "eu-standard"', 'id = "chanel"'))
    put(tmp_path, "broken.toml", "a = = 1")
    monkeypatch.setenv("LABELER_PRESETS", str(tmp_path))
    listed = list_presets()
    assert [next(listed).preset.id for _ in BUILT_IN] == list(BUILT_IN)
    with pytest.raises(PresetError) as caught:
        next(listed)
    first, second = caught.value.message.split("\n")
    assert "broken.toml:1:5" in first
    assert 'channel.toml:3:1 id: must be "channel"' in second
    with pytest.raises(PresetError, match='must be "channel"'):
        load_preset("channel")
    assert load_preset(str(tmp_path / "channel.toml")).preset.id == "chanel"


def test_the_hash_is_of_the_content_not_of_the_file(tmp_path: Path) -> None:
    text = text_of("eu-standard").replace("min_px = 12, ", "").replace('tsa = "best_effort"\n', "")
    path = put(tmp_path, "mine.toml", "# a comment, and defaults left out\n" + text)
    assert load_preset(str(path)).sha256 == load_preset("eu-standard").sha256


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "new.toml", text_of("eu-standard").replace("labeler.preset/1", "labeler.preset/2"))
    with pytest.raises(PresetError, match=r"new\.toml:2:1 schema: .* newer"):
        load_preset(str(path))


@pytest.mark.parametrize("name", BUILT_IN)
def test_numbers_are_to_be_checked_again(name: str) -> None:
    preset = load_preset(name).preset
    assert not list(stale_rules(preset, EXPIRES))
    stale = {place for place, _ in stale_rules(preset, EXPIRES + timedelta(days=1))}
    assert stale == {place for place, _ in rules_in(preset)}


def test_what_check_tells(tmp_path: Path) -> None:
    good = put(tmp_path, "good.toml", text_of("vertical-universal"))
    checked = check_preset(good, EXPIRES)
    assert checked.preset is not None and not checked.problems and not checked.warnings
    told = check_preset(good, EXPIRES + timedelta(days=1)).warnings
    assert f"{good}:18:1 mention.size: expired on 2027-05-22; look at its source again." in told

    bad = put(
        tmp_path, "bad.toml", text_of("eu-standard").replace('mark = "AI"', 'marc = "AI"').replace("version = 1", "")
    )
    checked = check_preset(bad, EXPIRES)
    assert checked.preset is None and not checked.warnings
    assert [line.split(" ", 1)[0] for line in checked.problems[1:]] == [f"{bad}:1:1", f"{bad}:16:1"]


def test_an_old_safe_zone_is_told_where_it_names_no_date_itself(tmp_path: Path) -> None:
    text = text_of("vertical-universal").replace(", expires = 2027-05-22", "")
    path = put(tmp_path, "own.toml", text)
    assert not check_preset(path, EXPIRES).warnings
    (told,) = check_preset(path, EXPIRES + timedelta(days=1)).warnings
    assert "mention.layout[0].keep_out: this safe zone was checked on 2026-11-23, more than 180 days ago." in told
