"""An overlay image, alone and beside a text: drawn as planned, read back from pixels, and every fault of it caught."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from labeler.errors import FrameTooSmall, PlanError, PresetError
from labeler.layers.mention import overlay as images
from labeler.layers.mention import typeset
from labeler.layers.mention.burn import painter
from labeler.media.picture import Picture, PictureFormat
from labeler.rules.plan import MentionPlan
from labeler.rules.preset import MentionRules
from labeler.verdict import LayerState, Status
from tests.layers.mention_clips import (
    FR,
    FRAMES,
    RATE,
    failed,
    make,
    overlay_rules,
    planned,
    read_clip,
    scene,
    shape,
    statuses,
)
from tests.layers.test_mention_read import REAL, real_pictures
from tests.overlays import BLACK, EDGE, WHITE, icon, other_icon, png

SD, HD = shape(768, 432), shape(1920, 1080)
BLUE, YELLOW = (0, 51, 153, 255), (255, 204, 0, 255)
SQUEEZED = shape(720, 576, matrix="bt601", sar=Fraction(64, 45))
ALONE, BESIDE = overlay_rules(), overlay_rules(text=FR)


def test_image_stands_at_its_height_without_its_transparent_edges() -> None:
    plan = planned(HD, ALONE)
    assert plan.overlay is not None and plan.overlay.least_height == 64.8  # 6 % of 1080
    assert plan.overlay.height == 66 and plan.box[2:] == (68, 68)
    drawing = typeset.draw(plan, Fraction(1))
    alpha = drawing.rgba[..., 3]
    rows, columns = np.nonzero(alpha.any(axis=1))[0], np.nonzero(alpha.any(axis=0))[0]
    assert (rows[-1] + 1 - rows[0], columns[-1] + 1 - columns[0]) == (66, 66)
    assert (plan.lines, plan.mark, plan.text, plan.reading_time) == ((), None, "Généré par IA", 2)


def test_image_is_squeezed_by_the_pixel_aspect() -> None:
    plan = planned(SQUEEZED, overlay_rules(icon(width=800)))
    assert plan.overlay is not None and plan.overlay.height == 36  # 6 % of 576 = 34.56
    drawing = typeset.draw(plan, Fraction(64, 45))
    assert drawing.overlay is not None and drawing.overlay[2:] == (round(72 * 45 / 64), 36)


def test_hidden_colour_of_transparent_pixels_does_not_bleed_in() -> None:
    """White under alpha 0 must not lighten the edge of a black plate when it is scaled."""
    image = icon("", plate=BLACK)
    pixels = np.array(image)
    pixels[pixels[..., 3] == 0] = (255, 255, 255, 0)
    drawing = typeset.draw(planned_unchecked(Image.fromarray(pixels)), Fraction(1))
    assert drawing.rgba[drawing.rgba[..., 3] > 8][:, :3].max() <= 4


def planned_unchecked(image: Image.Image) -> MentionPlan:
    """A plan of an image that promises no contrast: its file swapped into a good plan."""
    plan = planned(HD, overlay_rules(icon()))
    assert plan.overlay is not None
    data = png(image)
    encoded = {"sha256": hashlib.sha256(data).hexdigest(), "png": base64.b64encode(data).decode()}
    other = plan.overlay.model_copy(update=encoded)
    return plan.model_copy(update={"overlay": other})


def test_beside_a_text_the_image_stands_on_the_plate_in_place_of_the_mark() -> None:
    plan = planned(HD, BESIDE)
    drawing = typeset.draw(plan, Fraction(1))
    assert plan.lines == (FR,) and plan.mark is None and drawing.overlay is not None
    x, y, width, height = drawing.overlay
    assert (width, height) == (66, 66) and abs(2 * y + height - plan.box[3]) <= 2
    assert x + width < min(glyph.box[0] for glyph in drawing.glyphs)
    assert drawing.rgba[plan.box[3] // 2, x - 8, 3] == 178  # the plate


def test_a_changed_image_is_another_plan() -> None:
    assert planned(HD, ALONE) == planned(HD, overlay_rules(icon()))
    assert planned(HD, ALONE) != planned(HD, overlay_rules(other_icon()))


def test_a_plan_read_back_from_json_draws_the_same() -> None:
    plan = planned(HD, BESIDE)
    again = MentionPlan.model_validate_json(plan.model_dump_json(by_alias=True))
    assert again == plan
    assert np.array_equal(typeset.draw(again, Fraction(1)).rgba, typeset.draw(plan, Fraction(1)).rgba)


@pytest.mark.parametrize("plate", [None, (120, 120, 120, 255), (255, 255, 255, 60)])
def test_image_that_cannot_be_told_from_every_picture_is_refused(plate: tuple[int, int, int, int] | None) -> None:
    with pytest.raises(PresetError, match=r"3\.7:1 is needed") as caught:
        planned(HD, overlay_rules(icon(plate=plate, ink=(160, 160, 160, 255) if plate else WHITE)))
    assert "plate of its own" in caught.value.remedy


def test_the_plate_of_a_text_is_ground_enough_for_a_white_image_not_for_a_black_one() -> None:
    assert planned(HD, overlay_rules(icon(plate=None), text=FR)).overlay
    with pytest.raises(PresetError, match=r"1\.0:1"):
        planned(HD, overlay_rules(icon(plate=None, ink=BLACK), text=FR))


def test_promised_contrast_follows_from_the_colours() -> None:
    """Yellow on blue, both opaque: (0.6444 + 0.05) / (0.0467 + 0.05)."""
    drawing = typeset.draw(planned(HD, overlay_rules(icon(plate=BLUE, ink=YELLOW))), Fraction(1))
    assert images.promised_contrast(drawing) == pytest.approx(7.18, abs=0.15)


def test_small_image_is_not_blown_up() -> None:
    small = icon().crop((EDGE, EDGE, EDGE + 400, EDGE + 400)).resize((40, 40))
    assert planned(HD, overlay_rules(small)).overlay
    with pytest.raises(PresetError, match=r"40 px tall.*needs 132 px"):
        planned(shape(3840, 2160), overlay_rules(small))


def test_frame_without_room_is_refused() -> None:
    with pytest.raises(FrameTooSmall, match=r"needs 3\d\dx28 px.*leaves 288x156 px") as caught:
        planned(shape(320, 180), overlay_rules(icon(width=1900).resize((1900, 160))))
    assert caught.value.exit_code == 3


CHANGES: dict[str, dict[str, object]] = {
    "no image": {"png": ""},
    "no base64": {"png": "%%"},
    "another image": {"png": base64.b64encode(png(other_icon())).decode()},
    "another hash": {"sha256": "0" * 64},
    "no height": {"height": 0},
    "huge": {"height": 4000},
    "too tall for its box": {"height": 90},
}


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("overlay") / "clip.mkv", (planned(SD, ALONE),), SD, frames=5)


@pytest.mark.parametrize("rules", [ALONE, BESIDE], ids=["alone", "beside"])
@pytest.mark.parametrize("name", CHANGES)
def test_plan_whose_image_is_not_at_hand_is_never_a_pass(name: str, rules: MentionRules, short_clip: Path) -> None:
    """As on another machine, or out of someone else's signed assertion."""
    plan = planned(SD, rules)
    assert plan.overlay is not None
    broken = plan.model_copy(update={"overlay": plan.overlay.model_copy(update=CHANGES[name])})
    with pytest.raises(PlanError):
        typeset.draw(broken, Fraction(1))
    reading = read_clip(short_clip, broken, SD)
    assert reading.state is LayerState.NOT_CHECKED and len(reading.checks) == (7 if rules is ALONE else 8)
    assert {check.status for check in reading.checks} == {Status.NOT_CHECKED}


