"""`labeler label`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from labeler.cli.printing import as_json, guarded_output, safe
from labeler.cli.stopping import stoppable
from labeler.errors import UsageError
from labeler.language import say

if TYPE_CHECKING:
    from labeler.rules.plan import PlanItem


def summary() -> str:
    return say(
        "Label videos and release them once their labels read back.",
        "Étiqueter des vidéos, puis les livrer une fois relues.",
    )


@click.command("label", help=summary())
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--preset",
    "presets",
    multiple=True,
    metavar="ID",
    help=say(
        "Preset, or a preset file; can be repeated. Default: eu-standard.",
        "Préréglage, ou fichier ; répétable. Par défaut : eu-standard.",
    ),
)
@click.option(
    "--declaration",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=say("What a person states about the work (TOML).", "Ce qu'une personne déclare de l'œuvre (TOML)."),
)
@click.option(
    "--involvement",
    type=click.Choice(["generated", "modified", "assisted"]),
    help=say(
        "How AI was involved, in place of a declaration.", "Comment l'IA est intervenue, à la place d'une déclaration."
    ),
)
@click.option(
    "-o",
    "--output",
    metavar="DIR|FILE",
    help=say("Where to deliver. Default: beside the source.", "Où livrer. Par défaut : à côté de la source."),
)
@click.option("--identity", metavar="NAME", help=say("Who signs.", "Qui signe."))
@click.option(
    "--language",
    metavar="CODE",
    help=say(
        "Language of the mention. Default: the declaration's, else fr.",
        "Langue de la mention. Par défaut : celle de la déclaration, sinon fr.",
    ),
)
@click.option(
    "--name",
    metavar="TEMPLATE",
    help=say(
        "Name of the outputs. Default: {stem}.{preset}{ext}", "Nom des sorties. Par défaut : {stem}.{preset}{ext}"
    ),
)
@click.option(
    "--records",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help=say(
        "Where records go. Default: beside each output.", "Où vont les fiches. Par défaut : à côté de chaque sortie."
    ),
)
@click.option(
    "--overwrite",
    type=click.Choice(["never", "ours", "always"]),
    default="ours",
    show_default=True,
    help=say("Which existing outputs may be replaced.", "Quelles sorties existantes peuvent être remplacées."),
)
@click.option("-r", "--recursive", is_flag=True, help=say("Also the folders below.", "Aussi les sous-dossiers."))
@click.option(
    "--resume/--no-resume",
    default=True,
    help=say("Skip what is done already. Default: --resume.", "Sauter ce qui est déjà fait. Par défaut : --resume."),
)
@click.option(
    "--dry-run",
    is_flag=True,
    help=say("Say what would be made, and make nothing.", "Dire ce qui serait fait, sans rien faire."),
)
@click.option(
    "--json",
    "json_lines",
    is_flag=True,
    help=say("One result a line on standard output.", "Un résultat par ligne sur la sortie standard."),
)
def command(sources: tuple[str, ...], presets: tuple[str, ...], dry_run: bool, json_lines: bool, **options: Any) -> int:
    from labeler.batch.request import DEFAULT_PRESET, Request, prepare
    from labeler.batch.run import exit_code_of, forecast, run
    from labeler.cli.progress import Narrator

    check_records(options["records"])
    request = Request(sources=named(sources), presets=presets or (DEFAULT_PRESET,), **options)
    with guarded_output() as output, stoppable() as check:
        batch = prepare(request)
        narrator = Narrator(len(batch.jobs) + len(batch.refused), check)
        if dry_run:
            items, results = forecast(batch, narrator)
            for item in items:
                print(as_json(item) if json_lines else foretold(item), file=output)
        else:
            results = run(batch, narrator)
            for result in results:
                if json_lines:
                    print(as_json(result), file=output)
                elif result.output is not None:
                    print(safe(result.output.file), file=output)
            narrator.summary(results)
    return int(exit_code_of(results))


def check_records(folder: Path | None) -> None:
    if folder is not None and not folder.is_dir():
        raise UsageError(say(f"--records {folder}: no such folder.", f"--records {folder} : ce dossier n'existe pas."))


def foretold(item: PlanItem) -> str:
    """One planned output in a line: from what, to where, saying what, in which box."""
    mentions = "; ".join(f"«{mention.text}» {list(mention.box)}" for mention in item.mention)
    return safe(f"{item.source.file} → {item.output} [{item.preset.id}] {mentions}")


def named(sources: tuple[str, ...]) -> list[str]:
    """The names given, with `-` replaced by the list on standard input (blank lines and # comments are skipped)."""
    names: list[str] = []
    for source in sources:
        if source == "-":
            names.extend(line for line in sys.stdin.read().splitlines() if line.strip() and not line.startswith("#"))
        else:
            names.append(source)
    return names
