"""MP3 and MP2 in an AVI: its head counts packets, as the source's does, whichever way the file was written."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.cli.main import run
from labeler.layers.credentials import identity
from labeler.media.compare import ALLOWED_BY_RENDER, compare
from labeler.media.containers.avi_sound import mend_heads
from labeler.media.survey import survey

RATE, SAMPLES = 48000, 1152
HEAD = struct.Struct("<4s4s10I")
START, LENGTH, SAMPLE_SIZE = 7, 8, 11


@pytest.fixture(scope="module", params=["libmp3lame", "mp2"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("avi") / "film.avi"
    with av.open(str(path), "w") as output:
        video = output.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 480, 270, "yuv420p"
        audio = output.add_stream(request.param, rate=RATE, layout="mono")
        for number in range(25):
            picture = av.VideoFrame.from_ndarray(np.full((270, 480, 3), 100 + number, np.uint8), format="rgb24")
            picture.pts = number
            output.mux(video.encode(picture))
        for number in range(RATE // SAMPLES):
            wave = np.sin(np.arange(SAMPLES) / 17, dtype=np.float32)[None]
            sound = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
            sound.sample_rate, sound.pts = RATE, number * SAMPLES
            output.mux(audio.encode(sound))
        output.mux([*video.encode(None), *audio.encode(None)])
    return path


def head_of_sound(path: Path) -> tuple[int, ...]:
    """The fields of its `strh`, read with nothing of labeler's."""
    data = path.read_bytes()
    at = data.index(b"auds")
    assert data[at - 8 : at - 4] == b"strh"
    return HEAD.unpack_from(data, at)


def test_packets_are_counted(film: Path, tmp_path: Path, private_home: Path) -> None:
    identity.create("one", home=private_home, now=datetime.now(UTC))
    output = tmp_path / "out.avi"
    assert run(["label", str(film), "--involvement", "generated", "-o", str(output)]) == 0
    before, after = (survey(path).of_kind("audio")[0] for path in (film, output))
    assert after.payload_sha256 == before.payload_sha256 and after.timestamps == before.timestamps
    assert head_of_sound(output)[LENGTH] == after.packets and head_of_sound(output)[SAMPLE_SIZE] == 0


def test_sound_that_begins_later_does_so_again(film: Path, tmp_path: Path, private_home: Path) -> None:
    """By two packets, as MEncoder has it for pictures in another order than shown."""
    identity.create("one", home=private_home, now=datetime.now(UTC))
    source, output = tmp_path / "late.avi", tmp_path / "out.avi"
    data = bytearray(film.read_bytes())
    struct.pack_into("<I", data, data.index(b"auds") + 4 * START, 2)
    source.write_bytes(data)
    assert run(["label", str(source), "--involvement", "generated", "-o", str(output)]) == 0
    before, after = (survey(path).of_kind("audio")[0].timestamps for path in (source, output))
    assert after == before and before.first == "6/125"
    assert head_of_sound(output)[START] == 2


def test_each_index_of_a_large_file_tells_its_packets(film: Path, tmp_path: Path) -> None:
    """The super index of OpenDML, which libavformat writes beyond a gigabyte: made here by hand, at the file's end."""
    inventory, path = survey(film), tmp_path / "large.avi"
    data = bytearray(film.read_bytes())
    at = data.index(b"auds")
    struct.pack_into("<I", data, at + 4 * SAMPLE_SIZE, SAMPLES)
    room = data.index(b"JUNK", at)
    data[room : room + 4] = b"indx"
    struct.pack_into("<HBBI4sIII", data, room + 8, 4, 0, 0, 1, b"01wb", 0, 0, 0)
    struct.pack_into("<QII", data, room + 8 + 24, len(data), 32, 7)
    data += struct.pack("<4sIHBBI", b"ix01", 24, 2, 0, 1, 41) + bytes(16)
    path.write_bytes(data)
    mend_heads(path, inventory)
    mended = path.read_bytes()
    assert struct.unpack_from("<QII", mended, room + 8 + 24) == (len(film.read_bytes()), 32, 41)
    assert head_of_sound(path)[SAMPLE_SIZE] == 0


def test_what_counts_packets_already_is_left_alone(film: Path, tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    path.write_bytes(film.read_bytes())
    mend_heads(path, survey(film))
    assert path.read_bytes() == film.read_bytes()


def test_a_head_that_tells_another_length_is_caught(film: Path, tmp_path: Path) -> None:
    """A sixth of it, as libavformat writes where it counts bytes."""
    source, path = survey(film), tmp_path / "film.avi"
    data = bytearray(film.read_bytes())
    at = data.index(b"auds") + HEAD.size - 16
    struct.pack_into("<I", data, at, source.of_kind("audio")[0].packets // 6)
    path.write_bytes(data)
    found = {check.id: check for check in compare(source, survey(path), allowed=ALLOWED_BY_RENDER)}
    assert found["media.timestamps"].status == "fail" and "is_length_true" in found["media.timestamps"].message
    back = {check.id: check for check in compare(survey(path), source, allowed=ALLOWED_BY_RENDER)}
    assert back["media.timestamps"].status == "pass", "what the source told wrongly is told rightly"
