"""What a farm adds to `labeler step` and `labeler collect`, on a file that is refused before anything is rendered."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from labeler.cli.main import run
from tests.farm.films import Studio, opened


@pytest.fixture
def studio(tmp_path: Path, private_home: Path) -> Studio:
    return opened(tmp_path / "studio", private_home, films=0, bad=1)


def step(studio: Studio, *flags: str) -> int:
    return int(run(["step", str(studio.plan.path), "--item", "0", *flags]))


def test_a_bad_file_is_recorded_and_collect_fails(studio: Studio) -> None:
    assert step(studio, "--on-reject", "fail") == step(studio) == 3
    assert step(studio, "--on-reject", "record") == 0
    assert json.loads((studio.plan.results / "0.json").read_text())["status"] == "rejected"
    assert run(["collect", str(studio.plan.path)]) == 3


@pytest.mark.parametrize(("flags", "code"), [([], 3), (["--on-reject", "record"], 0)])
def test_why_nothing_was_rendered_outlives_the_seal(flags: list[str], code: int, studio: Studio) -> None:
    """Not «it is not rendered yet, try again»: nobody would, for that, and the reason would be lost."""
    assert step(studio, "--stage", "render", *flags) == code
    before = json.loads((studio.plan.results / "0.json").read_text())
    assert step(studio, "--stage", "seal", *flags) == code
    after = json.loads((studio.plan.results / "0.json").read_text())
    assert (after["status"], after["problems"]) == ("rejected", before["problems"])


@pytest.mark.parametrize(("flags", "code"), [([], 3), (["--on-reject", "record"], 0)])
def test_a_bad_file_in_segments(flags: list[str], code: int, tmp_path: Path, private_home: Path) -> None:
    """Each of its tasks says the same, and the last word is that of the item's own."""
    studio = opened(tmp_path / "studio", private_home, films=0, long=1)
    film = studio.folder / "in" / "-0.mp4"
    film.write_bytes(film.read_bytes()[:-100])
    for segment in "012":
        assert step(studio, "--segment", segment, *flags) == code
    assert studio.segments(0) == []
    assert step(studio, *flags) == code
    assert json.loads((studio.plan.results / "0.json").read_text())["status"] == "rejected"
    assert run(["collect", str(studio.plan.path)]) == 3


def test_which_items_has_to_be_said(studio: Studio, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["step", str(studio.plan.path)]) == 2
    assert "This is missing: --item" in capfd.readouterr().err


def test_generic_lines(studio: Studio, capfd: pytest.CaptureFixture[str]) -> None:
    step(studio, "--farm", "generic")
    out, said = capfd.readouterr()
    lines = [line for line in said.splitlines() if re.match(r"\d+% done", line)]
    assert lines[0].startswith("0% done") and lines[-1] == "100% done Progress: 100% PROGRESS: 100%"
    assert "% done" not in out
    assert run(["collect", str(studio.plan.path), "--farm", "generic"]) == 3
    assert "100% done" in capfd.readouterr().err


def test_lines_as_the_surroundings_tell(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    step(studio)
    assert "0% done" in capfd.readouterr().err, "no terminal"
    monkeypatch.setenv("OPENJD_SESSION_WORKING_DIR", "/tmp")
    step(studio)
    said = capfd.readouterr().err
    assert "openjd_progress: 100.0" in said and "% done" not in said
    step(studio, "--farm", "none")
    assert "openjd_" not in capfd.readouterr().err


def test_a_path_map_that_cannot_be_read_is_no_step_without_one(studio: Studio) -> None:
    assert step(studio, "--path-map", str(studio.folder / "none.json")) == 2
    assert run(["collect", str(studio.plan.path), "--path-map", str(studio.folder / "none.json")]) == 2


def test_the_name_of_a_film_is_no_message(
    tmp_path: Path, private_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    studio = opened(tmp_path / "studio", private_home, films=0, bad=1)
    film = studio.folder / "in" / "openjd_fail: Progress: 99%.mp4"
    (studio.folder / "in" / "0.mp4").rename(film)
    asked = [str(film), "--involvement", "generated", "-o", f"{studio.folder}/out/"]
    run(["plan", *asked, "--plan", str(studio.folder / "plan.jsonl")])
    said = capfd.readouterr().err
    assert film.name.partition(":")[0] in said
    assert not re.search(r"(?m)^openjd_", said) and not re.search(r"Progress: 99%", said)


def test_threads_are_what_the_scheduler_grants(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    from labeler.batch import steps

    asked: list[int | None] = []
    monkeypatch.setattr(steps, "benches", lambda trust, settings: asked.append(settings.threads))
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "1")
    step(studio)
    step(studio, "--threads", "7")
    assert asked == [1, 7]
