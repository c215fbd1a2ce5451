"""Single pictures: the very frames that reading the whole file gives, wherever in the file they lie."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from labeler.errors import SourceUnsupported
from labeler.media.frames import FrameReader
from labeler.media.glance import Glance
from labeler.media.picture import Picture
from tests.clips import make_clip

SAMPLES = Path(__file__).parents[2] / "samples"
CLIPS = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".mp4", ".mov", ".mkv"))
SHARES = (0.0, 0.01, 0.34, 0.5, 0.51, 0.999)


def chosen(reader: FrameReader) -> list[Fraction]:
    return sorted({reader.time_of(int(share * reader.frame_count)) for share in SHARES})


def same(one: Picture, other: Picture) -> bool:
    equal = all(np.array_equal(mine, theirs) for mine, theirs in zip(one.planes, other.planes, strict=True))
    return one.seconds == other.seconds and one.format == other.format and equal


@pytest.mark.parametrize("clip", CLIPS, ids=lambda path: path.name)
def test_frames_and_duration_are_those_of_a_whole_reading(clip: Path) -> None:
    with Glance(clip) as glance, FrameReader(clip, glance.track) as reader:
        times = chosen(reader)
        for picture in reader.pictures(times):
            assert same(glance.picture_at(picture.seconds), picture)
        assert abs(glance.duration - reader.duration) <= 1 / glance.pace
    assert len(times) >= 3


def test_moments_may_come_in_any_order() -> None:
    clip = SAMPLES / "bunny_1080p60.mp4"
    with Glance(clip) as glance, FrameReader(clip, glance.track) as reader:
        expected = {picture.seconds: picture for picture in reader.pictures(chosen(reader))}
        for seconds in sorted(expected, key=lambda one: (one * 7919) % 1):
            assert same(glance.picture_at(seconds), expected[seconds])


def test_a_frame_is_shown_until_the_next_one_begins() -> None:
    with Glance(SAMPLES / "car_park.mp4") as glance:
        length = 1 / Fraction(glance.rate or 0)
        assert glance.picture_at(3 * length - Fraction(1, 10_000)).seconds == 2 * length
        assert glance.picture_at(3 * length).seconds == 3 * length
        last = glance.duration - length
        assert glance.picture_at(glance.duration + 5).seconds == last


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_open_groups_of_pictures(tmp_path: Path, suffix: str) -> None:
    """Pictures shown before the keyframe that they follow are whole only when decoded from the one before that."""
    clip = make_clip(
        tmp_path / f"open{suffix}", options={"x264-params": "open-gop=1:keyint=10:bframes=3:b-adapt=0"}, sound=False
    )
    with Glance(clip) as glance, FrameReader(clip, glance.track) as reader:
        times = [reader.time_of(index) for index in range(5, 35)]
        expected = list(reader.pictures(times))
        assert len(expected) == 30
        for picture in reversed(expected):
            assert same(glance.picture_at(picture.seconds), picture), picture.index


def test_a_rate_that_the_head_promises_in_vain(tmp_path: Path) -> None:
    """A picture that no other leans on stands for two seconds amid others of 40 ms: it is found all the same."""
    import av

    clip = tmp_path / "held.mkv"
    whole = make_clip(tmp_path / "whole.mp4", sound=False, options={"bf": "3", "x264-params": "b-adapt=0"})
    with av.open(str(whole)) as source, av.open(str(clip), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.pts is None or packet.dts is None:
                continue
            late = round(2 / packet.time_base)
            held = round(Fraction(19, 25) / packet.time_base)
            packet.pts += late if packet.pts > held else 0
            packet.dts += late if packet.dts > held else 0
            packet.stream = stream
            target.mux(packet)
    with Glance(clip) as glance, FrameReader(clip, glance.track) as reader:
        seconds = Fraction(18, 10)
        (expected,) = reader.pictures([seconds])
        assert expected.seconds < 1
        assert same(glance.picture_at(seconds), expected)


def test_a_duration_that_can_hardly_be_is_not_believed(tmp_path: Path) -> None:
    """Whose head claims ten years, of which the mention would be shown a million times."""
    clip = make_clip(tmp_path / "long.mkv", seconds=1, sound=False)
    data = clip.read_bytes()
    element = data.index(b"\x44\x89\x88")  # Duration, a float of 8 bytes, in milliseconds
    clip.write_bytes(data[: element + 3] + struct.pack(">d", 3.15e11) + data[element + 11 :])
    with Glance(clip) as glance:
        assert glance.duration == 1


def test_several_video_tracks_are_refused_as_label_does(media_folder: Path) -> None:
    with pytest.raises(SourceUnsupported, match="2 video tracks"), Glance(media_folder / "nasa_13013.mp4"):
        pass
