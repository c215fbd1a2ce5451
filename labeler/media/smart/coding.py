"""What smart render has to know of a codec. One module a codec beside this one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum

from labeler.media.encoders.task import Task
from labeler.media.rendering import NotThisWay

MOST_REORDER = 2
"""What the encoders here come to with B pictures that others lean on."""


class Opening(Enum):
    """How a group of pictures begins. CLOSED: nothing in it or after it leans on what came before. LEADING: the
    pictures shown before its key may lean on the group before (HEVC: CRA). OPEN: all after it may (H.264: no IDR)."""

    CLOSED = "closed"
    LEADING = "leading"
    OPEN = "open"


class Leading(Enum):
    """A picture that is sent after a key and shown before it: SKIPPED leans on the group before, KEPT does not."""

    NO = "no"
    SKIPPED = "skipped"
    KEPT = "kept"


class Coding(ABC):
    """One codec in one file: what its packets are, and how new ones are made to fit among them.

    setup: the decoder configuration of the source, without the box around it. box: the name of that box in MP4 where
    `record` gives another one. Everything raises NotThisWay where the source is coded in a way that is not handled.
    """

    box: bytes | None = None

    def __init__(self, setup: bytes) -> None:
        self.setup = setup
        self.most_reorder = MOST_REORDER

    def begin(self, most_reorder: int) -> None:
        """Start (again) with pictures that wait for at most so many others, wherever the encoder lets them wait."""
        self.most_reorder = most_reorder

    @abstractmethod
    def opening(self, packet: bytes) -> Opening:
        """How the group of pictures begins whose key this is."""

    def leading(self, packet: bytes) -> Leading:
        """What a packet is that follows a key and is shown before it: nothing that most codecs know."""
        return Leading.NO

    @abstractmethod
    def options(self, task: Task) -> dict[str, str]:
        """For the encoder, so that what it makes stands beside the source's pictures."""

    @abstractmethod
    def adopt(self, made: bytes, task: Task) -> None:
        """Take the decoder configuration of the new pictures (the encoder's extradata)."""

    @abstractmethod
    def packet(self, made: bytes, source: bytes) -> bytes:
        """A packet for the file from one that the encoder made and the source's of the same picture, whose messages
        about the picture (captions, HDR, …) are carried over."""

    def cut_loose(self, packet: bytes, *, leads: bool) -> bytes:
        """A key whose pictures that lean on the group before are gone: told by the type of its units alone. leads:
        others that it leads are still there."""
        raise NotThisWay("groups.leads_unknown")

    def record(self) -> bytes:
        """The decoder configuration of old and new pictures together."""
        return self.setup
