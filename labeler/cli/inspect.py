"""`labeler inspect`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from labeler.cli.printing import as_json, guarded_output
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.errors import UsageError
from labeler.language import say


@click.command("inspect", cls=Command, help=summary("inspect"))
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE")
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
@click.option(
    "--init",
    type=click.Path(path_type=Path),
    metavar="INIT.mp4",
    help=say(
        "The files are the segments (.m4s) of one film, whose first piece this is.",
        "Les fichiers sont les segments (.m4s) d'un seul film, dont voici le premier morceau.",
    ),
)
@click.option("--json", "as_data", is_flag=True, help=say("JSON on standard output.", "JSON sur la sortie standard."))
def command(files: tuple[Path, ...], init: Path | None, trust: Path | None, online: bool, as_data: bool) -> int:
    from labeler.batch.apart import Reader
    from labeler.batch.verifying import inspect_pieces
    from labeler.cli.tree import lines_of, width_of

    if init is None and len(files) > 1:
        raise UsageError(
            say("Inspect tells of one file.", "L'inspection porte sur un seul fichier."),
            remedy=say(
                "Name one, or the segments of one film with --init.",
                "Indiquez-en un, ou les segments d'un seul film avec --init.",
            ),
        )
    width = width_of(sys.stdout)
    with guarded_output() as output, stoppable() as check, Reader() as reader:
        asked = {"trust": trust, "online": online}
        if init is not None:
            inspection = inspect_pieces(init, files, asked, check)
        else:
            inspection = reader.ask(("inspect", {"file": files[0], **asked}), files[0], check)
        for line in [as_json(inspection)] if as_data else lines_of(inspection, width):
            output.line(line)
    return 0
