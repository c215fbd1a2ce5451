"""One writer for each output: the dead give way, the living do not, and who was silent for too long is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from labeler import lock
from labeler.errors import Interrupted, OutputBusy

HOLD = """
import sys, time
from pathlib import Path
from labeler.lock import held
with held(Path(sys.argv[1]), Path("film.mp4")):
    print("held", flush=True)
    time.sleep(600)
"""


def holder(path: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"held\n"
    return process


def take(path: Path) -> None:
    with lock.held(path, Path("film.mp4")) as held:
        held.check()
    assert not path.exists()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEASE", 0.6)
    monkeypatch.setattr(lock, "LOOK_EVERY", 0.05)


def test_the_living_keep_it_and_the_dead_do_not(tmp_path: Path) -> None:
    path = tmp_path / ".film.mp4.lock"
    process = holder(path)
    with pytest.raises(OutputBusy):
        take(path)
    process.kill()
    process.wait()
    take(path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells that nobody has waited for a process")
def test_a_dead_holder_that_nobody_has_waited_for_is_not_alive(tmp_path: Path) -> None:
    path = tmp_path / ".film.mp4.lock"
    process = holder(path)
    assert lock.is_alive(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays
    assert not lock.is_alive(process.pid)
    with pytest.raises(Interrupted), lock.held(path, Path("film.mp4"), never_watches):
        raise Interrupted("taken at once")
    process.wait()


def never_watches() -> None:
    raise AssertionError("watched")


def test_nobody_takes_it_from_the_living(tmp_path: Path) -> None:
    with lock.held(tmp_path / ".film.mp4.lock", Path("film.mp4")) as mine:
        lock.clear_of_unreaped(mine.lease)
        mine.check()


def test_a_silent_holder_on_another_host_is_watched_and_then_taken_over(tmp_path: Path, hurried: None) -> None:
    path = tmp_path / ".film.mp4.lock"
    with lock.held(path, Path("film.mp4")):
        marker = path.read_text()
    path.write_text(marker.replace("host=", "host=another-"))
    take(path)


def test_a_living_holder_on_another_host_keeps_it(tmp_path: Path, hurried: None) -> None:
    path = tmp_path / ".film.mp4.lock"
    with lock.held(path, Path("film.mp4")):
        marker = path.read_text()
    path.write_text(marker.replace("host=", "host=another-"))
    looked = []

    def beat() -> None:
        looked.append(1)
        path.touch()

    with pytest.raises(OutputBusy), lock.held(path, Path("film.mp4"), beat):
        pass
    assert looked and path.exists()


def test_waiting_can_be_stopped(tmp_path: Path, hurried: None) -> None:
    path = tmp_path / ".film.mp4.lock"
    with lock.held(path, Path("film.mp4")):
        marker = path.read_text()
    path.write_text(marker.replace("host=", "host=another-"))

    def stop() -> None:
        raise Interrupted("stopped")

    with pytest.raises(Interrupted), lock.held(path, Path("film.mp4"), stop):
        pass


def test_who_lost_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / ".film.mp4.lock"
    with lock.held(path, Path("film.mp4")) as held:
        held.check()
        path.unlink()
        with pytest.raises(OutputBusy):
            held.check()
