"""How long packets of sound last where a Matroska says so itself: it comes out as it was."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
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
from tests.clips import copy_packets

SEGMENT, CLUSTER, SIMPLE_BLOCK = 0x18538067, 0x1F43B675, 0xA3
GROUP, BLOCK, DURATION, PADDING = 0xA0, 0xA1, 0x9B, 0x75A2
TRACKS, TRACK, OF_ONE_FRAME = 0x1654AE6B, 0xAE, 0x23E383
LENGTHS = {2: 17, 3: 4}
"""In milliseconds, by the number of a track as its blocks give it."""
PICTURES = 50
SAMPLES = {"flac": 4608, "libopus": 960}


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Two seconds of pictures; two tracks of FLAC, one of which ends a second earlier."""
    path = tmp_path / "film.mkv"
    write_film(path, "flac", (20, 9))
    path.write_bytes(ending_early(path.read_bytes()))
    return path


def write_film(path: Path, codec: str, packets: Sequence[int]) -> None:
    """packets: of each track of sound, how many."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt, video.options = 320, 180, "yuv420p", {"preset": "ultrafast"}
        sounds = [container.add_stream(codec, rate=48000, layout="stereo") for _ in packets]
        for count in range(PICTURES):
            frame = av.VideoFrame.from_ndarray(np.full((180, 320, 3), 40 + count, np.uint8), format="rgb24")
            frame.pts, frame.time_base = count, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        for sound, many in zip(sounds, packets, strict=True):
            samples_each = SAMPLES[codec]
            for count in range(many):
                wave = np.full((1, 2 * samples_each), count * 100, np.int16)
                samples = av.AudioFrame.from_ndarray(wave, format="s16", layout="stereo")
                samples.pts, samples.sample_rate, samples.time_base = count * samples_each, 48000, Fraction(1, 48000)
                container.mux(sound.encode(samples))
            container.mux(sound.encode())


def ending_early(data: bytes) -> bytes:
    """The last block of each sound track as one of a group that tells its length."""
    blocks = [part for cluster in clusters(data) for part in children(cluster.payload) if part.id == SIMPLE_BLOCK]
    last = {track_of(block): block.raw for block in blocks}
    return telling(data, lambda block: LENGTHS.get(track_of(block)) if block.raw == last[track_of(block)] else None)


def telling(data: bytes, length_of: Callable[[Element], int | None]) -> bytes:
    """The blocks as ones of groups that tell these lengths, in milliseconds; None: as they are."""
    head, segment = children(data)

    def told(block: Element) -> bytes:
        length = length_of(block) if block.id == SIMPLE_BLOCK else None
        if length is None:
            return block.raw
        payload = block.payload[:3] + b"\0" + block.payload[4:]
        return holding(GROUP, (number(DURATION, length, 1), element(BLOCK, payload)))

    parts = (
        holding(CLUSTER, map(told, children(part.payload))) if part.id == CLUSTER else part.raw
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


def test_the_last_packet_lasts_as_long_as_it_did(film: Path, tmp_path: Path, private_home: Path) -> None:
    output = tmp_path / "out.mkv"
    identity.create("one", home=private_home, now=datetime.now(UTC))
    assert lengths(film) == LENGTHS
    assert run(["label", str(film), "--involvement", "generated", "-o", str(output)]) == 0
    assert lengths(output) == LENGTHS
    before, after = ([track.timestamps.duration for track in survey(path).tracks] for path in (film, output))
    assert before == after


def test_a_wrong_length_of_all_packets_is_not_handed_on(tmp_path: Path, private_home: Path) -> None:
    """As GStreamer writes Opus: the length of the first packet for all of them, and of each its own."""
    source, output = tmp_path / "film.mkv", tmp_path / "out.mkv"
    write_film(source, "libopus", (100,))
    head, segment = children(telling(source.read_bytes(), lambda block: 20 if track_of(block) == 2 else None))
    parts = (with_length_of_all(part) if part.id == TRACKS else part.raw for part in children(segment.payload))
    source.write_bytes(head.raw + holding(SEGMENT, parts))
    identity.create("one", home=private_home, now=datetime.now(UTC))
    assert run(["label", str(source), "--involvement", "generated", "-o", str(output)]) == 0
    before, after = packet_lengths(source)[1:], packet_lengths(output)[1:]
    assert before == after and set(before[:-1]) == {20}


def with_length_of_all(tracks: Element) -> bytes:
    """The description of the sound with a length of each packet that none has."""
    _, sound = (part.payload for part in children(tracks.payload))
    said = (part.raw for part in children(sound) if part.id != OF_ONE_FRAME)
    told = holding(TRACK, (*said, number(OF_ONE_FRAME, 26_500_000)))
    return holding(TRACKS, (next(children(tracks.payload)).raw, told))


def packet_lengths(path: Path) -> list[int | None]:
    with av.open(str(path)) as container:
        return [packet.duration for packet in container.demux(audio=0) if packet.size]


def test_what_tells_no_length_gets_none(film: Path, tmp_path: Path) -> None:
    """The same film before its last blocks were put in groups."""
    plain = tmp_path / "plain.mkv"
    copy_packets(film, plain)
    tracks = survey(plain).tracks
    with av.open(str(plain)) as container:
        for packet in container.demux():
            assert matroska_ends.mark(packet, tracks[packet.stream_index], plain) is None


def test_a_rate_of_no_recording_is_left_to_the_gate(film: Path) -> None:
    track = survey(film).tracks[1]
    assert track.sound is not None
    fast = track.model_copy(update={"sound": track.sound.model_copy(update={"rate": 2_000_000})})
    with av.open(str(film)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
    assert matroska_ends.mark(packets[-1], fast, film) is None
    assert matroska_ends.mark(packets[-1], track, film) == LENGTHS[2]


def test_no_place_for_a_length_is_told(tmp_path: Path) -> None:
    (tmp_path / "work.mkv").write_bytes(bytes(100))
    with pytest.raises(SourceUnsupported, match=r"film\.mkv.* track 1 "):
        matroska_ends.put_back(tmp_path / "work.mkv", tmp_path / "film.mkv", {1: 17})


@pytest.mark.parametrize("place", [0, 5, 17, 18, 19, 55, 60])
def test_a_place_is_found_wherever_it_is_read_in_pieces(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matroska_ends, "CHUNK", 16)
    data = bytearray(64)
    data[place : place + 4] = b"mark"
    assert matroska_ends.last_place(io.BytesIO(data), b"mark") == place
    assert matroska_ends.last_place(io.BytesIO(data), b"none") is None
