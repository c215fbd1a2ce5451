"""People's text in their language."""

from __future__ import annotations

import pytest

from labeler.language import decimal, spoken


@pytest.mark.parametrize(("language", "written"), [("fr", "1,50"), ("en", "1.50"), ("de", "1.50")])
def test_decimals(language: str, written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LANG", language)
    assert decimal(1.5, 2) == written


def test_the_locale_decides_where_nobody_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABELER_LANG")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert spoken() == "en"
    monkeypatch.setenv("LANG", "fr_CA.UTF-8")
    assert spoken() == "fr"
    monkeypatch.setenv("LC_ALL", "C")
    assert spoken() == "en"
