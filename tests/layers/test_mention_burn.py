"""Burning: inside the box exactly the drawing, outside nothing, for every depth, range, subsampling and rotation."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from labeler.layers.mention import typeset
from labeler.layers.mention.burn import painter
from labeler.media.picture import Picture, PictureFormat
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
}


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
    drawing = typeset.draw(plan, typeset.display_aspect_of_pixels(format))
    alpha, grey = drawing.rgba[..., 3] / 255, drawing.rgba[..., 0] / 255
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
