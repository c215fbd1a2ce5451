"""The one door to a foreign file: nothing else in labeler opens a video for reading.

libavformat opens far more than videos: a PNG as a video of one frame, a text that begins with `ffconcat` as a list
of other files on this disk, an `.m3u8` as segments to fetch (measured, DESIGN section 4.1). So only the demuxers of
this version's containers may answer, and only over the `file` protocol.
"""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import av
import av.error
from av.container import InputContainer
from av.stream import Stream

from labeler.errors import LabelerError, SourceMissing, SourceUnreadable, SourceUnsupported, Temporary
from labeler.language import say
from labeler.media import bounds, bounds_ebml, pieces, probe

# One libavformat demuxer answers to several names, and `format_whitelist` must hold all of them.
DOOR: Mapping[str, str] = MappingProxyType(
    {"format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi,mxf", "protocol_whitelist": "file"}
)
CONTAINERS = "MP4, MOV, MKV, WebM, MPEG-TS, AVI, MXF"
CHUNK = 1 << 20
MAX_PIXELS = 8192 * 4320
"""The largest picture that is decoded, 8K of cinema: a few kilobytes of PNG or H.264 can claim gigabytes (measured)."""
MAX_STREAMS = 1000
"""libavformat opens no more streams than that; each is given the limit of pixels before its first one is decoded."""
LIMIT = {"max_pixels": str(MAX_PIXELS)}
NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
BEFORE_ALL = -3_600_000_000
"""Microseconds: earlier than any packet."""
# What a share or a disk that went away answers with: trying again later may help.
PASSING_ERRORS = frozenset({errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENETUNREACH})


@contextmanager
def open_media(
    path: Path, *, options: Mapping[str, str] = NO_OPTIONS, takes_any_text: bool = False
) -> Iterator[InputContainer]:
    """Open a video for reading and close it again.

    options: further libavformat demuxer options (`export_xmp`, …); the allow-lists always win over them.
    takes_any_text: for whoever judges a file and never writes it again, a tag that is no UTF-8 is no reason to refuse
    it; its bytes come as Python's `surrogateescape` has them.

    Raises SourceMissing (no such file), SourceUnreadable (a folder, a pipe, no permission, empty, not a video,
    damaged), SourceUnsupported (a container that this version does not handle), Temporary (the disk is gone).
    Errors inside the `with` body are not touched: wrap the reading itself in `reading`.
    """
    other = _look(path)
    with ExitStack() as opened:
        with reading(path):
            # `file:` keeps names that hold a colon, or begin with a dash, from being read as a protocol or a flag.
            name: str | pieces.Overlaid = f"file:{path}"
            if other:
                name = opened.enter_context(pieces.Overlaid(path.open("rb"), other))
            texts = "surrogateescape" if takes_any_text else "strict"
            container = opened.enter_context(_opened(name, {**options, **DOOR}, texts))
        _limit_pictures(container, path)
        yield container


def rewind(container: InputContainer) -> None:
    """Back to the first packet. Where two share the first time of decoding (VLC's MP4), seeking to it lands on the
    second; AVI refuses to be sought before it."""
    try:
        container.seek(BEFORE_ALL)
    except av.error.FFmpegError:
        container.seek(0)


def seek_to(container: InputContainer, stream: Stream, target: int | None) -> None:
    """To the key at this tick of the stream, or the last before it; None: to the first packet of the file."""
    if target is None:
        rewind(container)
    else:
        container.seek(target, stream=stream, backward=True)


def _opened(name: str | pieces.Overlaid, options: Mapping[str, str], texts: str) -> InputContainer:
    """name: of the file for libavformat, or what reads it."""
    limits = cast(Any, [LIMIT] * MAX_STREAMS)  # PyAV's types say that the options of a stream are text
    try:
        opened = av.open(name, container_options=dict(options), stream_options=limits, metadata_errors=texts)
    except ValueError:
        # Where the streams stand in no head (some MPEG-TS, and what is damaged) PyAV cannot give them options.
        if isinstance(name, pieces.Overlaid):
            name.seek(0)
        opened = av.open(name, container_options=dict(options), metadata_errors=texts)
    return cast(InputContainer, opened)


def _limit_pictures(container: InputContainer, path: Path) -> None:
    """No decoder makes a larger picture than MAX_PIXELS, whatever the stream claims; one that says so is refused."""
    for stream in container.streams.video:
        context = stream.codec_context
        if context is None:  # a codec that libavcodec does not know, which PyAV's types do not say
            continue
        context.options = {**context.options, **LIMIT}
        if context.width * context.height > MAX_PIXELS:
            size = f"{context.width}x{context.height}"
            raise SourceUnsupported(
                say(
                    f"{path} has pictures of {size}, and this version reads 8192x4320 at most.",
                    f"{path} a des images de {size} ; cette version lit au plus 8192x4320.",
                ),
                facts=("picture size",),
                remedy=say("Export it in 8K or smaller.", "Exportez-le en 8K ou moins."),
                file=str(path),
            )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Translate what PyAV raises while a file is read into labeler's errors, by type. Put only reading inside."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise SourceUnsupported(
            say(
                f"{path} carries a tag that is not UTF-8 text, so it could not be kept letter by letter.",
                f"{path} porte une étiquette qui n'est pas du texte UTF-8 : elle ne pourrait pas être conservée.",
            ),
            facts=("tags",),
            remedy=say("Write the file's tags again as UTF-8.", "Réécrivez les étiquettes du fichier en UTF-8."),
            file=str(path),
        ) from error
    except (av.error.FFmpegError, OSError) as error:
        raise translate(error, path) from error


