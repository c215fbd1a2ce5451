"""`labeler presets`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from labeler.cli.printing import as_object, safe, tell
from labeler.errors import PresetError
from labeler.language import say, spoken


def summary() -> str:
    return say("List, show and check presets.", "Lister, montrer et vérifier les préréglages.")


@click.group("presets", help=summary())
def command() -> None:
    """The group."""


@command.command("list", help=say("The presets at hand.", "Les préréglages disponibles."))
@click.option("--json", "as_data", is_flag=True, help=say("One object a line.", "Un objet par ligne."))
def list_them(as_data: bool) -> None:
    from labeler.rules.presets import list_presets

    for loaded in list_presets():
        preset = loaded.preset
        title = preset.title.get(spoken(), preset.title.get("en", ""))
        if as_data:
            fields = {"id": preset.id, "version": preset.version, "title": preset.title, "sha256": loaded.sha256}
            print(as_object(fields | {"origin": str(loaded.origin)}))
        else:
            print(safe(f"{preset.id:<24}{title}"))


@command.command("show", help=say("One preset, whole.", "Un préréglage en entier."))
@click.argument("preset", metavar="ID")
def show(preset: str) -> None:
    from labeler.rules.presets import load_preset

    print(load_preset(preset).preset.model_dump_json(by_alias=True, indent=1))


@command.command(
    "check", help=say("All mistakes of a preset file at once.", "Toutes les fautes d'un fichier à la fois.")
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
def check(file: Path) -> None:
    from labeler.rules.presets import check_preset

    checked = check_preset(file, date.today())
    if checked.problems:
        raise PresetError("\n".join(checked.problems), file=str(file))
    for warning in checked.warnings:
        tell(warning)
    tell(say(f"{file}: a valid preset.", f"{file} : préréglage valide."))
