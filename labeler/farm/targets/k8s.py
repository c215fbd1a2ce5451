"""Kubernetes: an Indexed Job for each round over the items (1.33 or newer), and a Job for the report.

No Job waits for another: the first line of each names those that it comes after, and a person creates it then.

Codes that another try would repeat fail an index at once; the others are tried again; what an eviction ended does not
count. Pods of one image lack the same things, so code 6 is final here.
"""

from __future__ import annotations

import posixpath

from labeler import __version__
from labeler.errors import ExitCode, UsageError
from labeler.farm.commands import MOST_TRIES, PERMANENT, PROGRAM, SIGNERS, collect_words, step_words
from labeler.farm.job import FarmJob
from labeler.farm.quoting import yaml
from labeler.farm.rounds import Task, Work
from labeler.farm.target import MANY, Files, Target
from labeler.language import say

FINAL = (*PERMANENT, ExitCode.MACHINE)
AT_ONCE = 8
HOME = "/home/labeler/.labeler"
"""Where the image looks for identities (docs/container.md)."""
SCRATCH = ("--scratch", "/scratch")
LEAVE_SECONDS = 60
INDEX = "$(JOB_COMPLETION_INDEX)"
LONGEST_TABLE = 120_000
"""Bytes. Linux takes no longer word in a command than 128 KiB (MAX_ARG_STRLEN)."""


def write(job: FarmJob) -> Files:
    return {**{f"{work.name}.yaml": [indexed(job, work)] for work in job.works}, "collect.yaml": [collect(job)]}


def indexed(job: FarmJob, work: Work) -> str:
    selector = f"      nodeSelector: {{labeler.studio/role: {SIGNERS}}}\n" if work.is_for_signers else ""
    return f"""\
# {about(job, work)} Yours to change before it is applied: image, parallelism, claims.
apiVersion: batch/v1
kind: Job
metadata:
  generateName: labeler-{work.name}-
spec:
  completionMode: Indexed
  completions: {job.count(work)}
  parallelism: {min(job.count(work), AT_ONCE)}
  backoffLimitPerIndex: {MOST_TRIES}
  podReplacementPolicy: Failed
  podFailurePolicy:
    rules:
      - action: Ignore
        onPodConditions: [{{type: DisruptionTarget}}]
      - action: FailIndex
        onExitCodes: {{containerName: labeler, operator: In, values: [{", ".join(str(int(code)) for code in FINAL)}]}}
  template:
    spec:
{selector}{pod(job, step_command(job, work))}"""


def about(job: FarmJob, work: Work) -> str:
    items = sum(map(len, job.runs(work)))
    if work.name == "segment":
        return f"Segments of {items} items, {job.segment_chunk} a pod."
    size = 1 if work.name == "join" else job.chunk
    told = f"{items} items, {size} a pod."
    if not job.plan.cuts or not work.after:
        return told
    awaited = ", ".join(f"{name}.yaml" for name in work.after)
    return f"{told} Apply it once these have ended, well or not: {awaited}."


def collect(job: FarmJob) -> str:
    return f"""\
# Apply it once the Jobs before it have ended, well or not.
apiVersion: batch/v1
kind: Job
metadata:
  generateName: labeler-collect-
spec:
  backoffLimit: 0
  podFailurePolicy: {{rules: [{{action: Ignore, onPodConditions: [{{type: DisruptionTarget}}]}}]}}
  template:
    spec:
{pod(job, [PROGRAM, *map(literal, collect_words(job))])}"""


def pod(job: FarmJob, command: list[str]) -> str:
    claims = [f"{{name: media-{n}, mountPath: {yaml(root)}}}" for n, root in enumerate(roots(job))]
    volumes = [
        f"{{name: media-{n}, persistentVolumeClaim: {{claimName: labeler-media-{n}}}}}" for n in range(len(claims))
    ]
    home = f"{{name: home, mountPath: {HOME}}}"
    return f"""\
      restartPolicy: Never
      terminationGracePeriodSeconds: {LEAVE_SECONDS}
      containers:
        - name: labeler
          image: labeler:{__version__}
          command: [{", ".join(map(yaml, command))}]
          env: [{{name: TMPDIR, value: /scratch}}]
          resources: {{requests: {{cpu: "2", memory: 2Gi}}}}
          volumeMounts:
            - {{name: scratch, mountPath: /scratch}}
            - {home}
{listed(claims, 12)}      volumes:
        - {{name: scratch, emptyDir: {{}}}}
        - {{name: home, persistentVolumeClaim: {{claimName: labeler-home}}}}
{listed(volumes, 8)}"""


