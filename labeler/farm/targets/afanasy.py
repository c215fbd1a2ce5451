"""Afanasy (CGRU): a script for its `af` module. Blocks, the later ones waiting for those before by name.

Numeric blocks where the items are those of the plan in order: `@#@` stands for the first number of a task, then for its
last. Else each task has a command of its own. A block waits for good where a task of the one before
fails: so bad files are recorded.
"""

from __future__ import annotations

from collections.abc import Iterator

from labeler.farm.commands import MOST_TRIES, PROGRAM, SIGNERS, collect_words, step_words
from labeler.farm.job import FarmJob
from labeler.farm.quoting import python, shell, windows, without
from labeler.farm.rounds import Task, Work
from labeler.farm.target import MANY, Files, Target

NUMBERS = "@#@-@#@"
TASK_SECONDS = 12 * 3600
"""A choice, as for Open Job Description: a hanging task is seen the next day."""


def write(job: FarmJob) -> Files:
    for path in (job.plan.path, job.path_map or ""):
        without(path, "@", "Afanasy")
    return {"labeler_job.py": script(job)}


def script(job: FarmJob) -> Iterator[str]:
    yield f'''\
"""Sends a job of labeler: python labeler_job.py, with CGRU's environment."""

import af

job = af.Job({python("labeler " + job.title)})

'''
    for work in job.works:
        body = numeric(job, work) if job.is_even(work) else "".join(each(job, work))
        body += f"block.setNeedProperties({python(SIGNERS)})\n" if work.is_for_signers else ""
        yield block(work.name, body, work.after, MOST_TRIES)
    yield block("collect", task("collect", command(job, collect_words(job))), job.ends, 0)
    yield "job.send()\n"


def numeric(job: FarmJob, work: Work) -> str:
    line = python(command(job, step_words(job, work, Task(NUMBERS))))
    return f"block.setNumeric(0, {job.last}, {job.chunk})\nblock.setCommand({line})\n"


def each(job: FarmJob, work: Work) -> Iterator[str]:
    for one in job.tasks(work):
        name = " ".join(filter(None, (work.name, one.items, one.segments)))
        yield task(name, command(job, step_words(job, work, one)))


def task(name: str, line: str) -> str:
    return f"task = af.Task({python(name)})\ntask.setCommand({python(line)})\nblock.tasks.append(task)\n"


def block(name: str, body: str, after: tuple[str, ...], tries: int) -> str:
    mask = f"^({'|'.join(after)})$" if len(after) > 1 else f"^{''.join(after)}$"
    waits = f"block.setDependMask({python(mask)})\n" if after else ""
    return f"""\
block = af.Block({python(name)}, "generic")
{body}{waits}block.setErrorsRetries({tries})
block.setTasksMaxRunTime({TASK_SECONDS})
job.blocks.append(block)

"""


def command(job: FarmJob, words: list[str]) -> str:
    quoted = (windows(word, "Afanasy") for word in words) if job.is_windows else map(shell_word, words)
    return " ".join([PROGRAM, *quoted])


def shell_word(word: str) -> str:
    return word if word == NUMBERS else shell(word)


TARGET = Target(
    name="afanasy",
    title="Afanasy (CGRU)",
    write=write,
    submit=("Submit it with `python {folder}/labeler_job.py`.", "Soumettez avec `python {folder}/labeler_job.py`."),
    most_segments=MANY,
)
