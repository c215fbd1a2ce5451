"""The catalogue explains every check that a verdict can hold, in both languages, and none that there is not."""

from __future__ import annotations

import pytest

from labeler.rules.checks import EXPLAINED, mend_of, name_of
from labeler.verdict import LAYERS
from tests.house.test_docs import ids_made_in_code


def test_every_check_of_the_code_is_explained_and_no_other() -> None:
    assert set(EXPLAINED) == ids_made_in_code()


@pytest.mark.parametrize("id", EXPLAINED)
def test_each_says_all_in_two_languages(id: str) -> None:
    known = EXPLAINED[id]
    assert known.id == id and id.partition(".")[0] in LAYERS
    for english, french in (known.name, known.measures, known.rule, known.mend):
        assert english.strip() and french.strip()
    for english, french in (known.measures, known.mend):
        assert english != french or id == "metadata.description"
    for sentence in known.mend:
        assert sentence.endswith(".")
    for text in (known.measures[1], known.mend[1]):
        assert ";" not in text.replace(" ;", ""), "French has a space before it"


def test_by_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LANG", "fr")
    assert name_of("mention.size") == "Taille" and mend_of("mention.size").startswith("Livrez une image plus grande")
    assert name_of("mention.unheard_of") == "mention.unheard_of" and mend_of("mention.unheard_of") == ""