def listed(entries: list[str], indent: int) -> str:
    return "".join(f"{' ' * indent}- {entry}\n" for entry in entries)


def step_command(job: FarmJob, work: Work) -> list[str]:
    if not job.is_even(work):
        return from_table(job, work)
    if job.chunk == 1:
        words = [*step_words(job, work, Task(INDEX)), *SCRATCH]
        return [PROGRAM, *(word if word == INDEX else literal(word) for word in words)]
    # The shell computes the range; every path comes to it as a word of its own.
    _, plan, _, _, *others = step_words(job, work, Task(""))
    script = (
        f"first=$((JOB_COMPLETION_INDEX * {job.chunk})); last=$((first + {job.chunk - 1})); "
        f'if [ "$last" -gt {job.last} ]; then last={job.last}; fi; '
        f'exec {PROGRAM} step "$0" --item "$first-$last" "$@"'
    )
    return ["/bin/sh", "-c", *map(literal, (script, plan, *others, *SCRATCH))]


def from_table(job: FarmJob, work: Work) -> list[str]:
    """The shell looks up which task has this index, in pairs of words of which it leaves out those before. Raises
    UsageError where the table is longer than a word of a command may be."""
    _, plan, *_ = words = step_words(job, work, Task("", ""))
    others = words[words.index("--segment") + 2 :]
    table = " ".join(f"{task.items} {task.segments or '-'}" for task in job.tasks(work))
    if len(table) > LONGEST_TABLE:
        raise UsageError(
            say(
                f"Kubernetes: the {job.count(work)} tasks between those with segments are too many for one Job.",
                f"Kubernetes : les {job.count(work)} tâches parmi celles à segments sont trop pour un seul Job.",
            ),
            remedy=say("Take several items a task: --chunk 10.", "Prenez plusieurs éléments par tâche : --chunk 10."),
        )
    segment = ' --segment "$segment"' if work.name == "segment" else ""
    script = (
        f"look() {{ shift $((2 * JOB_COMPLETION_INDEX)); item=$1 segment=$2; }}; look {table}; "
        f'exec {PROGRAM} step "$0" --item "$item"{segment} "$@"'
    )
    return ["/bin/sh", "-c", *map(literal, (script, plan, *others, *SCRATCH))]


def literal(word: str) -> str:
    """Kubernetes fills in `$(NAME)`, and takes two dollars for one."""
    return word.replace("$", "$$")


def roots(job: FarmJob) -> list[str]:
    """The folders to mount: for all that lies below one folder of `/`, the lowest that holds it."""
    groups: dict[str, list[str]] = {}
    for folder in (posixpath.dirname(job.plan.path), *job.plan.sources, *job.plan.outputs):
        groups.setdefault(folder.split("/")[1], []).append(folder)
    return [posixpath.commonpath(group) for group in groups.values()]


TARGET = Target(
    name="k8s",
    title="Kubernetes",
    write=write,
    submit=(
        "Submit it with `kubectl create -f {folder}/label.yaml`; each of the others once the one before it has ended.",
        "Soumettez avec `kubectl create -f {folder}/label.yaml`, puis chacun des autres une fois le précédent terminé.",
    ),
    submit_cut=(
        "Submit it with `kubectl create -f {folder}/segment.yaml`, and label.yaml where there is one; each of the "
        "others when its first line says.",
        "Soumettez avec `kubectl create -f {folder}/segment.yaml`, et label.yaml s'il existe ; puis chacun des autres "
        "au moment que dit sa première ligne.",
    ),
    on_reject="fail",
    most_segments=MANY,
    has_windows=False,
)
