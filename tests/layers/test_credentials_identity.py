"""Identities and trust lists: which one signs, and what is refused before any work."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from labeler.errors import IdentityError, IdentityExpired, IdentityMissing
from labeler.layers.credentials import certificates
from labeler.layers.credentials.identity import create, home, list_all, load
from labeler.layers.credentials.trust import load_trust
from tests import pki

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_a_test_identity_says_that_it_is_one(tmp_path: Path) -> None:
    made = create("studio", home=tmp_path, now=NOW)
    assert made == load("studio", home=tmp_path, now=NOW)
    assert (made.alg, made.tsa, made.subject, made.issuer) == ("es256", (), "studio", "studio issuing")
    assert made.not_after == NOW + timedelta(days=365)
    leaf, issuing = certificates.read_chain(made.chain_pem)
    assert "on no trust list" in leaf.subject.rfc4514_string()
    assert certificates.CLAIM_SIGNING in certificates.uses_of(leaf)
    assert issuing.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    folder = tmp_path / "identities" / "studio"
    assert stat.S_IMODE((folder / "key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} == {"chain.pem", "key.pem", "root.pem", "identity.toml"}
    assert "PRIVATE" not in repr(made)


def test_a_name_is_not_taken_twice(tmp_path: Path) -> None:
    create("studio", home=tmp_path, now=NOW)
    with pytest.raises(IdentityError, match="already"):
        create("studio", home=tmp_path, now=NOW)
    assert [path.name for path in (tmp_path / "identities").iterdir()] == ["studio"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a b", "x" * 65, "a\n"])
def test_names_that_are_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(IdentityError):
        create(name, home=tmp_path, now=NOW)
    assert not (tmp_path / "identities").exists()


def test_who_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IdentityMissing) as none:
        load(None, home=tmp_path, now=NOW)
    assert "labeler identity new" in none.value.remedy
    create("alpha", home=tmp_path, now=NOW)
    assert load(None, home=tmp_path, now=NOW).name == "alpha"
    create("beta", home=tmp_path, now=NOW)
    with pytest.raises(IdentityMissing) as several:
        load(None, home=tmp_path, now=NOW)
    assert "alpha, beta" in several.value.message and "--identity alpha" in several.value.remedy
    monkeypatch.setenv("LABELER_IDENTITY", "beta")
    assert load(None, home=tmp_path, now=NOW).name == "beta"
    assert load("alpha", home=tmp_path, now=NOW).name == "alpha"
    with pytest.raises(IdentityMissing) as unknown:
        load("gamma", home=tmp_path, now=NOW)
    assert "labeler identity new gamma" in unknown.value.remedy and "alpha, beta" in unknown.value.remedy
    assert [one.name for one in list_all(tmp_path)] == ["alpha", "beta"]


def test_no_identities_at_all(tmp_path: Path) -> None:
    assert list_all(tmp_path / "nowhere") == ()


def test_expired_says_since_when(tmp_path: Path) -> None:
    made = create("studio", home=tmp_path, now=NOW)
    with pytest.raises(IdentityExpired, match="2027-11-23 10:00 UTC"):
        load("studio", home=tmp_path, now=made.not_after + timedelta(seconds=1))
    assert load("studio", home=tmp_path, now=made.not_after).name == "studio"
    assert [one.name for one in list_all(tmp_path)] == ["studio"]


def test_not_yet_valid(tmp_path: Path) -> None:
    made = create("studio", home=tmp_path, now=NOW)
    with pytest.raises(IdentityError, match="2026-11-22 10:00 UTC") as told:
        load("studio", home=tmp_path, now=made.not_before - timedelta(seconds=1))
    assert not isinstance(told.value, IdentityExpired)


def test_a_key_that_others_may_read(tmp_path: Path) -> None:
    create("studio", home=tmp_path, now=NOW)
    key = tmp_path / "identities" / "studio" / "key.pem"
    key.chmod(0o640)
    with pytest.raises(IdentityError) as told:
        load("studio", home=tmp_path, now=NOW)
    assert str(key) in told.value.message and "chmod 600" in told.value.remedy


def test_a_key_of_another_certificate(tmp_path: Path) -> None:
    create("a", home=tmp_path, now=NOW)
    create("b", home=tmp_path, now=NOW)
    keys = [tmp_path / "identities" / name / "key.pem" for name in "ab"]
    keys[0].write_bytes(keys[1].read_bytes())
    with pytest.raises(IdentityError, match="does not belong"):
        load("a", home=tmp_path, now=NOW)


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("chain.pem", b"nothing", "no certificate"),
        ("key.pem", b"nothing", "cannot be read"),
        ("identity.toml", b"alg = ", "not TOML"),
        ("identity.toml", b"algo = 'es256'", "unknown keys: algo"),
        ("identity.toml", b"alg = 'ps256'", "cannot sign"),
        ("identity.toml", b"tsa = 'http://x/'", "must be a list"),
        ("identity.toml", b"tsa = ['file:///etc/passwd']", "must be a list"),
    ],
)
def test_damaged(tmp_path: Path, file: str, content: bytes, told: str) -> None:
    create("studio", home=tmp_path, now=NOW)
    path = tmp_path / "identities" / "studio" / file
    path.write_bytes(content)
    with pytest.raises(IdentityError, match=told) as error:
        load("studio", home=tmp_path, now=NOW)
    assert str(path) in error.value.message


@pytest.mark.parametrize("file", ["chain.pem", "key.pem"])
def test_incomplete(tmp_path: Path, file: str) -> None:
    create("studio", home=tmp_path, now=NOW)
    path = tmp_path / "identities" / "studio" / file
    path.unlink()
    with pytest.raises(IdentityMissing, match=file):
        load("studio", home=tmp_path, now=NOW)


def test_a_chain_in_the_wrong_order(tmp_path: Path) -> None:
    made = create("studio", home=tmp_path, now=NOW)
    leaf, issuing = certificates.read_chain(made.chain_pem)
    (tmp_path / "identities" / "studio" / "chain.pem").write_bytes(certificates.pem(issuing) + certificates.pem(leaf))
    with pytest.raises(IdentityError, match="do not follow one another"):
        load("studio", home=tmp_path, now=NOW)


def test_a_certificate_that_is_not_for_signing(tmp_path: Path) -> None:
    pki.write_identity(pki.make_signer("TSA", NOW, uses=(pki.TIME,)), tmp_path / "identities" / "tsa")
    with pytest.raises(IdentityError, match="not made for signing"):
        load("tsa", home=tmp_path, now=NOW)


def test_an_identity_made_by_hand(tmp_path: Path) -> None:
    signer = pki.make_signer("By hand", NOW)
    pki.write_identity(signer, tmp_path / "identities" / "hand", tsa=("http://tsa.example/",))
    found = load("hand", home=tmp_path, now=NOW)
    assert (found.subject, found.tsa, found.alg) == ("By hand", ("http://tsa.example/",), "es256")


def test_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_HOME", str(tmp_path))
    assert home() == tmp_path
    monkeypatch.delenv("LABELER_HOME")
    assert home().name == "labeler"


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "identities").write_text("a file where the folder would be")
    with pytest.raises(IdentityError) as told:
        create("studio", home=tmp_path, now=NOW)
    assert str(tmp_path) in told.value.message


def test_nothing_is_trusted_by_default(tmp_path: Path) -> None:
    create("studio", home=tmp_path, now=NOW)
    trust = load_trust(None, tmp_path)
    assert (trust.anchors, trust.names, trust.files, trust.date) == ("", (), (), None)


def test_trust_lists_are_joined(tmp_path: Path) -> None:
    (tmp_path / "trust").mkdir()
    first, second, extra = (pki.make_signer(name, NOW).root for name in ("A", "B", "C"))
    (tmp_path / "trust" / "list.pem").write_bytes(first + second)
    (tmp_path / "trust" / "note.txt").write_text("not a list")
    (tmp_path / "mine.pem").write_bytes(b"# a comment\n" + extra)
    for path in (tmp_path / "trust" / "list.pem", tmp_path / "mine.pem"):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    trust = load_trust(tmp_path / "mine.pem", tmp_path)
    assert trust.names == ("A root", "B root", "C root")
    assert trust.files == ("list.pem", "mine.pem")
    assert trust.date == NOW.date()
    assert trust.anchors.count("BEGIN CERTIFICATE") == 3


@pytest.mark.parametrize("content", [None, b"", b"nothing", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END"])
def test_a_trust_list_that_is_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "list.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(IdentityError, match=r"list\.pem"):
        load_trust(path, tmp_path)


def test_a_certificate_is_found_by_its_serial_number() -> None:
    signer, other = pki.make_signer("A", NOW), pki.make_signer("B", NOW)
    leaf, stranger = (x509.load_pem_x509_certificate(one.chain) for one in (signer, other))
    ders = [one.public_bytes(certificates.serialization.Encoding.DER) for one in (stranger, leaf)]
    store = b"jumb\x30\x82" + ders[0] + b"\x00\x30\x82\x00\x10\x30\x82" + ders[1] + b"tail"
    assert certificates.with_serial(store, leaf.serial_number) == (leaf,)
    assert certificates.with_serial(store, 1) == ()
