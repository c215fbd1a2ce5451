"""One writer for each output, on a disk of this machine or on a share.

The lock is a file beside the output that its holder touches every third of LEASE. Where the holder has died on this
host it is taken over at once, and so it is where nobody has waited for it yet; where it is on another host and silent,
after it was watched for LEASE seconds by this process's own clock: the clocks of two machines are never compared.
"""

from __future__ import annotations

import contextlib
import os
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
UNREAPED = "Z"
NAMESPACE = "?pidns-"
"""What filelock puts between the host's name and the namespace of process numbers in a container."""
FIRST_NAMESPACE = 0xEFFFFFFC  # PID_NS_INIT_INO, linux/nsfs.h


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
        clear_of_unreaped(lease)
    before = touched(path)
    until = time.monotonic() + LEASE + LEASE / 3
    # A holder that is here lives, since the lock of a dead one would have been taken over by now.
    while time.monotonic() < until and not is_of_this_host(lease):
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


def is_of_this_host(lease: SoftFileLease) -> bool:
    """Whether the holder is here, where its process can be looked at."""
    owner = lease.owner
    return owner is not None and owner.hostname == socket.gethostname() + namespace_mark()


def namespace_mark() -> str:
    """What the lock file has after the host name in a container, where process numbers are its own."""
    with contextlib.suppress(OSError):
        namespace = Path("/proc/self/ns/pid").stat().st_ino
        return "" if namespace == FIRST_NAMESPACE else f"{NAMESPACE}{namespace:x}"
    return ""


def clear_of_unreaped(lease: SoftFileLease) -> None:
    """Take away the lock of a process of this host that has ended and that nobody has waited for.

    A step that is killed leaves the process that it has forked to the first process of the machine, which in many a
    container waits for nobody. The number and the moment of its start are compared, so it is no other process. Whoever
    takes the lock between our look and this finds it gone before it renames anything (`Lock.check`).
    """
    owner = lease.owner
    if owner is None or owner.start is None or not is_of_this_host(lease):
        return
    if process_state(owner.pid) == (UNREAPED, owner.start % 2**64):
        lease.force_break()


def is_alive(pid: int) -> bool:
    """Whether a process of this host runs; one that has ended and that nobody has waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    state = process_state(pid)
    return state is None or state[0] != UNREAPED


def process_state(pid: int) -> tuple[str, int] | None:
    """Its state's letter, and the moment of its start in clock ticks after the boot; None where that is not told (Linux
    tells it, proc(5))."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return fields[0].decode("ascii"), int(fields[19])
    return None


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
