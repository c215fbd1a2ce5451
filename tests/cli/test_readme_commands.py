"""The commands that the README shows run as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Studio

ROOT = Path(__file__).parents[2]


def shown(page: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("labeler ")]


def test_both_readmes_show_the_same_commands() -> None:
    """Folders may have French names; commands and flags are the same."""
    english, french = ([outline(line) for line in shown(page)] for page in ("README.md", "README.fr.md"))
    assert english == french and len(english) >= 5


def outline(line: str) -> list[str]:
    words = shlex.split(line, comments=True)
    return [words[1], str(len(words)), *(word for word in words if word.startswith("-"))]


def test_the_commands_run(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    work = tmp_path / "work"
    studio.copy_clip(work / "film.mp4")
    studio.copy_clip(work / "masters" / "below" / "spot.mp4")
    studio.copy_labelled(work / "incoming").rename(work / "incoming" / "clip.mp4")
    (work / "film.toml").write_text('schema = "labeler.declaration/1"\n[ai]\ninvolvement = "assisted"\n')
    for line in shown("README.md"):
        words = shlex.split(line, comments=True)
        done = studio.labeler(*words[1:], cwd=work, LABELER_HOME=str(home))
        assert done.code == 0, (line, done.err)
    assert (work / "film.eu-standard.mp4").is_file()
    assert (work / "out" / "below" / "spot.youtube-16x9.mp4").is_file()
