"""`labeler presets`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from labeler.cli.printing import as_object, guarded_output, safe, tell
from labeler.cli.summaries import summary
from labeler.cli.usage import Group
from labeler.errors import PresetError
from labeler.language import say, spoken

if TYPE_CHECKING:
    from labeler.rules.presets import LoadedPreset


@click.group("presets", cls=Group, help=summary("presets"))
def command() -> None:
    """The group."""


@command.command("list", help=say("The presets at hand.", "Les préréglages disponibles."))
@click.option("--json", "as_data", is_flag=True, help=say("One object a line.", "Un objet par ligne."))
def list_them(as_data: bool) -> None:
    from labeler.rules.presets import list_presets

    with guarded_output() as output:
        for loaded in list_presets():
            output.line(as_data_line(loaded) if as_data else line(loaded))


def line(loaded: LoadedPreset) -> str:
    preset = loaded.preset
    return safe(f"{preset.id:<24}{preset.title.get(spoken(), preset.title.get('en', ''))}")


def as_data_line(loaded: LoadedPreset) -> str:
    preset = loaded.preset
    fields = {"id": preset.id, "version": preset.version, "title": preset.title, "sha256": loaded.sha256}
    return as_object(fields | {"origin": str(loaded.origin)})


@command.command("show", help=say("One preset, whole.", "Un préréglage en entier."))
@click.argument("preset", metavar="ID")
def show(preset: str) -> None:
    from labeler.rules.presets import load_preset

    with guarded_output() as output:
        content = load_preset(preset).preset.model_dump(mode="json", by_alias=True)
        output.line(json.dumps(content, ensure_ascii=True, indent=1))


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
