"""What becomes of a deliverable that is rendered in part: released as it is, or, where it does not pass, in full."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from labeler import label
from labeler.layers.credentials import identity
from labeler.media.mp4 import graft
from labeler.media.rendering import Mode
from labeler.rules.record import Result
from tests.clips import make_clip

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
FRAMES = 200


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    identity.create("studio", home=home, now=NOW)
    monkeypatch.setenv("LABELER_HOME", str(home))
    return make_clip(tmp_path / "film.mp4", width=320, height=180, seconds=8)


def labelled(clip: Path, render: Mode = "auto") -> Result:
    """With a mention in the first four of its eight seconds."""
    (result,) = label(
        clip, involvement="generated", output=f"{clip.parent}/out/", program_in="0", program_out="4", render=render,
        now=lambda: NOW,
    )  # fmt: skip
    return result


@pytest.fixture
def spoilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graft that changes a bit of a packet that it was to leave alone, wherever it leaves one."""
    write = graft.graft

    def spoil(source: Path, pictures: graft.Pictures, target: Path, track_id: int, tags: Mapping[str, str]) -> None:
        write(source, pictures, target, track_id, tags)
        if len(pictures.positions) == FRAMES:
            return
        with av.open(str(target)) as container:
            packet = [packet for packet in container.demux(video=0) if packet.size][160]
        data = bytearray(target.read_bytes())
        assert packet.pos is not None
        data[packet.pos + packet.size - 2] ^= 0x10
        target.write_bytes(data)

    monkeypatch.setattr(graft, "graft", spoil)


def test_only_the_part_with_the_mention_is_coded_again(clip: Path) -> None:
    result = labelled(clip)
    assert result.status == "released" and result.problems == ()
    assert result.verdict is not None and result.verdict.rendered is not None
    assert (result.verdict.rendered.way, result.verdict.rendered.frames) == ("smart", 100)
    assert labelled(clip).status == "skipped"


def test_the_label_comes_after_bytes_that_stood_loose_at_the_end(clip: Path) -> None:
    clip.write_bytes(clip.read_bytes() + b"\r\n\x1a")
    assert labelled(clip).status == "released"
    data = (clip.parent / "out" / "film.eu-standard.mp4").read_bytes()
    assert b"\0\0\0\x0bfree\r\n\x1a" in data and not data.endswith(b"\r\n\x1a")


@pytest.mark.usefixtures("spoilt")
def test_what_does_not_pass_is_rendered_again_in_full_and_the_verdict_says_so(clip: Path) -> None:
    result = labelled(clip)
    assert result.status == "released"
    assert result.verdict is not None and result.verdict.rendered is not None
    rendered = result.verdict.rendered
    assert (rendered.way, rendered.frames) == ("full", FRAMES)
    assert any(one.startswith("smart: post_check media.untouched") for one in rendered.declined)
    (problem,) = result.problems
    assert problem.severity == "warning" and "media.untouched" in problem.message
    assert labelled(clip).status == "skipped"


@pytest.mark.usefixtures("spoilt")
def test_smart_that_was_asked_for_is_withheld(clip: Path) -> None:
    result = labelled(clip, "smart")
    assert result.status == "withheld" and result.exit_code == 4
    assert "media.untouched" in [problem.code for problem in result.problems]
    assert not (clip.parent / "out" / "film.eu-standard.mp4").exists()


def test_full_that_was_asked_for_is_another_output(clip: Path) -> None:
    assert labelled(clip).status == "released"
    result = labelled(clip, "full")
    assert result.status == "released"
    assert result.verdict is not None and result.verdict.rendered is not None
    assert result.verdict.rendered.way == "full"
