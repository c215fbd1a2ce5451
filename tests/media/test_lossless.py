"""H.264 and HEVC without loss: they stay so, and outside what is painted every sample is the source's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from labeler.media.changes import Changes
from labeler.media.compare import ALLOWED_BY_RENDER, allowed_for, compare, differences
from labeler.media.encoders.task import Quality
from labeler.media.frames import planes
from labeler.media.picture import Picture
from labeler.media.render import render
from labeler.media.survey import survey
from labeler.verdict import Status
from tests.clips import make_clip
from tests.media.test_smart import INTERVALS

X, Y, WIDTH, HEIGHT = 32, 48, 64, 24
GREY = 120
H264 = {"crf": "-1", "qp": "0", "g": "20"}
HEVC = {"x265-params": "lossless=1:keyint=20:min-keyint=20:scenecut=0:log-level=none"}
KINDS: dict[str, dict[str, Any]] = {
    "h264 4:2:0": {"options": H264},
    "h264 4:4:4": {"options": H264, "pixel_format": "yuv444p"},
    "h264 10 bits": {"options": H264, "pixel_format": "yuv422p10le"},
    "hevc": {"codec": "libx265", "options": HEVC},
    "hevc 10 bits": {"codec": "libx265", "options": HEVC, "pixel_format": "yuv420p10le"},
}
FAST = Quality(preset="veryfast")


def square(picture: Picture) -> None:
    picture.planes[0][Y : Y + HEIGHT, X : X + WIDTH] = GREY << (picture.format.bits - 8)


def pictures(path: Path) -> list[tuple[np.ndarray, ...]]:
    with av.open(str(path)) as container:
        return [tuple(plane.copy() for plane in planes(frame)) for frame in container.decode(video=0)]


@pytest.mark.parametrize(("changes", "way"), [(None, "full"), (INTERVALS, "smart")], ids=["full", "smart"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_sample_outside_the_mark_stays(kind: str, changes: Changes | None, way: str, tmp_path: Path) -> None:
    source, output = tmp_path / "film.mp4", tmp_path / "out.mp4"
    make_clip(source, width=192, height=112, seconds=4, sound=False, **KINDS[kind])
    before = survey(source)
    assert before.tracks[0].picture is not None and before.tracks[0].picture.is_lossless
    rendering = render(source, output, before, paint=square, container_tags={}, changes=changes, quality=FAST)
    assert rendering.way == way
    assert [str(found) for found in differences(before, survey(output), allowed=allowed_for(rendering))] == []
    old, new = pictures(source), pictures(output)
    assert len(old) == len(new) == 100
    changed = 0
    for one, other in zip(old, new, strict=True):
        differs = one[0] != other[0]
        changed += bool(differs.any())
        differs[Y : Y + HEIGHT, X : X + WIDTH] = False
        assert not differs.any() and all(np.array_equal(*pair) for pair in zip(one[1:], other[1:], strict=True))
    assert changed == (100 if way == "full" else 20)


def test_others_are_not_called_so(tmp_path: Path) -> None:
    for codec in ("libx264", "libx265"):
        source = make_clip(tmp_path / f"{codec}.mp4", width=192, height=112, seconds=0.4, sound=False, codec=codec)
        picture = survey(source).tracks[0].picture
        assert picture is not None and not picture.is_lossless


def test_a_loss_is_told(tmp_path: Path) -> None:
    """Of the same profile and samples: nothing else tells the two apart."""
    kind = {"width": 192, "height": 112, "seconds": 0.4, "sound": False, "pixel_format": "yuv444p"}
    one = make_clip(tmp_path / "without.mp4", options=H264, **kind)  # type: ignore[arg-type]
    other = make_clip(tmp_path / "with.mp4", **kind)  # type: ignore[arg-type]
    checks = compare(survey(one), survey(other), allowed=ALLOWED_BY_RENDER)
    (failed,) = (check for check in checks if check.status is Status.FAIL)
    assert failed.id == "media.picture" and "video.0.picture.is_lossless" in failed.message


@pytest.mark.parametrize("kind", ["h264 4:4:4", "hevc"])
def test_a_loss_in_one_group_is_told(kind: str, tmp_path: Path) -> None:
    """The source's own parameter sets stay in front, and say what does not hold for the new pictures."""
    source, output = tmp_path / "film.mp4", tmp_path / "out.mp4"
    before = survey(make_clip(source, width=192, height=112, seconds=4, sound=False, **KINDS[kind]))
    (track,) = before.tracks
    assert track.picture is not None
    picture = track.picture.model_copy(update={"is_lossless": False})
    unaware = before.model_copy(update={"tracks": (track.model_copy(update={"picture": picture}),)})
    rendering = render(source, output, unaware, paint=square, container_tags={}, changes=INTERVALS, quality=FAST)
    assert rendering.way == "smart"
    (found,) = differences(before, survey(output), allowed=allowed_for(rendering))
    assert "is_lossless" in str(found)
