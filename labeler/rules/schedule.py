"""When the mention is shown: exact intervals from a preset's timing and the duration of the video."""

from __future__ import annotations

from fractions import Fraction

from labeler.rules.plan import Interval, round_up, to_fraction
from labeler.rules.preset import Timing


def intervals(timing: Timing, duration: Fraction) -> tuple[Interval, ...]:
    """Intervals in seconds, sorted and apart, inside [0, duration]; never none for a duration above zero.

    A video up to `persistent_up_to` shows the mention from `start` to its end; a longer one shows it for `hold`
    from `start` and again every `repeat_every`. The last showing ends with the video where the video ends first.
    A start at or after the end of a short video counts as zero: a mention that is never shown discloses nothing.
    """
    end = round_up(duration)
    start = to_fraction(timing.start)
    start = start if start < duration else Fraction(0)
    hold, every = to_fraction(timing.hold.value), to_fraction(timing.repeat_every.value)
    if duration <= to_fraction(timing.persistent_up_to.value) or every <= hold:
        return (Interval(start=start, end=end),)
    shown = []
    while start < duration:
        shown.append(Interval(start=start, end=min(start + hold, end)))
        start += every
    return tuple(shown)
