"""`labeler trust`: nothing is trusted that a person did not put there, and all of it can be seen."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labeler.layers.credentials.certificates import make_test_chain
from tests.cli.conftest import Studio

ROOT = make_test_chain("Atelier", datetime(2026, 11, 26, tzinfo=UTC))
OTHER = make_test_chain("Autre", datetime(2026, 11, 26, tzinfo=UTC))


@pytest.fixture
def empty(studio: Studio, tmp_path: Path) -> Studio:
    """A home of its own: the tests beside this one count on trusting nobody."""
    return replace(studio, home=tmp_path / "home")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: object, **named: object) -> None:
            super().__init__(*given, directory=str(folder), **named)  # type: ignore[arg-type]

        def log_message(self, *told: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder
        server.shutdown()


def put(path: Path, *chains: bytes) -> Path:
    path.write_bytes(b"".join(chains))
    return path


def test_nobody_is_trusted_by_default(empty: Studio) -> None:
    done = empty.labeler("trust", "list")
    assert (done.code, done.out) == (0, "") and "Nobody is trusted" in done.err


def test_a_studios_own_root(empty: Studio, tmp_path: Path) -> None:
    file = put(tmp_path / "root.pem", ROOT.root_pem)
    assert empty.labeler("trust", "add", file, "--name", "atelier").code == 0
    (listed,) = empty.labeler("trust", "list", "--json").objects()
    assert (listed["schema"], listed["name"], listed["source"]) == ("labeler.trust/1", "atelier", None)
    assert "Atelier root" in listed["certificates"][0]["subject"]
    assert "Atelier root" in empty.labeler("trust", "list").out
    assert empty.labeler("trust", "add", file, "--name", "atelier").code == 0, "the same once more"
    other = put(tmp_path / "other.pem", OTHER.root_pem)
    assert empty.labeler("trust", "add", other, "--name", "atelier").code == 2, "another list is not replaced"


@pytest.mark.parametrize(
    ("content", "code"), [(b"", 5), (b"hello", 5), (ROOT.root_pem + ROOT.key_pem, 5), (ROOT.root_pem[:-60], 5)]
)
def test_what_is_no_list_is_refused(content: bytes, code: int, empty: Studio, tmp_path: Path) -> None:
    assert empty.labeler("trust", "add", put(tmp_path / "root.pem", content)).code == code
    assert not list((empty.home / "trust").glob("*"))


@pytest.mark.parametrize("name", ["../root", "", ".hidden"])
def test_a_name_stays_in_its_folder(name: str, empty: Studio, tmp_path: Path) -> None:
    file = put(tmp_path / "root.pem", ROOT.root_pem)
    assert empty.labeler("trust", "add", file, "--name", name).code in (0, 2)
    assert not (empty.home / "root.pem").exists() and not list((empty.home / "trust").glob(".*"))


def test_public_lists_out_of_a_folder(empty: Studio, tmp_path: Path) -> None:
    put(tmp_path / "C2PA-TRUST-LIST.pem", ROOT.root_pem)
    put(tmp_path / "C2PA-TSA-TRUST-LIST.pem", OTHER.root_pem)
    assert empty.labeler("trust", "update", "--from", tmp_path).code == 0
    names = {listed["name"] for listed in empty.labeler("trust", "list", "--json").objects()}
    assert names == {"c2pa", "c2pa-tsa"}


def test_a_list_is_fetched_and_a_bad_one_replaces_nothing(
    empty: Studio, served: tuple[str, Path], tmp_path: Path
) -> None:
    address, folder = served
    put(folder / "C2PA-TRUST-LIST.pem", ROOT.root_pem)
    url = f"{address}/C2PA-TRUST-LIST.pem"
    assert empty.labeler("trust", "update", "--from", url).code == 0
    (before,) = empty.labeler("trust", "list", "--json").objects()
    assert before["name"] == "c2pa" and before["source"].startswith(url)
    assert "unchanged" in empty.labeler("trust", "update", "--from", url).err
    put(folder / "C2PA-TRUST-LIST.pem", b"<html>moved</html>")
    assert empty.labeler("trust", "update", "--from", url).code == 5
    assert empty.labeler("trust", "update", "--from", f"{address}/gone.pem").code == 75
    assert empty.labeler("trust", "update", "--from", "http://example.org/list.pem").code == 2, "not over https"
    (after,) = empty.labeler("trust", "list", "--json").objects()
    assert after["certificates"] == before["certificates"]


def test_a_listed_signer(empty: Studio, studio: Studio) -> None:
    empty.labeler("trust", "add", studio.home / "identities" / "studio" / "root.pem")
    done = empty.labeler("verify", studio.labelled, "--preset", "eu-standard", "--json")
    assert done.objects()[0]["trust"] == "listed"
