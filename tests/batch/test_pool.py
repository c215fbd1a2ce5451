"""Several files at once, in worker processes: same results, a crash costs one file, stopping leaves nothing."""

from __future__ import annotations

import os
import shutil
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

import labeler
from labeler.batch import jobs, request
from labeler.errors import DiskFull, Interrupted
from labeler.layers.credentials import identity as identities
from labeler.release import hash_file
from tests.clips import make_clip


class Heard(labeler.Listener):
    """Writes down what it is told, by item; strikes (kills, or asks to stop) when an item begins to render."""

    def __init__(self, strike: str | None = None, at: str = "") -> None:
        self.events: dict[int, list[str]] = {}
        self.results: dict[int, labeler.Result] = {}
        self.strike, self.at = strike, at
        self.pool: jobs.LabelPool | None = None

    def started(self, item: labeler.Item) -> None:
        assert item.number not in self.events
        self.events[item.number] = ["started"]

    def surveyed(self, item: labeler.Item, frames: int) -> None:
        assert frames == 10
        self.events[item.number].append("surveyed")

    def progress(self, item: labeler.Item, phase: str, share: float) -> None:
        if self.events[item.number][-1] != phase:
            self.events[item.number].append(phase)
        if phase == "render" and self.strike and item.source.name.startswith(self.at):
            strike, self.strike = self.strike, None
            if strike == "stop":
                raise Interrupted("stopped")
            assert self.pool is not None
            (worker,) = [one for one in self.pool.workers if any(job.number == item.number for job in one.unit)]
            os.kill(worker.process.pid, signal.Signals[strike])

    def finished(self, item: labeler.Item, result: labeler.Result) -> None:
        assert item.number not in self.results
        self.results[item.number] = result


@pytest.fixture
def folder(tmp_path: Path, private_home: Path) -> Path:
    """Three films of ten frames, and one file that is none."""
    identities.create("one", home=private_home, now=datetime.now(UTC))
    (tmp_path / "in").mkdir()
    first = make_clip(tmp_path / "in" / "a.mp4", width=480, height=270, seconds=0.4, sound=False)
    for name in ("b.mp4", "d.mp4"):
        shutil.copyfile(first, tmp_path / "in" / name)
    (tmp_path / "in" / "c.mp4").write_bytes(b"")
    return tmp_path


def label(folder: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch, **how: object) -> tuple[labeler.Result, ...]:
    true_run = jobs.LabelPool.run

    def run(self: jobs.LabelPool) -> tuple[labeler.Result, ...]:
        heard.pool = self
        return true_run(self)

    monkeypatch.setattr(jobs.LabelPool, "run", run)
    sources = (folder / "in", folder / "gone.mp4")
    asked = {"involvement": "generated", "output": f"{folder}/out/", "jobs": 2, "listener": heard} | how
    return labeler.label(*sources, **asked)  # type: ignore[arg-type]


def statuses(results: tuple[labeler.Result, ...]) -> list[str]:
    return [result.status for result in results]


def left_over(folder: Path) -> list[str]:
    return [path.name for path in (folder / "out").rglob(".*")]


@pytest.mark.parametrize("jobs", [1, 9])
def test_every_item_has_its_result_in_order(jobs: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard()
    results = label(folder, heard, monkeypatch, jobs=jobs)
    assert [Path(result.source.file).name for result in results] == ["gone.mp4", "a.mp4", "b.mp4", "c.mp4", "d.mp4"]
    assert statuses(results) == ["rejected", "released", "released", "rejected", "released"]
    assert [heard.results[number] for number in range(5)] == list(results)
    assert heard.events[3] == ["started", "probe"][: len(heard.events[3])], "the one that is no film"
    for number in (1, 2, 4):
        phases = [event for event in heard.events[number] if event not in ("mux", "metadata")]
        assert phases == ["started", "probe", "surveyed", "render", "sign", "verify", "release"]
    for result in results:
        if result.output:
            assert hash_file(Path(result.output.file))[0] == result.output.sha256
    assert statuses(label(folder, Heard(), monkeypatch)) == ["rejected", "skipped", "skipped", "rejected", "skipped"]


def test_several_presets_of_few_sources_go_to_several_workers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    presets = ["eu-standard", "youtube-16x9", "vertical-universal"]
    results = labeler.label(
        folder / "in" / "a.mp4", involvement="generated", output=f"{folder}/out/", presets=presets, jobs=2
    )
    assert statuses(results) == ["released", "released", "rejected"]


@pytest.mark.parametrize(("strike", "code", "problem"), [("SIGKILL", 75, "temporary"), ("SIGSEGV", 70, "bug")])
def test_a_crash_costs_one_file(
    strike: str, code: int, problem: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = label(folder, Heard(strike, "a"), monkeypatch)
    assert statuses(results) == ["rejected", "error", "released", "rejected", "released"]
    assert (results[1].exit_code, results[1].problems[0].code) == (code, problem)
    assert "a.mp4" in results[1].problems[0].message
    again = label(folder, Heard(), monkeypatch)
    assert statuses(again) == ["rejected", "released", "skipped", "rejected", "skipped"]
    assert not left_over(folder), "the next run sweeps what the killed process left"


def test_a_worker_that_is_asked_to_go_cleans_up_and_another_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = label(folder, Heard("SIGTERM", "a"), monkeypatch, jobs=1)
    assert statuses(results) == ["rejected", "interrupted", "released", "rejected", "released"]
    assert not left_over(folder)


def test_stopped_at_once_and_clean(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard("stop", "a")
    with pytest.raises(Interrupted):
        label(folder, heard, monkeypatch)
    assert heard.results[1].status == "interrupted"
    assert not left_over(folder)
    assert heard.pool is not None and all(one.process.poll() is not None for one in heard.pool.workers)


def test_nothing_is_imported_from_the_folder_that_it_runs_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pydantic.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(folder)
    assert statuses(label(folder, Heard(), monkeypatch)).count("released") == 3


def test_a_listener_that_cannot_go_on_leaves_nothing_half_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard output on a full disk: what is told of the first result fails."""

    class Full(Heard):
        def finished(self, item: labeler.Item, result: labeler.Result) -> None:
            super().finished(item, result)
            if result.status == "released":
                raise DiskFull("full")

    with pytest.raises(DiskFull):
        label(folder, Full(), monkeypatch)
    assert not left_over(folder)


class Plans(labeler.Listener):
    def __init__(self) -> None:
        self.told: dict[int, object] = {}

    def planned(self, item: labeler.Item, planned: object) -> None:
        assert item.number not in self.told
        self.told[item.number] = planned


def test_plans_are_the_same_in_processes_of_their_own(folder: Path) -> None:
    asked = request.Request([str(folder / "in")], involvement="generated", output=f"{folder}/out/")
    batch = request.prepare(asked)
    here, apart = Plans(), Plans()
    jobs.plan_out(batch, 0, here)
    jobs.plan_out(batch, 2, apart)
    assert here.told == apart.told and sorted(here.told) == [0, 1, 2, 3]
    assert [type(one).__name__ for _, one in sorted(here.told.items())] == [
        "PlanItem",
        "PlanItem",
        "Result",
        "PlanItem",
    ]
