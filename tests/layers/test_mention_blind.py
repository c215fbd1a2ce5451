"""The blind reader: what it reads, what it makes of it over time, and what it says of how much it read."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from labeler.layers.mention.blind.glances import glances, longest_gap
from labeler.layers.mention.blind.icons import marks_in
from labeler.layers.mention.blind.parts import moved
from labeler.layers.mention.blind.read import BlindReading, read_blind
from labeler.layers.mention.blind.screen import screen_of, shown
from labeler.layers.mention.blind.standing import WHOLE, Look, Standing, look_at
from labeler.layers.mention.neighbours import around
from labeler.layers.mention.recogniser import quick
from labeler.layers.mention.wording import Line
from labeler.media.frames import FrameReader
from labeler.media.picture import Picture, PictureFormat
from labeler.verdict import FoundMention
from tests.clips import picture
from tests.layers.mention_clips import FONT, shape

FORMAT = shape(640, 360)


Says = Callable[[Fraction], tuple[Line, ...]]
"""What a picture of a film says, by its second."""


class Film:
    """Frames at `rate` a second, the n-th one n codes bright, with strokes where it says something; all keys are a
    second apart."""

    ground: np.ndarray | None = None
    """What stands behind the text in all frames, instead."""

    def __init__(self, seconds: int, says: Says, rate: int = 10, format: PictureFormat = FORMAT) -> None:
        self.format, self.rate, self.frame_count, self.says = format, rate, seconds * rate, says
        self.duration = Fraction(seconds)
        self.asked: list[int] = []

    @property
    def keyframes(self) -> tuple[Fraction, ...]:
        return tuple(Fraction(second) for second in range(int(self.duration)))

    def time_of(self, index: int) -> Fraction:
        return Fraction(index if index >= 0 else self.frame_count + index, self.rate)

    def index_at(self, seconds: Fraction) -> int:
        return min(int(seconds * self.rate), self.frame_count - 1)

    def pictures(self, times: Iterable[Fraction]) -> Iterator[Picture]:
        for seconds in sorted(times):
            index = self.index_at(seconds)
            self.asked.append(index)
            luma = np.full((self.format.height, self.format.width), 50 + (index * 37) % 70, dtype=np.uint8)
            luma = luma if self.ground is None else self.ground.copy()
            for line in self.says(self.time_of(index)):
                write(luma, line)
            chroma = np.full((self.format.height // 2, self.format.width // 2), 128, dtype=np.uint8)
            yield Picture((luma, chroma, chroma), self.format, self.time_of(index), index, index % self.rate == 0)


def write(luma: np.ndarray, line: Line) -> None:
    """Strokes of 3 px at the line's place, that depend on its text. Its box is in pixels of the screen."""
    x, y, width, height = (round(side / screen_of(FORMAT).across) for side in line.box)
    dice = np.random.default_rng(sum(map(ord, line.text)))
    strokes = np.kron(dice.integers(0, 2, (-(-height // 3), -(-width // 3))), np.ones((3, 3)))[:height, :width]
    place = luma[y : y + height, x : x + width]
    place[:] = np.where(strokes[: place.shape[0], : place.shape[1]] > 0, 235, place)


class Script:
    """A recogniser that reads what the film says in the picture that it handed out last, in the part that it is given
    (which it tells by the strokes)."""

    def __init__(self, film: Film) -> None:
        self.film, self.count = film, 0

    def lines(self, picture: np.ndarray, *, share: float = 1.0) -> tuple[Line, ...]:
        self.count += 1
        bright = np.argwhere(picture.min(axis=2) > 240)
        said = self.film.says(self.film.time_of(self.film.asked[-1]))
        if not bright.size or not said:
            return ()
        left, top, _, height = around([line.box for line in said])
        larger = max(1, round(int(np.ptp(bright[:, 0])) / height))  # in a closer look
        down, right = bright.min(axis=0) - (larger * top, larger * left)
        grown = [replace(line, box=tuple(larger * side for side in line.box)) for line in said]
        return tuple(moved(line, int(right), int(down)) for line in grown)

    def line(self, picture: np.ndarray) -> str:
        return ""


def at(text: str, box: tuple[int, int, int, int] = (320, 40, 300, 24)) -> tuple[Line, ...]:
    return (Line(text, 0.95, box),)


def silent(seconds: Fraction) -> tuple[Line, ...]:
    return ()


def read(seconds: int, says: Says, **options: float) -> BlindReading:
    film = Film(seconds, says)
    return read_blind(film, 0, quick=Script(film), thorough=Script(film), **options)  # type: ignore[arg-type]


def kinds(reading: BlindReading) -> list[str]:
    return [found.kind for found in reading.found]


def test_the_beginning_is_read_closely_and_the_end_too() -> None:
    film = Film(100, silent)
    seconds = [film.time_of(glance.index) for glance in glances(film)]
    assert seconds[:21] == [Fraction(number, 2) for number in range(21)]
    assert longest_gap(seconds, film.duration) <= 1
    assert len([one for one in seconds if one >= 95]) >= 10 and seconds[-1] == film.time_of(-1)


def test_a_long_film_is_looked_at_in_pairs_and_in_as_many_pictures() -> None:
    film = Film(7200, silent, rate=5)
    looks = [film.time_of(glance.index) for glance in glances(film)]
    assert len(looks) <= 130
    between = [one for one in looks if 10 < one < 7190]
    assert all(later - earlier <= 0.6 for earlier, later in zip(between[::2], between[1::2], strict=True))


def test_only_some_pictures_are_read_as_a_whole() -> None:
    for seconds in (12, 60, 600, 7200):
        film = Film(seconds, silent, rate=5)
        whole = [film.time_of(glance.index) for glance in glances(film) if glance.is_whole]
        assert whole[0] == 0 and len(whole) <= 24
        assert longest_gap(whole, film.duration) <= max(15, seconds / 8)


def test_pictures_that_are_shown_for_seconds_are_read_as_a_whole() -> None:
    film = Film(60, silent)
    film.index_at = lambda seconds: int(seconds / 3) * 30  # type: ignore[method-assign]
    film.frame_count = 600 - 29
    assert all(glance.is_whole for glance in glances(film))


def test_a_phrase_that_stays_is_a_disclosure_and_one_glimpse_is_none() -> None:
    stays = read(4, lambda seconds: at("Contenu généré par IA"))
    assert kinds(stays) == ["phrase"]
    (found,) = stays.found
    assert (found.language, found.track, found.samples, found.confidence) == ("fr", 0, 9, "high")
    glimpse = read(30, lambda seconds: at("Contenu généré par IA") if 2 <= seconds <= 2.5 else ())
    assert kinds(glimpse) == ["mention"]


def test_a_text_over_a_busy_ground_that_stands_still_ends_when_it_goes() -> None:
    """The bare ground has much in common with the text over it."""
    film = Film(12, lambda seconds: at("Contenu généré par IA") if 1 <= seconds < 3 else ())
    film.ground = np.random.default_rng(5).integers(20, 170, (360, 640)).astype(np.uint8)
    (found,) = read_blind(film, 0, quick=Script(film), thorough=Script(film)).found
    assert (found.kind, found.start, found.end) == ("phrase", 1, 3)


def test_text_that_wanders_is_no_disclosure() -> None:
    ticker = read(6, lambda seconds: at("Images générées par IA", (10 + round(180 * seconds), 300, 200, 20)))
    assert "phrase" not in kinds(ticker)


def test_a_bare_mark_counts_in_a_corner_alone() -> None:
    assert kinds(read(4, lambda seconds: at("AI", (900, 10, 30, 20)))) == ["icon"]
    assert kinds(read(4, lambda seconds: at("AI", (460, 260, 30, 20)))) == ["mention"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Tourné sans IA", "negated"), ("Bruxelles veut étiqueter les contenus générés par IA", "mention")],
)
def test_what_is_no_disclosure_is_told_for_what_it_is(text: str, kind: str) -> None:
    assert kinds(read(4, lambda seconds: at(text))) == [kind]


def test_letters_that_are_no_words_about_ai() -> None:
    assert read(4, lambda seconds: at("AIR FRANCE")).found == ()


def test_how_much_was_read_is_always_told() -> None:
    reading = read(4, silent)
    assert reading.coverage.frames == 9 and reading.coverage.longest_gap <= 0.6
    assert reading.coverage.is_whole and reading.coverage.smallest_text == pytest.approx(8 / 1.5, abs=0.1)


def test_a_script_that_nobody_here_can_judge_is_not_assessed() -> None:
    coverage = read(4, lambda seconds: at("Περιεχόμενο AI")).coverage
    assert coverage.not_assessed == ("Greek",) and not coverage.is_whole


def test_letters_that_nobody_here_can_read_are_not_assessed_where_they_stand() -> None:
    stands = read(4, lambda seconds: at("")).coverage
    assert stands.not_assessed == ("Unknown",) and not stands.is_whole
    wanders = read(4, lambda seconds: at("", (10 + round(200 * seconds), 300, 200, 20))).coverage
    assert wanders.not_assessed == () and wanders.is_whole


def test_a_budget_ends_the_search_and_the_gap_is_told() -> None:
    coverage = read(60, silent, budget=1e-9).coverage
    assert (coverage.frames, coverage.is_whole) == (1, False) and coverage.longest_gap == 60


def test_a_budget_ends_the_closer_look_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each of nine pictures, and of those that are looked at closely, the clock is asked once."""
    clock = count()
    monkeypatch.setattr("labeler.layers.mention.blind.read.time", SimpleNamespace(monotonic=lambda: next(clock)))
    coverage = read(4, silent, budget=9).coverage
    assert (coverage.frames, coverage.is_whole) == (9, False)
    assert read(4, silent, budget=99).coverage.is_whole


def look(luma: np.ndarray, seconds: float) -> Look:
    plain = PictureFormat(**{**FORMAT.__dict__, "width": 960, "height": 540, "full_range": True})
    chroma = np.full((270, 480), 128, dtype=np.uint8)
    return look_at(Picture((luma, chroma, chroma), plain, Fraction(seconds), 0, True), screen_of(plain))


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(60, 160, (540, 960)).astype(np.uint8)


def with_strokes(luma: np.ndarray) -> np.ndarray:
    written = luma.copy()
    written[400:412, 300:420:4] = 235
    written[406:408, 300:420] = 235
    return written


def test_a_picture_that_hardly_differs_is_not_read_again() -> None:
    standing, still = Standing(), noise(1)
    assert standing.new_in(look(still, 0)) is None, "there was nothing to tell it from"
    standing.was_read(look(still, 0), WHOLE)
    assert standing.new_in(look(still, 0.5)) == () and standing.is_familiar(look(still, 0.5))
    written = with_strokes(still)
    assert not standing.is_familiar(look(written, 1))
    standing.new_in(look(written, 1))
    ((left, top, right, bottom),) = standing.new_in(look(written, 1.5)) or ()
    assert left < 300 / 960 and right > 420 / 960 and top < 400 / 540 and bottom > 412 / 540, "a small text came"
    assert right - left < 0.33 and bottom - top < 0.25


def test_what_moves_is_no_text_and_what_stands_in_it_may_be() -> None:
    standing = Standing()
    assert [standing.new_in(look(noise(number), number / 2)) for number in range(3)] == [None, (), ()]
    assert standing.new_in(look(with_strokes(noise(3)), 1.5)) == ()
    ((left, top, right, bottom),) = standing.new_in(look(with_strokes(noise(4)), 2)) or ()
    assert left < 300 / 960 and right > 420 / 960 and top < 400 / 540 and bottom > 412 / 540


def test_looks_far_apart_are_not_compared() -> None:
    standing = Standing()
    standing.new_in(look(noise(1), 0))
    assert standing.new_in(look(noise(1), 5)) is None


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_screen_is_upright_and_its_boxes_are_those_of_the_frame(rotation: int) -> None:
    format = PictureFormat(**{**FORMAT.__dict__, "rotation": rotation})
    luma = np.full((360, 640), 16, dtype=np.uint8)
    luma[20:60, 100:300] = 235
    chroma = np.full((180, 320), 128, dtype=np.uint8)
    screen = screen_of(format)
    seen = shown(Picture((luma, chroma, chroma), format, Fraction(0), 0, True), screen)
    assert seen.shape[:2] == screen.size[::-1]
    rows, columns = np.nonzero(seen[..., 1] > 128)
    box = int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
    wanted = {0: (100, 20, 200, 40), 90: (300, 100, 40, 200), 180: (340, 300, 200, 40), 270: (20, 340, 40, 200)}
    assert screen.to_display(box) == pytest.approx(wanted[rotation], abs=2)


def film_with(path: Path, text: str, *, begin: float, end: float) -> Path:
    """Three seconds at 10 a second, with a text drawn by Pillow from `begin` to `end`."""
    face = ImageFont.truetype(str(FONT), 34)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 960, 540, "yuv420p"
        video.options = {"crf": "23", "preset": "ultrafast"}
        for number in range(30):
            image = Image.fromarray(picture(0, 960, 540))
            if begin <= number / 10 < end:
                ImageDraw.Draw(image).text((70, 440), text, font=face, fill=(255, 255, 255))
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")))
        container.mux(video.encode(None))
    return path


def test_a_strangers_mention_is_read_from_its_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another size, place and wording than any of labeler's; the network is forbidden meanwhile."""
    monkeypatch.setattr(socket.socket, "connect", lambda *where: pytest.fail("something wants a network"))
    path = film_with(tmp_path / "film.mp4", "Séquence créée à l'aide d'une IA", begin=0.7, end=2.5)
    with FrameReader(path, 0) as frames:
        reading = read_blind(frames, 0)
    (found,) = reading.found
    assert isinstance(found, FoundMention) and (found.kind, found.language) == ("phrase", "fr")
    assert (found.start, found.end) == pytest.approx((0.7, 2.5), abs=0.11), "to one frame"
    assert found.box is not None and found.box[:2] == pytest.approx((70, 447), abs=8)
    assert found.x_height == pytest.approx(34 * 0.56, abs=2)


@pytest.mark.parametrize(("text", "scripts"), [("Контент создан ИИ", ("Unknown",)), ("Création numérique", ())])
def test_a_film_with_letters_that_are_unknown(tmp_path: Path, text: str, scripts: tuple[str, ...]) -> None:
    """Read by the models themselves: what they cannot read is not said to be no mention."""
    path = film_with(tmp_path / "film.mp4", text, begin=0.7, end=2.5)
    with FrameReader(path, 0) as frames:
        reading = read_blind(frames, 0)
    assert reading.found == ()
    assert reading.coverage.not_assessed == scripts
    assert reading.coverage.is_whole is (not scripts)


@pytest.mark.wide
def test_the_same_answer_always(tmp_path: Path) -> None:
    path = film_with(tmp_path / "film.mp4", "Made with AI", begin=0.7, end=2.5)
    readings = []
    for _ in range(2):
        with FrameReader(path, 0) as frames:
            readings.append(read_blind(frames, 0))
    assert readings[0] == readings[1] and readings[0].found


def test_the_recogniser_reports_to_nobody(tmp_path: Path) -> None:
    """ONNX Runtime would leave an identifier in the folder for temporary files, and send what it did."""
    code = (
        "import numpy; from labeler.layers.mention.recogniser import quick;"
        "quick().lines(numpy.zeros((64, 200, 3), numpy.uint8))"
    )
    environment = dict(os.environ, TMPDIR=str(tmp_path), HOME=str(tmp_path))
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=120)
    assert not list(tmp_path.iterdir())


def corner_with(text: str, opacity: float) -> np.ndarray:
    """A picture with letters of 40 px in its upper right corner, half seen through, as the EU's icons may be."""
    page = Image.fromarray(picture(0, 1280, 720, noise=4.0))
    layer = page.copy()
    ImageDraw.Draw(layer).text((1180, 40), text, font=ImageFont.load_default(size=52), fill=(255, 255, 255))
    return np.asarray(Image.blend(page, layer, opacity))[..., ::-1].copy()


@pytest.mark.parametrize(("text", "read"), [("AI", ["AI"]), ("IA", ["IA"]), ("TV", []), ("HD", [])])
def test_a_bare_mark_is_proposed_by_its_shape_and_read(text: str, read: list[str]) -> None:
    found = [mark.wording.text for mark in marks_in(corner_with(text, 0.6), quick())]
    assert found == read


def test_pictures_without_a_mark_have_none() -> None:
    assert marks_in(np.asarray(picture(3, 1280, 720))[..., ::-1].copy(), quick()) == ()
