"""Which part of a video is the programme: what a person said of it, resolved to frames of the file.

Slate, bars, countdown and closing black lie outside of it; there nothing is burnt in.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Protocol

from labeler.errors import SourceRejected, UsageError
from labeler.language import say
from labeler.rules.plan import Interval, round_down
from labeler.rules.timecode import DROPPED, Count, Elapsed, Moment, TimeCode, instead, parse, stored

IN, OUT = "--program-in", "--program-out"
MIDNIGHT = TimeCode(0, 0, 0, 0, drops=False)
SLOWING = Fraction(1000, 1001)
"""What NTSC's rates are of a whole number of pictures (SMPTE ST 12-1)."""


class Clock(Protocol):
    """What is needed of `labeler.media.frames.FrameReader`."""

    @property
    def duration(self) -> Fraction: ...
    @property
    def frame_count(self) -> int: ...
    @property
    def rate(self) -> Fraction | None: ...
    def time_of(self, index: int) -> Fraction: ...
    def index_at(self, seconds: Fraction) -> int: ...


@dataclass(frozen=True)
class StartCode:
    """The time code of a file's first frame. numbers: frames that it counts in a second, None where nobody says."""

    code: TimeCode
    numbers: int | None

    @classmethod
    def of(cls, text: str | None, numbers: int | None) -> StartCode | None:
        code = stored(text) if text is not None else None
        return None if code is None else cls(code, numbers)


@dataclass(frozen=True)
class Programme:
    """What a person said: its first frame, and the first frame that is not programme any more; None: as the video."""

    start: Moment | None
    end: Moment | None


def asked(start: str | None, end: str | None) -> Programme | None:
    """What the flags say; None where neither is given. Raises UsageError for what can be true of no file."""
    if start is None and end is None:
        return None
    first, after = (parse(start, IN) if start is not None else None), (parse(end, OUT) if end is not None else None)
    if isinstance(first, TimeCode) and isinstance(after, TimeCode) and first.drops != after.drops:
        raise UsageError(
            say(
                f"{IN} {first} and {OUT} {after}: only one of them has the mark of drop frame.",
                f"{IN} {first} et {OUT} {after} : un seul des deux porte la marque du drop frame.",
            ),
            remedy=say("Write both with «;» or both with «:».", "Écrivez les deux avec « ; » ou les deux avec « : »."),
        )
    is_empty = isinstance(first, Elapsed) and isinstance(after, Elapsed) and first.seconds >= after.seconds
    if is_empty or (first is not None and first == after):
        raise UsageError(empty(first, after), remedy=say(f"{OUT} must come after {IN}.", f"{OUT} doit suivre {IN}."))
    return Programme(first, after)


def resolve(programme: Programme, clock: Clock, start: StartCode | None) -> Interval:
    """The programme in seconds from the first shown frame, from frame to frame.

    Its end is that of the first frame that is not programme any more, or of the video. Both are rounded down to the
    microsecond, so that a plan in JSON says the same: a frame that begins at a bound begins at or after it.
    Raises SourceRejected with the value that would work; the file's name is for the caller to add.
    """
    ruler = Ruler(clock, start)
    first = 0 if programme.start is None else ruler.index_of(programme.start, IN)
    after = clock.frame_count if programme.end is None else ruler.index_of(programme.end, OUT)
    if programme.start is not None and first >= clock.frame_count:
        raise ruler.outside(programme.start, IN)
    if programme.end is not None and after <= first:
        least = ruler.like(first + 1, programme.end)
        raise SourceRejected(
            empty(programme.start, programme.end),
            remedy=say(f"Write {OUT} {least} or later.", f"Écrivez {OUT} {least} ou plus tard."),
        )
    return Interval(start=round_down(ruler.seconds(first)), end=round_down(ruler.seconds(after)))


def empty(first: Moment | None, after: Moment | None) -> str:
    told = " ".join(f"{flag} {moment}" for flag, moment in ((IN, first), (OUT, after)) if moment is not None)
    return say(f"{told}: the programme holds no frame.", f"{told} : le programme ne contient aucune image.")


