"""What a preview shows is what `label` burns, and nothing else of the picture is changed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from labeler.errors import FrameTooSmall, OutputRefused, PresetError, SourceUnreadable, UsageError
from labeler.layers.mention.burn import stored_box
from labeler.layers.registry import painter
from labeler.media.frames import FrameReader
from labeler.media.job import Paint
from labeler.media.picture import Picture, PictureFormat
from labeler.media.render import render
from labeler.media.survey import read
from labeler.planning import plan_mentions
from labeler.preview.display import displayed, pressed, spread, square_size
from labeler.preview.look import Order, look, seconds_of
from labeler.preview.scene import Question, opened, stand_in
from labeler.preview.sheet import moments
from labeler.preview.zones import CROP, zones_of
from labeler.rules.presets import load_preset
from tests.clips import make_clip
from tests.fiddly import surgery
from tests.hostile.atoms import box, numbers
from tests.media.moving import moving_clip

SAMPLES = Path(__file__).parents[2] / "samples"
ASKED = [
    ("rotated_270.mp4", "vertical-universal"),
    ("bt601.mov", "eu-standard"),
    ("bt709_full_range.mp4", "eu-standard"),
]


def question(clip: Path, preset: str = "eu-standard", **more: str) -> Question:
    return Question(clip, preset, **more)


def painted_by_render(clip: Path, preset: str, wanted: Fraction, work: Path) -> tuple[np.ndarray, ...]:
    """The planes of one frame just as the encoder is handed them."""
    loaded, surveyed = load_preset(preset), read(clip)
    inventory = surveyed.inventory
    (mention,) = plan_mentions(surveyed.videos, clip, inventory, loaded.preset.mention, "fr", None)
    with FrameReader(clip, mention.track) as frames:
        paint = painter(stand_in(clip, loaded, mention), frames.format)
    render(clip, work, inventory, paint=keeping(paint, wanted, kept := []), container_tags={})
    (planes,) = kept
    return planes


def keeping(paint: Paint, wanted: Fraction, kept: list[tuple[np.ndarray, ...]]) -> Paint:
    def seen(picture: Picture) -> None:
        paint(picture)
        if picture.seconds == wanted:
            kept.append(tuple(plane.copy() for plane in picture.planes))

    return seen


def mask_of(box: tuple[int, int, int, int], format: PictureFormat, plane: int) -> np.ndarray:
    """True for the samples of a plane that stand for a pixel of the box."""
    x, y, width, height = stored_box(box, format)
    across, down = format.subsampling if plane else (1, 1)
    mask = np.zeros((-(-format.height // down), -(-format.width // across)), bool)
    mask[y // down : -(-(y + height) // down), x // across : -(-(x + width) // across)] = True
    return mask


@pytest.mark.parametrize(("name", "preset"), ASKED)
def test_pixels_are_those_that_render_paints_and_those_of_the_source(name: str, preset: str, tmp_path: Path) -> None:
    clip = SAMPLES / name
    with opened(question(clip, preset)) as scene:
        shot = scene.at(scene.first_shown())
        assert shot.is_shown and scene.mention is not None
        box = scene.mention.box
    encoded = painted_by_render(clip, preset, shot.picture.seconds, tmp_path / clip.name)
    with FrameReader(clip, scene.glance.track) as frames:
        (source,) = frames.pictures([shot.picture.seconds])
    for number, (mine, theirs, plain) in enumerate(zip(shot.picture.planes, encoded, source.planes, strict=True)):
        assert np.array_equal(mine, theirs)
        inside = mask_of(box, shot.picture.format, number)
        assert np.array_equal(mine[~inside], plain[~inside])
        assert number or (mine[inside] != plain[inside]).mean() > 0.5


def test_the_png_is_the_displayed_picture(tmp_path: Path) -> None:
    clip, output = SAMPLES / "rotated_270.mp4", tmp_path / "frame.png"
    seen = look(Order(question(clip), output, at="1"))
    with opened(question(clip)) as scene:
        expected = displayed(scene.at(Fraction(1)).picture)
    assert seen.is_shown
    assert np.array_equal(np.asarray(Image.open(output)), expected)
    assert expected.shape == (1280, 720, 3)


@pytest.mark.parametrize("name", ["bunny_1080p60.mp4", "bt709_full_range.mp4", "bt601.mov", "car_park.mp4"])
def test_colours_are_those_of_another_converter(name: str) -> None:
    """libswscale, told matrix and range; it spreads chroma otherwise, so the means of blocks are compared."""
    with opened(question(SAMPLES / name)) as scene:
        format = scene.glance.format
        ours = displayed(scene.glance.picture_at(Fraction(0))).astype(float)
    with av.open(str(SAMPLES / name)) as container:
        frame = next(container.decode(video=0))
    space = {"bt601": "ITU601", "bt709": "ITU709"}[format.matrix]
    kind = "JPEG" if format.full_range else "MPEG"
    theirs = frame.to_ndarray(format="rgb24", src_colorspace=space, src_color_range=kind, dst_color_range="JPEG")
    far = np.abs(blocks(ours) - blocks(theirs.astype(float)))
    # It rounds down, by one code on the whole; another matrix or range lies 8 codes off and more (measured).
    assert far.mean() < 1.3 and np.quantile(far, 0.98) < 3.5


def blocks(image: np.ndarray) -> np.ndarray:
    height, width = (size // 16 * 16 for size in image.shape[:2])
    return image[:height, :width].reshape(height // 16, 16, width // 16, 16, 3).mean(axis=(1, 3))


@pytest.mark.parametrize(("transfer", "reference", "code"), [("pq", 573, 0.8), ("hlg", 721, 0.8)], ids=["PQ", "HLG"])
def test_hdr_reference_white_comes_out_light(transfer: str, reference: int, code: float) -> None:
    """Codes of white: BT.2408 table 1 (58 % and 75 % of the nominal range); on the screen 80 % of its light."""
    format = PictureFormat(64, 32, 10, (2, 2), "bt2020", False, 0, Fraction(1), transfer)  # type: ignore[arg-type]
    rgb = displayed(grey(format, reference))
    assert np.ptp(rgb) <= 1
    assert abs(float(rgb.mean()) / 255 - code ** (1 / 2.4)) < 0.012
    assert displayed(grey(format, 64)).max() == 0
    assert displayed(grey(format, 940)).min() >= 254


def grey(format: PictureFormat, luma: int) -> Picture:
    chroma = np.full((format.height // 2, format.width // 2), 512, np.uint16)
    plane = np.full((format.height, format.width), luma, np.uint16)
    return Picture((plane, chroma, chroma), format, Fraction(0), 0, True)


def test_the_curve_rises_without_a_jump() -> None:
    light = np.linspace(0, 6, 2001)
    steps = np.diff(pressed(light))
    assert (steps >= 0).all() and steps.max() <= 0.8 * 0.003 * 1.01
    assert pressed(np.array([1000 / 203]))[0] == pytest.approx(1)


def test_chroma_of_each_field_stays_in_its_field() -> None:
    fields = np.repeat(np.array([[100.0], [200.0]] * 8, np.float32), 16, axis=1)
    format = PictureFormat(32, 32, 8, (2, 2), "bt601", False, 0, Fraction(1), is_interlaced=True)
    whole = spread(fields, format)
    assert (whole[0::2] == 100).all() and (whole[1::2] == 200).all()


def test_pixels_that_are_no_squares(tmp_path: Path) -> None:
    format = PictureFormat(720, 576, 8, (2, 2), "bt601", False, 0, Fraction(64, 45))
    assert square_size(format) == (1024, 576)
    turned = PictureFormat(720, 576, 8, (2, 2), "bt601", False, 90, Fraction(64, 45))
    assert square_size(turned) == (576, 1024)


# --- moments ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["2", "2.5", "-1", "00:01:00"])
def test_a_moment_outside_is_refused_with_the_duration(at: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"lasts 2\.000 s"):
        look(Order(question(SAMPLES / "bunny_1080p60.mp4"), tmp_path / "x.png", at=at))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("at", ["nan", "1e3", "one", "", "1:2", "00:00:00:12"])
def test_what_is_no_moment(at: str) -> None:
    with pytest.raises(UsageError, match="no number of seconds"):
        seconds_of(at)


def test_moments_as_people_write_them() -> None:
    assert [seconds_of(text) for text in ("12.5", "12,5", "00:01:02.5", "-1")] == [
        Fraction(25, 2),
        Fraction(25, 2),
        Fraction(125, 2),
        Fraction(-1),
    ]


def test_a_frame_outside_of_the_programme_is_shown_without_the_mention(tmp_path: Path) -> None:
    clip = SAMPLES / "bunny_1080p60.mp4"
    asked = question(clip, program_in="0.5", program_out="00:00:01:30")
    seen = look(Order(asked, tmp_path / "x.png", at="0.25"))
    assert not seen.is_shown and seen.has_mention
    assert [(one.start, one.end) for one in seen.intervals] == [(Fraction(1, 2), Fraction(3, 2))]
    with opened(asked) as scene:
        plain = displayed(scene.glance.picture_at(Fraction(1, 4)))
        assert scene.first_shown() == 1
        assert scene.at(Fraction(1)).is_shown
    assert np.array_equal(np.asarray(Image.open(tmp_path / "x.png")), plain)


def test_a_sheet_looks_at_both_sides_of_each_edge() -> None:
    with opened(question(SAMPLES / "bunny_1080p60.mp4", program_in="0.5", program_out="1.5")) as scene:
        times = moments(scene)
        frame = Fraction(1, 60)
        assert {Fraction(1, 2) - frame, Fraction(1, 2), Fraction(3, 2) - frame, Fraction(3, 2)} <= set(times)
        assert [scene.at(one).is_shown for one in (times[0], Fraction(1, 2), Fraction(3, 2))] == [False, True, False]
    assert len(times) == 12 + 4 and times == sorted(times)


def test_a_sheet_is_written(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "film.mp4", width=480, height=270, sound=False)
    seen = look(Order(question(clip), tmp_path / "sheet.png", is_sheet=True, with_zones=True))
    width, height = Image.open(tmp_path / "sheet.png").size
    assert seen.seconds is None
    assert width > 4 * 480 and height > 4 * 270
    with pytest.raises(UsageError, match="exclude"):
        look(Order(question(clip), tmp_path / "sheet.png", at="1", is_sheet=True))


# --- zones ------------------------------------------------------------------------------------------------------------


def test_zones_darken_all_but_the_safe_area_and_leave_the_mention(tmp_path: Path) -> None:
    clip = SAMPLES / "car_park.mp4"
    look(Order(question(clip, "youtube-16x9"), tmp_path / "plain.png", at="1"))
    look(Order(question(clip, "youtube-16x9"), tmp_path / "zones.png", at="1", with_zones=True))
    plain, zones = (np.asarray(Image.open(tmp_path / name)).astype(int) for name in ("plain.png", "zones.png"))
    with opened(question(clip, "youtube-16x9")) as scene:
        assert scene.mention is not None
        x, y, width, height = scene.mention.box
        left, top, across, down = scene.mention.safe_area
    assert np.array_equal(plain[y : y + height, x : x + width], zones[y : y + height, x : x + width])
    outside = np.ones(plain.shape[:2], bool)
    outside[top - 6 : top + down + 6, left - 6 : left + across + 6] = False
    assert outside.mean() > 0.2
    assert (zones[outside] <= plain[outside] * 0.5 + 1).all()
    middle = slice(top + down // 2, top + down // 2 + 40), slice(left + across // 2, left + across // 2 + 40)
    assert np.array_equal(plain[middle], zones[middle])


def test_zones_of_a_picture_that_players_crop(tmp_path: Path) -> None:
    clip = moving_clip(tmp_path / "crop.mov", seconds=0.4)
    surgery.with_in_entry(box(b"clap", numbers(600, 1, 340, 1, 8, 1, 0, 1)))(clip)
    with opened(question(clip)) as scene:
        assert scene.mention is not None
        zones = zones_of(scene.mention, scene.preset.mention, scene.glance.format)
        look(Order(question(clip), tmp_path / "zones.png", with_zones=True))
    assert zones.crop == (28, 10, 628, 350)
    assert zones.safe == (58, 27, 598, 333)
    assert zones.safe_words[-1] == "of the clean aperture 600x340 px"
    assert zones.scaled(0.5).crop == (14, 5, 314, 175)
    assert tuple(np.asarray(Image.open(tmp_path / "zones.png"))[200, 26]) == CROP


# --- places and refusals ----------------------------------------------------------------------------------------------


def test_only_a_png_is_written_over(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "film.mp4", width=480, height=270, seconds=0.2, sound=False)
    note = tmp_path / "note.png"
    note.write_text("not a picture")
    with pytest.raises(OutputRefused, match="no PNG"):
        look(Order(question(clip), note))
    assert note.read_text() == "not a picture"
    output = tmp_path / "frame.png"
    look(Order(question(clip), output))
    first = output.read_bytes()
    look(Order(question(clip, language="en"), output))
    assert output.read_bytes() != first
    assert {path.name for path in tmp_path.iterdir()} == {"film.mp4", "note.png", "frame.png"}


def test_never_the_source(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "film.mp4", width=480, height=270, seconds=0.2, sound=False)
    (tmp_path / "link.png").symlink_to(clip)
    before = clip.read_bytes()
    for output in (clip, tmp_path / "link.png"):
        with pytest.raises(UsageError):
            look(Order(question(clip), output))
    assert clip.read_bytes() == before


def test_refusals_are_those_of_label(tmp_path: Path) -> None:
    small = make_clip(tmp_path / "small.mp4", width=128, height=72, seconds=0.2, sound=False)
    with pytest.raises(FrameTooSmall, match=r"small\.mp4"):
        look(Order(question(small), tmp_path / "x.png"))
    with pytest.raises(PresetError):
        look(Order(question(small, "eu-standart"), tmp_path / "x.png"))
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(SourceUnreadable):
        look(Order(question(tmp_path / "text.mp4"), tmp_path / "x.png"))
    assert not (tmp_path / "x.png").exists()
