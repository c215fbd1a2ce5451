"""The ledger itself: entries in, entries out. Several processes and machines may use one at once."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from labeler.errors import LedgerError, LedgerUnusable
from labeler.language import say
from labeler.ledger.database import Connection, Database, Values
from labeler.ledger.entry import clean, folded
from labeler.ledger.failures import damaged
from labeler.ledger.place import Place, database_at
from labeler.ledger.tables import ABOUT, HASHES, NAMES, PATHS, PUT, RECORDS, VERSION, making
from labeler.rules.ledger import LedgerEntry

HASH = re.compile(r"[0-9a-fA-F]{8,64}")
FULL_HASH = 64
ANY, ONE = "*", "?"
"""What stands for any letters, and for one, in part of a name."""
ESCAPE = "!"
HIGHEST, SURROGATES, BEHIND_SURROGATES = "\U0010ffff", 0xD800, 0xE000
"""Of the letters in the order of their bytes in UTF-8."""
FIELDS = tuple(name for name in LedgerEntry.model_fields if name != "schema_")


@dataclass(frozen=True)
class Wanted:
    """What to look for, all of it. what: a hash or the first 8 letters of one, a file's name, a path, a watermark; a
    name or a path may hold `*` and `?`."""

    what: str | None = None
    preset: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class Ledger:
    """An open ledger. Every method raises LedgerBusy, LedgerUnusable, DiskFull."""

    place: Place
    database: Database

    def reading(self) -> contextlib.AbstractContextManager[Connection]:
        """One transaction, as is `writing`."""
        return self.database.connected(writes=False)

    def writing(self) -> contextlib.AbstractContextManager[Connection]:
        return self.database.connected(writes=True)

    def add(self, entries: Iterable[LedgerEntry], walk: int | None = None) -> None:
        """Put entries in, in place of those of the same records. walk: the number of the walk that met them; without
        it they count as met by every walk that has begun."""
        rows = [row_of(entry) for entry in sorted(entries, key=lambda entry: entry.record)]
        if not rows:
            return
        with self.writing() as connection:
            number = walk if walk is not None else about(connection, "walk")
            connection.execute_each(PUT, [row | {"walk": number} for row in rows])

    def remove(self, records: Sequence[str]) -> None:
        with self.writing() as connection:
            connection.execute_each(
                f"DELETE FROM {RECORDS} WHERE record = :record", [{"record": record} for record in records]
            )

    def begin_walk(self) -> int:
        """The number of a new walk, higher than every one before."""
        with self.writing() as connection:
            connection.execute(f"UPDATE {ABOUT} SET walk = walk + 1", {})
            return about(connection, "walk") or 0

    def keep_below(self, folder: str, walk: int) -> None:
        """What lies below this folder counts as met by the walk, which could not look there; or this one record."""
        with self.writing() as connection:
            connection.execute(
                f"UPDATE {RECORDS} SET walk = :walk WHERE walk < :walk AND (record = :folder OR {BELOW})",
                {"walk": walk, "folder": folder, **below(folder)},
            )

    def drop_unmet(self, folder: str, walk: int) -> int:
        """Remove what lies below this folder and was met by no walk since this one began. How many."""
        with self.writing() as connection:
            asked = {"walk": walk, **below(folder)}
            return connection.execute(f"DELETE FROM {RECORDS} WHERE walk < :walk AND {BELOW}", asked).rowcount

    def find(self, wanted: Wanted = Wanted()) -> Iterator[LedgerEntry]:
        """In the order of the records' paths; a few at a time in memory."""
        with self.reading() as connection:
            for row in connection.execute(*query(wanted)):
                yield LedgerEntry.model_validate(dict(zip(FIELDS, row, strict=True)))


@contextlib.contextmanager
def opened(place: Place, *, to_write: bool = False) -> Iterator[Ledger]:
    """to_write: the ledger is made where there is none.

    Raises LedgerError (another program's, or a newer labeler's), LedgerUnusable, LedgerBusy, DiskFull, MachineLacks.
    """
    if place.path is not None:
        make_room(place, to_write=to_write)
    database = database_at(place, may_create=to_write)
    try:
        ledger = Ledger(place, database)
        prepare(ledger, to_write=to_write)
        yield ledger
    finally:
        database.close()


def make_room(place: Place, *, to_write: bool) -> None:
    assert place.path is not None
    if not to_write and not place.path.exists():
        raise no_ledger(place)
    try:
        place.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LedgerUnusable(
            say(f"The ledger {place.name} cannot be made: {reason}.", f"Registre {place.name} impossible : {reason}."),
            file=place.name,
        ) from error


