"""Whether a process that works on a file still lives. What hangs for ever is ended; what is busy in silence is not.

Native encoders can wait for themselves for ever (SVT-AV1 4.1 did, inside `avcodec_send_frame`): no error, no end, no
processor time. A process gives a sign of life when it tells anything, uses processor time, or waits for a disk or a
share. Without any for SILENCE it has stopped answering.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labeler.errors import Stalled
from labeler.language import say

SILENCE = 600.0
"""Seconds without a sign of life. A choice: nothing in labeler waits so long for anything but a disk, and what comes
after ten wasted minutes is one more try."""
UNSEEN = 3600.0
"""The same where the system does not show what a process does, so that a busy one is silent, too: no phase between two
tellings takes an hour (the longest is the sealing of a file, at the speed of its disk)."""
STOPPING = 30.0
"""The same for a process that was asked to stop, which it does at the next picture."""
BUSY = 0.1
"""Seconds of processor time that count as a sign of life: what a lock's heartbeat and idle threads use in ten minutes
is far less, what any work uses in that time is far more."""
LOOK_EVERY = 2.0
"""Seconds between two looks at one process."""


@dataclass(frozen=True)
class Activity:
    """What the system shows of a process: processor seconds that it has used so far, in all its threads; whether it
    waits for a disk or a share, which no signal ends."""

    seconds: float
    waits_for_disk: bool = False


def activity_of(pid: int) -> Activity | None:
    """None where this system does not show it, or there is no such process."""
    try:
        # The name in parentheses may hold anything, blanks and parentheses too.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return Activity(ticks / os.sysconf("SC_CLK_TCK"), fields[0] == b"D")
    except (OSError, ValueError, IndexError):
        return None


class Watchdog:
    """Watches one process. Silence is counted in short steps from look to look, so that time in which we did not run
    ourselves (a suspended job, a laptop that slept) is not held against it.

    silence, unseen: seconds, with and without a sight of what the process does. clock: seconds, never going back.
    """

    def __init__(
        self,
        pid: int,
        *,
        silence: float = SILENCE,
        unseen: float = UNSEEN,
        clock: Callable[[], float] = time.monotonic,
        look: Callable[[int], Activity | None] = activity_of,
    ) -> None:
        self.pid = pid
        self.silence, self.unseen = silence, unseen
        self.clock, self.look = clock, look
        self.silent = 0.0
        self.looked = clock()
        self.used = 0.0

    def hear(self) -> None:
        """It told something, or has something new to do."""
        self.silent = 0.0

    def hurry(self) -> None:
        """It was asked to stop."""
        self.silence, self.unseen, self.silent = min(self.silence, STOPPING), min(self.unseen, STOPPING), 0.0

    def is_stalled(self) -> bool:
        """Whether it has given no sign of life for too long. To be asked often."""
        now = self.clock()
        if now - self.looked >= LOOK_EVERY:
            self.silent += min(now - self.looked, 2 * LOOK_EVERY)
            self.looked = now
            seen = self.look(self.pid)
            if seen is not None and (seen.waits_for_disk or seen.seconds - self.used >= BUSY):
                self.used = seen.seconds
                self.silent = 0.0
            return self.silent >= (self.unseen if seen is None else self.silence)
        return False


def stalled(source: Path) -> Stalled:
    """The error of a file whose process was ended."""
    return Stalled(
        say(
            f"{source}: the encoder stopped answering; the process that worked on this file was ended.",
            f"{source} : l'encodeur ne répond plus ; le processus qui traitait ce fichier a été arrêté.",
        ),
        file=str(source),
    )
