"""`media.seams`: beside what was coded again every picture is the source's, sample for sample, and the decoder says
nothing on the way across."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from labeler.language import decimal, say
from labeler.media.frames import FrameReader
from labeler.media.messages import heard
from labeler.media.packets import Flags, Numbers
from labeler.media.picture import Picture
from labeler.media.rendering import Rendering, Run
from labeler.media.side_by_side import are_shown_alike
from labeler.media.timeline import Timeline
from labeler.media.untouched import options_of, renewed
from labeler.progress import Progress, silent
from labeler.verdict import Check, Status

RULE = "labeler: at a seam the pictures are the source's, and the decoder says nothing"
MOST_BESIDE = 48
"""Pictures that are looked at on each side of a seam: what it spoils is spoilt from there on to the next key."""
MOST_TOLD = 3


@dataclass(frozen=True)
class Seen:
    """Pictures that were decoded, by number: a digest of their samples. faults: what the decoder said."""

    digests: dict[int, bytes]
    faults: tuple[str, ...]


def check_seams(
    source: Path, output: Path, tracks: tuple[int, int], rendering: Rendering, *, progress: Progress = silent
) -> Check | None:
    """Decode both files from the group of pictures before each seam to that after it; None where there is no seam.

    tracks: the video's index in the source and in the output. Raises as `FrameReader` does.
    """
    options = options_of(rendering)
    # With one thread, so that what a decoder says is heard (see `heard`).
    with (
        FrameReader(source, tracks[0], threads=1, options=options) as original,
        FrameReader(output, tracks[1], threads=1, options=options) as reader,
    ):
        timeline = reader.timeline
        beside, across = neighbourhood(timeline, rendering)
        if not beside:
            return None
        if not are_shown_alike(original.timeline, timeline):
            return _not_comparable(tracks[1])
        before = _seen(original, beside, beside, progress)
        after = _seen(reader, beside | across, beside, progress)
        other = sorted(index for index in beside if before.digests.get(index) != after.digests.get(index))
        times = [reader.time_of(index) for index in other]
    faults = tuple(fault for fault in after.faults if fault not in before.faults)
    return _check(tracks[1], len(rendering.renewed), len(beside) - len(other), times, faults)


def neighbourhood(timeline: Timeline, rendering: Rendering) -> tuple[set[int], set[int]]:
    """Numbers, in order of showing, of the pictures beside seams that are the source's, and of the new ones there."""
    count = len(timeline.pts)
    is_new = renewed(rendering, count)
    is_old = ~is_new
    is_old[[place for place in rendering.retyped if place < count]] = True
    near = np.zeros(count, bool)
    for run in rendering.renewed:
        for start, stop in _stretches(run, timeline.keys, count):
            near[start:stop] = True
    return _indexes(timeline, near & is_old), _indexes(timeline, near & ~is_old)


def _stretches(run: Run, keys: Numbers, count: int) -> tuple[tuple[int, int], ...]:
    """The positions to look at: the end of the group before, and the head of the run; its end, and the group after."""
    found = []
    if run.start > 0:
        before = int(keys[max(0, int(np.searchsorted(keys, run.start)) - 1)])
        found.append((max(before, run.start - MOST_BESIDE), min(run.stop, run.start + MOST_BESIDE)))
    if run.stop < count:
        at = int(np.searchsorted(keys, run.stop, side="right"))
        after = int(keys[at]) if at < len(keys) else count
        found.append((max(run.start, run.stop - MOST_BESIDE), min(after, run.stop + MOST_BESIDE)))
    return tuple(found)


def _indexes(timeline: Timeline, positions: Flags) -> set[int]:
    return set(np.flatnonzero(positions[timeline.shown]).tolist())


def _seen(reader: FrameReader, indexes: Collection[int], wanted: Collection[int], progress: Progress) -> Seen:
    digests: dict[int, bytes] = {}
    with heard() as messages:
        for number, picture in enumerate(reader.pictures_at(indexes)):
            progress("verify", number / len(indexes))
            if picture.index in wanted:
                digests[picture.index] = _digest(picture)
    return Seen(digests, (*messages, *(fault.reason for fault in reader.faults)))


def _digest(picture: Picture) -> bytes:
    digest = hashlib.md5(usedforsecurity=False)
    for plane in (*picture.planes, *(() if picture.alpha is None else (picture.alpha,))):
        digest.update(repr((plane.shape, plane.dtype.str)).encode())
        digest.update(np.ascontiguousarray(plane).data)
    return digest.digest()


def _not_comparable(track: int) -> Check:
    return _result(
        track,
        Status.NOT_CHECKED,
        say(
            "The pictures beside the seams have other times than the source's.",
            "Les images voisines des raccords n'ont pas les instants de celles de la source.",
        ),
        None,
    )


def _check(track: int, runs: int, same: int, other: list[Fraction], faults: tuple[str, ...]) -> Check:
    told = []
    if other:
        at = ", ".join(f"{decimal(float(seconds), 3)} s" for seconds in other[:MOST_TOLD])
        told.append(
            say(
                f"{len(other)} pictures beside what was coded again are not the source's ({at})",
                f"{len(other)} images voisines de ce qui a été réencodé ne sont pas celles de la source ({at})",
            )
        )
    if faults:
        said = ", ".join(dict.fromkeys(faults[:MOST_TOLD]))
        told.append(say(f"the decoder complains ({said})", f"le décodeur se plaint ({said})"))
    message = (
        f"{told[0][0].upper()}{'; '.join(told)[1:]}."
        if told
        else say(
            f"{same} pictures beside the {runs} stretches that were coded again are identical to the source's.",
            f"{same} images voisines des {runs} suites réencodées sont identiques à celles de la source.",
        )
    )
    measured = {"same": same, "different": len(other), "faults": len(faults)}
    return _result(track, Status.FAIL if told else Status.PASS, message, measured)


def _result(track: int, status: Status, message: str, measured: dict[str, int] | None) -> Check:
    return Check(
        id="media.seams",
        layer="media",
        status=status,
        message=message,
        track=track,
        measured=measured,
        expected={"different": 0, "faults": 0},
        unit="pictures",
        source=RULE,
    )
