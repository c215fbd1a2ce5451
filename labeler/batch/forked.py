"""A process that is forked off this one, for a command that works on a single file: it costs next to no processor time,
since nothing is imported again, and what crashes or hangs there is told by the command and does not end it.

On Linux alone, and before any thread is started that the work needs: a fork has none but its own. It dies with its
parent, at once and whatever ends that.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from typing import BinaryIO

IS_POSSIBLE = sys.platform == "linux"
PR_SET_PDEATHSIG = 1
LOOK_EVERY = 0.02  # seconds


class Forked:
    """What `subprocess.Popen` is for a command, for a function: `serve(orders, replies)`, called in the new process
    with the other ends of `stdin` and `stdout`."""

    def __init__(self, serve: Callable[[BinaryIO, BinaryIO], None]) -> None:
        orders, self.stdin = pipe()
        self.stdout, replies = pipe()
        leave = leave_with_parent()
        parent = os.getpid()
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            try:
                leave()
                if os.getppid() == parent:  # it had not ended before we asked to be told
                    self.stdin.close()
                    self.stdout.close()
                    apart_from_parent()
                    serve(orders, replies)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)  # whoever serves well leaves by itself
        orders.close()
        replies.close()

    def poll(self) -> int | None:
        """The exit code, less than 0 for minus a signal; None while it lives."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired after so many seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and timeout is not None and time.monotonic() >= until:
                raise subprocess.TimeoutExpired("labeler", timeout)
            time.sleep(LOOK_EVERY)
        return code

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def pipe() -> tuple[BinaryIO, BinaryIO]:
    """Its end to read from, and its end to write to."""
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), os.fdopen(writing, "wb")


def apart_from_parent() -> None:
    """Nothing is read from the parent's standard input; descriptor 1 is standard error, whatever a library prints, and
    Python's own streams are not those that a table on the terminal has put there."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr = sys.__stderr__


def leave_with_parent() -> Callable[[], None]:
    """To be called in the child: it is killed when its parent ends, however that ends."""
    prctl = ctypes.CDLL(None).prctl

    def call() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return call
