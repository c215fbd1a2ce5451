"""Identities: who signs. A folder each, `$LABELER_HOME/identities/NAME/`; the contract of this layer's signing.

chain.pem       the signer's certificate, then those that issued it
key.pem         its private key, readable by its owner alone (mode 0600)
identity.toml   alg = "es256"; tsa = ["http://…"]  (time servers; none: no network is used)
root.pem        test identities only: the root, for those who want to trust it with --trust
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from labeler.errors import IdentityError, IdentityExpired, IdentityMissing
from labeler.language import say
from labeler.layers.credentials import certificates
from labeler.layers.credentials.place import place_error

FOLDER = "identities"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SETTINGS = {"alg", "tsa"}


@dataclass(frozen=True)
class Identity:
    """A certificate chain and its key. `subject`, `issuer`: common names. `tsa`: addresses of time servers."""

    name: str
    chain_pem: bytes
    key_pem: bytes = field(repr=False)
    alg: str
    tsa: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    subject: str
    issuer: str = ""


def home() -> Path:
    """The folder of labeler's own data: `LABELER_HOME`, else the platform's."""
    named = os.environ.get("LABELER_HOME")
    return Path(named) if named else Path(platformdirs.user_data_path("labeler"))


def load(name: str | None, *, home: Path, now: datetime) -> Identity:
    """The identity to sign with: the one named, else `LABELER_IDENTITY`, else the only one there is.

    now: an aware time; every certificate of the chain must be valid then.
    Raises IdentityMissing, IdentityExpired, IdentityError (not yet valid, key and certificate do not match, …).
    """
    wanted = name or os.environ.get("LABELER_IDENTITY") or only_one(home)
    folder = folder_of(wanted, home)
    if not folder.is_dir():
        raise IdentityMissing(
            say(f"There is no identity «{wanted}» in {home / FOLDER}.", f"Pas d'identité « {wanted} » : {folder}."),
            remedy=say(
                f"Make a test identity with `labeler identity new {wanted}`, or choose one of: {listed(home)}.",
                f"Créez une identité d'essai avec `labeler identity new {wanted}`, ou choisissez : {listed(home)}.",
            ),
        )
    identity = read(folder)
    check_dates(identity, certificates.read_chain(identity.chain_pem), now)
    return identity


def list_all(home: Path) -> tuple[Identity, ...]:
    """Every identity by name, expired ones included. Raises IdentityError for one that is damaged."""
    return tuple(read(home / FOLDER / name) for name in names(home))


def create(name: str, *, home: Path, now: datetime) -> Identity:
    """Make a test identity, whose certificate says so in its own name. Raises IdentityError when the name is taken."""
    folder = folder_of(name, home)
    if folder.exists():
        raise IdentityError(
            say(f"There is an identity «{name}» already: {folder}.", f"L'identité « {name} » existe déjà : {folder}."),
            remedy=say("Choose another name.", "Choisissez un autre nom."),
        )
    chain = certificates.make_test_chain(name, now)
    try:
        write(folder, chain)
    except OSError as error:
        raise place_error(error, folder) from error
    return read(folder)


def write(folder: Path, chain: certificates.NewChain) -> None:
    """Whole or not at all: written in a private folder, then renamed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    private = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        descriptor = os.open(private / "key.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(chain.key_pem)
        (private / "chain.pem").write_bytes(chain.chain_pem)
        (private / "root.pem").write_bytes(chain.root_pem)
        (private / "identity.toml").write_text('alg = "es256"\ntsa = []\n', encoding="utf-8")
        private.rename(folder)
    finally:
        shutil.rmtree(private, ignore_errors=True)


def names(home: Path) -> tuple[str, ...]:
    folder = home / FOLDER
    if not folder.is_dir():
        return ()
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_dir() and NAME.fullmatch(path.name)))


def listed(home: Path) -> str:
    return ", ".join(names(home)) or say("(none)", "(aucune)")


def only_one(home: Path) -> str:
    found = names(home)
    if len(found) == 1:
        return found[0]
    if not found:
        raise IdentityMissing(
            say(f"There is no identity to sign with in {home / FOLDER}.", f"Aucune identité dans {home / FOLDER}."),
            remedy=say(
                "Make a test identity with `labeler identity new studio`.",
                "Créez une identité d'essai avec `labeler identity new studio`.",
            ),
        )
    raise IdentityMissing(
        say(f"There are several identities: {', '.join(found)}.", f"Il y a plusieurs identités : {', '.join(found)}."),
        remedy=say(
            f"Name the one that signs: `labeler label … --identity {found[0]}`.",
            f"Nommez celle qui signe : `labeler label … --identity {found[0]}`.",
        ),
    )


def folder_of(name: str, home: Path) -> Path:
    if not NAME.fullmatch(name):
        raise IdentityError(
            say(f"«{name}» cannot be the name of an identity.", f"« {name} » ne peut pas être le nom d'une identité."),
            remedy=say(
                "Use letters, digits, dots, dashes and underscores.", "Lettres, chiffres, points, tirets et soulignés."
            ),
        )
    return home / FOLDER / name


