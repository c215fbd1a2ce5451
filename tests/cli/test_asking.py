"""Lists on standard input: one name a line, or names that end in NUL."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from labeler.cli.asking import absolute, list_on, named


def given(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content))


def test_a_name_a_line() -> None:
    content = b"a.mp4\r\n\n# a remark\n@b.mp4\n c .mp4\n\xff.mp4"
    assert list_on(given(content), False) == ["a.mp4", "./@b.mp4", " c .mp4", os.fsdecode(b"\xff.mp4")]


def test_names_that_end_in_nul() -> None:
    content = b"a\nb.mp4\0#c.mp4\0\0@d.mp4\0 \0\xff.mp4\0"
    assert list_on(given(content), True) == ["a\nb.mp4", "#c.mp4", "./@d.mp4", " ", os.fsdecode(b"\xff.mp4")]


def test_it_stands_among_other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", given(b"b.mp4\0"))
    assert named(("a.mp4", "-", "@c.csv"), True) == ["a.mp4", "b.mp4", "@c.csv"]


def test_for_whoever_stands_elsewhere_a_list_stays_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked = {"sources": ["@sub/list.csv", "a/"], "output": "out/", "records": None, "declaration": Path("d.toml")}
    whole = absolute(asked)
    assert whole["sources"] == [f"@{tmp_path}/sub/list.csv", f"{tmp_path}/a/"]
    assert (whole["output"], whole["declaration"]) == (f"{tmp_path}/out/", tmp_path / "d.toml")
