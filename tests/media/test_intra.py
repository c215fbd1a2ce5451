"""Codecs whose pictures lean on no other: exactly the pictures that change are new."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.errors import SourceUnsupported
from labeler.media.accept import EVERY_WAY, reasons_to_refuse
from labeler.media.changes import Changes
from labeler.media.compare import allowed_for, differences
from labeler.media.frames import planes
from labeler.media.intra import likeness
from labeler.media.intra.jpeg2000 import LEAST_DB, inside
from labeler.media.intra.placed import PlacedSource
from labeler.media.jpeg2000 import Jpeg2000Track, codestream_of
from labeler.media.klv import NotKlv, items
from labeler.media.picture import Picture
from labeler.media.render import render
from labeler.media.rendering import NotThisWay, Rendering
from labeler.media.survey import survey
from tests.clips import make_clip, picture

START, END = 10, 15
PART = Changes(((Fraction(START, 25), Fraction(END, 25)),), ((32, 32, 64, 32),))
ALL = Changes(((Fraction(0), Fraction(9)),), ((32, 32, 64, 32),))
SQUARE = slice(32, 64)

DNXHR = {"codec": "dnxhd", "options": {"profile": "dnxhr_hq"}, "pixel_format": "yuv422p", "size": (640, 360)}
MJPEG = {
    "codec": "mjpeg",
    "options": {"qmin": "2", "qmax": "2", "bf": "0"},
    "pixel_format": "yuvj422p",
    "colour": (1, 1, 1, 2),
}
FFV1 = {"codec": "ffv1", "options": {"level": "3", "g": "1", "slicecrc": "1"}, "pixel_format": "yuv422p10le"}
J2K = {"codec": "jpeg2000", "options": {"format": "j2k", "pred": "dwt53"}, "pixel_format": "yuv422p10le"}
RAW = {"codec": "rawvideo", "options": {}, "pixel_format": "uyvy422"}
KINDS: dict[str, dict[str, object]] = {
    "dnxhr.mov": DNXHR,
    "dnxhr444.mov": DNXHR | {"options": {"profile": "dnxhr_444"}, "pixel_format": "yuv444p10le"},
    "v210.mov": {"codec": "v210", "options": {}, "pixel_format": "yuv422p10le"},
    "dnxhr.mxf": DNXHR | {"sound": False},
    "mjpeg.mov": MJPEG,
    "mjpeg.mkv": MJPEG,
    "mjpeg.mp4": MJPEG,
    "ffv1.mkv": FFV1,
    "silent.mkv": FFV1 | {"sound": False},
    "ffv1.checks.mkv": FFV1 | {"options": {"level": "3", "g": "1", "slicecrc": "0", "slices": "12", "coder": "0"}},
    "lossy.mov": J2K | {"options": {"format": "j2k", "layer_rates": "8", "prog": "rpcl"}},
    "boxed.mov": J2K | {"options": {"format": "jp2", "layer_rates": "8"}, "pixel_format": "yuv420p"},
    "lossless.mov": J2K | {"options": {"format": "j2k", "pred": "dwt53", "tile_width": "128", "tile_height": "64"}},
    "jpeg2000.mkv": J2K | {"pixel_format": "yuv420p12le"},
    "uyvy.mov": RAW,
    "yuyv.mov": RAW | {"pixel_format": "yuyv422"},
    "uyvy.avi": RAW | {"sound": False},
    "i420.avi": RAW | {"sound": False, "pixel_format": "yuv420p"},
    "v210.avi": {"codec": "v210", "options": {}, "pixel_format": "yuv422p10le", "sound": False},
    "i420.mkv": RAW | {"pixel_format": "yuv420p"},
    "prores.mkv": {"codec": "prores_ks", "options": {"profile": "hq"}, "pixel_format": "yuv422p10le"},
}
IN_PLACE = (
    "dnxhr.mov",
    "dnxhr444.mov",
    "v210.mov",
    "dnxhr.mxf",
    "uyvy.mov",
    "yuyv.mov",
    "uyvy.avi",
    "i420.avi",
    "v210.avi",
)
WAYS = dict.fromkeys(IN_PLACE, "in_place")


def clip(folder: Path, name: str, **changes: object) -> Path:
    kind = KINDS[name] | changes
    width, height = kind.pop("size", (192, 112))  # type: ignore[misc]
    if name.endswith(".mxf"):
        return mxf(folder / name, width, height, kind)
    return make_clip(folder / name, width=width, height=height, seconds=1.0, **kind)  # type: ignore[arg-type]


def mxf(path: Path, width: int, height: int, kind: dict[str, object]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(str(kind["codec"]), rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, str(kind["pixel_format"])
        stream.options = kind["options"]  # type: ignore[assignment]
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(picture(number, width, height), format="rgb24")
            frame = frame.reformat(format=str(kind["pixel_format"]))
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def whiten(picture: Picture) -> None:
    picture.planes[0][SQUARE, 32:96] = 235 << (picture.format.bits - 8)


def packets(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as container:
        return [(packet.pts, bytes(packet)) for packet in container.demux(video=0) if packet.size]


def luma(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.reformat(format="gray16le").to_ndarray().astype(np.int64) for frame in container.decode(video=0)]


def through(source: Path, changes: Changes = PART, tags: dict[str, str] | None = None) -> tuple[Path, Rendering]:
    output = source.with_stem("out")
    before = survey(source)
    rendering = render(source, output, before, paint=whiten, container_tags=tags or {}, changes=changes)
    assert [str(found) for found in differences(before, survey(output), allowed=allowed_for(rendering))] == []
    return output, rendering


@pytest.mark.parametrize("name", KINDS)
def test_exactly_the_pictures_that_change_are_new(name: str, tmp_path: Path) -> None:
    source = clip(tmp_path, name)
    output, rendering = through(source)
    assert rendering.way == WAYS.get(name, "smart")
    assert (rendering.frames, rendering.total) == (END - START, 25)
    (run,) = rendering.renewed
    assert (run.start, run.stop) == (START, END)
    old, new = packets(source), packets(output)
    assert [pts for pts, _ in old] == [pts for pts, _ in new]
    assert [at for at in range(25) if old[at] != new[at]] == list(range(START, END))
    before, after = luma(source), luma(output)
    for at in range(START, END):
        assert after[at][36:60, 36:92].min() > 0.96 * (235 << 8) > before[at][36:60, 36:92].mean()
        assert abs(after[at] - before[at])[80:].mean() < 256 * 4


@pytest.mark.parametrize("name", WAYS)
def test_in_place_is_in_the_bytes_of_the_old(name: str, tmp_path: Path) -> None:
    source = clip(tmp_path, name)
    output, rendering = through(source, ALL)
    assert (rendering.way, rendering.frames) == ("in_place", 25)
    old, new = source.read_bytes(), output.read_bytes()
    assert len(old) == len(new)
    places = [old.index(data) for _, data in packets(source)]
    for place, (_, data) in zip(places, packets(output), strict=True):
        assert new[place : place + len(data)] == data
    blank = [bytearray(old), bytearray(new)]
    for place, (_, data) in zip(places, packets(source), strict=True):
        for whole in blank:
            whole[place : place + len(data)] = bytes(len(data))
    assert blank[0] == blank[1]


def test_pictures_that_lean_on_others_are_rendered_in_full(tmp_path: Path) -> None:
    source = clip(tmp_path, "ffv1.mkv", options={"level": "3", "g": "10"})
    _, rendering = through(source)
    assert rendering.way == "full"
    assert ("smart", "groups.lean") in [(one.way, one.code) for one in rendering.declined]


def test_a_setup_that_the_encoder_does_not_write_is_rendered_in_full(tmp_path: Path) -> None:
    """Slices of a number that is not tried: a decoder would cut the new pictures otherwise."""
    source = clip(tmp_path, "ffv1.mkv", options={"level": "3", "g": "1", "slices": "42"}, size=(640, 360))
    _, rendering = through(source)
    assert rendering.way == "full" and "smart: encoder.setup" in map(str, rendering.declined)


def test_mxf_has_no_room_for_tags(tmp_path: Path) -> None:
    source = clip(tmp_path, "dnxhr.mxf")
    output, before = tmp_path / "out.mxf", survey(source)
    rendering = render(
        source, output, before, paint=whiten, container_tags={"comment_AIGC": "{}"}, changes=PART
    )  # fmt: skip
    assert rendering.way == "full" and "in_place: tags comment_AIGC" in map(str, rendering.declined)


def test_other_heads_are_other_kinds() -> None:
    frame = bytes(640) + b"\1"
    likeness.hold("dnxhd", frame, frame)
    with pytest.raises(NotThisWay, match=r"encoder\.size"):
        likeness.hold("dnxhd", frame, frame + b"\0")
    for place in (0, 5, 0x19, 0x21, 0x2B):
        with pytest.raises(NotThisWay, match=r"encoder\.kind"):
            likeness.hold("dnxhd", frame, frame[:place] + b"\3" + frame[place + 1 :])


def test_a_codec_that_no_container_of_this_kind_is_known_with_is_refused_by_name(tmp_path: Path) -> None:
    """Uncompressed 10 bit in Matroska, which libavformat does not write; JPEG 2000 in MXF, whose pictures vary in
    size."""
    v210 = survey(clip(tmp_path, "v210.avi")).model_copy(update={"container": "mkv"})
    j2k = survey(clip(tmp_path, "lossy.mov")).model_copy(update={"container": "mxf", "is_rewritable": False})
    for inventory, codec in ((v210, "v210"), (j2k, "jpeg2000")):
        for way in EVERY_WAY:
            reasons = reasons_to_refuse(inventory, tmp_path, way)
            assert any(f"coded in {codec}, which this version does not write in" in reason for reason in reasons)


# --- JPEG 2000 ---


def shown(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [np.concatenate([np.ravel(plane) for plane in planes(frame)]) for frame in container.decode(video=0)]


def test_without_loss_stays_without_loss(tmp_path: Path) -> None:
    """Nothing but the square changes, to the last bit; in each plane."""
    source = clip(tmp_path, "lossless.mov")
    output, _ = through(source)
    for at, (before, after) in enumerate(zip(shown(source), shown(output), strict=True)):
        changed = np.flatnonzero(before != after)
        rows, columns = changed // 192, changed % 192
        assert bool(len(changed)) == (START <= at < END)
        assert all(32 <= row < 64 for row in rows) and all(32 <= column < 96 for column in columns)


@pytest.mark.parametrize("name", ["lossy.mov", "boxed.mov", "lossless.mov"])
def test_new_codestreams_are_of_the_kind_of_the_old(name: str, tmp_path: Path) -> None:
    source = clip(tmp_path, name)
    output, _ = through(source)
    for (_, before), (_, after) in zip(packets(source), packets(output), strict=True):
        old, new = codestream_of(before), codestream_of(after)
        assert replace(old, comments=()) == replace(new, comments=())
        assert len(after) < 3 * len(before)
        if old.start:
            assert int.from_bytes(after[old.start - 8 : old.start - 4], "big") == len(after) - old.start + 8
            assert before[: old.start - 8] == after[: old.start - 8]


def test_pictures_are_coded_until_they_are_good_enough(tmp_path: Path) -> None:
    """A source of very few bytes, whose own size would spoil a second coding."""
    source = clip(tmp_path, "lossy.mov", options={"format": "j2k", "layer_rates": "60"})
    output, _ = through(source)
    for before, after in list(zip(luma(source), luma(output), strict=True))[START:END]:
        error = (after[80:] - before[80:]) / 64  # steps of 10 bits
        assert 10 * np.log10(1023**2 / max(1e-9, float(np.mean(error**2)))) >= LEAST_DB - 1


def facts_of(packet: bytes) -> tuple[str, ...]:
    track = Jpeg2000Track()
    track.see(packet, None)
    return track.facts()


def test_what_a_new_codestream_would_not_say_is_refused_by_name(tmp_path: Path) -> None:
    packet = packets(clip(tmp_path, "lossy.mov"))[0][1]
    assert facts_of(packet) == ()
    assert facts_of(packet[:6] + b"\1\3" + packet[8:]) == ("JPEG 2000 profile 0x0103",)
    assert facts_of(packet + packet) == ("fields coded apart",)
    assert facts_of(packet + b"\0") == ("data behind the codestream (JPEG 2000)",)
    assert facts_of(packet[:60]) == facts_of(b"") == ("damaged picture (JPEG 2000)",)
    tile = packet.index(b"\xff\x90")
    for segment, fact in (
        (b"\xff\x64\0\x0a\0\1Take 7", "a comment in the codestream (JPEG 2000)"),
        (b"\xff\x50\0\6\0\2\0\0", "high-throughput coding (JPEG 2000 part 15)"),
        (b"\xff\x53\0\3\0", "components coded apart (JPEG 2000)"),
    ):
        assert facts_of(packet[:tile] + segment + packet[tile:]) == (fact,)
    track = Jpeg2000Track()
    for name in ("lossy.mov", "lossless.mov"):
        track.see(packets(clip(tmp_path, name))[0][1], None)
    assert track.facts() == ("parameter change in mid-stream",)


def test_other_codestreams_are_no_neighbours(tmp_path: Path) -> None:
    lossy, boxed = (packets(clip(tmp_path, name))[0][1] for name in ("lossy.mov", "boxed.mov"))
    lossless = packets(clip(tmp_path, "lossless.mov"))[0][1]
    assert inside(lossy, lossy) == lossy
    for old, new, code in (
        (lossy, lossless, "encoder.kind"),
        (lossy + b"\0", lossy, "jpeg2000.tail"),
        (lossy[:40], lossy, "jpeg2000.header"),
        (b"\0" * 8 + lossy, lossy, "jpeg2000.boxes"),
    ):
        with pytest.raises(NotThisWay, match=code):
            inside(old, new)
    start = codestream_of(boxed).start
    assert inside(boxed, boxed[start:]) == boxed


# --- AVI ---


def test_chunks_are_what_libavformat_reads(tmp_path: Path) -> None:
    """Each packet is found behind the head of its chunk; a file that is cut off is not written over."""
    source = clip(tmp_path, "uyvy.avi")
    track = survey(source).of_kind("video")[0]
    with PlacedSource(source, track) as placed:
        assert [placed.read(at) for at in range(25)] == [data for _, data in packets(source)]
        _, end = placed.places[-1]
    data = source.read_bytes()
    source.write_bytes(data[: end - 500])
    with pytest.raises(NotThisWay, match=r"avi\.chunks"), PlacedSource(source, track):
        pass


def test_raw_samples_of_another_order_are_not_written_over(tmp_path: Path) -> None:
    """The first picture, coded as it is, has to be what stands in the file."""
    source = clip(tmp_path, "uyvy.avi")
    with PlacedSource(source, survey(source).of_kind("video")[0]) as placed:
        assert len(placed.read(START)) == 192 * 112 * 2
    read = PlacedSource.read_again

    def turned(self: PlacedSource, number: int) -> bytes:
        return read(self, number)[::-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlacedSource, "read_again", turned)
        with pytest.raises(SourceUnsupported):
            through(source)


# --- items of MXF -----------------------------------------------------------------------------------------------------


def test_pictures_are_found_by_their_keys(tmp_path: Path) -> None:
    source = clip(tmp_path, "dnxhr.mxf")
    with source.open("rb") as file:
        found = [item for item in items(file) if item.is_picture]
    data = source.read_bytes()
    assert [data[item.value : item.end] for item in found] == [packet for _, packet in packets(source)]
    assert len({item.key for item in found}) == 1


@pytest.mark.parametrize("cut", [1, 5000, 200_000])
def test_a_file_that_ends_within_an_item_is_refused(cut: int, tmp_path: Path) -> None:
    data = clip(tmp_path, "dnxhr.mxf").read_bytes()
    with pytest.raises(NotKlv):
        list(items(io.BytesIO(data[:-cut])))


@pytest.mark.parametrize("length", [b"\x80", b"\x89" + b"\xff" * 9, b"\x88" + b"\xff" * 8, b"\x84"])
def test_lengths_that_are_none(length: bytes) -> None:
    partition = bytes.fromhex("060e2b34020501010d010201") + bytes(4)
    with pytest.raises(NotKlv):
        list(items(io.BytesIO(bytes(20) + partition + length)))
    (item,) = items(io.BytesIO(bytes(20) + partition + b"\0"))
    assert item.start == 20
