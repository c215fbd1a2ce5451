"""Codecs whose pictures lean on no other: exactly the pictures that change are new."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.media.changes import Changes
from labeler.media.compare import allowed_for, differences
from labeler.media.intra import likeness
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
KINDS: dict[str, dict[str, object]] = {
    "dnxhr.mov": DNXHR,
    "v210.mov": {"codec": "v210", "options": {}, "pixel_format": "yuv422p10le"},
    "dnxhr.mxf": DNXHR | {"sound": False},
    "mjpeg.mov": MJPEG,
    "mjpeg.mkv": MJPEG,
    "mjpeg.mp4": MJPEG,
    "ffv1.mkv": FFV1,
    "silent.mkv": FFV1 | {"sound": False},
    "ffv1.checks.mkv": FFV1 | {"options": {"level": "3", "g": "1", "slicecrc": "0", "slices": "12", "coder": "0"}},
    "prores.mkv": {"codec": "prores_ks", "options": {"profile": "hq"}, "pixel_format": "yuv422p10le"},
}
WAYS = {"dnxhr.mov": "in_place", "v210.mov": "in_place", "dnxhr.mxf": "in_place"}


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
