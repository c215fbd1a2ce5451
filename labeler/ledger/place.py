"""Where the ledger is: `LABELER_LEDGER`, a file or a PostgreSQL database; by default a file in labeler's own folder."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from labeler.errors import LedgerError, MachineLacks
from labeler.language import say
from labeler.layers.credentials.identity import home

VARIABLE = "LABELER_LEDGER"
FILE = "ledger.sqlite"
OFF = "off"
SERVERS = ("postgresql", "postgres")
PATIENCE = 5
"""Seconds to wait for a lock, or a server."""


@dataclass(frozen=True)
class Place:
    """path: of the SQLite file; url: of the PostgreSQL database; one of them. name: for people, without a password."""

    name: str
    path: Path | None = None
    url: URL | None = None


def place_named(named: str | None = None) -> Place | None:
    """Where the ledger is, None where there is to be none. named: in place of the variable. Raises LedgerError."""
    named = named if named is not None else os.environ.get(VARIABLE, "")
    if named == OFF:
        return None
    if "://" in named:
        return server_named(named)
    path = Path(os.path.abspath(named)) if named else home() / FILE  # noqa: PTH100 - links are kept as they are
    return Place(str(path), path=path)


def server_named(named: str) -> Place:
    scheme = named.partition("://")[0]
    try:
        url = make_url(named)
    except (ArgumentError, ValueError) as error:
        raise no_place(scheme) from error
    if scheme not in SERVERS:
        raise no_place(scheme)
    return Place(
        url.set(drivername="postgresql").render_as_string(hide_password=True),
        url=url.set(drivername="postgresql+psycopg"),
    )


def no_place(scheme: str) -> LedgerError:
    # The whole of it may hold a password.
    return LedgerError(
        say(f"{VARIABLE}: {scheme}://… is no ledger.", f"{VARIABLE} : {scheme}://… n'est pas un registre.")
    )


def engine_at(place: Place, *, may_create: bool) -> Engine:
    """Nothing is opened yet. Raises MachineLacks where PostgreSQL is asked for and its driver is not installed."""
    if place.url is not None:
        if find_spec("psycopg") is None:
            raise MachineLacks(
                say(
                    "The ledger is in PostgreSQL, whose driver is not installed here.",
                    "Le registre est dans PostgreSQL, dont le pilote n'est pas installé ici.",
                ),
                remedy=say(
                    "Install it: pip install 'labeler[postgresql]'.",
                    "Installez-le : pip install 'labeler[postgresql]'.",
                ),
            )
        asked = {"connect_timeout": PATIENCE, "options": f"-c lock_timeout={PATIENCE * 1000}"}
        return create_engine(place.url, poolclass=NullPool, connect_args=asked)
    mode = "rwc" if may_create else "rw"
    uri = f"file:{quote(str(place.path))}?mode={mode}"
    engine = create_engine("sqlite://", creator=lambda: connect(uri), poolclass=NullPool)
    event.listen(engine, "begin", begin)
    return engine


def connect(uri: str) -> sqlite3.Connection:
    """Transactions are begun by `begin`, and by nothing else: what Python does of itself begins them too late."""
    connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    # The records are the truth and are synced: what a power cut takes from the index can be made again.
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def write_ahead(path: Path) -> None:
    """Readers and one writer at once. It stays with the file, and cannot be set inside a transaction."""
    with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # another process is at the very same
                raise


def begin(connection: Connection) -> None:
    """Who is going to write says so at once: a reader that becomes a writer would fail where another one writes."""
    writes: Any = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
