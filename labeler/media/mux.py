"""The new file around the encoded video: every other track copied packet by packet, tags, chapters, clocks.

What the muxer makes again by itself (chapter text and time code tracks) is not copied: from a template it
fails, and it follows from the chapters and the `timecode` tag (measured).
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from labeler.errors import DiskFull, LabelerError, OutputRefused, SourceUnsupported
from labeler.language import say
from labeler.media.containers.form import Written
from labeler.media.containers.table import FORMS
from labeler.media.inventory import Inventory, Track
from labeler.media.matroska_rest import STATISTICS

MADE_BY_MUXER = frozenset({"chapters", "timecode"})
QUICKTIME = frozenset({"mp4", "mov"})
ATTACHED = frozenset({"attachment", "picture"})
COPIED = frozenset({"audio", "subtitle", "picture"})
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def writing(work: Path, source: Path) -> Iterator[None]:
    """Translate what PyAV raises while a file is written, by type. Put only writing inside."""
    try:
        yield
    except (av.error.FFmpegError, OSError) as error:
        raise translate(error, work, source) from error


def translate(error: BaseException, work: Path, source: Path) -> LabelerError:
    """The labeler error that a PyAV or operating system error on writing `work` means."""
    number = getattr(error, "errno", None)
    if number in FULL:
        return DiskFull(
            say(f"The disk of {work.parent} is full.", f"Le disque de {work.parent} est plein."), file=str(work)
        )
    if isinstance(error, OSError):
        return OutputRefused(
            say(
                f"{work.parent} cannot be written to: {error.strerror}.",
                f"Impossible d'écrire dans {work.parent} : {error.strerror}.",
            ),
            file=str(work),
        )
    reason = getattr(error, "strerror", None) or str(error)
    return unsupported(source, f"a track that the muxer refuses ({reason})", f"une piste refusée ({reason})")


def open_output(work: Path, source: Path, inventory: Inventory, tags: Mapping[str, str]) -> OutputContainer:
    """The new container with its tags, empty of tracks. Nothing is on disk before its header is written.

    tags: what is added to, or replaces, the source's own. Raises SourceUnreadable (changed since the inventory).
    """
    form = FORMS[inventory.container]
    merged = container_tags(inventory, tags)
    output = av.open(f"file:{work}", "w", format=form.format, container_options=form.options(inventory, merged))
    output.metadata.update(form.tags(inventory) | merged | form.room(source))
    return output


def finish_output(output: OutputContainer, written: Written) -> None:
    """Close it, and set right what its muxer did not write as the source has it."""
    output.close()
    FORMS[written.inventory.container].mend(written)


def container_tags(inventory: Inventory, added: Mapping[str, str]) -> dict[str, str]:
    """The source's tags and the added ones, without what the muxer writes itself."""
    own = FORMS[inventory.container].own_tags
    kept = {key: value for key, value in inventory.tags.items() if key.lower() not in own}
    if inventory.container in QUICKTIME:
        # libavformat shows `location` a second time under its language.
        kept = {key: value for key, value in kept.items() if key.rpartition("-")[0] not in kept}
    replaced = {key.lower() for key in added}
    return {**{key: value for key, value in kept.items() if key.lower() not in replaced}, **added}


def add_copies(
    output: OutputContainer,
    source: InputContainer,
    inventory: Inventory,
    path: Path,
    add_video: Callable[[], Stream],
    tags: Mapping[int, Mapping[str, str]],
) -> dict[int, Stream]:
    """Add every track in the source's order; returns the new stream of each source track that has packets.

    add_video: called for the track that is encoded, gives its stream. tags: further tags by track index.
    Raises SourceUnsupported for a track of a kind that cannot be copied.
    """
    streams: dict[int, Stream] = {}
    for track in inventory.tracks:
        original = source.streams[track.index]
        if track.kind in MADE_BY_MUXER:
            continue
        if track.kind in ATTACHED and FORMS[inventory.container].mends_attachments:
            continue
        if track.kind == "video":
            streams[track.index] = stream = add_video()
        elif track.kind in COPIED:
            streams[track.index] = stream = _copy_of(output, original, track, path)
        else:
            raise unsupported(
                path,
                f"a {track.kind} track ({track.codec}, number {track.index})",
                f"une piste {track.kind} ({track.codec}, numéro {track.index})",
            )
        if FORMS[inventory.container].has_numbered_tracks:
            stream.id = original.id
        stream.metadata.update({**track_tags(track, inventory.container), **tags.get(track.index, {})})
        stream.disposition = original.disposition
    if inventory.chapters:
        output.set_chapters(source.chapters())
    return streams


