"""Bad input of any sort: its exit code, one clear sentence with the file's name and what to do, nothing left."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest
from PIL import Image

from labeler.cli.main import run
from labeler.layers.credentials import identity as identities
from tests.clips import make_clip

PNG_SIZE = (64, 64)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad-home")
    identities.create("studio", home=folder, now=datetime.now(UTC))
    return folder


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch, private_home: Path) -> None:
    monkeypatch.setenv("LABELER_HOME", str(home))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=1)


def label(capfd: pytest.CaptureFixture[str], *arguments: str | Path, involved: bool = True) -> tuple[int, str]:
    declared = ["--involvement", "generated"] if involved else []
    code = run(["label", *map(str, arguments), *declared])
    return int(code), capfd.readouterr().err


def assert_refused(tmp_path: Path, name: str, code: int, expected: int, told: str) -> None:
    assert code == expected, told
    assert name in told
    assert "Traceback" not in told and "→" in told
    out = tmp_path / "out"
    left = [path for path in out.rglob("*")] if out.exists() else []
    assert not left, left


def out_of(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "out").mkdir(exist_ok=True)
    return "-o", str(tmp_path / "out") + "/"


def write_png(path: Path) -> None:
    Image.new("RGB", PNG_SIZE, "red").save(path, "PNG")


def write_audio_only(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.sample_rate, frame.pts = 48000, 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        container.mux(stream.encode(frame))
        container.mux(stream.encode())


BROKEN = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("not a video\n" * 50),
    "ffconcat": lambda path: path.write_text("ffconcat version 1.0\nfile '/etc/hostname'\n"),
    "playlist": lambda path: path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/hostname\n"),
    "png": write_png,
    "audio-only": write_audio_only,
    "zeros": lambda path: path.write_bytes(bytes(100_000)),
}


@pytest.mark.parametrize("kind", sorted(BROKEN))
def test_not_a_video(kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"{kind}.mp4"
    BROKEN[kind](path)
    before = path.read_bytes()
    code, told = label(capfd, path, *out_of(tmp_path))
    assert_refused(tmp_path, path.name, code, 3, told)
    assert path.read_bytes() == before


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9])
def test_truncated(share: float, clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The clip has its moov in front, so half of it opens and lacks half of its pictures."""
    path = tmp_path / "cut.mp4"
    whole = clip.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    code, told = label(capfd, path, *out_of(tmp_path))
    assert_refused(tmp_path, path.name, code, 3, told)


def test_no_moov(clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "headless.mp4"
    path.write_bytes(clip.read_bytes().replace(b"moov", b"free", 1))
    code, told = label(capfd, path, *out_of(tmp_path))
    assert_refused(tmp_path, path.name, code, 3, told)


@pytest.mark.parametrize(("width", "height"), [(16, 16), (160, 90)])
def test_too_small(width: int, height: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = make_clip(tmp_path / "small.mp4", width=width, height=height, seconds=0.4, sound=False)
    code, told = label(capfd, path, *out_of(tmp_path))
    assert_refused(tmp_path, path.name, code, 3, told)


def test_missing_and_good_together(clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, told = label(capfd, tmp_path / "gone.mp4", clip, *out_of(tmp_path))
    assert code == 1
    assert "gone.mp4" in told
    assert (tmp_path / "out" / "clip.eu-standard.mp4").is_file()


def test_missing_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, told = label(capfd, tmp_path / "gone.mp4", *out_of(tmp_path))
    assert_refused(tmp_path, "gone.mp4", code, 3, told)


def test_folder_without_video(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "nothing"
    folder.mkdir()
    code, told = label(capfd, folder, *out_of(tmp_path))
    assert_refused(tmp_path, "nothing", code, 3, told)


def test_fifo(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pipe.mp4"
    os.mkfifo(path)
    code, told = label(capfd, path, *out_of(tmp_path))
    assert_refused(tmp_path, "pipe.mp4", code, 3, told)


def test_unknown_codec(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = make_clip(tmp_path / "old.mkv", codec="mpeg1video", seconds=0.4, sound=False, options={"crf": "0"})
    code, told = label(capfd, path, *out_of(tmp_path))
    assert_refused(tmp_path, "old.mkv", code, 3, told)
    assert "mpeg1video" in told


def test_preset_that_does_not_exist(clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, told = label(capfd, clip, *out_of(tmp_path), "--preset", "eu-standart")
    assert_refused(tmp_path, "eu-standard", code, 2, told)


def test_three_mistakes_are_told_at_once(clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "declared.toml"
    path.write_text(
        'schema = "labeler.declaration/1"\n[work]\ntitel = "x"\n[ai]\ninvolvement = "created"\noversight = 3\n'
    )
    code, told = label(capfd, clip, *out_of(tmp_path), "--declaration", path, involved=False)
    assert_refused(tmp_path, "declared.toml", code, 2, told)
    for line in (3, 5, 6):
        assert f"declared.toml:{line}:" in told


def test_nobody_declared(clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, told = label(capfd, clip, *out_of(tmp_path), involved=False)
    assert code == 2
    assert "--involvement" in told and "--declaration" in told
    assert not list((tmp_path / "out").iterdir())


def test_no_identity(
    clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELER_HOME", str(tmp_path / "empty"))
    code, told = label(capfd, clip, *out_of(tmp_path))
    assert code == 5
    assert "labeler identity new" in told
    assert not list((tmp_path / "out").iterdir())


def test_expired_certificate(
    clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELER_HOME", str(tmp_path / "old"))
    identities.create("studio", home=tmp_path / "old", now=datetime(2020, 1, 1, tzinfo=UTC))
    code, told = label(capfd, clip, *out_of(tmp_path))
    assert_refused(tmp_path, "studio", code, 5, told)
    assert "2021-01-01" in told or "2020-12-31" in told


def test_output_folder_missing(clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, told = label(capfd, clip, "-o", tmp_path / "a" / "b" / "x.mp4")
    assert_refused(tmp_path, str(tmp_path / "a" / "b"), code, 3, told)
    assert not (tmp_path / "a").exists()


def test_someone_elses_output(clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"someone's work")
    code, told = label(capfd, clip, "-o", target)
    assert code == 3 and "out.mp4" in told
    assert target.read_bytes() == b"someone's work"


def test_source_is_output(clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "same.mp4"
    shutil.copyfile(clip, source)
    before = source.read_bytes()
    code, told = label(capfd, source, "-o", source)
    assert code == 2 and "same.mp4" in told
    assert source.read_bytes() == before


def test_two_outputs_with_one_name(clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("A", "B"):
        (tmp_path / name).mkdir()
        shutil.copyfile(clip, tmp_path / name / "spot.mp4")
    code, told = label(capfd, tmp_path / "A" / "spot.mp4", tmp_path / "B" / "spot.mp4", *out_of(tmp_path))
    assert_refused(tmp_path, "spot.eu-standard.mp4", code, 2, told)


def test_odd_names(clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("-dash.mp4", "été 100%.mp4", "a'b\"c [1].mp4"):
        shutil.copyfile(clip, tmp_path / name)
    code, told = label(capfd, tmp_path, *out_of(tmp_path))
    assert code == 0, told
    made = {path.name for path in (tmp_path / "out").glob("*.mp4")}
    assert made == {"-dash.eu-standard.mp4", "été 100%.eu-standard.mp4", "a'b\"c [1].eu-standard.mp4"}
