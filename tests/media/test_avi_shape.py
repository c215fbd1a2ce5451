"""Samples that are not square, in an AVI whose pictures do not tell it: the header that does is the source's."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.cli.main import run
from labeler.layers.credentials import identity
from labeler.media.containers import avi_shape
from labeler.media.survey import survey
from tests.clips import copy_packets

SHAPE = Fraction(4, 3)
VPRP = struct.pack("<9I8I", 0, 0, 25, 480, 270, 64 << 16 | 27, 480, 270, 1, 270, 480, 270, 480, 0, 0, 0, 0)
"""Format, standard, rate, total size, aspect of the frame, size, and one field of all lines."""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.avi"
    with av.open(str(path), "w") as output:
        video = output.add_stream("ffv1", rate=25, options={"level": "3", "g": "1"})
        video.width, video.height, video.pix_fmt = 480, 270, "yuv422p"
        sound = output.add_stream("pcm_s16le", rate=48000, layout="mono")
        for number in range(25):
            picture = av.VideoFrame.from_ndarray(np.full((270, 480, 3), 100 + number, np.uint8), format="rgb24")
            picture.pts = number
            output.mux(video.encode(picture))
            wave = av.AudioFrame.from_ndarray(np.full((1, 1920), number, np.int16), format="s16", layout="mono")
            wave.sample_rate, wave.pts = 48000, number * 1920
            output.mux(sound.encode(wave))
        output.mux([*video.encode(None), *sound.encode(None)])
    path.write_bytes(shaped(path.read_bytes()))
    with av.open(str(path)) as container:
        assert container.streams.video[0].sample_aspect_ratio == SHAPE
    return path


def shaped(data: bytes) -> bytes:
    """With the header of a frame of 480x270 to be shown as 64:27, behind those of the pictures."""
    head = b"vprp" + struct.pack("<I", len(VPRP)) + VPRP
    track = data.index(b"LIST", data.index(b"avih"))
    end = track + 8 + int.from_bytes(data[track + 4 : track + 8], "little")
    padding = data.rindex(b"JUNK", 0, data.index(b"movi"))
    changed = bytearray(data[:end] + head + data[end:padding] + data[padding : padding + 8])
    changed += data[padding + 8 + len(head) :]
    for at, more in ((12, len(head)), (track, len(head)), (padding + len(head), -len(head))):
        struct.pack_into("<I", changed, at + 4, struct.unpack_from("<I", changed, at + 4)[0] + more)
    return bytes(changed)


def header(path: Path) -> bytes:
    """Read with nothing of labeler's."""
    data = path.read_bytes()
    assert data.count(b"vprp") == 1
    at = data.index(b"vprp")
    return data[at : at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")]


def test_the_header_is_that_of_the_source(film: Path, tmp_path: Path, private_home: Path) -> None:
    identity.create("one", home=private_home, now=datetime.now(UTC))
    output = tmp_path / "out.avi"
    assert run(["label", str(film), "--involvement", "generated", "-o", str(output)]) == 0
    assert header(output) == header(film)
    with av.open(str(output)) as container:
        assert container.streams.video[0].sample_aspect_ratio == SHAPE
        assert container.streams.audio[0].sample_rate == 48000
        assert sum(1 for _ in container.decode(video=0)) == 25
    assert survey(output).structure == survey(film).structure


def test_what_tells_its_shape_already_is_left_alone(film: Path, tmp_path: Path) -> None:
    path = tmp_path / "copy.avi"
    path.write_bytes(film.read_bytes())
    avi_shape.put_back(path, film)
    assert path.read_bytes() == film.read_bytes() and header(path)[8:] == VPRP


def test_without_room_nothing_is_put_in(film: Path, tmp_path: Path) -> None:
    """The gate says then what is missing."""
    path = tmp_path / "full.avi"
    copy_packets(film, path)
    data = path.read_bytes()
    at = data.rindex(b"JUNK", 0, data.index(b"movi"))
    path.write_bytes(data[:at] + b"info" + data[at + 4 :])
    before = path.read_bytes()
    avi_shape.put_back(path, film)
    assert path.read_bytes() == before and b"vprp" not in before
