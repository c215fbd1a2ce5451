"""AVC-Intra in MXF and MOV: new slices in the bytes of the old, under the source's own parameter sets."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.codec.context import CodecContext
from av.packet import Packet

from labeler.errors import SourceUnsupported
from labeler.media.changes import Changes
from labeler.media.compare import allowed_for, differences
from labeler.media.intra.avc_packet import delimited, grammar_in, head_of, joined, parted, sets_of
from labeler.media.intra.avc_slice import (
    Grammar,
    can_stand_together,
    grammar_of,
    numbered,
    slice_of,
    slices_of,
    touched,
)
from labeler.media.job import Paint
from labeler.media.klv import items
from labeler.media.picture import Picture
from labeler.media.render import render
from labeler.media.rendering import NotThisWay, Rendering
from labeler.media.survey import survey
from tests.avc_intra import (
    B100,
    CHANGING,
    GRAINY,
    I50,
    I100,
    P100,
    S100,
    XAVC,
    Kind,
    copied,
    make,
    packets,
    without_sets,
)

WIDE = pytest.mark.wide
BOX = (32, 32, 64, 32)
TWICE = ((Fraction(2, 25), Fraction(5, 25)), (Fraction(9, 25), Fraction(10, 25)))
"""Pictures 2, 3, 4 and 9 at 25 a second."""
CHANGED = [2, 3, 4, 9]


def whiten(picture: Picture) -> None:
    picture.planes[0][32:64, 32:96] = 235 << (picture.format.bits - 8)


def luma(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.reformat(format="gray16le").to_ndarray() for frame in container.decode(video=0)]


def through(source: Path, rate: int = 25, paint: Paint = whiten) -> tuple[Path, Rendering]:
    output, before = source.with_stem("out"), survey(source)
    times = tuple((start * 25 / rate, end * 25 / rate) for start, end in TWICE)
    rendering = render(source, output, before, paint=paint, container_tags={}, changes=Changes(times, (BOX,)))
    assert [str(found) for found in differences(before, survey(output), allowed=allowed_for(rendering))] == []
    return output, rendering


def assert_in_place(source: Path, output: Path, rendering: Rendering) -> None:
    """Four pictures are new, under the old heads, and nothing else of the file is."""
    assert (rendering.way, rendering.frames, rendering.total) == ("in_place", 4, 15)
    old, new = packets(source), packets(output)
    assert [at for at in range(15) if old[at] != new[at]] == CHANGED
    assert [*map(len, old)] == [*map(len, new)]
    blank, at = [bytearray(source.read_bytes()), bytearray(output.read_bytes())], 0
    for packet in old:
        at = blank[0].index(packet, at)
        for whole in blank:
            whole[at : at + len(packet)] = bytes(len(packet))
    assert blank[0] == blank[1]
    before, after = luma(source), luma(output)
    for at in range(15):
        assert np.array_equal(before[at], after[at]) == (at not in CHANGED)
        assert (after[at][36:60, 36:92].min() > 0.96 * (235 << 8)) == (at in CHANGED)
        # The slices below those under the box, of 128 lines at most, are the old ones.
        assert np.array_equal(before[at][160:], after[at][160:])


@pytest.mark.parametrize(
    ("name", "kind", "tag"),
    [
        ("i100.mxf", I100, ""),
        ("s100.mov", S100, "ai1q"),
        ("i50.mov", I50, "avc1"),
        pytest.param("p100.mxf", P100, "", marks=WIDE),
        pytest.param("b100.mxf", B100, "", marks=WIDE),
        pytest.param("i50.mxf", I50, "", marks=WIDE),
        pytest.param("xavc.mxf", XAVC, "", marks=WIDE),
        pytest.param("i100.mov", I100, "ai15", marks=WIDE),
        pytest.param("p100.mov", P100, "ai12", marks=WIDE),
    ],
)
def test_pictures_are_written_over_in_place(name: str, kind: Kind, tag: str, tmp_path: Path) -> None:
    source = make(tmp_path / name, kind)
    with av.open(str(source)) as container:
        assert (container.streams.video[0].codec_context.codec_tag.strip("\0")) == tag
    assert_in_place(source, *through(source, kind.rate))


@pytest.mark.parametrize("has_sets", [False, pytest.param(True, marks=WIDE)])
def test_all_pictures_may_be_in_one_item(has_sets: bool, tmp_path: Path) -> None:
    """OP-Atom, as cameras write it on cards."""
    source = copied(make(tmp_path / "film.mxf", I100), tmp_path / "card.mxf", "mxf_opatom")
    if not has_sets:
        without_sets(source, in_first=False)
    with source.open("rb") as file:
        assert len([item for item in items(file) if item.is_picture]) == 1
    assert_in_place(source, *through(source))


def test_items_of_another_track_are_refused(tmp_path: Path) -> None:
    source = make(tmp_path / "film.mxf", I100)
    with source.open("rb") as file:
        third = [item for item in items(file) if item.is_picture][2]
    data = bytearray(source.read_bytes())
    data[third.start + 15] ^= 1
    source.write_bytes(data)
    with pytest.raises(SourceUnsupported, match=r"over the old ones: in_place: mxf\.elements keys"):
        through(source)


@pytest.mark.parametrize(
    ("name", "in_first"),
    [
        ("film.mxf", False),
        ("film.mov", True),
        pytest.param("film.mxf", True, marks=WIDE),
        pytest.param("film.mov", False, marks=WIDE),
    ],
)
def test_sets_may_be_in_the_first_picture_or_nowhere(name: str, in_first: bool, tmp_path: Path) -> None:
    source = without_sets(make(tmp_path / name, I100), in_first=in_first)
    assert [sets_of(parted(packet, 0).units) is not None for packet in packets(source)] == [in_first] + 14 * [False]
    assert_in_place(source, *through(source))


@pytest.mark.parametrize(
    "picked", [[at for at in range(24) if at % 3 < 2][:15], pytest.param(range(1, 16), marks=WIDE)]
)
def test_new_pictures_have_the_numbers_of_the_old(picked: range | list[int], tmp_path: Path) -> None:
    """Neighbours differ (ITU-T H.264, 7.4.3), however the source counts."""
    source = make(tmp_path / "film.mxf", picked=picked)
    output, rendering = through(source)
    assert_in_place(source, output, rendering)
    for before, after in zip(packets(source), packets(output), strict=True):
        one, other = parted(before, 0), parted(after, 0)
        grammar = grammar_of(*sets_of(one.units) or (b"", b""))
        assert one.head == other.head
        numbers = [{found.number for found in slices_of(each.slices, grammar)} for each in (one, other)]
        assert numbers[0] == numbers[1] and len(numbers[0]) == 1


def test_sets_that_change_are_refused_by_name(tmp_path: Path) -> None:
    source = make(tmp_path / "film.mxf", CHANGING)
    assert len({sets_of(parted(packet, 0).units) for packet in packets(source)}) == 2
    with pytest.raises(SourceUnsupported, match="over the old ones: its parameter sets are not such as the encoder"):
        through(source)
    assert not (tmp_path / "out.mxf").exists()


def test_other_intra_pictures_are_refused_by_name(tmp_path: Path) -> None:
    """Of the same profile, and no AVC-Intra: neither its size nor its matrices."""
    source = make(tmp_path / "film.mxf", Kind("keyint=1:bitrate=20000"))
    with pytest.raises(SourceUnsupported, match="over the old ones: the encoder's pictures do not have the size"):
        through(source)


def test_a_set_that_comes_later_is_refused(tmp_path: Path) -> None:
    """Nobody could tell which pictures without any it counts for."""
    late = make(tmp_path / "film.mxf", CHANGING)
    data, first = bytearray(late.read_bytes()), packets(late)
    at = data.index(first[3])
    whole = bytes(data)
    without_sets(late, in_first=True)
    data = bytearray(late.read_bytes())
    data[at : at + 600] = whole[at : at + 600]
    late.write_bytes(data)
    with pytest.raises(SourceUnsupported, match="its parameter sets are not one of a sequence"):
        through(late)


def test_all_slices_are_new_where_the_old_ones_leave_no_room(tmp_path: Path) -> None:
    """Grain below fills the picture, and grain is painted above it."""
    source = make(tmp_path / "film.mxf", GRAINY)
    grain = np.random.default_rng(7).integers(64, 940, (200, 1920)).astype(np.uint16)

    def paint(picture: Picture) -> None:
        picture.planes[0][:200] = grain

    output, rendering = through(source, paint=paint)
    assert (rendering.way, rendering.frames) == ("in_place", 4)
    old, new = packets(source), packets(output)
    assert [*map(len, old)] == [*map(len, new)]
    before, after = luma(source), luma(output)
    for at in range(15):
        assert np.array_equal(before[at], after[at]) == (at not in CHANGED)
        assert np.array_equal(before[at][400:], after[at][400:]) == (at not in CHANGED)


# --- slices -----------------------------------------------------------------------------------------------------------


def decoded(packet: bytes) -> np.ndarray:
    context = CodecContext.create("h264", "r")
    frames = [frame for part in (Packet(packet), None) for frame in context.decode(part)]  # type: ignore[attr-defined]
    assert len(frames) == 1 and not frames[0].is_corrupt
    return np.asarray(frames[0].reformat(format="gray16le").to_ndarray())


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One in CAVLC, one in CABAC."""
    folder = tmp_path_factory.mktemp("pictures")
    kinds = {"cavlc": I100, "cabac": I50}
    return {name: packets(make(folder / f"{name}.mxf", kind, picked=[0]))[0] for name, kind in kinds.items()}


