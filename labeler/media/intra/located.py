"""The packets of a file's pictures by number, read from the file itself where each lies: MXF and AVI alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from labeler.media.inventory import Track
from labeler.media.open import reading
from labeler.media.rendering import NotThisWay
from labeler.media.smart.source import Packets


class LocatedSource(ABC):
    """places: where the bytes of each packet begin in the file, and end. Raises NotThisWay, and what reading raises."""

    def __init__(self, path: Path, track: Track) -> None:
        self.path, self.track = path, track
        self._opened = ExitStack()
        self._file: BinaryIO
        self.packets: Packets
        self.places: list[tuple[int, int]] = []

    def __enter__(self) -> Self:
        with ExitStack() as opened, reading(self.path):
            self._file = opened.enter_context(self.path.open("rb"))
            self.packets = self._located()
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def read(self, number: int) -> bytes:
        """The bytes of one packet."""
        return self._between(*self.places[number])

    read_again = read

    @abstractmethod
    def _located(self) -> Packets:
        """The times of the packets, `places` filled. Raises NotThisWay where the bytes at a place are others than
        libavformat hands out."""

    def _between(self, start: int, end: int) -> bytes:
        with reading(self.path):
            self._file.seek(start)
            return self._file.read(end - start)

    def _timed(self, times: list[int], keys: list[bool], base: Fraction) -> Packets:
        """Packets in the order of their pictures. times: in units of `base`, seconds."""
        pts = np.array(times, np.int64) * base.numerator
        origin = Fraction(self.track.timestamps.first or 0) * base.denominator
        if origin.denominator != 1 or np.any(np.diff(pts) <= 0):
            raise NotThisWay("times.order")
        return Packets(pts, pts, np.array(keys, bool), base.denominator, int(origin), b"")
