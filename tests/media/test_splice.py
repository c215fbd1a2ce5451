"""Splice: slices under the mention are new, and every other sample is the source's, bit for bit."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.media.changes import Box, Changes
from labeler.media.compare import allowed_for, differences
from labeler.media.frames import FrameReader
from labeler.media.picture import Picture
from labeler.media.render import render
from labeler.media.rendering import NotThisWay, Rendering
from labeler.media.splice import prores
from labeler.media.splice.grid import Grid, Part
from labeler.media.survey import survey
from tests.clips import make_clip

BOX: Box = (210, 100, 90, 30)
FILM = Fraction(9)
LUMA = 940


def paint_box(picture: Picture, box: Box = BOX) -> None:
    x, y, width, height = box
    picture.planes[0][y : y + height, x : x + width] = LUMA
    for chroma in picture.planes[1:]:
        chroma[y : y + height, x // 2 : (x + width) // 2] = 512


def film(folder: Path, profile: str = "hq", *, size: tuple[int, int] = (360, 180), **options: str) -> Path:
    return make_clip(
        folder / "film.mov", width=size[0], height=size[1], codec="prores_ks", pixel_format="yuv422p10le",
        options={"profile": profile} | options,
    )  # fmt: skip


def packets(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as container:
        return [(packet.pts, bytes(packet)) for packet in container.demux(video=0) if packet.size]


def luma_and_chroma(path: Path) -> list[np.ndarray]:
    """Shape (3, height, width) for each picture; chroma columns twice (PyAV's own layout of 4:2:2)."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray().astype(np.int32) for frame in container.decode(video=0)]


def through(source: Path, changes: Changes, paint: object = paint_box) -> tuple[Path, Rendering]:
    output = source.with_stem("out")
    before = survey(source)
    rendering = render(source, output, before, paint=paint, container_tags={}, changes=changes)  # type: ignore[arg-type]
    assert [str(found) for found in differences(before, survey(output), allowed=allowed_for(rendering))] == []
    return output, rendering


def changed_area(before: np.ndarray, after: np.ndarray) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom (excluded) of all samples that differ, in any plane."""
    rows, columns = np.nonzero(np.any(before != after, axis=0))
    if not len(rows):
        return None
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def is_inside(area: tuple[int, int, int, int] | None, box: tuple[int, int, int, int]) -> bool:
    return area is not None and all(area[at] >= box[at] for at in (0, 1)) and all(area[at] <= box[at] for at in (2, 3))


@pytest.mark.parametrize("profile", ["proxy", "lt", "standard", "hq"])
def test_all_outside_of_the_slices_is_bit_for_bit(profile: str, tmp_path: Path) -> None:
    source = film(tmp_path, profile)
    output, rendering = through(source, Changes(((Fraction(0), FILM),), (BOX,)))
    assert (rendering.way, rendering.frames, rendering.total, rendering.keeps_boxes) == ("splice", 50, 50, True)
    old, new = packets(source), packets(output)
    assert [pts for pts, _ in old] == [pts for pts, _ in new]
    # Slices of 128 pixels (the rest of a row: 64, 32 and 16) by 16 lines.
    for before, after in zip(luma_and_chroma(source), luma_and_chroma(output), strict=True):
        assert is_inside(changed_area(before, after), (128, 96, 320, 144))
        assert abs(after[0, 102:128, 214:296] - LUMA).mean() < 8
        edge = np.abs(before[0, 96:144, 128:200] - after[0, 96:144, 128:200])
        assert edge.mean() < 16  # what is coded again beside the box is close to what it was, grain and all


def test_only_the_pictures_of_the_interval_are_new(tmp_path: Path) -> None:
    source = film(tmp_path)
    output, rendering = through(source, Changes(((Fraction(1, 2), Fraction(1)),), (BOX,)))
    (run,) = rendering.renewed
    assert (run.start, run.stop, rendering.frames) == (13, 25, 12)
    for at, (old, new) in enumerate(zip(packets(source), packets(output), strict=True)):
        assert (old == new) == (not 13 <= at < 25)


def test_fields_are_spliced_apart(tmp_path: Path) -> None:
    """Rows of slices are 32 lines of the frame then, 16 of each field."""
    source = film(tmp_path, flags="+ildct", size=(352, 192))
    output, rendering = through(source, Changes(((Fraction(0), FILM),), (BOX,)))
    assert rendering.way == "splice" and prores.read(packets(output)[0][1]).kind.interlace
    for before, after in zip(luma_and_chroma(source), luma_and_chroma(output), strict=True):
        assert is_inside(changed_area(before, after), (128, 96, 320, 160))
        assert abs(after[0, 102:128, 214:296] - LUMA).mean() < 8


def test_the_right_and_lower_edge(tmp_path: Path) -> None:
    """Sizes that are no multiple of 16: slices reach over the edge."""
    source = film(tmp_path, size=(346, 170))
    box = (300, 150, 46, 20)

    def paint(picture: Picture) -> None:
        assert [plane.shape for plane in picture.planes] == [(170, 346), (170, 173), (170, 173)]
        paint_box(picture, box)

    output, _ = through(source, Changes(((Fraction(0), FILM),), (box,)), paint)
    for before, after in zip(luma_and_chroma(source), luma_and_chroma(output), strict=True):
        assert is_inside(changed_area(before, after), (256, 144, 346, 170))
        assert abs(after[0, 152:, 304:] - LUMA).mean() < 8


def test_two_boxes_at_two_times(tmp_path: Path) -> None:
    """A picture in which one of them does not change keeps the slices under it."""
    source = film(tmp_path)
    first, second = (16, 16, 60, 20), BOX

    def paint(picture: Picture) -> None:
        paint_box(picture, first if picture.seconds < 1 else second)

    changes = Changes(((Fraction(0), Fraction(1)), (Fraction(1), FILM)), (first, second))
    output, _ = through(source, changes, paint)
    for at, (before, after) in enumerate(zip(luma_and_chroma(source), luma_and_chroma(output), strict=True)):
        assert is_inside(changed_area(before, after), (0, 16, 128, 48) if at < 25 else (128, 96, 320, 144))


def test_nothing_but_slices_changes_in_a_packet(tmp_path: Path) -> None:
    source = film(tmp_path)
    output, _ = through(source, Changes(((Fraction(0), FILM),), (BOX,)))
    for (_, before), (_, after) in zip(packets(source), packets(output), strict=True):
        old, new = prores.read(before), prores.read(after)
        assert old.kind == new.kind and before[8 : 8 + old.head] == after[8 : 8 + new.head]
        part = old.kind.grid.around(BOX)
        assert part is not None
        across = len(old.kind.grid.columns)
        for number in range(across * old.kind.grid.rows):
            row, column = divmod(number, across)
            is_in = part.top <= row < part.bottom and part.left <= column < part.right
            assert is_in or slice_of(old, number) == slice_of(new, number)


def slice_of(frame: prores.Frame, number: int) -> bytes:
    places = frame.pictures[0].places
    return frame.data[places[number] : places[number + 1]]


@pytest.mark.parametrize(("flags", "bottom"), [({}, 144), ({"flags": "+ildct"}, 160)], ids=["frames", "fields"])
def test_full_chroma_of_twelve_bits(flags: dict[str, str], bottom: int, tmp_path: Path) -> None:
    """ProRes 4444 without alpha, of which no encoder here writes whole pictures."""
    source = make_clip(
        tmp_path / "film.mov", width=360, height=180, codec="prores_ks", pixel_format="yuv444p10le",
        options={"profile": "4444"} | flags,
    )  # fmt: skip
    x, y, width, height = BOX

    def paint(picture: Picture) -> None:
        assert (picture.format.bits, picture.format.subsampling) == (12, (1, 1))
        for plane, level in zip(picture.planes, (4 * LUMA, 2048, 2048), strict=True):
            plane[y : y + height, x : x + width] = level

    output, rendering = through(source, Changes(((Fraction(0), FILM),), (BOX,)), paint)
    assert (rendering.way, rendering.frames) == ("splice", 50)
    with FrameReader(source, 0) as original, FrameReader(output, 0) as reader:
        times = [reader.time_of(number) for number in range(0, 50, 7)]
        for before, after in zip(original.pictures(times), reader.pictures(times), strict=True):
            old, new = (np.stack(one.planes).astype(np.int32) for one in (before, after))
            assert is_inside(changed_area(old, new), (128, 96, 320, bottom))
            assert abs(new[0, 102:128, 214:296] - 4 * LUMA).mean() < 32
            assert np.abs(old[0, 96:bottom, 128:200] - new[0, 96:bottom, 128:200]).mean() < 64


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on this machine")
@pytest.mark.parametrize("flags", ["", "+ildct"])
def test_ffmpeg_has_nothing_to_say(flags: str, tmp_path: Path) -> None:
    source = film(tmp_path, **({"flags": flags} if flags else {}))
    output, _ = through(source, Changes(((Fraction(0), FILM),), (BOX,)))
    command = ["ffmpeg", "-v", "warning", "-xerror", "-i", str(output), "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_cannot_be_spliced_is_rendered_in_another_way(tmp_path: Path) -> None:
    source = film(tmp_path)
    # Matrices that are none of the encoder's.
    whole = bytearray(source.read_bytes())
    for _, data in packets(source):
        at = whole.index(data)
        whole[at + 28 + 63] += 1
    source.write_bytes(whole)
    _, rendering = through(source, Changes(((Fraction(0), FILM),), (BOX,)))
    assert rendering.way == "full"
    assert ("splice", "prores.matrices") in [(one.way, one.code) for one in rendering.declined]
    output, rendering = through(source, Changes(((Fraction(1, 2), Fraction(1)),), (BOX,)))
    assert (rendering.way, rendering.frames) == ("smart", 12)
    pairs = enumerate(zip(packets(source), packets(output), strict=True))
    assert [at for at, (old, new) in pairs if old != new] == list(range(13, 25))


def test_changes_without_a_place_are_not_spliced(tmp_path: Path) -> None:
    _, rendering = through(film(tmp_path), Changes(((Fraction(0), FILM),)))
    assert ("splice", "changes.everywhere") in [(one.way, one.code) for one in rendering.declined]


@pytest.mark.parametrize("length", [0, 7, 20, 40, 150, 160, 400, -1])
def test_a_frame_that_is_not_whole_is_refused(length: int, tmp_path: Path) -> None:
    data = packets(film(tmp_path))[0][1]
    with pytest.raises(NotThisWay):
        prores.read(data[:length])


def test_a_frame_whose_numbers_are_wrong_is_refused(tmp_path: Path) -> None:
    """Every byte of the heads and of the slice table set to all ones: refused, or read as a frame of another kind."""
    data = packets(film(tmp_path))[0][1]
    whole = prores.read(data)
    refused = 0
    for at in range(int(whole.pictures[0].places[0])):
        try:
            prores.read(data[:at] + b"\xff" + data[at + 1 :])
        except NotThisWay:
            refused += 1
    assert refused > 2 * len(whole.pictures[0].sizes)


# --- the grid, without a file -----------------------------------------------------------------------------------------


def test_widths_of_slices() -> None:
    assert prores.slice_widths(120, 8) == [8] * 15
    assert prores.slice_widths(45, 8) == [8] * 5 + [4, 1]
    assert prores.slice_widths(7, 4) == [4, 2, 1]


def test_which_slices_a_box_touches() -> None:
    grid = Grid(300, 100, (128, 128, 32, 16), 16)
    assert grid.around((0, 0, 128, 16)) == Part(0, 0, 1, 1)
    assert grid.around((127, 15, 2, 2)) == Part(0, 0, 2, 2)
    assert grid.around((290, 90, 50, 50)) == Part(3, 5, 4, 7)
    assert grid.around((300, 0, 5, 5)) is None
    assert grid.pixels(Part(3, 5, 4, 7)).width == 12 and grid.pixels(Part(3, 5, 4, 7)).height == 20


def test_boxes_that_share_slices_have_them_once() -> None:
    grid = Grid(640, 160, (128,) * 5, 16)
    assert grid.parts([(0, 0, 10, 10), (200, 100, 10, 10)]) == (Part(0, 0, 1, 1), Part(1, 6, 2, 7))
    assert grid.parts([(0, 0, 10, 10), (2, 2, 9, 9)]) == (Part(0, 0, 1, 1),)
    # Of a corner only what is touched, row by row.
    assert grid.parts([(0, 0, 200, 40), (100, 32, 300, 32)]) == (Part(0, 0, 2, 2), Part(0, 2, 4, 4))
    assert grid.parts([(0, 0, 100, 40), (130, 32, 300, 16)]) == (Part(0, 0, 1, 2), Part(0, 2, 4, 3))
    assert grid.parts([(700, 0, 9, 9)]) == ()
