"""The good outputs that sabotages start from: made once, by the same stages that `label` goes through."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labeler import pipeline, planning, release
from labeler.layers.credentials import identity as identities
from labeler.layers.credentials.trust import load_trust
from labeler.layers.registry import LAYERS
from labeler.pipeline import Order
from labeler.rules.declarations import load_declaration
from labeler.rules.presets import built_in_folder, load_preset
from labeler.rules.programme import Programme, asked
from tests.clips import make_clip
from tests.faults.harness import Good
from tests.overlays import icon, png
from tests.rules.test_overlay import ALONE, BESIDE, preset_with

DECLARATION = """schema = "labeler.declaration/1"
[work]
title = "Test film"
producer = "001191110000000000000X00001"
[ai]
involvement = "generated"
oversight = "human_validated"
[[ai.system]]
name = "Example Model"
version = "3"
"""


@pytest.fixture(scope="session", autouse=True)
def tools() -> None:
    """Sabotage needs tools that are not labeler's: without them there is nothing to test, and that is said."""
    for tool in ("ffmpeg", "exiftool"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not on this machine: no sabotage with it")


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """A labelled MP4 with sound, chapters, tags, timecode and captions, that the gate released."""
    folder = tmp_path_factory.mktemp("good")
    source = make_clip(folder / "clip.mp4", seconds=4, chapters=True, captions=True, tags={"timecode": "01:00:00:00"})
    return make_good(folder, source)


@pytest.fixture(scope="session")
def good_mkv(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """The same in Matroska, whose credentials stand in a sidecar."""
    folder = tmp_path_factory.mktemp("good_mkv")
    return make_good(folder, make_clip(folder / "clip.mkv", seconds=4))


@pytest.fixture(scope="session")
def good_hdr(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """The same in HDR: PQ in 10 bits with the primaries of BT.2020, a mastering display and light levels."""
    folder = tmp_path_factory.mktemp("good_hdr")
    display = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    options = {"x264-params": f"mastering-display={display}:cll=1000,400"}
    source = make_clip(
        folder / "clip.mp4", seconds=4, pixel_format="yuv420p10le", colour=(9, 16, 9, 1), options=options
    )
    return make_good(folder, source)


@pytest.fixture(scope="session")
def good_aigc(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """The same with the key AIGC of GB 45438-2025."""
    folder = tmp_path_factory.mktemp("good_aigc")
    return make_good(folder, make_clip(folder / "clip.mp4", seconds=2), str(preset_with_aigc(folder)))


def preset_with_aigc(folder: Path, form: str = "bare") -> Path:
    """The preset eu-standard, with the key."""
    text = (built_in_folder() / "eu-standard.toml").read_text(encoding="utf-8")
    path = folder / "with-aigc.toml"
    path.write_text(text.replace('"eu-standard"', '"with-aigc"') + f'[metadata]\naigc = "{form}"\n', encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def good_icon(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """The same with an overlay image alone for its mention."""
    folder = tmp_path_factory.mktemp("good_icon")
    (folder / "icon.png").write_bytes(png(icon()))
    preset = preset_with(ALONE.replace("value = 6,", "value = 12,"), folder, alone=True)
    return make_good(folder, make_clip(folder / "clip.mp4", seconds=4), str(preset))


@pytest.fixture(scope="session")
def good_beside(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """The same with an overlay image in place of the mark, beside the text."""
    folder = tmp_path_factory.mktemp("good_beside")
    (folder / "icon.png").write_bytes(png(icon()))
    return make_good(folder, make_clip(folder / "clip.mp4", seconds=4), str(preset_with(BESIDE, folder)))


@pytest.fixture(scope="session")
def good_programme(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """A clip of which the seconds from 2 to 6 are the programme, and the first two and the last one are not."""
    folder = tmp_path_factory.mktemp("good_programme")
    source = make_clip(folder / "clip.mp4", seconds=7, captions=True, tags={"timecode": "00:59:58:00"})
    return make_good(folder, source, programme=asked("01:00:00:00", "01:00:04:00"))


def make_good(folder: Path, source: Path, preset: str = "eu-standard", programme: Programme | None = None) -> Good:
    now = datetime.now(UTC)
    home = folder / "home"
    identities.create("studio", home=home, now=now)
    (folder / "declaration.toml").write_text(DECLARATION, encoding="utf-8")
    output = folder / "out" / source.name
    output.parent.mkdir()
    item = planning.plan(
        planning.read_source(source),
        load_preset(preset),
        load_declaration(folder / "declaration.toml"),
        output,
        programme=programme,
    )
    identity = identities.load("studio", home=home, now=now)
    order = Order(item, identity, load_trust(None, home), now)
    rendered, unsealed = folder / f"rendered{source.suffix}", folder / f"unsealed{source.suffix}"
    with release.workspace(output) as work:
        order = pipeline.as_rendered(order, pipeline.render_marks(order, source, work))
        shutil.copyfile(work.work, rendered)
        for layer in LAYERS:
            if layer.write is not None:
                layer.write(work.work, work.candidate, item)
        shutil.copyfile(work.work, unsealed)
        sidecars = pipeline.seal(order, source, work)
        verdict = pipeline.gate(order, work.candidate, sidecars, {})
        result = pipeline.release_or_quarantine(order, work, sidecars, verdict, {})
    assert result.verdict is not None
    bad = [check for check in result.verdict.checks if check.status == "fail"]
    assert result.status == "released", bad
    beside = output.with_suffix(".c2pa")
    return Good(order, rendered, unsealed, output, beside if beside.is_file() else None, result.verdict.checks, folder)
