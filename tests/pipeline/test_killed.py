"""kill -9 at any moment leaves no output, or one that was verified; the next run finishes and leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labeler.release import hash_file, read_record
from tests.clips import make_clip

MOMENTS = 30
FIRST_TWO_THIRDS = 10


def command(folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "labeler", "label", str(folder / "clip.mp4"), "-o", str(folder / "out") + "/"),
        *("--involvement", "generated"),
    ]


def shares() -> list[float]:
    """When to kill, as shares of a whole run: ten in the first two thirds, twenty in the last."""
    early = [(number + 0.5) / FIRST_TWO_THIRDS * 2 / 3 for number in range(FIRST_TWO_THIRDS)]
    late = MOMENTS - FIRST_TWO_THIRDS
    return early + [2 / 3 + (number + 0.5) / late * 0.36 for number in range(late)]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], float]:
    folder = tmp_path_factory.mktemp("killed")
    make_clip(folder / "clip.mp4", seconds=1)
    environment = dict(os.environ, LABELER_HOME=str(folder / "home"), LABELER_LANG="en")
    subprocess.run([sys.executable, "-m", "labeler", "identity", "new", "studio"], env=environment, check=True)
    started = time.monotonic()
    subprocess.run(command(folder), env=environment, check=True, capture_output=True)
    whole = time.monotonic() - started
    for path in (folder / "out").iterdir():
        path.unlink()
    return folder, environment, whole


def assert_clean_or_verified(out: Path) -> bool:
    """No output, or one whose record says that these bytes passed. Returns whether it is there."""
    visible = [path for path in out.iterdir() if not path.name.startswith(".")]
    media = [path for path in visible if path.suffix == ".mp4"]
    if not media:
        return False
    (output,) = media
    record = read_record(output)
    assert record is not None and record.verdict is not None and record.output is not None
    assert record.verdict.outcome == "pass"
    assert record.output.sha256 == record.verdict.sha256 == hash_file(output)[0]
    return True


@pytest.mark.wide
def test_kill_at_thirty_moments(stage: tuple[Path, dict[str, str], float]) -> None:
    folder, environment, whole = stage
    out = folder / "out"
    killed = 0
    for share in shares():
        started = time.monotonic()
        process = subprocess.Popen(
            command(folder), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=whole * share)
            # It was quicker than the run that was timed (a busy machine): the next moments are shares of this one.
            whole = min(whole, time.monotonic() - started)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        if assert_clean_or_verified(out):
            for path in out.iterdir():
                if not path.name.startswith("."):
                    path.unlink()
    assert killed >= MOMENTS // 2, "the runs ended before they could be killed: nothing was tested"
    done = subprocess.run([*command(folder), "--json"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "released"
    assert sorted(path.name for path in out.iterdir()) == ["clip.eu-standard.mp4", "clip.eu-standard.mp4.labeler.json"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_cleanly(stage: tuple[Path, dict[str, str], float], number: signal.Signals, code: int) -> None:
    folder, environment, _ = stage
    out = folder / f"out-{code}"
    arguments = [part if part != str(folder / "out") + "/" else str(out) + "/" for part in command(folder)]
    process = subprocess.Popen(arguments, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "rendering" in line:
            process.send_signal(number)
            break
    rest = process.stderr.read()
    assert process.wait() == code, rest
    assert "Traceback" not in rest
    assert not list(out.iterdir())
