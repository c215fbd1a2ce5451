"""The video tracks of one file, for readers that open them one after the other."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from labeler.errors import SourceRejected
from labeler.media import survey
from labeler.media.frames import FrameReader, Learnt
from labeler.media.inventory import Inventory
from labeler.media.picture import PictureFormat
from labeler.media.video import Video


class Tracks:
    """What one reader learns of a track, its format and its times, the next is told: no packet is read twice for it.
    The pictures are to be looked at only (`FrameReader`, converts)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._learnt: dict[int, Learnt] = {}

    def frames(self, track: int) -> FrameReader:
        return FrameReader(self.path, track, self._learnt.setdefault(track, Learnt()), converts=True)

    def survey(self) -> None:
        """Take the inventory now, before any reader is opened: they are told its times. Raises as `survey.read`."""
        _ = self.inventory

    @cached_property
    def inventory(self) -> Inventory:
        """Of the whole file. Raises as `survey.read`."""
        surveyed = survey.read(self.path)
        self._learnt.update((index, learnt_of(video)) for index, video in surveyed.videos.items())
        return surveyed.inventory


def learnt_of(video: Video) -> Learnt:
    """What a reader needs not look for. What cannot be told of the track it finds out for itself, and says so."""
    if not isinstance(video.known, PictureFormat):
        return Learnt()
    try:
        return Learnt(video.known, video.timeline)
    except SourceRejected:
        return Learnt(video.known)
