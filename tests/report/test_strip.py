"""The strip: frames of the file itself, as a player shows them, with the outline where the mention is."""

from __future__ import annotations

import base64
import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeler.media.picture import Picture, PictureFormat
from labeler.release import read_record
from labeler.report.still import LONG_SIDE, as_data, detail_of, frame_of, shown_size
from labeler.report.strip import FRAMES, strip_of
from labeler.verdict import FoundMention
from tests.cli.conftest import Studio
from tests.clips import make_clip


def pixels(data: str) -> np.ndarray:
    """The picture behind a `data:` address, as RGB."""
    kind, _, content = data.partition(",")
    assert kind == "data:image/jpeg;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB")).astype(int)


def outlined(image: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (included) of all that has the colour of the outline."""
    red, green, blue = (image[..., at] for at in range(3))
    rows, columns = np.nonzero((red > 180) & (green < 90) & (blue > 130))
    assert len(rows), "no outline"
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


def format_of(width: int = 640, height: int = 360, **changes: object) -> PictureFormat:
    facts = {"bits": 8, "subsampling": (2, 2), "matrix": "bt709", "full_range": False, "rotation": 0}
    facts |= {"sar": Fraction(1), **changes}
    return PictureFormat(width, height, **facts)  # type: ignore[arg-type]


def grey(format: PictureFormat) -> Picture:
    """Black, with a white rectangle in the stored frame at rows 40-79 and columns 80-239."""
    luma = np.full((format.height, format.width), 16, dtype=np.uint8)
    luma[40:80, 80:240] = 235
    chroma = np.full((format.height // 2, format.width // 2), 128, dtype=np.uint8)
    return Picture((luma, chroma, chroma), format, Fraction(0), 0, True)


WHERE = {0: (80, 40, 160, 40), 90: (280, 80, 40, 160), 180: (400, 280, 160, 40), 270: (40, 400, 40, 160)}
"""The white rectangle in display orientation, for each turn of the stored frame clockwise."""


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_outline_is_around_the_box(rotation: int) -> None:
    picture = grey(format_of(rotation=rotation))
    x, y, width, height = WHERE[rotation]
    image = frame_of(picture, (WHERE[rotation],)).astype(int)
    assert image.shape == ((180, 320, 3) if rotation in (0, 180) else (320, 180, 3))
    inside = image[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2]
    assert inside.min() > 250, "the box is the white rectangle"
    assert outlined(image) == (x // 2 - 3, y // 2 - 3, (x + width) // 2 + 2, (y + height) // 2 + 2)


def test_pixels_are_made_square() -> None:
    assert shown_size(format_of(720, 576, sar=Fraction(64, 45))) == (320, 180)
    assert shown_size(format_of(720, 576, sar=Fraction(64, 45), rotation=90)) == (180, 320)
    assert max(shown_size(format_of(352, 1000))) == LONG_SIDE


def test_a_box_at_the_edge_stays_in_the_picture() -> None:
    image = frame_of(grey(format_of()), ((0, 0, 640, 360), (-50, 300, 90, 900))).astype(int)
    left, top, right, bottom = outlined(image)
    assert (left, top) >= (0, 0) and right < 320 and bottom < 180


@pytest.mark.parametrize(("transfer", "white"), [("pq", 0.581), ("hlg", 0.75)])
def test_the_white_of_graphics_is_white_in_hdr_too(transfer: str, white: float) -> None:
    format = format_of(bits=10, matrix="bt2020", transfer=transfer)
    luma = np.full((360, 640), round(64 + 876 * white), dtype=np.uint16)
    chroma = np.full((180, 320), 512, dtype=np.uint16)
    image = frame_of(Picture((luma, chroma, chroma), format, Fraction(0), 0, True)).astype(int)
    assert image.min() >= 250
    dim = np.full((360, 640), round(64 + 876 * white * 0.6), dtype=np.uint16)
    image = frame_of(Picture((dim, chroma, chroma), format, Fraction(0), 0, True)).astype(int)
    assert 30 < image.mean() < 200


def test_the_detail_is_the_box_and_a_little_around_it() -> None:
    image = detail_of(grey(format_of()), WHERE[0])
    assert image.shape == (40 + 2 * 13, 160 + 2 * 13, 3)
    assert image[13:53, 13:173].min() > 250 and image[:13].max() < 5
    wide = np.zeros((10, 10, 3), dtype=np.uint8)
    assert as_data(wide).startswith("data:image/jpeg;base64,")


def test_the_strip_of_a_labelled_file(studio: Studio) -> None:
    """The outline lies where the plan of its record has the box, to two pixels of the small picture."""
    record = read_record(studio.labelled)
    assert record is not None and record.verdict is not None
    (plan,) = record.plan.mention
    strip = strip_of(studio.labelled, plan.track, record.verdict.found.mention)
    assert len(strip.stills) == FRAMES and all(still.outlined for still in strip.stills)
    x, y, width, height = (value * 320 / 480 for value in record.verdict.found.mention[0].box or ())
    for still in strip.stills:
        seen = outlined(pixels(still.data))
        for at, wanted in zip(seen, (x - 3, y - 3, x + width + 2, y + height + 2), strict=True):
            assert abs(at - wanted) <= 2
    left, top, right, bottom = (value * 320 / 480 for value in plan.box)
    assert left - 4 <= seen[0] and top - 4 <= seen[1]
    assert seen[2] <= left + right + 4 and seen[3] <= top + bottom + 4
    assert strip.detail is not None and pixels(strip.detail).max() > 220


def mention(start: float, end: float, box: tuple[int, int, int, int] | None = (10, 10, 100, 20)) -> FoundMention:
    facts = {"class": "phrase", "text": "x", "box": box, "from": start, "to": end}
    return FoundMention.model_validate(facts)


def test_a_short_mention_gets_a_frame(tmp_path: Path) -> None:
    """2 s, 25 a second: the even frames are 4, 12, 20, 29, 37 and 45; mentions show from 7 to 9 and from 48 on."""
    clip = make_clip(tmp_path / "a.mp4", sound=False)
    strip = strip_of(clip, 0, (mention(0.28, 0.36), mention(1.9, 9.0)))
    times = [round(still.seconds * 25) for still in strip.stills]
    assert times == [8, 12, 20, 29, 37, 48]
    assert [still.outlined for still in strip.stills] == [True, False, False, False, False, True]


def test_without_a_mention_nothing_is_outlined(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", sound=False, seconds=0.12)
    strip = strip_of(clip, 0, (mention(0.0, 1.0, box=None),))
    assert [round(still.seconds * 25) for still in strip.stills] == [0, 1, 2], "each frame once"
    assert not any(still.outlined for still in strip.stills) and strip.detail is None
