"""Typesetting: text, wrapping, size and place follow from the preset's numbers; nothing wrong is ever set."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest

from labeler.errors import FrameTooSmall, PlanError, PresetError, SourceRejected
from labeler.layers.mention import typeset
from labeler.layers.mention.drawing import Drawing
from labeler.layers.mention.font import bundled, font_for
from labeler.media.picture import PictureFormat
from labeler.rules.preset import Size, SizeUnit
from labeler.rules.presets import load_preset
from tests.layers.mention_clips import EN, FR, RULE, VERTICAL, planned, rules, shape

GOLDEN = Path(__file__).parents[1] / "golden"
HD, TALL = shape(1920, 1080), shape(1080, 1920)


def ink_of(drawing: Drawing) -> np.ndarray:
    """Coverage 0-1 of what is white: letters and the frame of the mark."""
    return drawing.rgba[..., 0] / 255 * (drawing.rgba[..., 3] / 255)


def test_landscape_plan_follows_from_the_numbers() -> None:
    plan = planned(HD)
    assert (plan.text, plan.lines, plan.mark) == (FR, (FR,), "AI")
    assert plan.safe_area == (96, 54, 1728, 972)  # 5 % of 1920 and 1080
    assert plan.x_height == 23.76  # 2.2 % of 1080
    assert plan.font_size * 6 / 11 >= 23.76 + 0.8  # x-height of the font: 6/11 em
    x, y, width, height = plan.box
    assert (x + width, y) == (1824, 56)  # the corner, drawn in to multiples of 4
    assert x % 4 == y % 4 == width % 4 == height % 4 == 0
    assert plan.reading_time == Fraction(16, 5)  # 2 s + 0.2 s for each of 6 words
    assert plan.font_sha256 == bundled().sha256


@pytest.mark.parametrize(
    ("format", "of_short_side", "of_height"),
    [
        (HD, 21.6, 21.6),
        (TALL, 21.6, 38.4),
        (shape(1920, 1080, rotation=90), 21.6, 38.4),  # shown as 1080x1920
        (shape(1440, 1080, sar=Fraction(4, 3)), 21.6, 21.6),
        (shape(480, 576, sar=Fraction(2, 3)), 12.0, 12.0),  # shown 320 wide: 6.4 and 11.52, below the least
        (shape(720, 1440, sar=Fraction(1, 2)), 12.0, 28.8),  # shown 360 wide
    ],
)
def test_size_is_a_share_of_the_short_side_or_of_the_height(
    format: PictureFormat, of_short_side: float, of_height: float
) -> None:
    asked = {
        unit: typeset.asked_height(Size(value=2.0, unit=unit, **RULE), typeset.frame_of(format))
        for unit in get_args(SizeUnit)
    }
    assert asked["% of short side, x-height"] == pytest.approx(of_short_side)
    assert asked["% of height, x-height"] == pytest.approx(of_height)


def test_letters_are_set_by_the_unit_of_their_size() -> None:
    wide = rules(keep_out=(5, 1, 5, 1), mark=None)
    assert planned(TALL, wide).x_height == 23.76  # 2.2 % of 1080
    plan = planned(TALL, rules(keep_out=(5, 1, 5, 1), mark=None, unit="% of height, x-height"))
    assert plan.x_height == 42.24  # 2.2 % of 1920
    assert plan.font_size * 6 / 11 >= 42.24 + 0.8


@pytest.mark.parametrize(
    ("anchor", "left", "top"),
    [
        ("top-left", "min", "min"),
        ("top", "mid", "min"),
        ("top-right", "max", "min"),
        ("bottom-left", "min", "max"),
        ("bottom", "mid", "max"),
        ("bottom-right", "max", "max"),
    ],
)
@pytest.mark.parametrize("size", [(1920, 1080), (1081, 607)])
def test_every_anchor_stays_inside(anchor: str, left: str, top: str, size: tuple[int, int]) -> None:
    plan = planned(shape(*size), rules(anchor=anchor))
    safe, box = plan.safe_area, plan.box
    gaps = {
        "across": (box[0] - safe[0], safe[0] + safe[2] - box[0] - box[2]),
        "down": (box[1] - safe[1], safe[1] + safe[3] - box[1] - box[3]),
    }
    assert min(*gaps["across"], *gaps["down"]) >= 0
    for side, axis in ((left, "across"), (top, "down")):
        before, after = gaps[axis]
        assert {"min": before < 4, "max": after < 4, "mid": abs(before - after) <= 8}[side]


def test_tall_frame_wraps_to_two_even_lines() -> None:
    plan = planned(TALL, VERTICAL)
    assert plan.lines == ("Contenu généré", "ou assisté par IA")
    assert " ".join(plan.lines) == plan.text


def test_no_break_space_is_kept_and_never_cut() -> None:
    text = "«\u00a0Contenu\u00a0généré\u00a0ou\u00a0assisté par\u202fIA\u00a0»"
    plan = planned(TALL, rules(text={"fr": text}, keep_out=(15, 10, 35, 6.1)))
    assert plan.text == text
    assert plan.lines == ("«\u00a0Contenu\u00a0généré\u00a0ou\u00a0assisté", "par\u202fIA\u00a0»")


def test_text_is_composed() -> None:
    assert planned(HD, rules(text={"fr": "Ge\u0301ne\u0301re\u0301 par IA"})).text == "Généré par IA"


def test_too_small_frame_says_by_how_much() -> None:
    with pytest.raises(FrameTooSmall, match=r"needs 284x72 px.*160x90 frame leaves 144x76 px") as caught:
        planned(shape(160, 90))
    assert caught.value.exit_code == 3


def test_smallest_frame_takes_two_lines() -> None:
    plan = planned(shape(320, 180))
    assert len(plan.lines) == 2 and plan.x_height == 12


def test_unknown_language_names_those_there_are() -> None:
    with pytest.raises(PresetError, match=r"«de».*en, fr"):
        planned(HD, language="de")


@pytest.mark.parametrize("text", ["漢字 par IA", "AI生漢", "مُنشأ", "a\tb", "x\u200b", "q\u0303 par IA"])
def test_character_that_cannot_be_set_is_named(text: str) -> None:
    with pytest.raises(PresetError, match=r"U\+[0-9A-F]{4}"):
        planned(HD, rules(text={"fr": text}))


def test_all_of_french_can_be_set() -> None:
    text = "« ŒÆœæÇÀÂÉÈÊËÎÏÔÙÛÜŸ çàâéèêëîïôùûüÿ »\u00a0\u202f’…€"
    assert planned(shape(3840, 2160), rules(text={"fr": text})).text == text


def test_shape_without_layout_is_rejected() -> None:
    with pytest.raises(SourceRejected, match=r"2\.37:1.*1\.3-2") as caught:
        planned(shape(1920, 810), rules(aspect=(1.3, 2.0)))
    assert not isinstance(caught.value, FrameTooSmall)


def test_layout_is_chosen_by_the_shape_as_shown() -> None:
    """720x576 at 64:45 is shown as 1024x576."""
    wide = rules(aspect=(1.7, 1.8))
    assert planned(shape(720, 576, sar=Fraction(64, 45)), wide)
    with pytest.raises(SourceRejected):
        planned(shape(720, 576), wide)
    assert planned(shape(1080, 1920, rotation=90), wide)
    assert planned(shape(576, 720, sar=Fraction(45, 64), rotation=90), wide)


def test_contrast_out_of_reach_is_refused() -> None:
    with pytest.raises(PresetError, match="12:1"):
        planned(HD, rules(contrast=12))


def test_squeezed_text_has_its_height_and_less_width() -> None:
    square, squeezed = shape(1024, 576), shape(720, 576, sar=Fraction(64, 45))
    one, other = planned(square), planned(squeezed)
    assert one.font_size == other.font_size and one.box[3] == other.box[3]
    assert abs(other.box[2] * 64 / 45 - one.box[2]) <= 4 * 64 / 45
    wide = ink_of(typeset.draw(one, Fraction(1)))
    narrow = ink_of(typeset.draw(other, Fraction(64, 45)))
    stretched = cv2.resize(narrow, None, fx=64 / 45, fy=1, interpolation=cv2.INTER_LINEAR)
    score = cv2.matchTemplate(
        cv2.copyMakeBorder(stretched, 4, 4, 4, 4, cv2.BORDER_CONSTANT).astype(np.float32),
        wide[2:-2, 6:-6].astype(np.float32),
        cv2.TM_CCOEFF_NORMED,
    )
    assert score.max() > 0.9


@pytest.mark.parametrize("height", [180, 432, 720, 1080, 2160])
def test_letters_stand_as_tall_as_asked(height: int) -> None:
    """The stem of the «r», counted in the drawing, is at least the x-height asked for."""
    plan = planned(shape(height * 16 // 9, height))
    drawing = typeset.draw(plan, Fraction(1))
    ink = ink_of(drawing)
    stems = [glyph for glyph in drawing.glyphs if glyph.character == "r"]
    assert len(stems) == 2
    for glyph in stems:
        x, y, width, down = glyph.box
        assert ink[y : y + down, x : x + width].sum(axis=0).max() >= plan.x_height + 0.5


def test_glyph_boxes_hold_their_ink_and_nothing_else_is_white() -> None:
    plan = planned(HD)
    drawing = typeset.draw(plan, Fraction(1))
    ink = ink_of(drawing)
    assert "".join(glyph.character for glyph in drawing.glyphs) == "AI" + FR.replace(" ", "")
    for glyph in drawing.glyphs:
        x, y, width, height = glyph.box
        part = ink[y : y + height, x : x + width]
        assert part.max() == 1 and part.sum() > 40
        ink[y : y + height, x : x + width] = 0
    assert drawing.mark is not None
    x, y, width, height = drawing.mark
    ink[y : y + height, x : x + width] = 0
    assert ink.max() == 0


def test_plate_is_black_at_seventy_percent_with_round_corners() -> None:
    drawing = typeset.draw(planned(HD), Fraction(1))
    assert tuple(drawing.rgba[drawing.rgba.shape[0] // 2, 4]) == (0, 0, 0, 178)
    assert drawing.rgba[0, 0, 3] == 0
    white = 0.3  # of a white picture that is left, as R'G'B'
    linear = ((white + 0.055) / 1.055) ** 2.4
    assert 1.05 / (linear + 0.05) >= 5.5


def test_mark_is_centred_in_its_frame() -> None:
    drawing = typeset.draw(planned(HD), Fraction(1))
    ink = ink_of(drawing)
    assert drawing.mark is not None
    x, y, width, height = drawing.mark
    inner = ink[y + 9 : y + height - 9, x + 9 : x + width - 9]
    rows, columns = np.nonzero(inner.any(axis=1))[0], np.nonzero(inner.any(axis=0))[0]
    assert abs(rows[0] - (inner.shape[0] - 1 - rows[-1])) <= 2
    assert abs(columns[0] - (inner.shape[1] - 1 - columns[-1])) <= 2


def test_drawing_is_refused_for_another_font_or_text() -> None:
    plan = planned(HD)
    for change in (
        {"font_sha256": "0" * 64},
        {"lines": ("Autre texte",)},
        {"lines": ()},
        {"font_size": 0},
        {"font_size": 90},
        {"box": (0, 0, 100, 84)},
    ):
        with pytest.raises(PlanError):
            typeset.draw(plan.model_copy(update=change), Fraction(1))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (FR, Fraction(16, 5)),
        (EN, Fraction(14, 5)),
        ("IA", Fraction(11, 5)),
        ("«\u00a0IA\u00a0»", Fraction(11, 5)),
        ("x" * 60, Fraction(4)),
        ("x" * 49, Fraction("3.266667")),
    ],
)
def test_reading_time(text: str, seconds: Fraction) -> None:
    assert typeset.reading_time(text) == seconds


def test_chinese_is_lent_only_where_it_is_needed() -> None:
    latin, both = font_for(FR), font_for("AI生成")
    assert latin is bundled() and latin.lent is None
    assert both.sha256 != latin.sha256 and both.advances[ord("生")] == 1
    assert {both.advances[ord(letter)] == latin.advances[ord(letter)] for letter in FR} == {True}
    plan = planned(HD, load_preset("cn-gb45438").preset.mention, language="zh")
    assert plan.font_sha256 == both.sha256 and plan.size_of == "ink"
    with pytest.raises(PlanError, match="another font"):
        typeset.draw(plan.model_copy(update={"font_sha256": latin.sha256}), Fraction(1))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [(320, 180), (1280, 720), (1920, 1080), (1080, 1920), (3840, 2160)])
def test_ink_of_every_letter_is_as_tall_as_gb_45438_asks(size: tuple[int, int], language: str) -> None:
    plan = planned(shape(*size), load_preset("cn-gb45438").preset.mention, language=language)
    assert plan.x_height == max(0.055 * min(size), 16)
    drawing = typeset.draw(plan, Fraction(1))
    white = drawing.rgba[..., 0] > 127
    for glyph in drawing.glyphs:
        x, y, width, height = glyph.box
        rows = np.nonzero(white[y : y + height, x : x + width].any(axis=1))[0]
        if glyph.character.isalnum():
            assert rows[-1] - rows[0] + 1 >= 0.055 * min(size), glyph.character


SCENES = {
    "cn-gb45438.zh": ("cn-gb45438", "zh", (1920, 1080)),
    "cn-gb45438.tall.en": ("cn-gb45438", "en", (1080, 1920)),
    "eu-standard.fr": ("eu-standard", "fr", (1920, 1080)),
    "eu-standard.en": ("eu-standard", "en", (1920, 1080)),
    "eu-standard.tall.fr": ("eu-standard", "fr", (1080, 1920)),
    "eu-standard.small.fr": ("eu-standard", "fr", (320, 180)),
    "eu-generated.fr": ("eu-generated", "fr", (1920, 1080)),
    "eu-generated.en": ("eu-generated", "en", (1920, 1080)),
    "eu-modified.fr": ("eu-modified", "fr", (1920, 1080)),
    "eu-modified.en": ("eu-modified", "en", (1920, 1080)),
    "fr-tv-ad.fr": ("fr-tv-ad", "fr", (1920, 1080)),
    "fr-tv-ad.en": ("fr-tv-ad", "en", (1920, 1080)),
    "youtube-16x9.fr": ("youtube-16x9", "fr", (1920, 1080)),
    "youtube-16x9.en": ("youtube-16x9", "en", (1920, 1080)),
    "vertical-universal.fr": ("vertical-universal", "fr", (1080, 1920)),
    "vertical-universal.en": ("vertical-universal", "en", (1080, 1920)),
}


def composed(name: str) -> np.ndarray:
    """The drawing over a picture that goes from black to white, as grey, shape (height, width)."""
    preset, language, size = SCENES[name]
    plan = planned(shape(*size), load_preset(preset).preset.mention, language=language)
    rgba = typeset.draw(plan, Fraction(1)).rgba.astype(np.float64)
    under = np.linspace(0, 255, rgba.shape[1])[None, :]
    alpha = rgba[..., 3] / 255
    return np.rint(under * (1 - alpha) + rgba[..., 0] * alpha).astype(np.uint8)


@pytest.mark.parametrize("name", SCENES)
def test_golden_image(name: str) -> None:
    """Each preset's text as it looks. The margin is what another version of the font renderer may change."""
    golden = cv2.imread(str(GOLDEN / f"mention.{name}.png"), cv2.IMREAD_GRAYSCALE)
    assert golden is not None, f"tests/golden/mention.{name}.png is missing"
    drawn = composed(name)
    assert drawn.shape == golden.shape
    difference = cv2.GaussianBlur(drawn.astype(np.float32) - golden.astype(np.float32), (0, 0), 1.5)
    assert np.abs(difference).max() < 25
