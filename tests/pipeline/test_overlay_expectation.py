"""A foreign plan with an overlay is held to the preset that was asked for: its image, its kind, its numbers."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from labeler.expectation import measured_against
from labeler.layers.mention import typeset
from labeler.layers.mention.read import read
from labeler.media.frames import FrameReader
from labeler.rules.plan import MentionPlan
from labeler.rules.presets import LoadedPreset, load_preset
from labeler.verdict import LayerState
from tests.layers.mention_clips import interval, make, shape
from tests.overlays import icon, other_icon, png
from tests.rules.test_overlay import ALONE, BESIDE, preset_with

FORMAT = shape(768, 432)


def nobody_vouches() -> bool:
    return False


@pytest.fixture
def preset(tmp_path: Path) -> LoadedPreset:
    (tmp_path / "icon.png").write_bytes(png(icon()))
    return load_preset(str(preset_with(ALONE, tmp_path, alone=True)))


def plan_of(preset: LoadedPreset) -> MentionPlan:
    return typeset.plan_mention(
        preset.preset.mention, language="fr", track=0, format=FORMAT, duration=Fraction(4), intervals=(interval(0, 4),)
    )


def state_by(path: Path, plan: MentionPlan, preset: LoadedPreset) -> LayerState:
    with FrameReader(path, 0, threads=1) as frames:
        return read(frames, measured_against(partial(FrameReader, path), plan, preset, nobody_vouches)).state


def test_its_own_preset_passes(preset: LoadedPreset, tmp_path: Path) -> None:
    plan = plan_of(preset)
    path = make(tmp_path / "clip.mkv", (plan,), FORMAT)
    assert measured_against(partial(FrameReader, path), plan, preset, nobody_vouches) == plan
    assert state_by(path, plan, preset) is LayerState.PASS


def test_a_plan_that_asks_for_less_is_held_to_the_preset(preset: LoadedPreset, tmp_path: Path) -> None:
    plan = plan_of(preset)
    assert plan.overlay is not None
    small = plan.overlay.model_copy(update={"height": 18, "least_height": 18.0, "contrast": 1.1})
    less = plan.model_copy(update={"overlay": small, "box": (*plan.box[:2], 28, 28)})
    path = make(tmp_path / "clip.mkv", (less,), FORMAT)
    held = measured_against(partial(FrameReader, path), less, preset, nobody_vouches)
    assert held.overlay is not None and (held.overlay.least_height, held.overlay.contrast) == (25.92, 4.5)
    assert state_by(path, less, preset) is LayerState.FAIL


def test_a_plan_of_another_image_is_held_to_the_presets(preset: LoadedPreset, tmp_path: Path) -> None:
    (tmp_path / "icon.png").write_bytes(png(other_icon()))
    other = plan_of(load_preset(str(preset.origin)))
    path = make(tmp_path / "clip.mkv", (other,), FORMAT)
    assert state_by(path, other, preset) in (LayerState.FAIL, LayerState.ABSENT)


def test_an_image_alone_is_no_text_beside_an_image(tmp_path: Path) -> None:
    """Anyone may sign a plan with the preset's words and image and no lines: the text would not be looked for."""
    (tmp_path / "icon.png").write_bytes(png(icon()))
    beside = load_preset(str(preset_with(BESIDE, tmp_path)))
    alone = plan_of(load_preset(str(preset_with(ALONE, tmp_path, alone=True))))
    forged = alone.model_copy(update={"text": plan_of(beside).text})
    path = make(tmp_path / "clip.mkv", (forged,), FORMAT)
    assert measured_against(partial(FrameReader, path), forged, beside, nobody_vouches).lines
    assert state_by(path, forged, beside) in (LayerState.FAIL, LayerState.ABSENT)
