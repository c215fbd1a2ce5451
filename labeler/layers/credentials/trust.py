"""Whom we trust: certificates of signers and time servers that a person put on this machine; none by default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from cryptography import x509

from labeler.errors import IdentityError
from labeler.language import say
from labeler.layers.credentials import certificates

FOLDER = "trust"


@dataclass(frozen=True)
class Trust:
    """Trust anchors in PEM (of signers and of time servers alike), and where they come from.

    names: the common name of each anchor. files: the PEM files, by name. date: when the newest file was changed.
    """

    anchors: str = ""
    names: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    date: date | None = None


def load_trust(extra: Path | None, home: Path) -> Trust:
    """All `*.pem` files of `home`/trust, then the file named with `--trust`.

    Raises IdentityError for a file that cannot be read, or holds no certificate or a damaged one.
    """
    files = [*sorted((home / FOLDER).glob("*.pem")), *([extra] if extra is not None else [])]
    anchors, names, dates = [], [], []
    for file in files:
        data, changed = read(file)
        for certificate in parse(data, file):
            anchors.append(certificates.pem(certificate).decode("ascii"))
            names.append(certificates.common_name(certificate.subject))
        dates.append(changed)
    return Trust("".join(anchors), tuple(names), tuple(file.name for file in files), max(dates, default=None))


def read(file: Path) -> tuple[bytes, date]:
    try:
        return file.read_bytes(), datetime.fromtimestamp(file.stat().st_mtime, UTC).date()
    except OSError as error:
        raise IdentityError(
            say(
                f"The trust list {file} cannot be read: {error.strerror}.",
                f"La liste de confiance {file} ne peut pas être lue : {error.strerror}.",
            ),
            remedy=say("Check the path given to --trust.", "Vérifiez le chemin donné à --trust."),
            file=str(file),
        ) from error


def parse(data: bytes, file: Path) -> tuple[x509.Certificate, ...]:
    try:
        return certificates.read_chain(data)
    except ValueError as error:
        raise IdentityError(
            say(
                f"The trust list {file} holds no certificate that can be read.",
                f"La liste de confiance {file} ne contient aucun certificat lisible.",
            ),
            remedy=say(
                "A trust list is a text of certificates in PEM form (-----BEGIN CERTIFICATE-----).",
                "Une liste de confiance est un texte de certificats au format PEM (-----BEGIN CERTIFICATE-----).",
            ),
            file=str(file),
        ) from error
