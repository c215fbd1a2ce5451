"""What the ledger asks of a database: the same few things of SQLite and of PostgreSQL, in the same words of SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Values = Mapping[str, Any]
"""What stands for each `:name` in a statement."""
AT_ONCE = 500
"""Rows that are written or read in one go."""


class Rows(Protocol):
    """What a statement gave; rowcount: how many rows it changed."""

    @property
    def rowcount(self) -> int: ...

    def __iter__(self) -> Iterator[Sequence[Any]]: ...

    def fetchone(self) -> Sequence[Any] | None: ...


class Connection(Protocol):
    """A connection within one transaction."""

    def execute(self, statement: str, values: Values) -> Rows: ...

    def execute_each(self, statement: str, rows: Sequence[Values]) -> None:
        """The same statement for each of these."""


class Database(Protocol):
    """line: the type of a text that is compared byte by byte. before_making: what the transaction that makes the tables
    begins with, so that one process makes them and the others find them made."""

    line: str
    before_making: Sequence[str]

    def connected(self, *, writes: bool) -> AbstractContextManager[Connection]:
        """One transaction. Raises LedgerBusy, DiskFull, LedgerUnusable."""

    def tables(self, connection: Connection) -> set[str]: ...

    def get_ready(self) -> None:
        """What is done once, before the tables are made, and outside of a transaction."""

    def close(self) -> None: ...
