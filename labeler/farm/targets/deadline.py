"""Thinkbox Deadline 10: a pair of files for each job of its CommandLine plugin, submitted together, one after another.

A failure counts against the machine, and is tried up to a hundred times where nobody says otherwise: so a bad file is
recorded, and whatever else fails is tried three times.
"""

from __future__ import annotations

from labeler.farm.commands import MOST_TRIES, PROGRAM, SIGNERS, collect_words, step_words
from labeler.farm.job import FarmJob
from labeler.farm.quoting import without
from labeler.farm.target import Files, Target

ITEMS = "<STARTFRAME>-<ENDFRAME>"
UNSPEAKABLE = '"$`%<>|'
"""Quotes are written `<QUOTE>`; between them these mean something to cmd.exe, a POSIX shell, or Deadline itself."""


def write(job: FarmJob) -> Files:
    files: dict[str, list[str]] = {}
    for work in job.works:
        info = [f"Frames=0-{job.last}", f"ChunkSize={job.chunk}"]
        info += [f"Group={SIGNERS}"] if work.is_for_signers else []
        files |= pair(job, work.name, info, step_words(job, work, ITEMS))
    files |= pair(job, "collect", ["Frames=0"], collect_words(job), errors=1)
    names = [name.removesuffix(".job.txt") for name in files if name.endswith(".job.txt")]
    paths = [f"-Job\n{job.folder}/{name}.job.txt\n{job.folder}/{name}.plugin.txt\n" for name in names]
    return {**files, "submit.txt": ["-SubmitMultipleJobs\n-Dependent\n", *paths]}


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
)
