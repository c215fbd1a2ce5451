"""One writer for each output, on a disk of this machine or on a share.

The lock is a file beside the output that its holder touches every third of LEASE. Where the holder has died on this
host it is taken over at once; where it is on another host and silent, after it was watched for LEASE seconds by this
process's own clock: the clocks of two machines are never compared.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import LeaseSettingsMismatch, SoftFileLease, Timeout

from labeler.errors import OutputBusy
from labeler.language import say

LEASE = 90.0
"""Seconds of silence after which a holder counts as dead. Every version of labeler must agree on it."""
LOOK_EVERY = 1.0  # seconds
AT_ONCE = 2
"""Attempts: the first may only clear away the lock of a dead process."""


class Lock:
    """A lock that is held."""

    def __init__(self, lease: SoftFileLease, output: Path) -> None:
        self.lease = lease
        self.output = output

    def check(self) -> None:
        """Raises OutputBusy where it was lost: this process was silent for too long, and another one took over."""
        if self.lease.compromise is not None or not self.lease.is_lock_held_by_us:
            raise busy(self.output)


@contextlib.contextmanager
def held(path: Path, output: Path, tick: Callable[[], None] = lambda: None) -> Iterator[Lock]:
    """Hold the lock file at `path` for the output. tick: called while a silent holder is watched; may raise.

    Raises OutputBusy where another process holds it; OSError.
    """
    lease = SoftFileLease(path, lease_duration=LEASE)
    acquire(lease, path, output, tick)
    try:
        yield Lock(lease, output)
    finally:
        lease.release()


def acquire(lease: SoftFileLease, path: Path, output: Path, tick: Callable[[], None]) -> None:
    for _ in range(AT_ONCE):
        if took(lease, output):
            return
    before = touched(path)
    until = time.monotonic() + LEASE + LEASE / 3
    while time.monotonic() < until and not is_of_this_host(path):
        tick()
        time.sleep(LOOK_EVERY)
        if took(lease, output):
            return
        if touched(path) != before:
            break  # its holder is alive
    raise busy(output)


def took(lease: SoftFileLease, output: Path) -> bool:
    try:
        lease.acquire(timeout=0)
    except Timeout:
        return False
    except LeaseSettingsMismatch as error:
        raise busy(output) from error
    return True


def is_of_this_host(path: Path) -> bool:
    """Whether the holder is here; then it lives, since the lock of a dead one would have been taken over by now."""
    try:
        return f"host={socket.gethostname()}" in path.read_text(errors="replace").splitlines()
    except OSError:
        return False


def touched(path: Path) -> int | None:
    """When the holder last said that it lives, by the clock of the disk; None where there is no lock any more."""
    with contextlib.suppress(OSError):
        return path.stat().st_mtime_ns
    return None


def busy(output: Path) -> OutputBusy:
    return OutputBusy(
        say(f"{output}: another labeler is writing this output.", f"{output} : un autre labeler écrit ce fichier."),
        file=str(output),
    )
