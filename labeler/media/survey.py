"""The survey: one pass over all packets of a file, and the inventory that follows. Memory stays flat."""

from __future__ import annotations

import hashlib
import logging
import struct
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

from av import VideoFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import AttachmentStream, Disposition, Stream
from av.video.stream import VideoStream

from labeler.errors import SourceUnsupported
from labeler.media import colour, isobmff, matroska, mpegts, mxf, riff
from labeler.media.aperture import Aperture
from labeler.media.av1_units import Av1Track
from labeler.media.box_file import printable
from labeler.media.captions import CAPTION_CODECS, CAPTIONS
from labeler.media.coded import CodedTrack
from labeler.media.fields import first_field
from labeler.media.frames import format_within
from labeler.media.inventory import (
    Chapter,
    Container,
    Inventory,
    PictureFacts,
    Timestamps,
    Track,
    TrackKind,
)
from labeler.media.light import LEVELS_SIDE_DATA, MASTERING_SIDE_DATA, Light
from labeler.media.meter import ENCRYPTED, TrackMeter, fraction
from labeler.media.mp4 import graft
from labeler.media.mp4.graft import Rewritable
from labeler.media.mp4.tree import CannotRewrite
from labeler.media.mpeg2_video import Mpeg2Track
from labeler.media.open import open_media, reading, unsupported_container
from labeler.media.picture import PictureFormat
from labeler.media.sound import sound_of
from labeler.media.video import Video
from labeler.media.walked import Boxes, TrackBoxes
from labeler.progress import Progress, silent

PACKETS_A_STEP = 256
GOING_ROUND = "a clock that goes round"
"""Of MPEG-TS: libavformat tells times below zero before it does, and after a seek other ones (measured)."""
logger = logging.getLogger("labeler")
FIELD_ORDERS = {0: "unknown", 1: "progressive", 2: "tt", 3: "bb", 4: "tb", 5: "bt"}
# Display matrices of plain rotations, clockwise (av_display_rotation_get, 16.16 fixed point: a b c d).
ONE = 1 << 16
ROTATIONS = {
    (ONE, 0, 0, ONE): 0,
    (0, ONE, -ONE, 0): 90,
    (-ONE, 0, 0, -ONE): 180,
    (0, -ONE, ONE, 0): 270,
}
FRAME_FACTS = {
    "MASTERING_DISPLAY_METADATA": "mastering display",
    "CONTENT_LIGHT_LEVEL": "content light level",
    "DYNAMIC_HDR_PLUS": "HDR10+",
    "DYNAMIC_HDR_VIVID": "HDR Vivid",
    "DOVI_RPU_BUFFER": "Dolby Vision",
    "DOVI_METADATA": "Dolby Vision",
    "AMBIENT_VIEWING_ENVIRONMENT": "ambient viewing environment",
    "STEREO3D": "stereo 3D",
    "SPHERICAL": "spherical",
    "ICC_PROFILE": "ICC profile",
    "AFD": "active format description",
    "PANSCAN": "pan-scan rectangle",
    "S12M_TIMECODE": "time code in the pictures",
    "GOP_TIMECODE": "time code in the pictures",
    "FILM_GRAIN_PARAMS": "film grain",
    "A53_CC": "closed captions",
}
TELLING_LENGTHS = frozenset({"mp4", "mov", "avi", "mxf"})
"""Containers that say how long each track lasts. Of the others libavformat has a guess, as from the whole film's length
for a track of subtitles (measured)."""
FLAT = bytes(4)
"""How an `AVStereo3D` begins whose type is AV_STEREO3D_2D."""
# Read elsewhere (captions, rotation), or of the encoder alone.
HARMLESS_FRAME_DATA = frozenset({"DISPLAYMATRIX", "SEI_UNREGISTERED", "VIDEO_ENC_PARAMS", "MOTION_VECTORS"})

# libavcodec attaches these to every MPEG-2 picture, zeros too; `mpeg2_video` reads what the packets really say.
SEEN_IN_PACKETS = {"mpeg2video": frozenset({"PANSCAN", "GOP_TIMECODE", "AFD"})}


