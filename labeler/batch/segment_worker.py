"""A process of its own that renders one segment of a file: see `crew`.

Its parent writes one pickle to its standard input: the plan item, the run of packets, the path to write to, and the
threads. It answers on its standard output with the shares done (floats), and last the `Segment`, or a `LabelerError`.
When the parent closes the pipe, or is gone, the work in hand is stopped.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from typing import Any, BinaryIO

from labeler.batch.worker import TELL_EVERY, private_streams
from labeler.errors import Interrupted, LabelerError
from labeler.language import say
from labeler.pipeline import render_run
from labeler.progress import Phase


class Relay:
    """Tells the parent how far it is, not more often than a person can see."""

    def __init__(self, replies: BinaryIO) -> None:
        self.replies = replies
        self.gone = threading.Event()
        self.told = 0.0

    def progress(self, phase: Phase, share: float) -> None:
        if self.gone.is_set():
            raise Interrupted(
                say("stopped; nothing half-written is left.", "arrêté ; aucun fichier inachevé ne reste.")
            )
        now = time.monotonic()
        if share >= 1.0 or now - self.told >= TELL_EVERY:
            self.told = now
            self.send(float(share))

    def send(self, answer: Any) -> None:
        try:
            pickle.dump(answer, self.replies)
            self.replies.flush()
        except OSError:
            self.gone.set()  # nobody reads any more: the next progress stops the work

    def listen(self, orders: BinaryIO) -> None:
        """The end of the pipe stops the work."""
        orders.read(1)
        self.gone.set()


def serve() -> None:
    """The whole life of the process."""
    orders, replies = private_streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, and it is the parent who stops us
    item, run, target, threads = pickle.load(orders)
    relay = Relay(replies)
    threading.Thread(target=relay.listen, args=(orders,), daemon=True).start()
    try:
        relay.send(render_run(item, run, target, threads=threads, progress=relay.progress))
    except Interrupted:
        pass
    except LabelerError as error:
        relay.send(error)
    # What is left in the buffer after the parent's end would fail on the way out.
    os._exit(0)


if __name__ == "__main__":
    serve()
