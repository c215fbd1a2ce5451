"""`labeler inspect`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from labeler.cli import anyone
from labeler.cli.printing import as_json, guarded_output
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.errors import UsageError
from labeler.language import say


@click.command("inspect", cls=Command, help=summary("inspect"))
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE")
@anyone.TRUST
@anyone.ONLINE
@anyone.INIT
@click.option("--json", "as_data", is_flag=True, help=say("JSON on standard output.", "JSON sur la sortie standard."))
def command(files: tuple[Path, ...], as_data: bool, **asked: Any) -> int:
    from labeler.batch.verifying import Question, inspect_one
    from labeler.cli.tree import lines_of, width_of

    question = Question(**asked)
    if question.init is None and len(files) > 1:
        raise UsageError(
            say("Inspect tells of one file.", "L'inspection porte sur un seul fichier."),
            remedy=say(
                "Name one, or the segments of one film with --init.",
                "Indiquez-en un, ou les segments d'un seul film avec --init.",
            ),
        )
    width = width_of(sys.stdout)
    with guarded_output() as output, stoppable() as check:
        inspection = inspect_one(files, question, check)
        for line in [as_json(inspection)] if as_data else lines_of(inspection, width):
            output.line(line)
    return 0
