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


def crc_of(section: bytes) -> int:
    """CRC-32 of ISO/IEC 13818-1, annex A."""
    rest = 0xFFFFFFFF
    for byte in section:
        rest ^= byte << 24
        for _ in range(8):
            rest = (rest << 1 ^ (0x04C11DB7 if rest & 1 << 31 else 0)) & 0xFFFFFFFF
    return rest


def with_stream_type(data: bytearray, old: int, new: int) -> None:
    """Another type for the one stream of a transport stream, in each of its programme maps (13818-1, 2.4.4.9)."""
    for packet in range(0, len(data), 188):
        at = packet + 5
        if data[packet + 1] & 0x40 and data[at] == 2 and data[packet + 4] == 0:
            end = at + 3 + (int.from_bytes(data[at + 1 : at + 3], "big") & 0xFFF) - 4
            first = at + 12 + (int.from_bytes(data[at + 10 : at + 12], "big") & 0xFFF)
            assert data[first] == old
            data[first] = new
            data[end : end + 4] = crc_of(data[at:end]).to_bytes(4, "big")


def test_a_stream_type_that_is_no_text_refuses_nothing(tmp_path: Path) -> None:
    """DTS in MPEG-TS has 0x82, which PyAV takes for text that it cannot read."""
    path = tmp_path / "film.ts"
    with av.open(str(path), "w") as output:
        sound = output.add_stream("mp2", rate=48000, layout="stereo")
        for number in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 2304), np.int16), format="s16", layout="stereo")
            frame.sample_rate, frame.pts = 48000, number * 1152
            output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    data = bytearray(path.read_bytes())
    with_stream_type(data, 0x03, 0x82)
    path.write_bytes(data)
    with av.open(str(path)) as written, pytest.raises(UnicodeDecodeError):
        _ = written.streams.audio[0].codec_context.codec_tag
    (track,) = survey(path).of_kind("audio")
    assert track.packets == 20 and track.codec_tag == ""


def test_sound_before_time_zero_of_a_fragmented_film_is_kept(tmp_path: Path, private_home: Path) -> None:
    """An encoder of AAC begins with a packet that is never heard: the edit list of the track begins behind it. Of a
    fragmented film libavformat does not mark it so, and does of the plain one that is made of it."""
    identity.create("one", home=private_home, now=datetime.now(UTC))
    clip = make_clip(tmp_path / "clip.mp4", width=480, height=270, seconds=0.4)
    path, output = tmp_path / "film.mp4", tmp_path / "out.mp4"
    options = {"movflags": "+frag_keyframe+empty_moov+delay_moov"}
    with av.open(str(clip)) as source, av.open(str(path), "w", options=options) as fragmented:
        copies = [fragmented.add_stream_from_template(stream) for stream in source.streams]
        for packet in source.demux():
            if packet.size:
                packet.stream = copies[packet.stream_index]
                fragmented.mux(packet)
    with av.open(str(path)) as film:
        first = next(film.demux(audio=0))
        assert first.pts == -1024 and not first.is_discard
    assert run(["label", str(path), "--involvement", "generated", "-o", str(output)]) == 0
    (before,), (after,) = (survey(film).of_kind("audio") for film in (path, output))
    assert before.payload_sha256 == after.payload_sha256 and before.timestamps == after.timestamps
    assert (before.hidden, before.timestamps.first) == (1, "0")
