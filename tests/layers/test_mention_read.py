"""The reader of the mention: clean clips pass, and each thing that is broken fails by its own check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from labeler.layers.mention import measure, typeset
from labeler.layers.mention.burn import painter
from labeler.layers.mention.read import read
from labeler.media.frames import FrameReader, Learnt
from labeler.media.picture import Picture, PictureFormat, Transfer
from labeler.rules.plan import MentionPlan
from labeler.rules.presets import load_preset
from labeler.verdict import LayerState, Status
from tests.layers.mention_clips import (
    FR,
    FRAMES,
    RATE,
    VERTICAL,
    failed,
    interval,
    make,
    planned,
    read_clip,
    rules,
    scene,
    shape,
)

SD = shape(768, 432)
CHINA = load_preset("cn-gb45438").preset.mention

CLEAN: dict[str, tuple[PictureFormat, int, str]] = {
    "landscape at CRF 16": (shape(1920, 1080), 16, "libx264"),
    "landscape at CRF 28": (shape(1920, 1080), 28, "libx264"),
    "small at CRF 16": (SD, 16, "libx264"),
    "small at CRF 23": (SD, 23, "libx264"),
    "small at CRF 28": (SD, 28, "libx264"),
    "smallest": (shape(320, 180), 20, "libx264"),
    "ten bits": (shape(768, 432, bits=10), 23, "libx264"),
    "ten bits in HEVC": (shape(768, 432, bits=10), 23, "libx265"),
    "4:4:4": (shape(640, 428, subsampling=(1, 1), matrix="bt601"), 23, "libx264"),
    "4:2:2": (shape(640, 428, subsampling=(2, 1), matrix="bt601"), 23, "libx264"),
    "full range": (shape(1280, 720, full_range=True), 23, "libx264"),
    "turned by 90": (shape(768, 432, rotation=90), 23, "libx264"),
    "turned by 180": (shape(768, 432, rotation=180), 23, "libx264"),
    "turned by 270": (shape(768, 432, rotation=270), 23, "libx264"),
    "anamorphic": (shape(720, 576, matrix="bt601", sar=Fraction(64, 45)), 23, "libx264"),
}


@pytest.mark.parametrize("name", CLEAN)
def test_clean_clip_passes(name: str, tmp_path: Path) -> None:
    format, crf, codec = CLEAN[name]
    plan = planned(format)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), format, crf=crf, codec=codec), plan, format)
    assert not failed(reading)
    assert reading.state is LayerState.PASS
    (found,) = reading.found
    assert (found.kind, found.text, found.language) == ("phrase", FR, "fr")
    assert (found.start, found.end) == (0.0, FRAMES / RATE)
    x, y, width, height = found.box
    assert plan.box[0] < x and plan.box[1] < y
    assert x + width < plan.box[0] + plan.box[2] and y + height < plan.box[1] + plan.box[3]


def test_clean_vertical_clip_passes(tmp_path: Path) -> None:
    format = shape(1080, 1920)
    plan = planned(format, VERTICAL)
    assert len(plan.lines) == 2
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), format, crf=28), plan, format)
    assert not failed(reading)


def test_guillemets_with_no_break_spaces_pass(tmp_path: Path) -> None:
    text = "«\u00a0Contenu généré\u00a0» par\u202fIA"
    plan = planned(SD, rules(text={"fr": text}))
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD), plan, SD)
    assert plan.text == text and not failed(reading)


def test_every_interval_is_read(tmp_path: Path) -> None:
    plan = planned(SD, intervals=(interval(0, Fraction(17, 5)), interval(5, Fraction(42, 5))), duration=Fraction(10))
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, frames=50), plan, SD)
    assert not failed(reading)
    assert [(found.start, found.end) for found in reading.found] == [(0.0, 3.4), (5.0, 8.4)]


def test_absent_mention_is_absent(tmp_path: Path) -> None:
    plan = planned(SD)
    reading = read_clip(make(tmp_path / "clip.mkv", (), SD), plan, SD)
    assert reading.state is LayerState.ABSENT
    assert not reading.found
    assert {check.status for check in reading.checks} == {Status.FAIL, Status.NOT_CHECKED}
    assert reading.checks[0].id == "mention.presence" and reading.checks[0].status is Status.FAIL


@pytest.mark.parametrize("luma", [16, 128, 235])
def test_flat_picture_shows_no_mention(luma: int, tmp_path: Path) -> None:
    """Correlation is undefined on a flat picture, and must not come out as a perfect one."""
    plan = planned(SD)

    def flatten(picture: Picture) -> None:
        picture.planes[0][...] = luma

    reading = read_clip(make(tmp_path / "clip.mkv", (), SD, frames=10, spoil=flatten), plan, SD)
    assert reading.state is LayerState.ABSENT


def test_shifted_mention_is_found_beside_a_flat_picture(tmp_path: Path) -> None:
    plan = planned(SD)

    def spoil(picture: Picture) -> None:
        x, y, width, height = plan.box
        cut = picture.planes[0][y : y + height, x : x + width].copy()
        picture.planes[0][...] = 60
        picture.planes[0][y + 40 : y + 40 + height, x : x + width] = cut

    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=spoil), plan, SD)
    assert failed(reading) == {"placement"}


def test_file_that_does_not_decode_is_not_checked(tmp_path: Path) -> None:
    plan = planned(SD)

    class Broken(FrameReader):
        def pictures(self, times: Iterable[Fraction]) -> Iterator[Picture]:
            yield from ()

    with Broken(make(tmp_path / "clip.mkv", (plan,), SD), 0, Learnt(SD), threads=1) as frames:
        reading = read(frames, plan)
    assert reading.state is LayerState.NOT_CHECKED
    assert {check.status for check in reading.checks} == {Status.NOT_CHECKED}


@pytest.mark.parametrize(
    "change",
    [{"font_sha256": "0" * 64}, {"box": (700, 400, 464, 44)}, {"text": "Autre"}, {"lines": ("内",), "text": "内"}],
)
def test_plan_that_cannot_be_used_is_not_checked(change: dict[str, object], tmp_path: Path) -> None:
    """A plan may come from someone else's signed assertion: it is no reason to stop, and never a pass."""
    plan = planned(SD)
    path = make(tmp_path / "clip.mkv", (plan,), SD, frames=5)
    reading = read_clip(path, plan.model_copy(update=change), SD)
    assert reading.state is LayerState.NOT_CHECKED and len(reading.checks) == 8
    assert {check.status for check in reading.checks} == {Status.NOT_CHECKED}


