"""Pixar's Tractor 2: a job in its `alf` script. A task waits for the tasks below it: Collect stands on top, and
segments stand below the task of their own item, so that it waits for no other item's.

`-retryrc` names the exit codes that are worth another try. A task that fails keeps those above it from running: so
bad files are recorded.
"""

from __future__ import annotations

from collections.abc import Iterator

from labeler.farm.commands import PROGRAM, SIGNERS, WORTH_ANOTHER_TRY, collect_words, step_words
from labeler.farm.job import FarmJob
from labeler.farm.quoting import without
from labeler.farm.rounds import Task, Work
from labeler.farm.target import MANY, Files, Target

UNSPEAKABLE = "{}\\%"
"""Braces group, a backslash escapes, and Tractor fills in what follows a per cent sign."""


def write(job: FarmJob) -> Files:
    return {"labeler.alf": script(job)}


def script(job: FarmJob) -> Iterator[str]:
    yield f"##AlfredToDo 3.0\nJob -title {{labeler {job.title}}} -serialsubtasks 1 -subtasks {{\n"
    works = {work.name: work for work in job.works}
    yield "  Task {label} -subtasks {\n"
    if "join" in works:
        yield from cut_items(job, works["segment"], works["join"])
    if "label" in works:
        yield from whole_items(job, works["label"])
    yield "  }\n"
    if "seal" in works:
        yield "  Task {seal} -subtasks {\n"
        yield from whole_items(job, works["seal"])
        yield "  }\n"
    yield f"  Task {{collect}} -cmds {{\n{command(collect_words(job), PROGRAM)}  }}\n}}\n"


def whole_items(job: FarmJob, work: Work) -> Iterator[str]:
    for task in job.tasks(work):
        yield f"    Task {{{work.name} {task.items}}} -cmds {{\n{step(job, work, task)}    }}\n"


def cut_items(job: FarmJob, segment: Work, join: Work) -> Iterator[str]:
    for cut in job.plan.cuts:
        yield f"    Task {{{join.name} {cut.item}}} -subtasks {{\n"
        for task in job.segments(cut):
            name = f"{segment.name} {task.items} {task.segments}"
            yield f"      Task {{{name}}} -cmds {{\n{step(job, segment, task)}      }}\n"
        yield f"    }} -cmds {{\n{step(job, join, Task(str(cut.item)))}    }}\n"


def step(job: FarmJob, work: Work, task: Task) -> str:
    return command(step_words(job, work, task), SIGNERS if work.is_for_signers else PROGRAM)


def command(words: list[str], service: str) -> str:
    line = " ".join([PROGRAM, *map(word, words)])
    again = " ".join(map(str, WORTH_ANOTHER_TRY))
    return f"      RemoteCmd {{{line}}} -service {{{service}}} -retryrc {{{again}}}\n"


def word(text: str) -> str:
    if is_windows_path(text):
        text = text.replace("\\", "/")  # which Windows takes as well
    return text if text.replace("-", "").isalnum() else f"{{{without(text, UNSPEAKABLE, 'Tractor')}}}"


def is_windows_path(text: str) -> bool:
    return text[1:3] == ":\\" or text.startswith("\\\\")


TARGET = Target(
    name="tractor",
    title="Pixar's Tractor 2",
    write=write,
    submit=(
        "Submit it with `tractor-spool {folder}/labeler.alf`.",
        "Soumettez avec `tractor-spool {folder}/labeler.alf`.",
    ),
    most_segments=MANY,
)
