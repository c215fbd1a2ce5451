"""Every kind of picture goes through survey and render with nothing lost, or is refused by name."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.codec.context import Flags
from av.filter import Graph

from labeler.media.accept import reasons_to_refuse
from labeler.media.coded import CodedTrack
from labeler.media.compare import allowed_for, differences
from labeler.media.encoders.task import Quality
from labeler.media.fields import first_field
from labeler.media.frames import FrameReader, planes
from labeler.media.inventory import PictureFacts
from labeler.media.picture import Picture
from labeler.media.render import render
from labeler.media.survey import survey
from tests.clips import picture

DISPLAY = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
DECIMALS = "G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.005)"
MDCV = struct.pack(">8H2I", 13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450, 10_000_000, 50)
CLLI = struct.pack(">2H", 1000, 400)
PQ, HLG, SDR = (9, 16, 9, 1), (9, 18, 9, 1), (1, 1, 1, 1)
FAST = Quality(preset="ultrafast")
INTERLACED = Flags.interlaced_dct | Flags.interlaced_me


def make(
    path: Path,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    *,
    size: tuple[int, int] = (128, 96),
    rate: int = 25,
    options: dict[str, str] | None = None,
    sar: Fraction | None = None,
    rotation: int = 0,
    colour: tuple[int, int, int, int] = SDR,
    ticks: Sequence[int] = range(8),
    fields: str | None = None,
) -> Path:
    """A clip of `picture(n)`. rotation: clockwise. ticks: the time of each frame, in 1/rate. fields: `tff` or `bff`,
    the frames flagged so and coded as interlaced."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, pixel_format
        stream.options = dict(options or {})
        stream.time_base = stream.codec_context.time_base = Fraction(1, rate)
        for name, value in zip(("color_primaries", "color_trc", "colorspace", "color_range"), colour, strict=True):
            setattr(stream.codec_context, name, value)
        if sar is not None:
            stream.codec_context.sample_aspect_ratio = sar
        if rotation:
            stream.set_display_rotation(-rotation)
        if fields is not None:
            stream.codec_context.flags |= INTERLACED
        graph = flagging(stream, fields) if fields else None
        for number, tick in enumerate(ticks):
            frame = av.VideoFrame.from_ndarray(picture(number, *size), format="rgb24").reformat(format=pixel_format)
            frame.pts, frame.time_base = tick, Fraction(1, rate)
            if graph is not None:
                graph.push(frame)
                frame = graph.pull()
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


def flagging(stream: Any, fields: str) -> Graph:
    """PyAV has no setter for the field flags of a frame; libavfilter has one."""
    graph = Graph()
    source = graph.add_buffer(
        width=stream.width, height=stream.height, format=stream.pix_fmt, time_base=stream.codec_context.time_base
    )
    graph.link_nodes(source, graph.add("setfield", fields), graph.add("buffersink")).configure()
    return graph


def nothing(_picture: Picture) -> None:
    """Paints nothing."""


def facts_of(path: Path) -> PictureFacts:
    facts = survey(path).of_kind("video")[0].picture
    assert facts is not None
    return facts


def through(path: Path) -> PictureFacts:
    """Render the clip with nothing painted, assert that no fact of it was lost, and return its facts."""
    inventory = survey(path)
    assert reasons_to_refuse(inventory, path) == ()
    output = path.with_stem(path.stem + ".out")
    way = render(path, output, inventory, paint=nothing, container_tags={}, quality=FAST)
    assert [str(each) for each in differences(inventory, survey(output), allowed=allowed_for(way))] == []
    facts = inventory.of_kind("video")[0].picture
    assert facts is not None
    return facts


