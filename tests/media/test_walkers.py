"""What the walks over transport streams, AVI and MXF tell: the structure that is kept, and what is refused by name."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.errors import SourceUnreadable
from labeler.media import mpegts, mxf, riff
from labeler.media.accept import reasons_to_refuse
from labeler.media.coded import slice_type
from labeler.media.compare import ALLOWED_BY_RENDER, differences
from labeler.media.mpeg2_video import Mpeg2Track
from labeler.media.picture import Picture
from labeler.media.render import render
from labeler.media.rendering import Way
from labeler.media.survey import survey
from labeler.media.vpx_frames import is_shown
from tests.clips import picture

RATE = 25


def leave(picture: Picture) -> None:
    """Paints nothing."""


def make(path: Path, codec: str, *, size: tuple[int, int] = (128, 96), sound: str | None = None, **how: object) -> Path:
    """A second of moving pictures, with a tone where `sound` names a codec. how: options of muxer and encoder, tags."""
    container_options, options = how.get("muxer", {}), how.get("options", {})
    with av.open(str(path), "w", container_options=container_options) as container:  # type: ignore[arg-type]
        container.metadata.update(how.get("tags", {}))  # type: ignore[arg-type]
        video = container.add_stream(codec, rate=RATE, options=options)  # type: ignore[call-overload]
        video.width, video.height = size
        video.pix_fmt = how.get("samples", "yuv420p")
        audio = container.add_stream(sound, rate=48000, layout="stereo") if sound else None
        for number in range(RATE):
            frame = av.VideoFrame.from_ndarray(picture(number, *size), format="rgb24").reformat(format=video.pix_fmt)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if audio is not None:
            frame = av.AudioFrame(format=audio.format.name, layout="stereo", samples=audio.frame_size or 1024)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            for number in range(20):
                frame.pts, frame.sample_rate = number * frame.samples, 48000
                frame.time_base = Fraction(1, 48000)
                container.mux(audio.encode(frame))
            container.mux(audio.encode())
    return path


def kept(path: Path) -> None:
    """Rendered with nothing painted, no fact of the file is another."""
    before = survey(path)
    assert reasons_to_refuse(before, path) == ()
    output = path.with_stem("out")
    render(path, output, before, paint=leave, container_tags={})
    assert [str(found) for found in differences(before, survey(output), allowed=ALLOWED_BY_RENDER)] == []


# --- transport streams ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    muxer = {"mpegts_service_id": "77", "mpegts_transport_stream_id": "5", "mpegts_pmt_start_pid": "480"}
    tags = {"service_name": "Télé", "service_provider": "Labo"}
    path = tmp_path_factory.mktemp("ts") / "clip.ts"
    return make(path, "mpeg2video", sound="mp2", muxer=muxer, tags=tags, options={"b": "2000000"})


def test_programme_numbers_and_names(stream: Path) -> None:
    found = mpegts.walk(stream)
    assert found.facts == ()
    expected = {"service_id": "77", "transport_stream_id": "5", "pmt_pid": "480", "packet_size": "188"}
    assert expected.items() <= found.structure.items()
    assert (found.structure["service_name"], found.structure["service_provider"]) == ("Télé", "Labo")
    kept(stream)


def test_packets_with_a_clock_before_each(tmp_path: Path) -> None:
    path = make(tmp_path / "clip.m2ts", "mpeg2video", muxer={"mpegts_m2ts_mode": "1"}, options={"b": "2000000"})
    assert mpegts.walk(path).structure["packet_size"] == "192"
    kept(path)


def changed(stream: Path, target: Path, change: object) -> Path:
    packets = np.frombuffer(stream.read_bytes(), np.uint8).reshape(-1, 188).copy()
    change(packets)  # type: ignore[operator]
    target.write_bytes(packets.tobytes())
    return target


def _pids(packets: np.ndarray) -> np.ndarray:
    return (packets[:, 1].astype(int) & 31) << 8 | packets[:, 2]


def scramble(packets: np.ndarray) -> None:
    packets[-1, 3] |= 0x80


def add_events(packets: np.ndarray) -> None:
    packets[-1, 1], packets[-1, 2] = packets[-1, 1] & 0xE0, 0x12


def add_stray(packets: np.ndarray) -> None:
    packets[-1, 1], packets[-1, 2] = packets[-1, 1] & 0xE0 | 0x1A, 0xBC


def mark_damaged(packets: np.ndarray) -> None:
    packets[-1, 1] |= 0x80


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (scramble, "encrypted"),
        (add_events, "service information (PID 18)"),
        (add_stray, "a stream of no programme (PID 6844)"),
        (mark_damaged, "damaged packet"),
    ],
)
def test_what_stands_beside_the_programme(stream: Path, tmp_path: Path, change: object, said: str) -> None:
    assert said in mpegts.walk(changed(stream, tmp_path / "clip.ts", change)).facts


def test_packets_that_lose_their_order(stream: Path, tmp_path: Path) -> None:
    data = stream.read_bytes()
    (tmp_path / "clip.ts").write_bytes(data[: 188 * 40] + data[188 * 40 + 7 :])
    with pytest.raises(SourceUnreadable, match="lose their order"):
        mpegts.walk(tmp_path / "clip.ts")
    (tmp_path / "none.ts").write_bytes((b"\x47\x1f\xff\x10" + b"\xff" * 184) * 9)
    with pytest.raises(SourceUnreadable, match="no programme"):
        mpegts.walk(tmp_path / "none.ts")


# --- AVI --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def avi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("avi") / "clip.avi"
    return make(path, "mpeg4", sound="mp3", options={"b": "900000", "bf": "1"}, tags={"title": "T"})


def test_avi_is_kept(avi: Path) -> None:
    assert riff.walk(avi) == riff.Chunks((), ())
    kept(avi)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        (b"ISMP", b"01:00:00:00", riff.Chunks((), ("time code of the tape",))),
        (b"ISMP", b"\0" * 4, riff.Chunks((), ())),
        (b"C2PA", b"jumb", riff.Chunks((), ("credentials in a chunk of their own",))),
        (b"wxyz", b"secret", riff.Chunks(("AVI /wxyz",), ())),
    ],
)
def test_a_chunk_more(avi: Path, tmp_path: Path, name: bytes, content: bytes, found: riff.Chunks) -> None:
    data = bytearray(avi.read_bytes())
    data += name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) & 1)
    data[4:8] = (len(data) - 8).to_bytes(4, "little")
    (tmp_path / "clip.avi").write_bytes(bytes(data))
    assert riff.walk(tmp_path / "clip.avi") == found


def test_an_avi_that_is_cut_off(avi: Path, tmp_path: Path) -> None:
    (tmp_path / "clip.avi").write_bytes(avi.read_bytes()[:5000])
    with pytest.raises(SourceUnreadable, match="cut off"):
        riff.walk(tmp_path / "clip.avi")


def test_order_that_avi_does_not_tell(tmp_path: Path) -> None:
    path = make(tmp_path / "clip.avi", "libx264", options={"bf": "2", "preset": "medium"})
    (reason,) = reasons_to_refuse(survey(path), path)
    assert "whose order AVI does not tell" in reason and "MP4 or MKV" in reason
    kept(make(tmp_path / "plain.avi", "libx264", options={"bf": "0", "preset": "ultrafast"}))


@pytest.mark.parametrize(("head", "kind"), [(b"\x88\x84", 7), (b"\x9a\x00", 5), (b"\x9e\x00", 6)])
def test_slice_types(head: bytes, kind: int) -> None:
    assert slice_type(head) == kind


# --- MXF --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mxf") / "clip.mxf"
    options = {"b": "36000000"}
    return make(path, "dnxhd", size=(1920, 1080), samples="yuv422p", options=options, tags={"timecode": "10:00:00:00"})


def test_mxf_keeps_its_descriptor_and_time_code(material: Path) -> None:
    header = mxf.walk(material)
    assert header.facts == () and header.structure["picture_coding"] == "060e2b34040101000401020271130000"
    assert survey(material).timecode == "10:00:00:00"
    kept(material)


def test_sets_that_nobody_here_writes(material: Path, tmp_path: Path) -> None:
    """The set of the identification becomes one of descriptive metadata, by one byte of its key."""
    data = material.read_bytes()
    key = bytes.fromhex("060e2b34025301010d01010101013000")
    assert data.count(key) >= 1
    (tmp_path / "clip.mxf").write_bytes(data.replace(key, key[:14] + b"\x41\x00"))
    assert mxf.walk(tmp_path / "clip.mxf").facts == ("descriptive metadata",)


def test_an_mxf_without_a_whole_header(material: Path, tmp_path: Path) -> None:
    (tmp_path / "clip.mxf").write_bytes(material.read_bytes()[:300])
    with pytest.raises(SourceUnreadable, match="header"):
        mxf.walk(tmp_path / "clip.mxf")


def test_another_operational_pattern_is_refused(material: Path) -> None:
    inventory = survey(material)
    tags = inventory.tags | {"operational_pattern_ul": "060e2b34.04010102.0d010201.03030900"}
    (reason,) = reasons_to_refuse(inventory.model_copy(update={"tags": tags}), material)
    assert "OP1a" in reason


@pytest.mark.parametrize(
    ("pattern", "way", "is_kept"), [("1003", "in_place", True), ("1003", "full", False), ("0303", "in_place", False)]
)
def test_op_atom_stays_where_pictures_are_written_over(pattern: str, way: Way, is_kept: bool, material: Path) -> None:
    inventory = survey(material)
    tags = inventory.tags | {"operational_pattern_ul": f"060e2b34.04010102.0d010201.{pattern}0000"}
    told = reasons_to_refuse(inventory.model_copy(update={"tags": tags}), material, way)
    assert any("OP1a" in reason for reason in told) != is_kept


# --- what rides in pictures -------------------------------------------------------------------------------------------


def test_mpeg2_units() -> None:
    track = Mpeg2Track(b"")
    group = b"\0\0\1\xb8" + (0x80080000 | 2 << 7 | 1 << 6).to_bytes(4, "big")
    captions = b"\0\0\1\xb2GA94\x03\x41\xff\xfc\x80\x80\xff"
    track.see(group + captions + b"\0\0\1\x01" + b"\xab" * 9, Fraction(0))
    assert track.captions() is not None and track.captions().count == 1  # type: ignore[union-attr]
    assert track.timecode() is None, "one group tells no running time"
    track.see(b"\0\0\1\xb8" + 0x80080800.to_bytes(4, "big"), Fraction(1))
    assert track.timecode() == "00:00:00;02"
    track.see(b"\0\0\1\xb5\x8f\xff\xff\x82\x80", Fraction(2))
    track.see(b"\0\0\1\xb2DTG1\x41\xf8", Fraction(3))
    assert track.facts() == ("repeated fields (pulldown)", "active format description")


@pytest.mark.parametrize(
    ("codec", "packet", "shown"),
    [
        ("vp8", b"\x10\0", True),
        ("vp8", b"\x00\0", False),
        ("vp9", b"\x82\0", True),  # profile 0, key frame, shown
        ("vp9", b"\x80\0", False),
        ("vp9", b"\x88\0", True),  # shows one that is there already
        ("vp9", b"\x80\0\xc1", True),  # a superframe
        ("av1", b"\x00", True),
    ],
)
def test_packets_that_show_nothing(codec: str, packet: bytes, shown: bool) -> None:
    assert is_shown(codec, packet) is shown
