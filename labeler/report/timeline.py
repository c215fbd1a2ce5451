"""Where in a video the mention was planned and found, as shares of its length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labeler.media.fragments import Gap
from labeler.rules.plan import MentionPlan
from labeler.verdict import FoundMention

MARKS = 4
MOST_BARS = 500


@dataclass(frozen=True)
class Bar:
    """From left to right in percent of the length; the same in seconds."""

    left: float
    width: float
    start: float
    end: float


@dataclass(frozen=True)
class Timeline:
    """One video track. planned: None where no plan is known. programme: the part that a person said is programme.
    missing: what was not given of a film in pieces.

    marks: the seconds written below, evenly from the beginning to the end.
    """

    track: int
    seconds: float
    planned: tuple[Bar, ...] | None
    found: tuple[Bar, ...]
    programme: Bar | None
    marks: tuple[float, ...]
    missing: tuple[Bar, ...] = ()


def timeline_of(
    track: int,
    plan: MentionPlan | None,
    found: Sequence[FoundMention],
    seconds: float | None,
    gaps: Sequence[Gap] = (),
) -> Timeline | None:
    """seconds: how long the video is; where that is not known, until the last end that is. None: nothing to show."""
    planned = [(float(one.start), float(one.end)) for one in plan.intervals] if plan else []
    seen = [(one.start, one.end) for one in found]
    length = seconds or max((end for _, end in (*planned, *seen)), default=0.0)
    if length <= 0:
        return None
    programme = plan.programme if plan else None
    return Timeline(
        track=track,
        seconds=length,
        planned=bars(planned, length) if plan else None,
        found=bars(seen, length),
        programme=bar(float(programme.start), float(programme.end), length) if programme else None,
        marks=tuple(length * number / MARKS for number in range(MARKS + 1)),
        missing=bars([(float(gap.start), float(gap.end)) for gap in gaps if 0 <= gap.start < gap.end], length),
    )


def bars(stretches: Sequence[tuple[float, float]], length: float) -> tuple[Bar, ...]:
    return tuple(bar(start, end, length) for start, end in stretches[:MOST_BARS])


def bar(start: float, end: float, length: float) -> Bar:
    left, right = (min(100.0, max(0.0, 100 * at / length)) for at in (start, end))
    return Bar(round(left, 3), round(max(0.0, right - left), 3), start, end)
