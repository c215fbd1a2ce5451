"""Runs the real command, on hostile files above all: each run is a process of its own, timed, weighed and watched.

A server imports labeler once and forks for each run, so that hundreds of runs cost seconds, and a crash, a hang or a
gigabyte of one run is nobody else's. `python -m tests.hostile.runner` is that server: a job a line in, an outcome out.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from runpy import run_module
from types import TracebackType
from typing import Any, Self

SECONDS = 60
"""Of work, not of waiting: a busy machine must not fail a test."""
HANG = 300
"""After so many seconds on the clock a run is taken to hang, and is killed."""
MEGABYTES = 1000
FENCE = 8 << 30
"""Bytes of address space that a run gets: far above what may be used, so that the machine outlives a failed test."""
PRELOADED = ("label", "verify", "inspect", "diff")
KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Outcome:
    """What a run did. `code`: the exit code, or the negative number of the signal that ended it. `seconds`: of the
    processors, all threads together."""

    code: int
    seconds: float
    megabytes: float
    out: str
    err: str


class Runner:
    """The client: a context manager that holds the server. `environment` is that of every run."""

    def __init__(self, scratch: Path, environment: Mapping[str, str]) -> None:
        self.scratch = scratch
        self.environment = dict(environment)

    def __enter__(self) -> Self:
        self.server = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.runner", str(self.scratch)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self.environment,
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self.server.stdin is not None
        self.server.stdin.close()
        self.server.wait()

    def run(
        self,
        arguments: Sequence[str | os.PathLike[str]],
        *,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        given: bytes = b"",
    ) -> Outcome:
        """One run of `labeler` with these arguments, in `folder`; `given` is its standard input. `environment`: of this
        run, in place of the server's; what Python reads as it starts, and the language of help pages, are the server's.
        """
        assert self.server.stdin is not None and self.server.stdout is not None
        (self.scratch / "stdin").write_bytes(given)
        job = {
            "arguments": [os.fspath(one) for one in arguments],
            "folder": str(folder),
            "environment": dict(self.environment if environment is None else environment),
        }
        self.server.stdin.write(json.dumps(job).encode() + b"\n")
        self.server.stdin.flush()
        return Outcome(**json.loads(self.server.stdout.readline()))


def serve(scratch: Path) -> None:
    for name in PRELOADED:
        import_module(f"labeler.cli.{name}")
    for module in ("labeler.batch.run", "labeler.batch.verifying", "labeler.inspection", "labeler.difference.files"):
        import_module(module)
    for line in sys.stdin:
        job = json.loads(line)
        outcome = fork(job["arguments"], job["folder"], job["environment"], scratch)
        print(json.dumps(asdict(outcome)), flush=True)


def fork(arguments: list[str], folder: str, environment: dict[str, str], scratch: Path) -> Outcome:
    out, err = scratch / "stdout", scratch / "stderr"
    child = os.fork()
    if child == 0:
        os.environ.clear()
        os.environ.update(environment)
        be_labeler(arguments, folder, scratch / "stdin", out, err)
    status, usage = wait(child, time.monotonic() + HANG)
    return Outcome(
        code=os.waitstatus_to_exitcode(status),
        seconds=usage.ru_utime + usage.ru_stime,
        megabytes=usage.ru_maxrss / 1000,
        out=out.read_bytes().decode(errors="surrogateescape"),
        err=err.read_bytes().decode(errors="surrogateescape"),
    )


def be_labeler(arguments: list[str], folder: str, given: Path, out: Path, err: Path) -> None:
    """The child: standard streams are files, then what `python -m labeler` does. Never returns."""
    code = 99
    try:
        resource.setrlimit(resource.RLIMIT_AS, (FENCE, FENCE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for path, descriptor in ((out, 1), (err, 2)):
            opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(opened, descriptor)
            os.close(opened)
        os.dup2(os.open(given, os.O_RDONLY), 0)
        os.chdir(folder)
        sys.argv = ["labeler", *arguments]
        run_module("labeler", run_name="__main__", alter_sys=True)
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else 98
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait(child: int, until: float) -> tuple[int, Any]:
    """The status and usage of the child, which is killed when its time is over."""
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            return status, usage
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            _, status, usage = os.wait4(child, 0)
            return status, usage
        time.sleep(0.003)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
