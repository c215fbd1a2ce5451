"""Lines for farms: by Open Job Description's own filter, by the three expressions of the others, on a clock of ours."""

from __future__ import annotations

import io
import itertools
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openjd.sessions._action_filter import ActionMessageKind, ActionMonitoringFilter

from labeler.batch.listener import Item
from labeler.farm.progress import (
    LOOK_EVERY,
    SILENCE,
    FarmLines,
    Kind,
    StepLines,
    Together,
    beat,
    farm_kind,
    farm_lines,
)
from labeler.letters import safe, unmistakable
from labeler.progress import SPANS
from labeler.rules.plan import FileReference
from labeler.rules.record import ItemStatus, Result

TRACTOR = re.compile(r"^(\d+)% done")
DEADLINE = re.compile(r".*Progress: (\d+)%.*")
AFANASY = re.compile(r"PROGRESS: (.*?)%")
"""Tractor 2's blade, Deadline 10's CommandLine plugin, Afanasy's generic parser, which takes what it finds for a whole
number and breaks down where it is none."""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Heard:
    """What is written, when."""

    def __init__(self, kind: Kind = "generic") -> None:
        self.clock = Clock()
        self.written: list[tuple[float, str]] = []
        self.lines = FarmLines(kind, lambda line: self.written.append((self.clock.now, line)), self.clock)

    @property
    def texts(self) -> list[str]:
        return [line for _, line in self.written]

    @property
    def percents(self) -> list[int]:
        return [int(found[1]) for text in self.texts if (found := TRACTOR.match(text))]


def filtered(lines: list[str]) -> list[tuple[ActionMessageKind, Any, bool]]:
    """What Open Job Description makes of them: kind, value, and whether the action is failed for it."""
    heard: list[tuple[ActionMessageKind, Any, bool]] = []
    judge = ActionMonitoringFilter(session_id="s", callback=lambda *what: heard.append(what))
    for line in lines:
        record = logging.LogRecord("n", logging.INFO, "p", 1, line, None, None)
        record.session_id = "s"
        judge.filter(record)
    return heard


# --- whose lines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "is_terminal", "kind"),
    [
        ({}, True, "none"),
        ({}, False, "generic"),
        ({"OPENJD_SESSION_WORKING_DIR": "/tmp/s"}, True, "openjd"),
        ({"OPENJD_SESSION_WORKING_DIR": "/tmp/s", "SLURM_JOB_ID": "1"}, False, "openjd"),
        ({"OPENJD_SESSION_WORKING_DIR": ""}, True, "none"),
        *(({name: "1"}, True, "generic") for name in ("CUE_FRAME_ID", "AF_TASK_ID", "SLURM_JOB_ID", "DEADLINE_JOB_ID")),
    ],
)
def test_auto(environ: dict[str, str], is_terminal: bool, kind: Kind) -> None:
    assert farm_kind("auto", environ, is_terminal=is_terminal) == kind


def test_what_is_asked_for_holds() -> None:
    for kind in ("openjd", "generic", "none"):
        assert farm_kind(kind, {"OPENJD_SESSION_WORKING_DIR": "/tmp/s"}, is_terminal=False) == kind


# --- what they say ----------------------------------------------------------------------------------------------------


def test_one_line_for_three_farms() -> None:
    heard = Heard()
    heard.lines.tell(0.459, "rendering")
    (line,) = heard.texts
    assert line == "45% done Progress: 45% PROGRESS: 45%"
    for expression in (TRACTOR, DEADLINE, AFANASY):
        found = expression.search(line)
        assert found is not None and found[1] == "45"
    assert filtered([line]) == []


def test_openjd_reads_progress_and_status() -> None:
    heard = Heard("openjd")
    heard.lines.tell(0.459, "1/3 · render · a\nopenjd_fail: b.mov")
    assert filtered(heard.texts) == [
        (ActionMessageKind.PROGRESS, 45.0, False),
        (ActionMessageKind.STATUS, r"1/3 · render · a\nopenjd_fail: b.mov", False),
    ]
    heard.clock.now += 10
    heard.lines.tell(0.6, "1/3 · render · a\nopenjd_fail: b.mov")
    assert heard.texts[2:] == ["openjd_progress: 60.0"], "a status is told when it changes"


