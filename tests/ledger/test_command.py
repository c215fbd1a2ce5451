"""`labeler ledger`, after `labeler label @LIST` and `labeler step`: what was released is found."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from labeler.cli.main import run
from labeler.layers.credentials import identity as identities
from tests.clips import make_clip
from tests.ledger.entries import digest, write_record

Said = tuple[int, str, str]


@pytest.fixture
def say_it(capfd: pytest.CaptureFixture[str]) -> Any:
    def run_it(*words: str | Path) -> Said:
        capfd.readouterr()
        code = int(run([str(word) for word in words]))
        told = capfd.readouterr()
        return code, told.out, told.err

    return run_it


@pytest.fixture
def out(tmp_path: Path, say_it: Any) -> Path:
    for name in ("a.mp4", "b.mov"):
        write_record(tmp_path / "out", name)
    assert say_it("ledger", "rebuild", tmp_path / "out")[0] == 0
    return tmp_path / "out"


@pytest.mark.wide
def test_a_list_is_labelled_and_found(tmp_path: Path, private_home: Path, say_it: Any) -> None:
    identities.create("one", home=private_home, now=datetime.now(UTC))
    (tmp_path / "in").mkdir()
    clip = make_clip(tmp_path / "in" / "clip.mp4", width=480, height=270, seconds=0.4, sound=False)
    shutil.copyfile(clip, clip.with_name("other.mp4"))
    rows = "source;preset;language;item_id;output\nin/clip.mp4;;en;0001;out/\nin/other.mp4;eu-generated;;0002;out/\n"
    (tmp_path / "list.csv").write_text(rows, encoding="utf-8-sig")
    asked = [f"@{tmp_path}/list.csv", "--involvement", "generated", "--name", "{id}-{stem}.{preset}", "--jobs", "1"]
    code, paths, told = say_it("label", *asked)
    assert code == 0, told
    made = [tmp_path / "out" / name for name in ("0001-clip.eu-standard.mp4", "0002-other.eu-generated.mp4")]
    assert paths.split() == [str(path) for path in made]
    record = json.loads((made[0].parent / f"{made[0].name}.labeler.json").read_text())
    assert record["plan"]["mention"][0]["language"] == "en"
    for what in (record["output"]["sha256"], record["source"]["sha256"][:12], record["fingerprint"], made[0].name):
        code, paths, _ = say_it("ledger", "find", what, "--preset", "eu-standard")
        assert (code, paths.split()) == (0, [str(made[0])]), what
    assert say_it("label", *asked)[0] == 0  # skipped: the list means the same the second time
    before = say_it("ledger", "export")[1]
    assert say_it("ledger", "rebuild", tmp_path)[0] == 0
    assert say_it("ledger", "export")[1] == before
    plan = tmp_path / "plan.jsonl"
    assert say_it("plan", f"@{tmp_path}/list.csv", "--involvement", "generated", "--plan", plan)[0] == 0
    assert say_it("step", plan, "--item", "1")[0] == 0
    assert say_it("ledger", "find", "other.eu-generated.mp4")[1].split() == [f"{tmp_path}/out/other.eu-generated.mp4"]


def test_find(out: Path, say_it: Any) -> None:
    assert say_it("ledger", "find", "A.MP4")[:2] == (0, f"{out}/a.mp4\n")
    code, told, _ = say_it("ledger", "find", "--status", "released", "--json")
    found = [json.loads(line) for line in told.splitlines()]
    assert code == 0 and [one["output_sha256"] for one in found] == [digest("output a.mp4"), digest("output b.mov")]
    assert {one["schema"] for one in found} == {"labeler.ledger/1"}
    assert say_it("ledger", "find", "c.mp4")[:2] == (3, "")
    assert say_it("ledger", "find")[0] == 2


def test_show(out: Path, say_it: Any) -> None:
    code, told, _ = say_it("ledger", "show", digest("id a.mp4")[:10])
    assert code == 0
    assert f"output_sha256: {digest('output a.mp4')}" in told and "signer: Studio" in told
    assert "not there any more" not in told
    (out / "a.mp4.labeler.json").unlink()
    assert "The record is not there any more." in say_it("ledger", "show", digest("id a.mp4"))[1]
    assert say_it("ledger", "show", "0" * 64)[0] == 3


def test_export(out: Path, say_it: Any) -> None:
    lines = [json.loads(line) for line in say_it("ledger", "export", "--json")[1].splitlines()]
    rows = list(csv.DictReader(io.StringIO(say_it("ledger", "export", "--csv")[1])))
    assert [row["output"] for row in rows] == [line["output"] for line in lines] == [f"{out}/a.mp4", f"{out}/b.mov"]
    assert list(rows[0]) == [key for key in lines[0] if key != "schema"]


def test_rebuild_says_what_it_could_not_read(out: Path, say_it: Any) -> None:
    (out / "bad\x1b.mp4.labeler.json").write_text("{")
    code, told, err = say_it("ledger", "rebuild", out)
    assert (code, told) == (1, "") and "2 records in the ledger, 0 dropped, 1 unread." in err
    assert "\x1b" not in err and "this is no record, or it is damaged." in err
    assert say_it("ledger", "rebuild", out / "nothing")[0] == 3


def test_a_damaged_ledger_is_put_aside(out: Path, say_it: Any, private_home: Path) -> None:
    (private_home / "ledger.sqlite").write_text("x" * 9000)
    assert say_it("ledger", "find", "a.mp4")[0] == 3
    code, _, err = say_it("ledger", "rebuild", out)
    assert code == 0 and "ledger.sqlite.damaged" in err and "name all others too" in err
    assert say_it("ledger", "find", "a.mp4")[0] == 0


def test_there_is_to_be_none(out: Path, say_it: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LEDGER", "off")
    for words in (("find", "a.mp4"), ("export",), ("rebuild", str(out))):
        assert say_it("ledger", *words)[0] == 2
