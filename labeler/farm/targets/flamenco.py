"""Flamenco 3: a job type for the manager's `scripts/`, and the job itself for its API.

A machine on which three tasks of a job failed gets no more of it: so bad files are recorded. Work for signers cannot
be held back: a worker tag is of a whole job.
"""

from __future__ import annotations

import json

from labeler.farm.commands import PROGRAM, collect_words, step_words
from labeler.farm.job import FarmJob
from labeler.farm.quoting import javascript
from labeler.farm.target import Files, Target


def write(job: FarmJob) -> Files:
    settings = {"plan": job.plan.path, "items": job.plan.items, "chunk": job.chunk}
    about = {
        "name": f"labeler {job.title}",
        "type": "labeler",
        "priority": 50,
        "submitter_platform": "windows" if job.is_windows else "linux",
        "settings": settings,
        "metadata": {},
    }
    return {"labeler.js": [script(job)], "job.json": [json.dumps(about, indent=2) + "\n"]}


def script(job: FarmJob) -> str:
    (work,) = job.works
    return f"""\
// A job type of labeler: one task for each part of a plan, and one at the end that reports on all of them.

const JOB_TYPE = {{
    label: "labeler",
    settings: [
        {{ key: "plan", type: "string", subtype: "file_path", required: true }},
        {{ key: "items", type: "int32", required: true, description: "Lines of the plan" }},
        {{ key: "chunk", type: "int32", default: 1, description: "Items a task" }},
    ],
}};

function compileJob(job) {{
    const plan = job.settings.plan;
    const items = job.settings.items;
    const chunk = Math.max(1, job.settings.chunk);

    const collect = author.Task("collect", "misc");
    collect.addCommand(author.Command("exec", {{
        exe: {javascript(PROGRAM)},
        args: [{words(collect_words(job, "plan"))}],
    }}));
    for (let first = 0; first < items; first += chunk) {{
        const range = first + "-" + (Math.min(first + chunk, items) - 1);
        const label = author.Task("label " + range, "misc");
        label.addCommand(author.Command("exec", {{
            exe: {javascript(PROGRAM)},
            args: [{words(step_words(job, work, "range", "plan"))}],
        }}));
        collect.addDependency(label);
        job.addTask(label);
    }}
    job.addTask(collect);
}}
"""


def words(of: list[str]) -> str:
    """`plan` and `range` are the script's own."""
    return ", ".join(word if word in ("plan", "range") else javascript(word) for word in of)


TARGET = Target(
    name="flamenco",
    title="Flamenco 3",
    write=write,
    submit=(
        "Copy labeler.js into the manager's scripts/ and restart it; then submit it with "
        "`curl -X POST -H 'Content-Type: application/json' -d @{folder}/job.json MANAGER/api/v3/jobs`.",
        "Copiez labeler.js dans scripts/ du gestionnaire et relancez-le ; puis soumettez avec "
        "`curl -X POST -H 'Content-Type: application/json' -d @{folder}/job.json GESTIONNAIRE/api/v3/jobs`.",
    ),
    has_signers=False,
)
