"""What a walk over the boxes of an MP4 or MOV found, or over what stands for them in other containers: types only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labeler.media.aperture import Aperture
from labeler.media.light import Light


@dataclass(frozen=True)
class TrackBoxes:
    """One `trak`. `id`: its track id. `handler`: `vide`, `soun`, `text`, `tmcd`, …; `formats`: its sample entries.

    references: (kind, track ids) from `tref`. samples: from the sample table, None in a fragmented file.
    facts: what is refused in this version, by name. light: static HDR metadata of its sample entry. numbers: frames
    that a time code track counts in a second. aperture: that of a `clap` which crops.
    """

    id: int
    handler: str
    formats: tuple[str, ...]
    references: tuple[tuple[str, tuple[int, ...]], ...]
    samples: int | None
    facts: tuple[str, ...]
    light: Light = field(default_factory=Light)
    numbers: int | None = None
    aperture: Aperture | None = None


@dataclass(frozen=True)
class Boxes:
    """What the walk found, over boxes or what stands for them in other containers.

    `unknown`: paths of boxes that stand in no list; `facts`: of the whole film; `structure`: as in an inventory.
    `light`: static HDR metadata, where the container says it of the whole film.
    """

    tracks: tuple[TrackBoxes, ...] = ()
    unknown: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    has_xmp: bool = False
    has_credentials: bool = False
    is_fragmented: bool = False
    is_faststart: bool = False
    structure: Mapping[str, str] = field(default_factory=dict)
    light: Light = field(default_factory=Light)

    def of(self, track_id: int) -> TrackBoxes | None:
        return next((track for track in self.tracks if track.id == track_id), None)

    def timecode_rate(self) -> int | None:
        """Frames that the first time code track counts in a second."""
        return next((track.numbers for track in self.tracks if track.numbers), None)

    def chapter_tracks(self) -> frozenset[int]:
        """The ids of the tracks that others name as their chapters."""
        lists = (ids for track in self.tracks for kind, ids in track.references if kind == "chap")
        return frozenset(id for ids in lists for id in ids)
