"""What kind of file a path or its first bytes promise: the one table of video names and containers.

`VIDEO_EXTENSIONS` is what this version labels; `OTHER_CONTAINERS` is what it can name in a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from labeler.media.inventory import Container

VIDEO_EXTENSIONS: Mapping[str, Container] = MappingProxyType(
    {
        ".mp4": "mp4",
        ".m4v": "mp4",
        ".mov": "mov",
        ".mkv": "mkv",
        ".webm": "webm",
        ".ts": "ts",
        ".m2ts": "ts",
        ".mts": "ts",
        ".avi": "avi",
        ".mxf": "mxf",
    }
)
"""The file names (suffix in lower case) that a folder yields."""

OTHER_CONTAINERS: Mapping[str, str] = MappingProxyType(
    {
        ".mpg": "MPEG-PS",
        ".mpeg": "MPEG-PS",
        ".vob": "MPEG-PS",
        ".gxf": "GXF",
        ".dv": "DV",
        ".dif": "DV",
        ".flv": "FLV",
        ".wmv": "ASF/WMV",
        ".asf": "ASF/WMV",
        ".ogv": "Ogg",
        ".3gp": "3GP",
        ".3g2": "3GP",
        ".m3u8": "HLS",
        ".mpd": "DASH",
    }
)
"""Known containers and lists of segments that this version refuses by name."""

MIME_TYPES: Mapping[Container, str] = MappingProxyType(
    {
        "mp4": "video/mp4",
        "mov": "video/quicktime",
        "mkv": "video/x-matroska",
        "webm": "video/webm",
        "ts": "video/mp2t",
        # The SDK drops what follows the first RIFF part under any other name for AVI (measured).
        "avi": "video/avi",
        "mxf": "application/mxf",
    }
)

DEMUXERS: Mapping[Container, str] = MappingProxyType(
    {
        "mp4": "mov,mp4",
        "mov": "mov,mp4",
        "mkv": "matroska",
        "webm": "matroska",
        "ts": "mpegts",
        "avi": "avi",
        "mxf": "mxf",
    }
)
"""How libavformat's names of the demuxers begin."""

SIGNATURE_BYTES = 400
"""How much of a file's head `signature` wants: two MPEG-TS packets of 188 bytes and a little more."""

VIDEO_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"FLV\x01", "FLV"),
    (0, b"OggS", "Ogg"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "ASF/WMV"),
    (0, b"\x00\x00\x01\xba", "MPEG-PS"),
    (0, b"\x1f\x07\x00", "DV"),
    (0, b"YUV4MPEG2 ", "YUV4MPEG2"),
    (0, b"DKIF", "IVF"),
    (0, b".RMF", "RealMedia"),
    (0, b"\0\0\0\1\x67", "H.264 (elementary stream)"),
    (0, b"\0\0\0\1\x09", "H.264 (elementary stream)"),
    (0, b"\0\0\0\1\x40\1", "HEVC (elementary stream)"),
    (0, b"\0\0\1\xb3", "MPEG-1/2 (elementary stream)"),
)
TS_SYNC = 0x47
BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"uuid")
OURS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (8, b"AVI ", "avi"),
    (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01", "mxf"),
)
"""How files begin that this version handles; a box type stands at byte 4, transport packets are 188 or 192 bytes."""
OTHER_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"GIF8", "GIF"),
    (0, b"%PDF-", "PDF"),
    (0, b"PK\x03\x04", "ZIP"),
    (0, b"#EXTM3U", "M3U8"),
    (0, b"ffconcat", "ffconcat"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (4, b"ftypavif", "AVIF"),
    (8, b"WAVE", "WAV"),
    (8, b"WEBP", "WebP"),
)


def is_video_name(path: Path) -> bool:
    """True for the names that a folder yields; dotfiles never are."""
    return path.suffix.lower() in VIDEO_EXTENSIONS and not path.name.startswith(".")


def container_of(path: Path) -> Container | None:
    """The container that the name promises, None where this version has none for it."""
    return VIDEO_EXTENSIONS.get(path.suffix.lower())


def containers_of(format: str) -> tuple[Container, ...]:
    """The containers that the demuxer of this name reads; a file's name ends as the container is called."""
    return tuple(container for container, demuxer in DEMUXERS.items() if format.startswith(demuxer))


def mime_type(container: Container) -> str:
    """The MIME type to name the container by, never guessed from a file name."""
    return MIME_TYPES[container]


def other_container(path: Path, head: bytes) -> str | None:
    """The name of a container that this version refuses, by its bytes first, else by its name; None if unknown."""
    for offset, magic, name in VIDEO_SIGNATURES:
        if head[offset : offset + len(magic)] == magic:
            return name
    return None if family(head) else OTHER_CONTAINERS.get(path.suffix.lower())


def not_a_video(head: bytes) -> str | None:
    """The name of a file format that is no video at all (a picture, a list, a text); None if it may be one."""
    for offset, magic, name in OTHER_SIGNATURES:
        if head[offset : offset + len(magic)] == magic:
            return name
    if head and not family(head) and all(byte >= 0x20 or byte in b"\t\r\n\f" for byte in head):
        return "text"
    return None


def family(head: bytes) -> str | None:
    """What the first bytes promise: `isobmff` (MP4, MOV), `matroska` (MKV, WebM), `ts`, `avi`, `mxf`; None if nothing
    that this version handles."""
    if head[4:8] in BOXES:
        return "isobmff"
    if len(head) > 188 and head[0] == head[188] == TS_SYNC:
        return "ts"
    if len(head) > 196 and head[4] == head[196] == TS_SYNC:
        return "ts"
    return next((name for offset, magic, name in OURS if head[offset : offset + len(magic)] == magic), None)
