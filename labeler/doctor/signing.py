"""Who would sign, until when, with whose time, and whom this machine trusts; and whether its clock can be right.

Time servers that an identity names are asked, as they are before each signature: no other part here uses a network.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from labeler import RELEASED
from labeler.errors import LabelerError
from labeler.language import say
from labeler.layers.credentials import identity as identities
from labeler.layers.credentials import timeserver
from labeler.layers.credentials.identity import Identity
from labeler.layers.credentials.trust import Trust, load_trust
from labeler.rules.examination import Finding, note, ok, problem

SOON = timedelta(days=30)
LONGEST_SERVICE = timedelta(days=3650)
"""A clock that is so far after labeler's release is rather wrong than right (choice)."""


@dataclass(frozen=True)
class IdentityFact:
    """One identity: read, or why not. mode: of its key file, None where it cannot be asked. time: the address of the
    first of its time servers that grants a time-stamp; None where none does."""

    name: str
    identity: Identity | None = None
    fault: str = ""
    remedy: str = ""
    mode: int | None = None
    time: str | None = None


@dataclass(frozen=True)
class Signing:
    """wanted: the identity that LABELER_IDENTITY names."""

    folder: Path
    identities: tuple[IdentityFact, ...]
    wanted: str | None
    trust: Trust | None
    trust_fault: str = ""
    trust_remedy: str = ""


def examine(now: datetime) -> Iterator[Finding]:
    yield judge_clock(now)
    yield from judge(gathered(identities.home()), now)


def gathered(home: Path) -> Signing:
    facts = tuple(identity_fact(home / identities.FOLDER / name) for name in identities.names(home))
    wanted = os.environ.get("LABELER_IDENTITY") or None
    try:
        return Signing(home / identities.FOLDER, facts, wanted, load_trust(None, home))
    except LabelerError as error:
        return Signing(home / identities.FOLDER, facts, wanted, None, error.message, error.remedy)


def identity_fact(
    folder: Path, first_that_answers: Callable[[tuple[str, ...]], str | None] = timeserver.first_that_answers
) -> IdentityFact:
    try:
        mode: int | None = (folder / "key.pem").stat().st_mode & 0o777
    except OSError:
        mode = None
    try:
        identity = identities.read(folder)
        return IdentityFact(folder.name, identity, mode=mode, time=first_that_answers(identity.tsa))
    except LabelerError as error:
        return IdentityFact(folder.name, None, error.message, error.remedy, mode)


# --- judging ----------------------------------------------------------------------------------------------------------


def judge_clock(now: datetime) -> Finding:
    what, told = say("Clock", "Horloge"), f"{now:%Y-%m-%d %H:%M} UTC"
    remedy = say("Set the clock of this machine.", "Réglez l'horloge de cette machine.")
    released = datetime.fromisoformat(RELEASED).replace(tzinfo=now.tzinfo)
    if now < released:
        before = say(
            f"{told}, which is before this labeler was made ({RELEASED}).",
            f"{told}, soit avant que ce labeler n'existe ({RELEASED}).",
        )
        return problem("clock", what, before, remedy)
    if now > released + LONGEST_SERVICE:
        after = say(
            f"{told}, which is more than ten years after this labeler was made ({RELEASED}).",
            f"{told}, soit plus de dix ans après ce labeler ({RELEASED}).",
        )
        return problem("clock", what, after, remedy)
    return ok("clock", what, told)


def judge(signing: Signing, now: datetime) -> Iterator[Finding]:
    yield who_signs(signing)
    for fact in signing.identities:
        yield judge_identity(fact, now)
        if fact.identity is not None and fact.identity.tsa:
            yield judge_time(fact, fact.identity.tsa)
    yield judge_trust(signing)


