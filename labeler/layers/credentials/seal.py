"""The checks of a seal that need no plan: is it there, intact, whose, and does it still count?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography import x509

from labeler.language import say
from labeler.layers.credentials import certificates, codes
from labeler.layers.credentials.belonging import Reason
from labeler.layers.credentials.codes import Codes
from labeler.layers.credentials.sdk import Store
from labeler.rules.plan import PlanItem
from labeler.verdict import Check, FoundRemote, FoundSidecar, Status

SOURCE = "C2PA 2.4, chapter 15"


def present(store: Store, path: Path, remote: FoundRemote | None = None) -> Check:
    """remote: where the store was fetched from, None where it was here."""
    if store.embedded:
        return check("present", Status.PASS, say("Embedded.", "Intégrés au fichier."), measured="embedded")
    if remote is not None:
        message = say(
            f"They stand on the network, at {remote.address}, and were fetched; nothing is embedded.",
            f"Ils sont sur le réseau, à {remote.address}, et ont été téléchargés ; rien n'est intégré.",
        )
    else:
        message = say(
            f"They stand in a sidecar beside {path.name}; nothing is embedded, so they are lost when it travels alone.",
            f"Ils sont dans un fichier voisin de {path.name} : rien n'est intégré, ils se perdent s'il voyage seul.",
        )
    where = "remote" if remote is not None else "sidecar"
    return check("present", Status.WARN, message, measured=where, expected="embedded")


def elsewhere(remote: FoundRemote | None) -> str:
    """Why credentials on the network were not read."""
    address = remote.address if remote is not None else "?"
    if remote is not None and remote.problem is not None:
        return say(
            f"The credentials are on the network, at {address}, and could not be fetched: {remote.problem}.",
            f"Les identifiants de contenu sont sur le réseau, à {address}, sans pouvoir être téléchargés : "
            f"{remote.problem}.",
        )
    return say(
        f"The credentials are on the network, at {address}, and were not fetched (--online fetches them).",
        f"Les identifiants de contenu sont sur le réseau, à {address}, et n'ont pas été téléchargés "
        "(--online les télécharge).",
    )


def strays(beside: Iterable[FoundSidecar]) -> tuple[Check, ...]:
    """A warning where a manifest lies beside the file that is not of these bytes, or that cannot be read: never a fault
    of the file, which another may share its stem with."""
    wrong = [one for one in beside if not one.fits]
    if not wrong:
        return ()
    message = say(
        f"Beside the file stands {listed(one.name for one in wrong)}, which does not fit it: credentials of another "
        "file, or of this one before it was changed.",
        f"À côté du fichier se trouve {listed(one.name for one in wrong)}, qui ne lui correspond pas : identifiants "
        "d'un autre fichier, ou de celui-ci avant qu'il soit modifié.",
    )
    measured = {one.name: list(one.codes) for one in wrong}
    return (check("sidecar", Status.WARN, message, measured=measured, mandatory=False),)


ANOTHERS: Mapping[Reason, tuple[str, str]] = MappingProxyType(
    {
        "container": (
            "they are bound to a file of another kind",
            "ils sont liés à un fichier d'un autre type",
        ),
        "format": ("they are of a still image", "ils sont ceux d'une image fixe"),
        "media": (
            "nothing of the media that they were signed over is here",
            "rien du média sur lequel ils ont été signés n'est ici",
        ),
    }
)
"""How it is known that credentials belong to another file."""


def integrity(
    found: Codes, plays_unhashed: Callable[[], bool | None] = lambda: False, of_another: Reason | None = None
) -> Check:
    """plays_unhashed: whether something that plays lies outside of what was hashed, asked where all else is well; None
    where nobody could tell. of_another: how it is known that they belong to another file."""
    changed = codes.altered(found.active)
    wrong = [code for code in codes.unsound(found.active) if not code.startswith("signingCredential.")]
    if of_another is not None:
        status, measured = Status.FAIL, "foreign"
        en, fr = ANOTHERS[of_another]
        message = say(
            f"These credentials belong to another file: {en} ({listed(changed)}).",
            f"Ces identifiants de contenu sont ceux d'un autre fichier : {fr} ({listed(changed)}).",
        )
    elif changed:
        status, measured = Status.FAIL, "altered"
        message = say(
            f"Media or manifest were changed after signing: {listed(changed)}.",
            f"Média ou manifeste modifiés après signature : {listed(changed)}.",
        )
    elif wrong or not codes.has_signature(found):
        status, measured = Status.FAIL, "unsound"
        message = say(
            f"The credentials are not valid: {listed(wrong) or 'no valid signature'}.",
            f"Identifiants de contenu non valides : {listed(wrong) or 'aucune signature valide'}.",
        )
    elif (outside := plays_unhashed()) is None:
        status, measured = Status.NOT_CHECKED, "unreadable"
        message = say(
            "Signature and hashes hold; whether all that plays was hashed could not be read.",
            "Signature et empreintes valent ; que tout ce qui se lit ait été signé n'a pas pu être lu.",
        )
    elif outside:
        status, measured = Status.FAIL, "uncovered"
        message = say(
            "Sound or pictures lie where the seal does not look: they can be replaced without breaking it.",
            "Du son ou des images se trouvent hors de ce que le sceau couvre : on peut les remplacer sans le briser.",
        )
    else:
        status, measured = Status.PASS, "intact"
        message = say("Media and manifest are as they were signed.", "Média et manifeste sont tels que signés.")
    return check("integrity", status, message, measured=measured, expected="intact")


def of_segments() -> Check:
    """The integrity of the first piece of a film by itself."""
    message = say(
        "The manifest binds segments that are not here: name them, and this file with --init.",
        "Le manifeste lie des segments qui ne sont pas là : indiquez-les, et ce fichier avec --init.",
    )
    return check("integrity", Status.NOT_CHECKED, message, measured="unreadable", expected="intact")


def ancestors(found: Codes, strays: tuple[str, ...] = ()) -> Check:
    """What an ancestor's own signer saw counts as much as what is found now (the laundered parent). strays: manifests
    that the active one does not lead to; versions of the SDK let one of them hide a failure (c2pa-rs PR 2686)."""
    changed, wrong = codes.altered(found.ancestors), codes.unsound(found.ancestors)
    if changed:
        status, measured = Status.FAIL, "altered"
        message = say(
            f"What this file was made from had been changed after signing: {listed(changed)}.",
            f"Ce dont ce fichier est issu avait été modifié après signature : {listed(changed)}.",
        )
    elif wrong:
        status, measured = Status.WARN, "unsound"
        message = say(
            f"An ancestor's credentials are not valid: {listed(wrong)}.",
            f"Les identifiants d'un ancêtre ne sont pas valides : {listed(wrong)}.",
        )
    elif strays:
        status, measured = Status.WARN, "unsound"
        message = say(
            f"The file holds manifests that belong to none of its ancestors: {len(strays)}.",
            f"Le fichier contient des manifestes qui ne sont d'aucun de ses ancêtres : {len(strays)}.",
        )
    else:
        status, measured = Status.PASS, "intact"
        message = say("No ancestor was altered.", "Aucun ancêtre n'a été modifié.")
    return check("ancestors", status, message, measured=measured, expected="intact")


def signer(store: Store, found: Codes, certificate: x509.Certificate | None, plan: PlanItem | None) -> Check:
    name = signer_name(store, certificate) or "?"
    wanted = plan.credentials.trust if plan and plan.credentials else "any"
    refused = [code for code in codes.unsound(found.active) if code.startswith("signingCredential.")]
    expected = "listed" if wanted == "listed" else None
    if refused:
        message = say(
            f"The certificate of {name} is refused: {listed(refused)}.",
            f"Le certificat de {name} est refusé : {listed(refused)}.",
        )
        return check("signer", Status.FAIL, message, measured="refused", expected=expected)
    if not codes.has_signature(found):
        message = say("No valid signature tells who signed.", "Aucune signature valide ne dit qui a signé.")
        return check("signer", Status.NOT_CHECKED, message, expected=expected)
    if codes.TRUSTED_SIGNER in found.passed and certificate and certificates.may_sign_claims(certificate):
        message = say(f"Signed by {name}, who is on a trust list.", f"Signé par {name}, sur une liste de confiance.")
        return check("signer", Status.PASS, message, measured="listed", expected=expected)
    status = Status.FAIL if wanted == "listed" else Status.WARN
    message = say(
        f"Signed by {name}, who is on no trust list here.",
        f"Signé par {name}, qui n'est sur aucune liste de confiance ici.",
    )
    return check("signer", status, message, measured="unlisted", expected=expected)


def expiry(found: Codes, certificate: x509.Certificate | None) -> Check:
    """Without a trusted time, a signature counts no longer than its certificate."""
    until = f"{certificate.not_valid_after_utc:%Y-%m-%d}" if certificate else None
    if codes.expired(found.active):
        status = Status.FAIL
        message = say(
            f"The signer's certificate has expired ({until}), and no trusted time tells that it was signed before.",
            f"Le certificat du signataire a expiré ({until}), sans horodatage de confiance antérieur.",
        )
    elif codes.expired(found.ancestors):
        status = Status.WARN
        message = say("An ancestor's certificate has expired.", "Le certificat d'un ancêtre a expiré.")
    else:
        status = Status.PASS
        message = say(f"The certificate is valid until {until}.", f"Le certificat est valable jusqu'au {until}.")
        if codes.TRUSTED_TIME in found.passed:
            message = say("The time of signing is trusted.", "La date de signature est de confiance.")
    return check("expiry", status, message, measured=until)


def certificate_of(store: Store) -> x509.Certificate | None:
    """The signer's certificate of the active manifest. Several may share a serial number: the least able one counts."""
    info = codes.as_dict(codes.as_dict(store.manifests.get(store.active)).get("signature_info"))
    serial = str(info.get("cert_serial_number") or "")
    if not serial.isdecimal():
        return None
    found = certificates.with_serial(store.raw, int(serial))
    return min(found, key=certificates.may_sign_claims, default=None)


def signer_name(store: Store, certificate: x509.Certificate | None) -> str | None:
    """Common name of the signer, and of who vouches for it."""
    if certificate is not None:
        issuer = certificates.common_name(certificate.issuer)
        return f"{certificates.common_name(certificate.subject)} ({issuer})"
    info = codes.as_dict(codes.as_dict(store.manifests.get(store.active)).get("signature_info"))
    name = info.get("common_name") or info.get("issuer")
    return str(name) if name else None


def check(
    name: str, status: Status, message: str, *, measured: Any = None, expected: Any = None, mandatory: bool = True
) -> Check:
    return Check(
        id=f"credentials.{name}",
        layer="credentials",
        status=status,
        message=message,
        mandatory=mandatory,
        measured=measured,
        expected=expected,
        source=SOURCE,
    )


def listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
