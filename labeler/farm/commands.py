"""The commands that every farm runs, word by word: one for a piece of work, one at the end."""

from __future__ import annotations

from typing import Literal

from labeler.errors import ExitCode
from labeler.farm.job import FarmJob
from labeler.farm.rounds import Task, Work

PROGRAM = "labeler"
Lines = Literal["openjd", "generic"]

PERMANENT = (ExitCode.NOT_ALL, ExitCode.USAGE, ExitCode.REJECTED, ExitCode.WITHHELD, ExitCode.IDENTITY)
"""Another try says the same."""
KILLED = 137
"""What a shell says of a process that was killed (128 + SIGKILL): most likely memory, or a machine that went down."""
WORTH_ANOTHER_TRY = (int(ExitCode.TEMPORARY), KILLED, int(ExitCode.TERMINATED))
MOST_TRIES = 3
"""Tries after the first one."""
SIGNERS = "signer"
"""What farms call the machines that hold the key: an attribute, feature, tag, group or service of that name."""


def step_words(job: FarmJob, work: Work, task: Task, plan: str | None = None, lines: Lines = "generic") -> list[str]:
    """The arguments of labeler for one task. plan: how the target names the plan, if not by its path."""
    words = ["step", plan or job.plan.path, "--item", task.items]
    if task.segments is not None:
        words += ["--segment", task.segments]
    if work.stage != "all":
        words += ["--stage", work.stage]
    if job.on_reject == "record":
        words += ["--on-reject", "record"]
    if job.path_map is not None:
        words += ["--path-map", job.path_map]
    return [*words, "--farm", lines]


def collect_words(job: FarmJob, plan: str | None = None, lines: Lines = "generic") -> list[str]:
    mapping = [] if job.path_map is None else ["--path-map", job.path_map]
    return ["collect", plan or job.plan.path, *mapping, "--farm", lines]
