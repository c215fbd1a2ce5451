"""Presets: the built-in ones hold, each number with its source; names, hashes and schedules."""

from __future__ import annotations

import itertools
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import PresetError
from labeler.rules.preset import Number, Timing
from labeler.rules.presets import built_in_folder, expired_rules, list_presets, load_preset, rules_in
from labeler.rules.schedule import intervals
from labeler.rules.schemas import FORMATS, schema_of

BUILT_IN = ["eu-standard", "vertical-universal", "youtube-16x9"]
FRENCH = "Contenu généré ou assisté par IA"


def test_built_in_presets() -> None:
    assert [loaded.preset.id for loaded in list_presets()] == BUILT_IN
    for loaded in list_presets():
        assert loaded.preset.mention.text["fr"] == FRENCH
        assert set(loaded.preset.mention.text) == {"fr", "en"} == set(loaded.preset.title)
        assert loaded.origin.stem == loaded.preset.id


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_number_has_its_source(name: str) -> None:
    rules = rules_in(load_preset(name).preset, "")
    assert len(rules) >= 6
    for path, rule in rules:
        assert len(rule.source) > 10, path
        assert rule.checked_at >= date(2026, 1, 1), path
    assert not expired_rules(load_preset(name).preset, date(2027, 5, 22))
    assert expired_rules(load_preset(name).preset, date(2027, 5, 23))


def test_an_unknown_name_tells_the_nearest() -> None:
    with pytest.raises(PresetError, match="eu-standard") as caught:
        load_preset("eu-standart")
    assert "youtube-16x9" in caught.value.remedy


def test_own_presets_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (built_in_folder() / "eu-standard.toml").read_text(encoding="utf-8")
    (tmp_path / "eu-standard.toml").write_text(text.replace("value = 2.2", "value = 3.3"), encoding="utf-8")
    before = load_preset("eu-standard")
    monkeypatch.setenv("LABELER_PRESETS", str(tmp_path))
    after = load_preset("eu-standard")
    assert after.preset.mention.size.value == 3.3
    assert after.sha256 != before.sha256
    assert load_preset(str(tmp_path / "eu-standard.toml")).sha256 == after.sha256


def test_the_hash_is_of_the_content_not_of_the_file(tmp_path: Path) -> None:
    text = (built_in_folder() / "eu-standard.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text("# a comment\n" + text, encoding="utf-8")
    assert load_preset(str(path)).sha256 == load_preset("eu-standard").sha256


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    text = (built_in_folder() / "eu-standard.toml").read_text(encoding="utf-8")
    path = tmp_path / "new.toml"
    path.write_text(text.replace("labeler.preset/1", "labeler.preset/2"), encoding="utf-8")
    with pytest.raises(PresetError, match="newer"):
        load_preset(str(path))


def timing(start: float, limit: float, hold: float, every: float) -> Timing:
    def number(value: float) -> Number:
        return Number(value=value, source="a test", checked_at=date(2026, 1, 1), confidence="choice")

    return Timing(start=start, persistent_up_to=number(limit), hold=number(hold), repeat_every=number(every))


EU = timing(0, 180, 10, 300)


def test_short_video_shows_it_throughout() -> None:
    (shown,) = intervals(EU, Fraction(180))
    assert (shown.start, shown.end) == (0, 180)


def test_long_video_shows_it_again_and_again() -> None:
    shown = intervals(EU, Fraction(601))
    assert [(float(one.start), float(one.end)) for one in shown] == [(0, 10), (300, 310), (600, 601)]


def test_the_last_picture_is_covered() -> None:
    duration = Fraction(1001 * 50, 30000)
    (shown,) = intervals(EU, duration)
    assert shown.end >= duration and shown.end - duration < Fraction(1, 1_000_000)


@given(
    st.fractions(min_value=Fraction(1, 1000), max_value=20000),
    st.integers(1, 300),
    st.integers(1, 30),
    st.integers(1, 600),
)
def test_schedule_laws(duration: Fraction, limit: int, hold: int, every: int) -> None:
    shown = intervals(timing(0, limit, hold, every), duration)
    assert shown and shown[0].start == 0
    assert all(one.start < one.end for one in shown)
    assert all(first.end <= second.start for first, second in itertools.pairwise(shown))
    assert all(second.start - first.start == every for first, second in itertools.pairwise(shown))
    assert shown[-1].end <= duration + Fraction(1, 1_000_000)
    if len(shown) > 1:
        assert duration - shown[-1].start <= every


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_schemas_are_those_of_the_types(name: str) -> None:
    """After a change of a type: `make schemas`."""
    folder = Path(__file__).parents[2] / "docs" / "schemas"
    assert (folder / f"{name}.schema.json").read_text(encoding="utf-8") == schema_of(name)
