"""The ledger made again from the records: what is there is in it, what went away is not, and nothing else changes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from labeler.errors import LabelerError, LedgerError, SourceMissing
from labeler.ledger.place import Place, place_named
from labeler.ledger.rebuild import Rebuilt, Walk, rebuild
from labeler.ledger.store import Wanted, opened
from labeler.rules.ledger import LedgerEntry
from tests.ledger.entries import digest, entry, write_record

Told = list[tuple[str, str]]


def again(place: Place, *folders: Path) -> tuple[Rebuilt, Told]:
    told: Told = []
    made = rebuild(place, folders, lambda path, why: told.append((path.name, why)))
    return made, told


def names(place: Place, what: str | None = None) -> list[str]:
    with opened(place) as ledger:
        return [Path(one.record).name.removesuffix(".labeler.json") for one in ledger.find(Wanted(what))]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    for name in ("a.mp4", "sub/b.mov", "sub/deep/c.mkv"):
        write_record((folder / name).parent, Path(name).name)
    return folder


def test_every_record_below(place: Place, out: Path) -> None:
    made, told = again(place, out)
    assert (made, told) == (Rebuilt(3, 0, 0), [])
    assert names(place) == ["a.mp4", "b.mov", "c.mkv"]
    with opened(place) as ledger:
        (found,) = ledger.find(Wanted("a.mp4"))
    record, output = str(out / "a.mp4.labeler.json"), str(out / "a.mp4")
    assert found == entry("a.mp4").model_copy(update={"record": record, "output": output})


def test_twice_is_once(place: Place, out: Path) -> None:
    again(place, out)
    assert again(place, out)[0] == Rebuilt(3, 0, 0)
    assert names(place) == ["a.mp4", "b.mov", "c.mkv"]


def test_what_went_away_is_dropped_below_these_folders_alone(place: Place, out: Path, tmp_path: Path) -> None:
    (tmp_path / "out2").mkdir()
    elsewhere = entry("gone.mp4", folder=str(tmp_path / "out2"))
    with opened(place, to_write=True) as ledger:
        ledger.add([elsewhere, entry("gone.mp4", folder=str(out)), entry("z.mp4", folder=f"{out}/sub")])
    again(place, out)
    (out / "a.mp4.labeler.json").unlink()
    assert again(place, out)[0] == Rebuilt(2, 1, 0)
    assert names(place) == ["b.mov", "c.mkv", "gone.mp4"]
    shutil.rmtree(out / "sub")
    with pytest.raises(SourceMissing, match="there is no such folder"):
        again(place, out / "sub")
    assert again(place, out, tmp_path / "out2")[0] == Rebuilt(0, 3, 0)


def test_a_record_that_changed_is_read_again(place: Place, out: Path) -> None:
    again(place, out)
    write_record(out, "a.mp4", fingerprint="f" * 64)
    again(place, out)
    assert names(place, "f" * 64) == ["a.mp4"] and names(place, digest("fingerprint a.mp4")) == []


def test_what_is_no_record_is_told_and_stops_nothing(place: Place, out: Path) -> None:
    (out / "x.mp4.labeler.json").write_text("{")
    write_record(out, "new.mp4", schema="labeler.record/2")
    (out / "list.mp4.labeler.json").write_text("[]")
    os.close(os.open(os.fsencode(out) + b"/\xff.mp4.labeler.json", os.O_CREAT | os.O_WRONLY))
    made, told = again(place, out)
    assert made == Rebuilt(3, 0, 4)
    assert dict(told)["new.mp4.labeler.json"] == "a newer labeler made this record (labeler.record/2)."
    assert dict(told)["x.mp4.labeler.json"] == "this is no record, or it is damaged."


def test_hostile_records(place: Place, out: Path) -> None:
    write_record(out, "n.mp4", labeler="0\x001", fingerprint="x" * 2500)
    write_record(out, "long.mp4", fingerprint="".join(digest(str(number)) for number in range(60)))
    (out / "deep.mp4.labeler.json").write_text("[" * 100_000)
    os.mkfifo(out / "pipe.mp4.labeler.json")
    (out / "folder.mp4.labeler.json").mkdir()
    (out / "loop").symlink_to(out)
    made, told = again(place, out)
    refused = {"deep.mp4.labeler.json", "long.mp4.labeler.json"}
    assert (made.indexed, {name for name, _ in told}) == (4, refused)
    with opened(place) as ledger:
        assert [one.labeler for one in ledger.find(Wanted("n.mp4"))] == ["0\ufffd1"]


def test_what_is_private_to_a_run_is_not_looked_at(place: Place, out: Path) -> None:
    write_record(out / ".d.mp4.host.1.part" / "out", "d.mp4")
    assert again(place, out)[0].indexed == 3


def test_a_folder_that_cannot_be_read_keeps_its_entries(
    place: Place, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again(place, out)
    whole = os.scandir

    def shut(folder: str) -> object:
        if folder.endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return whole(folder)

    monkeypatch.setattr("labeler.ledger.rebuild.os.scandir", shut)
    made, told = again(place, out)
    assert (made, told) == (Rebuilt(1, 0, 1), [("sub", "Permission denied")])
    assert names(place) == ["a.mp4", "b.mov", "c.mkv"]


def test_a_record_that_cannot_be_read_keeps_its_entry(place: Place, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again(place, out)

    def gone(path: Path) -> LedgerEntry:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr("labeler.ledger.rebuild.read_entry", gone)
    made, told = again(place, out)
    assert made == Rebuilt(0, 0, 3) and {why for _, why in told} == {"Stale file handle"}
    assert names(place) == ["a.mp4", "b.mov", "c.mkv"]


def test_a_record_that_changes_while_it_is_read(place: Place, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the ledger in the end is what is in the record, and what went away meanwhile is not."""

    def in_between(change: Callable[[], object]) -> None:
        add, done = type(ledger).add, []

        def slow(self: object, *told: object) -> None:
            if not done:
                done.append(change())
            add(self, *told)  # type: ignore[arg-type]

        monkeypatch.setattr(type(ledger), "add", slow)

    path = out / "a.mp4.labeler.json"
    with opened(place, to_write=True) as ledger:
        walk = Walk(ledger, ledger.begin_walk(), lambda path, why: None)
        in_between(lambda: write_record(out, "a.mp4", fingerprint="f" * 64))
        assert walk.index([path]) == 1
        assert [one.fingerprint for one in ledger.find()] == ["f" * 64]
        in_between(path.unlink)
        assert walk.index([path]) == 0
        assert list(ledger.find()) == []