def read(folder: Path) -> Identity:
    """Read and check one folder, whatever its dates."""
    chain_pem, key_pem = read_file(folder / "chain.pem"), read_file(folder / "key.pem")
    check_private(folder / "key.pem")
    chain = parse_chain(chain_pem, folder / "chain.pem")
    check_key(chain[0], key_pem, folder)
    alg, tsa = read_settings(folder / "identity.toml", chain[0])
    return Identity(
        name=folder.name,
        chain_pem=chain_pem,
        key_pem=key_pem,
        alg=alg,
        tsa=tsa,
        not_before=max(one.not_valid_before_utc for one in chain),
        not_after=min(one.not_valid_after_utc for one in chain),
        subject=certificates.common_name(chain[0].subject),
        issuer=certificates.common_name(chain[0].issuer),
    )


def read_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise IdentityMissing(
            say(f"The identity lacks its file {file}.", f"Il manque à l'identité son fichier {file}."), file=str(file)
        ) from error
    except OSError as error:
        raise place_error(error, file) from error


def check_private(file: Path) -> None:
    """A key that others may read is nobody's. (Windows has no such modes; its folders are private.)"""
    if os.name == "posix" and file.stat().st_mode & 0o077:
        raise wrong(
            file,
            "others on this machine may read the key",
            "d'autres utilisateurs de cette machine peuvent lire la clé",
            say(f"Run: chmod 600 {file}", f"Lancez : chmod 600 {file}"),
        )


def parse_chain(data: bytes, file: Path) -> tuple[x509.Certificate, ...]:
    try:
        chain = certificates.read_chain(data)
    except ValueError as error:
        raise wrong(file, "it holds no certificate that can be read", "aucun certificat lisible") from error
    if not certificates.is_chained(chain):
        raise wrong(
            file,
            "its certificates do not follow one another, the signer's first",
            "ses certificats ne se suivent pas, celui du signataire en premier",
        )
    if not certificates.may_sign_claims(chain[0]):
        raise wrong(
            file,
            "its certificate is not made for signing (extended key usage)",
            "son certificat n'est pas fait pour signer (usage étendu de la clé)",
        )
    return chain


def check_key(leaf: x509.Certificate, key_pem: bytes, folder: Path) -> None:
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError) as error:
        raise wrong(
            folder / "key.pem",
            "the key cannot be read, or has a password",
            "la clé est illisible, ou protégée",
        ) from error
    if key.public_key() != leaf.public_key():
        raise wrong(
            folder / "key.pem",
            "this key does not belong to the certificate beside it",
            "cette clé ne correspond pas au certificat voisin",
        )


def read_settings(file: Path, leaf: x509.Certificate) -> tuple[str, tuple[str, ...]]:
    """`alg` (default: what the key can do) and `tsa` of identity.toml. The file may be missing."""
    possible = certificates.algorithms_of(leaf.public_key())
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise wrong(file, f"it is not TOML: {error}", f"ce n'est pas du TOML : {error}") from error
    if unknown := sorted(set(values) - SETTINGS):
        raise wrong(file, f"unknown keys: {', '.join(unknown)}", f"clés inconnues : {', '.join(unknown)}")
    alg, tsa = values.get("alg", possible[0] if possible else None), values.get("tsa", [])
    if alg not in possible:
        raise wrong(file, f"this key cannot sign with «{alg}»", f"cette clé ne peut pas signer en « {alg} »")
    if not isinstance(tsa, list) or not all(isinstance(one, str) and is_address(one) for one in tsa):
        raise wrong(file, "tsa must be a list of http addresses", "tsa doit être une liste d'adresses http")
    return str(alg), tuple(tsa)


def is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def check_dates(identity: Identity, chain: tuple[x509.Certificate, ...], now: datetime) -> None:
    for certificate in chain:
        whose = certificates.common_name(certificate.subject)
        if certificate.not_valid_after_utc < now:
            since = f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
            raise IdentityExpired(
                say(
                    f"The certificate «{whose}» of identity «{identity.name}» has expired since {since}.",
                    f"Le certificat « {whose} » de l'identité « {identity.name} » est expiré depuis le {since}.",
                )
            )
        if certificate.not_valid_before_utc > now:
            begin = f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
            raise IdentityError(
                say(
                    f"The certificate «{whose}» of identity «{identity.name}» is valid only from {begin} on.",
                    f"Le certificat « {whose} » de l'identité « {identity.name} » ne vaut qu'à partir du {begin}.",
                ),
                remedy=say("Check the clock of this machine.", "Vérifiez l'horloge de cette machine."),
            )


def wrong(file: Path, en: str, fr: str, remedy: str | None = None) -> IdentityError:
    return IdentityError(f"{file}: {say(en, fr)}.", remedy=remedy, file=str(file))
