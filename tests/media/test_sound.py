"""Channels in an order of their own: PyAV frees such a layout twice, and one that breaks must not end the tests."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.cli.main import run
from labeler.layers.credentials import identity
from labeler.media.survey import survey
from tests.clips import make_clip

MPEG_5_1_A, MPEG_5_1_B = (121 << 16) | 6, (122 << 16) | 6
"""Layout tags of CoreAudio (CAFChannelLayoutTag): L R C LFE Ls Rs; and L R Ls Rs C LFE, which no mask can tell."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose six channels come in the order of MPEG_5_1_B."""
    folder = tmp_path_factory.mktemp("sound")
    clip = make_clip(folder / "clip.mov", width=480, height=270, seconds=0.4, sound=False)
    path = folder / "surround.mov"
    with av.open(str(clip)) as source, av.open(str(path), "w") as output:
        pictures = output.add_stream_from_template(source.streams.video[0])
        sound = output.add_stream("pcm_s16le", rate=48000, layout="5.1(side)")
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = pictures
                output.mux(packet)
        samples = np.tile(np.arange(6, dtype=np.int16) * 1000, 19200)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="5.1(side)")
        frame.sample_rate, frame.pts = 48000, 0
        output.mux([*sound.encode(frame), *sound.encode(None)])
    data = bytearray(path.read_bytes())
    at = data.index(b"chan") + 8
    assert data[at : at + 4] == MPEG_5_1_A.to_bytes(4, "big")
    data[at : at + 4] = MPEG_5_1_B.to_bytes(4, "big")
    path.write_bytes(data)
    return path


def test_it_is_read_and_nothing_breaks(film: Path) -> None:
    code = (
        "import sys, gc; from pathlib import Path; from labeler.media.survey import survey\n"
        "for _ in range(3):\n"
        "    (sound,) = survey(Path(sys.argv[1])).of_kind('audio'); gc.collect()\n"
        "print(sound.sound.channels, sound.sound.layout)"
    )
    told = subprocess.run([sys.executable, "-c", code, film], capture_output=True, text=True, check=True)
    assert told.stdout == "6 6 channels (FL+FR+SL+SR+FC+LFE)\n"


def test_it_is_labelled_with_every_sample_in_its_place(film: Path, tmp_path: Path, private_home: Path) -> None:
    identity.create("one", home=private_home, now=datetime.now(UTC))
    output = tmp_path / "out.mov"
    assert run(["label", str(film), "--involvement", "generated", "-o", str(output)]) == 0
    ((before,), (after,)) = (survey(path).of_kind("audio") for path in (film, output))
    assert (after.sound, after.payload_sha256) == (before.sound, before.payload_sha256)
    assert b"chan" + bytes(4) + MPEG_5_1_B.to_bytes(4, "big") in output.read_bytes()
