"""`labeler identity`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from labeler.cli.printing import as_object, guarded_output, safe, tell
from labeler.cli.summaries import summary
from labeler.cli.usage import Group
from labeler.language import say


@click.group("identity", cls=Group, help=summary("identity"))
def command() -> None:
    """The group."""


@command.command(
    "new",
    help=say("Make a test identity (on no trust list).", "Créer une identité d'essai (sur aucune liste de confiance)."),
)
@click.argument("name", metavar="NAME")
def new(name: str) -> None:
    from labeler.layers.credentials import identity

    made = identity.create(name, home=identity.home(), now=datetime.now(UTC))
    tell(
        say(
            f"Made the test identity «{made.name}», valid until {made.not_after:%Y-%m-%d}. It is on no trust list: "
            "files that it signs read as intact, by an unknown signer.",
            f"Identité d'essai « {made.name} » créée, valable jusqu'au {made.not_after:%Y-%m-%d}. Elle n'est sur "
            "aucune liste de confiance : les fichiers qu'elle signe se lisent comme intacts, d'un signataire inconnu.",
        )
    )


@command.command("list", help=say("The identities at hand.", "Les identités disponibles."))
def list_them() -> None:
    from labeler.layers.credentials import identity

    with guarded_output() as output:
        for one in identity.list_all(identity.home()):
            output.line(safe(f"{one.name:<20}{one.not_after:%Y-%m-%d}  {one.subject}"))


@command.command(
    "show",
    help=say("One identity: certificate, dates, time servers.", "Une identité : certificat, dates, serveurs de temps."),
)
@click.argument("name", metavar="NAME")
def show(name: str) -> None:
    from labeler.layers.credentials import identity

    one = identity.load(name, home=identity.home(), now=datetime.now(UTC))
    fields = {"name": one.name, "subject": one.subject, "alg": one.alg, "not_before": one.not_before}
    with guarded_output() as output:
        output.line(as_object(fields | {"not_after": one.not_after, "tsa": one.tsa}))
