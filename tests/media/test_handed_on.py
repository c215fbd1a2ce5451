"""What the survey hands on of a video, so that its packets are read once, is what a reader of frames finds in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest
from av.container import InputContainer
from av.video.stream import VideoStream

from labeler import label, planning, verify
from labeler.errors import SourceUnreadable, SourceUnsupported
from labeler.layers.credentials import identity
from labeler.media import frames as frames_module
from labeler.media import survey
from labeler.media.frames import FrameReader, Learnt
from labeler.media.open import open_media
from labeler.media.timeline import Scan, Timeline
from labeler.media.tracks import Tracks, learnt_of
from labeler.rules.declarations import declaration_from
from labeler.rules.presets import load_preset
from tests.clips import make_clip

NAMES = ["edit_list.mp4", "rotated_270.mp4", "bt601.mov", "captions_608.mp4", "fragmented.mp4", "gesture_book.mkv"]
NAMES += ["bunny.ts", "sample.avi", "square_vp9.webm"]


@pytest.mark.parametrize("name", NAMES)
def test_format_and_times_are_those_of_a_reader_of_frames(media_folder: Path, name: str) -> None:
    surveyed = survey.read(media_folder / name)
    ((track, video),) = surveyed.videos.items()
    with FrameReader(media_folder / name, track) as frames:
        assert video.format == frames.format
        assert (video.duration, video.rate, video.frame_count) == (frames.duration, frames.rate, frames.frame_count)
        for numbers in ("pts", "dts", "keys", "shown", "shown_pts", "ticks"):
            assert getattr(video.timeline, numbers).tolist() == getattr(frames.timeline, numbers).tolist(), numbers
        assert (video.timeline.end, video.timeline.time_base) == (frames.timeline.end, frames.timeline.time_base)


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The file of each pass over all packets that a reader of frames makes for the times."""
    made: list[Path] = []
    true_scan = frames_module.scan

    def counted(container: InputContainer, stream: VideoStream, path: Path) -> Timeline:
        made.append(path)
        return true_scan(container, stream, path)

    monkeypatch.setattr(frames_module, "scan", counted)
    return made


def test_what_one_reader_learnt_the_next_is_told(clip: Path, scans: list[Path]) -> None:
    tracks = Tracks(clip)
    told = []
    for _ in range(2):
        with tracks.frames(0) as frames:
            told.append((frames.format, frames.duration, [picture.seconds for picture in frames.pictures_at([0, 5])]))
    assert scans == [clip] and told[0] == told[1]
    surveyed = Tracks(clip)
    surveyed.survey()
    with surveyed.frames(0) as frames:
        assert (frames.format, frames.duration) == told[0][:2]
        assert [picture.seconds for picture in frames.pictures_at([0, 5])] == told[0][2]
    assert scans == [clip]


def test_what_the_survey_could_not_tell_a_reader_tells(clip: Path) -> None:
    (video,) = survey.read(clip).videos.values()
    assert learnt_of(replace(video, known=SourceUnsupported("why"))) == Learnt()
    assert learnt_of(replace(video, known=None)) == Learnt()
    assert learnt_of(replace(video, scanned=Scan())) == Learnt(video.format)


def test_a_labelled_file_is_verified_without_a_pass_for_the_times(
    clip: Path, scans: list[Path], tmp_path: Path, private_home: Path
) -> None:
    identity.create("one", home=private_home, now=datetime.now(UTC))
    (result,) = label(clip, involvement="generated", output=tmp_path / "out.mp4")
    assert result.status == "released" and result.output is not None
    scans.clear()
    verdict = verify(result.output.file, preset="eu-standard")
    assert verdict.outcome == "pass" and verdict.layers["media"] == "pass", verdict.layers
    assert scans == []


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handed-on")
    return make_clip(folder / "clip.mp4", width=480, height=270, seconds=0.4)


def test_what_cannot_be_told_is_told_to_whoever_asks(clip: Path) -> None:
    (video,) = survey.read(clip).videos.values()
    with pytest.raises(SourceUnsupported, match="why"):
        replace(video, known=SourceUnsupported("why")).format  # noqa: B018
    with pytest.raises(SourceUnreadable, match="No frame"):
        replace(video, known=None).format  # noqa: B018
    with pytest.raises(SourceUnreadable, match="holds no frame"):
        replace(video, scanned=Scan()).duration  # noqa: B018


def test_planning_opens_a_film_once(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    true_open = av.open

    def counted(*arguments: object, **named: object) -> object:
        opened.append(arguments[0])
        return true_open(*arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(av, "open", counted)
    with open_media(clip):
        assert len(opened) == 1, "the count is of what labeler opens"
    source = planning.read_source(clip)
    declaration = declaration_from("generated")
    for preset in ("eu-standard", "eu-generated"):
        planning.plan(source, load_preset(preset), declaration, clip.with_name("out.mp4"))
    assert len(opened) == 2
