"""From names to videos: files, folders, patterns; what is passed over and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labeler.batch.sources import Named, Refused, Search, expand
from labeler.errors import SourceMissing, SourceRejected, SourceUnreadable, SourceUnsupported

DEEP = Search(recursive=True)


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"some bytes")


def named(entries: list[Named | Refused], root: Path) -> list[str]:
    return [str(entry.path.relative_to(root)) for entry in entries if isinstance(entry, Named)]


def refusals(entries: list[Named | Refused]) -> list[tuple[str, type[Exception]]]:
    return [(entry.path.name, type(entry.error)) for entry in entries if isinstance(entry, Refused)]


def test_folder_yields_its_videos_by_name(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("b.MOV", "a.mp4", "c.mkv", "d.m4v", "notes.txt", "still.png", "x.webm")))
    touch(tmp_path / "below" / "e.mp4")
    assert named(expand([str(tmp_path)]), tmp_path) == ["a.mp4", "b.MOV", "c.mkv", "d.m4v", "x.webm"]


def test_folders_below_only_on_demand_and_with_their_place(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4", tmp_path / "x" / "y" / "b.mp4")
    entries = expand([str(tmp_path)], DEEP)
    assert named(entries, tmp_path) == ["a.mp4", "x/y/b.mp4"]
    assert [entry.reldir for entry in entries if isinstance(entry, Named)] == [Path(), Path("x/y")]


def test_private_things_are_passed_over(tmp_path: Path) -> None:
    touch(
        *(tmp_path / name for name in ("a.mp4", ".hidden.mp4", "b.mp4.part", "a.c2pa", "a.mp4.labeler.json")),
        *(tmp_path / name for name in ("quarantine/bad.mp4", ".a.host.1.part/out/a.mp4", "work.part/c.mp4")),
    )
    assert named(expand([str(tmp_path)], DEEP), tmp_path) == ["a.mp4"]


def test_links_to_folders_end_no_walk(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "a.mp4")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "self.mp4").symlink_to("self.mp4")
    entries = expand([str(tmp_path)], DEEP)
    assert named(entries, tmp_path) == ["in/a.mp4"]
    assert refusals(entries) == [("self.mp4", SourceUnreadable)]


def test_a_broken_link_is_told(tmp_path: Path) -> None:
    (tmp_path / "gone.mp4").symlink_to("nowhere.mp4")
    assert refusals(expand([str(tmp_path)])) == [("gone.mp4", SourceUnreadable)]


@pytest.mark.parametrize("search", [Search(), DEEP])
def test_folder_without_a_video_is_refused(search: Search, tmp_path: Path) -> None:
    touch(tmp_path / "notes.txt")
    (refused,) = expand([str(tmp_path)], search)
    assert isinstance(refused, Refused) and isinstance(refused.error, SourceMissing)
    assert ("-r" in refused.error.remedy) is (search is not DEEP)


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.mp4", tmp_path / "closed" / "b.mp4")
    listing = Path.iterdir

    def iterdir(folder: Path) -> object:
        if folder.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listing(folder)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    entries = expand([str(tmp_path)], DEEP)
    assert named(entries, tmp_path) == ["a.mp4"] and refusals(entries) == [("closed", SourceUnreadable)]


def test_patterns(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("a.mp4", "b.mp4", "b.txt", "c/d.mp4", "odd[1].mp4", "e.webm", "f.png")))
    assert named(expand([f"{tmp_path}/*.mp4"]), tmp_path) == ["a.mp4", "b.mp4", "odd[1].mp4"]
    assert named(expand([f"{tmp_path}/**/d*"], DEEP), tmp_path) == ["c/d.mp4"]
    assert named(expand([f"{tmp_path}/odd[1].mp4"]), tmp_path) == ["odd[1].mp4"]
    assert named(expand([f"{tmp_path}/*.webm"]), tmp_path) == ["e.webm"]
    assert refusals(expand([f"{tmp_path}/*.mxf"])) == [("*.mxf", SourceMissing)]
    assert refusals(expand([f"{tmp_path}/*.txt"])) == [("*.txt", SourceMissing)]


def test_each_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.mp4")
    monkeypatch.chdir(tmp_path)
    assert len(expand(["a.mp4", "./a.mp4", str(tmp_path / "a.mp4"), ".", "*.mp4"])) == 1


def test_missing_names_keep_their_order(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4")
    entries = expand([str(tmp_path / "gone.mp4"), str(tmp_path / "a.mp4"), str(tmp_path / "a.mp4" / "x")])
    assert refusals(entries) == [("gone.mp4", SourceMissing), ("x", SourceMissing)]
    assert isinstance(entries[1], Named)


@pytest.mark.parametrize("name", ["still.PNG", "frame.0001.exr", "photo.jpg"])
def test_still_images_are_refused_by_name(name: str, tmp_path: Path) -> None:
    touch(tmp_path / name)
    assert refusals(expand([str(tmp_path / name)])) == [(name, SourceUnsupported)]


@pytest.mark.parametrize("mark", ["ASSETMAP", "ASSETMAP.xml", "VOLINDEX.xml", "index.m3u8", "manifest.mpd"])
def test_packages_are_refused_as_folders(mark: str, tmp_path: Path) -> None:
    touch(tmp_path / "fine.mp4", tmp_path / "package" / mark, tmp_path / "package" / "part.mp4")
    entries = expand([str(tmp_path)], DEEP)
    assert named(entries, tmp_path) == ["fine.mp4"]
    assert refusals(entries) == [("package", SourceUnsupported)]
    (refused,) = expand([str(tmp_path / "package")])
    assert isinstance(refused, Refused) and mark in refused.error.message


def test_files_of_packages_are_refused_by_name(tmp_path: Path) -> None:
    touch(tmp_path / "dcp" / "ASSETMAP", tmp_path / "dcp" / "reel.mp4", tmp_path / "hls" / "other.mp4")
    (tmp_path / "hls" / "index.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nsegment.mp4\n")
    touch(tmp_path / "hls" / "segment.mp4")
    assert refusals(expand([str(tmp_path / "dcp" / "reel.mp4")])) == [("reel.mp4", SourceUnsupported)]
    assert refusals(expand([str(tmp_path / "hls" / "segment.mp4")])) == [("segment.mp4", SourceUnsupported)]
    assert refusals(expand([str(tmp_path / "hls" / "index.m3u8")])) == [("index.m3u8", SourceUnsupported)]
    assert not refusals(expand([str(tmp_path / "hls" / "other.mp4")]))


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.mp4")
    touch(tmp_path / name)
    assert [error for _, error in refusals(expand([str(tmp_path)]))] == [SourceRejected]
    assert [error for _, error in refusals(expand([str(tmp_path / name)]))] == [SourceRejected]


def test_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    assert refusals(expand([str(tmp_path / "pipe.mp4")])) == [("pipe.mp4", SourceUnreadable)]
    assert refusals(expand([str(tmp_path)])) == [("pipe.mp4", SourceUnreadable)]
    assert refusals(expand(["a\0b.mp4"])) == [("a\0b.mp4", SourceUnreadable)]
