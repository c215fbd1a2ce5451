"""`labeler watch`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from labeler.cli.asking import asking_but_sources, check_records, check_scratch, results_option, scratch_option
from labeler.cli.label import result_printer
from labeler.cli.printing import guarded_output
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.language import say


@click.command("watch", cls=Command, help=summary("watch"))
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@asking_but_sources
@scratch_option
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help=say("How many files at once. Default: 1.", "Combien de fichiers à la fois. Par défaut : 1."),
)
@click.option(
    "--settle",
    type=click.FloatRange(min=0.0),
    default=10.0,
    metavar="SECONDS",
    help=say(
        "How long a file must be still before it is read. Default: 10.",
        "Temps sans changement avant lecture d'un fichier. Par défaut : 10.",
    ),
)
@click.option(
    "--move",
    is_flag=True,
    help=say(
        "Move sources to DIR/done or DIR/failed afterwards.",
        "Déplacer ensuite les sources vers DIR/done ou DIR/failed.",
    ),
)
@click.option(
    "--status",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=say(
        "Keep a small JSON file that tells how the watch stands.",
        "Tenir à jour un petit fichier JSON qui dit où en est la surveillance.",
    ),
)
@results_option
def command(
    folder: Path,
    presets: tuple[str, ...],
    jobs: int,
    settle: float,
    move: bool,
    status: Path | None,
    json_lines: bool,
    **options: Any,
) -> int:
    from labeler.batch.noting import noting
    from labeler.batch.request import DEFAULT_PRESET, Request
    from labeler.batch.watch import Watch, Watcher
    from labeler.cli.progress import PlainLines

    check_records(options["records"])
    check_scratch(options["scratch"])
    if options["output"] is not None:
        options["output"] = options["output"].rstrip("/" + os.sep) + os.sep
    request = Request((str(folder),), presets or (DEFAULT_PRESET,), **options)
    watch = Watch(folder, request, jobs, settle, move, status)
    with guarded_output() as output, stoppable() as check:
        lines = PlainLines(0, check, result_printer(output, json_lines))
        with noting(lines, request.records, lines.warn) as heard:
            Watcher(watch, heard).run()
    return 0