X265 = {"x265-params": "log-level=error"}
MAKERS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    # name: suffix, how it is made, facts that must be there
    "10 bits": (".mp4", {"pixel_format": "yuv420p10le"}, {"profile": "High 10"}),
    "4:2:2": (".mp4", {"pixel_format": "yuv422p"}, {"profile": "High 4:2:2"}),
    "4:2:2 in 10 bits": (".mov", {"pixel_format": "yuv422p10le"}, {"bits": 10}),
    "4:4:4": (".mkv", {"pixel_format": "yuv444p"}, {"profile": "High 4:4:4 Predictive"}),
    "4:4:4 in 10 bits": (".mp4", {"pixel_format": "yuv444p10le"}, {"bits": 10}),
    "HEVC in 12 bits": (".mp4", {"codec": "libx265", "pixel_format": "yuv422p12le", "options": X265}, {"bits": 12}),
    "full range": (".mp4", {"colour": (1, 1, 1, 2)}, {"colour_range": "pc"}),
    "601": (".mov", {"colour": (6, 6, 6, 1)}, {"colour_matrix": "smpte170m"}),
    "2020": (".mkv", {"pixel_format": "yuv420p10le", "colour": (9, 14, 9, 1)}, {"colour_matrix": "bt2020nc"}),
    "240M": (".mp4", {"colour": (7, 7, 7, 1)}, {"colour_matrix": "smpte240m"}),
    "SAR": (".mp4", {"sar": Fraction(64, 45)}, {"sample_aspect_ratio": "64:45"}),
    "SAR in ProRes": (
        ".mov",
        {"codec": "prores_ks", "pixel_format": "yuv422p10le", "sar": Fraction(64, 45)},
        {"sample_aspect_ratio": "64:45"},
    ),
    "turned by 90": (".mp4", {"rotation": 90}, {"rotation": 90}),
    "turned by 180": (".mkv", {"rotation": 180}, {"rotation": 180}),
    "turned by 270": (".mov", {"rotation": 270}, {"rotation": 270}),
    "turned ProRes": (
        ".mov",
        {"codec": "prores_ks", "pixel_format": "yuv422p10le", "rotation": 90},
        {"rotation": 90},
    ),
    "odd size": (".mp4", {"pixel_format": "yuv444p", "size": (107, 61)}, {"width": 107, "height": 61}),
    "odd size in 4:2:0": (".mkv", {"codec": "ffv1", "size": (107, 61)}, {"width": 107, "height": 61}),
    "odd size in VP9": (".webm", {"codec": "libvpx-vp9", "size": (107, 61)}, {"width": 107, "height": 61}),
    "varying rate": (".mp4", {"ticks": (0, 1, 3, 4, 9, 10, 14, 15)}, {"frame_rate": "35/3"}),
    "varying rate in ProRes": (
        ".mov",
        {"codec": "prores_ks", "pixel_format": "yuv422p10le", "ticks": (0, 1, 3, 4, 9, 10, 14, 15)},
        {"frame_rate": "35/3"},
    ),
    "120 frames a second": (".mp4", {"rate": 120, "ticks": range(24)}, {"frame_rate": "120"}),
    "chroma location": (".mp4", {"options": {"x264-params": "chromaloc=2"}}, {"chroma_location": "topleft"}),
    "signal type": (
        ".mkv",
        {"options": {"x264-params": "videoformat=pal:overscan=crop"}},
        {"video_format": "pal", "overscan": "crop"},
    ),
    "HEVC's signal type and window": (
        ".mp4",
        {
            "codec": "libx265",
            "options": {
                "x265-params": "log-level=error:chromaloc=2:videoformat=ntsc:overscan=show:display-window=2,2,4,4"
            },
        },
        {"chroma_location": "topleft", "video_format": "ntsc", "overscan": "show", "display_window": "2,4,2,4"},
    ),
    "chroma location in AV1": (
        ".mp4",
        {"codec": "libsvtav1", "options": {"preset": "11", "svtav1-params": "chroma-sample-position=colocated"}},
        {"chroma_location": "topleft"},
    ),
    "chroma location in AV1, unsaid": (
        ".webm",
        {"codec": "libsvtav1", "options": {"preset": "11"}},
        {"chroma_location": "unspecified"},
    ),
    "HLG": (
        ".mp4",
        {"codec": "libx265", "pixel_format": "yuv420p10le", "colour": HLG, "options": X265},
        {"colour_transfer": "arib-std-b67"},
    ),
    "HLG without the better transfer": (
        ".mp4",
        {
            "codec": "libx265",
            "pixel_format": "yuv420p10le",
            "colour": HLG,
            "options": {"x265-params": "log-level=error:atc-sei=-1"},
        },
        {"colour_transfer": "arib-std-b67", "alternative_transfer": None},
    ),
    "PQ in H.264": (
        ".mov",
        {
            "pixel_format": "yuv422p10le",
            "colour": PQ,
            "options": {"x264-params": f"mastering-display={DISPLAY}:cll=1000,400"},
        },
        {"mastering_display": DISPLAY, "content_light": "1000,400"},
    ),
    "HDR10 in HEVC": (
        ".mp4",
        {
            "codec": "libx265",
            "pixel_format": "yuv420p10le",
            "colour": PQ,
            "options": {"x265-params": f"log-level=error:master-display={DISPLAY}:max-cll=1000,400"},
        },
        {"mastering_display": DISPLAY, "content_light": "1000,400", "colour_transfer": "smpte2084"},
    ),
    "HDR10 in AV1": (
        ".mkv",
        {
            "codec": "libsvtav1",
            "pixel_format": "yuv420p10le",
            "colour": PQ,
            "options": {"preset": "11", "svtav1-params": f"mastering-display={DECIMALS}:content-light=1000,400"},
        },
        {"mastering_display": DISPLAY, "content_light": "1000,400"},
    ),
}
SD = (720, 576)
HD_FIELDS = {"size": (1920, 1080), "pixel_format": "yuv422p", "options": {"b": "120M"}, "ticks": range(3)}
for fields, order, first in (("tff", "tt", "top"), ("bff", "bb", "bottom")):
    kept = {"field_order": order, "first_field": first}
    short: dict[str, Any] = {"size": SD, "fields": fields, "ticks": range(4)}
    mpeg2 = {"codec": "mpeg2video", "options": {"b": "8M"}, **short}
    MAKERS |= {
        f"H.264 {fields}": (".mp4", {"options": {"x264-params": f"{fields}=1"}, **short}, kept),
        f"10-bit H.264 {fields}": (
            ".mkv",
            {"pixel_format": "yuv422p10le", "options": {"x264-params": f"{fields}=1"}, **short},
            kept,
        ),
        f"H.264 {fields} in TS": (".ts", {"options": {"x264-params": f"{fields}=1"}, **short}, kept),
        f"MPEG-2 {fields} in TS": (".ts", mpeg2, kept),
        f"MPEG-2 {fields} in MOV": (".mov", mpeg2, {"first_field": first}),
        f"ProRes {fields}": (".mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le", **short}, kept),
        f"DNxHD {fields}": (".mov", {"codec": "dnxhd", "fields": fields, **HD_FIELDS}, {"first_field": first}),
        f"FFV1 {fields}": (".mkv", {"codec": "ffv1", **short}, {"first_field": first}),
    }
