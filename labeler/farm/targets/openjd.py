"""Open Job Description (2023-09), as a bundle: AWS Deadline Cloud submits the folder as it is.

Base specification alone, with TASK_CHUNKING where a task has several items. Paths inside the plan are none that the
farm would map, so each step is handed the session's path mapping. One bad file ends a session, and a step that others
depend on must succeed: so results are recorded, and Collect fails the job.
"""

from __future__ import annotations

from collections.abc import Iterator

from labeler.farm.commands import PROGRAM, SIGNERS
from labeler.farm.job import FarmJob, Work
from labeler.farm.quoting import yaml
from labeler.farm.target import Files, Target

TASK_SECONDS = 12 * 3600
"""A choice: long enough for a feature film on a slow machine, short enough that a hanging one is seen the next day."""
NOTICE_SECONDS = 60
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
    before = [None, *(work.name.capitalize() for work in job.works)]
    steps = "".join(step(job, work, after) for work, after in zip(job.works, before, strict=False))
    return f"""\
specificationVersion: jobtemplate-2023-09
{extensions}name: "labeler {{{{Param.Preset}}}}"
parameterDefinitions:
  - {{name: Plan, type: PATH, objectType: FILE, dataFlow: IN}}
  - {{name: OutDir, type: PATH, objectType: DIRECTORY, dataFlow: OUT}}
  - {{name: Items, type: STRING, default: "0-{job.last}"}}
  - {{name: Preset, type: STRING, default: {yaml(job.title)}}}
  - {{name: OnReject, type: STRING, default: {job.on_reject}, allowedValues: [fail, record]}}
steps:
{steps}  - name: Collect
    dependencies: [{{dependsOn: {before[-1]}}}]
    script:
      actions:
        onRun:
          command: {PROGRAM}
          args: [{words(["collect", "{{Param.Plan}}", *MAPPING, "--farm", "openjd"])}]
          timeout: {TASK_SECONDS}
          cancelation: {{mode: NOTIFY_THEN_TERMINATE, notifyPeriodInSeconds: {NOTICE_SECONDS}}}
"""


def step(job: FarmJob, work: Work, after: str | None) -> str:
    dependencies = f"    dependencies: [{{dependsOn: {after}}}]\n" if after else ""
    attributes = f"      attributes: [{{name: attr.studio.role, anyOf: [{SIGNERS}]}}]\n" if work.is_for_signers else ""
    return f"""\
  - name: {work.name.capitalize()}
{dependencies}    parameterSpace:
      taskParameterDefinitions:
        - {items(job)}
    hostRequirements:
      amounts: [{{name: amount.worker.vcpu, min: 2}}, {{name: amount.worker.memory, min: 2048}}]
{attributes}    stepEnvironments: [{{name: Scratch, variables: {{TMPDIR: "{{{{Session.WorkingDirectory}}}}"}}}}]
    script:
      actions:
        onRun:
          command: {PROGRAM}
          args: [{words(arguments(job, work))}]
          timeout: {TASK_SECONDS}
          cancelation: {{mode: NOTIFY_THEN_TERMINATE, notifyPeriodInSeconds: {NOTICE_SECONDS}}}
"""


def items(job: FarmJob) -> str:
    if job.chunk == 1:
        return '{name: Item, type: INT, range: "{{Param.Items}}"}'
    chunks = f"{{defaultTaskCount: {job.chunk}, rangeConstraint: CONTIGUOUS}}"
    return f'{{name: Item, type: "CHUNK[INT]", range: "{{{{Param.Items}}}}", chunks: {chunks}}}'


def arguments(job: FarmJob, work: Work) -> list[str]:
    stage = [] if work.stage == "all" else ["--stage", work.stage]
    choices = ["--on-reject", "{{Param.OnReject}}", "--scratch", "{{Session.WorkingDirectory}}"]
    return ["step", "{{Param.Plan}}", "--item", "{{Task.Param.Item}}", *stage, *choices, *MAPPING, "--farm", "openjd"]


def words(of: list[str]) -> str:
    return ", ".join(map(yaml, of))


def parameter_values(job: FarmJob) -> str:
    return f"""\
parameterValues:
  - {{name: Plan, value: {yaml(job.plan.path)}}}
  - {{name: OutDir, value: {yaml(job.out)}}}
  - {{name: Items, value: "0-{job.last}"}}
  - {{name: Preset, value: {yaml(job.title)}}}
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
    has_own_path_map=True,
    submit=(
        "Submit it with `deadline bundle submit {folder}`; run it here with `openjd run {folder}/template.yaml` and "
        "-p Plan=… -p OutDir=… as in parameter_values.yaml.",
        "Soumettez avec `deadline bundle submit {folder}` ; lancez ici avec `openjd run {folder}/template.yaml` et "
        "-p Plan=… -p OutDir=… comme dans parameter_values.yaml.",
    ),
)
