"""`labeler preview`: paths on standard output, all else on standard error, and the codes of the contract."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Studio


def test_prints_the_path_alone(studio: Studio, tmp_path: Path) -> None:
    done = studio.labeler("preview", studio.clip, "-o", tmp_path / "frame.png", LABELER_HOME=str(tmp_path / "nobody"))
    assert (done.code, done.out, done.err) == (0, f"{tmp_path / 'frame.png'}\n", "")
    assert Image.open(tmp_path / "frame.png").size == (480, 270)


def test_says_where_the_mention_is_shown_when_it_is_not(studio: Studio, tmp_path: Path) -> None:
    done = studio.labeler(
        "preview", studio.clip, "-o", tmp_path / "x.png", "--at", "0.1", "--program-in", "0.4", LABELER_LANG="fr"
    )
    assert done.code == 0
    assert "n'est pas affichée à 0.080 s" in done.err and "0.400-1.000" in done.err
    assert done.out == f"{tmp_path / 'x.png'}\n"


def test_a_name_for_the_picture_is_asked_for(studio: Studio) -> None:
    done = studio.labeler("preview", studio.clip, LABELER_LANG="fr")
    assert (done.code, done.out) == (2, "")
    assert "Il manque : -o" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--at", "7"], 2, "lasts 1.000 s"),
        (["--preset", "eu-standart"], 2, "Did you mean"),
        (["--language", "xx"], 2, "no text in «xx»"),
        (["--program-in", "7"], 3, "outside of the video"),
    ],
)
def test_codes(studio: Studio, tmp_path: Path, arguments: list[str], code: int, told: str) -> None:
    done = studio.labeler("preview", studio.clip, "-o", tmp_path / "x.png", *arguments)
    assert (done.code, done.out) == (code, "")
    assert told in done.err
    assert not list(tmp_path.iterdir())
