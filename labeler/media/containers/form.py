"""What labeler knows of one container as libavformat writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from av.packet import Packet

from labeler.media.inventory import Inventory, Track


def named(names: str) -> frozenset[str]:
    """The names in a text, apart by blanks."""
    return frozenset(names.split())


def no_options(_inventory: Inventory, _tags: Mapping[str, str]) -> dict[str, str]:
    return {}


def no_tags(_inventory: Inventory) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Written:
    """A file that libavformat has just written: `work`, after `source`, whose inventory is `inventory`. tags: what was
    added to the source's own. lengths: what `Form.mark` gave, by the number of the track."""

    work: Path
    source: Path
    inventory: Inventory
    tags: Mapping[str, str]
    lengths: Mapping[int, int]


def is_right(_written: Written) -> None:
    """What libavformat wrote is as it should be."""


def no_room(_source: Path) -> dict[str, str]:
    return {}


def needs_no_mark(_packet: Packet[Any], _track: Track, _source: Path) -> int | None:
    return None


@dataclass(frozen=True)
class Form:
    """One container.

    name: for people. format: libavformat's muxer. video, sound, subtitles: FFmpeg's names of the codecs that labeler
    encodes, and that the muxer copies (asked of PyAV 18.1 with `supported_codecs`, and tried). options: of the muxer,
    for a source and the tags of its output. own_tags: what the muxer writes by itself, in lower case.
    has_global_header: the decoder configuration stands apart from the pictures. tags: what the muxer takes for tags of
    the file and the inventory holds elsewhere. has_numbered_tracks: the number of a track is part of the file (a PID).
    mends_attachments: files that are attached, covers among them, are put in by `mend`, as the source has them.
    mends_clocks: by what clock sound runs is told by `mend`, where it is not that of the muxer.
    room: tags that keep place for what is put in afterwards, for a source. mark: a packet that is copied, where the
    muxer would not write how long it lasts; its length in ticks, for `mend`. mend: what libavformat wrote, where it is
    not what the source said; done before anybody reads the file.
    """

    name: str
    format: str
    video: frozenset[str]
    sound: frozenset[str]
    subtitles: frozenset[str] = frozenset()
    options: Callable[[Inventory, Mapping[str, str]], dict[str, str]] = no_options
    own_tags: frozenset[str] = frozenset({"encoder"})
    has_global_header: bool = False
    tags: Callable[[Inventory], dict[str, str]] = no_tags
    has_numbered_tracks: bool = False
    mends_attachments: bool = False
    mends_clocks: bool = False
    room: Callable[[Path], dict[str, str]] = no_room
    mark: Callable[[Packet[Any], Track, Path], int | None] = needs_no_mark
    mend: Callable[[Written], None] = is_right
