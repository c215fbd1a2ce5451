"""Clean apertures: what of a picture they leave, where the mention goes then, and that the boxes stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from labeler.errors import SourceUnreadable
from labeler.layers.mention.typeset import frame_of, safe_area
from labeler.media.accept import reasons_to_refuse
from labeler.media.aperture import agrees, aperture
from labeler.media.frames import FrameReader
from labeler.media.glance import Glance
from labeler.media.isobmff import walk
from labeler.media.picture import PictureFormat
from labeler.media.survey import survey
from labeler.rules.preset import KeepOut
from tests.fiddly import surgery
from tests.hostile.atoms import box, full, numbers
from tests.media.moving import moving_clip

PAL = (720, 576)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ((702, 1, 576, 1, 0, 1, 0, 1), (9, 0, 702, 576)),
        ((703, 1, 576, 1, 0, 1, 0, 1), (9, 0, 702, 576)),  # 8.5 to 711.5: the whole pixels inside
        ((1405, 2, 576, 1, 1, 4, 0, 1), (9, 0, 702, 576)),  # 9 to 711.5
        ((704, 1, 572, 1, -8, 1, 2, 1), (0, 4, 704, 572)),
        ((720, 1, 576, 1, 0, 1, 0, 1), (0, 0, 720, 576)),
        ((720, 0, 576, 1, 0, 1, 0, 1), None),
        ((702, 1, 576, 1, 0, 0, 0, 1), None),
        ((722, 1, 576, 1, 0, 1, 0, 1), None),
        ((702, 1, 576, 1, 10, 1, 0, 1), None),
        ((0, 1, 576, 1, 0, 1, 0, 1), None),
        ((1, 2, 576, 1, 0, 1, 0, 1), None),
        ((2**32 - 1, 1, 2**32 - 1, 2**32 - 1, -(2**31), 1, 0, 2**32 - 1), None),
    ],
)
def test_what_it_leaves(said: tuple[int, ...], found: tuple[int, ...] | None) -> None:
    left = aperture(said, PAL)
    assert (None if left is None else left.box) == found
    assert left is None or left.crops == (left.box != (0, 0, *PAL))


def test_sizes_of_quicktime_tell_the_same_or_do_not() -> None:
    pal, fixed = aperture((702, 1, 576, 1, 0, 1, 0, 1), PAL), 1 << 16
    assert agrees(pal, {}) and agrees(None, {})
    assert agrees(pal, {"clef": (768 * fixed, 576 * fixed), "prof": (787 * fixed, 576 * fixed)})
    assert agrees(pal, {"clef": (787 * fixed, 576 * fixed), "prof": (787 * fixed, 576 * fixed)})
    assert not agrees(pal, {"clef": (640 * fixed, 576 * fixed), "prof": (787 * fixed, 576 * fixed)})
    assert not agrees(pal, {"clef": (768 * fixed, 576 * fixed), "prof": (0, 0)})
    assert not agrees(None, {"clef": (768 * fixed, 576 * fixed), "prof": (787 * fixed, 576 * fixed)})
    assert not agrees(None, {"clef": (768 * fixed, 576 * fixed)})


@pytest.mark.parametrize(
    ("rotation", "area"),
    [(0, (10, 4, 600, 300)), (90, (56, 10, 300, 600)), (180, (30, 56, 600, 300)), (270, (4, 30, 300, 600))],
)
def test_turned_as_the_picture_is(rotation: int, area: tuple[int, ...]) -> None:
    format = PictureFormat(640, 360, 8, (2, 2), "bt709", False, rotation, Fraction(1), aperture=(10, 4, 600, 300))
    assert format.shown_area == area
    frame = frame_of(format)
    assert (frame.width, frame.height) == area[2:]
    margin = KeepOut.model_validate(
        {
            "value": [10, 10, 10, 10],
            "unit": "% top right bottom left",
            "source": "a test",
            "checked_at": date(2026, 11, 1),
            "confidence": "choice",
        }
    )
    assert safe_area(margin, frame) == (
        area[0] + area[2] // 10,
        area[1] + area[3] // 10,
        area[2] * 8 // 10,
        area[3] * 8 // 10,
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return moving_clip(tmp_path_factory.mktemp("aperture") / "clip.mov", size=(320, 180), seconds=0.4).read_bytes()


def changed(data: bytes, path: Path, change: Callable[[Path], None]) -> Path:
    path.write_bytes(data)
    change(path)
    return path


def cropped(*said: int) -> Callable[[Path], None]:
    return surgery.with_in_entry(box(b"clap", numbers(*said)))


def test_it_is_kept_and_known(plain: bytes, tmp_path: Path) -> None:
    film = changed(plain, tmp_path / "crop.mov", cropped(300, 1, 180, 1, -2, 1, 0, 1))
    inventory = survey(film)
    (track,) = inventory.of_kind("video")
    assert track.picture is not None
    assert track.picture.clean_aperture == "8,0,300,180"
    assert (track.picture.width, track.picture.height) == (320, 180)
    assert reasons_to_refuse(inventory, film) == ()
    remuxed = inventory.model_copy(update={"is_rewritable": False})
    assert "clean aperture" in reasons_to_refuse(remuxed, film)[0]
    with FrameReader(film, track.index) as frames:
        assert frames.format.aperture == (8, 0, 300, 180)
        (picture,) = frames.pictures_at([0])
        assert picture.planes[0].shape == (180, 320)
    with Glance(film) as glance:
        assert glance.format.aperture == (8, 0, 300, 180)


@pytest.mark.parametrize(
    "said", [(300, 0, 180, 1, 0, 1, 0, 1), (322, 1, 180, 1, 0, 1, 0, 1), (300, 1, 180, 1, 11, 1, 0, 1)]
)
def test_one_that_makes_no_sense_is_refused(plain: bytes, tmp_path: Path, said: tuple[int, ...]) -> None:
    film = changed(plain, tmp_path / "wrong.mov", cropped(*said))
    (reason,) = reasons_to_refuse(survey(film), film)
    assert "does not fit its pictures" in reason
    with FrameReader(film, 0) as frames:
        assert frames.format.aperture is None


def test_one_that_is_cut_off_is_damage(plain: bytes, tmp_path: Path) -> None:
    film = changed(plain, tmp_path / "short.mov", surgery.with_in_entry(box(b"clap", numbers(300, 1))))
    with pytest.raises(SourceUnreadable, match="clap is too short"):
        survey(film)
    with FrameReader(film, 0) as frames:
        assert frames.format.aperture is None


def test_of_pictures_of_another_size(plain: bytes, tmp_path: Path) -> None:
    """The sample entry says 1920x1080 and the decoder hands out less: nobody knows where the crop lies."""

    def lying(path: Path) -> None:
        cropped(1880, 1, 1060, 1, 0, 1, 0, 1)(path)
        surgery.entry_of_size(path, 1920, 1080)

    film = changed(plain, tmp_path / "lying.mov", lying)
    assert "does not fit its pictures" in reasons_to_refuse(survey(film), film)[0]
    with FrameReader(film, 0) as frames:
        assert frames.format.aperture is None


def test_sizes_of_quicktime_that_contradict(plain: bytes, tmp_path: Path) -> None:
    def sized(name: bytes, width: int) -> bytes:
        return full(name, numbers(width << 16, 180 << 16))

    tapt = box(b"tapt", sized(b"clef", 260) + sized(b"prof", 320) + sized(b"enof", 320))
    film = changed(plain, tmp_path / "tapt.mov", surgery.with_in_track(tapt))
    assert walk(film).tracks[0].facts == ("unclear clean aperture",)
    agreeing = box(b"tapt", sized(b"clef", 300) + sized(b"prof", 320) + sized(b"enof", 320))
    cropped(300, 1, 180, 1, 0, 1, 0, 1)(changed(plain, film, surgery.with_in_track(agreeing)))
    assert walk(film).tracks[0].facts == ("clean aperture",)