WORDINGS = (
    "Contenu generé ou assisté par IA",
    "Contenu généré ou assiste par IA",
    "Centenu généré ou assisté par IA",
    "Contenu généré on assisté par IA",
    "Contenu généré ou assisté par IÀ",
    "Contenu filmé et monté sans nulle IA",
)


@pytest.mark.parametrize("text", WORDINGS)
def test_other_wording_fails(text: str, tmp_path: Path) -> None:
    """Another text, or one letter or accent changed, in the same place."""
    plan = planned(SD)
    other = planned(SD, rules(text={"fr": text}))
    moved = other.model_copy(update={"box": (*plan.box[:2], *other.box[2:])})
    reading = read_clip(make(tmp_path / "clip.mkv", (moved,), SD, crf=23), plan, SD)
    assert "wording" in failed(reading) or reading.state is LayerState.ABSENT
    assert not {"size", "contrast", "placement"} & failed(reading) or reading.state is LayerState.ABSENT
    assert all(found.kind == "mention" for found in reading.found)


IN_A_GAP = {
    "between two words": ("AI GENERATED", "AIIGENERATED"),
    "after the last": ("AI generated", "AI generated?"),
    "before the first": ("AI generated", ".AI generated"),
}


@pytest.mark.parametrize("where", IN_A_GAP)
def test_ink_in_a_gap_fails(where: str, tmp_path: Path) -> None:
    """Every planned letter is at its place, and one more stands where the plan has none."""
    wanted, shown = IN_A_GAP[where]
    plan, other = (planned(SD, rules(text={"fr": text}, mark=None)) for text in (wanted, shown))
    reading = read_clip(make(tmp_path / "clip.mkv", (extended(plan, other, where),), SD, crf=35), plan, SD)
    assert "wording" in failed(reading)


def extended(plan: MentionPlan, other: MentionPlan, where: str) -> MentionPlan:
    """The other text with the letters that both have at the plan's place."""
    x, y, width, _ = plan.box
    moved = x + width - other.box[2] if where == "before the first" else x
    return other.model_copy(update={"box": (moved, y, *other.box[2:])})


def test_other_language_fails(tmp_path: Path) -> None:
    plan = planned(SD, language="en")
    reading = read_clip(make(tmp_path / "clip.mkv", (planned(SD),), SD), plan, SD)
    assert reading.state in (LayerState.FAIL, LayerState.ABSENT)
    assert not any(found.kind == "phrase" for found in reading.found)


