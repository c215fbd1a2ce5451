"""A batch on a real Dask cluster: a scheduler and three workers, one of them killed in the middle of a file."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

import labeler
from labeler.batch import cluster
from labeler.batch.request import Request, prepare
from labeler.errors import Interrupted, Temporary, UsageError
from labeler.layers.credentials import identity as identities
from labeler.media import segments
from labeler.release import hash_file, read_record
from tests.clips import make_clip

FILMS = 6


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def start(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DASK_DISTRIBUTED__ADMIN__LOG_FORMAT": "%(message)s", "TMPDIR": str(folder)}
    log = (folder / f"{command[0]}.log").open("ab")
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:]],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


@pytest.fixture
def folder(tmp_path: Path, private_home: Path) -> Path:
    identities.create("one", home=private_home, now=datetime.now(UTC))
    (tmp_path / "in").mkdir()
    first = make_clip(tmp_path / "in" / "0.mp4", width=480, height=270, seconds=0.4, sound=False)
    for number in range(1, FILMS):
        shutil.copyfile(first, tmp_path / "in" / f"{number}.mp4")
    (tmp_path / "in" / "broken.mp4").write_bytes(b"no film")
    return tmp_path


@pytest.fixture
def engine(tmp_path: Path, folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address, and the three workers."""
    pytest.importorskip("distributed")
    place = tmp_path / "dask"
    place.mkdir()
    address = f"127.0.0.1:{free_port()}"
    host, _, port = address.rpartition(":")
    scheduler = start(place, "scheduler", "--host", host, "--port", port, "--no-dashboard")
    worker = ["worker", f"tcp://{address}", "--nthreads", "1", "--no-dashboard", "--no-nanny"]
    workers = [start(place, *worker) for _ in range(3)]
    try:
        yield f"dask://{address}", workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


class Heard(labeler.Listener):
    """Kills a worker once a file is being written."""

    def __init__(self, victim: subprocess.Popen[bytes] | None = None, out: Path | None = None) -> None:
        self.victim, self.out = victim, out
        self.finished_items: list[int] = []

    def beat(self) -> None:
        if self.victim is not None and self.out is not None and len(list(self.out.glob(".*.part"))) == 3:
            self.victim.send_signal(signal.SIGKILL)
            self.victim = None

    def finished(self, item: labeler.Item, result: labeler.Result) -> None:
        self.finished_items.append(item.number)


def batch(folder: Path) -> cluster.Batch:
    return prepare(Request([str(folder / "in")], involvement="generated", output=f"{folder}/out/"))


@pytest.mark.wide
def test_a_worker_that_dies_in_mid_file_costs_nothing(
    folder: Path, engine: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = engine
    (folder / "out").mkdir()
    heard = Heard(workers[0], folder / "out")
    results = cluster.carry_out_on(address, batch(folder), heard)
    assert heard.victim is None, "no worker was killed: this shows nothing"
    assert [result.status for result in results] == ["released"] * FILMS + ["rejected"], results
    assert sorted(heard.finished_items) == list(range(FILMS + 1))
    for result in results[:FILMS]:
        assert result.output is not None
        output = Path(result.output.file)
        record = read_record(output)
        assert record is not None and record.output is not None and record.output.sha256 == hash_file(output)[0]
    again = cluster.carry_out_on(address, batch(folder), labeler.Listener())
    assert [result.status for result in again] == ["skipped"] * FILMS + ["rejected"]
    assert not list((folder / "out").glob(".*")), "the next run sweeps what the killed one left"


@pytest.mark.wide
def test_a_file_in_segments(
    tmp_path: Path,
    private_home: Path,
    engine: tuple[str, list[subprocess.Popen[bytes]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each on whatever worker is free, and one of these killed with a segment in hand."""
    monkeypatch.setattr(segments, "LEAST", Fraction(1))
    source = make_clip(tmp_path / "long.mp4", width=480, height=270, seconds=4)
    victim = engine[1][0]

    class Waiting(labeler.Listener):
        """Kills a worker once the segments are on their way."""

        def beat(self) -> None:
            if victim.poll() is None and list(tmp_path.glob(".*.part/plan.jsonl.results/0/.segment-*")):
                victim.send_signal(signal.SIGKILL)
                victim.wait()

    asked = Request([str(source)], involvement="generated", output=f"{tmp_path}/long.out.mp4", segments=3)
    (result,) = cluster.carry_out_on(engine[0], prepare(asked), Waiting())
    assert result.status == "released", result.problems
    assert victim.poll() is not None, "no worker was killed: this shows nothing"
    record = read_record(tmp_path / "long.out.mp4")
    assert record is not None and record.plan.rendering is not None and len(record.plan.rendering.segments) == 3
    assert not list(tmp_path.glob(".*"))


@pytest.mark.wide
def test_stopped(folder: Path, engine: tuple[str, list[subprocess.Popen[bytes]]]) -> None:
    class Impatient(labeler.Listener):
        def finished(self, item: labeler.Item, result: labeler.Result) -> None:
            raise Interrupted("stopped")

    with pytest.raises(Interrupted):
        cluster.carry_out_on(engine[0], batch(folder), Impatient())


@pytest.mark.parametrize("engine", ["dask://", "dask://host", "ray://host:1", "host:8786", "dask://host:x"])
def test_no_engine(engine: str) -> None:
    with pytest.raises(UsageError):
        cluster.address_of(engine)


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with pytest.raises(Temporary), cluster.connected(f"tcp://127.0.0.1:{free_port()}"):
        pass
