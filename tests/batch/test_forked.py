"""A command on a single file, and a step, work in a process that is forked off: what ends or hangs there is told."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

import labeler
from labeler.batch import jobs, pool, step
from labeler.batch.asked import Asked, Steps
from labeler.batch.forked import IS_POSSIBLE, Forked
from labeler.batch.listener import Keeping
from labeler.batch.plan_file import PlanFile, open_plan
from labeler.batch.request import Request, prepare
from labeler.batch.results import read_result
from labeler.batch.steps_apart import run_steps_apart
from labeler.batch.watchdog import Watchdog
from labeler.cli.main import run
from labeler.errors import Interrupted, PlanError
from labeler.layers.credentials import identity as identities
from labeler.rules.record import Result
from tests.clips import make_clip

pytestmark = pytest.mark.skipif(not IS_POSSIBLE, reason="this system forks no process safely")
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "a.mp4", width=480, height=270, seconds=0.4, sound=False)


@pytest.fixture
def out(tmp_path: Path, private_home: Path) -> Path:
    identities.create("one", home=private_home, now=NOW)
    return tmp_path / "out"


class Impatient(Watchdog):
    """Takes every process for stalled."""

    def is_stalled(self) -> bool:
        return True


def by_signal(number: int) -> Callable[..., None]:
    def strike(*given: object) -> None:
        faulthandler.disable()  # pytest's own would tell of it
        os.kill(os.getpid(), number)

    return strike


def hang(*given: object) -> None:
    time.sleep(1e6)


def labelled(clip: Path, out: Path) -> Result:
    batch = prepare(Request([str(clip)], involvement="generated", output=f"{out}/"))
    (result,) = jobs.carry_out(batch, forks=True)
    return result


ENDINGS = pytest.mark.parametrize(
    ("what", "code", "problem"),
    [
        (by_signal(signal.SIGSEGV), 70, "bug"),
        (by_signal(signal.SIGKILL), 75, "temporary"),
        (hang, 75, "stalled"),
    ],
    ids=["SIGSEGV", "SIGKILL", "hang"],
)


@ENDINGS
def test_a_single_file(
    what: Callable[..., None], code: int, problem: str, clip: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "label_file", what)
    if what is hang:
        monkeypatch.setattr(pool, "Watchdog", Impatient)
    result = labelled(clip, out)
    assert (result.status, result.exit_code, result.problems[0].code) == ("error", code, problem)
    assert str(clip) in result.problems[0].message
    assert not list(out.glob(".*"))


def test_a_single_file_as_in_this_process(clip: Path, out: Path) -> None:
    result = labelled(clip, out)
    assert result.status == "released" and result.output is not None
    assert sorted(path.name for path in out.iterdir()) == ["a.eu-standard.mp4", "a.eu-standard.mp4.labeler.json"]
    assert labelled(clip, out).status == "skipped"


@pytest.fixture
def plan(clip: Path, out: Path, tmp_path: Path) -> PlanFile:
    """One film for two presets."""
    path = tmp_path / "plan.jsonl"
    asked = ("--involvement", "generated", "-o", f"{out}/", "--preset", "eu-standard", "--preset", "youtube-16x9")
    assert run(["plan", str(clip), *asked, "--plan", str(path)]) == 0
    return open_plan(path)


def stepped(plan: PlanFile, numbers: range, heard: labeler.Listener | None = None, **asked: object) -> list[Result]:
    keeping = Keeping(heard or labeler.Listener())
    run_steps_apart(Steps(plan, Asked(NOW, **asked)), numbers, keeping)  # type: ignore[arg-type]
    return list(keeping.results.values())


@ENDINGS
def test_a_step(
    what: Callable[..., None], code: int, problem: str, plan: PlanFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "label_file", what)
    if what is hang:
        monkeypatch.setattr(pool, "Watchdog", Impatient)
    (result,) = stepped(plan, range(1, 2))
    assert (result.status, result.exit_code, result.problems[0].code) == ("error", code, problem)
    assert result.preset is not None and result.preset.id == "youtube-16x9"
    assert read_result(plan, 1, plan.item(1)) == result


@pytest.mark.wide
def test_the_items_after_one_that_crashes_go_on(plan: PlanFile, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next process is a new one, which knows nothing of what was changed here for the first."""
    monkeypatch.setattr(step, "label_file", by_signal(signal.SIGSEGV))
    assert [result.status for result in stepped(plan, range(2))] == ["error", "released"]
    assert sorted(path.name for path in out.glob("*.mp4")) == ["a.youtube-16x9.mp4"]


@pytest.mark.wide
def test_rendered_and_sealed(plan: PlanFile, out: Path) -> None:
    assert stepped(plan, range(2), stage="render") == [], "they wait for their seal"
    assert [result.status for result in stepped(plan, range(2), stage="seal")] == ["released", "released"]


def test_a_number_that_is_none_of_the_plan(plan: PlanFile) -> None:
    with pytest.raises(PlanError):
        stepped(plan, range(1, 3))


def test_stopped(plan: PlanFile, out: Path) -> None:
    class Stopping(labeler.Listener):
        def progress(self, item: labeler.Item, phase: str, share: float) -> None:
            if phase == "render":
                raise Interrupted("stopped")

    with pytest.raises(Interrupted):
        stepped(plan, range(2), Stopping())
    assert not list(out.iterdir())
    result = read_result(plan, 0, plan.item(0))
    assert result is not None and result.status == "interrupted"


def test_the_end_of_the_parent_is_the_end_of_the_child() -> None:
    code = (
        "import time; from labeler.batch.forked import Forked\n"
        "child = Forked(lambda orders, replies: time.sleep(1e6)); print(child.pid, flush=True); time.sleep(1e6)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    while Path(f"/proc/{child}").exists() and ") Z " not in Path(f"/proc/{child}/stat").read_text():
        time.sleep(0.01)


def test_how_it_ends() -> None:
    def leave(orders: BinaryIO, replies: BinaryIO) -> None:
        os._exit(int(orders.readline()))

    child = Forked(leave)
    assert child.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.01)
    child.stdin.write(b"7\n")
    child.stdin.flush()
    assert child.wait() == child.poll() == 7
    child.kill()  # nobody else has that number by now
    killed = Forked(lambda orders, replies: time.sleep(1e6))
    killed.kill()
    assert killed.wait() == -signal.SIGKILL
