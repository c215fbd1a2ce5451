"""`labeler declare`."""

from __future__ import annotations

import errno
from pathlib import Path

import click

from labeler.cli.printing import guarded_output, tell
from labeler.cli.summaries import summary
from labeler.cli.usage import Group
from labeler.errors import DiskFull, OutputRefused
from labeler.language import Language, say, spoken


@click.group("declare", cls=Group, help=summary("declare"))
def command() -> None:
    """The group."""


@command.command("new", help=say("A commented declaration to fill in.", "Une déclaration commentée à remplir."))
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[FILE]")
@click.option(
    "--language", type=click.Choice(["fr", "en"]), help=say("Language of the comments.", "Langue des commentaires.")
)
def new(file: Path | None, language: Language | None) -> None:
    from labeler.rules.declarations import new_declaration

    text = new_declaration(language or spoken())
    if file is None:
        with guarded_output() as output:
            output.line(text.rstrip("\n"))
        return
    write_new(file, text)
    tell(
        say(
            f"{file}: fill it in, then check it with `labeler declare check {file}`.",
            f"{file} : remplissez-le, puis vérifiez-le avec `labeler declare check {file}`.",
        )
    )


def write_new(file: Path, text: str) -> None:
    """Write a file that was not there. Raises OutputRefused, DiskFull."""
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise OutputRefused(
            say(f"{file}: this file is there already.", f"{file} : ce fichier existe déjà."),
            remedy=say("Choose another name.", "Choisissez un autre nom."),
            file=str(file),
        ) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            full = say(f"{file}: the disk is full.", f"{file} : le disque est plein.")
            raise DiskFull(full, file=str(file)) from error
        reason = error.strerror or str(error)
        raise OutputRefused(
            say(f"{file}: cannot be written: {reason}.", f"{file} : écriture impossible : {reason}."),
            remedy=say("Choose another place.", "Choisissez un autre endroit."),
            file=str(file),
        ) from error


@command.command(
    "check", help=say("All mistakes of a declaration at once.", "Toutes les fautes d'une déclaration à la fois.")
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
def check(file: Path) -> None:
    from labeler.rules.declarations import load_declaration

    load_declaration(file)
    tell(say(f"{file}: a valid declaration.", f"{file} : déclaration valide."))