for groups, flag in (("open", "-cgop"), ("closed", "+cgop")):
    options = {"b": "8M", "g": "6", "bf": "2", "flags": flag, "sc_threshold": "1000000000"}
    MAKERS |= {
        f"MPEG-2 {groups} groups in {suffix}": (
            suffix,
            {"codec": "mpeg2video", "options": options, "size": SD, "ticks": range(20)},
            {"groups": groups},
        )
        for suffix in (".ts", ".mov", ".mkv")
    }


@pytest.mark.parametrize("name", MAKERS)
def test_kept(name: str, tmp_path: Path) -> None:
    suffix, how, wanted = MAKERS[name]
    facts = through(make(tmp_path / f"clip{suffix}", **how))
    assert {key: getattr(facts, key) for key in wanted} == wanted


# --- HDR metadata that only the container holds -----------------------------------------------------------------------


def box(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), name) + payload


def with_boxes(path: Path, extra: bytes) -> Path:
    """The clip with boxes appended to its video's sample entry; its index must lie behind its media."""
    data = bytearray(path.read_bytes())
    offset, end, holders = 0, len(data), []
    for wanted in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", None):
        while wanted is not None and data[offset + 4 : offset + 8] != wanted:
            offset += int.from_bytes(data[offset : offset + 4], "big")
            assert offset < end
        holders.append(offset)
        end = offset + int.from_bytes(data[offset : offset + 4], "big")
        offset += 16 if wanted == b"stsd" else 8
    data[end:end] = extra
    for holder in holders:
        size = int.from_bytes(data[holder : holder + 4], "big") + len(extra)
        data[holder : holder + 4] = size.to_bytes(4, "big")
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("suffix", "codec", "pixel_format", "options"),
    [
        (".mp4", "libx264", "yuv420p10le", {}),
        (".mp4", "libx265", "yuv420p10le", X265),
        (".mp4", "libsvtav1", "yuv420p10le", {"preset": "11"}),
        (".mov", "prores_ks", "yuv422p10le", {}),
    ],
)
def test_boxes_of_hdr_are_written_again(
    suffix: str, codec: str, pixel_format: str, options: dict[str, str], tmp_path: Path
) -> None:
    clip = make(tmp_path / f"clip{suffix}", codec, pixel_format, colour=PQ, options=options)
    facts = through(with_boxes(clip, box(b"mdcv", MDCV) + box(b"clli", CLLI)))
    assert (facts.container_mastering_display, facts.container_content_light) == (DISPLAY, "1000,400")
    assert (facts.mastering_display, facts.content_light) == (None, None)


