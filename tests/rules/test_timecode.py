"""Time codes: what a person may write, and which frame each one is (SMPTE ST 12-1)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import SourceRejected, UsageError
from labeler.rules.timecode import Count, Elapsed, TimeCode, parse, stored

NTSC, NTSC_DOUBLE = Fraction(30000, 1001), Fraction(60000, 1001)


def code(text: str) -> TimeCode:
    moment = parse(text, "--program-in")
    assert isinstance(moment, TimeCode) and str(moment) == text
    return moment


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12.5", Fraction(25, 2)), ("0", 0), ("90", 90), ("00:01:30.5", Fraction(181, 2)), ("01:00:00.0", 3600)],
)
def test_seconds(text: str, seconds: Fraction) -> None:
    assert parse(text, "--program-in") == Elapsed(Fraction(seconds), text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "noon", "nan", "-1", "1e3", "12,5", "24:00:00:00", "00:60:00:00", "00:00:60:00", "00:00:60.0"),
        *("1:00:00:00", "01:00", "00;59;58;00", "٠١:00:00:00"),
        # Either a time code without its frames or a running time: nobody guesses which.
        "01:00:00",
    ],
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, "--program-in")
    assert f"--program-in {text}" in caught.value.message and "HH:MM:SS:FF" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("00:00:59;29", 1799), ("00:01:00;02", 1800), ("00:09:59;29", 17981), ("00:10:00;00", 17982)),
        *(("01:00:00;00", 107892), ("23:59:59;29", 2589407)),
    ],
)
def test_drop_frame_at_29_97(text: str, number: int) -> None:
    count = Count(NTSC, drops=True)
    assert count.number(code(text)) == number and str(count.code(number)) == text


@pytest.mark.parametrize(("text", "number"), [("00:00:59;59", 3599), ("00:01:00;04", 3600), ("01:00:00;00", 215784)])
def test_drop_frame_at_59_94(text: str, number: int) -> None:
    count = Count(NTSC_DOUBLE, drops=True)
    assert count.number(code(text)) == number and str(count.code(number)) == text


def test_an_hour_of_drop_frame_is_an_hour() -> None:
    """What it is for: 3.6 ms off after an hour, where counting every number is off by 3.6 s."""
    assert abs(Count(NTSC, drops=True).number(code("01:00:00;00")) / NTSC - 3600) < Fraction(4, 1000)
    assert Count(NTSC, drops=False).number(code("01:00:00:00")) / NTSC == Fraction(36036, 10)


@given(number=st.integers(0, 5184000 - 1), how=st.sampled_from([(NTSC, True), (NTSC_DOUBLE, True), (NTSC, False)]))
def test_number_and_code_are_one(number: int, how: tuple[Fraction, bool]) -> None:
    count = Count(*how)
    told = count.code(number)
    assert count.number(told) == number % count.day
    count.require(told, "--program-in")


@pytest.mark.parametrize(
    ("count", "text", "instead"),
    [
        (Count(Fraction(25), drops=False), "01:00:00:25", "01:00:00:24"),
        (Count(NTSC, drops=False), "01:00:00:30", "01:00:00:29"),
        (Count(NTSC, drops=True), "00:01:00;00", "00:01:00;02"),
        (Count(NTSC, drops=True), "00:11:00;01", "00:11:00;02"),
        (Count(NTSC_DOUBLE, drops=True), "00:01:00;03", "00:01:00;04"),
    ],
)
def test_numbers_that_are_never_counted(count: Count, text: str, instead: str) -> None:
    with pytest.raises(SourceRejected) as caught:
        count.require(code(text), "--program-in")
    assert text in caught.value.message and f"--program-in {instead}" in caught.value.remedy


def test_the_tenth_minute_drops_nothing() -> None:
    Count(NTSC, drops=True).require(code("00:10:00;00"), "--program-in")


def test_as_files_hold_it() -> None:
    assert stored("00:59:58:00") == TimeCode(0, 59, 58, 0, drops=False)
    assert stored("00:59:58;00") == stored("00:59:58.00") == TimeCode(0, 59, 58, 0, drops=True)
    assert stored("midnight") is None
