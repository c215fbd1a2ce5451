"""What is said of a film in pieces never reaches into what was not given."""

from __future__ import annotations

from fractions import Fraction

from labeler.layers.mention.ungiven import covered, cut
from labeler.media.fragments import Gap
from labeler.verdict import FoundMention, MentionCoverage


def gap(start: int, end: int) -> Gap:
    return Gap(Fraction(start), Fraction(end), 1, 3)


def text(start: float, end: float, samples: int | None = 3) -> FoundMention:
    told = {"class": "phrase", "text": "AI-generated", "from": start, "to": end, "samples": samples}
    return FoundMention.model_validate(told)


def stretches(*found: FoundMention) -> list[tuple[str, float, float]]:
    return [(one.kind, one.start, one.end) for one in found]


def test_a_text_on_both_sides_is_told_twice() -> None:
    assert stretches(*cut([text(1, 9)], [gap(3, 5), gap(6, 7)])) == [
        ("phrase", 1, 3),
        ("phrase", 5, 6),
        ("phrase", 7, 9),
    ]
    assert stretches(*cut([text(0, 2)], [gap(-4, 0), gap(2, 5), gap(8, 8)])) == [("phrase", 0, 2)]


def test_a_text_does_not_stand_by_what_was_not_given() -> None:
    """One picture before a gap seems to be shown until after it."""
    assert stretches(*cut([text(2.96, 13, samples=1)], [gap(3, 13)])) == [("mention", 2.96, 3)]
    assert stretches(*cut([text(0, 13, samples=1)], [gap(3, 13)])) == [("phrase", 0, 3)]
    assert stretches(*cut([text(2.96, 13, samples=None)], [gap(3, 13)])) == [("phrase", 2.96, 3)]


def test_what_was_looked_at_is_never_the_whole() -> None:
    told = MentionCoverage(frames=9, longest_gap=1.0, smallest_text=5.0)
    assert covered(told, []) == told
    some = covered(told, [gap(-2, 0), gap(3, 5)])
    assert (some.missing, some.is_whole) == (4.0, False)
    assert not covered(told, [gap(5, 5)]).is_whole
