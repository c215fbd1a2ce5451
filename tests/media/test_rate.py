"""Whether the frames of a file can be counted: its rate where that is constant, and what its time code counts."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.media.frames import FrameReader
from labeler.media.survey import survey

NTSC = Fraction(30000, 1001)


def clip(path: Path, times: list[Fraction], base: Fraction, *, rate: Fraction, timecode: str | None = None) -> Path:
    """Grey frames at these times."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 64, 48, "yuv420p", base
        stream.options = {"preset": "ultrafast"}
        if timecode is not None:
            stream.metadata["timecode"] = timecode
        for at in times:
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="rgb24")
            frame.pts, frame.time_base = round(at / base), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), NTSC, Fraction(50), Fraction(60000, 1001)])
@pytest.mark.parametrize(("suffix", "base"), [(".mkv", Fraction(1, 1000)), (".mp4", Fraction(1, 90000))])
def test_a_clock_that_rounds_still_tells_the_rate(rate: Fraction, suffix: str, base: Fraction, tmp_path: Path) -> None:
    path = clip(tmp_path / f"clip{suffix}", [number / rate for number in range(120)], base, rate=rate)
    with FrameReader(path, 0) as frames:
        assert frames.rate == rate


def test_any_steady_rate_is_told(tmp_path: Path) -> None:
    path = clip(
        tmp_path / "slow.mp4", [number / Fraction(25, 2) for number in range(9)], Fraction(1, 25), rate=Fraction(25, 2)
    )
    with FrameReader(path, 0) as frames:
        assert frames.rate == Fraction(25, 2)


def test_a_frame_that_is_left_out_makes_the_rate_vary(tmp_path: Path) -> None:
    times = [Fraction(number, 25) for number in range(30) if number != 12]
    for name in ("clip.mp4", "clip.mkv"):
        path = clip(tmp_path / name, times, Fraction(1, 1000), rate=Fraction(25))
        with FrameReader(path, 0) as frames:
            assert frames.rate is None


@pytest.mark.parametrize(
    ("rate", "timecode", "numbers"),
    [(Fraction(25), "00:59:58:00", 25), (NTSC, "00:59:58;00", 30), (Fraction(50), "10:00:00:40", 50)],
)
def test_a_time_code_track_says_what_it_counts(rate: Fraction, timecode: str, numbers: int, tmp_path: Path) -> None:
    path = clip(tmp_path / "clip.mov", [n / rate for n in range(10)], 1 / rate, rate=rate, timecode=timecode)
    inventory = survey(path)
    assert (inventory.timecode, inventory.timecode_rate) == (timecode, numbers)


def test_a_time_code_of_half_the_pictures(tmp_path: Path) -> None:
    """One byte of its sample description, 50, changed by hand: what cameras write at 50p."""
    rate = Fraction(50)
    path = clip(tmp_path / "clip.mov", [n / rate for n in range(10)], 1 / rate, rate=rate, timecode="10:00:00:00")
    content = bytearray(path.read_bytes())
    entry = content.index(b"tmcd", content.index(b"stsd", content.rindex(b"gmhd")))
    assert content[entry + 28] == 50
    content[entry + 28] = 25
    path.write_bytes(content)
    assert survey(path).timecode_rate == 25


def test_no_time_code_track_counts_nothing(tmp_path: Path) -> None:
    path = clip(tmp_path / "clip.mp4", [Fraction(n, 25) for n in range(10)], Fraction(1, 25), rate=Fraction(25))
    assert survey(path).timecode_rate is None
