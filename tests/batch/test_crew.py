"""Segments of one file in processes of their own, and on a shelf: the same deliverable, and a crash costs a segment."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import labeler
from labeler import shelf
from labeler.batch import crew, cutting
from labeler.batch.children import search_path
from labeler.batch.plan_file import PlanFile, open_plan
from labeler.batch.results import collected, shelf_of
from labeler.batch.step import Bench, render_segments
from labeler.batch.watchdog import Watchdog
from labeler.cli.main import run
from labeler.errors import Interrupted, LabelerError, PlanError, Stalled, UsageError
from labeler.layers.credentials import identity as identities
from labeler.layers.credentials.trust import load_trust
from labeler.media import segments
from labeler.media.rendering import Run
from labeler.media.segment import Segment
from labeler.pipeline import Order
from labeler.progress import Phase
from labeler.release import read_record
from labeler.rules.record import Result, fingerprint
from labeler.shelf import runs_of, shelve_segment, shelved
from labeler.verdict import Verdict
from tests.clips import make_clip

NOW = datetime.now(UTC)
"""c2pa judges certificates by the clock of the machine, so the identities must be valid by it."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second and a bit, a key every half second."""
    options = {"g": "12"}
    return make_clip(tmp_path_factory.mktemp("crew") / "film.mp4", width=480, height=270, seconds=1.2, options=options)


