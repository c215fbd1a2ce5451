"""OpenCue: a pyoutline script. Layers of one command a frame, each waiting for those before it, and one for the report.

A frame whose log is silent is taken for dead (`timeout_llu`, in minutes): labeler prints a line every 30 s at least.
Frames that wait for others wait for good where one of those fails: so bad files are recorded.
"""

from __future__ import annotations

from collections.abc import Iterator

from labeler.farm.commands import PROGRAM, SIGNERS, collect_words, step_words
from labeler.farm.job import FarmJob
from labeler.farm.quoting import python, without
from labeler.farm.rounds import Work
from labeler.farm.target import MANY, Files, Target

SILENT_MINUTES = 5


def write(job: FarmJob) -> Files:
    for path in (job.plan.path, job.path_map or ""):
        without(path, "%", "OpenCue")  # pyoutline fills in %{FRAME} and its like
    return {"labeler_job.py": script(job)}


def script(job: FarmJob) -> Iterator[str]:
    yield f'''\
"""Launches a job of labeler: python labeler_job.py"""

import outline.cuerun
from outline.modules.shell import ShellCommand, ShellSequence

job = outline.Outline({python("labeler")}, name_unique=True)

'''
    for work in job.works:
        yield from layer(job, work)
        yield added(work.name, work.after)
    words = [PROGRAM, *collect_words(job)]
    yield f'collect = ShellCommand(\n    "collect",\n    command={words!r},\n'
    yield f'    cores=1,\n    memory="1g",\n    timeout_llu={SILENT_MINUTES},\n)\n'
    yield added("collect", job.ends)
    yield "outline.cuerun.launch(job)\n"


def layer(job: FarmJob, work: Work) -> Iterator[str]:
    tags = f"    tags=[{python(SIGNERS)}],\n" if work.is_for_signers else ""
    yield f"{work.name} = ShellSequence(\n    {python(work.name)},\n    commands=[\n"
    for task in job.tasks(work):
        yield f"        {[PROGRAM, *step_words(job, work, task)]!r},\n"
    yield f'    ],\n    cores=2,\n    memory="2g",\n    timeout_llu={SILENT_MINUTES},\n{tags})\n'


def added(name: str, after: tuple[str, ...]) -> str:
    depends = "".join(f"{name}.depend_all({before})\n" for before in after)
    return f"{depends}job.add_layer({name})\n\n"


TARGET = Target(
    name="opencue",
    title="OpenCue",
    write=write,
    submit=("Submit it with `python {folder}/labeler_job.py`.", "Soumettez avec `python {folder}/labeler_job.py`."),
    most_segments=MANY,
)
