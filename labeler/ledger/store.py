"""The ledger itself: entries in, entries out. Several processes and machines may use one at once."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    case,
    delete,
    insert,
    inspect,
    select,
    text,
    union,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from labeler.errors import LedgerError, LedgerUnusable
from labeler.language import say
from labeler.ledger.entry import folded
from labeler.ledger.failures import damaged, translated
from labeler.ledger.place import Place, engine_at, write_ahead
from labeler.ledger.tables import ABOUT, ENTRIES, HASHES, METADATA, NAMES, PATHS, VERSION
from labeler.rules.ledger import LedgerEntry

AT_ONCE = 500
"""Rows that are written or read in one go."""
HASH = re.compile(r"[0-9a-fA-F]{8,64}")
FULL_HASH = 64
MAKING = 0x6C61_6265
"""The key of the lock of PostgreSQL under which the tables are made."""
FIELDS = tuple(name for name in LedgerEntry.model_fields if name != "schema_")


@dataclass(frozen=True)
class Wanted:
    """What to look for, all of it. what: a hash or the first 8 letters of one, a file's name, a path, a watermark."""

    what: str | None = None
    preset: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class Ledger:
    """An open ledger. Every method raises LedgerBusy, LedgerUnusable, DiskFull."""

    place: Place
    engine: Engine

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        with translated(self.place.name), self.engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction."""
        with translated(self.place.name), self.engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def add(self, entries: Iterable[LedgerEntry], walk: int | None = None) -> None:
        """Put entries in, in place of those of the same records. walk: the number of the walk that met them; without
        it they count as met by every walk that has begun."""
        rows = [row_of(entry) for entry in sorted(entries, key=lambda entry: entry.record)]
        if not rows:
            return
        with self.writing() as connection:
            number = walk if walk is not None else connection.scalar(select(ABOUT.c.walk))
            upsert(connection, [row | {"walk": number} for row in rows])

    def remove(self, records: Sequence[str]) -> None:
        with self.writing() as connection:
            connection.execute(delete(ENTRIES).where(ENTRIES.c.record.in_(records)))

    def begin_walk(self) -> int:
        """The number of a new walk, higher than every one before."""
        with self.writing() as connection:
            connection.execute(update(ABOUT).values(walk=ABOUT.c.walk + 1))
            return int(connection.scalar(select(ABOUT.c.walk)) or 0)

    def keep_below(self, folder: str, walk: int) -> None:
        """What lies below this folder counts as met by the walk, which could not look there; or this one record."""
        with self.writing() as connection:
            there = (ENTRIES.c.record == folder) | below(folder)
            connection.execute(update(ENTRIES).where(there, ENTRIES.c.walk < walk).values(walk=walk))

    def drop_unmet(self, folder: str, walk: int) -> int:
        """Remove what lies below this folder and was met by no walk since this one began. How many."""
        with self.writing() as connection:
            return connection.execute(delete(ENTRIES).where(below(folder), ENTRIES.c.walk < walk)).rowcount

    def find(self, wanted: Wanted = Wanted()) -> Iterator[LedgerEntry]:
        """In the order of the records' paths; a few at a time in memory."""
        with self.reading() as connection:
            rows = connection.execution_options(yield_per=AT_ONCE).execute(query(wanted))
            for row in rows.mappings():
                yield LedgerEntry.model_validate(dict(row))


@contextlib.contextmanager
def opened(place: Place, *, to_write: bool = False) -> Iterator[Ledger]:
    """to_write: the ledger is made where there is none.

    Raises LedgerError (another program's, or a newer labeler's), LedgerUnusable, LedgerBusy, DiskFull, MachineLacks.
    """
    if place.path is not None:
        make_room(place, to_write=to_write)
    engine = engine_at(place, may_create=to_write)
    try:
        ledger = Ledger(place, engine)
        prepare(ledger, to_write=to_write)
        yield ledger
    finally:
        engine.dispose()


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
        tables = set(inspect(connection).get_table_names())
    if ABOUT.name not in tables:
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
        version = connection.scalar(select(ABOUT.c.version))
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
    if ledger.place.path is not None:
        with translated(ledger.place.name):
            write_ahead(ledger.place.path)
    with ledger.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MAKING})
        METADATA.create_all(connection)
        if connection.scalar(select(ABOUT.c.version)) is None:
            connection.execute(insert(ABOUT).values(version=VERSION, walk=0))


def no_ledger(place: Place) -> LedgerUnusable:
    return LedgerUnusable(
        say(f"{place.name}: there is no ledger yet.", f"{place.name} : il n'y a pas encore de registre."),
        file=place.name,
    )


def query(wanted: Wanted) -> Select[tuple[object, ...]]:
    chosen = select(*(ENTRIES.c[name] for name in FIELDS)).order_by(ENTRIES.c.record)
    if wanted.what is not None:
        # Each condition by its own index: one query with OR may read the whole table instead.
        ways = [select(ENTRIES.c.record).where(condition) for condition in conditions(wanted.what)]
        chosen = chosen.where(ENTRIES.c.record.in_(union(*ways)))
    if wanted.preset is not None:
        chosen = chosen.where(ENTRIES.c.preset == wanted.preset)
    if wanted.status is not None:
        chosen = chosen.where(ENTRIES.c.status == wanted.status)
    return chosen


def conditions(what: str) -> Iterator[ColumnElement[bool]]:
    yield ENTRIES.c.watermark == what
    is_path = os.sep in what or "/" in what
    for column in PATHS if is_path else NAMES:
        yield column == (os.path.abspath(what) if is_path else folded(what))  # noqa: PTH100 - links are kept as they are
    if HASH.fullmatch(what):
        for column in HASHES:
            yield column == what.lower() if len(what) == FULL_HASH else beginning(column, what.lower())


def beginning(column: ColumnElement[str], letters: str) -> ColumnElement[bool]:
    """As a range, which an index can answer; `g` comes after every hexadecimal digit."""
    return (column >= letters) & (column < letters + "g")


def below(folder: str) -> ColumnElement[bool]:
    """Records in a folder, at any depth, as a range of paths."""
    stem = folder.rstrip(os.sep)
    return (ENTRIES.c.record >= stem + os.sep) & (ENTRIES.c.record < stem + chr(ord(os.sep) + 1))


def row_of(entry: LedgerEntry) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(entry, name) for name in FIELDS}
    return row | {"output_name": folded(entry.output), "source_name": folded(entry.source)}


def upsert(connection: Connection, rows: list[dict[str, object]]) -> None:
    making = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = making(ENTRIES)
    new = statement.excluded
    changes: dict[str, Any] = {column.name: new[column.name] for column in ENTRIES.c if not column.primary_key}
    # A walk that began later has met it, whatever an earlier one says now.
    changes["walk"] = case((new.walk > ENTRIES.c.walk, new.walk), else_=ENTRIES.c.walk)
    connection.execute(statement.on_conflict_do_update(index_elements=[ENTRIES.c.record], set_=changes), rows)
