"""A watched folder: each film once, when it is whole; restarts, several watchers, and what fails."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import labeler
from labeler.batch import watch as watching
from labeler.batch.request import Request
from labeler.batch.watch import AGAIN_AFTER, Watch, Watcher
from labeler.errors import IdentityError, Interrupted, OutputBusy, SourceMissing, UsageError
from labeler.layers.credentials import identity as identities
from tests.clips import make_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", width=480, height=270, seconds=0.4, sound=False)


@pytest.fixture
def folder(tmp_path: Path, private_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    identities.create("one", home=private_home, now=datetime.now(UTC))
    # In this process: what a worker process adds is shown by the tests of the pool.
    true = watching.carry_out
    monkeypatch.setattr(watching, "carry_out", lambda batch, jobs, heard: true(batch, 0, heard))
    (tmp_path / "in").mkdir()
    return tmp_path


class Heard(labeler.Listener):
    def __init__(self) -> None:
        self.results: list[labeler.Result] = []

    def finished(self, item: labeler.Item, result: labeler.Result) -> None:
        self.results.append(result)

    def statuses(self) -> list[str]:
        return [result.status for result in self.results]


class Clock:
    """Goes on only when someone sleeps; runs what is to happen by then; then asks to stop."""

    def __init__(self, last: float, events: dict[float, Callable[[], object]] | None = None) -> None:
        self.now, self.last = 0.0, last
        self.events = sorted((events or {}).items())

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        while self.events and self.events[0][0] <= self.now:
            self.events.pop(0)[1]()
        if self.now > self.last:
            raise Interrupted("stopped")


def watched(folder: Path, clock: Clock, heard: Heard | None = None, **how: object) -> Heard:
    heard = heard or Heard()
    request = Request((str(folder / "in"),), involvement="generated", output=f"{folder}/out/", recursive=True)
    watcher = Watcher(Watch(folder / "in", request, **how), heard, clock, clock.sleep)  # type: ignore[arg-type]
    with pytest.raises(Interrupted):
        watcher.run()
    return heard


def test_a_film_is_labelled_once_it_has_been_still(folder: Path, clip: Path) -> None:
    part = clip.read_bytes()
    film = folder / "in" / "film.mp4"
    arriving = {
        0.5: lambda: film.write_bytes(part[: len(part) // 2]),
        9.0: lambda: film.write_bytes(part[: len(part) - 10]),
        17.0: lambda: film.write_bytes(part),
    }
    assert watched(folder, Clock(26.0, dict(arriving))).results == [], "still for less than ten seconds"
    film.unlink()
    assert watched(folder, Clock(60.0, dict(arriving))).statuses() == ["released"]
    assert (folder / "out" / "film.eu-standard.mp4").is_file()
    assert watched(folder, Clock(60.0)).statuses() == ["skipped"], "after a restart its record says that it is done"


def test_folders_below_what_we_made_and_what_is_no_film(folder: Path, clip: Path) -> None:
    (folder / "in" / "a" / "b").mkdir(parents=True)
    shutil.copyfile(clip, folder / "in" / "a" / "b" / "film.mp4")
    shutil.copyfile(clip, folder / "in" / ".hidden.mp4")
    (folder / "in" / "note.txt").write_text("no film")
    assert watched(folder, Clock(60.0)).statuses() == ["released"]
    made = folder / "out" / "a" / "b" / "film.eu-standard.mp4"
    shutil.copyfile(made, folder / "in" / "again.mp4")
    assert watched(folder, Clock(60.0)).statuses() == ["skipped"], "what labeler made is no source"


def test_moved_away(folder: Path, clip: Path) -> None:
    shutil.copyfile(clip, folder / "in" / "film.mp4")
    (folder / "in" / "broken.mp4").write_bytes(b"no film at all")
    (folder / "in" / "done").mkdir()
    (folder / "in" / "done" / "film.mp4").write_bytes(b"of yesterday")
    heard = watched(folder, Clock(300.0), move=True, status=folder / "status.json")
    assert sorted(heard.statuses()) == ["rejected", "released"]
    moved = sorted(str(path.relative_to(folder / "in")) for path in (folder / "in").rglob("*.mp4"))
    assert moved == ["done/film (2).mp4", "done/film.mp4", "failed/broken.mp4"]
    assert (folder / "in" / "done" / "film.mp4").read_bytes() == b"of yesterday"
    told = json.loads((folder / "status.json").read_text())
    assert (told["state"], told["released"], told["failed"], told["waiting"]) == ("stopped", 1, 1, 0)


def test_a_film_that_comes_again_is_done_again(folder: Path, clip: Path) -> None:
    film = folder / "in" / "film.mp4"
    shutil.copyfile(clip, film)
    other = make_clip(folder / "other.mp4", width=480, height=270, seconds=0.48, sound=False)
    heard = watched(folder, Clock(60.0, {30.0: lambda: shutil.copyfile(other, film)}))
    assert heard.statuses() == ["released", "released"]


def test_an_output_in_use_is_tried_again(folder: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copyfile(clip, folder / "in" / "film.mp4")
    true, tries = watching.carry_out, []

    def carry_out(batch: object, jobs: int, heard: labeler.Listener) -> tuple[labeler.Result, ...]:
        tries.append(1)
        if len(tries) > 1:
            return true(batch, jobs, heard)  # type: ignore[arg-type]
        job = batch.jobs[0]  # type: ignore[attr-defined]
        error = OutputBusy("busy", file=str(job.source.path))
        result = watching.failure(error, watching.FileReference(file=str(job.source.path)))
        heard.finished(job.item, result)
        return (result,)

    monkeypatch.setattr(watching, "carry_out", carry_out)
    heard = watched(folder, Clock(30.0 + AGAIN_AFTER))
    assert heard.statuses() == ["error", "released"]


def test_what_fails_with_every_file_fails_at_once(folder: Path, private_home: Path) -> None:
    request = Request((str(folder / "in"),), involvement="generated", output=f"{folder}/out/")
    for wrong, error in (
        (Watch(folder / "none", request), SourceMissing),
        (Watch(folder / "in", Request(("in",), involvement="generated")), UsageError),
        (Watch(folder / "in", Request(("in",), output=f"{folder}/out/")), UsageError),
    ):
        with pytest.raises(error):
            Watcher(wrong, Heard()).run()
    shutil.rmtree(private_home / "identities")
    with pytest.raises(IdentityError):
        Watcher(Watch(folder / "in", request), Heard()).run()


def test_names_that_collide_do_not_end_the_watch(folder: Path, clip: Path) -> None:
    for name in ("a", "b"):
        (folder / "in" / name).mkdir()
        shutil.copyfile(clip, folder / "in" / name / "film.mp4")
    heard = Heard()
    request = Request(
        (str(folder / "in"),), involvement="generated", output=f"{folder}/out/", recursive=True, name="{stem}{reldir}"
    )
    clock = Clock(60.0)
    flat = Request(**{**request.__dict__, "name": "film{ext}"})
    with pytest.raises(Interrupted):
        Watcher(Watch(folder / "in", flat), heard, clock, clock.sleep).run()
    assert heard.statuses()[0] == "released" and len(heard.results) == 2


@pytest.mark.wide
def test_two_watchers_as_commands(tmp_path: Path, private_home: Path, clip: Path) -> None:
    """Two processes watch one folder; each film is released once, and SIGTERM ends both with 143."""
    identities.create("one", home=private_home, now=datetime.now(UTC))
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-m", "labeler", "watch", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--move"]
    command += ["--involvement", "generated", "--settle", "0.5", "--json", "--status"]
    watchers = [
        subprocess.Popen([*command, str(tmp_path / f"{number}.json")], stdout=subprocess.PIPE, env=dict(os.environ))
        for number in range(2)
    ]
    for number in range(4):
        shutil.copyfile(clip, tmp_path / "in" / f"{number}.mp4")
    until = time.monotonic() + 120
    while len(list((tmp_path / "in" / "done").glob("*.mp4"))) < 4 and time.monotonic() < until:
        time.sleep(0.2)
    for process in watchers:
        process.send_signal(signal.SIGTERM)
    told = [json.loads(line) for process in watchers for line in process.communicate()[0].splitlines()]
    assert [process.returncode for process in watchers] == [143, 143]
    released = [one["output"]["file"] for one in told if one["status"] == "released"]
    assert sorted(released) == [str(tmp_path / "out" / f"{number}.eu-standard.mp4") for number in range(4)]
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]