def test_elements_of_hdr_are_written_again(tmp_path: Path) -> None:
    clip = with_boxes(
        make(tmp_path / "clip.mp4", "libx265", "yuv420p10le", colour=PQ, options=X265),
        box(b"mdcv", MDCV) + box(b"clli", CLLI),
    )
    copied = tmp_path / "copied.mkv"
    with av.open(str(clip)) as source, av.open(str(copied), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0], opaque=True)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    facts = through(copied)
    assert (facts.container_mastering_display, facts.container_content_light) == (DISPLAY, "1000,400")


# --- interlaced -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fields", "first"), [("tff", "top"), ("bff", "bottom"), ("prog", None)])
def test_the_first_field_is_that_of_the_frames(fields: str, first: str | None, tmp_path: Path) -> None:
    path = make(tmp_path / "clip.mkv", "ffv1", fields=fields, ticks=range(2))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert first_field(stream, list(container.decode(stream))) == first


def test_each_field_stays_itself(tmp_path: Path) -> None:
    """Fields of two different greys come out as such: coded as frames, a sharp comb would be blurred or lost."""
    path = tmp_path / "comb.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 720, 576, "yuv420p"
        stream.options, stream.codec_context.flags = {"x264-params": "tff=1", "crf": "10"}, INTERLACED
        stream.codec_context.time_base = Fraction(1, 25)
        graph = flagging(stream, "tff")
        for number in range(4):
            frame = av.VideoFrame(720, 576, "yuv420p")
            luma, blue, red = planes(frame, writable=True)
            luma[0::2], luma[1::2] = 60 + 10 * number, 180
            blue[...], red[...] = 128, 128
            frame.pts, frame.time_base = number, Fraction(1, 25)
            graph.push(frame)
            output.mux(stream.encode(graph.pull()))
        output.mux(stream.encode())
    through(path)
    with FrameReader(tmp_path / "comb.out.mp4", 0) as frames:
        assert frames.format.is_interlaced
        for number, shown in enumerate(frames.pictures([frames.time_of(index) for index in range(4)])):
            even, odd = shown.planes[0][0::2], shown.planes[0][1::2]
            assert np.abs(even.astype(int) - (60 + 10 * number)).max() <= 3
            assert np.abs(odd.astype(int) - 180).max() <= 3


def test_interlaced_hevc_is_refused_by_name(tmp_path: Path) -> None:
    options = {"x265-params": "log-level=error:interlace=tff"}
    path = make(tmp_path / "clip.mp4", "libx265", size=SD, options=options, fields="tff")
    assert any("hevc" in reason for reason in reasons_to_refuse(survey(path), path))


def timing(structure: int) -> bytes:
    """A picture timing message without delays: pic_struct, then no clock time stamps."""
    return b"\x06" + bytes([1, 1, structure << 4 | 1]) + b"\x80"


