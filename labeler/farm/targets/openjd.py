"""Open Job Description (2023-09), as a bundle: AWS Deadline Cloud submits the folder as it is.

Base specification alone, with TASK_CHUNKING where a task has several items. Paths inside the plan are none that the
farm would map, so each step is handed the session's path mapping. One bad file ends a session, and a step that others
depend on must succeed: so results are recorded, and Collect fails the job.

Segments are tasks of two parameters, an item and a segment of it, in two lists of one length (an association). Steps
wait for steps, not tasks for tasks: Join begins once all segments are there; Label, of the whole items, waits for none.
"""

from __future__ import annotations

from collections.abc import Iterator

from labeler.farm.commands import PROGRAM, SIGNERS
from labeler.farm.job import FarmJob
from labeler.farm.quoting import yaml
from labeler.farm.rounds import Work
from labeler.farm.target import Files, Target

TASK_SECONDS = 12 * 3600
"""A choice: long enough for a feature film on a slow machine, short enough that a hanging one is seen the next day."""
NOTICE_SECONDS = 60
LONGEST_LIST = 1024
"""Values in the list of a task parameter (2023-09, «TaskParameterDefinition»); a range in one string may be longer."""
RESULTS = ".results"
MAPPING = ("--path-map", "{{Session.PathMappingRulesFile}}")


def write(job: FarmJob) -> Files:
    return {
        "template.yaml": [template(job)],
        "parameter_values.yaml": [parameter_values(job)],
        "asset_references.yaml": asset_references(job),
    }


def template(job: FarmJob) -> str:
    extensions = "extensions: [TASK_CHUNKING]\n" if job.chunk > 1 else ""
    steps = "".join(step(job, work) for work in job.works)
    # Which items are whole is known of the plan alone: only where all are, a person may name others.
    items = "" if job.plan.cuts else f'  - {{name: Items, type: STRING, default: "0-{job.last}"}}\n'
    return f"""\
specificationVersion: jobtemplate-2023-09
{extensions}name: "labeler {{{{Param.Preset}}}}"
parameterDefinitions:
  - {{name: Plan, type: PATH, objectType: FILE, dataFlow: IN}}
  - {{name: OutDir, type: PATH, objectType: DIRECTORY, dataFlow: OUT}}
{items}  - {{name: Preset, type: STRING, default: {yaml(job.title)}}}
  - {{name: OnReject, type: STRING, default: {job.on_reject}, allowedValues: [fail, record]}}
steps:
{steps}  - name: Collect
{dependencies(job.ends)}    script:
      actions:
        onRun:
          command: {PROGRAM}
          args: [{words(["collect", "{{Param.Plan}}", *MAPPING, "--farm", "openjd"])}]
          timeout: {TASK_SECONDS}
          cancelation: {{mode: NOTIFY_THEN_TERMINATE, notifyPeriodInSeconds: {NOTICE_SECONDS}}}
"""


def step(job: FarmJob, work: Work) -> str:
    attributes = f"      attributes: [{{name: attr.studio.role, anyOf: [{SIGNERS}]}}]\n" if work.is_for_signers else ""
    return f"""\
  - name: {work.name.capitalize()}
{dependencies(work.after)}    parameterSpace:
{space(job, work)}    hostRequirements:
      amounts: [{{name: amount.worker.vcpu, min: 2}}, {{name: amount.worker.memory, min: 2048}}]
{attributes}    stepEnvironments: [{{name: Scratch, variables: {{TMPDIR: "{{{{Session.WorkingDirectory}}}}"}}}}]
    script:
      actions:
        onRun:
          command: {PROGRAM}
          args: [{words(arguments(work))}]
          timeout: {TASK_SECONDS}
          cancelation: {{mode: NOTIFY_THEN_TERMINATE, notifyPeriodInSeconds: {NOTICE_SECONDS}}}
"""


def dependencies(after: tuple[str, ...]) -> str:
    named = ", ".join(f"{{dependsOn: {name.capitalize()}}}" for name in after)
    return f"    dependencies: [{named}]\n" if named else ""


def space(job: FarmJob, work: Work) -> str:
    if work.name != "segment":
        return f"      taskParameterDefinitions:\n        - {items(job, work)}\n"
    tasks = list(job.tasks(work))
    segments = ", ".join(yaml(task.segments or "") for task in tasks)
    return f"""\
      taskParameterDefinitions:
        - {{name: Item, type: INT, range: [{", ".join(task.items for task in tasks)}]}}
        - {{name: Segment, type: STRING, range: [{segments}]}}
      combination: "(Item, Segment)"
"""


def items(job: FarmJob, work: Work) -> str:
    numbers = job.items(work) if job.plan.cuts else "{{Param.Items}}"
    if job.chunk == 1 or work.name == "join":
        return f'{{name: Item, type: INT, range: "{numbers}"}}'
    chunks = f"{{defaultTaskCount: {job.chunk}, rangeConstraint: CONTIGUOUS}}"
    return f'{{name: Item, type: "CHUNK[INT]", range: "{numbers}", chunks: {chunks}}}'


def arguments(work: Work) -> list[str]:
    segment = ["--segment", "{{Task.Param.Segment}}"] if work.name == "segment" else []
    stage = [] if work.stage == "all" else ["--stage", work.stage]
    choices = ["--on-reject", "{{Param.OnReject}}", "--scratch", "{{Session.WorkingDirectory}}"]
    which = ["--item", "{{Task.Param.Item}}", *segment, *stage]
    return ["step", "{{Param.Plan}}", *which, *choices, *MAPPING, "--farm", "openjd"]


def words(of: list[str]) -> str:
    return ", ".join(map(yaml, of))


def parameter_values(job: FarmJob) -> str:
    items = "" if job.plan.cuts else f'  - {{name: Items, value: "0-{job.last}"}}\n'
    return f"""\
parameterValues:
  - {{name: Plan, value: {yaml(job.plan.path)}}}
  - {{name: OutDir, value: {yaml(job.out)}}}
{items}  - {{name: Preset, value: {yaml(job.title)}}}
  - {{name: OnReject, value: {job.on_reject}}}
"""


def asset_references(job: FarmJob) -> Iterator[str]:
    """What a farm without a share has to carry: the sources there, the outputs and results back."""
    yield f"assetReferences:\n  inputs:\n    filenames:\n      - {yaml(job.plan.path)}\n"
    last = None
    for source in job.read_sources():  # those of one source, one for each preset, stand together
        if source != last:
            yield f"      - {yaml(source)}\n"
        last = source
    yield "    directories: []\n  outputs:\n    directories:\n"
    for folder in (*job.plan.outputs, job.plan.path + RESULTS):
        yield f"      - {yaml(folder)}\n"
    yield "  referencedPaths: []\n"


TARGET = Target(
    name="openjd",
    title="Open Job Description, AWS Deadline Cloud",
    write=write,
    most_segments=LONGEST_LIST,
    has_own_path_map=True,
    submit=(
        "Submit it with `deadline bundle submit {folder}`; run it here with `openjd run {folder}/template.yaml` and "
        "-p Plan=… -p OutDir=… as in parameter_values.yaml.",
        "Soumettez avec `deadline bundle submit {folder}` ; lancez ici avec `openjd run {folder}/template.yaml` et "
        "-p Plan=… -p OutDir=… comme dans parameter_values.yaml.",
    ),
)