def covered(plan: MentionPlan, left: float, width: float, when: Callable[[int], bool] = lambda number: True) -> object:
    """Paint over a share of the mention's width, in the grey of its plate."""

    def spoil(picture: Picture) -> None:
        x, y, across, down = plan.box
        if when(picture.index):
            start = x + int(across * left)
            picture.planes[0][y : y + down, start : start + int(across * width)] = 40

    return spoil


@pytest.mark.parametrize("left", [0.1, 0.45, 0.8])
def test_cover_of_a_seventh_fails_wording(left: float, tmp_path: Path) -> None:
    plan = planned(SD)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=covered(plan, left, 0.15)), plan, SD)
    assert "wording" in failed(reading)


def test_cover_of_one_second_fails_presence(tmp_path: Path) -> None:
    plan = planned(SD)
    spoil = covered(plan, 0.3, 0.15, lambda number: 8 <= number < 13)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=spoil), plan, SD)
    assert failed(reading) == {"presence", "contrast"}  # in those frames, a part has none


def test_gone_for_a_second_fails(tmp_path: Path) -> None:
    plan = planned(SD)
    spoil = covered(plan, 0.0, 1.0, lambda number: 8 <= number < 13)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=spoil), plan, SD)
    assert failed(reading) == {"presence", "reading_time"}
    assert [(found.start, found.end) for found in reading.found] == [(0.0, 1.6), (2.6, 4.0)]


def test_late_by_five_frames_fails_timing(tmp_path: Path) -> None:
    plan = planned(SD, duration=Fraction(8))
    spoil = covered(plan, 0.0, 1.0, lambda number: number < 5)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, frames=40, spoil=spoil), plan, SD)
    assert failed(reading) == {"presence", "timing"}
    (check,) = (check for check in reading.checks if check.id == "mention.timing")
    assert check.measured == [[1.0, 8.0]]


@pytest.mark.parametrize(("late", "is_right"), [(1, True), (3, False)])
def test_still_shown_after_its_interval(late: int, is_right: bool, tmp_path: Path) -> None:
    plan = planned(SD, intervals=(interval(0, 4),), duration=Fraction(8))
    longer = plan.model_copy(update={"intervals": (interval(0, 4 + Fraction(late, RATE)),)})
    reading = read_clip(make(tmp_path / "clip.mkv", (longer,), SD, frames=40), plan, SD)
    assert ("timing" not in failed(reading)) is is_right


def test_interval_past_the_end_fails_timing(tmp_path: Path) -> None:
    plan = planned(SD, intervals=(interval(0, 4), interval(300, 310)), duration=Fraction(400))
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD), plan, SD)
    assert failed(reading) == {"timing"}


def test_too_short_to_read_fails(tmp_path: Path) -> None:
    plan = planned(SD, intervals=(interval(0, 2),))
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD), plan, SD)
    assert failed(reading) == {"reading_time"}
    assert reading.state is LayerState.FAIL


def test_clip_shorter_than_its_reading_time_warns(tmp_path: Path) -> None:
    plan = planned(SD, duration=Fraction(2))
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, frames=10), plan, SD)
    assert failed(reading) == {"reading_time"}
    assert reading.state is LayerState.WARN


def test_lone_frame_is_judged(tmp_path: Path) -> None:
    plan = planned(SD, duration=Fraction(1, RATE))
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, frames=1), plan, SD)
    assert failed(reading) == {"reading_time"} and reading.state is LayerState.WARN


def box_of(picture: Picture, plan: MentionPlan) -> np.ndarray:
    x, y, width, height = plan.box
    return picture.planes[0][y : y + height, x : x + width]


def test_faint_letters_fail_contrast(tmp_path: Path) -> None:
    plan = planned(SD)

    def fade(picture: Picture) -> None:
        box = box_of(picture, plan)
        box[...] = 90 + box // 5

    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=fade), plan, SD)
    assert failed(reading) == {"contrast"}


def test_one_faint_frame_fails_contrast(tmp_path: Path) -> None:
    plan = planned(SD)

    def fade(picture: Picture) -> None:
        box = box_of(picture, plan)
        if picture.index == FRAMES - 1:
            box[...] = 90 + box // 5

    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=fade), plan, SD)
    assert failed(reading) == {"contrast"}


