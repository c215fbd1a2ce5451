"""SLURM: an array, a wrapper that has temporary failures tried again, and a report after all of it.

SLURM requeues what a node's failure or a preemption ended, never a task that failed or was killed: the wrapper asks
for that. A task that somebody cancelled is left alone. `afterany`: one bad file does not block the report.
"""

from __future__ import annotations

from labeler.farm.commands import MOST_TRIES, PROGRAM, SIGNERS, WORTH_ANOTHER_TRY, collect_words, step_words
from labeler.farm.job import FarmJob, Work
from labeler.farm.quoting import shell
from labeler.farm.target import Files, Target

MOST_TASKS = 1000
"""The highest index of an array is 1000 where nobody raised MaxArraySize (its default is 1001)."""

MEMORY = "##SBATCH --mem=2G\n"
"""Switched off: where a site does not count memory, SLURM refuses a job that asks for some."""
RANGE = """\
first=$((SLURM_ARRAY_TASK_ID * {chunk}))
last=$((first + {more}))
if [ "$last" -gt {last} ]; then last={last}; fi
"""


def write(job: FarmJob) -> Files:
    scripts = {f"{work.name}.sbatch": [array(job, work)] for work in job.works}
    return {**scripts, "collect.sbatch": [collect(job)], "submit.sh": [submit(job)]}


def array(job: FarmJob, work: Work) -> str:
    constraint = f"#SBATCH --constraint={SIGNERS}\n" if work.is_for_signers else ""
    ranged, item = "", '"$SLURM_ARRAY_TASK_ID"'
    if job.chunk > 1:
        ranged, item = RANGE.format(chunk=job.chunk, more=job.chunk - 1, last=job.last), '"$first-$last"'
    return f"""\
#!/bin/bash
#SBATCH --job-name=labeler-{work.name}
#SBATCH --array=0-{job.tasks - 1}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --cpus-per-task=2
{constraint}{MEMORY}# {job.plan.items} items, {job.chunk} a task.

{ranged}{command(step_words(job, work, item))} &
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
    lines, after = [], ""
    for name in (*(work.name for work in job.works), "collect"):
        lines.append(f'job=$(sbatch --parsable{after} {name}.sbatch)\necho {name} "${{job%%;*}}"')
        after = ' --dependency=afterany:"${job%%;*}"'
    body = "\n".join(lines)
    return f"""\
#!/bin/bash
# Submits all of it; logs go beside this file.
set -euo pipefail
cd "$(dirname "$0")"
{body}
"""


def command(words: list[str]) -> str:
    """What is between double quotes is the shell's to fill in."""
    return " ".join([PROGRAM, *(word if word.startswith('"$') else shell(word) for word in words)])


TARGET = Target(
    name="slurm",
    title="SLURM",
    write=write,
    submit=("Submit it with `bash {folder}/submit.sh`.", "Soumettez avec `bash {folder}/submit.sh`."),
    on_reject="fail",
    default_chunk=lambda items: -(-items // MOST_TASKS),
    has_windows=False,
)
