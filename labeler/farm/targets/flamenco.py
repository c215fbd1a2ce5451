"""Flamenco 3: a job type for the manager's `scripts/`, and the job itself for its API.

A task waits for tasks: that of an item that is cut waits for its own segments, and for no other item's. A machine on
which three tasks of a job failed gets no more of it: so bad files are recorded. Work for signers cannot be held back: a
worker tag is of a whole job.
"""

from __future__ import annotations

import json

from labeler.farm.commands import PROGRAM, collect_words, step_words
from labeler.farm.job import FarmJob
from labeler.farm.quoting import javascript
from labeler.farm.rounds import Task, Work
from labeler.farm.target import MANY, Files, Target

NAMES = ("plan", "range", "item", "segment")
"""Variables of the script."""


def write(job: FarmJob) -> Files:
    settings = {"plan": job.plan.path, "items": job.plan.items, "chunk": job.chunk, "cuts": cuts(job)}
    about = {
        "name": f"labeler {job.title}",
        "type": "labeler",
        "priority": 50,
        "submitter_platform": "windows" if job.is_windows else "linux",
        "settings": settings,
        "metadata": {},
    }
    return {"labeler.js": [script(job)], "job.json": [json.dumps(about, indent=2) + "\n"]}


def cuts(job: FarmJob) -> str:
    """Each item that is cut, with its segments as `--segment` takes them: `7:0,1,2 12:0,1`."""
    each = ((cut.item, ",".join(task.segments or "" for task in job.segments(cut))) for cut in job.plan.cuts)
    return " ".join(f"{item}:{segments}" for item, segments in each)


def script(job: FarmJob) -> str:
    label, segment = Work("label", "all"), Work("segment", "all")
    return f"""\
// A job type of labeler: one task for each part of a plan, and one at the end that reports on all of them.

const JOB_TYPE = {{
    label: "labeler",
    settings: [
        {{ key: "plan", type: "string", subtype: "file_path", required: true }},
        {{ key: "items", type: "int32", required: true, description: "Lines of the plan" }},
        {{ key: "chunk", type: "int32", default: 1, description: "Items a task" }},
        {{ key: "cuts", type: "string", default: "", description: "Items in segments, and these: 7:0,1,2 12:0,1" }},
    ],
}};

function compileJob(job) {{
    const plan = job.settings.plan;
    const items = job.settings.items;
    const chunk = Math.max(1, job.settings.chunk);
    const cuts = {{}};
    (job.settings.cuts || "").split(" ").filter(Boolean).forEach(function (cut) {{
        cuts[cut.split(":")[0]] = cut.split(":")[1].split(",");
    }});

    // addTask takes a copy: what a task waits for has to be said before.
    function addTask(name, args, after) {{
        const task = author.Task(name, "misc");
        task.addCommand(author.Command("exec", {{ exe: {javascript(PROGRAM)}, args: args }}));
        after.forEach(function (before) {{ task.addDependency(before); }});
        job.addTask(task);
        return task;
    }}
    const labels = [];
    for (let first = 0; first < items; ) {{
        let last = first;
        if (first in cuts) {{
            const item = String(first);
            const segments = cuts[item].map(function (segment) {{
                return addTask("segment " + item + " " + segment, [
                    {words(step_words(job, segment, Task("item", "segment"), "plan"))},
                ], []);
            }});
            labels.push(addTask("join " + item, [
                {words(step_words(job, label, Task("item"), "plan"))},
            ], segments));
        }} else {{
            while (last + 1 < items && last + 1 < first + chunk && !(last + 1 in cuts)) last++;
            const range = first + "-" + last;
            labels.push(addTask("label " + range, [
                {words(step_words(job, label, Task("range"), "plan"))},
            ], []));
        }}
        first = last + 1;
    }}
    addTask("collect", [{words(collect_words(job, "plan"))}], labels);
}}
"""


def words(of: list[str]) -> str:
    return ", ".join(word if word in NAMES else javascript(word) for word in of)


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
    most_segments=MANY,
    has_signers=False,
)
