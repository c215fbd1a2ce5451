"""Part of a batch: `--only`, `--retry-failed`, `--max-failures`, `--fail-fast`."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labeler.cli.main import run
from labeler.layers.credentials import identity as identities
from tests.clips import make_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", width=480, height=270, seconds=0.4, sound=False)


@pytest.fixture
def folder(tmp_path: Path, clip: Path, private_home: Path) -> Path:
    """A broken film between two good ones, in the order of their names."""
    identities.create("one", home=private_home, now=datetime.now(UTC))
    (tmp_path / "in").mkdir()
    shutil.copyfile(clip, tmp_path / "in" / "a.mp4")
    (tmp_path / "in" / "b.mp4").write_bytes(b"no film")
    shutil.copyfile(clip, tmp_path / "in" / "c.mp4")
    return tmp_path


def labelled(folder: Path, capfd: pytest.CaptureFixture[str], *flags: str) -> tuple[int, dict[str, str]]:
    """The exit code, and what became of each source."""
    capfd.readouterr()
    asked = ["--involvement", "generated", "-o", f"{folder}/out/", "--jobs", "1", "--json", *flags]
    code = run(["label", str(folder / "in"), *asked])
    results = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    told = {
        Path(one["source"]["file"]).stem: one["problems"][0]["code"] if one["problems"] else one["status"]
        for one in results
    }
    return int(code), told


def test_what_failed_is_tried_again_alone(folder: Path, clip: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, told = labelled(folder, capfd)
    assert (code, told) == (1, {"a": "released", "b": "source-unreadable", "c": "released"})
    shutil.copyfile(clip, folder / "in" / "b.mp4")
    (folder / "out" / "c.eu-standard.mp4").unlink()
    assert labelled(folder, capfd, "--retry-failed") == (0, {"b": "released"})
    assert labelled(folder, capfd, "--retry-failed") == (2, {}), "nothing failed when it last ran"
    assert labelled(folder, capfd) == (0, {"a": "skipped", "b": "skipped", "c": "released"})


def test_nothing_new_after_a_failure(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, told = labelled(folder, capfd, "--fail-fast")
    assert (code, told) == (1, {"a": "released", "b": "source-unreadable", "c": "not-started"})
    code, told = labelled(folder, capfd, "--max-failures", "2")
    assert (code, told) == (1, {"a": "skipped", "b": "source-unreadable", "c": "released"})


def test_only(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert labelled(folder, capfd, "--only", "a.*") == (0, {"a": "released"})
    assert labelled(folder, capfd, "--only", "nothing") == (2, {})
    both = ("--preset", "eu-standard", "--preset", "youtube-16x9", "--only", "youtube-16x9")
    code, told = labelled(folder, capfd, *both)
    assert (code, told) == (1, {"a": "released", "b": "source-unreadable", "c": "released"})
    assert sorted(path.name for path in (folder / "out").glob("c*.mp4")) == ["c.youtube-16x9.mp4"]
