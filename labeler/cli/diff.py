"""`labeler diff`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from labeler.cli.printing import as_json, guarded_output
from labeler.cli.stopping import stoppable
from labeler.cli.summaries import summary
from labeler.cli.usage import Command
from labeler.errors import ExitCode
from labeler.language import say

Box = tuple[int, int, int, int]


class BoxType(click.ParamType[Box]):
    """`x,y,width,height` in whole pixels."""

    name = "x,y,w,h"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Box:
        numbers = str(value).split(",")
        try:
            x, y, width, height = map(int, numbers)
        except ValueError:
            self.fail(say("four whole numbers with commas between.", "quatre entiers séparés par des virgules."))
        return x, y, width, height


@click.command(
    "diff",
    cls=Command,
    help=summary("diff"),
    epilog=say(
        "Exit code 0: nothing differs; 1: something does, as with diff(1); 3: one of them cannot be read.",
        "Code de sortie 0 : rien ne diffère ; 1 : quelque chose diffère, comme diff(1) ; 3 : l'un d'eux est illisible.",
    ),
)
@click.argument("before", type=click.Path(path_type=Path), metavar="A")
@click.argument("after", type=click.Path(path_type=Path), metavar="B")
@click.option("--json", "as_data", is_flag=True, help=say("JSON on standard output.", "JSON sur la sortie standard."))
@click.option(
    "--box",
    "boxes",
    type=BoxType(),
    multiple=True,
    metavar="X,Y,W,H",
    help=say(
        "Do not compare pictures in this box (display pixels), nor 16 px around it; can be repeated.",
        "Ne pas comparer les images dans cette zone (pixels affichés), ni 16 px autour ; répétable.",
    ),
)
def command(before: Path, after: Path, as_data: bool, boxes: tuple[Box, ...]) -> int:
    from labeler.cli.differences import lines_of
    from labeler.cli.tree import width_of
    from labeler.difference.files import diff

    width = width_of(sys.stdout)
    with guarded_output() as output, stoppable() as check:
        comparison = diff(before, after, boxes=boxes, progress=lambda phase, share: check())
        for line in [as_json(comparison)] if as_data else lines_of(comparison, width):
            output.line(line)
    return int(ExitCode.DONE if comparison.is_same else ExitCode.NOT_ALL)