@dataclass(frozen=True)
class Surveyed:
    """A file and what else was learnt of it on the way, so that nobody reads it again for that: of each video track, by
    its index, its format and times; and its boxes, where they can be kept around new pictures."""

    inventory: Inventory
    videos: Mapping[int, Video]
    boxes: Rewritable | None


def survey(path: Path, *, progress: Progress = silent) -> Inventory:
    """All facts of one file, from one pass over its packets. Raises as `read`."""
    return read(path, progress=progress).inventory


def read(path: Path, *, progress: Progress = silent) -> Surveyed:
    """Survey a file in one pass over its packets.

    Times are exact seconds of the file's own clock; `picture.rotation` is clockwise. Calls `progress("probe", share)`.

    Raises SourceMissing, SourceUnreadable (no video, damaged, cut off), SourceUnsupported (another container),
    Temporary.
    """
    with open_media(path) as container:
        kind, boxes = _structure(container, path)
        with reading(path):
            meters = [
                TrackMeter(
                    stream,
                    is_moving=_is_moving(stream),
                    by_place=kind == "avi",
                    is_encrypted=_is_encrypted(stream, boxes),
                    from_zero=boxes.is_fragmented and isinstance(stream, AudioStream),
                )
                for stream in container.streams
            ]
            _demux(container, meters, progress)
            # Before the inventory, which paints over the first picture (`first_field`).
            seen = {meter.stream.index: video for meter in meters if (video := _video(meter, boxes, path))}
            inventory = _inventory(container, kind, boxes, meters)
            rewritable = _rewritable(path, container, inventory)
    videos = {track.index: seen[track.index] for track in inventory.of_kind("video")}
    return Surveyed(inventory.model_copy(update={"is_rewritable": rewritable is not None}), videos, rewritable)


def _video(meter: TrackMeter, boxes: Boxes, path: Path) -> Video | None:
    if meter.scan is None:
        return None
    return Video(path, _format(meter, boxes, path), meter.scan, meter.stream.time_base, meter.by_place)


def _format(meter: TrackMeter, boxes: Boxes, path: Path) -> PictureFormat | SourceUnsupported | None:
    if not meter.first_pictures:
        return None
    stream = cast(VideoStream, meter.stream)
    box = boxes.of(stream.id)
    try:
        return format_within(stream, meter.first_pictures[0], path, None if box is None else box.aperture)
    except SourceUnsupported as error:
        return error


def _rewritable(path: Path, container: InputContainer, inventory: Inventory) -> Rewritable | None:
    videos = inventory.of_kind("video")
    if inventory.container not in ("mp4", "mov") or len(videos) != 1:
        return None
    try:
        return graft.examine(path, container.streams[videos[0].index].id)
    except CannotRewrite as reason:
        logger.debug("%s cannot be rewritten: %s", path, reason)
        return None


def _structure(container: InputContainer, path: Path) -> tuple[Container, Boxes]:
    """Which container it is, by its bytes, and what the walk over its boxes, elements or tables found."""
    name = container.format.name
    if name.startswith("matroska"):
        elements = matroska.walk(path)
        if elements.document_type not in ("matroska", "webm"):
            raise unsupported_container(path, elements.document_type)
        return "mkv" if elements.document_type == "matroska" else "webm", elements.as_boxes()
    if name == "mpegts":
        transport = mpegts.walk(path)
        return "ts", Boxes(facts=transport.facts, structure=transport.structure)
    if name == "avi":
        chunks = riff.walk(path)
        return "avi", Boxes(unknown=chunks.unknown, facts=chunks.facts)
    if name == "mxf":
        header = mxf.walk(path)
        return "mxf", Boxes(facts=header.facts, structure=header.structure)
    # A file without `ftyp` is QuickTime from before there were brands.
    brand = container.metadata.get("major_brand", "qt  ")
    return ("mov" if brand == "qt  " else "mp4"), isobmff.walk(path)


def _is_moving(stream: Stream) -> bool:
    return isinstance(stream, VideoStream) and not stream.disposition & Disposition.attached_pic


def _is_encrypted(stream: Stream, boxes: Boxes) -> bool:
    """As the boxes of the track say; where a container tells it of the whole film alone, of every track."""
    box = boxes.of(stream.id)
    return ENCRYPTED in (boxes.facts if box is None else box.facts)


