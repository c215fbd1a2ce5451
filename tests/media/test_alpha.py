"""ProRes 4444 with alpha: a splice keeps every value of it, and no mention is painted where it may be seen through."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from labeler.errors import SourceUnsupported
from labeler.media.accept import reasons_to_refuse
from labeler.media.changes import Changes
from labeler.media.frames import FrameReader
from labeler.media.glance import Glance
from labeler.media.picture import Picture, least_opaque
from labeler.media.render import render
from labeler.media.rendering import Mode, NotThisWay, Rendering, Way
from labeler.media.splice import prores
from labeler.media.survey import survey
from tests.clips import make_alpha_clip
from tests.media.test_splice import BOX, changed_area, is_inside, packets, slice_of, through

WIDTH, HEIGHT = 360, 180
ALWAYS = Changes(((Fraction(0), Fraction(9)),), (BOX,))
IN_TWELVE_BITS = (3760, 2048, 2048)
NEEDS_FFMPEG = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on this machine")


def patterned(number: int) -> np.ndarray:
    """Every value there is, another one in each pixel and picture."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.asarray((rows * 37 + columns * 11 + number * 101) % 1024)


def opaque_in_box(number: int) -> np.ndarray:
    """Opaque under the box, to the pixel, and of all values around it, in the very slices that are painted."""
    alpha = patterned(number)
    x, y, width, height = BOX
    alpha[y : y + height, x : x + width] = 1023
    return alpha


def film(folder: Path, alpha: Callable[[int], np.ndarray] = opaque_in_box, **options: str) -> Path:
    return make_alpha_clip(folder / "film.mov", alpha, width=WIDTH, height=HEIGHT, options=options)


def paint(picture: Picture) -> None:
    x, y, width, height = BOX
    assert picture.alpha is None and picture.format.has_alpha
    for plane, level in zip(picture.planes, IN_TWELVE_BITS, strict=True):
        plane[y : y + height, x : x + width] = level


def rendered(source: Path, mode: Mode = "auto", changes: Changes | None = ALWAYS) -> Rendering:
    return render(
        source, source.with_stem("out"), survey(source), paint=paint, container_tags={}, changes=changes, mode=mode
    )


def alpha_bytes(data: bytes) -> list[bytes]:
    """The alpha of each slice: what is left of it after its head and its Y, Cb and Cr (SMPTE RDD 36, 5.3)."""
    frame = prores.read(data)
    found = []
    for number in range(len(frame.kind.grid.columns) * frame.kind.grid.rows):
        for coded in frame.pictures:
            one = prores.slice_of(frame, coded, number)
            found.append(one[(one[0] >> 3) + sum(struct.unpack_from(">HHH", one, 2)) :])
    return found


@pytest.mark.parametrize(
    "options",
    [
        {"alpha_bits": "16"},
        {"alpha_bits": "8"},
        {"alpha_bits": "16", "profile": "4444xq"},
        {"alpha_bits": "16", "flags": "+ildct"},
        {"alpha_bits": "8", "flags": "+ildct"},
        {"alpha_bits": "16", "mbs_per_slice": "4"},
    ],
    ids=lambda options: " ".join(options.values()),
)
def test_alpha_stays_as_it_is(options: dict[str, str], tmp_path: Path) -> None:
    source = film(tmp_path, **options)
    output, rendering = through(source, ALWAYS, paint)
    assert (rendering.way, rendering.frames, rendering.keeps_boxes) == ("splice", 25, True)
    x, y, width, height = BOX
    old, new = packets(source), packets(output)
    for (_, before), (_, after) in zip(old, new, strict=True):
        alpha = alpha_bytes(before)
        assert alpha == alpha_bytes(after) and min(map(len, alpha)) > 0
        assert prores.read(before).kind == prores.read(after).kind
    down = 32 if "flags" in options else 16
    with FrameReader(source, 0) as original, FrameReader(output, 0) as reader:
        assert reader.format.has_alpha and reader.format.bits == 12
        assert reader.format.is_interlaced == ("flags" in options)
        times = [reader.time_of(number) for number in range(0, 25, 6)]
        pairs = zip(original.pictures(times), reader.pictures(times), strict=True)
        for at, (one, other) in enumerate(pairs):
            assert one.alpha is not None and other.alpha is not None
            assert np.array_equal(one.alpha, other.alpha)
            if options["alpha_bits"] == "16":
                assert np.array_equal(one.alpha >> 2, opaque_in_box(6 * at))
            planes = [np.stack(picture.planes).astype(np.int32) for picture in (one, other)]
            top, bottom = y // down * down, -(-(y + height) // down) * down
            assert is_inside(changed_area(*planes), (128, top, 320, bottom))
            assert abs(planes[1][0, y + 2 : y + height - 2, x + 4 : x + width - 4] - 3760).mean() < 32
            # What is coded again beside the box is close to what it was, each field in its own lines.
            assert np.abs(planes[0][:, top:bottom, 128:200] - planes[1][:, top:bottom, 128:200]).mean() < 64


