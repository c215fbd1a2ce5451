"""Burning: inside the box exactly the drawing, outside nothing, for every depth, range, subsampling and rotation."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from labeler.layers.mention import typeset
from labeler.layers.mention.burn import averaged, painter
from labeler.media.picture import Picture, PictureFormat, Transfer
from tests.layers.mention_clips import RATE, burned_picture, interval, planned, scene, shape

FORMATS = {
    "4:2:0": shape(768, 432),
    "4:2:2": shape(768, 432, subsampling=(2, 1)),
    "4:4:4": shape(768, 432, subsampling=(1, 1)),
    "10 bits": shape(768, 432, bits=10),
    "full range": shape(768, 432, full_range=True),
    "601": shape(768, 432, matrix="bt601"),
    "2020": shape(768, 432, bits=10, matrix="bt2020"),
    "odd": shape(767, 433),
    "odd, turned": shape(767, 433, rotation=180),
    "turned by 90": shape(768, 432, rotation=90),
    "turned by 270": shape(767, 431, rotation=270),
    "anamorphic": shape(720, 576, sar=Fraction(64, 45)),
    "PQ": shape(768, 432, bits=10, matrix="bt2020", transfer="pq"),
    "HLG": shape(768, 432, bits=10, matrix="bt2020", transfer="hlg"),
    "PQ, full range": shape(768, 432, bits=10, matrix="bt2020", transfer="pq", full_range=True),
    "12 bits": shape(768, 432, bits=12, subsampling=(2, 1), matrix="bt2020", transfer="pq"),
    "interlaced": shape(720, 576, sar=Fraction(64, 45), is_interlaced=True),
    "interlaced, turned": shape(720, 486, is_interlaced=True, rotation=180),
    "interlaced 4:2:2": shape(1440, 1080, subsampling=(2, 1), is_interlaced=True),
}

WHITE = {"sdr": 1.0, "pq": 0.581, "hlg": 0.75}


def flat(format: PictureFormat, luma: int, blue: int, red: int) -> Picture:
    kind = np.uint8 if format.bits == 8 else np.uint16
    across, down = format.subsampling
    small = -(-format.height // down), -(-format.width // across)
    planes = tuple(
        np.full(size, code, kind)
        for size, code in zip(((format.height, format.width), small, small), (luma, blue, red), strict=True)
    )
    return Picture(planes, format, Fraction(0), 0, True)


@pytest.mark.parametrize("name", FORMATS)
def test_box_holds_the_drawing_and_nothing_else_changes(name: str) -> None:
    format = FORMATS[name]
    plan = planned(format)
    step, most = 2 ** (format.bits - 8), 2**format.bits - 1
    picture = flat(format, 90 * step, 100 * step, 160 * step)
    painter((plan,), format)(picture)
    drawing = typeset.draw_for(plan, format)
    alpha, grey = drawing.rgba[..., 3] / 255, drawing.rgba[..., 0] / 255 * WHITE[format.transfer]
    code = grey * most if format.full_range else (16 + 219 * grey) * step
    expected = np.full(format.display_size[::-1], 90.0 * step)
    x, y, width, height = plan.box
    expected[y : y + height, x : x + width] = alpha * code + (1 - alpha) * 90 * step
    assert np.abs(picture.luma().astype(float) - expected).max() <= 1
    for plane, before in zip(picture.planes[1:], (100 * step, 160 * step), strict=True):
        assert plane.min() >= min(before, 128 * step) and plane.max() <= max(before, 128 * step)
        assert (plane == 128 * step).any(), "the core of letters is neutral"
        turned = np.rot90(plane, k=-(format.rotation // 90))
        changed = np.argwhere(turned != before)
        scale = np.array(turned.shape) / np.array(picture.luma().shape)
        assert (changed.min(axis=0) >= np.floor(np.array([y, x]) * scale) - 1).all()
        assert (changed.max(axis=0) <= np.ceil(np.array([y + height, x + width]) * scale)).all()


@pytest.mark.parametrize("bits", [8, 10])
def test_letters_are_white_and_transparent_corners_untouched(bits: int) -> None:
    format = shape(1920, 1080, bits=bits)
    plan = planned(format)
    step = 2 ** (bits - 8)
    picture = flat(format, 200 * step, 90 * step, 150 * step)
    painter((plan,), format)(picture)
    x, y, width, height = plan.box
    box = picture.planes[0][y : y + height, x : x + width]
    assert box.max() == 235 * step
    assert box[0, 0] == 200 * step
    assert abs(int(box[height // 2, 4]) - (0.698 * 16 + 0.302 * 200) * step) <= step


@pytest.mark.parametrize(("transfer", "white", "plate"), [("pq", 573, 44 / 255), ("hlg", 721, 57 / 255)])
def test_white_in_hdr_is_that_of_bt2408(transfer: Transfer, white: int, plate: float) -> None:
    """203 cd/m2: 573 in PQ and 721 in HLG, in 10 bits. The plate leaves 30 % of the code of the brightest picture."""
    format = shape(1920, 1080, bits=10, matrix="bt2020", transfer=transfer)
    plan = planned(format)
    picture = flat(format, 940, 512, 512)
    painter((plan,), format)(picture)
    x, y, width, height = plan.box
    box = picture.planes[0][y : y + height, x : x + width]
    assert (box == white).sum() > 1000
    assert abs(int(box[height // 2, 4]) - (64 + plate * 876)) <= 1
    assert (picture.planes[1][y // 2 + 20, x // 2 : (x + width) // 2] == 512).all()


def test_edges_of_an_interlaced_mention_stand_in_both_fields() -> None:
    """From one row to the next, no edge jumps by more than half of what it does in a progressive picture."""
    steps = {}
    for is_interlaced in (False, True):
        format = shape(1920, 1080, is_interlaced=is_interlaced)
        plan = planned(format)
        picture = flat(format, 180, 128, 128)
        painter((plan,), format)(picture)
        _, y, _, height = plan.box
        assert y % 4 == height % 4 == 0
        steps[is_interlaced] = int(np.abs(np.diff(picture.planes[0].astype(int), axis=0)).max())
    assert steps[False] > 120
    assert steps[True] <= 0.55 * steps[False]


def test_interlaced_chroma_takes_the_rows_of_its_own_field() -> None:
    """Rows 0 and 2 of four make the first chroma row, rows 1 and 3 the second."""
    rows = np.arange(8.0)[:, None] * np.ones((1, 2))
    assert averaged(rows, (2, 2), 2)[:, 0].tolist() == [1, 2, 5, 6]
    assert averaged(rows, (2, 2))[:, 0].tolist() == [0.5, 2.5, 4.5, 6.5]


def test_only_inside_its_intervals() -> None:
    format = shape(768, 432)
    plan = planned(format, intervals=(interval(1, 2), interval(3, 4)))
    paint = painter((plan,), format)
    shown = [
        number
        for number in range(25)
        if not np.array_equal(burned_picture(number, format, paint).planes[0], scene(number, format)[0])
    ]
    assert shown == [*range(RATE, 2 * RATE), *range(3 * RATE, 4 * RATE)]


def test_every_plan_is_painted() -> None:
    format = shape(1920, 1080)
    plans = (planned(format), planned(format, language="en").model_copy(update={"box": (100, 900, 956, 84)}))
    picture = flat(format, 100, 128, 128)
    painter(plans, format)(picture)
    for plan in plans:
        x, y, width, height = plan.box
        assert picture.planes[0][y : y + height, x : x + width].max() == 235


def test_extreme_codes_do_not_wrap() -> None:
    """255 and 1023 under the plate and beside letters: fixed point must not overflow."""
    for bits in (8, 10):
        format = shape(768, 432, bits=bits, full_range=True)
        picture = flat(format, 2**bits - 1, 2**bits - 1, 0)
        plan = planned(format)
        painter((plan,), format)(picture)
        x, y, width, height = plan.box
        box = picture.planes[0][y : y + height, x : x + width]
        assert box.max() == 2**bits - 1
        assert box.min() >= int(0.3 * (2**bits - 1)) - 1
        assert picture.planes[1].min() >= 2 ** (bits - 1) and picture.planes[2].max() <= 2 ** (bits - 1)
