"""Thinkbox Deadline 10: a pair of files for each job of its CommandLine plugin, submitted together, one after another.

Where items are cut, a job waits for several others, which needs their ids: a script submits them then, and writes these
in. The segments of an item are the frames of a job, and another one, of that item alone, waits for it.

A failure counts against the machine, and is tried up to a hundred times where nobody says otherwise: so a bad file is
recorded, and whatever else fails is tried three times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labeler.farm.commands import MOST_TRIES, PROGRAM, SIGNERS, collect_words, step_words
from labeler.farm.job import FarmJob
from labeler.farm.quoting import without
from labeler.farm.rounds import Name, Task, Work
from labeler.farm.target import MANY, Files, Target

ITEMS = "<STARTFRAME>-<ENDFRAME>"
UNSPEAKABLE = '"$`%<>|'
"""Quotes are written `<QUOTE>`; between them these mean something to cmd.exe, a POSIX shell, or Deadline itself."""
SUBMIT = """\
\"\"\"Submits the jobs of labeler one after the other, each with the ids of those that it waits for.\"\"\"

import pathlib
import re
import subprocess
import sys
import tempfile

JOBS = (
{jobs})

folder = pathlib.Path(__file__).resolve().parent
ids = {{}}
for name, after in JOBS:
    text = (folder / (name + ".job.txt")).read_text(encoding="utf-8")
    if after:
        text += "JobDependencies=" + ",".join(ids[one] for one in after) + "\\n"
    with tempfile.TemporaryDirectory() as there:
        job = pathlib.Path(there, name + ".job.txt")
        job.write_text(text, encoding="utf-8")
        command = ["deadlinecommand", str(job), str(folder / (name + ".plugin.txt"))]
        told = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = told.stdout.decode(errors="replace")
    found = re.search(r"(?m)^JobID=(\\S+)", said)
    if told.returncode or not found:
        sys.exit(said + "\\n" + name + ": not submitted; these were: " + (" ".join(ids.values()) or "none"))
    ids[name] = found[1]
    print(name, ids[name], flush=True)
"""


def write(job: FarmJob) -> Files:
    files: dict[str, list[str]] = {}
    for part in parts(job):
        files |= pair(job, part.name, part.info, part.words)
    files |= pair(job, "collect", ["Frames=0"], collect_words(job), errors=1)
    return {**files, **(submit_script(job) if job.plan.cuts else submit_list(job))}


@dataclass(frozen=True)
class Part:
    """A job of its own: a round, or where items are cut what is of one item, or of one run of items, in it. after: the
    names of those that it waits for."""

    name: str
    work: Work
    info: list[str]
    words: list[str]
    after: tuple[str, ...] = ()


def parts(job: FarmJob) -> list[Part]:
    found: list[Part] = []
    for work in job.works:
        found += of_cuts(job, work) if work.is_of_cuts else of_items(job, work, found)
    return found


def of_items(job: FarmJob, work: Work, before: Sequence[Part]) -> Iterator[Part]:
    """A task is from the first of its frames to the last, whatever lies between: so no job has frames with a gap."""
    signers = [f"Group={SIGNERS}"] if work.is_for_signers else []
    for run in job.runs(work):
        name = work.name if job.is_even(work) else f"{work.name}-{run.start}"
        info = [f"Frames={run.start}-{run.stop - 1}", f"ChunkSize={job.chunk}", *signers]
        yield Part(name, work, info, step_words(job, work, Task(ITEMS)), named(before, work.after))


def of_cuts(job: FarmJob, work: Work) -> Iterator[Part]:
    """The frames of its first job are the segments of an item, which its second one waits for."""
    for cut in job.plan.cuts:
        name = f"{work.name}-{cut.item}"
        if work.name == "segment":
            info = [f"Frames=0-{cut.segments - 1}", f"ChunkSize={job.segment_chunk}"]
            yield Part(name, work, info, step_words(job, work, Task(str(cut.item), ITEMS)))
        else:
            words = step_words(job, work, Task(str(cut.item)))
            yield Part(name, work, ["Frames=0"], words, tuple(f"{before}-{cut.item}" for before in work.after))


def named(parts: Sequence[Part], works: Sequence[Name]) -> tuple[str, ...]:
    return tuple(part.name for part in parts if part.work.name in works)


def submit_list(job: FarmJob) -> Files:
    """One after the other."""
    names = (*(part.name for part in parts(job)), "collect")
    paths = [f"-Job\n{job.folder}/{name}.job.txt\n{job.folder}/{name}.plugin.txt\n" for name in names]
    return {"submit.txt": ["-SubmitMultipleJobs\n-Dependent\n", *paths]}


def submit_script(job: FarmJob) -> Files:
    found = parts(job)
    rows = [(part.name, part.after) for part in found] + [("collect", named(found, job.ends))]
    return {"submit.py": [SUBMIT.format(jobs="".join(f"    {row!r},\n" for row in rows))]}


def pair(job: FarmJob, name: str, info: list[str], words: list[str], errors: int = MOST_TRIES) -> dict[str, list[str]]:
    about = [
        "Plugin=CommandLine",
        f"Name=labeler {name} ({job.title})",
        f"BatchName=labeler {job.plan.path}",
        *info,
        "OverrideTaskFailureDetection=true",
        f"FailureDetectionTaskErrors={errors}",
        # A job that fails must not keep the report of all the others from being written.
        "ResumeOnCompleteDependencies=true",
        "ResumeOnFailedDependencies=true",
        f"OutputDirectory0={job.out}",
    ]
    # Only with ShellExecute does the plugin read what is printed, and so the progress.
    plugin = [
        f"Executable={PROGRAM}",
        f"Arguments={' '.join(map(word, words))}",
        "ShellExecute=True",
        "Shell=default",
        "SingleFramesOnly=False",
    ]
    return {f"{name}.job.txt": [lines(about)], f"{name}.plugin.txt": [lines(plugin)]}


def lines(of: list[str]) -> str:
    return "".join(f"{line}\n" for line in of)


def word(text: str) -> str:
    if text == ITEMS or text.replace("-", "").isalnum():
        return text
    backslash = "\\" if text.startswith("/") else ""  # a POSIX shell would take it for its own
    return f"<QUOTE>{without(text, UNSPEAKABLE + backslash, 'Deadline')}<QUOTE>"


TARGET = Target(
    name="deadline",
    title="Thinkbox Deadline 10",
    write=write,
    submit=(
        "Submit it with `deadlinecommand {folder}/submit.txt`.",
        "Soumettez avec `deadlinecommand {folder}/submit.txt`.",
    ),
    submit_cut=("Submit it with `python {folder}/submit.py`.", "Soumettez avec `python {folder}/submit.py`."),
    most_segments=MANY,
)
