"""The ledger in an SQLite file, through Python's own library: a step waits for nothing else to be loaded."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from labeler.ledger.database import Connection, Rows, Values
from labeler.ledger.failures import translated

CACHE = 64_000
"""KiB at most."""
PATIENCE = 5
"""Seconds to wait for a lock."""


class File:
    """An SQLite file; it is opened for each transaction. may_create: it is made where there is none."""

    line = "TEXT"
    before_making: Sequence[str] = ()

    def __init__(self, path: Path, *, may_create: bool) -> None:
        self.path = path
        self.mode = "rwc" if may_create else "rw"

    @contextlib.contextmanager
    def connected(self, *, writes: bool) -> Iterator[Connection]:
        uri = f"file:{quote(str(self.path))}?mode={self.mode}"
        with translated(str(self.path)), contextlib.closing(connect(uri)) as connection:
            # Who is going to write says so at once: a reader that becomes a writer would fail where another one writes.
            connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
            with connection:
                yield Opened(connection)

    def tables(self, connection: Connection) -> set[str]:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'", {})
        return {name for (name,) in found if not name.startswith("sqlite_")}

    def get_ready(self) -> None:
        """Readers and one writer at once. It stays with the file, and cannot be set inside a transaction."""
        with translated(str(self.path)), contextlib.closing(sqlite3.connect(self.path, timeout=PATIENCE)) as connection:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # another process is at the very same
                    raise

    def close(self) -> None:
        """Nothing is kept open between two transactions."""


class Opened:
    """A connection as the ledger asks for it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def execute(self, statement: str, values: Values) -> Rows:
        return self.connection.execute(statement, dict(values))

    def execute_each(self, statement: str, rows: Sequence[Values]) -> None:
        self.connection.executemany(statement, [dict(row) for row in rows])


def connect(uri: str) -> sqlite3.Connection:
    """Transactions are begun by `File.connected`, and by nothing else: what Python does of itself begins them too
    late."""
    connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
    # The records are the truth and are synced: what a power cut takes from the index can be made again.
    connection.execute("PRAGMA synchronous=NORMAL")
    # Hashes fall anywhere into their indexes: with SQLite's own 2 MB, a large ledger is read and written again and
    # again while it fills.
    connection.execute(f"PRAGMA cache_size=-{CACHE}")
    # As PostgreSQL has it.
    connection.execute("PRAGMA case_sensitive_like=ON")
    return connection
