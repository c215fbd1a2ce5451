"""The examples of docs/library.md and of both READMEs run as they stand there."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labeler.layers.credentials import identity as identities
from tests.clips import make_clip

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["docs/library.md", "README.md", "README.fr.md"])
def test_the_examples_run(
    page: str,
    tmp_path: Path,
    private_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    identities.create("studio", home=private_home, now=datetime.now(UTC))
    film = make_clip(tmp_path / "film.mp4", width=480, height=270, seconds=0.4, sound=False)
    (tmp_path / "masters").mkdir()
    shutil.copyfile(film, tmp_path / "masters" / "spot.mp4")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    assert (tmp_path / "out" / "film.eu-standard.mp4").is_file()
    if page == "docs/library.md":
        told = capsys.readouterr().out
        assert "released 0" in told and "declared" in told and "film.mp4 [eu-standard] verify 100%" in told