def test_at_the_right_and_lower_edge(tmp_path: Path) -> None:
    """Sizes that are no multiple of 16: slices reach over the edge, and so does their alpha."""
    width, height = 346, 170
    source = make_alpha_clip(
        tmp_path / "film.mov",
        lambda number: np.where(np.mgrid[:height, :width].min(axis=0) < 140, patterned(number)[:height, :width], 1023),
        width=width,
        height=height,
    )

    def paint_corner(picture: Picture) -> None:
        for plane in picture.planes:
            plane[150:, 300:] = 2048

    output, rendering = through(source, Changes(((Fraction(0), Fraction(9)),), ((300, 150, 46, 20),)), paint_corner)
    assert rendering.way == "splice"
    with FrameReader(source, 0) as original, FrameReader(output, 0) as reader:
        times = [reader.time_of(number) for number in (0, 24)]
        for one, other in zip(original.pictures(times), reader.pictures(times), strict=True):
            assert one.alpha is not None and one.alpha.shape == (height, width)
            assert other.alpha is not None and np.array_equal(one.alpha, other.alpha)
            assert is_inside(changed_area(np.stack(one.planes), np.stack(other.planes)), (256, 144, width, height))


@NEEDS_FFMPEG
@pytest.mark.parametrize("first", ["tff", "bff"])
def test_another_program_sees_the_same_alpha(first: str, tmp_path: Path) -> None:
    source = film(tmp_path)
    fields = tmp_path / "fields.mov"
    command = [
        "-i",
        str(source),
        "-vf",
        f"setfield={first}",
        "-c:v",
        "prores_ks",
        "-profile:v",
        "4",
        "-flags",
        "+ildct",
    ]
    asked(*command, "-pix_fmt", "yuva444p10le", "-vendor", "apl0", str(fields))
    for clip in (source, fields):
        output, rendering = through(clip, ALWAYS, paint)
        assert rendering.way == "splice"
        sums = [asked("-i", str(path), "-vf", "alphaextract", "-f", "framemd5", "-") for path in (clip, output)]
        assert sums[0] == sums[1] and len(sums[0].splitlines()) > 25


