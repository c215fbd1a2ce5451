"""What `label` and `plan` can be asked alike: sources and the flags that say what is made of them, and how."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click

from labeler.batch.cutting import segments_of
from labeler.errors import UsageError
from labeler.language import say

Command = TypeVar("Command", bound=Callable[..., Any])
Place = TypeVar("Place", str, Path, None)
LIST = "@"
"""What a job list among the sources begins with; a file of such a name is meant by `./@…`."""

SOURCES = click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
NULL = click.option(
    "-0",
    "--null",
    is_flag=True,
    help=say(
        "Names on standard input end in a NUL byte, as `find -print0` writes them.",
        "Les noms de l'entrée standard finissent par un octet nul, comme ceux de `find -print0`.",
    ),
)
OPTIONS = (
    click.option(
        "--preset",
        "presets",
        multiple=True,
        metavar="ID",
        help=say(
            "Preset, or a preset file; can be repeated. Default: eu-standard.",
            "Préréglage, ou fichier ; répétable. Par défaut : eu-standard.",
        ),
    ),
    click.option(
        "--declaration",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=say("What a person states about the work (TOML).", "Ce qu'une personne déclare de l'œuvre (TOML)."),
    ),
    click.option(
        "--involvement",
        type=click.Choice(["generated", "modified", "assisted"]),
        help=say(
            "How AI was involved, in place of a declaration.",
            "Comment l'IA est intervenue, à la place d'une déclaration.",
        ),
    ),
    click.option(
        "-o",
        "--output",
        metavar="DIR|FILE",
        help=say("Where to deliver. Default: beside the source.", "Où livrer. Par défaut : à côté de la source."),
    ),
    click.option("--identity", metavar="NAME", help=say("Who signs.", "Qui signe.")),
    click.option(
        "--language",
        metavar="CODE",
        help=say(
            "Language of the mention. Default: the declaration's, else fr.",
            "Langue de la mention. Par défaut : celle de la déclaration, sinon fr.",
        ),
    ),
    click.option(
        "--name",
        metavar="TEMPLATE",
        help=say(
            "Name of the outputs. Default: {stem}.{preset}{ext}", "Nom des sorties. Par défaut : {stem}.{preset}{ext}"
        ),
    ),
    click.option(
        "--records",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help=say(
            "Where records go. Default: beside each output.",
            "Où vont les fiches. Par défaut : à côté de chaque sortie.",
        ),
    ),
    click.option(
        "--program-in",
        metavar="TC",
        help=say(
            "First frame of the programme: HH:MM:SS:FF, or seconds. What comes before is left as it is.",
            "Première image du programme : HH:MM:SS:II, ou secondes. Ce qui précède reste tel quel.",
        ),
    ),
    click.option(
        "--program-out",
        metavar="TC",
        help=say(
            "First frame that is not programme any more. It and what follows are left as they are.",
            "Première image qui n'est plus du programme. Elle et la suite restent telles quelles.",
        ),
    ),
    click.option(
        "--overwrite",
        type=click.Choice(["never", "ours", "always"]),
        default="ours",
        help=say(
            "Which existing outputs may be replaced. Default: ours, those that labeler made.",
            "Quelles sorties existantes peuvent être remplacées. Par défaut : ours, celles de labeler.",
        ),
    ),
    click.option(
        "--render",
        type=click.Choice(["auto", "smart", "full"]),
        default="auto",
        help=say(
            "auto: code again only what the mention touches, where that loses nothing; smart: that or an error; "
            "full: every picture. Default: auto.",
            "auto : ne réencoder que ce que touche la mention, si rien ne s'y perd ; smart : cela ou une erreur ; "
            "full : toutes les images. Par défaut : auto.",
        ),
    ),
    click.option(
        "--segments",
        default="auto",
        callback=lambda context, option, value: segments_of(value),
        metavar="auto|N|off",
        help=say(
            "Cut a full render of a long file into N segments of at least 10 s, coded side by side. Default: auto, one "
            "for every four cores of the file, in `label` alone.",
            "Couper un rendu intégral d'un long fichier en N segments d'au moins 10 s, codés côte à côte. Par défaut : "
            "auto, un pour quatre cœurs du fichier, dans `label` seulement.",
        ),
    ),
    click.option("-r", "--recursive", is_flag=True, help=say("Also the folders below.", "Aussi les sous-dossiers.")),
    click.option(
        "--resume/--no-resume",
        default=True,
        help=say(
            "Skip what is done already. Default: --resume.", "Sauter ce qui est déjà fait. Par défaut : --resume."
        ),
    ),
)
"""In the order of the help page."""


scratch_option = click.option(
    "--scratch",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help=say(
        "Work on this disk, and copy what passed. Default: beside each output.",
        "Travailler sur ce disque, puis copier ce qui est validé. Par défaut : à côté de chaque sortie.",
    ),
)


results_option = click.option(
    "--json",
    "json_lines",
    is_flag=True,
    help=say("One result a line on standard output.", "Un résultat par ligne sur la sortie standard."),
)


def check_scratch(folder: Path | None) -> None:
    if folder is not None and not folder.is_dir():
        raise UsageError(
            say(f"--scratch {folder}: there is no such folder.", f"--scratch {folder} : ce dossier n'existe pas."),
            remedy=say("Make it, or choose another one.", "Créez-le, ou choisissez-en un autre."),
            file=str(folder),
        )


def asking(command: Command) -> Command:
    """Give a command sources and these options; they come by the names of `batch.request.Request`, and `null`."""
    return SOURCES(asking_but_sources(NULL(command)))


def asking_but_sources(command: Command) -> Command:
    """Give a command these options alone."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def check_records(folder: Path | None) -> None:
    if folder is not None and not folder.is_dir():
        raise UsageError(
            say(f"--records {folder}: there is no such folder.", f"--records {folder} : ce dossier n'existe pas."),
            remedy=say("Make it, or choose another one.", "Créez-le, ou choisissez-en un autre."),
            file=str(folder),
        )


def named(sources: tuple[str, ...], null: bool) -> list[str]:
    """The names given, with `-` replaced by the list on standard input."""
    names: list[str] = []
    for source in sources:
        names.extend(list_on(sys.stdin, null) if source == "-" else [source])
    return names


def list_on(stream: TextIO, null: bool) -> list[str]:
    """Read as bytes: a file's name need not be text, and may hold what Python takes for the end of a line.

    One name a line; blank lines are passed over, and remarks, which begin with `#` (a file of such a name is meant by
    `./#…`). null: names end in NUL and are all names. None of them is a job list.
    """
    content = stream.buffer.read()
    if null:
        found = [name for name in content.split(b"\0") if name]
    else:
        lines = (line.removesuffix(b"\r") for line in content.split(b"\n"))
        found = [line for line in lines if line.strip() and not line.startswith(b"#")]
    names = map(os.fsdecode, found)
    return [f"./{name}" if name.startswith(LIST) else name for name in names]


def absolute(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a `Request` for whoever stands in another folder: the same places by their whole names."""
    places = {name: whole(asked[name]) for name in ("output", "records", "declaration")}
    return {**asked, **places, "sources": [whole(name) for name in asked["sources"]]}


def whole(name: Place) -> Place:
    """Of the same type, and still a folder where it says so by its last letter, a list by its first."""
    if name is None:
        return None
    if isinstance(name, str) and name.startswith(LIST):
        return LIST + whole(name.removeprefix(LIST))
    found = os.path.abspath(name)  # noqa: PTH100 - links are kept as they are
    if isinstance(name, Path):
        return Path(found)
    return found + os.sep if name.endswith(("/", os.sep)) else found
