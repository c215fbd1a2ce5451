"""The blind reader: what it reads, what it makes of it over time, and what it says of how much it read."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from labeler.layers.mention.blind.glances import Familiar, glances, longest_gap
from labeler.layers.mention.blind.icons import marks_in
from labeler.layers.mention.blind.read import BlindReading, read_blind
from labeler.layers.mention.blind.screen import screen_of, shown
from labeler.layers.mention.recogniser import quick
from labeler.layers.mention.wording import Line
from labeler.media.frames import FrameReader
from labeler.media.picture import Picture, PictureFormat
from labeler.verdict import FoundMention
from tests.clips import picture

FONT = Path(__file__).parents[2] / "labeler" / "layers" / "mention" / "fonts" / "Inter-SemiBold.otf"
FORMAT = PictureFormat(
    width=640,
    height=360,
    bits=8,
    subsampling=(2, 2),
    matrix="bt709",
    full_range=False,
    rotation=0,
    sar=Fraction(1),
)


class Film:
    """Frames of one colour each, at `rate` a second, the n-th one n codes bright; all keys are a second apart."""

    def __init__(self, seconds: int, rate: int = 10, format: PictureFormat = FORMAT) -> None:
        self.format, self.rate, self.frame_count = format, rate, seconds * rate
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
            luma = np.full((self.format.height, self.format.width), 16 + (index * 37) % 220, dtype=np.uint8)
            chroma = np.full((self.format.height // 2, self.format.width // 2), 128, dtype=np.uint8)
            yield Picture((luma, chroma, chroma), self.format, self.time_of(index), index, index % self.rate == 0)


class Script:
    """A recogniser that reads what the test says for the n-th picture it is given."""

    def __init__(self, says: Callable[[int], tuple[Line, ...]]) -> None:
        self.says, self.count = says, 0

    def lines(self, picture: np.ndarray) -> tuple[Line, ...]:
        self.count += 1
        return self.says(self.count - 1)

    def line(self, picture: np.ndarray) -> str:
        return ""


def at(text: str, box: tuple[int, int, int, int] = (40, 40, 300, 24)) -> tuple[Line, ...]:
    return (Line(text, 0.95, box),)


def silent(number: int) -> tuple[Line, ...]:
    return ()


def read(film: Film, says: Callable[[int], tuple[Line, ...]], **options: float) -> BlindReading:
    return read_blind(film, 0, quick=Script(says), thorough=Script(silent), **options)  # type: ignore[arg-type]


def kinds(reading: BlindReading) -> list[str]:
    return [found.kind for found in reading.found]


def test_the_beginning_is_read_closely_and_the_end_too() -> None:
    film = Film(120)
    seconds = [film.time_of(index) for index in glances(film)]
    assert seconds[:21] == [Fraction(number, 2) for number in range(21)]
    assert longest_gap(seconds, film.duration) <= 10
    assert [one for one in seconds if one >= 115] and seconds[-1] == film.time_of(-1)


def test_a_long_film_is_read_in_as_many_pictures() -> None:
    assert len(glances(Film(7200, rate=5))) <= 80


def test_a_phrase_that_stays_is_a_disclosure_and_one_glimpse_is_none() -> None:
    stays = read(Film(4), lambda number: at("Contenu généré par IA"))
    assert kinds(stays) == ["phrase"]
    (found,) = stays.found
    assert (found.language, found.track, found.samples, found.confidence) == ("fr", 0, 9, "high")
    glimpse = read(Film(30), lambda number: at("Contenu généré par IA") if number == 5 else ())
    assert kinds(glimpse) == ["mention"]


def test_text_that_wanders_is_no_disclosure() -> None:
    ticker = read(Film(6), lambda number: at("Images générées par IA", (10 + 90 * number, 300, 200, 20)))
    assert "phrase" not in kinds(ticker)


def test_a_bare_mark_counts_in_a_corner_alone() -> None:
    assert kinds(read(Film(4), lambda number: at("AI", (900, 10, 30, 20)))) == ["icon"]
    assert kinds(read(Film(4), lambda number: at("AI", (460, 260, 30, 20)))) == ["mention"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Tourné sans IA", "negated"), ("Bruxelles veut étiqueter les contenus générés par IA", "mention")],
)
def test_what_is_no_disclosure_is_told_for_what_it_is(text: str, kind: str) -> None:
    assert kinds(read(Film(4), lambda number: at(text))) == [kind]


def test_letters_that_are_no_words_about_ai() -> None:
    assert read(Film(4), lambda number: at("AIR FRANCE")).found == ()


def test_how_much_was_read_is_always_told() -> None:
    reading = read(Film(4), silent)
    assert reading.coverage.frames == 9 and reading.coverage.longest_gap <= 0.6
    assert reading.coverage.is_whole and reading.coverage.smallest_text == pytest.approx(8 / 1.5, abs=0.1)


def test_a_script_that_nobody_here_can_judge_is_not_assessed() -> None:
    coverage = read(Film(4), lambda number: at("Создано нейросетью")).coverage
    assert coverage.not_assessed == ("Cyrillic",) and not coverage.is_whole


def test_a_budget_ends_the_search_and_the_gap_is_told() -> None:
    coverage = read(Film(60), silent, budget=1e-9).coverage
    assert (coverage.frames, coverage.is_whole) == (1, False) and coverage.longest_gap == 60


def test_a_picture_that_hardly_differs_is_not_read_again() -> None:
    familiar = Familiar()
    still = np.random.default_rng(1).integers(0, 255, (540, 960, 3)).astype(np.uint8)
    assert familiar.is_new(still) and not familiar.is_new(still)
    with_text = still.copy()
    with_text[500:512, 20:140] = 255
    assert familiar.is_new(with_text), "a small text came"


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
        again = read_blind(frames, 0)
    (found,) = reading.found
    assert isinstance(found, FoundMention) and (found.kind, found.language) == ("phrase", "fr")
    assert (found.start, found.end) == pytest.approx((0.7, 2.5), abs=0.11), "to one frame"
    assert found.box is not None and found.box[:2] == pytest.approx((70, 447), abs=8)
    assert found.x_height == pytest.approx(34 * 0.56, abs=2)
    assert reading == again, "the same answer always"


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
