"""A film in pieces of which some were not given: what is said of its mention never reaches into what nobody saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from labeler.language import decimal, say
from labeler.layers.mention.blind.tracks import LEAST_SHOWN
from labeler.media.fragments import Gap
from labeler.rules.plan import MentionPlan
from labeler.verdict import Check, FoundMention, LayerReading, MentionCoverage, Status, state_of

OVER_TIME = ("mention.presence", "mention.timing", "mention.reading_time")
"""The checks that speak of every moment of an interval, and not of the pictures that were looked at."""
LEAST_SEEN = 0.01
"""Seconds: a shorter stretch beside a gap is the rounding of a time, and no picture."""
BESIDE = 0.05
"""Seconds between a stretch and a gap that are side by side but for the rounding of clocks."""
NAMED = 3
"""Gaps that a message names."""


def read_beside(reading: LayerReading, plan: MentionPlan, gaps: Sequence[Gap]) -> LayerReading:
    """A track's reading by its plan: where a gap lies within the planned times, the mention is not known to be shown
    all that time. What failed on the pictures that are there stays a failure."""
    within = [gap for gap in gaps if any(touches(gap, float(one.start), float(one.end)) for one in plan.intervals)]
    if not within:
        return reading.model_copy(update={"found": tuple(cut(reading.found or (), gaps))})
    checks = tuple(
        unseen(check, within) if check.id in OVER_TIME and check.status in (Status.PASS, Status.WARN) else check
        for check in reading.checks
    )
    found = tuple(cut(reading.found or (), gaps))
    state = state_of(checks) if found else reading.state
    return reading.model_copy(update={"checks": checks, "found": found, "state": state})


def unseen(check: Check, gaps: Sequence[Gap]) -> Check:
    where = ", ".join(f"{decimal(float(gap.start), 1)}-{decimal(float(gap.end), 1)} s" for gap in gaps[:NAMED])
    return check.model_copy(
        update={
            "status": Status.NOT_CHECKED,
            "message": say(
                f"A part of the film in which the mention is due was not given ({where}).",
                f"Une partie du film où la mention est due n'a pas été donnée ({where}).",
            ),
        }
    )


def touches(gap: Gap, start: float, end: float) -> bool:
    """Whether a gap lies within a stretch of time, or beside it: then its true beginning or end is not there."""
    return float(gap.start) <= end + BESIDE and float(gap.end) >= start - BESIDE


def cut(found: Iterable[FoundMention], gaps: Sequence[Gap]) -> Iterator[FoundMention]:
    """Each text in the stretches in which there are pictures. One that was read in a single picture stands only if it
    is shown for long, and what was not given is no time that it was shown."""
    for one in found:
        stretches = list(outside(one.start, one.end, gaps))
        if stretches == [(one.start, one.end)]:
            yield one
            continue
        is_brief = one.samples == 1 and sum(end - start for start, end in stretches) < LEAST_SHOWN
        kind = "mention" if is_brief else one.kind
        for start, end in stretches:
            yield one.model_copy(update={"start": round(start, 6), "end": round(end, 6), "kind": kind})


def outside(start: float, end: float, gaps: Sequence[Gap]) -> Iterator[tuple[float, float]]:
    at = start
    for gap in gaps:
        if float(gap.end) > float(gap.start) and float(gap.start) < end and float(gap.end) > at:
            if float(gap.start) - at > LEAST_SEEN:
                yield at, float(gap.start)
            at = max(at, float(gap.end))
    if end - at > LEAST_SEEN or at == start:
        yield at, end


def covered(coverage: MentionCoverage, gaps: Sequence[Gap]) -> MentionCoverage:
    """What was looked at, beside what could not be: never the whole of a film whose pieces are not all there."""
    if not gaps:
        return coverage
    missing = round(float(sum(gap.end - gap.start for gap in gaps)), 3)
    return coverage.model_copy(update={"missing": missing, "is_whole": False})
