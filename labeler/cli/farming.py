"""Flags of the commands that a farm runs: whose progress lines, and where files are on this machine."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from labeler.language import say

if TYPE_CHECKING:
    from labeler.batch.listener import Listener
    from labeler.farm.path_mapping import PathMapping
    from labeler.farm.progress import Asked, FarmLines


def farm_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --path-map and --farm."""
    mapping = click.option(
        "--path-map",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=say(
            "Where this machine finds what the plan names: path mapping rules of Open Job Description.",
            "Où cette machine trouve ce que nomme le plan : règles de chemins d'Open Job Description.",
        ),
    )
    farm = click.option(
        "--farm",
        type=click.Choice(["auto", "openjd", "generic", "none"]),
        default="auto",
        help=say(
            "Progress lines for a farm, on standard error. Default: auto, as the surroundings tell.",
            "Lignes d'avancement pour une ferme, sur la sortie d'erreur. Par défaut : auto, selon l'environnement.",
        ),
    )
    return mapping(farm(function))


def mapping_of(file: Path | None) -> PathMapping:
    """Raises UsageError."""
    from labeler.farm.path_mapping import PathMapping, load_path_mapping

    return PathMapping() if file is None else load_path_mapping(file)


@contextlib.contextmanager
def telling_farm(asked: Asked) -> Iterator[FarmLines]:
    from labeler.farm.progress import farm_kind, farm_lines

    with farm_lines(farm_kind(asked, os.environ, is_terminal=sys.stderr.isatty()), sys.stderr) as lines:
        yield lines


@contextlib.contextmanager
def step_lines(asked: Asked, total: int, narrator: Listener) -> Iterator[Listener]:
    """Who hears a step of `total` items: the farm, and the person at the log."""
    from labeler.farm.progress import StepLines, Together

    with telling_farm(asked) as lines:
        step = StepLines(lines, total)
        yield Together(step, narrator)
        step.ended()
