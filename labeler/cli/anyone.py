"""What `verify` and `inspect` are asked alike of files that anyone made: trust, the network, a film in pieces."""

from __future__ import annotations

from pathlib import Path

import click

from labeler.language import say

TRUST = click.option(
    "--trust",
    type=click.Path(path_type=Path),
    metavar="FILE.pem",
    help=say("Certificates to trust for this run.", "Certificats de confiance pour cette exécution."),
)
INIT = click.option(
    "--init",
    type=click.Path(path_type=Path),
    metavar="INIT.mp4",
    help=say(
        "The files are the segments (.m4s) of one film, whose first piece this is.",
        "Les fichiers sont les segments (.m4s) d'un seul film, dont voici le premier morceau.",
    ),
)
ONLINE = click.option(
    "--online",
    is_flag=True,
    help=say(
        "Fetch credentials that a file only tells the address of (https); without it, no network.",
        "Télécharger les identifiants dont un fichier ne donne que l'adresse (https) ; sans elle, aucun réseau.",
    ),
)
