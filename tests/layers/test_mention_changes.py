"""Texts that the first reading of a stranger's film does not see, or takes for a part of another: over a board of
holes, over the film's own title. And what must not be made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from labeler.layers.mention.blind.changes import Changes
from labeler.layers.mention.blind.closely import difference, on_plain_ground, reads_alike
from labeler.layers.mention.blind.read import BlindReading, read_blind
from labeler.layers.mention.blind.reader import Reader
from labeler.layers.mention.blind.screen import screen_of
from labeler.layers.mention.blind.sightings import sightings
from labeler.layers.mention.blind.standing import Look, Standing, look_at
from labeler.layers.mention.recogniser import quick
from labeler.layers.mention.wording import Line
from labeler.media.picture import Picture
from tests.layers.mention_clips import FONT, shape

FORMAT = shape(1280, 720)
Draw = Callable[[float, Image.Image], None]
"""Draws what a film shows at a second, on its ground: luma."""


class Film:
    """Eight seconds at 10 a second, over one ground that wanders by a pixel or two."""

    format, frame_count, duration = FORMAT, 80, Fraction(8)
    keyframes = tuple(Fraction(second) for second in range(8))

    def __init__(self, ground: np.ndarray, draw: Draw) -> None:
        self.ground, self.draw = ground, draw

    def time_of(self, index: int) -> Fraction:
        return Fraction(index % self.frame_count, 10)

    def index_at(self, seconds: Fraction) -> int:
        return min(int(seconds * 10), self.frame_count - 1)

    def pictures(self, times: Iterable[Fraction]) -> Iterator[Picture]:
        for index in sorted({self.index_at(seconds) for seconds in times}):
            image = Image.fromarray(np.roll(self.ground, index // 30, axis=1))
            self.draw(index / 10, image)
            chroma = np.full((360, 640), 128, dtype=np.uint8)
            yield Picture((np.asarray(image), chroma, chroma), FORMAT, self.time_of(index), index, index % 10 == 0)


def board() -> np.ndarray:
    """Wood with a hole each 35 pixels, as large as the letters of the mention."""
    rows, columns = np.mgrid[0:720, 0:1280]
    is_hole = ((rows % 35 - 17) ** 2 + (columns % 35 - 17) ** 2) < 8**2
    grain = np.random.default_rng(1).normal(0, 3, (720, 1280))
    return np.asarray(np.clip(np.where(is_hole, 40, 190) + grain, 16, 235), dtype=np.uint8)


def plain(luma: int = 70) -> np.ndarray:
    grain = np.random.default_rng(1).normal(0, 3, (720, 1280))
    return np.asarray(np.clip(luma + grain, 16, 235), dtype=np.uint8)


def write(image: Image.Image, at: tuple[int, int], text: str, *, em: int = 34, luma: int = 235, edge: int = 0) -> None:
    face = ImageFont.truetype(str(FONT), em)
    ImageDraw.Draw(image).text(at, text, font=face, fill=luma, stroke_width=edge, stroke_fill=16)


def read(ground: np.ndarray, draw: Draw) -> BlindReading:
    return read_blind(Film(ground, draw), 0)


def phrases(reading: BlindReading) -> list[tuple[str, float, float]]:
    return [(one.text, one.start, one.end) for one in reading.found if one.kind == "phrase"]


def test_a_text_over_a_board_of_holes_is_found_with_its_two_ends() -> None:
    def draw(seconds: float, image: Image.Image) -> None:
        if 2.3 <= seconds < 5.2:
            write(image, (300, 330), "Contenu généré par IA", edge=3)

    ((text, start, end),) = phrases(read(board(), draw))
    assert text.replace("l", "I") == "Contenu généré par IA".replace("l", "I")
    assert (start, end) == pytest.approx((2.3, 5.2), abs=0.2)


def test_a_text_is_no_glimpse_where_its_ground_alone_changes() -> None:
    other = Image.fromarray(np.roll(board(), (17, 9), axis=(0, 1)))

    def draw(seconds: float, image: Image.Image) -> None:
        if seconds >= 3:
            image.paste(other)
        if seconds < 6:
            write(image, (300, 330), "Contenu généré par IA", edge=3)

    ((_, start, end),) = phrases(read(board(), draw))
    assert start <= 3.0 and end == pytest.approx(6.0, abs=0.2)


@pytest.mark.parametrize("has_plate", [False, True])
def test_a_text_that_is_laid_over_the_films_title_is_read_by_itself(has_plate: bool) -> None:
    def draw(seconds: float, image: Image.Image) -> None:
        write(image, (120, 600), "REPORTAGE: LES GENS DE LA RUE, DEUXIEME PARTIE", luma=140)
        if 2.3 <= seconds < 5.2:
            if has_plate:
                ImageDraw.Draw(image).rectangle((90, 590, 640, 650), fill=30)
            write(image, (110, 600), "Images générées par IA", edge=1)

    ((text, start, end),) = phrases(read(plain(), draw))
    assert text == "Images générées par IA"
    assert (start, end) == pytest.approx((2.3, 5.2), abs=0.2)


@pytest.mark.parametrize(
    "words",
    [
        ("Aucune image de ce film n'a été ", "générée par IA"),
        pytest.param(("Not one of these pictures is ", "AI-generated"), marks=pytest.mark.wide),
        pytest.param(("Que faire des images ", "générées par IA ?"), marks=pytest.mark.wide),
        ("L'Europe veut étiqueter les ", "images générées par IA"),
    ],
)
def test_the_end_of_a_sentence_that_is_added_last_discloses_nothing(words: tuple[str, str]) -> None:
    def draw(seconds: float, image: Image.Image) -> None:
        if 1.4 <= seconds < 6.6:
            write(image, (100, 600), words[0] if not 2.3 <= seconds < 5.2 else "".join(words))

    assert phrases(read(plain(), draw)) == []


def looks(film: Film) -> list[tuple[int, Look]]:
    times = [Fraction(number, 2) for number in range(16)]
    return [(one.index, look_at(one, screen_of(FORMAT))) for one in film.pictures(times)]


def test_what_comes_and_goes_is_told_with_the_looks_that_do_not_show_it() -> None:
    def draw(seconds: float, image: Image.Image) -> None:
        if 2.3 <= seconds < 5.2:
            write(image, (300, 330), "Contenu généré par IA", edge=3)

    changes, standing = Changes(), Standing()
    for index, look in looks(Film(board(), draw)):
        standing.new_in(look)
        changes.saw(index, look, standing.steady)
    found = changes.likeliest(12)
    text = {(25, 20), (50, 55)}
    ground = {(20, 25), (55, 50)}
    assert {(one.index, one.without) for one in found} == text | ground
    ((left, top, right, bottom),) = next(one.parts for one in found if one.index == 25)
    assert left < 300 / 1280 < 0.5 < right and top < 330 / 720 and bottom > 370 / 720 and right - left < 0.6
    assert len(changes.likeliest(1)) == 1


def test_a_cut_is_no_text() -> None:
    changes, standing = Changes(), Standing()
    for number in range(6):
        ground = np.random.default_rng(number // 3).integers(60, 200, (720, 1280)).astype(np.uint8)
        ((index, look), *_) = looks(Film(ground, lambda seconds, image: None))
        standing.new_in(look)
        changes.saw(index + number * 5, look, standing.steady)
    assert changes.likeliest(12) == []


def test_what_two_pictures_have_in_common_is_taken_away() -> None:
    without = np.full((100, 200, 3), 60, dtype=np.uint8)
    without[40:60, 20:180:10] = 200
    picture = without.copy()
    picture[30:70, 100:104] = 240
    alone = difference(picture, without)
    assert set(np.unique(alone[:, :100])) == {128} and alone[35, 101].tolist() == [255, 255, 255]
    cleared = on_plain_ground(picture, without, ((0.0, 0.0, 1.0, 1.0),))
    assert cleared[50, 101].tolist() == [240, 240, 240], "what is new stays as it is"
    assert int(np.ptp(cleared[:, :90, 0])) < 60, "what was there is blurred"


def test_a_closer_look_is_at_larger_pixels_and_its_boxes_are_those_of_the_frame() -> None:
    class Never:
        def lines(self, picture: np.ndarray, *, share: float = 1.0) -> tuple[()]:
            sizes.append(picture.shape)
            return ()

        def line(self, picture: np.ndarray) -> str:
            return ""

    sizes: list[tuple[int, ...]] = []
    film = Film(board(), lambda seconds, image: write(image, (300, 330), "Contenu généré par IA"))
    (picture,) = film.pictures([Fraction(0)])
    reader = Reader(screen_of(FORMAT), Never(), Never())
    reader.see(picture, is_whole=True)
    reader.parts[0] = ((0.0, 0.0, 1.0, 1.0),)
    reader.read_thoroughly(picture)
    assert sizes == [(720, 1280, 3), (1080, 1920, 3)]


def test_a_text_at_the_edge_of_wide_samples_is_looked_at_again_in_the_other_picture() -> None:
    """Its box, in pixels of the frame 40 times as wide as those of the screen, is rounded to one beyond the edge."""
    format = shape(48, 720, sar=Fraction(40))
    luma = np.full((720, 48), 100, dtype=np.uint8)
    chroma = np.full((360, 24), 128, dtype=np.uint8)
    picture = Picture((luma, chroma, chroma), format, Fraction(0), 0, True)
    screen = screen_of(format)
    seen = sightings([Line("Made with AI", 0.9, (screen.size[0] - 12, 40, 12, 8))], picture, screen)
    there = np.full((*screen.size[::-1], 3), 100, dtype=np.uint8)
    assert not reads_alike(there, seen[0], screen, quick())
