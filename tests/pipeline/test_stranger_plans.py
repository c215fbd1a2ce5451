"""Anyone may sign a plan of labeler's own kind: it is judged, never believed, and never stops a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labeler import verify
from labeler.layers.credentials import manifest
from labeler.verdict import Verdict
from tests import pki
from tests.clips import make_clip
from tests.layers.mention_clips import planned, shape

SIGNER = pki.make_signer("A stranger", pki.today())


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("strangers") / "clip.mp4", seconds=1, sound=False)


def signed(clip: Path, target: Path, *mentions: dict[str, Any]) -> Path:
    """The clip with a signed plan whose mentions differ from a good one in these fields."""
    good = planned(shape(640, 360)).model_dump(mode="json", by_alias=True)
    told = [good | changed for changed in mentions]
    stated = {
        "schema": manifest.MENTION_SCHEMA,
        "preset": {"id": "eu-standard", "version": 1, "sha256": "0" * 64},
        "layers": ["mention"],
        "mention": [
            {
                name: dict(zip(manifest.BOX_NAMES, value, strict=True)) if name in manifest.BOXES else value
                for name, value in one.items()
            }
            for one in told
        ],
    }
    definition = pki.created("trainedAlgorithmicMedia")
    assertion = {"label": manifest.MENTION, "data": stated, "created": True, "kind": "Json"}
    definition["assertions"] = [*definition["assertions"], assertion]
    pki.plain_seal(clip, target, definition, SIGNER, verify=False)
    return target


def reasons(verdict: Verdict) -> set[str]:
    return {id for id in verdict.meets["eu-standard"] if id.startswith("mention")}


@pytest.mark.parametrize("track", [7])
def test_a_track_that_is_not_there(track: int, clip: Path, tmp_path: Path) -> None:
    """It is not refused (3): the file opens. What the plan leaves out, the preset asks for."""
    path = signed(clip, tmp_path / "clip.mp4", {"track": track})
    verdict = verify(path, budget=0.1)
    assert verdict.disclosure == "partial" and verdict.layers["mention"] == "not_checked"
    asked = verify(path, preset="eu-standard", budget=0.1)
    assert asked.judged_by is not None and asked.judged_by.plan == "manifest" and asked.outcome == "fail"
    tracks = {check.track: check.status for check in asked.checks if check.id.startswith("mention.p")}
    assert tracks[track] == "not_checked" and tracks[0] in ("fail", "not_checked")
    assert reasons(verdict) == reasons(asked) != set()


def test_a_plan_of_no_track_asks_for_no_less(clip: Path, tmp_path: Path) -> None:
    """A signed plan without a mention is no way around the mention."""
    asked = verify(signed(clip, tmp_path / "clip.mp4"), preset="eu-standard", budget=0.1)
    assert asked.judged_by is not None and asked.judged_by.plan == "manifest"
    assert "mention.presence" in asked.meets["eu-standard"] and asked.outcome == "fail"


@pytest.mark.parametrize(
    "changed",
    [
        {"box": [5000, 5000, 10, 10]},
        {"box": [-5, -5, 100, 20]},
        {"box": [0, 0, 2**31, 2**31]},
        {"intervals": []},
        {"intervals": [{"from": 5, "to": 1}]},
        {"intervals": [{"from": 0, "to": 1e12}]},
        {"font_size": 0},
        {"font_size": 1_000_000},
        {"lines": []},
        {"text": "\0", "lines": ["\0"]},
        {"x_height": 0, "contrast": 0},
    ],
)
@pytest.mark.wide
def test_no_plan_stops_a_verdict(changed: dict[str, Any], clip: Path, tmp_path: Path) -> None:
    path = signed(clip, tmp_path / "clip.mp4", changed)
    for preset in (None, "eu-standard"):
        verdict = verify(path, preset=preset, budget=0.1)
        assert verdict.outcome == "fail" and verdict.layers["mention"] != "pass"
