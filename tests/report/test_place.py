"""Where a report may be written, told before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from labeler.errors import LabelerError, OutputRefused, UsageError
from labeler.report.place import check_place
from tests.report.pages import entry, written


@pytest.mark.parametrize("name", ["r.html", "R.HTM"])
def test_a_free_place(name: str, tmp_path: Path) -> None:
    check_place(tmp_path / name, [tmp_path / "film.mp4"])
    assert not list(tmp_path.iterdir())


def refused(path: Path, *taken: Path) -> LabelerError:
    with pytest.raises(LabelerError) as told:
        check_place(path, taken)
    assert told.value.remedy
    return told.value


@pytest.mark.parametrize("name", ["r.pdf", "html", "r.html.mp4"])
def test_another_ending(name: str, tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path / name), UsageError)


def test_a_source_or_an_output(tmp_path: Path) -> None:
    taken = tmp_path / "film.html"
    assert isinstance(refused(tmp_path / "FILM.html", taken), UsageError)
    taken.write_bytes(b"a video by another name")
    (tmp_path / "link.html").symlink_to(taken)
    (tmp_path / "hard.html").hardlink_to(taken)
    assert isinstance(refused(tmp_path / "link.html", taken), UsageError)
    assert isinstance(refused(tmp_path / "hard.html", taken), UsageError)


def test_no_such_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in ("missing", "file"):
        assert isinstance(refused(tmp_path / folder / "r.html"), OutputRefused)


def test_a_folder_that_cannot_be_written() -> None:
    error = refused(Path("/proc/r.html"))
    assert isinstance(error, OutputRefused) and "--report" in error.remedy


def test_someone_elses_page_is_never_replaced(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("<!DOCTYPE html><title>Mine</title>", encoding="utf-8")
    assert isinstance(refused(page), OutputRefused)
    folder = tmp_path / "folder.html"
    folder.mkdir()
    assert isinstance(refused(folder), OutputRefused)
    dangling = tmp_path / "dangling.html"
    dangling.symlink_to(tmp_path / "nowhere.html")
    assert isinstance(refused(dangling), OutputRefused)


def test_an_older_report_may_be(tmp_path: Path) -> None:
    written(tmp_path / "r.html", entry("a.mp4"))
    check_place(tmp_path / "r.html", [])


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path / ("x" * 300 + ".html")), OutputRefused)
