"""When the mention is shown: exact, never a flash, never a pause longer than the rule's."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.rules.plan import Interval
from labeler.rules.preset import Number, Timing
from labeler.rules.presets import load_preset
from labeler.rules.schedule import intervals, intervals_within

MICROSECOND = Fraction(1, 1_000_000)


def timing(start: float, limit: float, hold: float, every: float) -> Timing:
    def number(value: float) -> Number:
        return Number(value=value, source="a test", checked_at=date(2026, 1, 1), confidence="choice")

    return Timing(start=start, persistent_up_to=number(limit), hold=number(hold), repeat_every=number(every))


EU = timing(0, 180, 10, 300)


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (Fraction(1, 25), [(0, 0.04)]),
        (Fraction(180), [(0, 180)]),
        (Fraction(181), [(0, 10)]),
        (Fraction(300), [(0, 10)]),
        (Fraction(601), [(0, 10), (300, 310), (591, 601)]),
        (Fraction(605), [(0, 10), (300, 310), (595, 605)]),
        (Fraction(610), [(0, 10), (300, 310), (600, 610)]),
        (Fraction(611), [(0, 10), (300, 310), (600, 610)]),
    ],
)
def test_the_eu_schedule(duration: Fraction, expected: list[tuple[float, float]]) -> None:
    assert [(float(one.start), float(one.end)) for one in intervals(EU, duration)] == expected


def test_within_a_programme_the_schedule_counts_from_its_first_frame() -> None:
    def times(start: str, end: str) -> list[tuple[float, float]]:
        programme = Interval(start=Fraction(start), end=Fraction(end))
        return [(float(one.start), float(one.end)) for one in intervals_within(EU, Fraction(9999), programme)]

    assert times("30", "210") == [(30, 210)]
    assert times("30.04", "211.04") == [(30.04, 40.04)]
    assert times("30", "635") == [(30, 40), (330, 340), (625, 635)]
    assert intervals_within(EU, Fraction(60), None) == intervals(EU, Fraction(60))
    # A bound rounded down by less than a microsecond, as that of frame 1 at 24 a second, makes no difference.
    assert times("0.041666", "180.041666") == [(0.041666, 180.041666)]


def test_showings_that_would_meet_are_one() -> None:
    shown = intervals(timing(0, 60, 10, 15), Fraction(78))
    assert [(one.start, one.end) for one in shown] == [(0, 10), (15, 25), (30, 40), (45, 55), (60, 78)]


def test_the_last_picture_is_covered() -> None:
    duration = Fraction(1001 * 50, 30000)
    (shown,) = intervals(EU, duration)
    assert shown.end >= duration and shown.end - duration < MICROSECOND
    assert shown.holds(duration - Fraction(1, 1_000_000_000))


def test_a_start_after_the_end_is_the_beginning() -> None:
    (shown,) = intervals(timing(5, 180, 10, 300), Fraction(4))
    assert (shown.start, shown.end) == (0, 4)


def test_vertical_video_shows_it_throughout() -> None:
    (shown,) = intervals(load_preset("vertical-universal").preset.mention.timing, Fraction(3600))
    assert (shown.start, shown.end) == (0, 3600)


def test_a_plan_in_json_says_the_same_times() -> None:
    for one in intervals(timing(0.5, 60, 7.25, 33.3), Fraction(1001 * 6000, 30000)):
        assert Interval.model_validate_json(one.model_dump_json(by_alias=True)) == one


@given(
    duration=st.fractions(min_value=Fraction(1, 1000), max_value=20000),
    start=st.integers(0, 20),
    limit=st.integers(1, 300),
    hold=st.integers(1, 30),
    more=st.integers(0, 600),
)
def test_schedule_laws(duration: Fraction, start: int, limit: int, hold: int, more: int) -> None:
    every = hold + more
    shown = intervals(timing(start, limit, hold, every), duration)
    end = shown[-1].end
    assert shown[0].start == (start if start < duration else 0)
    assert all(one.start < one.end for one in shown)
    assert all(first.end < second.start for first, second in pairwise(shown))
    assert end < duration + MICROSECOND
    # Nobody waits longer than the rule, in the middle or before the end.
    assert all(second.start - first.start <= every for first, second in pairwise(shown))
    assert duration - shown[-1].start <= every or end >= duration
    # Nothing is shown for less than its time, unless the video is shorter than that.
    assert all(one.end - one.start >= hold for one in shown) or (len(shown) == 1 and end >= duration)
    if duration <= limit:
        assert len(shown) == 1 and end >= duration
