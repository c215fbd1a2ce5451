"""What databases say when they cannot, as errors for people."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any

from labeler.errors import DiskFull, LabelerError, LedgerBusy, LedgerUnusable
from labeler.language import say

# https://www.sqlite.org/rescode.html, the low byte.
BUSY, LOCKED, IOERR, FULL, ERROR, CORRUPT, NOTADB = 5, 6, 10, 13, 1, 11, 26
# https://www.postgresql.org/docs/current/errcodes-appendix.html
DISK_FULL, NO_TABLE = "53100", ("42P01", "42703")
PASSING = ("08", "40", "53", "55", "57", "58")
STARTING = ("starting up", "shutting down", "too many", "connection slots", "recovery mode")
"""Of what a server says before there is a code: whoever tries again may get in."""


class Damaged(LedgerUnusable):
    """Not the tables that labeler made, or not readable: to be made again from the records."""


@contextlib.contextmanager
def translated(where: str) -> Iterator[None]:
    """Raises LedgerBusy, DiskFull, Damaged, LedgerUnusable in place of what SQLite raises."""
    try:
        yield
    except sqlite3.Error as error:
        raise meaning(error, where) from error


def meaning(error: Any, where: str) -> LabelerError:
    said = " ".join(str(error).split())
    code = getattr(error, "sqlite_errorcode", None)
    return of_sqlite(code & 0xFF, said, where) if code is not None else of_postgresql(error, said, where)


def of_sqlite(code: int, said: str, where: str) -> LabelerError:
    if code in (BUSY, LOCKED, IOERR):  # IOERR: a share that went away
        return busy(where, said)
    if code == FULL:
        return full(where)
    if code in (ERROR, CORRUPT, NOTADB):  # ERROR: there is no such table
        return damaged(where, said)
    return unusable(where, said)


def of_postgresql(error: Any, said: str, where: str) -> LabelerError:
    code = getattr(error, "sqlstate", None)
    if code is None:  # nobody answered, or the server did not let us in
        refuses = "FATAL" in said and not any(words in said for words in STARTING)
        return unusable(where, said) if refuses else busy(where, said)
    if code == DISK_FULL:
        return full(where)
    if code in NO_TABLE:
        return damaged(where, said)
    return busy(where, said) if code.startswith(PASSING) else unusable(where, said)


def full(where: str) -> DiskFull:
    return DiskFull(say(f"{where}: the disk is full.", f"{where} : le disque est plein."), file=where)


def busy(where: str, said: str) -> LedgerBusy:
    return LedgerBusy(
        say(f"The ledger {where} cannot be used just now: {said}.", f"Registre {where} indisponible : {said}."),
        file=where,
    )


def damaged(where: str, said: str) -> Damaged:
    return Damaged(
        say(f"The ledger {where} is damaged, or is no ledger: {said}.", f"Registre {where} abîmé : {said}."), file=where
    )


def unusable(where: str, said: str) -> LedgerUnusable:
    return LedgerUnusable(
        say(f"The ledger {where} cannot be used: {said}.", f"Registre {where} inutilisable : {said}."),
        remedy=say(
            "Check the rights to it, or name another one in LABELER_LEDGER.",
            "Vérifiez les droits d'accès, ou indiquez-en un autre dans LABELER_LEDGER.",
        ),
        file=where,
    )
