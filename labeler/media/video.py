"""A video track as the survey of its file saw it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from labeler.errors import SourceUnsupported
from labeler.media.frames import no_picture
from labeler.media.picture import PictureFormat
from labeler.media.timeline import Scan, Timed, Timeline


@dataclass(frozen=True)
class Video(Timed):
    """How the pictures of one track are to be read, and when each is shown, without the file.

    What cannot be told of it is told when it is asked for: another way to label the file may not need it. time_base,
    by_place: as `Scan.timeline` needs them.
    """

    path: Path
    known: PictureFormat | SourceUnsupported | None
    scanned: Scan
    time_base: Fraction | None
    by_place: bool

    @property
    def format(self) -> PictureFormat:
        """Raises SourceUnsupported (samples that this version does not read), SourceUnreadable (no picture decodes)."""
        if isinstance(self.known, PictureFormat):
            return self.known
        raise self.known or no_picture(self.path)

    @cached_property
    def timeline(self) -> Timeline:
        """Raises SourceUnsupported (a missing or repeated PTS), SourceUnreadable (no frame at all)."""
        return self.scanned.timeline(self.path, self.time_base, by_place=self.by_place)
