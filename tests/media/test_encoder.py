"""The encoder's options follow from the source's facts, and every option that is given is one that it knows."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import av.error
import pytest
from av.codec import Codec, CodecContext
from av.video.codeccontext import VideoCodecContext

from labeler.cli.main import run
from labeler.errors import SourceUnsupported
from labeler.layers.credentials import identity
from labeler.media.encoder import add_encoder, available, encoded, open_encoder, start
from labeler.media.encoders import dnxhd, h264, hevc, mpeg2, prores, vpx
from labeler.media.encoders.hevc import is_high_tier
from labeler.media.encoders.table import ENCODERS
from labeler.media.encoders.task import Quality, Task
from labeler.media.inventory import PictureFacts, Timestamps, Track
from labeler.media.levels import H264, H265, Limits, h264_limits, h265_limits
from labeler.media.rendering import NotThisWay
from labeler.media.stamping import Stamps
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


def task(samples: str = "yuv420p", *, size: int = 1000, codec_tag: str = "", **changes: Any) -> Task:
    """A track of 100 packets over 4 seconds, `size` bytes in all."""
    given = {name: changes.pop(name) for name in ("threads", "container", "coded_timecode", "rate") if name in changes}
    track = Track(
        index=0,
        kind="video",
        codec="h264",
        codec_tag=codec_tag,
        time_base="1/25",
        packets=100,
        bytes=size,
        payload_sha256="",
        timestamps=Timestamps(count=100, first="0", last="99/25", duration="4", digest=""),
        tags={},
        dispositions=(),
        picture=facts(**changes),
        coded_timecode=given.pop("coded_timecode", None),
    )
    return Task(track, samples, HERE, **given)


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
    options = h264.options(task(**changes))
    assert expected.items() <= options.items()
    assert "keyint=infinite" in options["x264-params"]


def test_a_source_beyond_its_own_level_is_capped_at_its_own_rate() -> None:
    beyond = h264.options(task(level=12, profile="Main", size=2_158_778))
    within = h264.options(task(level=12, profile="Main", size=100_000))
    assert (beyond["maxrate"], beyond["bufsize"], beyond["level"]) == ("4317556", "4317556", "1.2")
    assert (within["maxrate"], within["bufsize"]) == ("384000", "1000000")


def test_mean_rate_is_bits_over_seconds() -> None:
    assert task(size=1000).own_rate == 2000


@pytest.mark.parametrize(
    ("size", "rate", "expected"),
    [(606_208, 25, "120000000"), (606_208, 50, "240000000"), (917_504, 25, "185000000"), (188_416, 25, "36000000")],
)
def test_dnxhd_rate_follows_from_the_size_of_a_frame(size: int, rate: int, expected: str) -> None:
    options = dnxhd.options(task(size=100 * size, profile="DNXHD", rate=Fraction(rate)))
    assert options == {"profile": "dnxhd", "b": expected}


def test_mpeg2_keeps_the_time_code_of_its_groups_and_the_rate_of_broadcast() -> None:
    options = mpeg2.options(task("yuv422p", profile="4:2:2", level=2, container="mxf", coded_timecode="10:00:00;00"))
    assert options["gop_timecode"] == "10:00:00;00" and options["drop_frame_timecode"] == "1"
    assert options["minrate"] == options["maxrate"] == "50000000"
    assert mpeg2.options(task(profile="Main", level=8))["maxrate"] == "15000000"


def test_vp8_makes_no_packet_that_shows_nothing() -> None:
    assert vpx.vp8_options(task())["auto-alt-ref"] == "0"


def test_each_prores_keeps_its_kind() -> None:
    kinds = {tag: prores.options(task(codec_tag=tag))["profile"] for tag in ("apco", "apcs", "apcn", "apch")}
    assert kinds == {"apco": "proxy", "apcs": "lt", "apcn": "standard", "apch": "hq"}


def test_every_encoder_is_in_this_install() -> None:
    assert {name: Codec(encoder.name, "w").canonical_name for name, encoder in ENCODERS.items()} == {
        name: name for name in ENCODERS
    }


def test_the_profile_does_not_depend_on_the_preset() -> None:
    assert {"coder": "cabac", "8x8dct": "1"}.items() <= h264.options(task()).items()
    assert "coder" not in h264.options(task(profile="Baseline"))
    assert "8x8dct" not in h264.options(task(profile="Main"))


def test_x264_without_a_level_has_no_cap() -> None:
    assert not {"level", "maxrate", "bufsize"} & h264.options(task(level=None)).keys()


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
    options = hevc.options(task(samples, profile=profile, level=123, threads=3))
    assert options["profile"] == expected
    own = options["x265-params"].split(":")
    assert {"level-idc=4.1", "high-tier=0", "pools=3", "log-level=error", "b-pyramid=1"} <= set(own)


def test_high_tier_is_read_from_hvcc() -> None:
    assert is_high_tier(bytes([1, 0x22])) and not is_high_tier(bytes([1, 0x02]))
    assert not is_high_tier(None) and not is_high_tier(bytes([0, 0, 0, 1, 0x40]))


def test_profiles_that_nobody_writes_are_refused_by_name() -> None:
    with pytest.raises(SourceUnsupported, match="Extended"):
        h264.options(task(profile="Extended"))
    with pytest.raises(SourceUnsupported, match="Main Still"):
        hevc.options(task(profile="Main Still Picture"))
    with pytest.raises(SourceUnsupported, match="theora"):
        available("theora", "yuv420p", HERE)
    with pytest.raises(SourceUnsupported, match="yuv420p10le"):
        available("vp9", "yuv420p10le", HERE)
    with pytest.raises(SourceUnsupported, match="4444"):
        prores.options(task(codec_tag="ap4h", profile="4444"))
    with pytest.raises(SourceUnsupported, match="DNxHD 100 B"):
        dnxhd.options(task(size=10_000, profile="DNXHD"))
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
        context = added.context
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
        added.context.width = 639
        with pytest.raises(SourceUnsupported, match="639x360"):
            open_encoder(added, path)


@pytest.mark.parametrize("step", ["open", "encode"])
def test_an_encoder_of_a_part_that_fails_leaves_the_next_way_open(step: str) -> None:
    """Its error is no error of the file: all pictures may still be coded again, by another."""

    class Failing:
        def open(self) -> None:
            raise av.error.InvalidDataError(1, "no")

        def encode(self, _frame: None) -> None:
            raise av.error.InvalidDataError(1, "no")

    context = cast(VideoCodecContext, Failing())
    with pytest.raises(NotThisWay) as raised:
        start(context) if step == "open" else encoded(context, None)
    assert raised.value.code == "encoder.refuses"


@pytest.mark.parametrize("suffix", [".mov", ".mkv"])
def test_colours_that_the_container_alone_tells_are_told_by_it_alone(
    suffix: str, tmp_path: Path, private_home: Path
) -> None:
    """H.264 cannot tell colours without a range (E.1.1), and `colr` of QuickTime and Matroska can."""
    identity.create("one", home=private_home, now=datetime.now(UTC))
    bare = make_clip(tmp_path / "bare.mov", width=480, height=270, seconds=0.4, sound=False, colour=(2, 2, 2, 0))
    path, output = tmp_path / f"film{suffix}", tmp_path / f"out{suffix}"
    with av.open(str(bare)) as source, av.open(str(path), "w") as film:
        pictures = film.add_stream_from_template(source.streams.video[0])
        context = pictures.codec_context
        context.color_primaries = context.color_trc = context.colorspace = 1
        for packet in source.demux():
            if packet.size:
                packet.stream = pictures
                film.mux(packet)
    assert run(["label", str(path), "--involvement", "generated", "-o", str(output)]) == 0
    before, after = (survey(film).of_kind("video")[0].picture for film in (path, output))
    assert before is not None and after is not None
    assert (before.colour_matrix, before.colour_range) == ("bt709", "unknown")
    assert (after.colour_matrix, after.colour_range) == ("bt709", "unknown")


@pytest.mark.parametrize("name", ["libsvtav1", "libvpx-vp9", "libx264"])
def test_each_packet_lasts_as_long_as_its_picture(name: str) -> None:
    """Left to itself, SVT-AV1 tells the mean of all."""
    context = cast(VideoCodecContext, CodecContext.create(name, "w"))
    context.width, context.height, context.pix_fmt = 128, 96, "yuv420p"
    context.time_base, context.framerate = Fraction(1, 1000), Fraction(25)
    stamps, lengths, packets = Stamps(), [100, 300, 200, 40], []
    for number, length in enumerate(lengths):
        frame = av.VideoFrame(128, 96, "yuv420p")
        frame.pts, frame.time_base, frame.duration = sum(lengths[:number]), context.time_base, length
        stamps.give(frame)
        packets += context.encode(frame)
    packets += context.encode(None)
    for packet in packets:
        stamps.restore(packet)
    assert {packet.pts: packet.duration for packet in packets} == {0: 100, 100: 300, 400: 200, 600: 40}
