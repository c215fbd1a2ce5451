"""Reading strangers' files in a process of its own: what breaks, hangs or eats memory there costs one file.

Decoders and parsers of other people's formats are native code. A file that is made to break them ends the reading
process, and the answer is that it could not be read; the next file gets a new process.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from labeler.batch.children import search_path
from labeler.errors import LabelerError, SourceUnreadable
from labeler.language import say

BEAT = 0.2
"""Seconds between two looks at a process that reads."""
PATIENCE = 900.0
SLOWEST = 2_000_000
"""Seconds that a file may take, and bytes a second that are read at the very least beyond them (a choice: a machine
that does ten other things reads a film of two hours in a few minutes)."""
LEAST_MEMORY = 4 << 30
SHARE_OF_MEMORY = 0.75
"""Bytes that a reading process may hold: this share of the machine's, never less than the first."""

VERIFYING = "labeler.batch.reading"
"""The module that a reading process runs."""

Call = tuple[str, dict[str, Any]]
"""What is asked: a name in the `CALLS` of the module that the process runs, and its arguments."""


class Reader:
    """A process that reads one file after the other. `with Reader() as reader: reader.ask(...)`."""

    def __init__(self, module: str = VERIFYING, *, patience: float = PATIENCE, memory: int | None = None) -> None:
        """module: what the process runs. patience: seconds that a small file may take. memory: bytes; None: what this
        machine can spare."""
        self.module = module
        self.patience = patience
        self.memory = memory or most_memory()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def ask(self, call: Call, path: Path, check: Callable[[], None]) -> Any:
        """What the call returns, or raises as it raises. check: called often, may raise Interrupted.

        Raises SourceUnreadable where reading the file ended the process, or took more time or memory than it may.
        """
        process = self._process or self._start()
        with contextlib.suppress(OSError):  # a process that has died is told below
            stream = cast(BinaryIO, process.stdin)
            pickle.dump(call, stream)
            stream.flush()
        until = time.monotonic() + self.patience + size_of(path) / SLOWEST
        while True:
            try:
                answer = self._answers.get(timeout=BEAT)
                break
            except queue.Empty:
                self._hold(process, path, until, check)
        if answer is GONE:
            raise broke_down(path, self.stop())
        if isinstance(answer, LabelerError):
            raise answer
        return answer

    def stop(self) -> int:
        """End the process now. Its exit code; less than 0: minus the signal that had ended it."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with contextlib.suppress(OSError):
            cast(BinaryIO, process.stdin).close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(BEAT)
        process.kill()
        return process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        self._answers = queue.SimpleQueue()
        self._process = subprocess.Popen(
            # -P: nothing is imported from the folder that labeler is run in, which may hold anything.
            [sys.executable, "-P", "-m", self.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(os.environ, PYTHONPATH=search_path()),
        )
        listener = threading.Thread(target=listen, args=(self._process, self._answers), daemon=True)
        listener.start()
        return self._process

    def _hold(self, process: subprocess.Popen[bytes], path: Path, until: float, check: Callable[[], None]) -> None:
        """Raises what `check` raises, and SourceUnreadable where the process has had its share; it is gone then."""
        try:
            check()
        except LabelerError:
            self._end(process)
            raise
        if time.monotonic() > until:
            self._end(process)
            raise too_much(path, say("took too long", "a pris trop de temps"))
        if resident(process.pid) > self.memory:
            self._end(process)
            raise too_much(path, say("took too much memory", "a pris trop de mémoire"))

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        self.stop()


GONE = object()


def listen(process: subprocess.Popen[bytes], answers: queue.SimpleQueue[Any]) -> None:
    """Hands on what the process answers; the end of its pipe is told too."""
    replies = cast(BinaryIO, process.stdout)
    with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError), replies:
        while True:
            answers.put(pickle.load(replies))
    answers.put(GONE)


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):  # a name that no file can have
        return 0


def resident(pid: int) -> int:
    """Bytes that a process holds in memory; 0 where this system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_bytes().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def most_memory() -> int:
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return LEAST_MEMORY
    return max(LEAST_MEMORY, int(whole * SHARE_OF_MEMORY))


def broke_down(path: Path, code: int) -> SourceUnreadable:
    how = signal.Signals(-code).name if code < 0 else str(code)
    return too_much(path, say(f"ended the process that read it ({how})", f"a mis fin au processus de lecture ({how})"))


def too_much(path: Path, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        say(f"{path} could not be read: it {why}.", f"{path} n'a pas pu être lue : elle {why}."),
        remedy=say(
            "It is damaged, or made to break its readers: ask for it again from whoever made it.",
            "Elle est abîmée, ou faite pour casser ses lecteurs : redemandez-la à qui l'a faite.",
        ),
        file=str(path),
    )
