"""What the survey hands on of a video, so that planning opens a file once, is what a reader of frames finds in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import pytest

from labeler import planning
from labeler.errors import SourceUnreadable, SourceUnsupported
from labeler.media import survey
from labeler.media.frames import FrameReader
from labeler.media.open import open_media
from labeler.media.timeline import Scan
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
        assert video.timeline.ticks.tolist() == frames.timeline.ticks.tolist()


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
