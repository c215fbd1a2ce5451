"""A read-only walk over the boxes of an MP4 or MOV file: what libavformat neither shows nor keeps."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from labeler.errors import SourceUnreadable
from labeler.media import boxes, light, pieces
from labeler.media.aperture import Aperture, agrees, aperture
from labeler.media.box_file import LOOSE, Box, BoxFile
from labeler.media.light import Light
from labeler.media.open import reading
from labeler.media.walked import Boxes, TrackBoxes

CROPPING, UNCLEAR = "clean aperture", "unclear clean aperture"
MONOSCOPIC = "monoscopic"
# Bytes of fixed fields between the head of a sample entry and its first child (ISO/IEC 14496-12, QuickTime).
VIDEO_ENTRY = 78
SOUND_ENTRY = {0: 28, 1: 28 + 16, 2: 28 + 36}
# Where a time code's entry says how many frames it counts in a second (QuickTime, timecode sample description).
TIMECODE_NUMBERS = 24
# Where the header of a track tells how large it is shown, by its version (ISO/IEC 14496-12, 8.3.2).
DISPLAY_SIZE_0, DISPLAY_SIZE_1 = 76, 88


@dataclass
class _Track:
    id: int = 0
    handler: str = ""
    formats: list[str] = field(default_factory=list)
    references: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    samples: int | None = None
    facts: list[str] = field(default_factory=list)
    light: Light = field(default_factory=Light)
    numbers: int | None = None
    aperture: Aperture | None = None
    tapt: dict[str, tuple[int, int]] = field(default_factory=dict)
    clock: int = 0
    display: bytes = b""
    edits: tuple[Box, tuple[pieces.Edit, ...]] | None = None

    def frozen(self, *, fragmented: bool) -> TrackBoxes:
        if not agrees(self.aperture, self.tapt):
            self.facts.append(UNCLEAR)
        return TrackBoxes(
            self.id,
            self.handler,
            tuple(self.formats),
            tuple(self.references),
            None if fragmented else self.samples,
            tuple(dict.fromkeys(self.facts)),
            self.light,
            self.numbers,
            self.aperture,
        )


def walk(path: Path) -> Boxes:
    """Walk all boxes of an MP4 or MOV file.

    Raises SourceUnreadable for a box that is damaged or cut off, and for a file without `moov`; SourceMissing.
    """
    with reading(path), path.open("rb") as file:
        walker = _Walker(file, path)
        walker.walk_file()
        walker.see_edits()
    return walker.result()


def aperture_of(path: Path, track_id: int) -> Aperture | None:
    """The clean aperture of one track, from the `moov` alone; None too where the boxes are damaged, which whoever asks
    for nothing but pictures need not mind. Raises SourceMissing, SourceUnreadable (no permission)."""
    with reading(path), path.open("rb") as file:
        walker = _Walker(file, path)
        with suppress(SourceUnreadable):
            walker.walk_moov()
        found = next((track for track in walker.tracks if track.id == track_id), None)
    return None if found is None else found.aperture


class _Walker(BoxFile):
    """One walk. State: what was found so far."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        super().__init__(file, path)
        self.order: list[str] = []
        self.tracks: list[_Track] = []
        self.facts: dict[str, None] = {}
        self.has_xmp = False
        self.has_credentials = False
        self.clock = 0

    def result(self) -> Boxes:
        fragmented = "moof" in self.order or "moov/mvex" in self.order
        media = [name for name in self.order if name in ("moov", "mdat", "moof")]
        return Boxes(
            tracks=tuple(track.frozen(fragmented=fragmented) for track in self.tracks),
            unknown=tuple(self.unknown),
            facts=tuple(self.facts),
            has_xmp=self.has_xmp,
            has_credentials=self.has_credentials,
            is_fragmented=fragmented,
            is_faststart=media[:1] == ["moov"],
            structure=self.display_sizes(),
        )

    def display_sizes(self) -> dict[str, str]:
        """Of each track of pictures, where its header tells one: width and height in 16.16 fixed point, as hexadecimal
        text. No libavformat shows it, and some players go by it."""
        pictures = (track.display for track in self.tracks if track.handler == "vide")
        return {f"display_size_{order}": size.hex() for order, size in enumerate(pictures) if len(size) == 8}

    # --- the tree -------------------------------------------------------------------------------------------------

    def walk_file(self) -> None:
        for box in self.children(self.whole(), 0):
            self.order.append(box.name)
            self.visit("", box, None, 1)
        if self.order.count("moov") > 1:
            raise self.damaged(
                "it has several `moov` boxes, and players show only the film of one",
                "il a plusieurs boîtes `moov`, et les lecteurs ne montrent le film que d'une seule",
            )
        if "moov" not in self.order:
            raise self.damaged(
                "it has no `moov` box, so it was cut off or never finished",
                "il n'a pas de boîte `moov` : il est tronqué ou inachevé",
            )

    def walk_moov(self) -> None:
        moov = next((box for box in self.children(self.whole(), 0) if box.name == "moov"), None)
        if moov is not None:
            self.visit("", moov, None, 1)

    def visit(self, holder: str, box: Box, track: _Track | None, depth: int) -> None:
        """`holder`: the name of the list in `boxes.KNOWN` that says what may stand here."""
        facts = self.facts if track is None else track.facts
        if box.name in boxes.DOLBY_VISION:
            _add(facts, dolby_vision(self.payload(box, 5)))
        elif box.name in boxes.FACTS:
            _add(facts, boxes.FACTS[box.name])
        elif box.name == "uuid":
            self.see_uuid(box, facts)
        elif box.path == "free":
            self.see_free(box)
        elif not self.is_known(holder, box):
            self.note(box.path)
        elif box.name in READERS:
            READERS[box.name](self, box, track, depth)
        elif box.name in boxes.CONTAINERS:
            self.descend(box, track, depth)

    def descend(self, box: Box, track: _Track | None, depth: int) -> None:
        if box.path == "moov/mvex":
            self.order.append(box.path)
        inner = Box(box.name, box.start + self.skip(box), box.end, box.path)
        for child in self.children(inner, depth):
            self.visit(box.name, child, track, depth + 1)

    def skip(self, box: Box) -> int:
        """`meta` is a full box in MP4 and a plain one in QuickTime: told apart by where its `hdlr` stands."""
        if box.name != "meta" or self.read(box.start + 4, min(box.start + 8, box.end)) == b"hdlr":
            return 0
        return min(4, box.size)

    def is_known(self, holder: str, box: Box) -> bool:
        if box.name in boxes.KNOWN.get(holder, frozenset()):
            return True
        if box.name in ADOBE_START and box.path.startswith("moov/udta/"):
            return self.is_zero_time(box)
        allowed = boxes.HARMLESS.get((holder, box.name))
        return allowed is not None and self.payload(box) in allowed

    def is_zero_time(self, box: Box) -> bool:
        """Adobe's start time code (©TIM) with its scale and frame length: nothing is lost with a start of zero."""
        if box.name != "\xa9TIM":
            return True
        return not self.payload(box)[4:].strip(b"0:;.\0")

    # --- single boxes ---------------------------------------------------------------------------------------------

    def see_free(self, box: Box) -> None:
        """Where a rewrite keeps bytes that stood loose at the end of a file: told as if they still did."""
        if box.size < 8 and (data := self.payload(box)).strip(b"\0"):
            self.note(LOOSE.format(data.hex()))

    def see_uuid(self, box: Box, facts: dict[str, None] | list[str]) -> None:
        kind = self.payload(box, 16)
        if kind == boxes.XMP_UUID and "/" not in box.path:
            self.has_xmp = True
        elif kind == boxes.CREDENTIALS_UUID and "/" not in box.path:
            self.has_credentials = True
        elif kind == boxes.SPHERICAL_UUID:
            _add(facts, "spherical")
        else:
            self.note(f"{box.path}({kind.hex()})")

    def see_trak(self, box: Box, _track: _Track | None, depth: int) -> None:
        track = _Track()
        self.tracks.append(track)
        self.descend(box, track, depth)

    def see_tkhd(self, box: Box, track: _Track | None, _depth: int) -> None:
        if track is not None:
            version = self.fields(box, ">B")[0]
            track.id = self.fields(box, ">I", 20 if version == 1 else 12)[0]
            at = DISPLAY_SIZE_1 if version == 1 else DISPLAY_SIZE_0
            track.display = self.payload(box, at + 8)[at:]

    def see_hdlr(self, box: Box, track: _Track | None, _depth: int) -> None:
        if track is not None and box.path.endswith("mdia/hdlr"):
            track.handler = self.payload(box, 12)[8:12].decode("latin-1")

    def see_tref(self, box: Box, track: _Track | None, depth: int) -> None:
        for child in self.children(box, depth):
            if child.name not in boxes.KNOWN["tref"]:
                self.note(child.path)
            elif track is not None:
                data = self.payload(child)
                track.references.append((child.name, struct.unpack(f">{len(data) // 4}I", data[: len(data) // 4 * 4])))

    def see_dref(self, box: Box, track: _Track | None, depth: int) -> None:
        inner = Box(box.name, min(box.start + 8, box.end), box.end, box.path)
        for entry in self.children(inner, depth):
            if not self.fields(entry, ">I")[0] & 1:
                _add(self.facts if track is None else track.facts, "media in another file")

    def see_elst(self, box: Box, track: _Track | None, _depth: int) -> None:
        version, count = self.fields(box, ">B3xI")
        size = struct.calcsize(pieces.layout(version))
        if min(count, pieces.MOST_PIECES + 2) * size > box.size - pieces.HEAD:
            raise self.damaged(f"the box {box.path} is too short", f"la boîte {box.path} est trop courte")
        if track is None:
            return
        if track.edits is not None:
            track.facts.append("several edits")
        track.edits = box, pieces.read(self.payload(box, pieces.HEAD + (pieces.MOST_PIECES + 2) * size))

    def see_edits(self) -> None:
        """Once both clocks are known. The pieces of a video that follow each other are read as one."""
        for track in self.tracks:
            if track.edits is not None:
                box, edits = track.edits
                one = pieces.EditList(box.start, box.end, self.clock, track.clock)
                joined = pieces.read_joined(self.file, one) if track.handler == "vide" else None
                track.facts += edit_facts(joined or edits)

    def see_clock(self, box: Box, track: _Track | None, _depth: int) -> None:
        """`mvhd` of the film, `mdhd` of a track."""
        ticks = self.fields(box, ">I", 20 if self.fields(box, ">B")[0] == 1 else 12)[0]
        if track is None:
            self.clock = ticks
        else:
            track.clock = ticks

    def see_tapt(self, box: Box, track: _Track | None, depth: int) -> None:
        """QuickTime's three sizes of a track: clean and production aperture differ only where `clap` cuts."""
        for child in self.children(box, depth):
            width, height = self.fields(child, ">II", 4)
            if track is not None:
                track.tapt[child.name] = width, height

    def see_samples(self, box: Box, track: _Track | None, _depth: int) -> None:
        if track is not None:
            track.samples = self.fields(box, ">I", 8)[0]

    def see_xmp(self, _box: Box, _track: _Track | None, _depth: int) -> None:
        self.has_xmp = True

    # --- sample entries -------------------------------------------------------------------------------------------

    def see_stsd(self, box: Box, track: _Track | None, depth: int) -> None:
        if track is None:
            return
        inner = Box(box.name, min(box.start + 8, box.end), box.end, box.path)
        for entry in self.children(inner, depth):
            track.formats.append(entry.name)
            if entry.name in ("encv", "enca", "encs", "enct"):
                track.facts.append("encrypted")
            if entry.name == "tmcd" and entry.end - entry.start > TIMECODE_NUMBERS:
                track.numbers = self.fields(entry, ">B", TIMECODE_NUMBERS)[0]
            self.see_entry(entry, track, depth + 1)
        if len(track.formats) > 1:
            track.facts.append("several sample descriptions")

    def see_entry(self, entry: Box, track: _Track, depth: int) -> None:
        """Visit the children of one sample entry. Entries of other handlers hold nothing that we would miss:
        such tracks are made again (chapters, time code), copied whole (text), or refused (data)."""
        if track.handler == "vide":
            start = VIDEO_ENTRY
        elif track.handler == "soun":
            # Version 1 and 2 of QuickTime's sound entry are longer; MP4 always says 0.
            start = SOUND_ENTRY.get(self.fields(entry, ">H", 8)[0], 28)
        else:
            return
        inner = Box(entry.name, min(entry.start + start, entry.end), entry.end, entry.path)
        for child in self.children(inner, depth):
            if child.name == "colr":
                self.see_colr(child, track)
            if child.name == "clap":
                self.see_clap(child, entry, track)
            self.visit(track.handler, child, track, depth + 1)

    def see_light(self, box: Box, track: _Track | None, _depth: int) -> None:
        """`mdcv` and `clli` (ISO/IEC 14496-12), or WebM's `SmDm` and `CoLL`, which begin with a version."""
        if track is None:
            return
        data = self.payload(box, light.UNITS.size + 4)
        if box.name == "mdcv":
            track.light.see_mastering(light.mastering_of_units(data))
        elif box.name == "SmDm":
            track.light.see_mastering(light.mastering_of_binary(data[4:]))
        else:
            track.light.see_levels(light.levels(data if box.name == "clli" else data[4:]))

    def see_stereo(self, box: Box, track: _Track | None, _depth: int) -> None:
        """Spatial Media v2 says by it, too, that pictures are no stereo."""
        if track is not None:
            track.facts.append("stereo 3D" if self.fields(box, ">B", 4)[0] else MONOSCOPIC)

    def see_clap(self, box: Box, entry: Box, track: _Track) -> None:
        """A clean aperture is a crop, unless it is the whole picture (as libavformat writes it beside v210)."""
        width, height = self.fields(entry, ">HH", 24)
        found = aperture(self.fields(box, ">IIIIiIiI"), (width, height))
        if found is None or track.aperture is not None:
            track.facts.append(UNCLEAR)
        elif found.crops:
            track.facts.append(CROPPING)
            track.aperture = found

    def see_colr(self, box: Box, track: _Track) -> None:
        if self.payload(box, 4) not in (b"nclx", b"nclc"):
            track.facts.append("ICC profile")


def dolby_vision(record: bytes) -> str:
    """By the configuration record (Dolby Vision streams within ISO BMFF, 3.2). Profile 8 says so where its one layer is
    HDR10, SDR or HLG by itself (compatibility 1, 2, 4): then what is painted in it is seen as painted."""
    if len(record) < 5:
        return "Dolby Vision"
    profile, has_second, compatibility = record[2] >> 1, record[3] >> 1 & 1, record[4] >> 4
    if profile == 8 and not has_second and compatibility in (1, 2, 4):
        return boxes.PLAIN_DOLBY_VISION
    return f"Dolby Vision profile {profile}"


def edit_facts(edits: Sequence[pieces.Edit]) -> list[str]:
    """What an edit list does that would come out as another timeline.

    libavformat cuts along one piece. An empty piece at the end it fills with the first pictures, shown again; where
    something begins before the media do, it shows what it likes (both measured).
    """
    found = []
    if sum(edit.start >= 0 for edit in edits) > 1 or any(edit.start == -1 for edit in edits[1:]):
        found.append("several edits")
    if any(edit.start < -1 for edit in edits):
        found.append("edit before the beginning")
    if any(edit.speed != pieces.SPEED_ONE for edit in edits):
        found.append("changed speed")
    return found


def _add(facts: dict[str, None] | list[str], fact: str) -> None:
    if isinstance(facts, dict):
        facts[fact] = None
    else:
        facts.append(fact)


ADOBE_START = ("\xa9TIM", "\xa9TSC", "\xa9TSZ")
READERS = {
    "trak": _Walker.see_trak,
    "tkhd": _Walker.see_tkhd,
    "mvhd": _Walker.see_clock,
    "mdhd": _Walker.see_clock,
    "hdlr": _Walker.see_hdlr,
    "tref": _Walker.see_tref,
    "dref": _Walker.see_dref,
    "elst": _Walker.see_elst,
    "tapt": _Walker.see_tapt,
    "stsz": _Walker.see_samples,
    "stz2": _Walker.see_samples,
    "stsd": _Walker.see_stsd,
    "XMP_": _Walker.see_xmp,
    "mdcv": _Walker.see_light,
    "clli": _Walker.see_light,
    "SmDm": _Walker.see_light,
    "CoLL": _Walker.see_light,
    "st3d": _Walker.see_stereo,
}