def translate(error: BaseException, path: Path) -> LabelerError:
    """The labeler error that a PyAV or operating system error on reading `path` means."""
    if isinstance(error, FileNotFoundError):
        return SourceMissing(say(f"There is no file {path}.", f"Le fichier {path} n'existe pas."), file=str(path))
    if isinstance(error, PermissionError):
        return _refuse(
            path,
            say(f"{path} may not be read: permission denied.", f"{path} ne peut pas être lu : permission refusée."),
            say("Give this user the right to read it.", "Donnez à cet utilisateur le droit de le lire."),
        )
    if isinstance(error, OSError) and error.errno in PASSING_ERRORS and not _is_damage(error, path):
        return Temporary(
            say(
                f"{path} could not be read now: {error.strerror}.",
                f"{path} n'a pas pu être lu maintenant : {error.strerror}.",
            ),
            file=str(path),
        )
    return _refuse(
        path,
        say(
            f"{path} cannot be opened as a video: it is damaged, incomplete, or no video.",
            f"{path} ne s'ouvre pas comme une vidéo : fichier abîmé, incomplet, ou qui n'en est pas une.",
        ),
    )


def _is_damage(error: BaseException, path: Path) -> bool:
    """libavformat says EIO of a broken element too, as in any Matroska that was cut off in its head (measured): where
    it says so, and every byte of the file can be read, the file is to blame and not the disk."""
    if not isinstance(error, av.error.FFmpegError):
        return False
    try:
        with path.open("rb") as file:
            while file.read(CHUNK):
                pass
    except OSError:
        return False
    return True


def _look(path: Path) -> Mapping[int, bytes]:
    """Refuse by name, before libavformat sees it, whatever is not a regular, readable, promising file.

    Returns the bytes to be read otherwise than they stand in it, by their place (`pieces.overlay`).
    """
    with reading(path):
        # A pipe would block for ever on open, so its kind is looked at first.
        status = path.stat()
    kind = _kind(status.st_mode)
    if kind is not None:
        raise _refuse(
            path,
            say(f"{path} is {kind[0]}, not a video file.", f"{path} est {kind[1]}, pas un fichier vidéo."),
            say("Name a video file.", "Indiquez un fichier vidéo."),
        )
    with reading(path), path.open("rb") as file:
        head = file.read(probe.SIGNATURE_BYTES)
        _judge_head(path, head)
        if probe.family(head) in (None, "isobmff"):
            return pieces.overlay(file, bounds.examine(file, path))
        if probe.family(head) == "matroska":
            bounds_ebml.examine(file, path)
    return {}


def _judge_head(path: Path, head: bytes) -> None:
    if not head:
        raise _refuse(path, say(f"{path} is empty.", f"{path} est vide."))
    other = probe.other_container(path, head)
    if other is not None:
        raise unsupported_container(path, other)
    nothing = probe.not_a_video(head)
    if nothing is not None:
        raise _refuse(
            path,
            say(f"{path} is not a video: it is a {nothing} file.", f"{path} n'est pas une vidéo : fichier {nothing}."),
            say("Name a video file.", "Indiquez un fichier vidéo."),
        )


def unsupported_container(path: Path, name: str) -> SourceUnsupported:
    """The refusal of a container that this version knows by name only."""
    return SourceUnsupported(
        say(
            f"{path} is in the container {name}; this version of labeler handles {CONTAINERS}.",
            f"{path} est dans le conteneur {name} ; cette version de labeler traite {CONTAINERS}.",
        ),
        facts=(f"container {name}",),
        remedy=say("Export it in one of these.", "Exportez-le dans l'un de ceux-ci."),
        file=str(path),
    )


def expect_name(path: Path, format: str) -> None:
    """The name must promise what the bytes are (format: libavformat's name): whoever goes by the name, the signing
    library and the next tool among them, would take the file for another. Raises SourceUnsupported."""
    promised, fitting = probe.container_of(path), probe.containers_of(format)
    if promised in fitting:
        return
    kind = "/".join(fitting).upper()
    suffixes = [f".{container}" for container in fitting]
    raise SourceUnsupported(
        say(
            f"The name of {path} does not end as that of a video, and its bytes are {kind}.",
            f"Le nom de {path} ne finit pas comme celui d'une vidéo, mais ses octets sont du {kind}.",
        )
        if promised is None
        else say(
            f"{path} is named as {promised.upper()}, and its bytes are {kind}.",
            f"{path} est nommé comme du {promised.upper()}, mais ses octets sont du {kind}.",
        ),
        facts=("name",),
        remedy=say(
            f"Rename it so that it ends in {' or '.join(suffixes)}.",
            f"Renommez-le pour qu'il finisse par {' ou '.join(suffixes)}.",
        ),
        file=str(path),
    )


def _kind(mode: int) -> tuple[str, str] | None:
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISDIR(mode):
        return "a folder", "un dossier"
    if stat.S_ISFIFO(mode):
        return "a pipe", "un tube nommé"
    return "a device or a socket", "un périphérique ou une prise réseau"


def _refuse(path: Path, message: str, remedy: str | None = None) -> SourceUnreadable:
    usual = say(
        "Check that the file is a complete video and export it again if it is not.",
        "Vérifiez que le fichier est une vidéo complète ; sinon, exportez-le de nouveau.",
    )
    return SourceUnreadable(message, remedy=remedy or usual, file=str(path))
