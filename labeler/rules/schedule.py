"""When the mention is shown: exact intervals from a preset's timing and the duration of the video."""

from __future__ import annotations

from fractions import Fraction

from labeler.rules.plan import Interval, round_up, to_fraction
from labeler.rules.preset import Timing


def intervals_within(timing: Timing, duration: Fraction, programme: Interval | None) -> tuple[Interval, ...]:
    """The intervals of a video of which only the programme is to be labelled: as of a video that is the programme
    alone, each later by what comes before it. Nothing is shown outside of it."""
    if programme is None:
        return intervals(timing, duration)
    begin = programme.start
    shown = intervals(timing, programme.end - begin)
    return tuple(Interval(start=begin + one.start, end=begin + one.end) for one in shown)


def intervals(timing: Timing, duration: Fraction) -> tuple[Interval, ...]:
    """Intervals in seconds, sorted and apart, inside [0, duration]; never none for a duration above zero.

    A video up to `persistent_up_to` shows the mention from `start` to its end; a longer one shows it for `hold`
    from `start` and again every `repeat_every`. The end is `duration` rounded up to a microsecond, so that the last
    picture is covered and a plan in JSON says exactly the same.

    A last showing that the end of the video would cut short begins earlier, so that it too lasts `hold`: a viewer
    needs the whole time to read (a flash of two frames discloses nothing), and whoever joins late is still told; the
    pause before it only gets shorter, so no pause is ever longer than the rule's. Showings that would then meet
    are one. A start at or after the end counts as zero: a mention that is never shown discloses nothing.
    """
    end = round_up(duration)
    start = moment(timing.start)
    start = start if start < duration else Fraction(0)
    hold, every = moment(timing.hold.value), moment(timing.repeat_every.value)
    if duration <= to_fraction(timing.persistent_up_to.value) or every <= hold or start + hold >= end:
        return (Interval(start=start, end=end),)
    starts = [start]
    while starts[-1] + every < duration:
        starts.append(min(starts[-1] + every, end - hold))
    return merged([(begin, begin + hold) for begin in starts])


def moment(seconds: float) -> Fraction:
    """A time of a preset in whole microseconds, as records hold it."""
    return round_up(to_fraction(seconds))


def merged(showings: list[tuple[Fraction, Fraction]]) -> tuple[Interval, ...]:
    """Sorted showings, the last two as one where they touch."""
    *before, (last_start, last_end) = showings
    if before and before[-1][1] >= last_start:
        last_start = before.pop()[0]
    return tuple(Interval(start=start, end=end) for start, end in (*before, (last_start, last_end)))
