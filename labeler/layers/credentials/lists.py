"""Trust lists on this machine: what stands in them, how they come here, and from where.

Nothing is trusted that is not a PEM file in `LABELER_HOME`/trust, put there by a person; no list ships with labeler.
"""

from __future__ import annotations

import http.client
import ipaddress
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from pydantic import Field

from labeler.errors import IdentityError, Temporary, UsageError
from labeler.language import say
from labeler.layers.credentials import certificates
from labeler.layers.credentials.trust import FOLDER, parse, read
from labeler.release import private_beside, sync_file, sync_folder, translated
from labeler.verdict import Frozen

PUBLIC: Mapping[str, str] = MappingProxyType(
    {
        "c2pa": "https://raw.githubusercontent.com/c2pa-org/conformance-public/main/trust-list/C2PA-TRUST-LIST.pem",
        "c2pa-tsa": "https://raw.githubusercontent.com/c2pa-org/conformance-public/main/trust-list/C2PA-TSA-TRUST-LIST.pem",
    }
)
"""The lists of the C2PA Conformance Program, of signers and of time servers: name here, and address (2026-11-26)."""
LARGEST = 4 << 20
"""Bytes of a list; those of the C2PA had 60 kB in 2026."""
SECONDS = 30
SOURCE_LINE = "# labeler: from "
PRIVATE_KEY = b"PRIVATE KEY-----"


class ListedCertificate(Frozen):
    """One certificate of a list. for_time: it may vouch for times alone, so who signs with it is no listed signer."""

    subject: str
    issuer: str
    not_before: date
    not_after: date
    has_expired: bool
    for_time: bool


class TrustList(Frozen):
    """`labeler.trust/1`: one PEM file, when it was written, where it came from (None: a person put it there)."""

    schema_: Literal["labeler.trust/1"] = Field("labeler.trust/1", alias="schema")
    name: str
    file: str
    date: date
    source: str | None
    certificates: tuple[ListedCertificate, ...]


@dataclass(frozen=True)
class Brought:
    """A list that was added. is_new: its content was not there before."""

    name: str
    count: int
    is_new: bool


def all_lists(home: Path, now: datetime) -> tuple[TrustList, ...]:
    """Every list that is trusted on this machine. Raises IdentityError for a file that is none."""
    return tuple(described(file, now) for file in sorted((home / FOLDER).glob("*.pem")))


def described(file: Path, now: datetime) -> TrustList:
    data, changed = read(file)
    first = data.split(b"\n", 1)[0].decode("utf-8", "replace")
    return TrustList(
        name=file.stem,
        file=str(file),
        date=changed,
        source=first.removeprefix(SOURCE_LINE).strip() if first.startswith(SOURCE_LINE) else None,
        certificates=tuple(facts_of(certificate, now) for certificate in parse(data, file)),
    )


def facts_of(certificate: x509.Certificate, now: datetime) -> ListedCertificate:
    uses = certificates.uses_of(certificate)
    return ListedCertificate(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        not_before=certificate.not_valid_before_utc.date(),
        not_after=certificate.not_valid_after_utc.date(),
        has_expired=certificate.not_valid_after_utc <= now,
        for_time=bool(uses) and set(uses) <= {ExtendedKeyUsageOID.TIME_STAMPING},
    )


def add(file: Path, home: Path, name: str | None = None) -> Brought:
    """Copy a person's own list to where it is trusted. Raises IdentityError (not a list, or a private key in it),
    UsageError (another list of this name, or no name for a file), OutputRefused, DiskFull."""
    data, _ = read(file)
    chosen = name or file.stem
    standing = place_of(home, chosen)
    if standing.exists() and standing.read_bytes() != data:
        raise UsageError(
            say(
                f"There is another trust list «{chosen}» already.",
                f"Il y a déjà une autre liste de confiance « {chosen} ».",
            ),
            remedy=say("Give it another name with --name.", "Donnez-lui un autre nom avec --name."),
            file=str(file),
        )
    return put(data, chosen, file, home)


