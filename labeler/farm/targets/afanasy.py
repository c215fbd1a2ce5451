"""Afanasy (CGRU): a script for its `af` module. Numeric blocks, the later ones waiting for those before by name.

`@#@` stands for the first number of a task, then for its last. A block waits for good where a task of the one before
fails: so bad files are recorded.
"""

from __future__ import annotations

from labeler.farm.commands import MOST_TRIES, PROGRAM, SIGNERS, collect_words, step_words
from labeler.farm.job import FarmJob
from labeler.farm.quoting import python, shell, windows, without
from labeler.farm.target import Files, Target

NUMBERS = "@#@-@#@"
TASK_SECONDS = 12 * 3600
"""A choice, as for Open Job Description: a hanging task is seen the next day."""


def write(job: FarmJob) -> Files:
    for path in (job.plan.path, job.path_map or ""):
        without(path, "@", "Afanasy")
    return {"labeler_job.py": [script(job)]}


def script(job: FarmJob) -> str:
    blocks, before = "", None
    for work in job.works:
        line = python(command(job, step_words(job, work, NUMBERS)))
        body = f"block.setNumeric(0, {job.last}, {job.chunk})\nblock.setCommand({line})\n"
        body += f"block.setNeedProperties({python(SIGNERS)})\n" if work.is_for_signers else ""
        blocks += block(work.name, body, before, MOST_TRIES)
        before = work.name
    line = python(command(job, collect_words(job)))
    body = f"task = af.Task({python('collect')})\ntask.setCommand({line})\nblock.tasks.append(task)\n"
    return f'''\
"""Sends a job of labeler: python labeler_job.py, with CGRU's environment."""

import af

job = af.Job({python("labeler " + job.title)})

{blocks}{block("collect", body, before, 0)}job.send()
'''


def block(name: str, body: str, before: str | None, tries: int) -> str:
    waits = f"block.setDependMask({python(f'^{before}$')})\n" if before else ""
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
)