@pytest.mark.parametrize("name", ["cavlc", "cabac"])
@pytest.mark.parametrize("number", [0, 1, 5, 6, 65535])
def test_a_number_of_other_length_changes_no_picture(name: str, number: int, pictures: dict[str, bytes]) -> None:
    packet = pictures[name]
    whole = parted(packet, 0)
    grammar = grammar_in(whole.units)
    assert grammar is not None and grammar.is_cabac == (name == "cabac")
    made = [numbered(unit, grammar, number, 3) for unit in whole.slices]
    found = slices_of(made, grammar)
    assert {(one.number, one.order) for one in found} == {(number, 3)}
    assert [one.place for one in found] == [one.place for one in slices_of(whole.slices, grammar)]
    assert [numbered(unit, grammar, 5, 0) for unit in made] == list(whole.slices)
    assert np.array_equal(decoded(joined(whole.head, made, len(packet), 0)), decoded(packet))


def test_zero_words_stay_behind_a_slice(pictures: dict[str, bytes]) -> None:
    whole = parted(pictures["cabac"], 0)
    grammar = grammar_in(whole.units)
    assert grammar is not None
    made = numbered(whole.slices[0] + 2 * b"\0\0\3", grammar, 0, 0)
    assert made == numbered(whole.slices[0], grammar, 0, 0) + 2 * b"\0\0\3"


