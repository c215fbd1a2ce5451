"""`labeler trust`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from labeler.cli.printing import as_json, guarded_output, safe, tell
from labeler.cli.summaries import summary
from labeler.cli.usage import Group
from labeler.language import say
from labeler.words import field

if TYPE_CHECKING:
    from labeler.layers.credentials.lists import Brought, TrustList


@click.group("trust", cls=Group, help=summary("trust"))
def command() -> None:
    """The group."""


@command.command("list", help=say("All that is trusted on this machine.", "Tout ce qui est de confiance ici."))
@click.option(
    "--json",
    "json_lines",
    is_flag=True,
    help=say("One list a line on standard output.", "Une liste par ligne sur la sortie standard."),
)
def list_them(json_lines: bool) -> None:
    from labeler.layers.credentials.identity import home
    from labeler.layers.credentials.lists import all_lists

    found = all_lists(home(), datetime.now(UTC))
    if not found:
        tell(
            say(
                "Nobody is trusted here: every signer reads as unlisted. `labeler trust update` brings the lists "
                "of the C2PA.",
                "Personne n'est de confiance ici : tout signataire se lit « sur aucune liste ». `labeler trust update` "
                "apporte les listes du C2PA.",
            )
        )
    with guarded_output() as output:
        for one in found:
            if json_lines:
                output.line(as_json(one))
            else:
                for line in lines_of(one):
                    output.line(safe(line))


def lines_of(one: TrustList) -> list[str]:
    source = one.source or say("put there by hand", "déposée à la main")
    certificates = say(f"{len(one.certificates)} certificates", f"{len(one.certificates)} certificats")
    lines = [f"{one.name}  {one.date:%Y-%m-%d}  {certificates}  {source}"]
    for certificate in one.certificates:
        notes = [say("EXPIRED", "EXPIRÉ")] if certificate.has_expired else []
        notes += [say("for times alone", "pour l'heure seule")] if certificate.for_time else []
        told = f"  ({', '.join(notes)})" if notes else ""
        lines.append(f"  {certificate.not_after:%Y-%m-%d}  {certificate.subject}{told}")
    return lines


@command.command("add", help=say("Trust the certificates of a PEM file.", "Faire confiance aux certificats d'un PEM."))
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.pem")
@click.option("--name", metavar="NAME", help=say("What to call it here.", "Son nom ici."))
def add(file: Path, name: str | None) -> None:
    from labeler.layers.credentials import lists
    from labeler.layers.credentials.identity import home

    report(lists.add(file, home(), name))


@command.command(
    "update",
    help=say(
        "Bring the C2PA's lists of signers and of time servers, over the network; or from elsewhere.",
        "Apporter les listes du C2PA (signataires et serveurs de temps), par le réseau ; ou d'ailleurs.",
    ),
)
@click.option(
    "--from",
    "origin",
    metavar="FILE|DIR|URL",
    help=say("Where from, instead of the C2PA's own address.", "D'où, au lieu de l'adresse du C2PA."),
)
def update(origin: str | None) -> None:
    from labeler.layers.credentials import lists
    from labeler.layers.credentials.identity import home

    for brought in lists.update(home(), datetime.now(UTC), origin):
        report(brought)


def report(brought: Brought) -> None:
    name, count = brought.name, brought.count
    if brought.is_new:
        told = say(f"{count} certificates are trusted from now on", f"{count} certificats désormais de confiance")
    else:
        told = say(f"unchanged, {count} certificates", f"inchangée, {count} certificats")
    tell(field(name, f"{told}."))