@dataclass(frozen=True)
class Ruler:
    """The frames of one file, by time code and by seconds."""

    clock: Clock
    start: StartCode | None

    @cached_property
    def code_rate(self) -> Fraction | None:
        """Numbers of its time code in a second; None where its pictures cannot be counted by one.

        At 50 pictures a second a time code often counts 25: each number stands for two pictures.
        """
        rate = self.clock.rate
        if rate is None or Fraction(round(rate)) not in (rate, rate / SLOWING):
            return None
        numbers = (self.start.numbers if self.start else None) or round(rate)
        return None if round(rate) % numbers else rate / (round(rate) // numbers)

    @property
    def first_code(self) -> TimeCode:
        return self.start.code if self.start else MIDNIGHT

    def seconds(self, index: int) -> Fraction:
        return self.clock.time_of(index) if index < self.clock.frame_count else self.clock.duration

    def index_of(self, moment: Moment, flag: str) -> int:
        """The number of the frame that is meant; the count of frames for the end of the video."""
        return self.nearest(moment, flag) if isinstance(moment, Elapsed) else self.counted(moment, flag)

    def nearest(self, moment: Elapsed, flag: str) -> int:
        """The frame whose beginning lies nearest: seconds that a person copied were rounded, up or down."""
        index = self.clock.index_at(moment.seconds)
        before, after = self.seconds(index), self.seconds(index + 1)
        if moment.seconds > after + (after - before) / 2:
            raise self.outside(moment, flag)
        return index + 1 if after - moment.seconds <= moment.seconds - before else index

    def counted(self, moment: TimeCode, flag: str) -> int:
        count = self.count(moment, flag)
        count.require(moment, flag)
        index = (count.number(moment) - count.number(self.first_code)) % count.day * self.pictures(count)
        if index > self.clock.frame_count:
            raise self.outside(moment, flag)
        return index

    def count(self, moment: TimeCode, flag: str) -> Count:
        """How this file is counted. Raises SourceRejected where it cannot be, or not by the mark that was given."""
        if self.code_rate is None:
            raise self.uncountable(moment, flag)
        if self.start is not None and self.start.code.drops != moment.drops:
            raise SourceRejected(
                say(
                    f"{flag} {moment}: the time code of this file begins at {self.start.code}, with another mark.",
                    f"{flag} {moment} : le code temporel de ce fichier commence à {self.start.code}, avec une autre "
                    "marque.",
                ),
                remedy=instead(flag, Count(self.code_rate, self.start.code.drops).fitting(moment)),
            )
        if moment.drops and self.code_rate not in DROPPED:
            rate = f"{float(self.code_rate):.5g}"
            raise SourceRejected(
                say(
                    f"{flag} {moment}: only 29.97 and 59.94 pictures a second have drop frame; here there are {rate}.",
                    f"{flag} {moment} : seules les cadences 29,97 et 59,94 ont un drop frame ; ici {rate}.",
                ),
                remedy=instead(flag, Count(self.code_rate, drops=False).fitting(moment)),
            )
        return Count(self.code_rate, moment.drops)

    def uncountable(self, moment: TimeCode, flag: str) -> SourceRejected:
        rate = self.clock.rate
        found = say("no constant rate", "une cadence variable") if rate is None else f"{float(rate):.5g} fps"
        if self.start is not None and self.start.numbers and rate is not None:
            found += say(
                f", with a time code of {self.start.numbers}", f", avec un code temporel de {self.start.numbers}"
            )
        return SourceRejected(
            say(
                f"{flag} {moment} counts frames, which cannot be done here: the video has {found}.",
                f"{flag} {moment} compte des images, ce qui est ici impossible : la vidéo a {found}.",
            ),
            remedy=say(
                f"Say it in seconds from the first frame, such as {flag} 12.5.",
                f"Donnez des secondes depuis la première image, par exemple {flag} 12.5.",
            ),
        )

    def pictures(self, count: Count) -> int:
        """How many pictures one number of the time code stands for."""
        return round((self.clock.rate or count.rate) / count.rate)

    def like(self, index: int, moment: Moment) -> str:
        """This frame as `moment` is written: by time code, or in seconds."""
        if isinstance(moment, Elapsed):
            return f"{float(self.seconds(index)):.3f}"
        count = self.count(moment, "")
        return str(count.code(count.number(self.first_code) + -(-index // self.pictures(count))))

    def outside(self, moment: Moment, flag: str) -> SourceRejected:
        count = self.clock.frame_count
        least, most = (0, count - 1) if flag == IN else (1, count)
        begins, ends = self.like(0, moment), self.like(count, moment)
        return SourceRejected(
            say(
                f"{flag} {moment} lies outside of the video, which goes from {begins} to {ends}.",
                f"{flag} {moment} est hors de la vidéo, qui va de {begins} à {ends}.",
            ),
            remedy=say(
                f"Write {flag} from {self.like(least, moment)} to {self.like(most, moment)}.",
                f"Écrivez {flag} de {self.like(least, moment)} à {self.like(most, moment)}.",
            ),
        )