def test_none_says_nothing() -> None:
    heard = Heard("none")
    heard.lines.tell(0.5, "")
    heard.clock.now += 100
    heard.lines.tick()
    assert heard.written == []


def test_no_more_than_a_line_every_two_seconds_and_only_for_a_percent() -> None:
    heard = Heard()
    for step in range(1, 10_000):
        heard.clock.now = 1000 + step * 0.01  # 100 s, 100 steps a second
        heard.lines.tell(step / 10_000, "")
    times = [when for when, _ in heard.written]
    assert all(later - earlier >= 2 for earlier, later in itertools.pairwise(times))
    assert 45 <= len(times) <= 51
    heard.lines.told_percent = heard.lines.percent
    heard.clock.now += 60
    heard.lines.tell(0.9999, "")
    assert len(heard.written) == len(times)


def test_the_end_is_always_told() -> None:
    heard = Heard()
    heard.lines.tell(0.0, "")
    heard.lines.tell(1.0, "")
    heard.lines.tell(1.0, "")
    assert heard.percents == [0, 100]


@given(st.lists(st.floats(0, 1)))
def test_whole_percents_that_never_go_back(shares: list[float]) -> None:
    heard = Heard()
    for share in shares:
        heard.clock.now += 3
        heard.lines.tell(share, "")
    assert heard.percents == sorted(heard.percents)
    assert all(0 <= percent <= 100 for percent in heard.percents)
    assert all(re.fullmatch(r"(\d+)% done Progress: \1% PROGRESS: \1%", text) for text in heard.texts)


def test_silence_is_broken_before_half_a_minute() -> None:
    """A thread looks at the clock, whatever the work is doing: hashing, copying, waiting for a share."""
    heard = Heard()
    heard.lines.tell(0.3, "")
    until = heard.clock.now + 600

    def wait(seconds: float) -> bool:
        heard.clock.now += seconds
        return heard.clock.now > until

    beat(heard.lines.tick, wait)
    times = [when for when, _ in heard.written]
    assert max(later - earlier for earlier, later in itertools.pairwise([*times, until])) < 30
    assert SILENCE + LOOK_EVERY < 30
    assert set(heard.percents) == {30}


def test_the_thread_ends_with_the_step() -> None:
    stream = io.StringIO()
    with farm_lines("generic", stream) as lines:
        lines.tell(1.0, "")
    assert stream.getvalue().splitlines() == [f"{n}% done Progress: {n}% PROGRESS: {n}%" for n in (0, 100)]
    stream.close()
    lines.tick()  # a stream that is gone stops nothing