def test_fields_that_are_coded_apart_are_told(pictures: dict[str, bytes]) -> None:
    """field_pic_flag, then bottom_field_flag, behind four bits of frame_num (7.3.3)."""
    grammar = grammar_in(parted(pictures["cavlc"], 0).units)
    assert grammar is not None
    # first_mb 0, slice_type 7, pps 0, frame_num, field and bottom, number 5, order, two flags, delta 1, no filter
    bits = "1" + "0001000" + "1" + "0" * grammar.number_bits + "11" + "00110" + "0000" + "00" + "1" + "010" + "1"
    unit = b"\x65" + int(bits.ljust(64, "0"), 2).to_bytes(8, "big")
    found = slice_of(unit, grammar)
    assert (found.field, found.number, found.first) == (1, 5, 0)
    with pytest.raises(NotThisWay, match=r"groups\.lean"):
        slice_of(b"\x41" + unit[1:], grammar)
    with pytest.raises(NotThisWay, match=r"units\.cut_off"):
        slice_of(unit[:2], grammar)
    with pytest.raises(NotThisWay, match=r"units\.numbers"):
        slices_of([unit, numbered(unit, grammar, 3, 0)], grammar)


def test_slices_of_two_pictures_do_not_stand_together(pictures: dict[str, bytes]) -> None:
    whole = parted(pictures["cavlc"], 0)
    grammar = grammar_in(whole.units)
    assert grammar is not None
    found = slices_of(whole.slices, grammar)
    assert can_stand_together(found)
    assert not can_stand_together([*found, replace(found[0], is_apart=False)])
    assert not can_stand_together([*found, replace(found[0], marking=1)])
    lines = np.zeros(1080, bool)
    assert not any(touched(found, grammar, lines))
    lines[130] = True  # in the fifth pair of rows, where two slices meet: 408 pairs of 120 a row
    assert touched(found, grammar, lines) == [False, True] + 8 * [False]
    lines[:] = [False] * 100 + [True] + [False] * 979
    assert touched(found, grammar, lines) == [True, True] + 8 * [False]
    assert all(touched(found, replace(grammar, is_cut_off=True), lines))


