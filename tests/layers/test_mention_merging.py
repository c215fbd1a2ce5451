"""Texts that were found of one track, made whole."""

from __future__ import annotations

from typing import Any

import pytest

from labeler.layers.mention.blind.merging import whole_texts
from labeler.verdict import FoundMention


def found(kind: str, text: str, **more: Any) -> FoundMention:
    told = {"class": kind, "text": text, "box": (100, 100, 300, 40), "from": 0.0, "to": 3.0, "samples": 1, **more}
    return FoundMention.model_validate(told)


PHRASE = found("phrase", ":Ki-generierte: Bildeng")
ASKED = found("mention", "KI-generierte:Bildere: Was. 1st erlaubt?", box=(98, 100, 310, 90), **{"from": 2.0, "to": 2.1})


def test_a_disclosure_that_goes_on_in_a_question_is_none() -> None:
    assert [one.kind for one in whole_texts([PHRASE, ASKED])] == ["mention", "mention"]


def test_a_disclosure_that_is_denied_where_more_of_it_was_read_is_none() -> None:
    whole = found("negated", "Ce film n'a pas été généré par IA", samples=2)
    assert [one.kind for one in whole_texts([found("phrase", "généré par IA"), whole])] == ["negated"]


def test_what_follows_within_a_second_is_the_same_text() -> None:
    """As it was measured: the first picture gave the beginning alone."""
    first = found("phrase", "KI-generierte", box=(100, 100, 300, 40), **{"to": 0.7})
    asked = found(
        "mention", "KI-generierte Bilder: was ist erlaubt?", box=(98, 98, 900, 44), samples=8, **{"from": 1.0}
    )
    assert [one.kind for one in whole_texts([first, asked])] == ["mention", "mention"]


@pytest.mark.parametrize(
    "other",
    [
        ASKED.model_copy(update={"start": 5.0, "end": 6.0}),
        ASKED.model_copy(update={"box": (500, 400, 310, 90)}),
        ASKED.model_copy(update={"text": "Was ist in der KI erlaubt und was nicht?"}),
        ASKED.model_copy(update={"text": "KI-generierte Bilder 12:30 xqz"}),
    ],
    ids=["at another time", "elsewhere", "another text", "only longer"],
)
def test_other_texts_take_nothing_back(other: FoundMention) -> None:
    assert PHRASE in whole_texts([PHRASE, other])


def test_what_was_read_less_often_takes_nothing_back() -> None:
    often = PHRASE.model_copy(update={"samples": 5})
    assert often in whole_texts([often, ASKED])
