"""The one door: what it opens, and what it refuses by name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import av.error
import pytest

from labeler.errors import SourceMissing, SourceUnreadable, SourceUnsupported, Temporary
from labeler.media import probe
from labeler.media.open import DOOR, expect_name, open_media, reading, translate
from labeler.media.survey import survey
from labeler.media.tags.read import tags_of
from tests.clips import make_clip
from tests.hostile.atoms import box
from tests.hostile.film import film_of
from tests.hostile.others import png
from tests.hostile.sources import good

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0" * 40


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("open") / "clip.mp4", width=64, height=64, seconds=0.4, sound=False)


@pytest.mark.parametrize("name", ["-i.mp4", "a:b.mp4", "http:x.mp4", "two\nlines.mp4", "été «1».mp4", "clip"])
def test_opens_whatever_the_name(clip: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(clip, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    with open_media(Path(name)) as container:
        assert container.streams.video[0].width == 64


def test_name_that_is_not_utf8_opens(clip: Path, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xe9.mp4"))
    shutil.copy(clip, path)
    with open_media(path) as container:
        assert container.streams.video[0].width == 64


def test_closes_after_itself(clip: Path) -> None:
    with open_media(clip) as container:
        pass
    with pytest.raises(AssertionError):
        next(container.demux())


def test_allow_lists_win_over_options(clip: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.mp4"
    listed.write_text(f"ffconcat version 1.0\nfile '{clip}'\n")
    with (
        pytest.raises(SourceUnreadable),
        open_media(listed, options={"format_whitelist": "concat", "safe": "0"}),
    ):
        pass


def test_door_itself_bars_lists_without_their_signature(clip: Path, tmp_path: Path) -> None:
    """The signature is only for a better sentence: the allow-list alone keeps the list out."""
    listed = tmp_path / "list.mp4"
    listed.write_bytes(b"# \x01\nffconcat version 1.0\nfile '" + bytes(clip) + b"'\n")
    assert probe.not_a_video(listed.read_bytes()[:400]) is None
    with pytest.raises(SourceUnreadable), open_media(listed):
        pass
    assert DOOR["protocol_whitelist"] == "file"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"hello, world\n" * 40, "text"),
        (b"ffconcat version 1.0\nfile x.mp4\n", "ffconcat"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\n", "M3U8"),
        (PNG, "PNG"),
        (bytes(range(1, 250)), "cannot be opened as a video"),
    ],
)
def test_what_is_no_video_is_refused_with_its_name(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    with pytest.raises(SourceUnreadable, match=said) as raised, open_media(path):
        pass
    assert "x.mp4" in raised.value.message
    assert raised.value.remedy


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.mp4", b"FLV\x01\x05" + b"\0" * 80, "FLV"),
        ("a.mpg", b"\0\0\1\xba" + b"\0" * 80, "MPEG-PS"),
        ("a.mov", b"\x1f\x07\0\xbf" + b"\xff" * 80, "DV"),
        ("a.y4m", b"YUV4MPEG2 W640 H360 F25:1 Ip A1:1 C420jpeg\nFRAME\n" + b"\x10" * 640, "YUV4MPEG2"),
        ("a.264", b"\0\0\0\1\x67" + b"\xff" * 80, r"H\.264 \(elementary stream\)"),
        ("a.ogv", b"OggS" + b"\0" * 80, "Ogg"),
    ],
)
def test_other_containers_are_unsupported_by_name(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceUnsupported, match=said), open_media(tmp_path / name):
        pass


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=r"nope\.mp4"), open_media(tmp_path / "nope.mp4"):
        pass


def test_folder_and_pipe(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="folder"), open_media(tmp_path):
        pass
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(SourceUnreadable, match="pipe"), open_media(tmp_path / "pipe.mp4"):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "closed.mp4"
    shutil.copy(clip, path)
    path.chmod(0)
    with pytest.raises(SourceUnreadable, match="permission"), open_media(path):
        pass


def test_errors_are_told_apart_by_type() -> None:
    path = Path("x.mp4")
    assert isinstance(translate(PermissionError(13, "no"), path), SourceUnreadable)
    assert "permission" in translate(PermissionError(13, "no"), path).message
    assert isinstance(translate(OSError(5, "Input/output error"), path), Temporary)
    assert isinstance(translate(av.error.FileNotFoundError(2, "gone"), path), SourceMissing)
    assert isinstance(translate(av.error.InvalidDataError(1, "bad"), path), SourceUnreadable)


def test_a_broken_element_is_not_a_disk_that_went_away(tmp_path: Path) -> None:
    """libavformat says EIO of a Matroska that ends in its head; the same word for a disk stays temporary."""
    path = tmp_path / "cut.mkv"
    path.write_bytes(good("mkv")[:200])
    with pytest.raises(SourceUnreadable, match="damaged"), open_media(path):
        pass
    assert isinstance(translate(av.error.OSError(5, "Input/output error"), path), SourceUnreadable)
    assert isinstance(translate(av.error.OSError(5, "Input/output error"), tmp_path / "gone.mkv"), Temporary)
    assert isinstance(translate(OSError(5, "Input/output error"), path), Temporary)


def test_no_decoder_makes_a_picture_larger_than_it_may(tmp_path: Path) -> None:
    """One PNG of 9000x9000: told by its head in one film, and only by the PNG in the other."""
    told, untold = tmp_path / "told.mov", tmp_path / "untold.mov"
    told.write_bytes(film_of([png(9_000)], b"png ", setup=box(b"free"), size=(9_000, 9_000)))
    untold.write_bytes(film_of([png(9_000)], b"png ", setup=box(b"free")))
    for path in (told, untold):
        with pytest.raises((SourceUnreadable, SourceUnsupported)), open_media(path) as container, reading(path):
            assert [frame for packet in container.demux() for frame in packet.decode()] == []


def test_other_faults_pass_through() -> None:
    with pytest.raises(ZeroDivisionError), reading(Path("x.mp4")):
        _ = 1 / 0


def test_tag_that_is_not_utf8_is_refused(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "latin.mp4"
    path.write_bytes(clip.read_bytes().replace(b"made by a test", b"made by \xe9 test"))
    with pytest.raises(SourceUnsupported, match="UTF-8"), open_media(path) as container, reading(path):
        dict(container.metadata)


def test_tag_that_is_not_utf8_keeps_nobody_from_judging(clip: Path, tmp_path: Path) -> None:
    """Its bytes come through; whoever would write the file again is still refused."""
    path = tmp_path / "latin.mp4"
    path.write_bytes(clip.read_bytes().replace(b"made by a test", b"made by \xe9 test"))
    with open_media(path, takes_any_text=True) as container:
        assert container.metadata["comment"].encode("utf-8", "surrogateescape") == b"made by \xe9 test"
    assert "made by \\xe9 test" in tags_of(path).film.values()
    with pytest.raises(SourceUnsupported, match="UTF-8"):
        survey(path)


def test_messages_come_in_french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LANG", "fr")
    (tmp_path / "vide.mp4").touch()
    with pytest.raises(SourceUnreadable, match="est vide") as raised, open_media(tmp_path / "vide.mp4"):
        pass
    assert "Vérifiez" in raised.value.remedy


def test_table_of_names() -> None:
    assert probe.container_of(Path("A.MOV")) == "mov"
    assert probe.container_of(Path("a.ogv")) is None
    assert probe.is_video_name(Path("a.m4v")) and not probe.is_video_name(Path(".a.mp4"))
    assert not probe.is_video_name(Path("a.mp4.labeler.json"))
    assert {probe.mime_type(kind) for kind in probe.VIDEO_EXTENSIONS.values()} == {
        "video/mp4",
        "video/quicktime",
        "video/x-matroska",
        "video/webm",
        "video/mp2t",
        "video/avi",
        "application/mxf",
    }


@pytest.mark.parametrize(
    ("head", "family"),
    [
        (b"\0\0\0\x18ftypisom", "isobmff"),
        (b"\x1a\x45\xdf\xa3", "matroska"),
        ((b"\x47" + b"\0" * 187) * 2, "ts"),
        ((b"\0\0\0\0\x47" + b"\0" * 187) * 2, "ts"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01", "mxf"),
        (b"#!/bin/sh", None),
    ],
)
def test_what_the_first_bytes_promise(head: bytes, family: str | None) -> None:
    assert probe.family(head) == family


def test_a_name_that_promises_another_container_is_refused(clip: Path) -> None:
    expect_name(clip, "mov,mp4,m4a,3gp,3g2,mj2")
    with pytest.raises(SourceUnsupported, match=r"named as MP4.* are TS\.") as raised:
        expect_name(clip, "mpegts")
    assert raised.value.remedy == "Rename it so that it ends in .ts."
    with pytest.raises(SourceUnsupported, match=r"named as MP4.* are MKV/WEBM\.") as raised:
        expect_name(clip, "matroska,webm")
    assert raised.value.remedy == "Rename it so that it ends in .mkv or .webm."