class Flushed(io.StringIO):
    """A stream that is only as long as what was flushed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def flush(self) -> None:
        self.seen.append(self.getvalue())


def test_each_line_is_flushed() -> None:
    stream = Flushed()
    with farm_lines("generic", stream) as lines:
        lines.tell(1.0, "")
    assert [text.count("\n") for text in stream.seen] == [1, 2]
    assert "\r" not in stream.getvalue() and "\x1b" not in stream.getvalue()


# --- a step of several items ------------------------------------------------------------------------------------------


def item(number: int, name: str = "a.mov") -> Item:
    return Item(number, Path("/in") / name, Path("/out") / name, "eu-standard")


def result(status: ItemStatus = "released") -> Result:
    return Result(id=None, status=status, exit_code=0, source=FileReference(file="/in/a.mov"), labeler="0")


def test_several_items_are_one_whole() -> None:
    heard = Heard()
    step = StepLines(heard.lines, 4)
    for number in range(20, 24):  # as `--item 20-23` numbers them
        step.started(item(number))
        for phase in SPANS:
            for share in (0.0, 0.5, 1.0):
                heard.clock.now += 3
                step.progress(item(number), phase, share)
        step.finished(item(number), result())
        assert heard.lines.percent == 25 * (number - 19)
    assert heard.percents == sorted(set(heard.percents))
    assert heard.percents[-1] == 100 and len(heard.percents) > 25


def test_nothing_is_kept_of_what_is_done() -> None:
    """Ten thousand items would else be counted over again at each line of each."""
    step = StepLines(Heard().lines, 50)
    kept = []
    for number in range(50):
        step.started(item(number))
        step.finished(item(number), result())
        kept.append([type(value) for value in vars(step).values()])
    assert kept[1] == kept[-1] and not any(kind in (dict, list, set) for kind in kept[-1])
    assert step.lines.percent == 100


def test_items_that_wait_for_their_seal_are_done_too() -> None:
    heard = Heard()
    step = StepLines(heard.lines, 2)
    for number in (0, 1):
        heard.clock.now += 3
        step.started(item(number))
        step.progress(item(number), "mux", 1.0)
    assert heard.percents == [0, 50]
    step.ended()
    assert heard.percents[-1] == 100


def test_what_is_stopped_is_not_done() -> None:
    heard = Heard()
    step = StepLines(heard.lines, 1)
    step.progress(item(0), "render", 0.5)
    heard.clock.now += 3
    step.finished(item(0), result("interrupted"))
    assert heard.percents == [42]


def test_the_status_names_file_and_count() -> None:
    heard = Heard("openjd")
    step = StepLines(heard.lines, 3)
    step.finished(item(0), result())
    heard.clock.now += 3
    step.progress(item(1, "b\r.mov"), "render", 0.5)
    assert heard.texts[-1] == r"openjd_status: 1/3 · rendering · b\r.mov"


def test_listeners_hear_together() -> None:
    first, second = Heard(), Heard()
    both = Together(StepLines(first.lines, 1), StepLines(second.lines, 1))
    both.started(item(0))
    both.surveyed(item(0), 5)
    both.progress(item(0), "render", 1.0)
    both.beat()
    both.finished(item(0), result())
    assert first.texts == second.texts and first.percents[-1] == 100


# --- other lines ------------------------------------------------------------------------------------------------------

TRAPS = [
    "openjd_fail: x",
    "openjd_env",
    "  OpenJD_Env done.mov",
    "openjd_unset_env x",
    "openjd_progress: 200",
    "openjd_redacted_env: A=B",
    "99% done.mov",
    "TR_PROGRESS 12%",
    "TR_EXIT_STATUS 1",
    "ALF_PROGRESS 12%",
    "Frame 12 (3 of 4)",
    "a Progress: 99%.mov",
    "a PROGRESS: 45.5%",
    "ACTIVITY: x",
    "FRAME: 3",
    "[ PARSER ERROR ]",
]


@pytest.mark.parametrize("trap", TRAPS)
def test_a_name_of_a_film_is_no_message(trap: str) -> None:
    line = unmistakable(trap)
    assert filtered([line]) == []
    assert not any(expression.search(line) for expression in (TRACTOR, DEADLINE, AFANASY))
    assert (
        not re.match(r"TR_|ALF_|Frame ", line) and "[ PARSER" not in line and not re.search("(ACTIVITY|FRAME):", line)
    )
    assert filtered([trap]) or line != trap


@given(st.sampled_from(TRAPS), st.text(), st.text())
def test_no_line_for_people_is_a_message(trap: str, before: str, after: str) -> None:
    assert filtered([unmistakable(safe(before + trap + after))]) == []
    assert filtered([unmistakable(safe(before.strip() + trap.upper() + after))]) == []


def test_ordinary_lines_stay_as_they_are() -> None:
    for line in ("[1/3] released: /in/a.mov → /out/a.mov", "a.mov [eu-standard]: rendering 45 %", ""):
        assert unmistakable(line) == line
