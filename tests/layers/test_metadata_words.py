"""Texts of the metadata that say in a person's words that AI made the film."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labeler.layers.metadata.read import read
from labeler.layers.metadata.traces import Clue
from labeler.layers.metadata.words import MOST_LINES, words_in
from labeler.layers.registry import said_of_ai
from labeler.verdict import FoundMetadata, FoundWords
from labeler.verification import verify
from tests.clips import make_clip


def words(name: str, value: str) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in words_in([Clue("tag", name, value, "here")], said_of_ai)]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("comment", "Made with AI", [("phrase", "Made with AI")]),
        ("©cmt", "Contenu généré par IA", [("phrase", "Contenu généré par IA")]),
        ("photoshop:Credit", "AI-generated", [("phrase", "AI-generated")]),
        ("DESCRIPTION", "A street at night.\nCreado con IA\n", [("phrase", "Creado con IA")]),
        ("comment", "Tourné sans IA", [("negated", "Tourné sans IA")]),
        ("synopsis", "An AI-generated girl falls in love with a lighthouse keeper", []),
        ("comment", "Encoded by a very good encoder", []),
        ("comment", "The AI Act explained", []),
        ("title", "Made with AI", []),
        ("©nam", "Made with AI", []),
        ("comment", "x" * 5000 + " Made with AI", []),
    ],
)
def test_what_a_tag_says(name: str, value: str, said: list[tuple[str, str]]) -> None:
    assert words(name, value) == said


def test_one_line_at_one_place_is_told_once_and_time_is_bounded() -> None:
    asked: list[str] = []

    def says(line: str) -> tuple[str, str | None]:
        asked.append(line)
        return said_of_ai(line)

    assert len(words_in([Clue("tag", "comment", "Made with AI\n" * 10, "here")], says)) == 1
    words_in([Clue("tag", "comment", "A line\n" * 100_000, "here")], says)
    assert len(asked) == 10 + MOST_LINES


def test_a_reader_that_knows_no_language_finds_none(tmp_path: Path) -> None:
    found = read(tagged(tmp_path / "film.mkv", "Made with AI"), None).found
    assert isinstance(found, FoundMetadata) and found.words == ()


def tagged(path: Path, comment: str, **more: Any) -> Path:
    return make_clip(path, width=64, height=48, seconds=0.3, sound=False, tags={"comment": comment}, **more)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "avi"])
def test_a_comment_makes_a_strangers_file_partial_and_never_declared(suffix: str, tmp_path: Path) -> None:
    form = {"codec": "mpeg4", "options": {}} if suffix == "avi" else {}
    verdict = verify(tagged(tmp_path / f"film.{suffix}", "Images générées par IA", **form))
    assert (verdict.disclosure, verdict.outcome, verdict.layers["metadata"]) == ("partial", "fail", "warn")
    said = {(one.kind, one.text, one.language) for one in verdict.found.metadata.words}
    assert said == {("phrase", "Images générées par IA", "fr")}
    (check,) = [check for check in verdict.checks if check.id == "metadata.words"]
    assert check.status == "warn" and not check.mandatory and "Images générées par IA" in check.message


@pytest.mark.parametrize("comment", ["Un monde sans IA", "Shot on film by hand"])
def test_other_comments_change_nothing(comment: str, tmp_path: Path) -> None:
    verdict = verify(tagged(tmp_path / "film.mkv", comment))
    assert verdict.disclosure == "undeclared" and verdict.layers["metadata"] == "absent"
    assert not any(check.id == "metadata.words" for check in verdict.checks)


def test_words_are_frozen_data() -> None:
    told = {"class": "phrase", "text": "AI-generated", "language": "en", "name": "comment", "place": "Tags/film"}
    assert FoundWords.model_validate(told).model_dump(by_alias=True) == told
