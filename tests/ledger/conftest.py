"""Every test of the ledger runs on SQLite, and (with the wide ones) on PostgreSQL where there is one: the server that
LABELER_TEST_POSTGRESQL names, or one that is started here out of the system's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from labeler.ledger.place import Place, place_named

GIVEN = "LABELER_TEST_POSTGRESQL"
FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
"""Where Debian puts them, out of everybody's way."""
USER = "postgres"


def program(name: str) -> str | None:
    return shutil.which(name) or next((str(folder / name) for folder in FOLDERS if (folder / name).exists()), None)


def as_user(command: list[str], folder: Path) -> None:
    """PostgreSQL does not run as root."""
    if os.geteuid() == 0:
        command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a server where databases can be made."""
    if given := os.environ.get(GIVEN):
        yield given
        return
    initdb, control = program("initdb"), program("pg_ctl")
    if initdb is None or control is None:
        pytest.skip("no PostgreSQL here")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path is at most 107 bytes
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER, USER)
        as_user([initdb, "-D", str(folder / "data"), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"], folder)
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        start = [control, "-D", str(folder / "data"), "-o", options, "-l", str(folder / "log"), "-w", "start"]
        as_user(start, folder)
        try:
            yield f"postgresql://{USER}@/postgres?host={folder}"
        finally:
            as_user([control, "-D", str(folder / "data"), "-m", "immediate", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_on(address: str, statement: str) -> None:
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def postgresql(server: str, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    name = f"labeler_{os.getpid()}_{abs(hash(tmp_path)):x}"
    run_on(server, f"CREATE DATABASE {name}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        run_on(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.wide)])
def named(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What LABELER_LEDGER names."""
    if request.param == "postgresql":
        address: str = request.getfixturevalue("postgresql")
        return address
    return str(tmp_path / "home" / "ledger.sqlite")


@pytest.fixture
def place(named: str) -> Place:
    found = place_named(named)
    assert found is not None
    return found