@pytest.mark.parametrize(
    ("structures", "facts"),
    [
        ((0, 0), ()),
        ((3, 3), ()),
        ((3, 4), ("a field order that changes",)),
        ((3, 5), ("repeated fields (pulldown)",)),
        ((7,), ("repeated pictures",)),
    ],
)
def test_scans_of_h264(structures: tuple[int, ...], facts: tuple[str, ...], tmp_path: Path) -> None:
    clip = make(tmp_path / "clip.mp4", options={"x264-params": "tff=1"}, fields="tff", ticks=range(1))
    with av.open(str(clip)) as container:
        track = CodedTrack("h264", bytes(container.streams.video[0].codec_context.extradata or b""))
    assert track.vui is not None and track.vui.delays == 0 and not track.vui.is_frames_only
    for structure in structures:
        unit = timing(structure)
        track.see(len(unit).to_bytes(4, "big") + unit, Fraction(0))
    assert track.facts() == facts


def field_slice(bits: int, bottom: bool) -> bytes:
    """The head of a slice of one field: three numbers of zero, frame_num in so many bits, field_pic_flag and which."""
    head = "111" + "0" * bits + "1" + str(int(bottom)) + "1" * 40
    return b"\x41" + int(head[: len(head) // 8 * 8], 2).to_bytes(len(head) // 8, "big")


@pytest.mark.parametrize(
    ("packets", "facts"),
    [([(False, True), (False, True)], ()), ([(False,), (True,)], ("fields in packets of their own",))],
)
def test_fields_coded_apart(packets: list[tuple[bool, ...]], facts: tuple[str, ...], tmp_path: Path) -> None:
    clip = make(tmp_path / "clip.mp4", options={"x264-params": "tff=1"}, fields="tff", ticks=range(1))
    with av.open(str(clip)) as container:
        track = CodedTrack("h264", bytes(container.streams.video[0].codec_context.extradata or b""))
    assert track.vui is not None
    for fields in packets:
        units = [field_slice(track.vui.slice_bits, bottom) for bottom in fields]
        track.see(b"".join(len(unit).to_bytes(4, "big") + unit for unit in units), Fraction(0))
    assert track.facts() == facts


def picture_coding(first: int, repeated: int, *, progressive: bool = False) -> bytes:
    """A picture coding extension of MPEG-2 (ISO/IEC 13818-2, 6.2.3.1) of a picture coded as a frame."""
    return b"\0\0\1\xb5\x8f\xff\xf3" + bytes([first << 7 | repeated << 1, progressive << 7])


@pytest.mark.parametrize(
    ("units", "facts"),
    [
        (picture_coding(1, 0) * 2, ()),
        (picture_coding(1, 0) + picture_coding(0, 0), ("a field order that changes",)),
        (picture_coding(1, 1, progressive=True), ("repeated fields (pulldown)",)),
        (picture_coding(1, 0) + picture_coding(0, 0, progressive=True), ()),
    ],
)
def test_scans_of_mpeg2(units: bytes, facts: tuple[str, ...]) -> None:
    from labeler.media.mpeg2_video import Mpeg2Track

    assert Mpeg2Track(units).facts() == facts


# --- refused by name --------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "RGB": (lambda folder: make(folder / "clip.mp4", "libx264rgb", "rgb24", colour=(1, 1, 0, 2)), "gbrp"),
    "grey": (lambda folder: make(folder / "clip.mkv", "ffv1", "gray"), "gray"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    maker, said = REFUSED[name]
    path = maker(tmp_path)
    (reason,) = reasons_to_refuse(survey(path), path)
    assert said in reason


@pytest.mark.parametrize("name", ["hdr10_av1.mp4", "hlg10_color_test.mp4", "bt2020_10bit.mp4"])
def test_real_hdr_clips_lose_nothing(name: str, media_folder: Path, tmp_path: Path) -> None:
    path = media_folder / name
    inventory = survey(path)
    assert reasons_to_refuse(inventory, path) == ()
    way = render(path, tmp_path / name, inventory, paint=nothing, container_tags={}, quality=FAST)
    assert not list(differences(inventory, survey(tmp_path / name), allowed=allowed_for(way)))
