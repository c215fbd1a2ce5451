"""Pixar's Tractor 2: a job in its `alf` script. A task waits for the tasks below it: Collect stands on top.

`-retryrc` names the exit codes that are worth another try. A task that fails keeps those above it from running: so
bad files are recorded.
"""

from __future__ import annotations

from collections.abc import Iterator

from labeler.farm.commands import PROGRAM, SIGNERS, WORTH_ANOTHER_TRY, collect_words, step_words
from labeler.farm.job import FarmJob
from labeler.farm.quoting import without
from labeler.farm.target import Files, Target

UNSPEAKABLE = "{}\\%"
"""Braces group, a backslash escapes, and Tractor fills in what follows a per cent sign."""


def write(job: FarmJob) -> Files:
    return {"labeler.alf": script(job)}


def script(job: FarmJob) -> Iterator[str]:
    yield f"##AlfredToDo 3.0\nJob -title {{labeler {job.title}}} -serialsubtasks 1 -subtasks {{\n"
    for work in job.works:
        yield f"  Task {{{work.name}}} -subtasks {{\n"
        service = SIGNERS if work.is_for_signers else PROGRAM
        for chunk in job.chunks:
            yield f"    Task {{{work.name} {chunk}}} -cmds {{\n{command(step_words(job, work, chunk), service)}    }}\n"
        yield "  }\n"
    yield f"  Task {{collect}} -cmds {{\n{command(collect_words(job), PROGRAM)}  }}\n}}\n"


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
)