def test_a_release_while_others_walk_is_not_dropped(place: Place, out: Path) -> None:
    with opened(place, to_write=True) as ledger:
        first, second = ledger.begin_walk(), ledger.begin_walk()
        ledger.add([entry("met.mp4", folder=str(out))], second)
        ledger.add([entry("met.mp4", folder=str(out))], first)
        ledger.add([entry("released.mp4", folder=str(out))])
        assert ledger.drop_unmet(str(out), first) == ledger.drop_unmet(str(out), second) == 0


def test_a_release_and_its_record_are_one_entry(place: Place, out: Path) -> None:
    with opened(place, to_write=True) as ledger:
        ledger.add([entry("a.mp4", folder=str(out))])
    again(place, out)
    assert names(place, "a.mp4") == ["a.mp4"]


def test_the_output_lies_beside_its_record(tmp_path: Path) -> None:
    place = place_named(str(tmp_path / "l.sqlite"))
    assert place is not None
    moved, kept = tmp_path / "moved", tmp_path / "records"
    write_record(moved, "a.mp4", output={"file": "/before/a.mp4"})
    (moved / "a.mp4").write_bytes(b"x")
    write_record(kept, "b.mp4", output={"file": "/out/b.mp4"})
    again(place, tmp_path)
    with opened(place) as ledger:
        assert [one.output for one in ledger.find()] == [str(moved / "a.mp4"), "/out/b.mp4"]


@pytest.mark.parametrize("damage", ["text", "middle", "cut", "no tables"])
def test_a_damaged_file_is_told_and_made_again(damage: str, tmp_path: Path, out: Path) -> None:
    path = tmp_path / "l.sqlite"
    place = place_named(str(path))
    assert place is not None
    if damage == "text":
        path.write_text("my only copy of something else" * 100)
    else:
        with opened(place, to_write=True) as ledger:
            ledger.add(entry(f"{number}.mp4") for number in range(200))
        content = path.read_bytes()
        if damage == "middle":
            path.write_bytes(content[:100] + b"\xaa" * (len(content) - 100))
        elif damage == "cut":
            path.write_bytes(content[: len(content) // 2])
        else:
            with opened(place, to_write=True) as ledger, ledger.writing() as connection:
                connection.execute("DROP TABLE labeler_records", {})
    before = path.read_bytes()
    with pytest.raises(LabelerError) as refused:
        names(place, "150.mp4")
    assert refused.value.code == "ledger-unusable" and "rebuild" in refused.value.remedy
    made, _ = again(place, out)
    assert made.indexed == 3 and made.aside == tmp_path / "l.sqlite.damaged"
    assert damage == "no tables" or made.aside.read_bytes() == before
    assert names(place) == ["a.mp4", "b.mov", "c.mkv"]


def test_another_programs_database_is_left_alone(tmp_path: Path, out: Path) -> None:
    import sqlite3

    path = tmp_path / "other.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    place = place_named(str(path))
    assert place is not None
    with pytest.raises(LedgerError, match="another program's database"):
        again(place, out)
    assert path.read_bytes() == before


def test_records_as_labeler_writes_them(tmp_path: Path) -> None:
    """The keys that the ledger reads are those of `labeler.record/1`."""
    from labeler.ledger.entry import Core
    from labeler.rules.record import Record

    names = {field.alias or name for name, field in Core.model_fields.items()}
    assert names <= {field.alias or name for name, field in Record.model_fields.items()}
    assert json.loads(write_record(tmp_path, "a.mp4").read_text())["schema"] == "labeler.record/1"