def who_signs(signing: Signing) -> Finding:
    what, names = say("Signer", "Signataire"), [fact.name for fact in signing.identities]
    if signing.wanted is not None and signing.wanted not in names:
        return problem(
            "signer",
            what,
            say(
                f"LABELER_IDENTITY names «{signing.wanted}», which is not in {signing.folder}.",
                f"LABELER_IDENTITY désigne « {signing.wanted} », absent de {signing.folder}.",
            ),
            say(
                f"Correct the variable, or make it: labeler identity new {signing.wanted}",
                f"Corrigez cette variable, ou créez-la : labeler identity new {signing.wanted}",
            ),
        )
    if not names:
        return note(
            "signer",
            what,
            say(
                f"there is no identity in {signing.folder}: `labeler label` cannot sign yet.",
                f"aucune identité dans {signing.folder} : `labeler label` ne peut pas encore signer.",
            ),
            say(
                "Make a test identity: labeler identity new studio",
                "Créez-en une d'essai : labeler identity new studio",
            ),
        )
    if signing.wanted is None and len(names) > 1:
        return note(
            "signer",
            what,
            say(f"several identities: {', '.join(names)}.", f"plusieurs identités : {', '.join(names)}."),
            say(
                f"Name one: labeler label … --identity {names[0]}, or LABELER_IDENTITY={names[0]}",
                f"Nommez-en une : labeler label … --identity {names[0]}, ou LABELER_IDENTITY={names[0]}",
            ),
        )
    return ok("signer", what, signing.wanted or names[0])


def judge_identity(fact: IdentityFact, now: datetime) -> Finding:
    id, what = f"identity.{fact.name}", say(f"Identity {fact.name}", f"Identité {fact.name}")
    identity = fact.identity
    if identity is None:
        return problem(id, what, fact.fault, fact.remedy)
    until = f"{identity.not_after:%Y-%m-%d}"
    if identity.not_after < now:
        return problem(
            id,
            what,
            say(f"expired on {until}.", f"expirée depuis le {until}."),
            say("Renew its certificate, or sign with another.", "Renouvelez son certificat, ou signez avec une autre."),
        )
    if identity.not_before > now:
        since = f"{identity.not_before:%Y-%m-%d}"
        return problem(
            id,
            what,
            say(f"valid only from {since} on.", f"ne vaut qu'à partir du {since}."),
            say("Check the clock of this machine.", "Vérifiez l'horloge de cette machine."),
        )
    mode = "" if fact.mode is None else say(f", key mode {fact.mode:04o}", f", clé en mode {fact.mode:04o}")
    told = say(
        f"{identity.subject}, {identity.alg}, valid until {until}",
        f"{identity.subject}, {identity.alg}, valable jusqu'au {until}",
    )
    if identity.not_after - now < SOON:
        days = (identity.not_after - now).days
        soon = say(f"{told}: {days} days left", f"{told} : encore {days} jours")
        return note(id, what, soon + mode, say("Renew its certificate in time.", "Renouvelez son certificat à temps."))
    return ok(id, what, told + mode)


def judge_time(fact: IdentityFact, servers: tuple[str, ...]) -> Finding:
    id, what = f"identity.{fact.name}.time", say(f"Time for {fact.name}", f"Horodatage de {fact.name}")
    if fact.time is not None:
        return ok(id, what, say(f"{fact.time} answers", f"{fact.time} répond"))
    return note(
        id,
        what,
        say(
            f"no time server answers ({', '.join(servers)}): signatures would end with their certificate.",
            f"aucun serveur d'horodatage ne répond ({', '.join(servers)}) : les signatures finiraient avec leur "
            "certificat.",
        ),
        say(
            "Check the network, or name another in its identity.toml. A preset that requires a trusted time cannot be "
            "met until then.",
            "Vérifiez le réseau, ou nommez-en un autre dans son identity.toml. D'ici là, aucun préréglage qui exige un "
            "horodatage n'est satisfait.",
        ),
    )


def judge_trust(signing: Signing) -> Finding:
    what, trust = say("Trust lists", "Listes de confiance"), signing.trust
    if trust is None:
        return problem("trust", what, signing.trust_fault, signing.trust_remedy)
    if not trust.names:
        none = say(
            "none: every signer reads as unlisted (a preset that asks for a listed one cannot be met).",
            "aucune : tout signataire se lit comme non listé (aucun préréglage qui en exige un n'est satisfait).",
        )
        return ok("trust", what, none)
    files, count = ", ".join(trust.files), len(trust.names)
    return ok(
        "trust",
        what,
        say(
            f"{count} certificates in {files}, newest of {trust.date}",
            f"{count} certificats dans {files}, le plus récent du {trust.date}",
        ),
    )