def test_lighter_plate_fails_contrast(tmp_path: Path) -> None:
    plan = planned(SD)

    def lighten(picture: Picture) -> None:
        box = box_of(picture, plan)
        box[...] = 170 + (box.astype(int) - 16) * 65 // 219

    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=lighten), plan, SD)
    assert failed(reading) == {"contrast"}


def test_coloured_plate_fails_contrast(tmp_path: Path) -> None:
    """White on magenta has luma contrast enough; its luminance has not."""
    plan = planned(SD)

    def colour(picture: Picture) -> None:
        box = box_of(picture, plan)
        dark = box < 140
        box[dark] = 78
        x, y, width, height = plan.box
        for plane, code in zip(picture.planes[1:], (214, 230), strict=True):
            part = plane[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2]
            part[...] = code

    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=colour), plan, SD)
    assert "contrast" in failed(reading)


def relaid(plan: MentionPlan, scale: float, across: int, down: int, format: PictureFormat) -> object:
    """The mention cut out, resized about its centre and moved, on the picture without mention."""

    def spoil(picture: Picture) -> None:
        x, y, width, height = plan.box
        cut = picture.planes[0][y : y + height, x : x + width].copy()
        picture.planes[0][...] = scene(picture.index, format)[0]
        size = round(width * scale), round(height * scale)
        cut = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
        left, top = x + across + (width - size[0]) // 2, y + down + (height - size[1]) // 2
        picture.planes[0][top : top + size[1], left : left + size[0]] = cut

    return spoil


@pytest.mark.parametrize("scale", [0.6, 0.85])
def test_smaller_letters_fail_size(scale: float, tmp_path: Path) -> None:
    format = shape(960, 540)
    plan = planned(format)
    spoil = relaid(plan, scale, 0, 0, format)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), format, spoil=spoil), plan, format)
    assert "size" in failed(reading)
    (check,) = (check for check in reading.checks if check.id == "mention.size")
    assert check.status is Status.FAIL
    true = plan.font_size * 6 / 11 * scale
    assert abs(check.measured - true) <= 0.1 * true


def test_out_of_place_fails_placement(tmp_path: Path) -> None:
    plan = planned(SD)
    spoil = relaid(plan, 1, 20, -12, SD)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=spoil), plan, SD)
    assert failed(reading) == {"placement"}


def test_elsewhere_in_the_safe_area_fails_placement(tmp_path: Path) -> None:
    plan = planned(SD)
    spoil = relaid(plan, 1, -120, 150, SD)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD, spoil=spoil), plan, SD)
    assert failed(reading) == {"placement"}


def test_another_text_elsewhere_is_absent(tmp_path: Path) -> None:
    """Its first words are those of the plan, and it is another mention: this one is nowhere."""
    asked = planned(SD, rules(text={"fr": "Contenu généré par IA"}))
    there = planned(SD, rules(anchor="bottom-left"))
    reading = read_clip(make(tmp_path / "clip.mkv", (there,), SD, crf=23), asked, SD)
    assert reading.state == "absent" and not reading.found
    assert {check.id for check in reading.checks if check.status is Status.FAIL} == {"mention.presence"}


