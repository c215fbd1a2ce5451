"""More closed captions with a picture than one message holds: an encoder would cut them, so the messages are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from labeler.cli.main import run
from labeler.layers.credentials import identity
from labeler.media.coded import MANY_CAPTIONS
from labeler.media.survey import survey
from tests.clips import make_clip
from tests.media.test_coded_timecodes import SEI, units

REGISTERED = 4


def with_each_message(film: Path, path: Path, times: int) -> None:
    with av.open(str(film)) as source, av.open(str(path), "w") as output:
        old = source.streams.video[0]
        new = output.add_stream_from_template(old)
        for packet in source.demux(old):
            if packet.pts is None:
                continue
            data = b""
            for unit in units(bytes(packet)):
                is_captions = unit[0] & 31 == SEI and unit[1] == REGISTERED
                data += (len(unit).to_bytes(4, "big") + unit) * (times if is_captions else 1)
            renewed = av.Packet(data)
            renewed.pts, renewed.dts, renewed.time_base = packet.pts, packet.dts, packet.time_base
            renewed.duration, renewed.is_keyframe, renewed.stream = packet.duration, packet.is_keyframe, new
            output.mux(renewed)


@pytest.mark.parametrize("suffix", [".mp4", ".ts"])
def test_all_captions_go_on(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, film, output = tmp_path / "plain.mp4", tmp_path / f"film{suffix}", tmp_path / f"out{suffix}"
    make_clip(plain, width=480, height=270, seconds=1.2, sound=False, captions=True, options={"bf": "0"})
    with_each_message(plain, film, 40)
    before = survey(film).tracks[0]
    assert before.captions is not None and MANY_CAPTIONS in before.side_data
    monkeypatch.setenv("LABELER_HOME", str(tmp_path / "home"))
    identity.create("one", home=tmp_path / "home", now=datetime.now(UTC))
    assert run(["label", str(film), "--involvement", "generated", "-o", str(output)]) == 0
    assert survey(output).tracks[0].captions == before.captions


def test_one_message_a_picture_is_nothing_of_the_kind(tmp_path: Path) -> None:
    plain = make_clip(tmp_path / "plain.mp4", seconds=0.4, sound=False, captions=True)
    assert MANY_CAPTIONS not in survey(plain).tracks[0].side_data
