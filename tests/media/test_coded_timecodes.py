"""Time codes in the picture timing messages of H.264, as Adobe Media Encoder writes them, go on to the new pictures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import pytest

from labeler.cli.main import run
from labeler.layers.credentials import identity
from labeler.media.bits import Bits, BitWriter, escape
from labeler.media.coded import CodedTrack
from labeler.media.compare import every_difference
from labeler.media.inventory import Payloads
from labeler.media.survey import survey
from labeler.media.vui import of_h264
from tests.clips import make_clip

SEI, SPS, PICTURE_TIMING = 6, 7, 1


def units(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 4 + length]
        at += 4 + length


def timing(old: bytes, delays: int, offset: int, number: int) -> bytes:
    """The message of one picture with the time code 10:00:00 and this frame (D.1.3). delays, offset: in bits."""
    bits, written = Bits(old, escaped=False), BitWriter()
    written.copy(bits, delays + 4)
    # One time stamp; scan, base and counting; a full one, no discontinuity, no frame dropped.
    for value, count in ((1, 1), (0, 8), (0b100, 3), (number, 8), (0, 6), (0, 6), (10, 5), (0, offset)):
        written.put(value, count)
    written.trail()
    return bytes(written)


def with_timecodes(film: Path, path: Path, *, offset: int, first: int = 0, later: int = 0) -> None:
    """first: the picture that time codes begin with. later: frames that they are ahead."""
    with av.open(str(film)) as source, av.open(str(path), "w") as output:
        old = source.streams.video[0]
        new = output.add_stream_from_template(old)
        record = bytes(old.codec_context.extradata or b"")
        vui = of_h264(record[8 : 8 + int.from_bytes(record[6:8], "big")])
        assert vui is not None and vui.delays is not None
        shown = sorted(packet.pts for packet in source.demux(old) if packet.pts is not None)
        source.seek(0)
        for packet in source.demux(old):
            if packet.pts is None:
                continue
            data = b""
            for unit in units(bytes(packet)):
                number = shown.index(packet.pts)
                if unit[0] & 31 == SEI and unit[1] == PICTURE_TIMING and number >= first:
                    old_message = unit[3 : 3 + unit[2]].replace(b"\0\0\3", b"\0\0")
                    message = timing(old_message, vui.delays, offset, number + later)
                    unit = unit[:1] + escape(bytes([PICTURE_TIMING, len(message)]) + message + b"\x80")
                data += len(unit).to_bytes(4, "big") + unit
            renewed = av.Packet(data)
            renewed.pts, renewed.dts, renewed.time_base = packet.pts, packet.dts, packet.time_base
            renewed.duration, renewed.is_keyframe, renewed.stream = packet.duration, packet.is_keyframe, new
            output.mux(renewed)


def timecodes(path: Path) -> list[bytes]:
    """How many a picture has, and the first, in 32 bits each; what follows is no one's."""
    with av.open(str(path)) as container:
        return [
            bytes(data)[:8]
            for frame in container.decode(video=0)
            for data in frame.side_data
            if data.type.name == "S12M_TIMECODE"
        ]


@pytest.mark.parametrize(
    ("params", "offset"), [("pic-struct=1", 24), ("pic-struct=1:nal-hrd=vbr:vbv-maxrate=2000:vbv-bufsize=2000", 0)]
)
def test_each_picture_keeps_its_time_code(
    params: str, offset: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without numbers of a hypothetical decoder a message has an offset of 24 bits, and no delays (E.2.2)."""
    plain, film, output = tmp_path / "plain.mp4", tmp_path / "film.mp4", tmp_path / "out.mp4"
    make_clip(plain, width=480, height=270, seconds=1.2, sound=False, options={"x264-params": params, "bf": "2"})
    with_timecodes(plain, film, offset=offset)
    told = timecodes(film)
    assert len(told) == len(set(told)) == 30
    assert "time code in the pictures" in survey(film).tracks[0].side_data
    monkeypatch.setenv("LABELER_HOME", str(tmp_path / "home"))
    identity.create("one", home=tmp_path / "home", now=datetime.now(UTC))
    assert run(["label", str(film), "--involvement", "generated", "-o", str(output)]) == 0
    assert timecodes(output) == told


@pytest.mark.parametrize(
    ("kind", "fact"), [(136, "time code in the pictures"), (19, "film grain"), (250, "SEI message 250")]
)
def test_what_messages_of_hevc_say_is_compared_picture_by_picture(kind: int, fact: str) -> None:
    def said(*bodies: bytes) -> Payloads | None:
        track = CodedTrack("hevc", b"")
        for number, body in enumerate(bodies):
            unit = bytes([39 << 1, 1, kind, len(body)]) + body + b"\x80"
            track.see(b"\0\0\1" + unit, Fraction(number, 25))
        assert track.facts() == (fact,)
        return track.dynamic_metadata()

    assert said(b"\x41\x42", b"\x43\x44") == said(b"\x41\x42", b"\x43\x44")
    assert said(b"\x41\x42", b"\x43\x44") != said(b"\x41\x42", b"\x43\x45")


def film_with_late_timecodes(tmp_path: Path) -> tuple[Path, Path]:
    """The film without any, and with time codes in its second half alone."""
    plain, film = tmp_path / "plain.mp4", tmp_path / "film.mp4"
    options = {"x264-params": "pic-struct=1:keyint=10", "bf": "2"}
    make_clip(plain, width=480, height=270, seconds=1.2, sound=False, options=options)
    with_timecodes(plain, film, offset=24, first=15)
    return plain, film


def test_time_codes_that_begin_later_are_known_and_compared(tmp_path: Path) -> None:
    plain, film = film_with_late_timecodes(tmp_path)
    before, after = survey(film), survey(plain)
    assert "time code in the pictures" in before.tracks[0].side_data
    assert "time code in the pictures" not in after.tracks[0].side_data
    with_timecodes(plain, tmp_path / "other.mp4", offset=24, first=15, later=1)
    lost = {one.path for one in every_difference(before, after)}
    changed = {one.path for one in every_difference(before, survey(tmp_path / "other.mp4"))}
    assert "video.0.dynamic_metadata.digest" in lost
    assert "video.0.dynamic_metadata.digest" in changed


def test_a_full_render_of_time_codes_in_pictures_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, film = film_with_late_timecodes(tmp_path)
    monkeypatch.setenv("LABELER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LABELER_LANG", "en")
    identity.create("one", home=tmp_path / "home", now=datetime.now(UTC))
    output = tmp_path / "out.mp4"
    command = ["label", str(film), "--involvement", "generated", "-o", str(output)]
    assert run([*command, "--render", "full"]) == 3
    assert "time code in the pictures" in capsys.readouterr().err and not output.exists()
    assert run(command) == 0
    assert timecodes(output) == timecodes(film) and len(timecodes(film)) == 15
