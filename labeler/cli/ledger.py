"""`labeler ledger`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from labeler.cli.printing import as_json, guarded_output, safe, tell
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Group
from labeler.errors import ExitCode, LedgerError, SourceMissing, UsageError
from labeler.language import say
from labeler.words import field

if TYPE_CHECKING:
    from labeler.ledger.place import Place
    from labeler.rules.ledger import LedgerEntry

JSON_LINES = click.option(
    "--json",
    "json_lines",
    is_flag=True,
    help=say("One output a line on standard output, as JSON.", "Une sortie par ligne sur la sortie standard, en JSON."),
)


@click.group("ledger", cls=Group, help=summary("ledger"))
def command() -> None:
    """The group."""


@command.command(
    "find",
    help=say(
        "Outputs by a hash (8 digits or more), a file's name or path (`*` and `?` stand for letters), or a watermark; "
        "and by preset and status. Prints their paths.",
        "Sorties par empreinte (8 chiffres au moins), nom ou chemin de fichier (`*` et `?` valent des lettres), ou "
        "filigrane ; par préréglage et état. Affiche leurs chemins.",
    ),
)
@click.argument("what", required=False, metavar="[HASH|NAME|WATERMARK-ID]")
@click.option("--preset", metavar="ID", help=say("Only those of this preset.", "Seulement ce préréglage."))
@click.option("--status", metavar="STATUS", help=say("Only those of this status.", "Seulement cet état."))
@JSON_LINES
def find(what: str | None, preset: str | None, status: str | None, json_lines: bool) -> None:
    from labeler.ledger.store import Wanted, opened

    if what is None and preset is None and status is None:
        raise UsageError(
            say("What is to be found?", "Que faut-il trouver ?"),
            remedy=say(
                "Name a hash, a file or a watermark, --preset or --status; `labeler ledger export` gives all.",
                "Donnez une empreinte, un fichier, un filigrane, --preset, --status ; ou `labeler ledger export`.",
            ),
        )
    count = 0
    with guarded_output() as output, opened(here()) as ledger:
        for entry in ledger.find(Wanted(what, preset, status)):
            output.line(as_json(entry) if json_lines else safe(entry.output or entry.record))
            count += 1
    if count == 0:
        raise nothing(what or preset or status or "")


@command.command(
    "show", help=say("All that the ledger knows of an output.", "Tout ce que le registre sait d'une sortie.")
)
@click.argument("which", metavar="ID")
@JSON_LINES
def show(which: str, json_lines: bool) -> None:
    from labeler.ledger.store import Wanted, opened

    with guarded_output() as output, opened(here()) as ledger:
        count = 0
        for entry in ledger.find(Wanted(which)):
            if json_lines:
                output.line(as_json(entry))
                count += 1
                continue
            if count > 0:
                output.line("")
            for line in lines_of(entry):
                output.line(safe(line))
            count += 1
    if count == 0:
        raise nothing(which)


@command.command(
    "export", help=say("The whole ledger, as JSON Lines or CSV.", "Tout le registre, en JSON Lines ou en CSV.")
)
@click.option(
    "--json", "kind", flag_value="json", default=True, help=say("JSON Lines (default).", "JSON Lines (défaut).")
)
@click.option("--csv", "kind", flag_value="csv", help=say("CSV, with a header.", "CSV, avec un en-tête."))
def export(kind: str) -> None:
    from labeler.ledger.store import FIELDS, opened

    with guarded_output() as output, opened(here()) as ledger:
        if kind == "csv":
            output.line(as_csv(FIELDS))
        for entry in ledger.find():
            output.line(as_csv(getattr(entry, name) for name in FIELDS) if kind == "csv" else as_json(entry))


@command.command(
    "rebuild",
    help=say(
        "Read every record below these folders into the ledger, and drop those that went away.",
        "Lire dans le registre chaque fiche sous ces dossiers, et oublier celles qui n'y sont plus.",
    ),
)
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
def rebuild(folders: tuple[Path, ...]) -> int:
    from labeler.ledger.rebuild import rebuild as make_again

    with stoppable() as check:
        made = make_again(
            here(),
            folders,
            lambda path, why: tell(field(str(path), why)),
            lambda done: check(),
        )
    if made.aside is not None:
        tell(
            say(
                f"The ledger was damaged; it is kept as {made.aside}, and a new one was made. It holds these folders "
                "alone: name all others too.",
                f"Le registre était abîmé ; il est gardé sous {made.aside}, et un nouveau a été fait. Il ne contient "
                "que ces dossiers : indiquez aussi tous les autres.",
            )
        )
    tell(
        say(
            f"{made.indexed} records in the ledger, {made.dropped} dropped, {made.unread} unread.",
            f"{made.indexed} fiches dans le registre, {made.dropped} oubliées, {made.unread} illisibles.",
        )
    )
    return ExitCode.NOT_ALL if made.unread else ExitCode.DONE


def here() -> Place:
    """Raises LedgerError where there is to be no ledger."""
    from labeler.ledger.place import VARIABLE, place_named

    place = place_named()
    if place is None:
        raise LedgerError(say(f"There is no ledger: {VARIABLE}=off.", f"Il n'y a pas de registre : {VARIABLE}=off."))
    return place


def nothing(what: str) -> SourceMissing:
    return SourceMissing(
        say(f"{what}: nothing in the ledger.", f"{what} : rien dans le registre."),
        remedy=say(
            "`labeler ledger rebuild DIR` brings in what was released elsewhere.",
            "`labeler ledger rebuild DOSSIER` y met ce qui a été livré ailleurs.",
        ),
    )


def lines_of(entry: LedgerEntry) -> list[str]:
    """Its fields that say something, a line each, under the names that JSON has."""
    told = {name: value for name, value in entry.model_dump().items() if name != "schema_" and value is not None}
    lines = [field(name, str(value)) for name, value in told.items()]
    if not Path(entry.record).is_file():
        lines.append(say("The record is not there any more.", "La fiche n'est plus là."))
    return lines


def as_csv(values: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()
