"""Write a file anew through libavformat with its packets as they are, but some of the video's replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from labeler.media import mux
from labeler.media.containers.form import Written
from labeler.media.encoder import frame_rate
from labeler.media.job import Job
from labeler.media.mp4.graft import Pictures
from labeler.media.open import open_media, reading
from labeler.media.packet import packet_of
from labeler.media.rendering import NotThisWay
from labeler.media.writing import abandon

PACKETS_A_STEP = 256


@dataclass(frozen=True)
class Replaced:
    """New packets of the video, and the decoder configuration of old and new ones together (None: as it is)."""

    pictures: Pictures
    setup: bytes | None


def remux(
    job: Job,
    work: Path,
    tags: Mapping[str, str],
    track_tags: Mapping[int, Mapping[str, str]],
    replaced: Replaced | None = None,
) -> None:
    """Write `work`. A new packet has the DTS of the place that it takes. Raises NotThisWay, and as `render` does."""
    with open_media(job.source) as source, mux.writing(work, job.source):
        output = mux.open_output(work, job.source, job.inventory, tags)
        try:
            streams = mux.add_copies(
                output, source, job.inventory, job.source, lambda: _video(output, source, job, replaced), track_tags
            )
            output.start_encoding()
            mux.check_clocks(source, job.inventory, streams, job.source)
            copies = mux.Copies(output, streams, job.inventory, job.source)
            _write(job, source, copies, replaced)
            mux.finish_output(output, Written(work, job.source, job.inventory, tags, copies.lengths))
        except BaseException:
            abandon(output, work)
            raise


def _video(output: OutputContainer, source: InputContainer, job: Job, replaced: Replaced | None) -> VideoStream:
    original = source.streams[job.track.index]
    assert isinstance(original, VideoStream)
    stream = output.add_stream_from_template(original, opaque=True)
    if len(job.track.codec_tag) == 4 and job.track.codec_tag.isascii():
        stream.codec_context.codec_tag = job.track.codec_tag
    # Without it Matroska tells no length of a picture, and that of the last one is lost (measured).
    stream.codec_context.framerate = frame_rate(original, job.inventory.container) or Fraction(0)
    if replaced is not None and replaced.setup is not None:
        stream.codec_context.extradata = replaced.setup
    return stream


def _write(job: Job, source: InputContainer, copies: mux.Copies, replaced: Replaced | None) -> None:
    numbers = {} if replaced is None else {int(at): n for n, at in enumerate(replaced.pictures.positions)}
    position = -1
    with (job.source if replaced is None else replaced.pictures.path).open("rb") as file:
        for count, packet in enumerate(_packets(job, source)):
            if packet.stream_index not in copies.streams:
                continue
            if packet.stream_index == job.track.index:
                position += 1
                if replaced is not None and position in numbers:
                    packet = _new(packet, replaced.pictures, numbers[position], file)
            copies.write(packet)
            if count % PACKETS_A_STEP == 0:
                job.progress("render", 0.5 + 0.5 * min(1.0, max(0, packet.pos or 0) / max(1, source.size)))
    if numbers and position < max(numbers):
        raise NotThisWay("units.missing", position)
    job.progress("render", 1.0)


def _packets(job: Job, source: InputContainer) -> Iterator[Packet[Any]]:
    with reading(job.source):
        for packet in source.demux():
            if packet.size or packet.pts is not None:
                yield packet


def _new(old: Packet[Any], pictures: Pictures, number: int, file: BinaryIO) -> Packet[Any]:
    file.seek(int(pictures.places[number]))
    packet = packet_of(file.read(int(pictures.sizes[number])))
    packet.time_base = old.time_base
    packet.pts, packet.dts, packet.duration = int(pictures.pts[number]), old.dts, old.duration
    packet.is_keyframe = bool(pictures.is_key[number])
    return packet
