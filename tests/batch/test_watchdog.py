"""What hangs for ever is ended and costs its own file; what is busy in silence is not."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from labeler.batch import pool
from labeler.batch.watchdog import LOOK_EVERY, STOPPING, Activity, Watchdog, activity_of
from labeler.errors import ExitCode, Interrupted
from labeler.release import read_record
from tests.batch.test_pool import Heard, folder, label, left_over, statuses

__all__ = ["folder"]


IDLE = Activity(0.0)


class World:
    """A clock that is moved by hand, and a process that does what it is told."""

    def __init__(self, seen: Activity | None = IDLE) -> None:
        self.now = 1000.0
        self.seen = seen

    def watchdog(self) -> Watchdog:
        return Watchdog(1, silence=60.0, unseen=600.0, clock=lambda: self.now, look=lambda pid: self.seen)

    def looks_until_stalled(self, watchdog: Watchdog, most: int = 1000) -> int:
        for count in range(1, most + 1):
            self.now += LOOK_EVERY
            if watchdog.is_stalled():
                return count
        return 0


def test_silent_and_idle() -> None:
    world = World()
    assert world.looks_until_stalled(world.watchdog()) == 60 / LOOK_EVERY


def test_whoever_tells_lives() -> None:
    world = World()
    watchdog = world.watchdog()
    for _ in range(100):
        assert world.looks_until_stalled(watchdog, 29) == 0
        watchdog.hear()
    assert world.looks_until_stalled(watchdog) == 30


def test_whoever_is_busy_lives() -> None:
    world = World()
    watchdog = world.watchdog()
    for used in range(1, 100):
        assert world.looks_until_stalled(watchdog, 29) == 0
        world.seen = Activity(used * 0.2)
    assert world.looks_until_stalled(watchdog) == 31, "and no more once it does nothing"


def test_the_heartbeat_of_a_lock_is_no_sign_of_life() -> None:
    """A thread that wakes now and then uses a few milliseconds in ten minutes."""
    world = World()
    watchdog = world.watchdog()
    for count in range(1, 31):
        world.seen = Activity(count * 0.001)
        world.now += LOOK_EVERY
        assert watchdog.is_stalled() == (count == 30)


def test_whoever_waits_for_a_disk_lives() -> None:
    world = World(Activity(0.0, waits_for_disk=True))
    assert world.looks_until_stalled(world.watchdog()) == 0


def test_by_silence_alone_where_nothing_is_seen() -> None:
    world = World(None)
    assert world.looks_until_stalled(world.watchdog()) == 600 / LOOK_EVERY


def test_time_in_which_we_did_not_run_counts_for_nothing() -> None:
    world = World()
    watchdog = world.watchdog()
    world.now += 100_000
    assert not watchdog.is_stalled()


def test_whoever_was_asked_to_stop_is_waited_for_less() -> None:
    world = World()
    watchdog = world.watchdog()
    world.looks_until_stalled(watchdog, 20)
    watchdog.hurry()
    assert world.looks_until_stalled(watchdog) == STOPPING / LOOK_EVERY


@pytest.fixture
def start() -> Iterator[Callable[[str], int]]:
    started: list[subprocess.Popen[bytes]] = []

    def start_it(code: str) -> int:
        started.append(subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE))
        stdout = started[-1].stdout
        assert stdout is not None and stdout.readline() == b"up\n"
        return started[-1].pid

    yield start_it
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system does not show what a process does")
def test_real_processes(start: Callable[[str], int]) -> None:
    sleeper = start("import time; print('up', flush=True); time.sleep(1e6)")
    before, world = activity_of(sleeper), World()
    assert before is not None
    sleeping = Watchdog(sleeper, silence=60.0, clock=lambda: world.now)
    assert world.looks_until_stalled(sleeping) > 0
    busy_one = start("print('up', flush=True)\nwhile True: pass")
    busy = Watchdog(busy_one, silence=60.0, clock=lambda: world.now)
    for _ in range(3):
        assert world.looks_until_stalled(busy, 29) == 0
        used = activity_of(busy_one)
        while (now := activity_of(busy_one)) is not None and used is not None and now.seconds < used.seconds + 0.2:
            time.sleep(0.01)
    assert activity_of(2**22 + 1) is None, "no such process"


class Strict(Watchdog):
    """Ends the one that hangs at once, and no other."""

    victims: ClassVar[set[int]] = set()

    def is_stalled(self) -> bool:
        return self.pid in self.victims


class Stuck(Heard):
    """The worker that renders file `at` is stopped as if its encoder waited for itself, and is found out."""

    def progress(self, item: object, phase: str, share: float) -> None:
        super().progress(item, phase, share)  # type: ignore[arg-type]
        if self.strike is None and not Strict.victims:
            assert self.pool is not None
            Strict.victims |= {one.process.pid for one in self.pool.workers if any(j.number == 1 for j in one.unit)}


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Strict, "victims", set())
    monkeypatch.setattr(pool, "Watchdog", Strict)


@pytest.mark.wide
def test_a_worker_that_hangs_costs_one_file(folder: Path, strict: None, monkeypatch: pytest.MonkeyPatch) -> None:
    results = label(folder, Stuck("SIGSTOP", "a"), monkeypatch)
    assert statuses(results) == ["rejected", "error", "released", "rejected", "released"]
    (problem,) = results[1].problems
    assert (results[1].exit_code, problem.code, problem.retry) == (ExitCode.TEMPORARY, "stalled", "yes")
    assert "a.mp4" in problem.message and "stopped answering" in problem.message
    assert not left_over(folder), "neither its private folder nor its lock"


@pytest.mark.wide
def test_stopped_although_one_hangs(folder: Path, strict: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Impatient(Stuck):
        def beat(self) -> None:
            if Strict.victims:
                raise Interrupted("stopped")

    monkeypatch.setattr(pool.Worker, "end_if_stalled", while_stopping(pool.Worker.end_if_stalled))
    heard = Impatient("SIGSTOP", "a")
    with pytest.raises(Interrupted):
        label(folder, heard, monkeypatch)
    assert heard.results[1].problems[0].code == "stalled"
    assert read_record(folder / "out" / "a.eu-standard.mp4") is None
    assert not left_over(folder)


def while_stopping(
    end_if_stalled: Callable[[pool.Worker[object]], None],
) -> Callable[[pool.Worker[object]], None]:
    """Nobody is found out before all were asked to stop."""
    return lambda worker: end_if_stalled(worker) if worker.orders.closed else None