CLEAN: dict[str, tuple[PictureFormat, Image.Image, int]] = {
    "landscape": (HD, icon(), 23),
    "small at CRF 16": (SD, icon(), 16),
    "small at CRF 28": (SD, icon(), 28),
    "smallest": (shape(320, 180), icon(), 23),
    "wide and coloured": (SD, icon("AI · IA", width=900, plate=BLUE, ink=YELLOW), 23),
    "black on white": (SD, icon(plate=WHITE, ink=BLACK), 23),
    "half see-through plate": (SD, icon(plate=(0, 0, 0, 140)), 23),
    "ten bits": (shape(768, 432, bits=10), icon(), 23),
    "4:4:4, full range": (shape(640, 428, subsampling=(1, 1), matrix="bt601", full_range=True), icon(), 23),
    "turned by 90": (shape(768, 432, rotation=90), icon(), 23),
    "turned by 270": (shape(768, 432, rotation=270), icon(), 23),
    "anamorphic": (SQUEEZED, icon(), 23),
}


@pytest.mark.parametrize("text", [None, FR], ids=["alone", "beside"])
@pytest.mark.parametrize("name", CLEAN)
def test_clean_clip_passes(name: str, text: str | None, tmp_path: Path) -> None:
    format, image, crf = CLEAN[name]
    plan = planned(format, overlay_rules(image, text=text))
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), format, crf=crf), plan, format)
    assert not failed(reading) and reading.state is LayerState.PASS
    (found,) = reading.found
    assert (found.kind, found.text) == (("phrase", FR) if text else ("icon", "Généré par IA"))
    assert (found.start, found.end) == (0.0, FRAMES / RATE)
    assert found.box[0] >= plan.box[0] and found.box[1] >= plan.box[1]
    assert found.box[0] + found.box[2] <= plan.box[0] + plan.box[2]
    assert found.box[1] + found.box[3] <= plan.box[1] + plan.box[3]