def _copy_of(output: OutputContainer, original: Stream, track: Track, path: Path) -> Stream:
    try:
        stream = output.add_stream_from_template(original, opaque=True)
    except ValueError as error:  # PyAV's word for a codec that the container does not take
        fact = f"a {track.kind} track in {track.codec} (number {track.index})"
        raise unsupported(path, fact, f"une piste {track.kind} en {track.codec} (numéro {track.index})") from error
    if len(track.codec_tag) == 4 and track.codec_tag.isascii():
        stream.codec_context.codec_tag = track.codec_tag
    return stream


def track_tags(track: Track, container: str) -> dict[str, str]:
    tags = dict(track.tags)
    if container in QUICKTIME and "name" in tags:
        # What the demuxer of MP4 and MOV calls `name`, their muxer takes as `title` (measured).
        tags.setdefault("title", tags.pop("name"))
    if track.kind == "video":
        tags = {key: value for key, value in tags.items() if not key.upper().startswith(STATISTICS)}
    return tags


def check_clocks(source: InputContainer, inventory: Inventory, streams: Mapping[int, Stream], path: Path) -> None:
    """After the header: the clock of every track that runs in time must hold the source's ticks without rounding.

    Raises SourceUnsupported naming the track.
    """
    mended = {"picture", "audio"} if FORMS[inventory.container].mends_clocks else {"picture"}
    for index, stream in streams.items():
        old, new = source.streams[index].time_base, stream.time_base
        if inventory.tracks[index].kind in mended:
            continue
        if old is None or new is None or (old / new).denominator != 1:
            raise unsupported(
                path,
                f"track {index} with a clock of {old} s, which this container would round to {new} s",
                f"une piste {index} d'horloge {old} s, que ce conteneur arrondirait à {new} s",
            )


class Copies:
    """The packets of a source as they go into an output: the same bytes, times, flags and side data.

    streams: of the output, by the source's numbers. lengths: as `Written` has them, of the packets so far.
    """

    def __init__(
        self, output: OutputContainer, streams: Mapping[int, Stream], inventory: Inventory, path: Path
    ) -> None:
        self.output, self.streams, self.path = output, streams, path
        self.tracks = {track.index: track for track in inventory.tracks}
        self.mark = FORMS[inventory.container].mark
        self.lengths: dict[int, int] = {}

    def write(self, packet: Packet[Any]) -> None:
        """Raises SourceUnsupported naming the packet that the muxer does not take, as where two of a track have one
        time."""
        track = packet.stream_index
        time = None if packet.dts is None else packet.dts * (packet.time_base or Fraction(0))
        if (length := self.mark(packet, self.tracks[track], self.path)) is not None:
            self.lengths[track] = length
        packet.stream = self.streams[track]
        try:
            self.output.mux_one(packet)
        except av.error.FFmpegError as error:
            if error.errno != errno.EINVAL:
                raise
            when = (
                say("at no time", "sans horodatage")
                if time is None
                else say(f"at {float(time):.3f} s", f"à {float(time):.3f} s")
            )
            raise unsupported(
                self.path,
                f"in track {track} a packet {when} that cannot be written: its time is none, or not after that before",
                f"dans la piste {track} un paquet {when} qui ne peut pas être écrit : son temps manque, ou ne suit pas "
                "le précédent",
            ) from error


def unsupported(path: Path, fact: str, fait: str) -> SourceUnsupported:
    return SourceUnsupported(
        say(
            f"{path} has {fact}: this version of labeler cannot keep it.",
            f"{path} a {fait} : cette version de labeler ne sait pas la conserver.",
        ),
        facts=(fact,),
        file=str(path),
    )
