"""From what a person says of the programme to frames of the file."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

import pytest

from labeler.errors import SourceRejected, UsageError
from labeler.rules.plan import Interval
from labeler.rules.programme import StartCode, asked, resolve

NTSC = Fraction(30000, 1001)


@dataclass
class Clock:
    """Frames that begin at these times; the last lasts as long as the one before it."""

    times: list[Fraction]
    rate: Fraction | None

    @property
    def frame_count(self) -> int:
        return len(self.times)

    @property
    def duration(self) -> Fraction:
        return 2 * self.times[-1] - self.times[-2]

    def time_of(self, index: int) -> Fraction:
        return self.times[index]

    def index_at(self, seconds: Fraction) -> int:
        return bisect_right(self.times, seconds) - 1


def steady(rate: Fraction | int, frames: int) -> Clock:
    return Clock([number / Fraction(rate) for number in range(frames)], Fraction(rate))


def uneven() -> Clock:
    return Clock([Fraction(number * number, 10) for number in range(11)], None)


def found(
    clock: Clock, start: str | None, end: str | None, timecode: str | None = None, numbers: int | None = None
) -> tuple[int, int]:
    """The first frame of the programme, and the first after it."""
    programme = asked(start, end)
    assert programme is not None
    interval = resolve(programme, clock, StartCode.of(timecode, numbers))
    # What a plan in JSON says is exactly this.
    assert Interval.model_validate_json(interval.model_dump_json(by_alias=True)) == interval
    inside = [index for index, at in enumerate(clock.times) if interval.holds(at)]
    assert inside == list(range(inside[0], inside[-1] + 1))
    return inside[0], inside[-1] + 1


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("01:00:00:00", "01:00:05:00", (50, 175)),
        ("01:00:00:01", None, (51, 200)),
        ("00:59:58:00", "00:59:58:01", (0, 1)),
        (None, "01:00:06:00", (0, 200)),
        ("2", "7", (50, 175)),
        ("2.01", "6.99", (50, 175)),
        ("00:00:02.0", "01:00:05:00", (50, 175)),
        ("2.03", "8.01", (51, 200)),
        ("0", "8", (0, 200)),
    ],
)
def test_frames_at_25(start: str | None, end: str | None, expected: tuple[int, int]) -> None:
    assert found(steady(25, 200), start, end, "00:59:58:00", 25) == expected


def test_without_a_time_code_the_first_frame_is_midnight() -> None:
    assert found(steady(25, 200), "00:00:02:00", "00:00:07:00") == (50, 175)
    assert found(steady(NTSC, 2000), "00:01:00;02", "00:01:01;00") == (1800, 1828)
    assert found(steady(NTSC, 2000), "00:01:00:02", "00:01:01:00") == (1802, 1830)


def test_drop_frame_from_the_start_code_of_the_file() -> None:
    """59:58 to 60:00 crosses minute 60, a tenth one, which drops nothing: 60 frames. 58:58 to 59:00;02 crosses 59."""
    clock = steady(NTSC, 300)
    assert found(clock, "01:00:00;00", "01:00:05;00", "00:59:58;00", 30) == (60, 210)
    assert found(clock, "00:59:00;02", None, "00:58:58;00", 30) == (60, 300)


def test_midnight_may_lie_within() -> None:
    assert found(steady(25, 200), "00:00:00:00", None, "23:59:58:00", 25) == (50, 200)


def test_a_time_code_of_half_the_pictures() -> None:
    assert found(steady(50, 400), "01:00:00:12", "01:00:05:00", "00:59:58:00", 25) == (124, 350)
    assert found(steady(50, 400), "01:00:00:12", "01:00:05:00", "00:59:58:00") == (112, 350)


@pytest.mark.parametrize("rate", [24, 25, NTSC, Fraction(24000, 1001), Fraction(60000, 1001), 120])
def test_every_frame_can_be_named(rate: Fraction | int) -> None:
    """Its time is rounded to the microsecond in the plan, and still the frame itself is the first, and no other."""
    clock = steady(rate, 250)
    numbers = round(rate)
    for index in range(249):
        code = f"00:00:{index // numbers:02}:{index % numbers:02}"
        assert found(clock, code, None) == (index, 250)
        if index:
            assert found(clock, None, code) == (0, index)


def test_uneven_frames_have_seconds_only() -> None:
    assert found(uneven(), "0.4", "4.9") == (2, 7)
    assert found(uneven(), "0.6", "4.2") == (2, 6)
    with pytest.raises(SourceRejected) as caught:
        found(uneven(), "00:00:02:00", None)
    assert "no constant rate" in caught.value.message and "--program-in 12.5" in caught.value.remedy


@pytest.mark.parametrize(
    ("clock", "timecode", "numbers", "start", "end", "told", "remedy"),
    [
        (steady(25, 200), "00:59:58:00", 25, "01:00:06:00", None, "00:59:58:00 to 01:00:06:00", "to 01:00:05:24"),
        (steady(25, 200), "00:59:58:00", 25, "00:59:57:24", None, "lies outside", "from 00:59:58:00"),
        (steady(25, 200), "00:59:58:00", 25, None, "01:00:06:01", "lies outside", "01:00:06:00"),
        (steady(25, 200), "00:59:58:00", 25, "3600", None, "0.000 to 8.000", "to 7.960"),
        (steady(25, 200), None, None, None, "8.03", "lies outside", "to 8.000"),
        (steady(25, 200), None, None, "8", None, "lies outside", "to 7.960"),
        (steady(25, 200), None, None, "00:00:05:00", "00:00:04:00", "no frame", "--program-out 00:00:05:01"),
        (steady(25, 200), None, None, None, "00:00:00:00", "no frame", "--program-out 00:00:00:01"),
        (steady(25, 200), None, None, "00:00:05:00", "4.5", "no frame", "--program-out 5.040"),
        (steady(25, 200), None, None, "00:00:05:25", None, "00 to 24", "00:00:05:24"),
        (steady(25, 200), None, None, "00:00:05;00", None, "29.97 and 59.94", "00:00:05:00"),
        (steady(NTSC, 200), "00:59:58;00", 30, "01:00:00:00", None, "00:59:58;00", "01:00:00;00"),
        (steady(NTSC, 200), "00:59:58:00", 30, "01:00:00;00", None, "00:59:58:00", "01:00:00:00"),
        (steady(NTSC, 2000), None, None, "00:01:00;00", None, "leaves this number out", "00:01:00;02"),
        (steady(NTSC, 2000), "00:00:30;00", 30, "00:01:00:01", None, "00:00:30;00", "00:01:00;02"),
        (steady(Fraction(25, 2), 200), None, None, "00:00:01:00", None, "12.5 fps", "seconds"),
        (steady(25, 200), "00:59:58:00", 50, "01:00:00:00", None, "time code of 50", "seconds"),
    ],
)
def test_what_does_not_fit_is_told_with_what_would(
    clock: Clock,
    timecode: str | None,
    numbers: int | None,
    start: str | None,
    end: str | None,
    told: str,
    remedy: str,
) -> None:
    with pytest.raises(SourceRejected) as caught:
        found(clock, start, end, timecode, numbers)
    assert told in caught.value.message and remedy in caught.value.remedy
    given = start if start is not None and start in caught.value.message else end
    assert given is not None and given in caught.value.message


def test_what_is_told_works() -> None:
    clock, code = steady(NTSC, 200), "00:59:58;00"
    assert found(clock, "00:59:58;00", "01:00:04;20", code, 30) == (0, 200)
    assert found(clock, "01:00:04;19", None, code, 30) == (199, 200)
    with pytest.raises(SourceRejected) as caught:
        found(clock, "01:00:04;20", None, code, 30)
    assert "01:00:04;19" in caught.value.remedy


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("12", "12", "no frame"),
        ("12", "11.9", "no frame"),
        ("01:00:00:00", "01:00:00:00", "no frame"),
        ("01:00:00;00", "01:00:05:00", "drop frame"),
        ("soon", None, "--program-in soon"),
        (None, "later", "--program-out later"),
    ],
)
def test_what_is_true_of_no_file(start: str | None, end: str | None, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked(start, end)
    assert told in caught.value.message


def test_nothing_asked() -> None:
    assert asked(None, None) is None
