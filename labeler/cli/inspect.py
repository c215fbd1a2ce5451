"""`labeler inspect`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from labeler.cli.printing import as_json, guarded_output
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.language import say


@click.command("inspect", cls=Command, help=summary("inspect"))
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--trust",
    type=click.Path(path_type=Path),
    metavar="FILE.pem",
    help=say("Certificates to trust for this run.", "Certificats de confiance pour cette exécution."),
)
@click.option(
    "--online",
    is_flag=True,
    help=say(
        "Fetch credentials that a file only tells the address of (https); without it, no network.",
        "Télécharger les identifiants dont un fichier ne donne que l'adresse (https) ; sans elle, aucun réseau.",
    ),
)
@click.option("--json", "as_data", is_flag=True, help=say("JSON on standard output.", "JSON sur la sortie standard."))
def command(file: Path, trust: Path | None, online: bool, as_data: bool) -> int:
    from labeler.batch.apart import Reader
    from labeler.cli.tree import lines_of, width_of

    width = width_of(sys.stdout)
    with guarded_output() as output, stoppable() as check, Reader() as reader:
        asked = {"file": file, "trust": trust, "online": online}
        inspection = reader.ask(("inspect", asked), file, check)
        for line in [as_json(inspection)] if as_data else lines_of(inspection, width):
            output.line(line)
    return 0