def _demux(container: InputContainer, meters: list[TrackMeter], progress: Progress) -> None:
    size = max(1, container.size)
    for number, packet in enumerate(container.demux()):
        if packet.size == 0 and packet.pts is None:
            continue
        meters[packet.stream_index].see(packet)
        if number % PACKETS_A_STEP == 0:
            progress("probe", min(1.0, max(0, packet.pos or 0) / size))
    for meter in meters:
        meter.finish()
    progress("probe", 1.0)


def _inventory(container: InputContainer, kind: Container, boxes: Boxes, meters: list[TrackMeter]) -> Inventory:
    tracks = tuple(_track(meter, boxes, tells_length=kind in TELLING_LENGTHS) for meter in meters)
    starts = [start for meter in meters if (start := meter.start()) is not None]
    ends = [end for meter in meters if (end := meter.end()) is not None]
    start = min(starts, default=Fraction(0))
    tags = _tags(container.metadata)
    return Inventory(
        container=kind,
        format=container.format.name,
        bytes=container.size,
        duration=fraction(max(ends, default=start) - start),
        start=fraction(start),
        tags=tags,
        chapters=tuple(_chapter(cast(Mapping[str, Any], chapter)) for chapter in container.chapters()),
        tracks=tracks,
        timecode=_timecode((tags, *(track.tags for track in tracks))),
        timecode_rate=boxes.timecode_rate(),
        boxes=boxes.unknown,
        has_xmp=boxes.has_xmp,
        has_credentials=boxes.has_credentials,
        is_fragmented=boxes.is_fragmented,
        is_faststart=boxes.is_faststart,
        facts=boxes.facts if kind != "ts" or start >= 0 else (*boxes.facts, GOING_ROUND),
        structure=dict(boxes.structure),
    )


def start_timecode(container: InputContainer, path: Path) -> tuple[str | None, int | None]:
    """The time code of the first frame and how many frames it counts in a second, from what the heads say alone."""
    _, boxes = _structure(container, path)
    lists = (_tags(container.metadata), *(_tags(stream.metadata) for stream in container.streams))
    return _timecode(lists), boxes.timecode_rate()


# --- tracks ---------------------------------------------------------------------------------------------------------


def _track(meter: TrackMeter, boxes: Boxes, *, tells_length: bool) -> Track:
    stream = meter.stream
    box = boxes.of(stream.id)
    if isinstance(stream, AttachmentStream):
        return _attachment(stream)
    is_moving = _is_moving(stream)
    light = boxes.light if box is None else box.light
    crop = None if box is None else box.aperture
    picture, seen = _picture(meter, light, crop) if is_moving and _context(stream) is not None else (None, ())
    return Track(
        index=stream.index,
        kind=_kind(stream, box, boxes.chapter_tracks()),
        codec=_codec(stream, box),
        codec_tag=_codec_tag(stream, box),
        time_base=fraction(meter.time_base),
        length=fraction(stream.duration * meter.time_base) if tells_length and stream.duration else None,
        packets=meter.packets,
        bytes=meter.bytes,
        payload_sha256=meter.payload_sha256(),
        timestamps=meter.timestamps(),
        tags=_tags(stream.metadata),
        dispositions=_dispositions(stream),
        picture=picture,
        sound=sound_of(stream) if isinstance(stream, AudioStream) else None,
        captions=None if meter.coded is None else meter.coded.captions(),
        dynamic_metadata=None if meter.coded is None else meter.coded.dynamic_metadata(),
        side_data=tuple(dict.fromkeys((*(box.facts if box else ()), *meter.facts(), *seen))),
        in_container=tuple(fact for fact in (box.facts if box else ()) if fact not in meter.facts()),
        hidden=max(meter.hidden, _never_handed_out(meter, box)),
        coded_timecode=None if meter.coded is None else meter.coded.timecode(),
    )


def _never_handed_out(meter: TrackMeter, box: TrackBoxes | None) -> int:
    """Samples of the table that the demuxer skipped because an edit ends before them, and those it marked."""
    if box is None or box.samples is None:
        return meter.hidden
    return max(0, box.samples - meter.packets - meter.unshown) + meter.hidden


