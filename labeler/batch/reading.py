"""The process that `apart.Reader` starts: it answers calls from its standard input until that ends."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from labeler.batch.outcome import bug
from labeler.batch.worker import private_streams
from labeler.errors import LabelerError


def call_verify(**asked: Any) -> Any:
    from labeler.verification import verify

    return verify(**asked)


def call_inspect(**asked: Any) -> Any:
    from labeler.inspection import inspect

    return inspect(**asked)


CALLS: Mapping[str, Callable[..., Any]] = MappingProxyType({"verify": call_verify, "inspect": call_inspect})


def answer(call: Callable[..., Any], asked: Mapping[str, Any]) -> Any:
    """What the call returns, or the error that ended it."""
    try:
        return call(**asked)
    except LabelerError as error:
        return error
    except Exception as error:
        return bug(error, Path(str(asked.get("file"))))


def serve(calls: Mapping[str, Callable[..., Any]]) -> None:
    """The whole life of the process. calls: what it can be asked, by name."""
    orders, replies = private_streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, and it is the parent who stops us
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(orders, waiting), daemon=True).start()
    while True:
        name, asked = waiting.get()
        pickle.dump(answer(calls[name], asked), replies)
        replies.flush()


def listen(orders: BinaryIO, waiting: queue.SimpleQueue[Any]) -> None:
    """Hands on what the parent orders. Its end, or the parent's, is the end of this process, whatever it does."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            waiting.put(pickle.load(orders))
    os._exit(0)


if __name__ == "__main__":
    serve(CALLS)
