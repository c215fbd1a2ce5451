"""Where the ledger is: `LABELER_LEDGER`, a file or a PostgreSQL database; by default a file in labeler's own folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from labeler.errors import LedgerError, MachineLacks
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
NEEDED = ("sqlalchemy", "psycopg")
"""What the extra `postgresql` installs."""


@dataclass(frozen=True)
class Place:
    """path: of the SQLite file; url: of the PostgreSQL database; one of them. name: for people, without a password."""

    name: str
    path: Path | None = None
    url: URL | None = None


def place_named(named: str | None = None) -> Place | None:
    """Where the ledger is, None where there is to be none. named: in place of the variable.

    Raises LedgerError; MachineLacks where PostgreSQL is asked for, and what speaks to it is not installed here.
    """
    named = named if named is not None else os.environ.get(VARIABLE, "")
    if named == OFF:
        return None
    if "://" in named:
        return server_named(named)
    path = Path(os.path.abspath(named)) if named else home() / FILE  # noqa: PTH100 - links are kept as they are
    return Place(str(path), path=path)


def server_named(named: str) -> Place:
    scheme = named.partition("://")[0]
    if scheme not in SERVERS:
        raise no_ledger_at(scheme)
    if None in map(find_spec, NEEDED):
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
    from labeler.ledger.postgresql import address_of, name_of

    url = address_of(named)
    if url is None:
        raise no_ledger_at(scheme)
    return Place(name_of(url), url=url)


def no_ledger_at(scheme: str) -> LedgerError:
    # The whole of it may hold a password.
    return LedgerError(
        say(f"{VARIABLE}: {scheme}://… is no ledger.", f"{VARIABLE} : {scheme}://… n'est pas un registre.")
    )


def database_at(place: Place, *, may_create: bool) -> Database:
    """Nothing is opened yet."""
    if place.url is not None:
        from labeler.ledger.postgresql import Server

        return Server(place.url)
    assert place.path is not None
    return File(place.path, may_create=may_create)