def _kind(stream: Stream, box: TrackBoxes | None, chapters: frozenset[int]) -> TrackKind:
    """Of which kind a track is; PyAV shows chapters' text and time codes as data."""
    if box is not None and box.id in chapters:
        return "chapters"
    if box is not None and (box.handler == "tmcd" or "tmcd" in box.formats):
        return "timecode"
    if isinstance(stream, VideoStream):
        return "picture" if not _is_moving(stream) else "video"
    if stream.type in ("audio", "subtitle"):
        return cast(TrackKind, stream.type)
    return "data"


def _context(stream: Stream) -> Any:
    """The codec context; None for a codec that libavcodec does not know, which PyAV's types do not say."""
    return stream.codec_context


def _attachment(stream: AttachmentStream) -> Track:
    data = bytes(stream.data or b"")
    return Track(
        index=stream.index,
        kind="attachment",
        codec=stream.mimetype or "",
        codec_tag="",
        time_base="1",
        packets=0,
        bytes=len(data),
        payload_sha256=hashlib.sha256(data).hexdigest(),
        timestamps=Timestamps(count=0, first=None, last=None, duration=None, digest=hashlib.sha256(b"").hexdigest()),
        tags=_tags(stream.metadata),
        dispositions=_dispositions(stream),
    )


def _codec(stream: Stream, box: TrackBoxes | None) -> str:
    """FFmpeg's name of the codec (not of the decoder that happens to be used); the box's where FFmpeg has none."""
    context = stream.codec_context
    if context is not None:
        return context.codec.canonical_name
    return box.formats[0] if box is not None and box.formats else "unknown"


def _codec_tag(stream: Stream, box: TrackBoxes | None) -> str:
    tag = None
    with suppress(UnicodeDecodeError):  # a stream type of MPEG-TS above 0x7F (DTS, Blu-ray's PCM), which is no text
        tag = getattr(stream.codec_context, "codec_tag", None)
    if tag is None:
        return box.formats[0] if box is not None and box.formats else ""
    return printable(tag.strip("\0"))


def _dispositions(stream: Stream) -> tuple[str, ...]:
    said = stream.disposition
    return tuple(flag.name for flag in Disposition if flag.name and said & flag) if said else ()


def _tags(metadata: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(metadata.items()))


def _timecode(lists: Iterable[Mapping[str, str]]) -> str | None:
    """The start time code as it stands in the tags: `HH:MM:SS:FF`, or `;` before the frames where it drops."""
    for tags in lists:
        for key, value in tags.items():
            if key.lower() == "timecode":
                return value
    return None


def _chapter(chapter: Mapping[str, Any]) -> Chapter:
    base = Fraction(chapter["time_base"])
    return Chapter(
        start=fraction(chapter["start"] * base), end=fraction(chapter["end"] * base), tags=_tags(chapter["metadata"])
    )


# --- pictures and sound -----------------------------------------------------------------------------------------------


def _picture(meter: TrackMeter, container: Light, crop: Aperture | None) -> tuple[PictureFacts, tuple[str, ...]]:
    """How the pictures are coded, and the names of what the first of them carry. container: what that says of light;
    crop: its clean aperture."""
    stream = cast(VideoStream, meter.stream)
    context = stream.codec_context
    rotation, facts = _rotation(meter.first_pictures)
    coded = meter.light()
    name = stream.codec_context.codec.canonical_name
    seen = SEEN_IN_PACKETS.get(name, frozenset()) | _said(coded) | _said(container)
    seen |= CAPTIONS if name in CAPTION_CODECS else frozenset()
    facts.update(_attached(meter.first_pictures, seen))
    if coded.changes or container.changes:
        facts["HDR metadata that changes"] = None
    if not meter.first_pictures and not meter.is_encrypted:
        facts["no picture could be decoded"] = None
    if crop is not None and any((one.width, one.height) != crop.of for one in meter.first_pictures):
        facts[isobmff.UNCLEAR] = None
    pixel_format, colour_range = _pixel_format(context.pix_fmt, context.color_range)
    shape = stream.sample_aspect_ratio or Fraction(1)
    return PictureFacts(
        width=context.width,
        height=context.height,
        pixel_format=pixel_format,
        bits=context.format.components[0].bits if context.format is not None else 0,
        sample_aspect_ratio=f"{shape.numerator}:{shape.denominator}",
        rotation=rotation,
        field_order=_field_order(context.field_order, meter.first_pictures),
        first_field=first_field(stream, meter.first_pictures),
        colour_range=colour_range,
        colour_primaries=colour.name(colour.PRIMARIES, context.color_primaries),
        colour_transfer=colour.name(colour.TRANSFERS, context.color_trc),
        colour_matrix=colour.name(colour.MATRICES, context.colorspace),
        profile=context.profile,
        level=context.level if context.level is not None and context.level >= 0 else None,
        frame_rate=meter.frame_rate(),
        keyframe_interval=meter.keyframe_interval(),
        reorder=meter.reorder(),
        mastering_display=coded.mastering,
        content_light=coded.levels,
        container_mastering_display=container.mastering,
        container_content_light=container.levels,
        clean_aperture=None if crop is None else ",".join(map(str, crop.box)),
        is_lossless=isinstance(meter.coded, CodedTrack) and meter.coded.is_lossless,
        **_signals(meter),
    ), tuple(facts)