def prepare(ledger: Ledger, *, to_write: bool) -> None:
    """Check whose ledger it is; make the tables where there are none."""
    with ledger.reading() as connection:
        tables = ledger.database.tables(connection)
    if ABOUT not in tables:
        if tables and ledger.place.path is not None:
            raise LedgerError(
                say(
                    f"{ledger.place.name}: this is another program's database.",
                    f"{ledger.place.name} : c'est la base d'un autre programme.",
                ),
                file=ledger.place.name,
            )
        if not to_write:
            raise no_ledger(ledger.place)
        make_tables(ledger)
    with ledger.reading() as connection:
        version = about(connection, "version")
    if version is None:
        raise damaged(ledger.place.name, say("it does not say its version", "sa version n'y est pas"))
    if version > VERSION:
        raise LedgerError(
            say(
                f"{ledger.place.name}: a newer labeler made this ledger (version {version}; this one knows {VERSION}).",
                f"{ledger.place.name} : ce registre vient d'une version plus récente de labeler "
                f"(version {version} ; celle-ci connaît la {VERSION}).",
            ),
            remedy=say(
                "Install that labeler here, or name another ledger in LABELER_LEDGER.",
                "Installez cette version ici, ou indiquez un autre registre dans LABELER_LEDGER.",
            ),
            file=ledger.place.name,
        )


def make_tables(ledger: Ledger) -> None:
    """Several processes may come to this at once; one makes them, the others find them made."""
    ledger.database.get_ready()
    with ledger.writing() as connection:
        for statement in (*ledger.database.before_making, *making(ledger.database.line)):
            connection.execute(statement, {})
        if about(connection, "version") is None:
            connection.execute(f"INSERT INTO {ABOUT} (version, walk) VALUES (:version, 0)", {"version": VERSION})


def about(connection: Connection, what: str) -> int | None:
    found = connection.execute(f"SELECT {what} FROM {ABOUT}", {}).fetchone()
    return None if found is None else found[0]


def no_ledger(place: Place) -> LedgerUnusable:
    return LedgerUnusable(
        say(f"{place.name}: there is no ledger yet.", f"{place.name} : il n'y a pas encore de registre."),
        file=place.name,
    )


def query(wanted: Wanted) -> tuple[str, Values]:
    """The statement, and what stands for its names."""
    conditions = []
    values: dict[str, object] = {}
    if wanted.what is not None:
        ways = list(ways_to(clean(wanted.what), values))
        # Each condition by its own index: one query with OR may read the whole table instead.
        union = " UNION ".join(f"SELECT record FROM {RECORDS} WHERE {way}" for way in ways)
        conditions.append(f"record IN ({union})")
    for name, value in (("preset", wanted.preset), ("status", wanted.status)):
        if value is not None:
            conditions.append(f"{name} = :{name}")
            values[name] = clean(value)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {', '.join(FIELDS)} FROM {RECORDS}{where} ORDER BY record", values


def ways_to(what: str, values: dict[str, object]) -> Iterator[str]:
    """The conditions of which one must hold. values: takes what stands for their names."""
    is_path = os.sep in what or "/" in what
    values["what"] = what
    yield "watermark = :what"
    columns = PATHS if is_path else NAMES
    values["name"] = name = os.path.abspath(what) if is_path else folded(what) or ""  # noqa: PTH100 - links are kept
    for column in columns:
        yield f"{column} = :name"
    if ANY in name or ONE in name:
        values |= {"pattern": pattern_of(name), "low": beginning_of(name), "high": after(beginning_of(name))}
        for column in columns:
            # First the names alone, which an index holds; by their beginning, where they have one.
            names = (
                f"SELECT {column} FROM {RECORDS} WHERE {column} >= :low AND {column} LIKE :pattern ESCAPE '{ESCAPE}'"
            )
            yield f"{column} IN ({names}{' AND ' + column + ' < :high' if values['high'] else ''})"
    if HASH.fullmatch(what):
        values["digits"] = what.lower()
        values["digits_end"] = what.lower() + "g"  # it comes after every hexadecimal digit
        for column in HASHES:
            is_whole = len(what) == FULL_HASH
            yield f"{column} = :digits" if is_whole else f"{column} >= :digits AND {column} < :digits_end"


def beginning_of(name: str) -> str:
    """What stands before the first `*` or `?`."""
    return re.split(r"[*?]", name, maxsplit=1)[0]


def after(beginning: str) -> str | None:
    """The first text after all that begin so; None where there is none."""
    stem = beginning.rstrip(HIGHEST)
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(BEHIND_SURROGATES if following == SURROGATES else following)


def pattern_of(name: str) -> str:
    """As LIKE has it."""
    plain = re.sub(r"[%_!]", lambda found: ESCAPE + found[0], name)
    return plain.replace(ANY, "%").replace(ONE, "_")


BELOW = "record >= :below AND record < :below_end"


def below(folder: str) -> dict[str, str]:
    """Records in a folder, at any depth, as a range of paths: what stands for the names in BELOW."""
    stem = folder.rstrip(os.sep)
    return {"below": stem + os.sep, "below_end": stem + chr(ord(os.sep) + 1)}


def row_of(entry: LedgerEntry) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(entry, name) for name in FIELDS}
    return row | {"output_name": folded(entry.output), "source_name": folded(entry.source)}
