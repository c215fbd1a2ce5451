"""Files are read in a process apart: what breaks, hangs or eats memory there costs one file and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from labeler.batch.apart import Reader
from labeler.errors import Interrupted, SourceUnreadable
from labeler.verdict import Verdict
from tests.clips import make_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("apart") / "clip.mp4", width=320, height=180, seconds=0.4, sound=False)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is looked at before it can have read anything, however quick this machine is."""
    monkeypatch.setattr("labeler.batch.apart.BEAT", 0.001)


def nothing() -> None:
    """Nobody asks to stop."""


def ask(reader: Reader, path: Path, check: Callable[[], None] = nothing) -> Verdict:
    verdict: Verdict = reader.ask(("verify", {"file": path}), path, check)
    return verdict


def ended(pid: int) -> bool:
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and ") Z " in Path(f"/proc/{pid}/stat").read_text():
            return True
        time.sleep(0.05)
    return False


def test_a_process_that_breaks_down_costs_one_file(clip: Path) -> None:
    with Reader() as reader:
        before = ask(reader, clip)
        process = reader._process
        assert process is not None
        threading.Timer(0.3, lambda: process.send_signal(signal.SIGSEGV)).start()
        with pytest.raises(SourceUnreadable, match="SIGSEGV") as raised:
            while True:
                ask(reader, clip)
        assert raised.value.exit_code == 3 and str(clip) in raised.value.message
        after = ask(reader, clip)
    assert after.model_copy(update={"seconds": {}}) == before.model_copy(update={"seconds": {}})


@pytest.mark.usefixtures("watched")
def test_what_takes_too_long_is_ended(clip: Path) -> None:
    with Reader(patience=0.0) as reader, pytest.raises(SourceUnreadable, match="too long"):
        ask(reader, clip)


@pytest.mark.usefixtures("watched")
def test_what_takes_too_much_memory_is_ended(clip: Path) -> None:
    with Reader(memory=1 << 20) as reader, pytest.raises(SourceUnreadable, match="too much memory"):
        ask(reader, clip)


def test_an_error_of_the_file_comes_out_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with Reader() as reader, pytest.raises(SourceUnreadable, match="not a video"):
        ask(reader, tmp_path / "text.mp4")


@pytest.mark.usefixtures("watched")
def test_whoever_stops_is_heard_at_once(clip: Path) -> None:
    def stop() -> None:
        raise Interrupted("stopped")

    with Reader() as reader:
        with pytest.raises(Interrupted):
            ask(reader, clip, stop)
        assert reader._process is None


def test_the_end_of_the_parent_is_the_end_of_the_reader(clip: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from labeler.batch.apart import Reader\n"
        "reader = Reader(); print(reader._start().pid, flush=True)\n"
        "while True: reader.ask(('verify', {'file': Path(sys.argv[1])}), Path(sys.argv[1]), lambda: None)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(clip)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    assert ended(child)
