"""Whether a text that was read is the planned one."""

from __future__ import annotations

import pytest

from labeler.layers.mention.second import is_read, reads_as


@pytest.mark.parametrize(
    ("read", "planned", "same"),
    [
        ("Contenu généré ou assisté par lA", "Contenu généré ou assisté par IA", True),
        ("MA CHAÎNE Contenu genere ou assiste par IA 2026", "Contenu généré ou assisté par IA", True),
        ("Contenu généré ou assisté par IA", "Contenu généré par IA", False),
        ("Contenu généré par IA", "Contenu généré ou assisté par IA", False),
        ("AI", "AI-generated content", False),
        ("", "AI-generated content", False),
        ("AI生成", "AI生成", True),
        ("Đưc to bi trí tu nhân to", "Được tạo bởi trí tuệ nhân tạo", True),
        ("", "Создано ИИ", False),
    ],
)
def test_reads_as(read: str, planned: str, same: bool) -> None:
    assert reads_as(read, planned) is same


@pytest.mark.parametrize(
    ("planned", "can_be"),
    [
        ("Contenu généré ou assisté par IA", True),
        ("AI生成", True),
        ("Được tạo bởi trí tuệ nhân tạo", True),
        ("인공지능으로 제작된 영상", False),
        ("Создано ИИ", False),
        ("Δημιουργήθηκε με AI", False),
        ("สร้างโดยปัญญาประดิษฐ์", False),
    ],
)
def test_which_texts_the_second_reader_can_read_at_all(planned: str, can_be: bool) -> None:
    assert is_read(planned) is can_be
