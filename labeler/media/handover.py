"""A short bounded queue between the thread that makes and the one that uses; either can end both, at once."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Closed(Exception):
    """The other side has gone; there is no one to hand over to."""


class Handover(Generic[Item]):
    """`put` waits while `depth` items wait to be taken; `take` waits for one and gives None after `finish`."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._items: deque[Item] = deque()
        self._changed = threading.Condition()
        self._finished = False
        self._closed = False
        self._error: BaseException | None = None

    def put(self, item: Item) -> None:
        """Raises Closed when the taker has left."""
        with self._changed:
            while len(self._items) >= self._depth and not self._closed:
                self._changed.wait()
            if self._closed:
                raise Closed
            self._items.append(item)
            self._changed.notify_all()

    def finish(self, error: BaseException | None = None) -> None:
        """Nothing more will come; with an error, the taker is told at once, before what still waits."""
        with self._changed:
            self._finished = True
            self._error = error
            self._changed.notify_all()

    def take(self) -> Item | None:
        """The next item, or None at the end. Raises the maker's error."""
        with self._changed:
            while not self._items and not self._finished:
                self._changed.wait()
            if self._error is not None:
                raise self._error
            if not self._items:
                return None
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """The taker leaves: a waiting `put` ends with Closed and what waits is dropped."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()
