"""Sound in an AVI: its head tells when each packet is heard as the source's does, whichever way it was written."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.cli.main import run
from labeler.errors import SourceUnsupported
from labeler.layers.credentials import identity
from labeler.media.compare import ALLOWED_BY_RENDER, compare
from labeler.media.containers.avi_sound import mend_heads
from labeler.media.survey import survey

RATE, SAMPLES, BYTES_A_SECOND = 48000, 1152, 16000
HEAD = struct.Struct("<4s4s10I")
SCALE, UNITS, START, LENGTH, SAMPLE_SIZE = 5, 6, 7, 8, 11


@pytest.fixture(scope="module", params=["libmp3lame", "mp2"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_sound(tmp_path_factory.mktemp("avi") / "film.avi", request.param)


def with_sound(path: Path, codec: str) -> Path:
    with av.open(str(path), "w") as output:
        video = output.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 480, 270, "yuv420p"
        audio = output.add_stream(codec, rate=RATE, layout="mono")
        audio.bit_rate = 8 * BYTES_A_SECOND
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


@pytest.mark.parametrize("codec", ["ac3", "aac", "libmp3lame"])
def test_a_clock_of_the_source_s_own_is_put_back(codec: str, tmp_path: Path, private_home: Path) -> None:
    """Codecs of whose packets the muxer knows no length; and MP3 that counts bytes, as MEncoder and VLC have it."""
    identity.create("one", home=private_home, now=datetime.now(UTC))
    source, output = with_sound(tmp_path / "film.avi", codec), tmp_path / "out.avi"
    if codec == "libmp3lame":
        source.write_bytes(counting_bytes(source.read_bytes()))
        assert survey(source).of_kind("audio")[0].time_base == f"1/{BYTES_A_SECOND}"
    assert run(["label", str(source), "--involvement", "generated", "-o", str(output)]) == 0
    before, after = (survey(path).of_kind("audio")[0] for path in (source, output))
    assert after.timestamps == before.timestamps and after.payload_sha256 == before.payload_sha256
    old, new = head_of_sound(source), head_of_sound(output)
    told = [SCALE, UNITS, START, SAMPLE_SIZE]
    assert [new[at] for at in told] == [old[at] for at in told]
    assert new[LENGTH] == (after.bytes if codec == "libmp3lame" else after.packets)


def test_heads_that_are_not_those_of_the_tracks_are_told(tmp_path: Path) -> None:
    """A head too short to tell anything, as damage leaves it."""
    film = with_sound(tmp_path / "film.avi", "ac3")
    data, path, inventory = bytearray(film.read_bytes()), tmp_path / "short.avi", survey(film)
    at = data.index(b"auds") - 4
    struct.pack_into("<I", data, at, 40)
    data[at + 4 + 40 : at + 4 + 48] = b"JUNK" + bytes(4)
    path.write_bytes(data)
    with pytest.raises(SourceUnsupported, match=r"short\.avi describes its sound otherwise"):
        mend_heads(film, path, inventory)


def counting_bytes(data: bytes) -> bytes:
    """The sound as one of a constant rate that is counted in bytes."""
    changed, at = bytearray(data), data.index(b"auds")
    count = sum(size for kind, size in chunks(data) if kind == b"01wb")
    for field, value in ((SCALE, 1), (UNITS, BYTES_A_SECOND), (LENGTH, count), (SAMPLE_SIZE, 1)):
        struct.pack_into("<I", changed, at + 4 * field, value)
    struct.pack_into("<IH", changed, data.index(b"strf", at) + 16, BYTES_A_SECOND, 1)
    return bytes(changed)


def chunks(data: bytes) -> list[tuple[bytes, int]]:
    """Kind and size of each, as the old index has them."""
    at = data.rindex(b"idx1")
    count = int.from_bytes(data[at + 4 : at + 8], "little") // 16
    entries = (struct.unpack_from("<4sIII", data, at + 8 + 16 * number) for number in range(count))
    return [(kind, size) for kind, _, _, size in entries]


def test_an_index_of_a_large_file_tells_its_bytes(tmp_path: Path) -> None:
    """The super index of OpenDML, where the source counts in units of two bytes."""
    film = with_sound(tmp_path / "film.avi", "libmp3lame")
    source = tmp_path / "bytes.avi"
    source.write_bytes(counting_bytes(film.read_bytes()))
    data = bytearray(source.read_bytes())
    struct.pack_into("<I", data, data.index(b"auds") + 4 * SAMPLE_SIZE, 2)
    source.write_bytes(data)
    path, place = with_indexes(film, tmp_path / "large.avi", [10, 20, 30 | 1 << 31])
    mend_heads(path, source, survey(source))
    assert struct.unpack_from("<QII", path.read_bytes(), place) == (len(film.read_bytes()), 56, 30)


def test_each_index_of_a_large_file_tells_its_packets(film: Path, tmp_path: Path) -> None:
    """The super index of OpenDML, which libavformat writes beyond a gigabyte: made here by hand, at the file's end."""
    path, place = with_indexes(film, tmp_path / "large.avi", [7] * 41)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(b"auds") + 4 * SAMPLE_SIZE, SAMPLES)
    path.write_bytes(data)
    mend_heads(path, film, survey(film))
    assert struct.unpack_from("<QII", path.read_bytes(), place)[2] == 41
    assert head_of_sound(path)[SAMPLE_SIZE] == 0


def with_indexes(film: Path, path: Path, sizes: Sequence[int]) -> tuple[Path, int]:
    """A copy with an index of the sound at its end, of packets of these sizes, and one that leads there; its place."""
    data = bytearray(film.read_bytes())
    room, end = data.index(b"JUNK", data.index(b"auds")), len(data)
    whole = 32 + 8 * len(sizes)
    data[room : room + 4] = b"indx"
    struct.pack_into("<HBBI4sIII", data, room + 8, 4, 0, 0, 1, b"01wb", 0, 0, 0)
    struct.pack_into("<QII", data, room + 8 + 24, end, whole, 7)
    data += struct.pack("<4sIHBBI4sQI", b"ix01", whole - 8, 2, 0, 1, len(sizes), b"01wb", 0, 0)
    data += b"".join(struct.pack("<II", 0, size) for size in sizes)
    path.write_bytes(data)
    return path, room + 8 + 24


def test_what_counts_packets_already_is_left_alone(film: Path, tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    path.write_bytes(film.read_bytes())
    mend_heads(path, film, survey(film))
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
