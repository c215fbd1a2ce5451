"""Frames of two files paired by time, and how alike they are: every expected number follows from arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import floor, log10
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.difference.files import diff
from labeler.difference.pictures import figures, paired_by_time
from labeler.errors import UsageError
from labeler.media.timeline import Timeline
from labeler.rules.difference import ComparedPictures
from tests.clips import make_clip, picture

WIDTH, HEIGHT = 192, 96


def timeline(ticks: list[int], base: Fraction) -> Timeline:
    numbers = np.array(ticks, np.int64)
    return Timeline(base, numbers, numbers, numbers[:1], np.arange(len(ticks)), numbers, numbers, ticks[-1] + 1)


def uncompressed(path: Path, change: dict[int, tuple[slice, slice, int]] | None = None, *, count: int = 5) -> Path:
    """`count` pictures of 10 bits; change: by picture, where and by how much its luma is raised."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("v210", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv422p10le"
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(picture(number, WIDTH, HEIGHT), format="rgb24")
            frame = frame.reformat(format="yuv422p10le")
            luma = np.frombuffer(frame.planes[0], np.uint16).reshape(HEIGHT, -1)
            rows, columns, step = (change or {}).get(number, (slice(0), slice(0), 0))
            luma[rows, columns] += step
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def only(before: Path, after: Path, **asked: object) -> ComparedPictures:
    (found,) = diff(before, after, **asked).pictures  # type: ignore[arg-type]
    return found


def test_clocks_that_round_pair_all_the_same() -> None:
    """29.97 pictures a second, exact and in milliseconds."""
    exact = timeline([n * 1001 for n in range(300)], Fraction(1, 30_000))
    rounded = timeline([round(n * 1001 / 30) for n in range(300)], Fraction(1, 1000))
    assert paired_by_time(exact, rounded, Fraction(0)) == [(n, n) for n in range(300)]


def test_a_missing_frame_shifts_no_other() -> None:
    whole = timeline(list(range(10)), Fraction(1, 25))
    without = timeline([0, 1, 2, 4, 5, 6, 7, 8, 9], Fraction(1, 25))
    assert paired_by_time(whole, without, Fraction(0)) == [(n, n - (n > 3)) for n in range(10) if n != 3]


def test_a_file_that_begins_later() -> None:
    late = timeline([n + 40 for n in range(10)], Fraction(1, 25))
    assert paired_by_time(timeline(list(range(10)), Fraction(1, 25)), late, Fraction(8, 5)) == [
        (n, n) for n in range(10)
    ]


def test_half_a_frame_is_another_frame() -> None:
    ours = timeline([0, 2, 4], Fraction(1, 50))
    assert paired_by_time(ours, timeline([1, 3, 5], Fraction(1, 50)), Fraction(0)) == []


def test_figures_are_never_rounded_up() -> None:
    found = figures([40.129, 50.0, 40.128], [Fraction(0), Fraction(1, 25), Fraction(2, 25)], 2)
    assert found is not None and (found.min, found.at, found.p1) == (40.12, 0.08, 40.12)
    assert found.mean == floor((40.129 + 50 + 40.128) / 3 * 100) / 100
    assert figures([], [], 2) is None


def test_psnr_and_identical_frames(tmp_path: Path) -> None:
    """Two of five pictures four steps brighter everywhere, of 1023."""
    everywhere = (slice(None), slice(0, WIDTH), 4)
    one = uncompressed(tmp_path / "a.mov")
    found = only(one, uncompressed(tmp_path / "b.mov", {1: everywhere, 3: everywhere}))
    level = 10 * log10(1023**2 / 16)
    assert (found.paired, found.identical, found.is_decoded, found.is_same) == (5, 3, True, False)
    assert found.psnr is not None and found.psnr.min == floor(level * 100) / 100 and found.psnr.at == 0.04
    assert found.psnr.mean == floor((2 * level + 3 * 100) / 5 * 100) / 100
    assert found.ssim is not None and 0.9 < found.ssim.min < 1 and found.ssim.at in (0.04, 0.12)


