"""`media.outside`: where only a part of each picture was coded again, all samples around that part are the source's."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from labeler.language import decimal, say
from labeler.media.frames import FrameReader
from labeler.media.picture import PictureFormat
from labeler.media.quality import is_comparable
from labeler.media.rendering import Rendering
from labeler.media.side_by_side import Box, are_shown_alike, is_alpha_same, is_same, outside, side_by_side
from labeler.media.untouched import options_of, renewed
from labeler.verdict import Check, Status

RULE = "labeler: around the mention, grown to whole slices, every sample is the source's; that of alpha everywhere"
MOST_SAMPLED = 24
"""Pictures that are compared, spread over all that are new."""
SLICE = (128, 16)
"""Pixels across and down that a slice of ProRes covers at most (SMPTE RDD 36, 5.3)."""
MOST_TOLD = 3


def check_outside(
    source: Path, output: Path, tracks: tuple[int, int], rendering: Rendering, boxes: tuple[Box, ...]
) -> Check | None:
    """Compare a sample of the new pictures outside of the boxes (display pixels), and their alpha, where they have one,
    everywhere. None where there is nothing to compare: the boxes cover all.

    tracks: the video's index in the source and in the output. Raises as `FrameReader` does.
    """
    options = options_of(rendering)
    with (
        FrameReader(source, tracks[0], options=options) as original,
        FrameReader(output, tracks[1], options=options) as reader,
    ):
        mask, has_alpha = outside(boxes, reader.format, grid=grid_of(reader.format)), original.format.has_alpha
        if not mask.any() and not has_alpha:
            return None
        timeline = reader.timeline
        if not (is_comparable(original.format, reader.format) and are_shown_alike(original.timeline, timeline)):
            return _result(tracks[1], Status.NOT_CHECKED, _not_comparable(), None)
        new = np.flatnonzero(renewed(rendering, len(timeline.pts))[timeline.shown])
        chosen = np.unique(np.linspace(0, len(new) - 1, min(len(new), MOST_SAMPLED)).astype(int))
        pairs = [(index, index) for index in new[chosen].tolist()]
        other: list[Fraction] = []
        transparency: list[Fraction] = []
        for (index, _), (before, after) in zip(pairs, side_by_side(original, reader, pairs), strict=True):
            if before is None or after is None or not is_same(before, after, mask):
                other.append(reader.time_of(index))
            # Nothing paints on alpha: it is the source's under the mention too.
            if before is not None and after is not None and not is_alpha_same(before, after):
                transparency.append(reader.time_of(index))
    return _check(tracks[1], len(pairs), other, transparency if has_alpha else None)


def grid_of(format: PictureFormat) -> tuple[int, int]:
    """Rows of slices are as high in each field of interlaced pictures (RDD 36, 6.2), so twice as high in the frame."""
    across, down = SLICE
    return across, down * (2 if format.is_interlaced else 1)


def _not_comparable() -> str:
    return say(
        "The pictures have another size, depth, transparency or time than the source's.",
        "Les images n'ont pas la taille, la profondeur, la transparence ou les instants de celles de la source.",
    )


def _check(track: int, count: int, other: list[Fraction], transparency: list[Fraction] | None) -> Check:
    """transparency: when alpha is another; None where there is none."""
    measured = {"same": count - len(other), "different": len(other)}
    if transparency is not None:
        measured["transparency"] = len(transparency)
    told = []
    if other:
        told.append(
            say(
                f"Around the mention, {len(other)} of {count} pictures are not the source's ({_at(other)}).",
                f"Autour de la mention, {len(other)} images sur {count} ne sont pas celles de la source "
                f"({_at(other)}).",
            )
        )
    if transparency:
        told.append(
            say(
                f"The transparency of {len(transparency)} of {count} pictures is not the source's "
                f"({_at(transparency)}).",
                f"La transparence de {len(transparency)} images sur {count} n'est pas celle de la source "
                f"({_at(transparency)}).",
            )
        )
    if told:
        return _result(track, Status.FAIL, " ".join(told), measured)
    everywhere = say(", and their transparency everywhere", ", et leur transparence partout")
    alpha = "" if transparency is None else everywhere
    message = say(
        f"Around the mention, {count} pictures are the source's, sample for sample{alpha}.",
        f"Autour de la mention, {count} images sont celles de la source, échantillon par échantillon{alpha}.",
    )
    return _result(track, Status.PASS if count else Status.NOT_CHECKED, message, measured)


def _at(times: list[Fraction]) -> str:
    return ", ".join(f"{decimal(float(seconds), 3)} s" for seconds in times[:MOST_TOLD])


def _result(track: int, status: Status, message: str, measured: dict[str, int] | None) -> Check:
    return Check(
        id="media.outside",
        layer="media",
        status=status,
        message=message,
        track=track,
        measured=measured,
        expected={"different": 0},
        unit="pictures",
        source=RULE,
    )
