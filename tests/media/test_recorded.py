"""Films as browsers record them (MediaRecorder): times that vary, no rate and no length told, and in WebM tracks that
say they have alpha although no packet carries any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.cli.main import run
from labeler.layers.credentials import identity
from labeler.media import matroska
from labeler.media.ebml import Element, as_id, children, element, holding, number
from labeler.media.survey import survey

SEGMENT, INFO, LENGTH, TRACKS, VIDEO, CLUSTER = 0x18538067, 0x1549A966, 0x4489, 0x1654AE6B, 0xE0, 0x1F43B675
OF_ONE_PICTURE = 0x23E383
ALPHA = number(0x53C0, 1, 1)
REALTIME = {"deadline": "realtime", "cpu-used": "8"}
OPTIONS = {
    "libvpx": REALTIME,
    "libvpx-vp9": REALTIME,
    "libsvtav1": {"preset": "12"},
    "libx264": {"preset": "ultrafast", "tune": "zerolatency"},
}


EVEN, UNEVEN = tuple(range(0, 990, 33)), tuple(33 * count + 7 * count % 19 for count in range(30))
"""Times of 30 pictures, in ms."""


def recording(path: Path, codec: str, times: Sequence[int] = EVEN) -> Path:
    movflags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"} if path.suffix == ".mp4" else {}
    format = {".webm": "webm", ".mkv": "matroska", ".mp4": "mp4"}[path.suffix]
    with av.open(str(path), "w", format=format, options=movflags) as container:
        stream = container.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 320, 180, "yuv420p", Fraction(1, 1000)
        stream.codec_context.time_base = stream.time_base
        stream.options = OPTIONS[codec]
        for count, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(np.full((180, 320, 3), 80 + count, np.uint8), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    if path.suffix != ".mp4":
        path.write_bytes(as_recorded(path.read_bytes()))
    return path


def as_recorded(data: bytes) -> bytes:
    head, segment = children(data)
    parts = (part for part in children(segment.payload) if part.id in (INFO, TRACKS, CLUSTER))
    return head.raw + open_ended(SEGMENT, b"".join(map(without_lengths, parts)))


def open_ended(id: int, payload: bytes) -> bytes:
    """An element whose size is not known."""
    return as_id(id) + b"\x01" + b"\xff" * 7 + payload


def without_lengths(part: Element) -> bytes:
    if part.id == CLUSTER:
        return open_ended(CLUSTER, part.payload)
    if part.id == INFO:
        return holding(INFO, (one.raw for one in children(part.payload) if one.id != LENGTH))
    (track,) = children(part.payload)
    told = (one for one in children(track.payload) if one.id != OF_ONE_PICTURE)
    shown = (element(VIDEO, one.payload + ALPHA) if one.id == VIDEO else one.raw for one in told)
    return holding(TRACKS, (holding(track.id, shown),))


@pytest.mark.parametrize("times", [EVEN, UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("film.webm", "libvpx"),
        ("film.webm", "libvpx-vp9"),
        ("film.webm", "libsvtav1"),
        ("film.mkv", "libx264"),
        ("film.mp4", "libvpx-vp9"),
        ("film.mp4", "libx264"),
    ],
)
def test_a_recording_is_labelled(
    name: str, codec: str, times: Sequence[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, output = recording(tmp_path / name, codec, times), tmp_path / f"out{Path(name).suffix}"
    monkeypatch.setenv("LABELER_HOME", str(tmp_path / "home"))
    identity.create("one", home=tmp_path / "home", now=datetime.now(UTC))
    assert run(["label", str(source), "--involvement", "generated", "-o", str(output)]) == 0
    assert output.read_bytes().count(ALPHA) == (name != "film.mp4")
    before, after = survey(source).tracks[0].timestamps, survey(output).tracks[0].timestamps
    assert before.is_steady == after.is_steady == (times == EVEN)
    assert (before.count, before.digest) == (after.count, after.digest) == (30, before.digest)


def test_the_word_of_a_track_that_it_has_alpha_is_no_loss_but_its_own(tmp_path: Path) -> None:
    path = recording(tmp_path / "film.webm", "libvpx")
    told = matroska.walk(path)
    assert told.facts == () and told.structure["track_0.E0.53C0"] == "01"


def test_alpha_that_is_there_is_told(tmp_path: Path) -> None:
    """A picture of its own beside each one: block additions of the number 1."""
    path = recording(tmp_path / "film.webm", "libvpx")
    path.write_bytes(with_additions(path.read_bytes()))
    assert survey(path).tracks[0].side_data == ("alpha",)


def with_additions(data: bytes) -> bytes:
    """Each SimpleBlock as a block with an addition beside it."""
    head, rest = data[: data.index(as_id(CLUSTER))], data[data.index(as_id(CLUSTER)) :]
    clusters = [part for part in rest.split(as_id(CLUSTER) + b"\x01" + b"\xff" * 7) if part]
    return head + b"".join(open_ended(CLUSTER, b"".join(map(with_addition, children(one)))) for one in clusters)


def with_addition(part: Element) -> bytes:
    if part.id != 0xA3:
        return part.raw
    more = holding(0x75A1, (holding(0xA6, (number(0xEE, 1, 1), element(0xA5, part.payload[4:]))),))
    return holding(0xA0, (element(0xA1, part.payload), more))