@pytest.mark.parametrize("name", ["landscape", "small at CRF 28", "turned by 90", "anamorphic"])
def test_height_is_measured_to_half_a_pixel(name: str, tmp_path: Path) -> None:
    format, image, crf = CLEAN[name]
    plan = planned(format, overlay_rules(image))
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), format, crf=crf), plan, format)
    (check,) = (check for check in reading.checks if check.id == "mention.size")
    assert plan.overlay is not None
    assert check.measured == pytest.approx(plan.overlay.height, abs=0.5)


HDR = {
    "PQ": shape(768, 432, bits=10, matrix="bt2020", transfer="pq"),
    "HLG": shape(768, 432, bits=10, matrix="bt2020", transfer="hlg"),
}


@pytest.mark.parametrize("name", HDR)
@pytest.mark.parametrize("text", [None, FR], ids=["alone", "beside"])
def test_image_in_hdr_passes(text: str | None, name: str, tmp_path: Path) -> None:
    plan = planned(HDR[name], overlay_rules(text=text))
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), HDR[name], codec="libx265"), plan, HDR[name])
    assert not failed(reading) and statuses(reading)["white"] is Status.PASS


@pytest.mark.parametrize("name", HDR)
def test_colour_of_an_image_in_hdr_shines_as_it_should(name: str, tmp_path: Path) -> None:
    """Yellow, of relative luminance 0.6444, beside a white of 203 cd/m2: 131."""
    plan = planned(HDR[name], overlay_rules(icon("AI · IA", width=900, plate=BLUE, ink=YELLOW), percent=12))
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), HDR[name], codec="libx265"), plan, HDR[name])
    assert not failed(reading)
    (white,) = (check for check in reading.checks if check.id == "mention.white")
    assert white.measured == pytest.approx(0.6444 * 203, rel=0.03)


def test_image_at_sdr_codes_fails_in_hdr(tmp_path: Path) -> None:
    format = HDR["PQ"]
    plan = planned(format, ALONE)
    paint = painter((plan,), replace(format, transfer="sdr"))
    path = make(tmp_path / "clip.mkv", (), format, codec="libx265", spoil=paint)
    assert statuses(read_clip(path, plan, format))["white"] is Status.FAIL


def place_of(plan: MentionPlan) -> tuple[int, int, int, int]:
    """The image's place in the frame."""
    drawing = typeset.draw(plan, Fraction(1))
    assert drawing.overlay is not None
    x, y, width, height = drawing.overlay
    return plan.box[0] + x, plan.box[1] + y, width, height


def covered(
    plan: MentionPlan, share: tuple[float, float], luma: int, when: Callable[[int], bool] = lambda number: True
) -> Callable[[Picture], None]:
    """Paint over the image from one share of its width to another."""

    def spoil(picture: Picture) -> None:
        x, y, width, height = place_of(plan)
        if when(picture.index):
            part = np.s_[y : y + height, x + int(width * share[0]) : x + int(width * share[1])]
            picture.planes[0][part] = luma

    return spoil