def update(home: Path, now: datetime, origin: str | None = None) -> tuple[Brought, ...]:
    """Bring the public lists anew: from their addresses, or those files out of a folder, or one file or address.

    What cannot be read whole replaces nothing. Raises Temporary (no network), IdentityError, UsageError, OutputRefused.
    """
    brought = []
    for name, address in chosen(origin).items():
        data = fetched(address) if is_address(address) else read(Path(address))[0]
        head = f"{SOURCE_LINE}{address}, {now.astimezone(UTC):%Y-%m-%d}\n".encode()
        brought.append(put(head + data, name, Path(address), home))
    return tuple(brought)


def chosen(origin: str | None) -> Mapping[str, str]:
    """Names and addresses, or paths, of what to bring."""
    if origin is None:
        return PUBLIC
    if not is_address(origin) and Path(origin).is_dir():
        files = {name: Path(origin) / address.rpartition("/")[2] for name, address in PUBLIC.items()}
        return {name: str(file) for name, file in files.items() if file.exists()} or named(Path(origin))
    wanted = origin.rpartition("/")[2]
    known = next((name for name, address in PUBLIC.items() if address.endswith("/" + wanted)), None)
    return {known or Path(wanted).stem: origin}


def named(folder: Path) -> Mapping[str, str]:
    found = {file.stem: str(file) for file in sorted(folder.glob("*.pem"))}
    if not found:
        raise UsageError(
            say(f"{folder} holds no trust list (*.pem).", f"{folder} ne contient aucune liste de confiance (*.pem)."),
            file=str(folder),
        )
    return found


def is_address(origin: str) -> bool:
    return "://" in origin


def fetched(address: str) -> bytes:
    """The bytes at an address, over https; without it from this machine alone. Raises UsageError, Temporary."""
    hold_scheme(address)
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as reply:
            hold_scheme(reply.geturl())  # where it was sent on to
            data: bytes = reply.read(LARGEST + 1)
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        raise Temporary(
            say(
                f"{address} cannot be fetched: {error}. The lists here stay as they were.",
                f"{address} ne peut pas être téléchargée : {error}. Les listes en place ne changent pas.",
            ),
            file=address,
        ) from error
    if len(data) > LARGEST:
        raise refused(address, say("it is too large", "elle est trop grande"))
    return data


def hold_scheme(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here(parts.hostname or "")):
        raise UsageError(
            say(f"{address}: a trust list is fetched over https alone.", f"{address} : uniquement par https."),
            file=address,
        )


def is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def put(data: bytes, name: str, origin: Path, home: Path) -> Brought:
    """Write a list under its name in one step, once it was read as one."""
    if PRIVATE_KEY in data:
        raise refused(str(origin), say("it holds a private key", "elle contient une clé privée"))
    count = len(parse(data, origin))
    file = place_of(home, name)
    with translated(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
        is_new = not file.exists() or body(file.read_bytes()) != body(data)
        private = private_beside(file)
        private.write_bytes(data)
        sync_file(private)
        private.replace(file)
        sync_folder(file.parent)
    return Brought(name, count, is_new)


def body(data: bytes) -> bytes:
    """A list without the line that tells where and when it came from."""
    return data.partition(b"\n")[2] if data.startswith(SOURCE_LINE.encode()) else data


def place_of(home: Path, name: str) -> Path:
    if not name or name != Path(name).name or name.startswith("."):
        raise UsageError(
            say(f"«{name}» is no name for a trust list.", f"« {name} » n'est pas un nom de liste de confiance."),
            remedy=say("Use letters, digits and dashes.", "Utilisez lettres, chiffres et tirets."),
        )
    return home / FOLDER / f"{name}.pem"


def refused(origin: str, why: str) -> IdentityError:
    return IdentityError(
        say(f"The trust list {origin} is refused: {why}.", f"La liste de confiance {origin} est refusée : {why}."),
        remedy=say(
            "A trust list is a text of certificates in PEM form, and nothing else.",
            "Une liste de confiance est un texte de certificats au format PEM, et rien d'autre.",
        ),
        file=origin,
    )
