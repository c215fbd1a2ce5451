"""`labeler export`."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from labeler.cli.printing import guarded_output, safe, tell
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.errors import UsageError
from labeler.farm.export import Order
from labeler.farm.export import export as write_texts
from labeler.farm.job import FarmJob
from labeler.farm.rejects import OnReject
from labeler.farm.target import Target
from labeler.farm.targets import targets
from labeler.language import say


@click.command("export", cls=Command, help=summary("export"))
@click.argument("plan", type=click.Path(path_type=Path), metavar="PLAN")
@click.option(
    "--to",
    type=click.Choice(list(targets())),
    help=say("Which farm.", "Quelle ferme."),
)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help=say("The folder to write into.", "Le dossier où écrire."),
)
@click.option(
    "--chunk",
    type=click.IntRange(min=1),
    metavar="N",
    help=say(
        "Items a task; segments, and items that are joined from them, have one each. Default: 1; on SLURM as many as "
        "keep an array within 1001 tasks.",
        "Éléments par tâche ; les segments et les éléments qu'on en joint ont chacun la leur. Par défaut : 1 ; sous "
        "SLURM, de quoi tenir en 1001 tâches.",
    ),
)
@click.option(
    "--signers",
    is_flag=True,
    help=say(
        "Sign in a step of its own, on the machines that hold the key.",
        "Signer dans une étape à part, sur les machines qui détiennent la clé.",
    ),
)
@click.option(
    "--on-reject",
    type=click.Choice(["fail", "record"]),
    help=say(
        "What a step does about a bad file: fail; or record it, and let `collect` fail. Default: what suits the farm.",
        "Ce que fait une étape d'un mauvais fichier : échouer ; ou le noter et laisser `collect` échouer. "
        "Par défaut : selon la ferme.",
    ),
)
@click.option(
    "--path-map",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=say(
        "Path mapping rules that each step reads. Not for openjd, whose sessions bring them.",
        "Règles de chemins que lit chaque étape. Pas pour openjd, dont les sessions les apportent.",
    ),
)
def command(
    plan: Path,
    to: str | None,
    folder: Path | None,
    chunk: int | None,
    signers: bool,
    on_reject: str | None,
    path_map: Path | None,
) -> int:
    if to is None or folder is None:  # click's own way of asking puts an English word on French help pages
        missing = "--to" if to is None else "-o"
        raise UsageError(
            say(f"This is missing: {missing}", f"Il manque : {missing}"),
            remedy=say(
                f"Name a farm and a folder: --to {'|'.join(targets())} -o DIR",
                f"Indiquez une ferme et un dossier : --to {'|'.join(targets())} -o DOSSIER",
            ),
        )
    with guarded_output() as output:
        done = write_texts(Order(to, plan, folder, chunk, cast(OnReject | None, on_reject), signers, path_map))
        for path in done.files:
            output.line(safe(str(path)))
        tell(told_of(done.job))
        if done.uncut:
            tell(told_of_uncut(done.uncut, done.target))
        tell(done.submit)
    return 0


def told_of(job: FarmJob) -> str:
    counts = {work.name: job.count(work) for work in job.works}
    items, tasks = job.plan.items, counts.get("label", 0) + counts.get("join", 0)
    cut, segments = len(job.plan.cuts), sum(cut.segments for cut in job.plan.cuts)
    if not cut:
        return say(
            f"{items} items in {tasks} tasks. Nothing was submitted.",
            f"{items} éléments en {tasks} tâches. Rien n'est soumis.",
        )
    before = counts["segment"]
    return say(
        f"{items} items in {tasks} tasks; {cut} of them cut into {segments} segments, in {before} tasks before. "
        "Nothing was submitted.",
        f"{items} éléments en {tasks} tâches ; {cut} en {segments} segments, en {before} tâches préalables. "
        "Rien n'est soumis.",
    )


def told_of_uncut(items: int, target: Target) -> str:
    """Nobody is to wonder why one machine alone has a long film for hours."""
    if not target.most_segments:
        return say(
            f"{target.title} cannot have a task wait for others: {items} items that the plan cuts into segments are "
            "one task each.",
            f"{target.title} ne sait pas faire attendre une tâche : {items} éléments que le plan coupe en segments "
            "sont une tâche chacun.",
        )
    return say(
        f"{target.title} takes {target.most_segments} tasks of segments: {items} items that the plan cuts are more, "
        "and are one task each.",
        f"{target.title} prend {target.most_segments} tâches de segments : {items} éléments que le plan coupe font "
        "plus, et sont une tâche chacun.",
    )