def _signals(meter: TrackMeter) -> dict[str, str | None]:
    """What the sequence parameter set says, where there is one that we read."""
    coded = meter.coded
    if isinstance(coded, Mpeg2Track):
        return {"groups": coded.groups()}
    if isinstance(coded, Av1Track):
        return {"chroma_location": coded.chroma_location}
    if not isinstance(coded, CodedTrack) or coded.vui is None:
        return {}
    window, transfer = coded.vui.display_window, coded.alternative_transfer
    return {
        "chroma_location": coded.vui.chroma_location,
        "video_format": coded.vui.video_format,
        "overscan": coded.vui.overscan,
        "display_window": None if window is None else ",".join(map(str, window)),
        "alternative_transfer": None if transfer is None else colour.name(colour.TRANSFERS, transfer),
    }


def _said(light: Light) -> frozenset[str]:
    """The frame side data that libavcodec makes of this."""
    names = ((light.mastering, MASTERING_SIDE_DATA), (light.levels, LEVELS_SIDE_DATA))
    return frozenset(name for value, name in names if value is not None)


def _pixel_format(name: str | None, colour_range: int | None) -> tuple[str, str]:
    """FFmpeg's `yuvj…` names say full range a second time; told apart here, so that both spellings are equal."""
    name = name or "unknown"
    if name.startswith("yuvj"):
        return "yuv" + name.removeprefix("yuvj"), "pc"
    return name, colour.name(colour.RANGES, colour_range)


def _field_order(number: int | None, pictures: list[VideoFrame]) -> str:
    """What the stream says; where it says nothing, what the first pictures show."""
    said = FIELD_ORDERS.get(number or 0, "unknown")
    if any(picture.interlaced_frame for picture in pictures):
        return said if said not in ("unknown", "progressive") else "interlaced"
    return "progressive" if said == "unknown" else said


def _rotation(pictures: list[VideoFrame]) -> tuple[int, dict[str, None]]:
    """Degrees clockwise that a player turns the pictures by; mirrored and skewed ones are named."""
    for kind, data in _side_data(pictures):
        if kind == "DISPLAYMATRIX" and len(data) >= 36:
            matrix = struct.unpack("=9i", data[:36])
            turn = ROTATIONS.get((matrix[0], matrix[1], matrix[3], matrix[4]))
            return (0, {"mirrored or skewed picture": None}) if turn is None else (turn, {})
    return 0, {}


def _attached(pictures: list[VideoFrame], seen: frozenset[str]) -> dict[str, None]:
    found = (item for item in _side_data(pictures) if item[0] not in HARMLESS_FRAME_DATA | seen)
    return {fact_of(kind, data): None for kind, data in found}


def fact_of(kind: str, data: bytes) -> str:
    """The name of what libavcodec attaches to a picture; data: its bytes."""
    if kind == "STEREO3D" and data[:4] == FLAT:
        return isobmff.MONOSCOPIC
    return FRAME_FACTS.get(kind, f"picture data {kind}")


def _side_data(pictures: list[VideoFrame]) -> Iterable[tuple[str, bytes]]:
    for picture in pictures:
        for number in range(len(picture.side_data)):
            # PyAV's types say that an index is a name; it takes both.
            data = cast(Any, picture.side_data)[number]
            yield data.type.name, bytes(data)
