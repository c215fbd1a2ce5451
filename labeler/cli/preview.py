"""`labeler preview`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from labeler.cli.printing import guarded_output, safe, tell
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.errors import UsageError
from labeler.language import say

if TYPE_CHECKING:
    from labeler.preview.look import Look

MOST_TOLD = 6
"""Intervals that a note names; the others are counted."""


@click.command("preview", cls=Command, help=summary("preview"))
@click.argument("source", type=click.Path(path_type=Path), metavar="SOURCE")
@click.option(
    "--preset",
    metavar="ID",
    help=say("Preset, or a preset file. Default: eu-standard.", "Préréglage, ou fichier. Par défaut : eu-standard."),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FRAME.png",
    help=say("The PNG to write.", "Le PNG à écrire."),
)
@click.option(
    "--at",
    metavar="SECONDS",
    help=say(
        "Which frame, in seconds from the first one. Default: one that shows the mention.",
        "Quelle image, en secondes depuis la première. Par défaut : une qui montre la mention.",
    ),
)
@click.option(
    "--zones",
    is_flag=True,
    help=say(
        "Also the safe area of the preset, the box of the mention and their sizes.",
        "Aussi la zone sûre du préréglage, le cadre de la mention et leurs tailles.",
    ),
)
@click.option(
    "--sheet",
    is_flag=True,
    help=say(
        "A contact sheet over the whole video, in place of one frame.",
        "Une planche-contact de toute la vidéo, à la place d'une image.",
    ),
)
@click.option(
    "--language",
    metavar="CODE",
    help=say("Language of the mention. Default: fr.", "Langue de la mention. Par défaut : fr."),
)
@click.option(
    "--program-in",
    metavar="TC",
    help=say(
        "First frame of the programme: HH:MM:SS:FF, or seconds.",
        "Première image du programme : HH:MM:SS:II, ou secondes.",
    ),
)
@click.option(
    "--program-out",
    metavar="TC",
    help=say("First frame that is not programme any more.", "Première image qui n'est plus du programme."),
)
def command(
    source: Path,
    preset: str | None,
    output: Path | None,
    at: str | None,
    zones: bool,
    sheet: bool,
    language: str | None,
    program_in: str | None,
    program_out: str | None,
) -> int:
    from labeler.batch.request import DEFAULT_PRESET
    from labeler.preview.look import Order, look
    from labeler.preview.scene import Question

    if output is None:  # click's own way of asking for it puts an English word on French help pages
        raise UsageError(
            say("This is missing: -o", "Il manque : -o"),
            remedy=say("Name the PNG to write: -o FRAME.png", "Nommez le PNG à écrire : -o IMAGE.png"),
        )
    question = Question(source, preset or DEFAULT_PRESET, language, program_in, program_out)
    with guarded_output() as printed, stoppable() as check:
        seen = look(Order(question, output, at, with_zones=zones, is_sheet=sheet), check)
        if seen.seconds is not None and not seen.is_shown:
            tell(not_shown(seen))
        printed.line(safe(str(output)))
    return 0


def not_shown(seen: Look) -> str:
    """Why the frame bears no mention, and which do."""
    at = f"{float(seen.seconds or 0):.3f}"
    if not seen.has_mention:
        return say("The preset asks for no mention.", "Ce préréglage ne demande pas de mention.")
    told = ", ".join(f"{float(one.start):.3f}-{float(one.end):.3f}" for one in seen.intervals[:MOST_TOLD])
    more = len(seen.intervals) - MOST_TOLD
    if more > 0:
        told += say(f" and {more} more times", f" et {more} autres fois")
    return say(
        f"The mention is not shown at {at} s. It is shown (in seconds): {told}.",
        f"La mention n'est pas affichée à {at} s. Elle l'est (en secondes) : {told}.",
    )
