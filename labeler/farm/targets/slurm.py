"""SLURM: an array, a wrapper that has temporary failures tried again, and a report after all of it.

SLURM requeues what a node's failure or a preemption ended, never a task that failed or was killed: the wrapper asks
for that. A task that somebody cancelled is left alone. `afterany`: one bad file does not block the report, and a
segment that is not there is rendered by the task that joins them; with `afterok` either would wait for good.
"""

from __future__ import annotations

from labeler.farm.commands import MOST_TRIES, PROGRAM, SIGNERS, WORTH_ANOTHER_TRY, collect_words, step_words
from labeler.farm.job import FarmJob
from labeler.farm.quoting import shell
from labeler.farm.rounds import Task, Work
from labeler.farm.target import Files, Target

MOST_TASKS = 1001
"""The highest index of an array is 1000 where nobody raised MaxArraySize (its default is 1001)."""

MEMORY = "##SBATCH --mem=2G\n"
"""Switched off: where a site does not count memory, SLURM refuses a job that asks for some."""
RANGE = """\
first=$((SLURM_ARRAY_TASK_ID * {chunk}))
last=$((first + {more}))
if [ "$last" -gt {last} ]; then last={last}; fi
"""
TABLE = """\
tasks=(
{rows}
)
read -r items segments <<< "${{tasks[SLURM_ARRAY_TASK_ID]}}"
"""


def write(job: FarmJob) -> Files:
    scripts = {f"{work.name}.sbatch": [array(job, work)] for work in job.works}
    return {**scripts, "collect.sbatch": [collect(job)], "submit.sh": [submit(job)]}


def array(job: FarmJob, work: Work) -> str:
    constraint = f"#SBATCH --constraint={SIGNERS}\n" if work.is_for_signers else ""
    before, task = which(job, work)
    return f"""\
#!/bin/bash
#SBATCH --job-name=labeler-{work.name}
#SBATCH --array=0-{job.count(work) - 1}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --cpus-per-task=2
{constraint}{MEMORY}# {about(job, work)}

{before}{command(step_words(job, work, task))} &
child=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM INT
wait "$child"
# A signal ends the wait; the child's own code is there once it has cleaned up and left.
while kill -0 "$child" 2>/dev/null; do wait "$child"; done
wait "$child"
code=$?

task=${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID
case $code in
{" | ".join(map(str, WORTH_ANOTHER_TRY))})
    # A task that somebody cancels is COMPLETING by now; asked for a restart, SLURM would bring it back (22.05).
    state=$(scontrol show job "$task" 2>/dev/null | grep -o 'JobState=[A-Z_]*')
    if [ "${{SLURM_RESTART_COUNT:-0}}" -ge {MOST_TRIES} ]; then
        echo "labeler: code $code after {MOST_TRIES} restarts: not again" >&2
    elif [ -n "$state" ] && [ "$state" != JobState=RUNNING ]; then
        echo "labeler: code $code, ended from outside ($state): SLURM decides whether it comes back" >&2
    else
        echo "labeler: code $code, asking for a restart" >&2
        scontrol requeue "$task"
    fi
    ;;
esac
exit "$code"
"""


def about(job: FarmJob, work: Work) -> str:
    items = sum(map(len, job.runs(work)))
    if work.name == "segment":
        return f"Segments of {items} items, {job.segment_chunk} a task."
    return f"{items} items, {job.chunk} a task." if work.name != "join" else f"{items} items, from their segments."


def which(job: FarmJob, work: Work) -> tuple[str, Task]:
    """Lines that say what the task of this index is, and the task in their words."""
    if not job.is_even(work):
        rows = "\n".join(shell(" ".join(filter(None, (task.items, task.segments)))) for task in job.tasks(work))
        segments = '"$segments"' if work.name == "segment" else None
        return TABLE.format(rows=rows), Task('"$items"', segments)
    if job.chunk == 1:
        return "", Task('"$SLURM_ARRAY_TASK_ID"')
    return RANGE.format(chunk=job.chunk, more=job.chunk - 1, last=job.last), Task('"$first-$last"')


def collect(job: FarmJob) -> str:
    return f"""\
#!/bin/bash
#SBATCH --job-name=labeler-collect
#SBATCH --requeue
#SBATCH --open-mode=append
{MEMORY}
exec {command(collect_words(job))}
"""


def submit(job: FarmJob) -> str:
    rounds = [*((work.name, work.after) for work in job.works), ("collect", job.ends)]
    body = "\n".join(submission(name, after) for name, after in rounds)
    return f"""\
#!/bin/bash
# Submits all of it; logs go beside this file.
set -euo pipefail
cd "$(dirname "$0")"
{body}
"""


def submission(name: str, after: tuple[str, ...]) -> str:
    awaited = "".join(f":${{{one}%%;*}}" for one in after)
    waits = f' --dependency="afterany{awaited}"' if awaited else ""
    return f'{name}=$(sbatch --parsable{waits} {name}.sbatch)\necho {name} "${{{name}%%;*}}"'


def command(words: list[str]) -> str:
    """What is between double quotes is the shell's to fill in."""
    return " ".join([PROGRAM, *(word if word.startswith('"$') else shell(word) for word in words)])


TARGET = Target(
    name="slurm",
    title="SLURM",
    write=write,
    submit=("Submit it with `bash {folder}/submit.sh`.", "Soumettez avec `bash {folder}/submit.sh`."),
    on_reject="fail",
    most_tasks=MOST_TASKS,
    most_segments=MOST_TASKS - 1,  # between so many items that are cut, whole ones are MOST_TASKS runs at most
    has_windows=False,
)
