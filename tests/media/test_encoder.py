"""The encoder's options follow from the source's facts, and every option that is given is one that it knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from labeler.errors import SourceUnsupported
from labeler.media import encoder
from labeler.media.encoder import Quality, add_encoder, available, is_high_tier, open_encoder
from labeler.media.inventory import PictureFacts
from labeler.media.levels import H264, H265, Limits, h264_limits, h265_limits
from labeler.media.survey import survey
from tests.clips import make_clip

HERE = Path("clip.mp4")


def facts(**changes: Any) -> PictureFacts:
    values: dict[str, Any] = {
        "width": 640,
        "height": 360,
        "pixel_format": "yuv420p",
        "bits": 8,
        "sample_aspect_ratio": "1:1",
        "rotation": 0,
        "field_order": "progressive",
        "colour_range": "tv",
        "colour_primaries": "bt709",
        "colour_transfer": "bt709",
        "colour_matrix": "bt709",
        "profile": "High",
        "level": 31,
        "frame_rate": "25",
        "keyframe_interval": "1",
        "reorder": 2,
    }
    return PictureFacts(**(values | changes))


def test_levels_from_the_tables() -> None:
    assert h264_limits(31, "main") == Limits(14_000_000, 14_000_000)
    assert h264_limits(31, "high") == Limits(17_500_000, 17_500_000)
    assert h264_limits(41, "high10") == Limits(150_000_000, 187_500_000)
    assert h265_limits(123, high_tier=False) == Limits(20_000_000, 20_000_000)
    assert h265_limits(123, high_tier=True) == Limits(50_000_000, 50_000_000)
    assert h264_limits(None, "high") is h265_limits(255, high_tier=False) is None
    assert all(H264[low][0] <= H264[high][0] for low, high in zip(list(H264)[2:], list(H264)[3:], strict=False))
    assert all(main <= high for main, high in H265.values())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"profile": "high", "level": "3.1", "maxrate": "17500000", "bufsize": "17500000", "b-pyramid": "normal"}),
        ({"profile": "Main", "reorder": 1}, {"profile": "main", "maxrate": "14000000", "b-pyramid": "none"}),
        ({"profile": "Baseline", "reorder": 0, "level": 9}, {"profile": "baseline", "bf": "0", "level": "1b"}),
        ({"profile": "High 4:2:2", "level": 52}, {"profile": "high422", "level": "5.2", "maxrate": "960000000"}),
    ],
)
def test_x264_options(changes: dict[str, Any], expected: dict[str, str]) -> None:
    options = encoder.x264_options(facts(**changes), "yuv420p", HERE)
    assert expected.items() <= options.items()
    assert "keyint=infinite" in options["x264-params"]


def test_a_source_beyond_its_own_level_is_capped_at_its_own_rate() -> None:
    beyond = encoder.x264_options(facts(level=12, profile="Main"), "yuv420p", HERE, own_rate=4_317_556)
    within = encoder.x264_options(facts(level=12, profile="Main"), "yuv420p", HERE, own_rate=200_000)
    assert (beyond["maxrate"], beyond["bufsize"], beyond["level"]) == ("4317556", "4317556", "1.2")
    assert (within["maxrate"], within["bufsize"]) == ("384000", "1000000")


def test_mean_rate_is_bits_over_seconds(tmp_path: Path) -> None:
    track = survey(make_clip(tmp_path / "clip.mp4", width=128, height=64, seconds=2, sound=False)).tracks[0]
    assert encoder.mean_rate(track) == track.bytes * 4


def test_the_profile_does_not_depend_on_the_preset() -> None:
    assert {"coder": "cabac", "8x8dct": "1"}.items() <= encoder.x264_options(facts(), "yuv420p", HERE).items()
    assert "coder" not in encoder.x264_options(facts(profile="Baseline"), "yuv420p", HERE)
    assert "8x8dct" not in encoder.x264_options(facts(profile="Main"), "yuv420p", HERE)


def test_x264_without_a_level_has_no_cap() -> None:
    assert not {"level", "maxrate", "bufsize"} & encoder.x264_options(facts(level=None), "yuv420p", HERE).keys()


@pytest.mark.parametrize(
    ("profile", "samples", "expected"),
    [
        ("Main", "yuv420p", "main"),
        ("Main 10", "yuv420p10le", "main10"),
        ("Rext", "yuv422p10le", "main422-10"),
        ("Rext", "yuv444p", "main444-8"),
    ],
)
def test_x265_options(profile: str, samples: str, expected: str) -> None:
    options = encoder.x265_options(facts(profile=profile, level=123), samples, HERE, threads=3)
    assert options["profile"] == expected
    own = options["x265-params"].split(":")
    assert {"level-idc=4.1", "high-tier=0", "pools=3", "log-level=error", "b-pyramid=1"} <= set(own)


def test_high_tier_is_read_from_hvcc() -> None:
    assert is_high_tier(bytes([1, 0x22])) and not is_high_tier(bytes([1, 0x02]))
    assert not is_high_tier(None) and not is_high_tier(bytes([0, 0, 0, 1, 0x40]))


def test_profiles_that_nobody_writes_are_refused_by_name() -> None:
    with pytest.raises(SourceUnsupported, match="Extended"):
        encoder.x264_options(facts(profile="Extended"), "yuv420p", HERE)
    with pytest.raises(SourceUnsupported, match="Main Still"):
        encoder.x265_options(facts(profile="Main Still Picture"), "yuv420p", HERE)
    with pytest.raises(SourceUnsupported, match="vp9"):
        available("vp9", "yuv420p", HERE)
    with pytest.raises(SourceUnsupported, match="rgb24"):
        available("h264", "rgb24", HERE)


@pytest.mark.parametrize(
    ("codec", "pixel_format"), [("libx264", "yuv420p"), ("libx264", "yuv422p10le"), ("libx265", "yuv420p10le")]
)
def test_the_encoder_knows_every_option_that_it_is_given(codec: str, pixel_format: str, tmp_path: Path) -> None:
    options = {} if codec == "libx264" else {"x265-params": "log-level=error", "bf": "-1"}
    path = make_clip(
        tmp_path / "clip.mp4", codec=codec, pixel_format=pixel_format, seconds=0.2, sound=False, options=options
    )
    track = survey(path).tracks[0]
    with av.open(str(path)) as source, av.open(str(tmp_path / "out.mp4"), "w") as output:
        stream = source.streams.video[0]
        first = next(source.decode(stream))
        added = add_encoder(output, stream, first, track, path=path, quality=Quality(crf=20), threads=1)
        open_encoder(added, path)
        context = added.codec_context
        assert context.options == {}, "left over: the encoder did not know these"
        assert (context.name, context.pix_fmt, context.time_base) == (codec, pixel_format, stream.time_base)
        assert (context.colorspace, context.color_range) == (1, 1)
        assert context.thread_type.name == "FRAME"


def test_a_size_that_the_encoder_refuses_is_told_by_name(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", seconds=0.2, sound=False)
    track = survey(path).tracks[0]
    with av.open(str(path)) as source, av.open(str(tmp_path / "out.mp4"), "w") as output:
        first = next(source.decode(video=0))
        added = add_encoder(output, source.streams.video[0], first, track, path=path)
        added.codec_context.width = 639
        with pytest.raises(SourceUnsupported, match="639x360"):
            open_encoder(added, path)
