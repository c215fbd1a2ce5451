"""`label` keeps its plan and its results in the cache folder: they can be collected, and one item carried out again."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

import labeler
from labeler.batch.kept_plan import KEPT, keeping_plan, plan_of
from labeler.batch.plan_file import open_plan, results_of
from labeler.batch.request import Request
from labeler.batch.results import collected, read_result
from labeler.cli.main import run
from labeler.layers.credentials import identity as identities
from labeler.rules.plan import FileReference
from labeler.rules.record import Result
from tests.clips import make_clip


@pytest.fixture
def folder(tmp_path: Path, private_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    identities.create("one", home=private_home, now=datetime.now(UTC))
    (tmp_path / "in").mkdir()
    make_clip(tmp_path / "in" / "a.mp4", width=480, height=270, seconds=0.4, sound=False)
    (tmp_path / "in" / "c.mp4").write_bytes(b"no film")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kept() -> list[Path]:
    return sorted(Path(os.environ["LABELER_HOME"]).glob("cache/runs/*.plan.jsonl"))


def test_what_was_labelled_can_be_collected_and_done_again(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = ["label", "in", "--involvement", "generated", "-o", "out/", "--jobs", "1"]
    assert run(command) == 1
    (path,) = kept()
    plan = open_plan(path)
    assert [Path(item.source.file).name for _, item in plan.items()] == ["a.mp4"]
    result = read_result(plan, 0, plan.item(0))
    assert result is not None and result.status == "released"
    assert sorted(one.status for one in collected(plan)) == ["rejected", "released"]
    shutil.rmtree(folder / "out")
    capfd.readouterr()
    assert run(["collect", str(path)]) == 1 and "not there any more" in capfd.readouterr().err
    (folder / "out").mkdir()
    assert run(["step", str(path), "--item", "0"]) == 0
    assert run(command) == 1
    assert kept() == [path] and len(open_plan(path)) == 1, "one plan for one command: the last"
    result = read_result(plan, 0, plan.item(0))
    assert result is not None and result.status == "skipped"


def test_a_cache_that_cannot_be_written_is_no_reason_not_to_label(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    heard = labeler.Listener()
    with keeping_plan(tmp_path / "file" / "x.plan.jsonl", heard) as told:
        assert told is heard


def test_the_oldest_go(tmp_path: Path) -> None:
    failed = Result(id=None, status="error", exit_code=70, source=FileReference(file="a.mp4"), labeler="0")
    for number in range(KEPT + 3):
        path = tmp_path / f"{number}.plan.jsonl"
        with keeping_plan(path, labeler.Listener()) as told:
            told.finished(labeler.Item(0, Path("a.mp4")), failed)
        os.utime(path, (number, number))
    left = {f"{number}.plan.jsonl" for number in range(3, KEPT + 3)}
    assert {path.name for path in tmp_path.iterdir()} == left | {results_of(Path(name)).name for name in left}


def test_one_for_each_command() -> None:
    one, other = Request(["a"]), Request(["b"])
    assert plan_of(one) == plan_of(Request(["a"])) != plan_of(other)
