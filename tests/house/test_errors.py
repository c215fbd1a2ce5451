"""The tree of errors: stable codes, a remedy each, drawn at its top, and told in the docs."""

from __future__ import annotations

import re
from pathlib import Path

from labeler import errors
from labeler.errors import ExitCode, LabelerError

DOCS = Path(__file__).parents[2] / "docs" / "errors.md"


def classes() -> list[type[LabelerError]]:
    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, LabelerError)]
    assert len(found) > 15
    return found


def test_each_class_has_a_code_of_its_own_and_a_remedy() -> None:
    codes = [one.code for one in classes()]
    assert len(set(codes)) == len(codes)
    for one in classes():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", one.code)
        assert all(len(remedy) > 10 for remedy in one.default_remedy)
        error = one("said")
        assert str(error) == "said" and error.remedy == one.default_remedy[0] and error.exit_code in ExitCode


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn = re.findall(r"^ {4}[│├└─ ]*([A-Z]\w+)(?: +(\d+))?", errors.__doc__ or "", re.MULTILINE)
    codes = {name: code for name, code in drawn}
    assert set(codes) == {one.__name__ for one in classes()}
    for one in classes():
        if one is not LabelerError:
            assert codes[one.__name__] == str(int(one.exit_code)), one.__name__


def test_the_exit_codes_are_those_of_the_readme() -> None:
    for name in ("README.md", "README.fr.md"):
        text = (DOCS.parents[1] / name).read_text(encoding="utf-8")
        told = [int(code) for row in re.findall(r"^\| ([\d, ]+) \|", text, re.MULTILINE) for code in row.split(",")]
        assert sorted(told) == sorted(int(code) for code in ExitCode), name


def test_the_docs_tell_each_code() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (\w*) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    told = {code: (int(number), retry) for code, number, retry in rows}
    assert told == {one.code: (int(one.exit_code), one.retry) for one in classes()}
