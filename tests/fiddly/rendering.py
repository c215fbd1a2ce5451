"""The render that the tests of the collection look at: a square in one stretch of time, and nothing else."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from labeler.media.accept import accept
from labeler.media.changes import Changes
from labeler.media.encoders.task import Quality
from labeler.media.inventory import Inventory
from labeler.media.picture import Picture
from labeler.media.render import render
from labeler.media.rendering import Mode, Rendering
from tests.fiddly.film import GROUP, RATE

FROM, TO = 60, 80
"""The square is on the pictures from the first (included) to the second (excluded)."""
SEAMS = (FROM // GROUP * GROUP, -(-TO // GROUP) * GROUP)
"""Where a render of the touched groups alone begins, and where the source's own pictures go on."""
MODES: tuple[Mode, ...] = ("auto", "full")
"""The ways of rendering that each clip goes through."""
BOX = (160, 88, 96, 48)
"""Left, top, width, height, in the stored frame."""
GREY = 120
FAST = Quality(preset="ultrafast")
FAST_AV1 = Quality(preset="fast")
"""SVT-AV1 leaves blocks of another picture standing in its faster presets (measured: its own 11)."""


CHANGES = Changes(((Fraction(FROM, RATE), Fraction(TO, RATE)),), (BOX,))


def paint(picture: Picture) -> None:
    """In other pictures too nothing is painted where all are coded again."""
    ((start, end),) = CHANGES.intervals
    if start <= picture.seconds < end:
        x, y, width, height = BOX
        picture.planes[0][y : y + height, x : x + width] = GREY << picture.format.bits - 8


def rendered(source: Path, inventory: Inventory, work: Path, mode: Mode) -> Rendering:
    """Write `work`: the source with the square, in this mode. Raises what `accept` and `render` raise."""
    accept(inventory, source)
    return render(
        source,
        work,
        inventory,
        paint=paint,
        container_tags={},
        changes=CHANGES,
        mode=mode,
        quality=FAST_AV1 if inventory.of_kind("video")[0].codec == "av1" else FAST,
    )
