"""One preview: a question answered with a PNG."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from labeler.errors import UsageError
from labeler.language import say
from labeler.preview import place
from labeler.preview.display import displayed
from labeler.preview.scene import AT, Question, Scene, opened
from labeler.preview.sheet import sheet
from labeler.preview.zones import draw, zones_of
from labeler.rules.plan import Interval

CLOCK = re.compile(
    r"(?P<sign>-)?((?P<hours>[0-9]{1,2}):(?P<minutes>[0-5]?[0-9]):(?=[0-5]?[0-9](\.|$)))?"
    r"(?P<seconds>[0-9]{1,9}(\.[0-9]{1,9})?)"
)


@dataclass(frozen=True)
class Order:
    """What is to be drawn, and where to. at: seconds as a person wrote them; None: where the mention is shown."""

    question: Question
    output: Path
    at: str | None = None
    with_zones: bool = False
    is_sheet: bool = False


@dataclass(frozen=True)
class Look:
    """What was drawn. seconds: of the picture, None for a sheet. has_mention: the preset asks for one."""

    seconds: Fraction | None
    is_shown: bool
    has_mention: bool
    intervals: tuple[Interval, ...]


def look(order: Order, check: Callable[[], None] = lambda: None) -> Look:
    """Draw and write one preview. check: called now and then, may raise to stop.

    Raises UsageError (no such moment, no PNG name, flags that contradict each other), OutputRefused, DiskFull, and
    what `opened` raises.
    """
    seconds = moment(order)
    place.check(order.output, order.question.source)
    with opened(order.question) as scene:
        if order.is_sheet:
            image, seen = (
                sheet(scene, with_zones=order.with_zones, check=check),
                Look(None, True, True, scene.intervals),
            )
        else:
            image, seen = frame(scene, seconds, with_zones=order.with_zones)
    check()
    place.write(image, order.output, order.question.source)
    return seen


def moment(order: Order) -> Fraction | None:
    """What --at says, in seconds from the first frame."""
    if order.at is None:
        return None
    if order.is_sheet:
        raise UsageError(
            say(f"{AT} and --sheet exclude each other.", f"{AT} et --sheet s'excluent l'un l'autre."),
        )
    return seconds_of(order.at)


def seconds_of(text: str) -> Fraction:
    """Seconds as `12.5`, `12,5` or `00:00:12.5`; fewer than none is for the video to refuse. Raises UsageError."""
    given = CLOCK.fullmatch(text.strip().replace(",", "."))
    if given is not None:
        hours, minutes = int(given["hours"] or 0), int(given["minutes"] or 0)
        return (hours * 3600 + minutes * 60 + Fraction(given["seconds"])) * (-1 if given["sign"] else 1)
    raise UsageError(
        say(f"{AT} {text}: this is no number of seconds.", f"{AT} {text} : ce n'est pas un nombre de secondes."),
        remedy=say(
            f"Give seconds from the first frame, such as {AT} 12.5.",
            f"Donnez des secondes depuis la première image, par exemple {AT} 12.5.",
        ),
    )


def frame(scene: Scene, seconds: Fraction | None, *, with_zones: bool) -> tuple[np.ndarray, Look]:
    """One picture as displayed, and what is to be told of it."""
    if seconds is not None:
        scene.require_inside(seconds)
    shot = scene.at(scene.first_shown() if seconds is None else seconds)
    image = displayed(shot.picture)
    if with_zones and scene.mention is not None:
        image = draw(image, zones_of(scene.mention, scene.preset.mention, scene.glance.format))
    return image, Look(shot.picture.seconds, shot.is_shown, scene.mention is not None, scene.intervals)