@pytest.mark.parametrize("luma", [16, 128, 235])
@pytest.mark.parametrize("share", [(0.0, 0.5), (0.3, 0.55)])
@pytest.mark.parametrize("rules", [ALONE, BESIDE], ids=["alone", "beside"])
def test_covered_image_fails_wording(
    rules: MentionRules, share: tuple[float, float], luma: int, tmp_path: Path
) -> None:
    plan = planned(SD, rules)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=covered(plan, share, luma)), plan, SD)
    assert "wording" in failed(reading) or reading.state is LayerState.ABSENT
    assert not any(found.kind in ("icon", "phrase") for found in reading.found)


@pytest.mark.parametrize("text", [None, FR], ids=["alone", "beside"])
@pytest.mark.parametrize("image", [other_icon(), icon("AL"), icon("IA"), icon(plate=WHITE, ink=BLACK)])
def test_another_picture_in_its_place_fails(image: Image.Image, text: str | None, tmp_path: Path) -> None:
    plan, other = planned(SD, overlay_rules(text=text)), planned(SD, overlay_rules(image, text=text))
    assert plan.box == other.box
    reading = read_clip(make(tmp_path / "clip.mkv", (other,), SD), plan, SD)
    assert "wording" in failed(reading) or (reading.state is LayerState.ABSENT and text is None)
    assert not any(found.kind in ("icon", "phrase") for found in reading.found)


@pytest.mark.parametrize("rules", [ALONE, BESIDE], ids=["alone", "beside"])
def test_image_gone_for_a_second_fails_presence(rules: MentionRules, tmp_path: Path) -> None:
    plan = planned(SD, rules)

    def spoil(picture: Picture) -> None:
        if 8 <= picture.index < 13:
            x, y, width, height = place_of(plan)
            part = np.s_[y : y + height, x : x + width]
            picture.planes[0][part] = scene(picture.index, SD)[0][part]

    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=spoil), plan, SD)
    assert "presence" in failed(reading)
    if not plan.lines:
        assert [(found.start, found.end) for found in reading.found] == [(0.0, 1.6), (2.6, 4.0)]


def test_image_half_covered_for_a_second_fails_presence(tmp_path: Path) -> None:
    plan = planned(SD, ALONE)
    spoil = covered(plan, (0.0, 0.5), 16, lambda number: 8 <= number < 13)
    assert "presence" in failed(read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=spoil), plan, SD))


def test_clip_without_the_image_is_absent(tmp_path: Path) -> None:
    plan = planned(SD, ALONE)
    reading = read_clip(make(tmp_path / "clip.mkv", (), SD), plan, SD)
    assert reading.state is LayerState.ABSENT and not reading.found


@pytest.mark.parametrize("luma", [16, 128, 235])
def test_flat_picture_shows_no_image(luma: int, tmp_path: Path) -> None:
    plan = planned(SD, ALONE)

    def flatten(picture: Picture) -> None:
        picture.planes[0][...] = luma

    reading = read_clip(make(tmp_path / "clip.mkv", (), SD, frames=10, spoil=flatten), plan, SD)
    assert reading.state is LayerState.ABSENT


def relaid(plan: MentionPlan, scale: tuple[float, float], across: int, down: int) -> Callable[[Picture], None]:
    """The image cut out, resized about its centre and moved, on the picture without it."""

    def spoil(picture: Picture) -> None:
        x, y, width, height = place_of(plan)
        cut = picture.planes[0][y : y + height, x : x + width].copy()
        picture.planes[0][...] = scene(picture.index, SD)[0]
        size = round(width * scale[0]), round(height * scale[1])
        cut = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
        left, top = x + across + (width - size[0]) // 2, y + down + (height - size[1]) // 2
        picture.planes[0][top : top + size[1], left : left + size[0]] = cut

    return spoil


@pytest.mark.parametrize("scale", [0.6, 0.85, 0.92])
def test_smaller_image_fails_size(scale: float, tmp_path: Path) -> None:
    plan = planned(SD, overlay_rules(percent=12))
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=relaid(plan, (scale, scale), 0, 0)), plan, SD)
    assert "size" in failed(reading)
    (check,) = (check for check in reading.checks if check.id == "mention.size")
    assert plan.overlay is not None and check.status is Status.FAIL
    assert check.measured == pytest.approx(plan.overlay.height * scale, abs=1)


