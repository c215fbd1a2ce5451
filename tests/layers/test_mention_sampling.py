"""Which frames are looked at: the ends of each interval, what lies just outside, enough between, and not too many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import pytest

from labeler.layers.mention.sampling import BUDGET, LEAST, MOST, spans
from labeler.media.picture import Picture, PictureFormat
from tests.layers.mention_clips import interval, shape


@dataclass
class Clock:
    """Frames at a steady rate with a keyframe every `gop` frames; none can be seen."""

    frame_count: int
    rate: Fraction = Fraction(25)
    gop: int = 50

    @property
    def format(self) -> PictureFormat:
        return shape(768, 432)

    @property
    def duration(self) -> Fraction:
        return self.frame_count / self.rate

    @property
    def keyframes(self) -> tuple[Fraction, ...]:
        return tuple(index / self.rate for index in range(0, self.frame_count, self.gop))

    def time_of(self, index: int) -> Fraction:
        return index / self.rate

    def index_at(self, seconds: Fraction) -> int:
        return min(int(seconds * self.rate), self.frame_count - 1)

    def pictures(self, times: Iterable[Fraction]) -> Iterator[Picture]:
        yield from ()


def test_whole_clip_has_no_outside() -> None:
    (span,) = spans(Clock(250), (interval(0, 10),))
    assert (span.first, span.last, span.before, span.after) == (0, 249, None, None)
    assert LEAST <= len(span.inside) <= LEAST + 2
    assert {0, 249} <= set(span.inside)
    assert any(index % 50 for index in span.inside[1:-1]), "not only keyframes"


def test_ends_are_to_the_frame_at_any_rate() -> None:
    clock = Clock(300, Fraction(30000, 1001))
    (span,) = spans(clock, (interval(2, 5),))
    assert clock.time_of(span.first - 1) < 2 <= clock.time_of(span.first)
    assert clock.time_of(span.last) < 5 <= clock.time_of(span.last + 1)
    assert (span.before, span.after) == (span.first - 1, span.last + 1)


def test_neighbouring_intervals_are_not_outside_each_other() -> None:
    first, second = spans(Clock(250), (interval(0, 4), interval(4, 8)))
    assert first.after is None and second.before is None and second.after == 200


@pytest.mark.parametrize("seconds", [Fraction(1, 25), Fraction(3, 25), Fraction(1), Fraction(60), Fraction(7200)])
def test_number_of_frames_is_bounded(seconds: Fraction) -> None:
    count = int(seconds * 25)
    (span,) = spans(Clock(count), (interval(0, seconds),))
    assert min(count, LEAST) <= len(span.inside) <= MOST + 2
    assert len(set(span.inside)) == len(span.inside) and list(span.inside) == sorted(span.inside)


def test_no_gap_is_long() -> None:
    """One frame every 2 s up to 46 s; gaps grow by half at most where a keyframe is taken instead."""
    (span,) = spans(Clock(1000), (interval(0, 40),))
    gaps = [(b - a) / 25 for a, b in zip(span.inside, span.inside[1:], strict=False)]
    assert max(gaps) <= 4.3


def test_many_intervals_share_a_budget() -> None:
    many = tuple(interval(300 * number, 300 * number + 10) for number in range(24))
    looked = spans(Clock(7200 * 25), many)
    assert len(looked) == 24
    assert sum(len(span.inside) for span in looked) <= max(BUDGET, 24 * (LEAST + 2))


def test_interval_without_a_frame_is_left_out() -> None:
    assert spans(Clock(25), (interval(5, 6),)) == ()
    assert spans(Clock(25), ()) == ()
