"""Whether a text that was read is the planned one."""

from __future__ import annotations

import pytest

from labeler.layers.mention.second import reads_as


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
    ],
)
def test_reads_as(read: str, planned: str, same: bool) -> None:
    assert reads_as(read, planned) is same
