"""What FFmpeg's decoders complain of while they go on: messages that are no error to whoever only takes the frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import av.logging

ERROR = av.logging.ERROR
ONE_AT_A_TIME = Lock()
"""The level of what is heard is one for the whole process."""


@contextmanager
def heard() -> Iterator[list[str]]:
    """The errors that FFmpeg tells in this thread, growing while the body runs; read them after it.

    Decode with one thread in the body: what a decoder's own threads say is not heard here, and such a thread would wait
    for Python's lock, which whoever waits for the thread may hold.
    """
    messages: list[str] = []
    with ONE_AT_A_TIME:
        level, skips = av.logging.get_level(), av.logging.get_skip_repeated()
        av.logging.set_skip_repeated(False)
        av.logging.set_level(ERROR)
        try:
            with av.logging.Capture(local=True) as logs:
                yield messages
        finally:
            av.logging.set_level(level)
            av.logging.set_skip_repeated(skips)
            messages.extend(f"{name}: {message.strip()}" for severity, name, message in logs if severity <= ERROR)