def test_boxes_instead_of_letters_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of `typeset` itself, which the reader sets the text with too, does not pass."""

    def tofu(font: object, printed: list, box: tuple[int, int], aspect: float) -> np.ndarray:
        ink = np.zeros((box[1], box[0]))
        for item in printed:
            if not item.character.isspace():
                x, foot = round(item.x) + 1, round(item.baseline)
                ink[foot - 13 : foot, x : x + 9] = 1
                ink[foot - 11 : foot - 2, x + 2 : x + 7] = 0
        return ink

    monkeypatch.setattr("labeler.layers.mention.drawing.letters", tofu)
    plan = planned(SD)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD), plan, SD)
    assert "wording" in failed(reading)
    assert not any(found.kind == "phrase" for found in reading.found)


def test_wrong_size_of_typeset_is_measured(tmp_path: Path) -> None:
    """A plan that asks for more than its own drawing gives fails, though the drawing is found as drawn."""
    plan = planned(SD).model_copy(update={"x_height": 16.0})
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD), plan, SD)
    assert failed(reading) == {"size"}


@pytest.mark.parametrize("blur", [0.0, 0.8, 1.2])
@pytest.mark.parametrize("size", [(768, 432), (1280, 720), (1920, 1080), (1080, 1920), (3840, 2160)])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_x_height_is_measured_within_a_tenth(size: tuple[int, int], language: str, blur: float) -> None:
    plan = planned(shape(*size), language=language)
    drawing = typeset.draw(plan, Fraction(1))
    alpha = drawing.rgba[..., 3] / 255
    luma = 180 * (1 - alpha) + drawing.rgba[..., 0] * alpha
    luma = cv2.GaussianBlur(luma, (0, 0), blur) if blur else luma
    ink = measure.find_ink(luma.astype(np.float32))
    assert ink is not None
    tall = measure.x_height(ink, len(plan.lines))
    assert tall is not None
    true = plan.font_size * 6 / 11  # the font's x-height is 6/11 em
    assert plan.x_height <= tall
    assert abs(tall - true) <= 0.1 * true


@pytest.mark.parametrize("blur", [0.0, 0.8, 1.2])
@pytest.mark.parametrize("size", [(768, 432), (1920, 1080), (1080, 1920), (3840, 2160)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_ink_is_measured_within_a_pixel(size: tuple[int, int], language: str, blur: float) -> None:
    plan = planned(shape(*size), CHINA, language=language)
    drawing = typeset.draw(plan, Fraction(1))
    alpha = drawing.rgba[..., 3] / 255
    luma = 180 * (1 - alpha) + drawing.rgba[..., 0] * alpha
    luma = cv2.GaussianBlur(luma, (0, 0), blur) if blur else luma
    ink = measure.find_ink(luma.astype(np.float32))
    assert ink is not None
    tall = measure.ink_height(ink, len(plan.lines))
    assert tall is not None and plan.x_height <= tall
    # The least tall: in Chinese the «A», 8/11 em high; in English the round «a», a little over 6/11 em.
    true = plan.font_size * (8 / 11 if language == "zh" else 6 / 11)
    assert true - 1.5 <= tall <= true * 1.04 + 1.5


@pytest.mark.parametrize(
    ("old", "new", "caught"), [("生", "合", "wording"), ("成", "制", "wording"), ("A", "人", "wording")]
)
def test_another_chinese_character_is_caught(old: str, new: str, caught: str, tmp_path: Path) -> None:
    """Burned with one character changed, judged by what was planned."""
    format = shape(768, 432)
    plan = planned(format, CHINA, language="zh")
    text = plan.text.replace(old, new)
    other = planned(format, CHINA.model_copy(update={"text": {"zh": text}}), language="zh")
    box = (*plan.box[:2], *other.box[2:])
    clip = make(tmp_path / "clip.mkv", (other.model_copy(update={"box": box}),), format)
    assert caught in failed(read_clip(clip, plan, format))


def test_chinese_reads_as_planned_and_its_cover_is_caught(tmp_path: Path) -> None:
    format = shape(768, 432)
    plan = planned(format, CHINA, language="zh")
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), format, crf=26), plan, format)
    assert not failed(reading) and reading.state is LayerState.PASS
    (size,) = (check for check in reading.checks if check.id == "mention.size")
    assert size.unit == "px, ink" and size.measured >= 0.055 * 432

    def cover(picture: Picture) -> None:
        x, y, width, height = plan.box
        picture.planes[0][y : y + height, x + width // 2 : x + width] = 32

    covered = read_clip(make(tmp_path / "covered.mkv", (plan,), format, spoil=cover), plan, format)
    assert failed(covered)


@pytest.mark.parametrize(
    ("transfer", "codes"),
    [
        # ITU-R BT.2408 table 1, in 10 bits of narrow range: 203 and 26 cd/m2, and the nominal peak of each.
        ("pq", {573: 203, 64 + round(0.38 * 876): 26, 940: 10_000, 64: 0}),
        ("hlg", {721: 203, 64 + round(0.38 * 876): 26, 940: 1000, 64: 0}),
    ],
)
def test_light_of_known_codes_in_hdr(transfer: Transfer, codes: dict[int, float]) -> None:
    from labeler.layers.mention.colour import relative_luminance

    format = shape(2, 2, bits=10, matrix="bt2020", transfer=transfer)
    for code, expected in codes.items():
        parts = tuple(np.full((1, 1), value) for value in (code, 512, 512))
        assert float(relative_luminance(parts, format)[0, 0]) * 203 == pytest.approx(expected, rel=0.05, abs=0.001)


HDR = {
    "PQ": shape(768, 432, bits=10, matrix="bt2020", transfer="pq"),
    "HLG": shape(768, 432, bits=10, matrix="bt2020", transfer="hlg"),
}


@pytest.mark.parametrize("name", HDR)
@pytest.mark.parametrize("crf", [16, 28])
def test_mention_in_hdr_passes(name: str, crf: int, tmp_path: Path) -> None:
    """Over highlights far above its own white: the scene of the tests fills the whole range of codes."""
    format = HDR[name]
    plan = planned(format)
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), format, crf=crf), plan, format)
    assert not failed(reading)
    (white,) = [check for check in reading.checks if check.id == "mention.white"]
    assert float(white.measured) == pytest.approx(203, rel=0.02 if crf == 16 else 0.05)


@pytest.mark.parametrize("name", HDR)
def test_mention_at_sdr_white_fails_in_hdr(name: str, tmp_path: Path) -> None:
    """Burned as if the codes were SDR: 10 000 cd/m2 in PQ, 1000 in HLG."""
    format = HDR[name]
    plan = planned(format)
    clip = make(tmp_path / "clip.mkv", (plan,), replace(format, transfer="sdr"))
    assert failed(read_clip(clip, plan, format)) == {"white"}


@pytest.mark.parametrize("name", HDR)
def test_no_mention_is_absent_in_hdr(name: str, tmp_path: Path) -> None:
    format = HDR[name]
    plan = planned(format)
    assert read_clip(make(tmp_path / "clip.mkv", (), format), plan, format).state is LayerState.ABSENT


def test_interlaced_mention_passes(tmp_path: Path) -> None:
    format = shape(720, 576, sar=Fraction(64, 45), is_interlaced=True)
    plan = planned(format)
    assert not failed(read_clip(make(tmp_path / "clip.mkv", (plan,), format), plan, format))


def test_luminance_of_known_codes() -> None:
    from labeler.layers.mention.colour import relative_luminance

    one = np.ones((1, 1))
    for codes, expected in (((235, 128, 128), 1.0), ((16, 128, 128), 0.0), ((63, 102, 240), 0.2126)):
        parts = tuple(one * code for code in codes)
        assert float(relative_luminance(parts, shape(2, 2))[0, 0]) == pytest.approx(expected, abs=0.01)


def test_painter_and_reader_agree_on_nothing_but_the_plan(tmp_path: Path) -> None:
    """A plan that was written and read back as JSON finds the same mention."""
    plan = planned(SD)
    again = MentionPlan.model_validate_json(plan.model_dump_json(by_alias=True))
    assert painter((again,), SD) is not None
    reading = read_clip(make(tmp_path / "clip.mkv", (plan,), SD), again, SD)
    assert not failed(reading)


REAL = ("bunny_1080p60.mp4", "talking_head.mp4", "bikes.mp4", "scene_cuts.mp4", "bt709_full_range.mp4", "car_park.mp4")


def real_pictures(path: Path, count: int = FRAMES) -> tuple[PictureFormat, list[Picture]]:
    """Pictures of a real clip, spread over its first seconds, at the rate of the tests."""
    with FrameReader(path, 0, threads=1) as frames:
        times = [frames.time_of(number * (min(frames.frame_count, 100) - 1) // count) for number in range(count)]
        return frames.format, [*frames.pictures(times)]


@pytest.mark.parametrize("crf", [16, 28])
@pytest.mark.parametrize("name", REAL)
@pytest.mark.wide
def test_real_clip_passes_with_and_fails_without(name: str, crf: int, media_folder: Path, tmp_path: Path) -> None:
    format, pictures = real_pictures(media_folder / name)
    if (format.bits, format.subsampling) != (8, (2, 2)):
        format = PictureFormat(**{**vars(format), "subsampling": (2, 2)})
    plan = planned(format)
    paint = painter((plan,), format)

    def over(picture: Picture, *, burn: bool) -> None:
        for target, source in zip(picture.planes, pictures[picture.index].planes, strict=True):
            target[...] = source[:: source.shape[0] // target.shape[0], :: source.shape[1] // target.shape[1]]
        if burn:
            paint(picture)

    with_it = make(tmp_path / "with.mkv", (), format, crf=crf, spoil=lambda picture: over(picture, burn=True))
    without = make(tmp_path / "without.mkv", (), format, crf=crf, spoil=lambda picture: over(picture, burn=False))
    assert not failed(read_clip(with_it, plan, format))
    assert read_clip(without, plan, format).state is LayerState.ABSENT