def test_limits_are_no_part_of_decoding(pictures: dict[str, bytes]) -> None:
    sps, pps = sets_of(parted(pictures["cavlc"], 0).units) or (b"", b"")
    known: Grammar = grammar_of(sps, pps)
    assert grammar_of(sps[:3] + b"\x3e" + sps[4:], pps).coding == known.coding
    assert grammar_of(sps[:1] + b"\x6e" + sps[2:], pps).coding != known.coding
    assert grammar_of(sps[:20] + bytes([sps[20] ^ 4]) + sps[21:], pps).coding != known.coding
    assert grammar_of(sps, pps[:2] + bytes([pps[2] ^ 4]) + pps[3:]).coding != known.coding
    for broken in ((sps[:6], pps), (sps, pps[:2])):
        with pytest.raises(NotThisWay, match=r"parameters\."):
            grammar_of(*broken)


def test_a_packet_keeps_its_size(pictures: dict[str, bytes]) -> None:
    whole = parted(pictures["cavlc"], 0)
    body = delimited(whole.slices, 0)
    least = len(whole.head) + len(body)
    assert joined(whole.head, whole.slices, least + 3, 0) == whole.head + body + bytes(3)
    with pytest.raises(NotThisWay, match=r"encoder\.size"):
        joined(whole.head, whole.slices, least - 1, 0)
    units = delimited(whole.units, 4)
    least = len(units) + len(delimited(whole.slices, 4))
    for size in (least, least + 6, least + 300):
        made = joined(units, whole.slices, size, 4)
        assert len(made) == size and parted(made, 4).slices == whole.slices and not parted(made, 4).between
        assert head_of(made, 4) == len(units)
    for size in (least - 1, least + 1, least + 5):
        with pytest.raises(NotThisWay, match=r"encoder\.size"):
            joined(units, whole.slices, size, 4)


def test_packets_that_are_none(pictures: dict[str, bytes]) -> None:
    packet = pictures["cavlc"]
    for size in (0, 4):
        with pytest.raises(NotThisWay, match=r"units\.missing"):
            parted(packet[:100] if not size else b"\0\0\0\2\x09\x10", size)
    whole = parted(packet, 0)
    assert parted(packet + b"\0\0\1\x09\x10", 0).between == (9,)
    with pytest.raises(NotThisWay, match=r"parameters\.sets"):
        sets_of([*whole.units, *whole.units])
    assert sets_of(whole.slices) is None
