"""The size at which pictures are shown is kept where libavformat writes an MP4 anew, as from a fragmented one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from labeler.cli.main import run
from labeler.layers.credentials import identity
from labeler.media import compare
from labeler.media.survey import survey
from tests.clips import make_clip

CODED, SHOWN = (480 << 16).to_bytes(4, "big") + (270 << 16).to_bytes(4, "big"), bytes.fromhex("03555555010e0000")
"""480x270, and 853.33x270: samples of 16:9."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mp4")
    clip, path = make_clip(folder / "clip.mp4", width=480, height=270, seconds=0.4), folder / "film.mp4"
    with (
        av.open(str(clip)) as source,
        av.open(str(path), "w", options={"movflags": "+frag_keyframe+empty_moov"}) as out,
    ):
        copies = [out.add_stream_from_template(stream) for stream in source.streams]
        for packet in source.demux():
            if packet.size:
                packet.stream = copies[packet.stream_index]
                out.mux(packet)
    data = path.read_bytes()
    assert data.count(CODED) == 1
    path.write_bytes(data.replace(CODED, SHOWN))
    return path


def test_it_is_kept(film: Path, tmp_path: Path, private_home: Path) -> None:
    identity.create("one", home=private_home, now=datetime.now(UTC))
    output = tmp_path / "out.mp4"
    assert run(["label", str(film), "--involvement", "generated", "-o", str(output)]) == 0
    data = output.read_bytes()
    at = data.index(b"tkhd") + 4
    assert data[at + 76 : at + 84] == SHOWN
    assert b"moof" not in data


def test_what_is_lost_is_seen(film: Path, tmp_path: Path) -> None:
    path = tmp_path / "less.mp4"
    path.write_bytes(film.read_bytes().replace(SHOWN, CODED))
    found = [one.path for one in compare.differences(survey(film), survey(path), allowed=())]
    assert "structure.display_size_0" in found
