"""Entries in, entries out: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import multiprocessing
import re
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import pytest

from labeler.errors import ExitCode, LedgerError, LedgerUnusable
from labeler.ledger.place import Place
from labeler.ledger.store import Wanted, after, opened, query
from labeler.ledger.tables import ABOUT
from labeler.rules.ledger import LedgerEntry
from tests.ledger.entries import digest, entry


def put(place: Place, *entries: LedgerEntry) -> None:
    with opened(place, to_write=True) as ledger:
        ledger.add(entries)


def names(place: Place, what: str | None = None, **wanted: str) -> list[str]:
    with opened(place) as ledger:
        return [(one.output or "").rpartition("/")[2] for one in ledger.find(Wanted(what, **wanted))]


def test_there_is_none_before_something_is_put_in(place: Place) -> None:
    with pytest.raises(LedgerUnusable, match="there is no ledger yet") as refused, opened(place):
        pass
    assert refused.value.exit_code == ExitCode.REJECTED and "rebuild" in refused.value.remedy
    put(place)
    assert names(place) == []


def test_what_is_put_in_comes_out_whole(place: Place) -> None:
    full = entry("a.mp4", watermark="w1")
    bare = {name: None for name in ("id", "output_sha256", "source_sha256", "fingerprint", "preset", "signer")}
    empty = entry("b.mp4", **bare, output=None, preset_version=None)
    put(place, empty, full)
    with opened(place) as ledger:
        assert list(ledger.find()) == [full, empty]


@pytest.mark.parametrize(
    "what",
    [
        *(digest("output a.mp4"), digest("source a.mp4"), digest("fingerprint a.mp4"), digest("id a.mp4")),
        *(digest("output a.mp4")[:8], digest("id a.mp4")[:20].upper(), digest("output a.mp4").upper()),
        *("a.mp4", "A.MP4", "/out/a.mp4", "/in/../in/a.mp4", "/out/a.mp4.labeler.json", "mark-7"),
    ],
)
def test_found_by(place: Place, what: str) -> None:
    put(place, entry("a.mp4", watermark="mark-7"), *(entry(f"{number}.mp4") for number in range(20)))
    assert names(place, what) == ["a.mp4"]


@pytest.mark.parametrize("what", ["b.mp4", "a", "%", "a.mp_", "", "0" * 64, "' OR 1=1 --", digest("output a.mp4")[:7]])
def test_not_found_by(place: Place, what: str) -> None:
    put(place, entry("a.mp4"))
    assert names(place, what) == []


def test_found_however_its_letters_are_written(place: Place) -> None:
    put(place, entry(unicodedata.normalize("NFD", "Été.mp4")))
    assert names(place, unicodedata.normalize("NFC", "été.MP4"))


def test_a_path_is_not_found_by_its_last_name(place: Place) -> None:
    put(place, entry("a.mp4"), entry("a.mp4", folder="/other"))
    assert names(place, "a.mp4") == ["a.mp4", "a.mp4"]
    with opened(place) as ledger:
        assert [one.output for one in ledger.find(Wanted("/other/a.mp4"))] == ["/other/a.mp4"]


def test_filters(place: Place) -> None:
    put(place, entry("a.mp4"), entry("b.mp4", preset="youtube-16x9"), entry("c.mp4", status="withheld"))
    assert names(place, preset="eu-standard") == ["a.mp4", "c.mp4"]
    assert names(place, preset="eu-standard", status="released") == ["a.mp4"]
    assert names(place, "b.mp4", preset="eu-standard") == []


def test_a_record_has_one_entry_the_last(place: Place) -> None:
    put(place, entry("a.mp4"), entry("b.mp4"))
    put(place, entry("a.mp4", output_sha256="f" * 64))
    assert names(place) == ["a.mp4", "b.mp4"]
    assert names(place, "f" * 64) == ["a.mp4"] and names(place, digest("output a.mp4")) == []


def test_the_order_is_that_of_bytes_in_both(place: Place) -> None:
    letters = ["B.mp4", "a.mp4", "é.mp4", "z.mp4", "_.mp4", "\U0001f3ac.mp4"]
    put(place, *(entry(letter) for letter in letters))
    assert names(place) == sorted(letters, key=str.encode)


def test_more_than_one_fetch(place: Place) -> None:
    put(place, *(entry(f"{number:04}.mp4") for number in range(1201)))
    assert len(names(place, preset="eu-standard")) == 1201


def add_many(place: Place, worker: int) -> int:
    for number in range(10):
        put(place, *(entry(f"{worker}-{number}-{part}.mp4") for part in range(5)), entry("shared.mp4"))
    return worker


@pytest.mark.wide
def test_several_processes_at_once_from_the_first_moment(place: Place) -> None:
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as workers:
        done: Sequence[int] = list(workers.map(add_many, [place] * 4, range(4)))
    assert done == [0, 1, 2, 3]
    assert len(names(place)) == 4 * 10 * 5 + 1


def test_a_reader_and_a_writer_at_once(place: Place) -> None:
    put(place, *(entry(f"{number:04}.mp4") for number in range(1000)))
    with opened(place) as ledger:
        reading = ledger.find()
        next(reading)
        put(place, entry("new.mp4"))
        assert len(list(reading)) >= 999
    assert names(place, "new.mp4") == ["new.mp4"]


def test_a_newer_ledger_is_refused(place: Place) -> None:
    put(place, entry("a.mp4"))
    with opened(place) as ledger, ledger.writing() as connection:
        connection.execute(f"UPDATE {ABOUT} SET version = 2", {})
    for to_write in (False, True):
        with pytest.raises(LedgerError, match="a newer labeler made this ledger") as refused:
            put(place) if to_write else names(place)
        assert refused.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize("what", ["FILM*", "*_été?.mov", "film 1*", "*%*", "/out/*.mov", "/out/Film*", "*film*été*"])
def test_found_by_part_of_a_name(place: Place, what: str) -> None:
    put(place, entry("Film 100%_Été1.mov"), entry("other.mp4"))
    assert names(place, what) == ["Film 100%_Été1.mov"]


@pytest.mark.parametrize(
    "what", ["film", "ilm*", "film?", "/out/film 1*", "/OUT/Film*", "/other/*", "film*mp4", "*!%*"]
)
def test_not_found_by_part_of_a_name(place: Place, what: str) -> None:
    put(place, entry("Film 100%_Été1.mov"), entry("other.mov"))
    assert names(place, what) == []


def test_every_name(place: Place) -> None:
    put(place, entry("a.mp4"), entry("b.mp4"), entry("\U0010ffff.mp4"), entry("*.mp4"))
    assert names(place, "*") == ["*.mp4", "a.mp4", "b.mp4", "\U0010ffff.mp4"]
    assert names(place, "?.mp4", preset="eu-standard") == names(place, "*")


def test_the_end_of_a_range() -> None:
    assert after("film") == "filn" and after("") is None and after("\U0010ffff") is None
    assert after("a\U0010ffff") == "b" and after("\ud7ff") == "\ue000"


WAYS = [digest("output a.mp4"), "abcdef0123", "a.mp4", "mark", "/out/a.mp4", "a*", "*a*", "/out/*"]


@pytest.mark.parametrize("what", WAYS)
def test_every_way_of_finding_has_its_index(place: Place, what: str) -> None:
    """A million entries are found as fast as one where no step of the plan reads the table from end to end; a part of a
    name reads the names, which an index holds."""
    if what.startswith("*") and place.path is None:
        pytest.skip("PostgreSQL chooses by what the table holds whether to read the index or all of it")
    put(place, *(entry(f"{number}.mp4") for number in range(300)))
    with opened(place) as ledger, ledger.writing() as connection:
        is_sqlite = place.path is not None
        if not is_sqlite:
            connection.execute("SET enable_seqscan = off", {})  # so small a table is read whole otherwise
        statement, values = query(Wanted(what))
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        steps = [str(row[-1]) for row in connection.execute(f"{explain} {statement}", values)]
    reads = [step for step in steps if "labeler_records" in step and re.search(r"SEARCH|SCAN| Scan ", step)]
    assert len(reads) >= 3
    assert all("INDEX" in step.upper() for step in reads), steps
    assert not any(step.startswith("SCAN") or "Seq Scan" in step for step in reads), steps
