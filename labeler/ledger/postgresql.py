"""The ledger in PostgreSQL, through SQLAlchemy: imported where one is named, and nowhere else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import sqlalchemy
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from labeler.ledger.database import AT_ONCE, Connection, Rows, Values
from labeler.ledger.failures import meaning, unusable

PATIENCE = 5
"""Seconds to wait for a lock, or the server."""
MAKING = 0x6C61_6265
"""The key of the lock under which the tables are made."""


def address_of(named: str) -> URL | None:
    """None where it is none."""
    with contextlib.suppress(ArgumentError, ValueError):
        return make_url(named).set(drivername="postgresql+psycopg")
    return None


def name_of(url: URL) -> str:
    """For people: without a password."""
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


class Server:
    """A database of a server; it is connected to for each transaction."""

    line = 'TEXT COLLATE "C"'
    before_making: Sequence[str] = (f"SELECT pg_advisory_xact_lock({MAKING})",)

    def __init__(self, url: URL) -> None:
        asked = {"connect_timeout": PATIENCE, "options": f"-c lock_timeout={PATIENCE * 1000}"}
        self.name = name_of(url)
        self.engine = create_engine(url, poolclass=NullPool, connect_args=asked)

    @contextlib.contextmanager
    def connected(self, *, writes: bool) -> Iterator[Connection]:
        with translated(self.name), self.engine.connect() as connection, connection.begin():
            yield Opened(connection.execution_options() if writes else connection.execution_options(yield_per=AT_ONCE))

    def tables(self, connection: Connection) -> set[str]:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()", {})
        return {name for (name,) in found}

    def get_ready(self) -> None:
        """Nothing."""

    def close(self) -> None:
        self.engine.dispose()


class Opened:
    """A connection as the ledger asks for it."""

    def __init__(self, connection: sqlalchemy.Connection) -> None:
        self.connection = connection

    def execute(self, statement: str, values: Values) -> Rows:
        return self.connection.execute(text(statement), dict(values))

    def execute_each(self, statement: str, rows: Sequence[Values]) -> None:
        self.connection.execute(text(statement), [dict(row) for row in rows])


@contextlib.contextmanager
def translated(where: str) -> Iterator[None]:
    """Raises LedgerBusy, DiskFull, Damaged, LedgerUnusable in place of what SQLAlchemy raises."""
    try:
        yield
    except DBAPIError as error:
        raise meaning(error.orig, where) from error
    except SQLAlchemyError as error:
        raise unusable(where, str(error)) from error
