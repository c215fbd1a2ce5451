"""`labeler step` killed at any moment, and several at once: each output whole, released once, and nothing left over."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labeler.batch.plan_file import open_plan
from labeler.batch.results import read_result
from labeler.cli.main import run
from labeler.layers.credentials import identity as identities
from labeler.release import hash_file, read_record
from tests.clips import make_clip

KILLS = int(os.environ.get("LABELER_TEST_KILLS", "50"))
SEED = 20261126
LONGEST = 1.2
"""Until the last moment of a kill, as a share of what a whole step takes here."""

pytestmark = pytest.mark.wide


@pytest.fixture
def plan(tmp_path: Path, private_home: Path) -> Iterator[Path]:
    identities.create("one", home=private_home, now=datetime.now(UTC))
    clip = make_clip(tmp_path / "clip.mp4", width=480, height=270, seconds=0.4, sound=True)
    path = tmp_path / "plan.jsonl"
    assert run(["plan", str(clip), "--involvement", "generated", "-o", f"{tmp_path}/out/", "--plan", str(path)]) == 0
    (tmp_path / "out").mkdir()
    yield path


def start(plan: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "labeler", "step", str(plan), "--item", "0"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def is_delivered(output: Path) -> bool:
    """Whether there is an output; if there is, its record vouches for its very bytes."""
    if not output.exists():
        return False
    record = read_record(output)
    assert record is not None and record.output is not None, "an output without its record"
    assert record.verdict is not None and record.verdict.outcome == "pass"
    assert hash_file(output)[0] == record.output.sha256, "an output that is not what was verified"
    return True


def strangers(folder: Path, output: Path) -> list[str]:
    """Names that a person would see and that are neither the output nor its record."""
    return [path.name for path in folder.iterdir() if not path.name.startswith((".", output.name))]


def test_killed_at_any_moment(plan: Path) -> None:
    chance = random.Random(SEED)
    output = Path(open_plan(plan).item(0).output)
    survived = killed = 0
    began = time.monotonic()
    assert start(plan).wait() == 0
    whole = time.monotonic() - began
    shutil.rmtree(output.parent)
    output.parent.mkdir()
    for _ in range(KILLS):
        process = start(plan)
        began = time.monotonic()
        try:
            process.wait(whole * chance.uniform(0.0, LONGEST))
            # It was quicker than the one that was timed (a busy machine): the next moments are shares of this one.
            whole = min(whole, time.monotonic() - began)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        assert not strangers(output.parent, output)
        if is_delivered(output):
            survived += 1
            shutil.rmtree(output.parent)
            output.parent.mkdir()
    print(f"{killed} of {KILLS} steps were killed, {survived} of all had released")
    assert killed >= KILLS // 2, "the steps ended before they could be killed: nothing was tested"
    assert start(plan).wait() == 0
    assert is_delivered(output)
    assert sorted(path.name for path in output.parent.iterdir()) == [output.name, f"{output.name}.labeler.json"]


def test_three_at_once(plan: Path) -> None:
    output = Path(open_plan(plan).item(0).output)
    codes = [process.wait() for process in [start(plan) for _ in range(3)]]
    assert 0 in codes and set(codes) <= {0, 75}
    assert is_delivered(output)
    result = read_result(open_plan(plan), 0, open_plan(plan).item(0))
    assert result is not None
    assert sorted(path.name for path in output.parent.iterdir()) == [output.name, f"{output.name}.labeler.json"]


def test_terminated(plan: Path) -> None:
    """SIGTERM: cleaned up by the step itself, 143."""
    folder = Path(open_plan(plan).item(0).output).parent
    process = start(plan)
    until = time.monotonic() + 60
    while not list(folder.glob(".*.part")) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 143
    assert not list(folder.iterdir())
