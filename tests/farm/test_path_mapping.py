"""Path mapping, held against Open Job Description's own; and where labeler goes on by itself."""

from __future__ import annotations

import json
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openjd.sessions import PathFormat, PathMappingRule

from labeler.errors import UsageError
from labeler.farm.path_mapping import PathMapping, Rule, load_path_mapping
from labeler.rules.plan import FileReference, PlanItem, PresetReference


def rule(source: str, destination: str, format_: str = "POSIX") -> Rule:
    return Rule.model_validate({"source_path_format": format_, "source_path": source, "destination_path": destination})


SHOWS = PathMapping(
    (
        rule("/mnt/shows", "/net/shows"),
        rule("/mnt/shows/abc", "/fast/abc"),
        rule("P:\\shows", "/mnt/p", "WINDOWS"),
        rule("Q:", "/mnt/q", "WINDOWS"),
        rule("\\\\filer\\vol1", "/mnt/vol1", "WINDOWS"),
        rule("s3://bucket", "/mnt/s3", "URI"),
    )
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/mnt/shows/x/a.mov", "/net/shows/x/a.mov"),
        ("/mnt/shows", "/net/shows"),
        ("/mnt/shows/abc/a.mov", "/fast/abc/a.mov"),
        ("/mnt/shows/abcd/a.mov", "/net/shows/abcd/a.mov"),
        ("/mnt/showsx/a.mov", "/mnt/showsx/a.mov"),
        ("/MNT/shows/a.mov", "/MNT/shows/a.mov"),
        ("/mnt//shows/./a.mov", "/net/shows/a.mov"),
        ("/mnt/shows/../a.mov", "/net/shows/../a.mov"),
        ("mnt/shows/a.mov", "mnt/shows/a.mov"),
        ("P:\\shows\\Abc\\A.mov", "/mnt/p/Abc/A.mov"),
        ("p:/SHOWS/Abc/A.mov", "/mnt/p/Abc/A.mov"),
        ("P:\\showsx\\a.mov", "P:\\showsx\\a.mov"),
        ("P:shows\\a.mov", "P:shows\\a.mov"),
        ("q:\\a.mov", "/mnt/q/a.mov"),
        ("//FILER/vol1/x/a.mov", "/mnt/vol1/x/a.mov"),
        ("\\\\filer\\vol12\\a.mov", "\\\\filer\\vol12\\a.mov"),
        ("s3://bucket/a.mov", "s3://bucket/a.mov"),
        ("", ""),
    ],
)
def test_longest_rule_on_whole_components(path: str, expected: str) -> None:
    assert SHOWS.of(path) == expected


def test_order_of_rules_is_nothing() -> None:
    assert PathMapping(SHOWS.rules[::-1]).of("/mnt/shows/abc/a.mov") == "/fast/abc/a.mov"


def test_a_root_and_a_machine_of_windows() -> None:
    here = PathMapping((rule("/", "P:\\all"),), PureWindowsPath)
    assert here.of("/shows/a.mov") == "P:\\all\\shows\\a.mov"
    assert PathMapping((rule("P:\\", "/", "WINDOWS"),)).of("P:\\a\\b.mov") == "/a/b.mov"


NAMES = st.lists(st.text(st.sampled_from("aAbK\u212aİ. -é"), min_size=1).filter(lambda s: s not in (".",)), max_size=4)


@given(NAMES, NAMES, NAMES, st.sampled_from(["POSIX", "WINDOWS"]))
def test_as_open_job_description_does(named: list[str], other: list[str], rest: list[str], format_: str) -> None:
    root, separator = ("/", "/") if format_ == "POSIX" else ("P:\\", "\\")
    pure: type[PurePath] = PurePosixPath if format_ == "POSIX" else PureWindowsPath
    source = root + separator.join(named)
    theirs = PathMappingRule(
        source_path_format=PathFormat(format_), source_path=pure(source), destination_path=PurePosixPath("/d/e")
    )
    ours = PathMapping((rule(source, "/d/e", format_),))
    for path in (source, root + separator.join([*named, *rest]), root + separator.join(other), source + "x"):
        # A separator at the end says nothing of a file; it is not kept.
        assert PurePosixPath(ours.of(path)) == PurePosixPath(theirs.apply(path=path)[1])


@given(st.text())
def test_any_text_is_a_path_or_is_left_alone(path: str) -> None:
    assert isinstance(SHOWS.of(path), str)
    assert PathMapping().of(path) == path


def test_an_item_is_mapped_and_keeps_its_id() -> None:
    item = PlanItem(
        id="7",
        source=FileReference(file="P:\\shows\\a.mov", sha256="0", bytes=3),
        preset=PresetReference(id="eu-standard", version=1, sha256="0"),
        declaration_sha256="0",
        output="P:\\shows\\out\\a.mov",
        layers={},
    )
    mapped = SHOWS.of_item(item)
    assert mapped.source == FileReference(file="/mnt/p/a.mov", sha256="0", bytes=3)
    assert (mapped.output, mapped.id) == ("/mnt/p/out/a.mov", "7")
    assert SHOWS.of_path(Path("/mnt/shows/records")) == Path("/net/shows/records")


# --- the file ---------------------------------------------------------------------------------------------------------


def test_a_file_of_a_session(tmp_path: Path) -> None:
    file = tmp_path / "mapping.json"
    one = {"source_path_format": "WINDOWS", "source_path": "P:\\shows", "destination_path": "/mnt/shows"}
    file.write_text(json.dumps({"version": "pathmapping-1.0", "path_mapping_rules": [one]}))
    assert load_path_mapping(file).of("p:\\shows\\a") == "/mnt/shows/a"
    file.write_text("{}")  # what a session without rules hands over
    assert load_path_mapping(file) == PathMapping()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"version": "pathmapping-2.0", "path_mapping_rules": []}',
        '{"version": "pathmapping-1.0", "path_mapping_rules": [{"source_path": "/a"}]}',
        '{"path_mapping_rules": [{"source_path_format": "MAC", "source_path": "/a", "destination_path": "/b"}]}',
        '{"path_mapping_rules": [{"source_path_format": "POSIX", "source_path": "", "destination_path": "/b"}]}',
        '{"path_mapping_rules": [{"source_path_format": "POSIX", "source_path": "/a", "destination_path": ""}]}',
    ],
)
def test_a_file_of_another_form(text: str, tmp_path: Path) -> None:
    (tmp_path / "mapping.json").write_text(text)
    with pytest.raises(UsageError, match=r"not a path mapping of pathmapping-1\.0"):
        load_path_mapping(tmp_path / "mapping.json")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_path_mapping(tmp_path / "mapping.json")
