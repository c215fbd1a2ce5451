"""Moments as people give them: a time code `HH:MM:SS:FF` (`;` before the frames where some drop), or plain seconds.

Drop frame leaves out numbers, never pictures: SMPTE ST 12-1, for 29.97 and 59.94 pictures a second only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from labeler.errors import SourceRejected, UsageError
from labeler.language import say

DROPPED = {Fraction(30000, 1001): 2, Fraction(60000, 1001): 4}
"""Numbers that drop frame leaves out at the start of each minute, but for every tenth (SMPTE ST 12-1)."""

CODE = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})([:;])([0-9]{2,3})")
STORED = re.compile(r"([0-9]{2})[:;.]([0-9]{2})[:;.]([0-9]{2})([:;.])([0-9]{2,3})")
"""As files hold it: some put a point, which means drop frame too."""
CLOCK = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2}\.[0-9]+)")
SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class TimeCode:
    """A frame by its number within a second. `drops`: it bears the mark of drop frame."""

    hours: int
    minutes: int
    seconds: int
    frames: int
    drops: bool

    def __str__(self) -> str:
        mark = ";" if self.drops else ":"
        return f"{self.hours:02}:{self.minutes:02}:{self.seconds:02}{mark}{self.frames:02}"


@dataclass(frozen=True)
class Elapsed:
    """Seconds from the first shown frame, whatever its time code. `text`: as given."""

    seconds: Fraction
    text: str

    def __str__(self) -> str:
        return self.text


Moment = TimeCode | Elapsed


def parse(text: str, flag: str) -> Moment:
    """The moment that a person gave with this flag. Raises UsageError, saying how one is written.

    Hours, minutes and seconds without frames or a fraction are refused: they may be meant either way.
    """
    given = text.strip()
    if code := CODE.fullmatch(given):
        hours, minutes, seconds, frames = (int(code[group]) for group in (1, 2, 3, 5))
        if hours < 24 and minutes < 60 and seconds < 60:
            return TimeCode(hours, minutes, seconds, frames, code[4] == ";")
    if (clock := CLOCK.fullmatch(given)) and int(clock[2]) < 60 and Fraction(clock[3]) < 60:
        return Elapsed((int(clock[1]) * 60 + int(clock[2])) * 60 + Fraction(clock[3]), given)
    if SECONDS.fullmatch(given):
        return Elapsed(Fraction(given), given)
    raise UsageError(
        say(f"{flag} {text}: this is no time code.", f"{flag} {text} : ce n'est pas un code temporel."),
        remedy=say(
            "Write HH:MM:SS:FF (HH:MM:SS;FF for drop frame), hours up to 23, minutes and seconds up to 59; or seconds "
            "from the first frame, as 12.5 or 00:00:12.5.",
            "Écrivez HH:MM:SS:II (HH:MM:SS;II en drop frame), heures jusqu'à 23, minutes et secondes jusqu'à 59 ; ou "
            "des secondes depuis la première image, comme 12.5 ou 00:00:12.5.",
        ),
    )


def stored(text: str) -> TimeCode | None:
    """The start time code as a file holds it; None where it is none."""
    code = STORED.fullmatch(text.strip())
    if code is None:
        return None
    hours, minutes, seconds, frames = (int(code[group]) for group in (1, 2, 3, 5))
    return TimeCode(hours, minutes, seconds, frames, code[4] != ":")


@dataclass(frozen=True)
class Count:
    """How frames are numbered: so many pictures a second, with or without drop frame."""

    rate: Fraction
    drops: bool

    @property
    def numbers(self) -> int:
        """Frame numbers in a second: 30 at 29.97."""
        return round(self.rate)

    @property
    def dropped(self) -> int:
        return DROPPED[self.rate] if self.drops else 0

    @property
    def minute(self) -> int:
        return self.numbers * 60 - self.dropped

    @property
    def ten_minutes(self) -> int:
        return self.numbers * 600 - 9 * self.dropped

    @property
    def day(self) -> int:
        return self.ten_minutes * 144

    def number(self, code: TimeCode) -> int:
        """How many frames after 00:00:00:00 this one is."""
        minutes = code.hours * 60 + code.minutes
        counted = (minutes * 60 + code.seconds) * self.numbers + code.frames
        return counted - self.dropped * (minutes - minutes // 10)

    def code(self, number: int) -> TimeCode:
        """The time code of the frame so many frames after 00:00:00:00; a day later it begins again."""
        tens, rest = divmod(number % self.day, self.ten_minutes)
        # The first minute of ten drops nothing, each other one drops at its start.
        minutes = 0 if rest < self.numbers * 60 else 1 + (rest - self.numbers * 60) // self.minute
        counted = tens * self.numbers * 600 + rest + minutes * self.dropped
        seconds, frames = divmod(counted, self.numbers)
        return TimeCode(seconds // 3600, seconds // 60 % 60, seconds % 60, frames, self.drops)

    def fitting(self, code: TimeCode) -> TimeCode:
        """The same moment as it is written here: with this count's mark, and a number that it comes to."""
        frames = min(code.frames, self.numbers - 1)
        if code.seconds == 0 and code.minutes % 10:
            frames = max(frames, self.dropped)
        return replace(code, frames=frames, drops=self.drops)

    def require(self, code: TimeCode, flag: str) -> None:
        """Refuse a number that this count never comes to. Raises SourceRejected with the one that it does."""
        fits = self.fitting(code)
        if fits == code:
            return
        if code.frames >= self.numbers:
            why = say(
                f"frames count from 00 to {self.numbers - 1:02} here",
                f"les images vont ici de 00 à {self.numbers - 1:02}",
            )
        else:
            why = say("drop frame leaves this number out", "le drop frame saute ce numéro")
        raise SourceRejected(say(f"{flag} {code}: {why}.", f"{flag} {code} : {why}."), remedy=instead(flag, fits))


def instead(flag: str, moment: Moment) -> str:
    """The value that would work."""
    return say(f"Write {flag} {moment}.", f"Écrivez {flag} {moment}.")