def test_a_box_is_left_out(tmp_path: Path) -> None:
    """What changed lies in the box and the 16 pixels around it; one pixel farther does not."""
    one = uncompressed(tmp_path / "a.mov")
    inside = uncompressed(tmp_path / "b.mov", {2: (slice(24, 72), slice(34, 90), 40)})
    assert only(one, inside).identical == 4
    found = only(one, inside, boxes=[(50, 40, 24, 16)])
    assert found.identical == 5 and found.psnr is not None and found.psnr.min == 100
    beside = uncompressed(tmp_path / "c.mov", {2: (slice(24, 72), slice(33, 90), 40)})
    assert only(one, beside, boxes=[(50, 40, 24, 16)]).identical == 4


def test_a_box_needs_a_size(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="0,0,0,5"):
        diff(tmp_path / "a.mov", tmp_path / "b.mov", boxes=[(0, 0, 0, 5)])


def test_a_cut_keeps_what_it_keeps(tmp_path: Path) -> None:
    """The second file is the end of the first, with times from zero: what pairs the frames is the packets in both."""
    source, target = make_clip(tmp_path / "a.mp4", width=160, height=90, sound=False, seconds=3), tmp_path / "b.mp4"
    with av.open(str(source)) as opened, av.open(str(target), "w") as written:
        stream = written.add_stream_from_template(opened.streams.video[0])
        for packet in opened.demux(video=0):
            if packet.size and packet.dts >= 25 * 512 - 1024:
                packet.pts, packet.dts = packet.pts - 25 * 512, packet.dts - 25 * 512
                packet.stream = stream
                written.mux(packet)
    comparison = diff(source, target)
    (found,) = comparison.pictures
    assert (found.frames_before, found.frames_after, found.paired, found.identical) == (75, 50, 50, 50)
    assert (found.only_before, found.only_after) == (25, 0)
    packets = comparison.tracks[0].packets
    assert packets is not None and (packets.identical, packets.kept) == (0, 50)


def test_packets_that_are_equal_need_no_decoding(tmp_path: Path) -> None:
    one = make_clip(tmp_path / "a.mp4", width=160, height=90, seconds=1)
    comparison = diff(one, one)
    (found,) = comparison.pictures
    assert comparison.is_same and found.is_same and not found.is_decoded and found.psnr is None


def test_pictures_of_another_size_are_told(tmp_path: Path) -> None:
    one = make_clip(tmp_path / "a.mp4", width=160, height=90, seconds=1)
    other = make_clip(tmp_path / "b.mp4", width=176, height=90, seconds=1)
    found = only(one, other)
    assert found.reason == "format" and found.paired == 25 and not found.is_same


def test_pictures_that_this_version_cannot_read_are_told(tmp_path: Path) -> None:
    """Alpha: tracks and packets are compared all the same."""
    paths = [tmp_path / "a.mov", tmp_path / "b.mov"]
    for path in paths:
        make_clip(path, width=160, height=90, seconds=1, sound=False, codec="qtrle", pixel_format="argb", options={})
    with paths[1].open("r+b") as file:
        content = file.read()
        file.seek(content.index(b"mdat") + 4 + 3000)
        file.write(b"\x55")
    comparison = diff(*paths)
    (found,) = comparison.pictures
    assert found.reason is not None and "argb" in found.reason
    assert comparison.tracks[0].packets is not None and comparison.tracks[0].packets.identical == 24


def test_damage_is_counted(tmp_path: Path) -> None:
    one = make_clip(tmp_path / "a.mp4", width=160, height=90, seconds=1, sound=False)
    content = bytearray(one.read_bytes())
    start = content.index(b"mdat") + 12_000
    content[start : start + 300] = bytes(range(150)) * 2
    (tmp_path / "b.mp4").write_bytes(content)
    found = only(one, tmp_path / "b.mp4")
    assert found.faults_before == 0 and found.faults_after >= 1 and found.identical < 25