def test_stretched_image_fails_size(tmp_path: Path) -> None:
    plan = planned(SD, overlay_rules(percent=12))
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=relaid(plan, (1.15, 1), 0, 0)), plan, SD)
    assert "size" in failed(reading)


@pytest.mark.parametrize("move", [(20, -12), (-200, 180)])
def test_out_of_place_fails_placement(move: tuple[int, int], tmp_path: Path) -> None:
    plan = planned(SD, ALONE)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=relaid(plan, (1, 1), *move)), plan, SD)
    assert failed(reading) == {"placement"}


def test_faded_image_fails_contrast(tmp_path: Path) -> None:
    plan = planned(SD, ALONE)

    def fade(picture: Picture) -> None:
        x, y, width, height = place_of(plan)
        part = picture.planes[0][y : y + height, x : x + width]
        part[...] = 90 + part // 5

    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=fade), plan, SD)
    assert failed(reading) == {"contrast"}


def test_faded_image_beside_a_text_fails_contrast(tmp_path: Path) -> None:
    plan = planned(SD, BESIDE)

    def fade(picture: Picture) -> None:
        x, y, width, height = place_of(plan)
        part = picture.planes[0][y : y + height, x : x + width]
        part[...] = 16 + (part - 16) // 5

    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=fade), plan, SD)
    assert "contrast" in failed(reading)


def test_wrong_size_of_typeset_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader draws with the writer's code too; that it draws too small shows against the file itself."""
    good = images.standing

    def small(plan: images.OverlayPlan, aspect: float) -> images.Standing:
        return good(plan.model_copy(update={"height": round(plan.height * 0.8)}), aspect)

    plan = planned(SD, ALONE)
    monkeypatch.setattr(images, "standing", small)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD), plan, SD)
    assert failed(reading) == {"size"}


def test_text_beside_a_good_image_is_still_judged(tmp_path: Path) -> None:
    plan = planned(SD, BESIDE)

    def spoil(picture: Picture) -> None:
        x, y, width, height = plan.box
        picture.planes[0][y : y + height, x + int(width * 0.5) : x + int(width * 0.65)] = 40

    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=spoil), plan, SD)
    assert "wording" in failed(reading)


def test_late_by_five_frames_fails_timing(tmp_path: Path) -> None:
    plan = planned(SD, ALONE, duration=Fraction(8))
    spoil = covered(plan, (0.0, 1.0), 16, lambda number: number < 5)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, frames=40, spoil=spoil), plan, SD)
    assert {"presence", "timing"} <= failed(reading)


def test_two_seconds_are_needed(tmp_path: Path) -> None:
    plan = planned(SD, ALONE)
    spoil = covered(plan, (0.0, 1.0), 16, lambda number: number >= 8)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=spoil), plan, SD)
    assert statuses(reading)["reading_time"] is Status.FAIL


@pytest.mark.parametrize("name", REAL)
@pytest.mark.wide
def test_real_clip_passes_with_and_fails_without(name: str, media_folder: Path, tmp_path: Path) -> None:
    format, pictures = real_pictures(media_folder / name)
    if (format.bits, format.subsampling) != (8, (2, 2)):
        format = PictureFormat(**{**vars(format), "subsampling": (2, 2)})
    plan = planned(format, ALONE)
    paint = painter((plan,), format)

    def over(picture: Picture, *, burn: bool) -> None:
        for target, source in zip(picture.planes, pictures[picture.index].planes, strict=True):
            target[...] = source[:: source.shape[0] // target.shape[0], :: source.shape[1] // target.shape[1]]
        if burn:
            paint(picture)

    with_it = make(tmp_path / "with.mkv", (), format, crf=28, spoil=lambda picture: over(picture, burn=True))
    without = make(tmp_path / "without.mkv", (), format, crf=28, spoil=lambda picture: over(picture, burn=False))
    assert not failed(read_clip(with_it, plan, format))
    assert read_clip(without, plan, format).state is LayerState.ABSENT