def asked(*arguments: str) -> str:
    """What ffmpeg writes to its standard output; it may not complain."""
    command = ["ffmpeg", "-nostdin", "-v", "warning", "-xerror", "-y", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("number", [0, 5, 24])
@pytest.mark.parametrize("at", [(0, 0), (29, 89)])
def test_one_pixel_that_is_not_opaque_under_the_mention(number: int, at: tuple[int, int], tmp_path: Path) -> None:
    """In one picture alone, the least step of 10 bits below opaque: a plan sees some of the pictures, a render all."""

    def alpha(frame: int) -> np.ndarray:
        plane = opaque_in_box(frame)
        if frame == number:
            plane[BOX[1] + at[0], BOX[0] + at[1]] = 1022
        return plane

    source = film(tmp_path, alpha)
    with pytest.raises(SourceUnsupported, match=rf"frame {number} \({number / 25:.3f} s\)") as caught:
        rendered(source)
    assert caught.value.facts == ("alpha.under_mention",) and "opaque" in caught.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["film.mov"]


def test_pictures_that_do_not_change_may_be_transparent(tmp_path: Path) -> None:
    source = film(tmp_path, lambda number: opaque_in_box(number) if 5 <= number < 10 else patterned(number))
    _, rendering = through(source, Changes(((Fraction(1, 5), Fraction(2, 5)),), (BOX,)), paint)
    assert (rendering.way, rendering.frames) == ("splice", 5)
    with pytest.raises(SourceUnsupported, match="frame 10"):
        rendered(source, changes=Changes(((Fraction(1, 5), Fraction(11, 25)),), (BOX,)))


def test_alpha_is_lost_in_no_other_way(tmp_path: Path) -> None:
    source = film(tmp_path)
    with pytest.raises(SourceUnsupported, match=r"transparency.*--render full") as caught:
        rendered(source, "full")
    assert caught.value.facts == ("alpha",) and "--render auto" in caught.value.remedy
    with pytest.raises(SourceUnsupported, match=r"transparency.*changes.everywhere"):
        rendered(source, changes=None)
    # Matrices that are none of the encoder's.
    whole = bytearray(source.read_bytes())
    for _, data in packets(source):
        whole[whole.index(data) + 28 + 63] += 1
    source.write_bytes(whole)
    modes: tuple[Mode, ...] = ("auto", "smart")
    for mode in modes:
        with pytest.raises(SourceUnsupported, match=r"transparency.*prores.matrices"):
            rendered(source, mode)
    assert not source.with_stem("out").exists()


def test_a_copy_keeps_all(tmp_path: Path) -> None:
    source = film(tmp_path, patterned)
    assert rendered(source, changes=Changes(())).way == "copy"
    assert packets(source) == packets(source.with_stem("out"))


def test_which_alpha_is_kept_is_told_before(tmp_path: Path) -> None:
    """By a splice, in MOV, in ProRes 4444; nowhere else."""
    known = survey(film(tmp_path))
    ways: tuple[Way, ...] = ("full", "smart", "in_place")
    assert reasons_to_refuse(known, tmp_path, "splice") == ()
    assert all("alpha" in reasons_to_refuse(known, tmp_path, way)[0] for way in ways)
    others = [survey(make_alpha_clip(tmp_path / "film.mkv", patterned, width=WIDTH, height=HEIGHT))]
    (track,) = known.of_kind("video")
    assert track.picture is not None
    picture = track.picture.model_copy(update={"pixel_format": "yuva422p12le"})
    for change in ({"codec_tag": "apch"}, {"codec": "qtrle"}, {"picture": picture}):
        others.append(known.model_copy(update={"tracks": (track.model_copy(update=change),)}))
    for inventory in others:
        assert any("alpha" in reason for reason in reasons_to_refuse(inventory, tmp_path, "splice"))


@NEEDS_FFMPEG
def test_opaque_as_another_encoder_writes_it(tmp_path: Path) -> None:
    """FFmpeg's prores_aw writes 1023 of 10 bits as 65472 of 65535, so 4092 of 4095 are decoded."""
    other = tmp_path / "other.mov"
    asked("-i", str(film(tmp_path)), "-c:v", "prores_aw", "-profile:v", "4", "-pix_fmt", "yuva444p10le", str(other))
    output, rendering = through(other, ALWAYS, paint)
    assert rendering.way == "splice"
    with FrameReader(output, 0) as reader:
        picture = reader.last()
    x, y, width, height = BOX
    assert picture is not None and picture.alpha is not None
    assert set(picture.alpha[y : y + height, x : x + width].flat) == {4092}
    for (_, before), (_, after) in zip(packets(other), packets(output), strict=True):
        assert alpha_bytes(before) == alpha_bytes(after)


def test_a_preview_shows_the_colours(tmp_path: Path) -> None:
    source = film(tmp_path)
    with Glance(source) as glance, FrameReader(source, 0) as reader:
        seen, known = glance.picture_at(Fraction(0)), next(reader.pictures([Fraction(0)]))
        assert glance.format == reader.format and len(seen.planes) == 3
        assert all(np.array_equal(one, other) for one, other in zip(seen.planes, known.planes, strict=True))


def test_from_which_code_a_pixel_is_opaque() -> None:
    assert [least_opaque(bits) for bits in (8, 10, 12)] == [255, 1023, 4092]


def test_a_slice_without_alpha_where_there_should_be_one(tmp_path: Path) -> None:
    data = packets(film(tmp_path))[0][1]
    old = slice_of(prores.read(data), 0)
    new = bytes([6 << 3, 5]) + struct.pack(">HH", 2, 3) + b"YYBBBRRRR"
    made = prores.with_alpha(old, new)
    assert made[:15] == bytes([8 << 3, 5]) + struct.pack(">HHH", 2, 3, 4) + b"YYBBBRR" and made[17:] in old
    colours = (old[0] >> 3) + sum(struct.unpack_from(">HHH", old, 2))
    assert made[17:] == old[colours:]
    for none in (old[:colours], bytes([6 << 3]) + old[1:], old[:5], b""):
        with pytest.raises(NotThisWay, match=r"prores.alpha"):
            prores.with_alpha(none, new)
