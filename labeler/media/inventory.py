"""The inventory: typed facts of everything that a video file carries. Types only; `survey.py` fills them in.

Every field takes part in the comparison of a source with its output (`compare.py`), so a fact stands
here only if losing it would be a loss.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from labeler.verdict import Frozen

TrackKind = Literal["video", "audio", "subtitle", "data", "timecode", "chapters", "attachment", "picture"]
Container = Literal["mp4", "mov", "mkv", "webm", "ts", "avi", "mxf"]


class Timestamps(Frozen):
    """The presentation times of one track, independent of its time base.

    `digest` is the sha256 of the sorted PTS as exact rationals in lowest common terms; `first`, `last`
    and `duration` are exact fractions of a second written `p/q`. `is_steady`: False for pictures that last unequally;
    how long the last of them lasts, and so `duration`, is then libavformat's guess from a rate that it guesses, too.
    """

    count: int
    first: str | None
    last: str | None
    duration: str | None
    digest: str
    is_steady: bool = True


class Payloads(Frozen):
    """Counted and hashed bytes that ride inside a track (closed captions, in PTS order)."""

    count: int
    digest: str


class PictureFacts(Frozen):
    """How one video track is coded and meant to be shown.

    `width` and `height` are coded pixels, before rotation and SAR. `rotation` is degrees clockwise that a
    player turns the stored frame by (0, 90, 180, 270). Colour fields are FFmpeg's names, `unknown` where unset.
    `field_order` is FFmpeg's name for what the stream says, `first_field` (`top`, `bottom`) what the pictures do.
    Static HDR metadata (`media/light.py`) once as the coded pictures say it, once as the container does.
    `chroma_location`, `video_format`, `overscan`, `display_window`: from a sequence parameter set (`media/vui.py`).
    `groups`: `open` where pictures that a keyframe leads lean on the group before it, else `closed` (MPEG-2).
    `alternative_transfer`: the better one that a player may take (an SEI message of HLG). `clean_aperture`: `x,y,width,
    height` of what some players crop the stored picture to. `is_lossless`: H.264 or HEVC that is coded without
    any loss.
    """

    width: int
    height: int
    pixel_format: str
    bits: int
    sample_aspect_ratio: str
    rotation: int
    field_order: str
    colour_range: str
    colour_primaries: str
    colour_transfer: str
    colour_matrix: str
    profile: str | None
    level: int | None
    frame_rate: str | None
    keyframe_interval: str | None
    reorder: int
    mastering_display: str | None = None
    content_light: str | None = None
    container_mastering_display: str | None = None
    container_content_light: str | None = None
    first_field: str | None = None
    chroma_location: str | None = None
    video_format: str | None = None
    overscan: str | None = None
    display_window: str | None = None
    alternative_transfer: str | None = None
    groups: str | None = None
    clean_aperture: str | None = None
    is_lossless: bool = False


class SoundFacts(Frozen):
    rate: int
    channels: int
    layout: str
    format: str


class Track(Frozen):
    """One track. `payload_sha256` covers every packet's bytes in file order (None for a re-encoded track).

    `dynamic_metadata`: what messages say of each picture (HDR10+, Dolby Vision, time codes, AFD, film grain, …).
    `hidden`: packets that an edit list never shows; they are in `packets` only where the demuxer hands them out.
    `side_data`: names of what rides along and that nothing else here says (HDR, Dolby Vision, clean aperture, …).
    `in_container`: those of them that boxes tell and no picture does, so that a rewrite keeps them.
    `packets`: without those of VP8 and VP9 that hold a picture which is never shown.
    `length`: seconds that the container says the track lasts, apart from its packets.
    `coded_timecode`: where the time code in the pictures themselves begins (MPEG-2 group headers).
    """

    index: int
    kind: TrackKind
    codec: str
    codec_tag: str
    time_base: str
    packets: int
    bytes: int
    payload_sha256: str
    timestamps: Timestamps
    tags: dict[str, str]
    dispositions: tuple[str, ...]
    picture: PictureFacts | None = None
    sound: SoundFacts | None = None
    captions: Payloads | None = None
    dynamic_metadata: Payloads | None = None
    side_data: tuple[str, ...] = ()
    in_container: tuple[str, ...] = ()
    hidden: int = 0
    length: str | None = None
    coded_timecode: str | None = None


class Chapter(Frozen):
    """Start and end in exact seconds `p/q`."""

    start: str
    end: str
    tags: dict[str, str]


class Inventory(Frozen):
    """All facts of one file.

    `boxes`: paths of boxes of an MP4/MOV below `moov` (and top-level `uuid`) that the walker does not know.
    `facts`: what the file as a whole holds that this version refuses (encryption, …), by name.
    `timecode`: start and drop flag as `HH:MM:SS:FF` or `HH:MM:SS;FF`; `timecode_rate`: frames that it counts in a
    second, where a time code track says so. `xmp`: an XMP packet is there.
    `is_rewritable`: an MP4/MOV whose boxes can be kept byte for byte around new pictures (`media/mp4`).
    `structure`: what the tables of the container itself say, by name (programme and PIDs of a transport stream, …).
    """

    container: Container
    format: str
    bytes: int
    duration: str
    start: str
    tags: dict[str, str]
    chapters: tuple[Chapter, ...]
    tracks: tuple[Track, ...]
    timecode: str | None
    boxes: tuple[str, ...]
    has_xmp: bool
    has_credentials: bool
    is_fragmented: bool
    is_faststart: bool
    facts: tuple[str, ...] = ()
    is_rewritable: bool = False
    structure: dict[str, str] = Field(default_factory=dict)
    timecode_rate: int | None = None

    def of_kind(self, kind: TrackKind) -> tuple[Track, ...]:
        return tuple(track for track in self.tracks if track.kind == kind)