@pytest.fixture(autouse=True)
def studio(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    identities.create("one", home=private_home, now=NOW)
    monkeypatch.setattr(segments, "LEAST", Fraction(2, 5))


def labelled(clip: Path, folder: Path, cut: cutting.Segments, **options: object) -> Result:
    folder.mkdir(exist_ok=True)
    (result,) = labeler.label(clip, involvement="generated", output=f"{folder}/out/", segments=cut, **options)  # type: ignore[arg-type]
    return result


def judged(result: Result) -> Verdict:
    assert result.status == "released", result.problems
    assert result.verdict is not None and result.verdict.rendered is not None
    return result.verdict


@pytest.mark.wide
def test_the_verdict_is_that_of_one_piece(clip: Path, tmp_path: Path) -> None:
    whole = judged(labelled(clip, tmp_path / "whole", "off"))
    split = judged(labelled(clip, tmp_path / "split", 2))
    assert [(one.id, one.track, one.status) for one in split.checks] == [
        (one.id, one.track, one.status) for one in whole.checks
    ]
    assert split.rendered == whole.rendered
    record = read_record(tmp_path / "split" / "out" / "film.eu-standard.mp4")
    assert record is not None and record.plan.rendering is not None
    assert record.plan.rendering.segments == (Run(start=0, stop=12), Run(start=12, stop=30))
    assert [path.name for path in (tmp_path / "split" / "out").glob(".*")] == []
    assert labelled(clip, tmp_path / "split", "off").status == "skipped", "how it was cut is no reason to do it again"


@pytest.mark.parametrize(
    ("asked", "seconds", "threads", "found"),
    [
        ("off", 3600.0, 64, 1),
        (3, 1.0, 1, 3),
        ("auto", 3600.0, 16, 4),
        ("auto", 3600.0, 4, 1),
        ("auto", 59.0, 64, 1),
        ("auto", 61.0, 64, 2),
        ("auto", 5.0, 64, 0),
    ],
)
def test_into_how_many(asked: cutting.Segments, seconds: float, threads: int, found: int) -> None:
    assert cutting.how_many(asked, seconds, threads) == found


@pytest.mark.parametrize("text", ["", "1", "0", "-3", "many", "1001", "²", "9" * 30])
def test_no_number_of_segments(text: str) -> None:
    with pytest.raises(UsageError):
        cutting.segments_of(text)


# --- processes ---------------------------------------------------------------------------------------------------


@pytest.fixture
def planned(clip: Path, tmp_path: Path) -> PlanFile:
    path = tmp_path / "plan.jsonl"
    asked = [str(clip), "--involvement", "generated", "-o", f"{tmp_path}/out/", "--segments", "2"]
    assert run(["plan", *asked, "--plan", str(path)]) == 0
    return open_plan(path)


class Struck:
    """Kills a process that renders, once it has told of its work, so many times; or asks to stop."""

    def __init__(self, times: int, number: signal.Signals | None) -> None:
        self.left, self.number = times, number
        self.killed: set[int] = set()
        self.crew: crew.Crew | None = None

    def __call__(self, phase: str, share: float) -> None:
        assert self.crew is not None
        child = self.crew.running.get(1)
        if not self.left or child is None or not self.crew.shares.get(1) or child.process.pid in self.killed:
            return
        self.left -= 1
        if self.number is None:
            raise Interrupted("stopped")
        self.killed.add(child.process.pid)
        os.kill(child.process.pid, self.number)


def crew_of(plan: PlanFile, folder: Path, struck: Struck, runs: Sequence[Run] | None = None) -> crew.Crew:
    item = plan.item(0)
    order = Order(item, None, load_trust(None, identities.home()), NOW, threads=1, progress=struck)
    folder.mkdir()
    struck.crew = crew.Crew(order, runs_of(item) if runs is None else runs, folder)
    return struck.crew


@pytest.mark.wide
def test_a_crash_costs_a_segment_which_is_begun_again(planned: PlanFile, tmp_path: Path) -> None:
    struck = Struck(1, signal.SIGKILL)
    made = crew_of(planned, tmp_path / "work", struck).run()
    assert struck.killed, "no process was killed: this shows nothing"
    assert [segment.run for segment in made] == list(runs_of(planned.item(0)))
    assert all(segment.path.is_file() for segment in made)


@pytest.mark.wide
def test_a_segment_that_breaks_down_twice_ends_the_file(planned: PlanFile, tmp_path: Path) -> None:
    struck = Struck(2, signal.SIGSEGV)
    with pytest.raises(LabelerError, match=r"segment 1 broke down twice \(SIGSEGV\)"):
        crew_of(planned, tmp_path / "work", struck).run()


@pytest.mark.wide
def test_a_segment_that_hangs_twice_ends_the_file(
    planned: PlanFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    struck = Struck(2, signal.SIGSTOP)

    class Strict(Watchdog):
        def is_stalled(self) -> bool:
            return self.pid in struck.killed

    monkeypatch.setattr(crew, "Watchdog", Strict)
    with pytest.raises(Stalled, match="stopped answering"):
        crew_of(planned, tmp_path / "work", struck).run()
    assert len(struck.killed) == 2, "it was begun once more"


@pytest.mark.wide
def test_stopped_at_once(planned: PlanFile, tmp_path: Path) -> None:
    one = crew_of(planned, tmp_path / "work", Struck(1, None))
    with pytest.raises(Interrupted):
        one.run()
    assert one.running and all(child.process.poll() is not None for child in one.running.values())


def test_what_a_segment_says_is_wrong_is_told(planned: PlanFile, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="does not fit"):
        crew_of(planned, tmp_path / "work", Struck(0, None), [Run(start=0, stop=31)]).run()


# --- the shelf ---------------------------------------------------------------------------------------------------


def shelf_names(plan: PlanFile) -> list[str]:
    return sorted(path.name for path in shelf_of(plan, 0).iterdir())


def step(plan: PlanFile, *flags: str) -> int:
    return run(["step", str(plan.path), "--item", "0", "--threads", "1", *flags])


def test_segments_wait_for_the_step_that_joins_them(planned: PlanFile, monkeypatch: pytest.MonkeyPatch) -> None:
    assert step(planned, "--segment", "0-9") == 0, "past the last is none, and no mistake"
    names = ["segment-0.mp4", "segment-0.mp4.json", "segment-1.mp4", "segment-1.mp4.json"]
    assert shelf_names(planned) == names
    before = [(shelf_of(planned, 0) / name).stat().st_mtime_ns for name in names]
    assert step(planned, "--segment", "1") == 0
    assert [(shelf_of(planned, 0) / name).stat().st_mtime_ns for name in names] == before, "it waits already"
    monkeypatch.setattr(crew, "Child", None)  # nobody renders now
    assert step(planned) == 0
    assert Path(planned.item(0).output).is_file() and not shelf_of(planned, 0).exists()
    assert step(planned, "--segment", "0") == 0, "done already"


def test_a_task_of_several_segments_tells_how_far_it_is_with_all(planned: PlanFile) -> None:
    told: list[float] = []

    def progress(phase: Phase, share: float) -> None:
        if phase == "render":
            told.append(share)

    item = planned.item(0)
    bench = Bench(None, load_trust(None, identities.home()), NOW, threads=1)
    assert render_segments(item, bench, shelf_of(planned, 0), range(9), progress) is None
    assert told == sorted(told) and told[-1] == 1.0
    assert 0.5 in told and told.index(0.5) > 5, "the first of two is one half"


@pytest.mark.wide
def test_one_who_comes_late_fails_for_nothing(planned: PlanFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is joined and released while a segment of it is still being rendered once more."""
    render = shelf.render_run

    def slow(*order: Any, **more: Any) -> Segment:
        made = render(*order, **more)
        monkeypatch.setattr(shelf, "render_run", render)
        assert step(planned) == 0
        return made

    monkeypatch.setattr(shelf, "render_run", slow)
    assert step(planned, "--segment", "1") == 0
    assert is_joined(planned) and [one.status for one in collected(planned)] == ["released"]


def test_a_segment_that_is_not_as_it_was_noted_is_none(planned: PlanFile) -> None:
    """A byte that fell over in one would be a picture that nobody made."""
    item = planned.item(0)
    shelf, run = shelf_of(planned, 0), runs_of(item)[1]
    shelve_segment(Order(item, None, load_trust(None, identities.home()), NOW, threads=1), 1, shelf)
    file, note = shelf / "segment-1.mp4", shelf / "segment-1.mp4.json"
    data, told = file.read_bytes(), note.read_text()
    whole = shelved(item, 1, run, shelf)
    assert whole is not None and whole.is_kept and len(whole.times) == 18
    assert shelved(item, 1, Run(start=12, stop=29), shelf) is None
    assert shelved(item, 0, runs_of(item)[0], shelf) is None
    for bad in (data[:-100], data[:1000] + bytes([data[1000] ^ 1]) + data[1001:], b""):
        file.write_bytes(bad)
        assert shelved(item, 1, run, shelf) is None
    file.write_bytes(data)
    for wrong in (told.replace(item.id, "0" * 64), told.replace(item.fingerprint or "", "0" * 64), told[:100], ""):
        note.write_text(wrong)
        assert shelved(item, 1, run, shelf) is None
    note.unlink()
    assert shelved(item, 1, run, shelf) is None


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The segments that the step renders which joins them."""
    numbers: list[int] = []
    start = crew.Crew.start

    def told(self: crew.Crew, number: int, threads: int) -> None:
        numbers.append(number)
        start(self, number, threads)

    monkeypatch.setattr(crew.Crew, "start", told)
    return numbers


def is_joined(plan: PlanFile) -> bool:
    """The output is there, in segments, and nothing else of it is left."""
    record = read_record(Path(plan.item(0).output))
    assert record is not None and record.plan.rendering is not None
    names = {path.name for path in Path(plan.item(0).output).parent.iterdir()}
    assert names == {"film.eu-standard.mp4", "film.eu-standard.mp4.labeler.json"}
    return len(record.plan.rendering.segments) == 2 and not shelf_of(plan, 0).exists()


@pytest.mark.wide
def test_a_step_renders_what_does_not_wait(planned: PlanFile, rendered: list[int]) -> None:
    assert step(planned, "--segment", "0") == 0
    assert step(planned) == 0
    assert rendered == [1] and is_joined(planned)


def cut_off(shelf: Path, _: Path) -> None:
    (shelf / "segment-1.mp4").write_bytes((shelf / "segment-1.mp4").read_bytes()[:-1])


def gone(shelf: Path, _: Path) -> None:
    (shelf / "segment-1.mp4").unlink()


def without_note(shelf: Path, _: Path) -> None:
    (shelf / "segment-1.mp4.json").unlink()


def of_its_neighbour(shelf: Path, _: Path) -> None:
    for end in ("", ".json"):
        shutil.copyfile(shelf / f"segment-0.mp4{end}", shelf / f"segment-1.mp4{end}")


def of_another_plan(shelf: Path, other: Path) -> None:
    for end in ("", ".json"):
        shutil.copyfile(other / f"segment-1.mp4{end}", shelf / f"segment-1.mp4{end}")


def of_another_plan_under_the_note(shelf: Path, other: Path) -> None:
    shutil.copyfile(other / "segment-1.mp4", shelf / "segment-1.mp4")


SPOILT = (cut_off, gone, without_note, of_its_neighbour, of_another_plan, of_another_plan_under_the_note)


@pytest.mark.wide
@pytest.mark.parametrize("spoil", SPOILT)
def test_what_is_no_segment_of_this_film_is_never_joined(
    spoil: Callable[[Path, Path], None], planned: PlanFile, clip: Path, rendered: list[int], tmp_path: Path
) -> None:
    """The other plan is of the same film, with another mention."""
    if "another" in spoil.__name__:
        asked = [str(clip), "--involvement", "generated", "--language", "en", "-o", f"{tmp_path}/other/"]
        assert run(["plan", *asked, "--segments", "2", "--plan", str(tmp_path / "other.jsonl")]) == 0
        assert step(open_plan(tmp_path / "other.jsonl"), "--segment", "1") == 0
    assert step(planned, "--segment", "0-1") == 0
    spoil(shelf_of(planned, 0), tmp_path / "other.jsonl.results" / "0")
    assert step(planned) == 0
    assert rendered == [1] and is_joined(planned)


@pytest.mark.wide
def test_a_killed_task_leaves_no_segment(planned: PlanFile, rendered: list[int]) -> None:
    """Nor is the half of one ever taken for it, whether its task comes back or not."""
    shelf = shelf_of(planned, 0)
    command = [sys.executable, "-P", "-m", "labeler", "step", str(planned.path), "--item", "0", "--segment", "1"]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": search_path()}, start_new_session=True) as task:
        while not list(shelf.glob(".segment-1.mp4.*.part")):
            assert task.poll() is None, "it ended before it was killed: this shows nothing"
        os.killpg(task.pid, signal.SIGKILL)
    assert not list(shelf.glob("segment-1*")) and list(shelf.glob(".segment-1*"))
    assert step(planned) == 0
    assert rendered == [0, 1] and is_joined(planned)


@pytest.mark.wide
def test_the_half_that_is_signed_elsewhere_is_joined_too(planned: PlanFile, rendered: list[int]) -> None:
    assert step(planned, "--segment", "0-1") == 0
    assert step(planned, "--stage", "render") == 0
    assert step(planned, "--stage", "seal") == 0
    assert rendered == [] and is_joined(planned)


def test_a_source_that_changed_is_told(planned: PlanFile, clip: Path, tmp_path: Path) -> None:
    moved = planned.item(0).model_copy(
        update={"source": planned.item(0).source.model_copy(update={"sha256": "0" * 64})}
    )
    changed = moved.model_copy(update={"fingerprint": fingerprint(moved)})
    planned.path.write_text(changed.model_dump_json(by_alias=True) + "\n")
    assert step(open_plan(planned.path), "--segment", "0") == 3


def test_a_segment_is_not_a_stage(planned: PlanFile) -> None:
    assert step(planned, "--segment", "0", "--stage", "render") == 2
    assert step(planned, "--segment", "x") == 2
