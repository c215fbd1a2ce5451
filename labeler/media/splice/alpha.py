"""Where pictures have alpha, what is painted on them shows only where they are opaque.

Alpha itself is never changed: a slice keeps its own (`prores.with_alpha`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from labeler.language import decimal
from labeler.media.changes import Box
from labeler.media.frames import LAYOUTS, colours_and_alpha
from labeler.media.job import Job
from labeler.media.picture import least_opaque
from labeler.media.rendering import NotThisWay
from labeler.media.smart.source import Packets, Source
from labeler.media.splice import prores
from labeler.media.splice.crop import decoded, decoder_of
from labeler.media.splice.grid import Part, Pixels

UNDER_MENTION = "alpha.under_mention"
MOST_LOOKED_AT = 8
"""Pictures that are looked at before anything is rendered, so that a plan tells it; while it is rendered, all are."""


def look_under_mention(
    job: Job, source: Source, stream: VideoStream, parts: Iterable[Part], numbers: Sequence[int]
) -> None:
    """Raises NotThisWay where one of some of these pictures, spread over all, is not opaque where it changes."""
    assert job.changes is not None
    chosen = np.unique(np.linspace(0, len(numbers) - 1, MOST_LOOKED_AT).astype(int)).tolist()
    for part in parts:
        decoder = decoder_of(job, stream)
        for number in (numbers[at] for at in chosen):
            frame = prores.read(source.read(number))
            at = frame.kind.grid.pixels(part)
            hold_opaque(decoded(decoder, frame, part), at, job.changes.boxes, source.packets, number)


def hold_opaque(picture: VideoFrame, at: Pixels, boxes: Iterable[Box], packets: Packets, number: int) -> None:
    """Raises NotThisWay where this part of the picture in packet `number` is not opaque (`least_opaque`) all over the
    boxes. at: where the part lies in the stored frame. boxes: of the stored frame."""
    colours, alpha = colours_and_alpha(picture)
    if alpha is None:
        if len(picture.planes) > len(colours):
            raise NotThisWay("prores.alpha", picture.format.name)
        return
    bits, _ = LAYOUTS[picture.format.name]
    for x, y, width, height in boxes:
        rows = slice(max(0, y - at.top), max(0, y + height - at.top))
        columns = slice(max(0, x - at.left), max(0, x + width - at.left))
        if np.any(alpha[rows, columns] < least_opaque(bits)):
            raise NotThisWay(UNDER_MENTION, told(packets, number))


def told(packets: Packets, number: int) -> str:
    """The number of a picture among those shown, from 0, and its time."""
    pts = int(packets.pts[number])
    shown = np.count_nonzero((packets.pts >= packets.origin) & (packets.pts < pts))
    return f"{shown} ({decimal(float(packets.seconds(pts)), 3)} s)"
