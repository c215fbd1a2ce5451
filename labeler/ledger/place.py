"""Where the ledger is: `LABELER_LEDGER`, a file or a PostgreSQL database; by default a file in labeler's own folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labeler.errors import LedgerError
from labeler.language import say
from labeler.layers.credentials.identity import home
from labeler.ledger.database import Database
from labeler.ledger.sqlite import File

if TYPE_CHECKING:
    from sqlalchemy import URL

VARIABLE = "LABELER_LEDGER"
FILE = "ledger.sqlite"
OFF = "off"
SERVERS = ("postgresql", "postgres")


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
    from labeler.ledger.postgresql import address_of, name_of

    scheme = named.partition("://")[0]
    url = address_of(named) if scheme in SERVERS else None
    if url is None:
        # The whole of it may hold a password.
        raise LedgerError(
            say(f"{VARIABLE}: {scheme}://… is no ledger.", f"{VARIABLE} : {scheme}://… n'est pas un registre.")
        )
    return Place(name_of(url), url=url)


def database_at(place: Place, *, may_create: bool) -> Database:
    """Nothing is opened yet. Raises MachineLacks where PostgreSQL is asked for and its driver is not installed."""
    if place.url is not None:
        from labeler.ledger.postgresql import Server

        return Server(place.url)
    assert place.path is not None
    return File(place.path, may_create=may_create)
