"""What proves that a partial rendering changed no more than it says: checks of its own beside those of every output."""

from __future__ import annotations

from pathlib import Path

from labeler.media.around import check_outside
from labeler.media.compare import paired
from labeler.media.inventory import Inventory
from labeler.media.rendering import Rendering
from labeler.media.seams import check_seams
from labeler.media.side_by_side import Box
from labeler.media.untouched import check_untouched
from labeler.progress import Progress, silent
from labeler.verdict import Check


def partial_checks(
    source: Path,
    output: Path,
    inventories: tuple[Inventory, Inventory],
    rendering: Rendering,
    boxes: tuple[Box, ...],
    *,
    progress: Progress = silent,
) -> tuple[Check, ...]:
    """`media.untouched` always, `media.seams` where there are any, `media.outside` of a splice; none of a full render.

    inventories: of the source and of the output. boxes: where the pictures change, in display pixels.
    Raises as `FrameReader` does.
    """
    if rendering.way == "full":
        return ()
    videos = [(old.index, new.index) for old, new in paired(*inventories) if old.kind == "video"]
    checks: list[Check | None] = []
    for tracks in videos:
        checks.append(check_untouched(source, output, tracks, rendering, progress=progress))
        checks.append(check_seams(source, output, tracks, rendering, progress=progress))
        if rendering.way == "splice":
            checks.append(check_outside(source, output, tracks, rendering, boxes))
    return tuple(check for check in checks if check is not None)
