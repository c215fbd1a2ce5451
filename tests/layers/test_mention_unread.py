"""Which readings say that a line has letters that the models do not know: as measured, with the line's shape."""

from __future__ import annotations

import pytest

from labeler.layers.mention.unread import is_unread

HEIGHT = 30.0


@pytest.mark.parametrize(
    ("text", "confidence", "length"),
    [
        (" ", 0.87, 7.0),  # Thai, and Cyrillic
        ("ašvTagUayaynUs:āu", 0.76, 9.0),  # Thai
        ("TRAMAHTHA", 0.51, 6.4),  # Devanagari
        ("FaN TNO TAOR", 0.39, 7.0),  # Bengali
        ("nna: ncǐ p99hn fe+ Pt4M4", 0.49, 11.0),  # Ethiopic
        ("Uuntn t wnhtuunwy pwwunpjup", 0.81, 19.6),  # Armenian
        ("agas b3yn ado", 0.55, 16.0),  # Georgian
        ("AI", 0.69, 6.1),  # of `AI로 생성된 콘텐츠`
    ],
)
def test_letters_of_other_scripts(text: str, confidence: float, length: float) -> None:
    assert is_unread(text, confidence, (length * HEIGHT, HEIGHT))
    assert is_unread(text, confidence, (HEIGHT, length * HEIGHT)), "it runs down"


@pytest.mark.parametrize(
    ("text", "confidence", "length"),
    [
        ("Made with Al", 0.95, 5.3),
        ("Zażółć gęślą jaźń", 0.94, 8.0),
        ("AI", 1.0, 1.4),
        ("KI", 0.6, 1.4),
        ("2026", 0.8, 2.4),
        ("", 0.0, 9.0),  # a row of squares
        ("l", 0.6, 12.0),  # a pole
        ("htutlultulutulutultul", 0.58, 7.6),  # a ruler
        ("MMAAAAAAAAM", 0.65, 12.5),  # a hatched board
        ("hthutuutuuhmtunl", 0.5, 7.2),
        ("Sxrite", 0.83, 2.6),  # the small name of a maker
    ],
)
def test_what_is_none(text: str, confidence: float, length: float) -> None:
    assert not is_unread(text, confidence, (length * HEIGHT, HEIGHT))
