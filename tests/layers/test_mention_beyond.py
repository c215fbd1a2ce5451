"""Lines of which the detector found a part only."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from labeler.layers.mention.blind.beyond import Beyond
from labeler.layers.mention.recogniser import quick
from labeler.layers.mention.wording import Line, classify
from tests.clips import picture
from tests.layers.mention_clips import FONT

FACE = ImageFont.truetype(str(FONT), 34)
CORNER = 70, 240


def written(text: str) -> np.ndarray:
    """A picture with one line of text at CORNER, blue first."""
    page = Image.fromarray(picture(0, 960, 540))
    ImageDraw.Draw(page).text(CORNER, text, font=FACE, fill=(255, 255, 255))
    return np.asarray(page)[..., ::-1].copy()


def part_of(text: str, part: str) -> Line:
    """What a detector that saw only a part of the line would give."""
    before = text[: text.index(part)]
    left, top, right, bottom = FACE.getbbox(part)
    at = CORNER[0] + round(FACE.getlength(before))
    return Line(
        part, 0.95, (at + int(left) - 3, CORNER[1] + int(top) - 5, int(right - left) + 6, int(bottom - top) + 10)
    )


def read(text: str, part: str, *, every: bool = False) -> list[str]:
    return [line.text for line in Beyond().completed([part_of(text, part)], written(text), quick(), every=every)]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Made with AI", "with AI"),
        ("Contenu généré par IA", "par IA"),
        ("AI-generated content", "AI-"),
        ("Ce film a été tourné sans IA", "IA"),
    ],
)
def test_a_part_that_names_ai_is_read_with_what_stands_beside_it(text: str, part: str) -> None:
    assert [one.replace(" ", "").replace("l", "I") for one in read(text, part)] == [
        text.replace(" ", "").replace("l", "I")
    ]


def test_the_box_grows_with_the_text() -> None:
    (line,) = Beyond().completed([part_of("Made with AI", "with AI")], written("Made with AI"), quick())
    whole = part_of("Made with AI", "Made with AI").box
    assert line.box[0] == pytest.approx(whole[0], abs=20) and line.box[2] == pytest.approx(whole[2], abs=30)


def test_a_part_that_names_no_ai_is_widened_where_every_line_is_asked_for() -> None:
    text, part = "Images générées par IA", "Ima"
    assert read(text, part) == [part]
    assert [one.replace(" ", "").replace("l", "I") for one in read(text, part, every=True)] == [text.replace(" ", "")]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Aucune image de ce film n'a été générée par IA", "générée par IA"),
        ("L'Europe veut étiqueter les images générées par IA", "par IA"),
        ("KI-generierte Bilder: was ist erlaubt?", "KI-generierte Bilder"),
        ("Should AI-generated content be banned?", "AI-generated content"),
        ("No AI-generated content", "AI-generated content"),
    ],
)
def test_a_disclosure_is_taken_back_by_what_stands_beside_it(text: str, part: str) -> None:
    (wider,) = read(text, part)
    assert classify(part).kind in ("phrase", "mention") and wider != part
    assert classify(wider).kind in ("negated", "mention")


@pytest.mark.parametrize("text", ["Studio Nord  généré par IA", "AI-generated content  12:30"])
def test_a_disclosure_stays_beside_another_text(text: str) -> None:
    part = "généré par IA" if "par IA" in text else "AI-generated content"
    assert read(text, part) == [part]


@pytest.mark.parametrize(("text", "part"), [("The AI Act explained", "AI"), ("Made in Italy by hand", "Made in")])
def test_what_discloses_nothing_as_a_whole_stays_as_it_was_read(text: str, part: str) -> None:
    assert read(text, part, every=True) == [part]


def test_a_text_that_says_all_already_is_not_read_again() -> None:
    """Two lines that are one text together: widening the second would tell the first twice."""
    text = "Contenu généré par IA"
    lines = (part_of(text, "Contenu généré"), part_of(text, "par IA"))
    assert Beyond().completed(lines, written(text), quick()) == lines


def test_parts_that_a_wider_line_holds_are_gone() -> None:
    text = "Ce film a été tourné sans IA"
    lines = (part_of(text, "film a"), part_of(text, "IA"))
    assert len(Beyond().completed(lines, written(text), quick())) == 1


def test_a_film_full_of_such_lines_costs_no_more_than_so_many_readings() -> None:
    class Counted:
        def __init__(self) -> None:
            self.count = 0

        def lines(self, picture: np.ndarray, *, share: float = 1.0) -> tuple[Line, ...]:
            raise AssertionError("only lines are read")

        def line(self, picture: np.ndarray) -> str:
            self.count += 1
            return f"The AI Act explained {'again and ' * self.count}"

    counted, beyond = Counted(), Beyond(room=20)
    lines = tuple(Line("AI Act", 0.9, (40, 40 * number, 90, 20)) for number in range(12))
    for _ in range(3):
        assert beyond.completed(lines, written("nothing"), counted, every=True) == lines
    assert 20 <= counted.count < 23
