"""A ledger that cannot be used: an error of its own, with its exit code; and no release that minds."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from labeler.batch.listener import Item, Listener
from labeler.batch.noting import noting
from labeler.errors import ExitCode, LabelerError, LedgerError
from labeler.ledger import place as places
from labeler.ledger import sqlite
from labeler.ledger.failures import meaning
from labeler.ledger.notebook import Notebook
from labeler.ledger.place import Place, place_named
from labeler.ledger.store import Wanted, opened
from labeler.rules.plan import FileReference
from labeler.rules.record import Result
from tests.ledger.entries import entry


def file_at(path: Path) -> Place:
    place = place_named(str(path))
    assert place is not None
    return place


def put(place: Place, name: str = "a.mp4") -> None:
    with opened(place, to_write=True) as ledger:
        ledger.add([entry(name)])


def refused(work: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(LabelerError) as caught:
        work()
    assert caught.value.message and caught.value.remedy
    return caught.value.code, caught.value.exit_code


def test_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_HOME", str(tmp_path))
    assert file_at(tmp_path / "x y?#%.sqlite").path == tmp_path / "x y?#%.sqlite"
    assert place_named() == Place(str(tmp_path / "ledger.sqlite"), path=tmp_path / "ledger.sqlite")
    monkeypatch.setenv("LABELER_LEDGER", "off")
    assert place_named() is None
    monkeypatch.setenv("LABELER_LEDGER", "postgresql://me:secret@host:5433/labels")
    found = place_named()
    assert found is not None and found.url is not None
    assert (found.url.drivername, found.url.port, found.url.password) == ("postgresql+psycopg", 5433, "secret")
    assert "secret" not in found.name


@pytest.mark.parametrize("named", ["mysql://u:secret@h/d", "sqlite:///x", "postgresql://u:secret@h:port/d", "://"])
def test_no_ledger_has_such_an_address(named: str) -> None:
    with pytest.raises(LedgerError) as caught:
        place_named(named)
    assert caught.value.exit_code == ExitCode.USAGE and "secret" not in caught.value.message


def test_odd_names_of_files(tmp_path: Path) -> None:
    path = tmp_path / "é ?mode=memory#%41.sqlite"
    put(file_at(path))
    assert path.is_file()


def test_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.05)
    place = file_at(tmp_path / "l.sqlite")
    put(place)
    other = sqlite3.connect(tmp_path / "l.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert refused(lambda: put(place, "b.mp4")) == ("ledger-busy", ExitCode.TEMPORARY)
    with opened(place) as ledger:
        assert len(list(ledger.find())) == 1  # who reads does not wait for who writes
    other.execute("COMMIT")
    other.close()
    put(place, "b.mp4")


def test_no_place_for_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert refused(lambda: put(file_at(tmp_path / "file" / "l.sqlite"))) == ("ledger-unusable", ExitCode.REJECTED)
    assert refused(lambda: put(file_at(tmp_path))) == ("ledger-unusable", ExitCode.REJECTED)


def test_read_only(tmp_path: Path) -> None:
    """Asked of SQLite itself: whoever runs the tests as root may write anywhere."""
    path = tmp_path / "l.sqlite"
    put(file_at(path))
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("DELETE FROM labeler_records")
    connection.close()
    assert (found := meaning(caught.value, "l")).code == "ledger-unusable" and "readonly" in found.message


def test_disk_full(tmp_path: Path) -> None:
    """A file that may not grow: what SQLite says of it is that the disk is full."""
    path = tmp_path / "l.sqlite"
    put(file_at(path))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA max_page_count=1")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("CREATE TABLE more AS SELECT zeroblob(1000000)")
    connection.close()
    assert (meaning(caught.value, "l").code, meaning(caught.value, "l").exit_code) == ("disk-full", ExitCode.TEMPORARY)


@pytest.mark.wide
def test_a_disk_that_fills_up_while_it_is_written(tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from tests.ledger.entries import entry; from labeler.errors import LabelerError\n"
        "from labeler.ledger.place import place_named; from labeler.ledger.store import opened\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try:\n"
        "    with opened(place_named(sys.argv[1]), to_write=True) as ledger:\n"
        "        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n"
        "        for number in range(2000):\n"
        "            ledger.add([entry(f'{number}-{part}.mp4') for part in range(50)])\n"
        "except LabelerError as error:\n"
        "    print(error.code)\n"
    )
    assert hasattr(resource, "RLIMIT_FSIZE")
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "l.sqlite")], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() in ("disk-full", "ledger-busy"), done.stderr
    put(file_at(tmp_path / "l.sqlite"), "later.mp4")
    with opened(file_at(tmp_path / "l.sqlite")) as ledger:
        assert [one.output for one in ledger.find(Wanted("later.mp4"))] == ["/out/later.mp4"]


class Said(Exception):
    def __init__(self, text: str, sqlstate: str | None = None) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said("connection to server at host failed: Connection refused"), "ledger-busy"),
        (Said("FATAL:  the database system is starting up"), "ledger-busy"),
        (Said("FATAL:  sorry, too many clients already"), "ledger-busy"),
        (Said('FATAL:  password authentication failed for user "x"'), "ledger-unusable"),
        (Said('FATAL:  database "x" does not exist'), "ledger-unusable"),
        (Said("terminating connection", "57P01"), "ledger-busy"),
        (Said("canceling statement due to lock timeout", "55P03"), "ledger-busy"),
        (Said("could not extend file", "53100"), "disk-full"),
        (Said("permission denied for table", "42501"), "ledger-unusable"),
        (Said("cannot execute INSERT in a read-only transaction", "25006"), "ledger-unusable"),
        (Said('relation "labeler_records" does not exist', "42P01"), "ledger-unusable"),
    ],
)
def test_what_a_server_says(said: Said, code: str) -> None:
    assert meaning(said, "postgresql://host/x").code == code


@pytest.mark.wide
def test_a_server_that_is_not_there() -> None:
    place = place_named("postgresql://nobody@127.0.0.1:9/labels")
    assert place is not None
    assert refused(lambda: put(place)) == ("ledger-busy", ExitCode.TEMPORARY)


@pytest.mark.wide
def test_a_server_without_that_database(postgresql: str) -> None:
    place = place_named(postgresql.replace("/labeler_", "/nothing_"))
    assert place is not None
    assert refused(lambda: put(place)) == ("ledger-unusable", ExitCode.REJECTED)


def test_a_release_on_sqlite_loads_no_other_database(tmp_path: Path) -> None:
    """SQLAlchemy takes 0.3 CPU s to load, which every step would pay."""
    script = (
        "import sys; from labeler.ledger import notebook; from tests.ledger.entries import entry\n"
        "assert notebook.write([entry('a.mp4')]) == 1; assert 'sqlalchemy' not in sys.modules"
    )
    environment = {**os.environ, "LABELER_LEDGER": str(tmp_path / "l.sqlite")}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)
    assert (tmp_path / "l.sqlite").is_file()


def test_without_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "find_spec", lambda name: None)
    assert refused(lambda: place_named("postgresql://host/labels")) == ("machine-lacks", ExitCode.MACHINE)
    assert refused(lambda: place_named("mysql://host/labels")) == ("ledger", ExitCode.USAGE)


def released(name: str) -> Result:
    return Result(
        id="1", status="released", exit_code=0, source=FileReference(file=f"in/{name}"),
        output=FileReference(file=f"out/{name}", sha256="ab" * 32), labeler="0.1.0",
    )  # fmt: skip


def note(*names: str, records: Path | None = None) -> list[str]:
    warned: list[str] = []
    with noting(Listener(), None, warned.append) as heard:
        for number, name in enumerate(names):
            heard.finished(Item(number, Path(name), records=records), released(name))
    return warned


def test_a_release_is_noted_with_whole_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABELER_LEDGER", "l.sqlite")
    assert note("a.mp4") == [] and note("b.mp4", records=Path("kept")) == []
    with opened(file_at(tmp_path / "l.sqlite")) as ledger:
        first, second = sorted(ledger.find(), key=lambda one: one.output or "")
    assert (first.record, first.output) == (f"{tmp_path}/out/a.mp4.labeler.json", f"{tmp_path}/out/a.mp4")
    assert (first.source, first.output_sha256) == (f"{tmp_path}/in/a.mp4", "ab" * 32)
    assert (second.record, second.output) == (f"{tmp_path}/kept/b.mp4.labeler.json", f"{tmp_path}/out/b.mp4")


def test_what_is_not_released_is_not_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LEDGER", str(tmp_path / "l.sqlite"))
    with noting(Listener(), None, pytest.fail) as heard:
        for status in ("skipped", "withheld", "error", "rejected", "interrupted"):
            heard.finished(Item(0, Path("a.mp4")), released("a.mp4").model_copy(update={"status": status}))
    assert not (tmp_path / "l.sqlite").exists()


def test_there_is_to_be_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_HOME", str(tmp_path))
    monkeypatch.setenv("LABELER_LEDGER", "off")
    assert note("a.mp4") == []
    assert list(tmp_path.iterdir()) == []


def not_a_ledger(folder: Path) -> str:
    (folder / "text").write_text("x" * 5000)
    return str(folder / "text")


def below_a_file(folder: Path) -> str:
    (folder / "file").write_text("x")
    return str(folder / "file" / "l.sqlite")


@pytest.mark.parametrize("named", [not_a_ledger, below_a_file, lambda folder: "mysql://u:p@h/d"])
def test_a_ledger_that_takes_nothing_is_a_warning(
    named: Callable[[Path], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELER_LEDGER", named(tmp_path))
    (warned,) = note("a.mp4", "b.mp4")
    assert warned.startswith("Not in the ledger: 2 of 2 released outputs (") and "labeler ledger rebuild" in warned


def test_a_value_that_no_index_holds_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LEDGER", str(tmp_path / "l.sqlite"))
    (warned,) = note("a.mp4", "x" * 3000)
    assert warned.startswith("Not in the ledger: 1 of 2 released outputs (a value is too long")


def test_nobody_waits_for_a_ledger_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = threading.Event()
    monkeypatch.setattr("labeler.ledger.notebook.write", lambda entries: hanging.wait(30))
    notebook, started = Notebook(), time.monotonic()
    for number in range(100):
        notebook.note(released(f"{number}.mp4"), None)
    told = notebook.close(patience=0.05)
    assert told is not None and told.startswith("Not in the ledger: 100 of 100 released outputs (no answer).")
    assert time.monotonic() - started < 20
    hanging.set()


def test_a_ledger_that_comes_back_takes_what_comes_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LEDGER", not_a_ledger(tmp_path))
    notebook = Notebook()
    notebook.note(released("a.mp4"), None)
    until(lambda: "damaged" in notebook.reason)
    (tmp_path / "text").unlink()
    notebook.note(released("b.mp4"), None)
    told = notebook.close()
    assert told is not None and told.startswith("Not in the ledger: 1 of 2 released outputs")
    with opened(file_at(tmp_path / "text")) as ledger:
        assert [Path(one.source).name for one in ledger.find()] == ["b.mp4"]


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    pytest.fail("it never came to that")
