"""Fixtures that every test may use. Real clips come only through `LABELER_MEDIA`; the run says how many it used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.farm import slurm_node
from tests.players.table import all_lacking


def media_root() -> Path | None:
    named = os.environ.get("LABELER_MEDIA")
    return Path(named) if named else None


@pytest.fixture(scope="session")
def media_folder() -> Path:
    """The folder of real clips; tests that need it are not run without it, and the summary says so."""
    root = media_root()
    if root is None:
        pytest.skip("LABELER_MEDIA is not set: no real clips")
    assert any(root.glob("*.mp4")), "LABELER_MEDIA holds no clips"
    return root


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    root = media_root()
    count = len(list(root.glob("*.*"))) - 1 if root else 0
    terminalreporter.write_line(f"real clips from LABELER_MEDIA: {count}")
    terminalreporter.write_line(f"players (tests/players, by make test-wide): {told_of_players()}")
    terminalreporter.write_line(f"SLURM (tests/farm, by make test-wide): {slurm_node.lacking() or 'is here'}")


def told_of_players() -> str:
    """Which other programs cannot be asked here whether they play what labeler rendered."""
    lacking = all_lacking()
    return f"NOT HERE, so nothing is played in them: {', '.join(lacking)}" if lacking else "all are here"


@pytest.fixture(autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test sees the identities, presets or language of the person who runs it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LABELER_HOME", str(home))
    monkeypatch.setenv("LABELER_LANG", "en")
    for name in ("LABELER_IDENTITY", "LABELER_PRESETS", "LABELER_LEDGER"):
        monkeypatch.delenv(name, raising=False)
    return home
