"""A last packet of sound that a Matroska lets end early: its length comes out as it was."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.cli.main import run
from labeler.errors import SourceUnsupported
from labeler.layers.credentials import identity
from labeler.media.containers import matroska_ends
from labeler.media.ebml import Element, children, element, holding, number
from labeler.media.survey import survey

SEGMENT, CLUSTER, SIMPLE_BLOCK = 0x18538067, 0x1F43B675, 0xA3
GROUP, BLOCK, DURATION, PADDING = 0xA0, 0xA1, 0x9B, 0x75A2
LENGTHS = {2: 17, 3: 4}
"""In milliseconds, by the number of a track as its blocks give it."""
PICTURES, SAMPLES = 50, 4608


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Two seconds of pictures; two tracks of FLAC, one of which ends a second earlier."""
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt, video.options = 320, 180, "yuv420p", {"preset": "ultrafast"}
        sounds = [container.add_stream("flac", rate=48000, layout="stereo") for _ in LENGTHS]
        for count in range(PICTURES):
            frame = av.VideoFrame.from_ndarray(np.full((180, 320, 3), 40 + count, np.uint8), format="rgb24")
            frame.pts, frame.time_base = count, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        for sound, packets in zip(sounds, (20, 9), strict=True):
            for count in range(packets):
                wave = np.full((2, SAMPLES), count * 100, np.int16)
                samples = av.AudioFrame.from_ndarray(wave, format="s16p", layout="stereo")
                samples.pts, samples.sample_rate, samples.time_base = count * SAMPLES, 48000, Fraction(1, 48000)
                container.mux(sound.encode(samples))
            container.mux(sound.encode())
    path.write_bytes(ending_early(path.read_bytes()))
    return path


def ending_early(data: bytes) -> bytes:
    """The last block of each sound track as one of a group that tells its length."""
    head, segment = children(data)
    blocks = [part for cluster in clusters(data) for part in children(cluster.payload) if part.id == SIMPLE_BLOCK]
    last = {track_of(block): block.raw for block in blocks}

    def shortened(block: Element) -> bytes:
        if block.id != SIMPLE_BLOCK or track_of(block) not in LENGTHS or block.raw != last[track_of(block)]:
            return block.raw
        told = number(DURATION, LENGTHS[track_of(block)], 1)
        return holding(GROUP, (told, element(BLOCK, block.payload[:3] + b"\0" + block.payload[4:])))

    parts = (
        holding(CLUSTER, map(shortened, children(part.payload))) if part.id == CLUSTER else part.raw
        for part in children(segment.payload)
    )
    return head.raw + holding(SEGMENT, parts)


def track_of(block: Element) -> int:
    return block.payload[0] & 0x7F


def clusters(data: bytes) -> Iterator[Element]:
    _, segment = children(data)
    return (part for part in children(segment.payload) if part.id == CLUSTER)


def lengths(path: Path) -> dict[int, int]:
    """What blocks tell of their length, by track."""
    found = {}
    for cluster in clusters(path.read_bytes()):
        for group in (part for part in children(cluster.payload) if part.id == GROUP):
            told = {part.id: part.payload for part in children(group.payload)}
            assert PADDING not in told
            if DURATION in told:
                found[told[BLOCK][0] & 0x7F] = int.from_bytes(told[DURATION], "big")
    return found


def test_the_last_packet_lasts_as_long_as_it_did(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "out.mkv"
    monkeypatch.setenv("LABELER_HOME", str(tmp_path / "home"))
    identity.create("one", home=tmp_path / "home", now=datetime.now(UTC))
    assert lengths(film) == LENGTHS
    assert run(["label", str(film), "--involvement", "generated", "-o", str(output)]) == 0
    assert lengths(output) == LENGTHS
    before, after = ([track.timestamps.duration for track in survey(path).tracks] for path in (film, output))
    assert before == after


def test_what_tells_no_length_gets_none(film: Path, tmp_path: Path) -> None:
    """The same film before its last blocks were put in groups."""
    plain = tmp_path / "plain.mkv"
    with av.open(str(film)) as source, av.open(str(plain), "w") as copy:
        streams = [copy.add_stream_from_template(stream, opaque=True) for stream in source.streams]
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                copy.mux(packet)
    tracks = survey(plain).tracks
    with av.open(str(plain)) as container:
        for packet in container.demux():
            assert matroska_ends.mark(packet, tracks[packet.stream_index], plain) is None


def test_no_place_for_a_length_is_told(tmp_path: Path) -> None:
    (tmp_path / "work.mkv").write_bytes(bytes(100))
    with pytest.raises(SourceUnsupported, match="track 1"):
        matroska_ends.put_back(tmp_path / "work.mkv", {1: 17})


@pytest.mark.parametrize("place", [0, 5, 17, 18, 19, 55, 60])
def test_a_place_is_found_wherever_it_is_read_in_pieces(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matroska_ends, "CHUNK", 16)
    data = bytearray(64)
    data[place : place + 4] = b"mark"
    assert matroska_ends.last_place(io.BytesIO(data), b"mark") == place
    assert matroska_ends.last_place(io.BytesIO(data), b"none") is None
