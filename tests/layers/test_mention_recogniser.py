"""The reader of lines: it says what the library says whose models it runs, and loads no more than it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from labeler.layers.mention import lexicon, models
from labeler.layers.mention.lexicon import Words, lexicons
from labeler.layers.mention.recogniser import quick
from labeler.layers.mention.unread import known
from tests.clips import picture
from tests.layers.mention_clips import FONT


def page(*lines: tuple[str, int, tuple[int, int]]) -> np.ndarray:
    """Text, em and place of each line, on a picture with grain; blue first."""
    image = Image.fromarray(picture(2, 1280, 720, noise=3.0))
    pen = ImageDraw.Draw(image)
    for text, em, place in lines:
        pen.text(place, text, font=ImageFont.truetype(str(FONT), em), fill=(255, 255, 255))
    return np.ascontiguousarray(np.asarray(image)[..., ::-1])


LINES = (("Contenu généré par IA", 30, (60, 620)), ("AI GENERATED", 72, (500, 80)), ("Mit KI erstellt", 22, (900, 400)))


def test_lines_are_read_where_they_stand() -> None:
    read = quick().lines(page(*LINES))
    assert [line.text for line in read] == ["AI GENERATED", "Mit KI erstellt", "Contenu généré par IA"]
    x, y, _, height = read[2].box
    assert (x, y) == pytest.approx((60, 624), abs=10) and 25 <= height <= 45


def test_letters_that_are_unknown_are_told_as_a_line_without_text() -> None:
    long, short = "Контент создан нейросетью", "Сгенерировано ИИ"
    lines = quick().lines(page((long, 30, (60, 620)), (short, 60, (500, 80)), LINES[2]))
    assert [line.text for line in lines] == ["", "Mit KI erstellt", ""]
    assert lines[2].box[:2] == pytest.approx((60, 624), abs=10) and lines[2].box[2] > 300


@pytest.mark.parametrize("text", ["A I   F I L M", "AI", "2026", "Ł ö ð ż"])
def test_few_letters_far_apart_are_no_unknown_ones(text: str) -> None:
    assert all(line.text for line in quick().lines(page((text, 48, (100, 300)))))


def test_letters_that_the_models_do_not_know_are_told_by_the_lexicons() -> None:
    folder = resources.files("labeler.layers.mention").joinpath("wordings")
    for code in sorted({one.language for one in lexicons() if one.spaced}):
        words = lexicon.read(folder.joinpath(f"{code}.toml"), Words)
        used = {letter for _, word in words.entries() for letter in word.lower() if letter.isalpha()}
        assert used - known() <= {*words.unread}, code
        assert known().isdisjoint(words.unread), code


def test_a_page_with_nothing_on_it_has_no_lines() -> None:
    assert quick().lines(np.full((270, 480, 3), 90, np.uint8)) == ()


def test_text_that_runs_down_is_laid_down() -> None:
    (line,) = quick().lines(np.rot90(page(LINES[1])[60:180, 450:1250], -1).copy())
    assert line.text == "AI GENERATED" and line.box[3] > 3 * line.box[2]


def test_reading_one_line_loads_one_model(tmp_path: Path) -> None:
    """In a process of its own; and the library that the models come with is not loaded at all."""
    code = (
        "import sys, numpy; from labeler.layers.mention import models, recogniser;"
        "recogniser.quick().line(numpy.full((64, 300, 3), 90, numpy.uint8));"
        "assert models.model.cache_info().currsize == 1;"
        "assert not {'rapidocr', 'requests', 'urllib3'} & set(sys.modules)"
    )
    environment = dict(os.environ, TMPDIR=str(tmp_path))
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=120)


def test_a_model_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    models.model.cache_clear()
    monkeypatch.setattr(models, "WHEEL", "no_such_wheel")
    with pytest.raises(models.MachineLacks, match="no_such_wheel"):
        models.model(models.DETECTION)
    models.model.cache_clear()


@pytest.mark.wide
def test_the_library_says_the_same() -> None:
    """RapidOCR rounds corners to whole pixels on its way, so boxes may differ by two."""
    from rapidocr import RapidOCR

    library = RapidOCR(
        params={"Global.log_level": "critical", "Det.limit_side_len": 960, "Det.limit_type": "max"},
    )
    image = page(*LINES)
    answer = library(image, use_det=True, use_cls=False, use_rec=True)
    ours = quick().lines(image)
    theirs = sorted(zip(answer.txts, answer.boxes, strict=True), key=lambda one: one[1].min(axis=0)[1])
    assert [text for text, _ in theirs] == [line.text for line in ours]
    for (_, corners), line in zip(theirs, ours, strict=True):
        assert corners.min(axis=0) == pytest.approx(line.box[:2], abs=2)
        assert corners.max(axis=0) == pytest.approx((line.box[0] + line.box[2], line.box[1] + line.box[3]), abs=2)
