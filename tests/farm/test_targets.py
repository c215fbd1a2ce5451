"""What each farm is handed: the texts as they were looked at, and what those who read them make of them."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from openjd.model import decode_job_template

from labeler.errors import ExitCode, SourceRejected, UsageError
from labeler.farm import quoting
from labeler.farm.commands import PERMANENT, WORTH_ANOTHER_TRY
from labeler.farm.job import FarmJob
from labeler.farm.targets import targets
from tests.farm.golden import FOLDER, cases, texts
from tests.farm.jobs import CUTS, PLAIN, SOURCES, UNSIGNED
from tests.farm.readers import executed

NAMES = tuple(targets())
SPOKEN = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")))
"""What a path may hold where a farm is told it: all else is refused when the plan is read."""


@pytest.mark.parametrize("case", cases())
def test_texts_are_those_that_were_looked_at(case: str) -> None:
    expected = {path.name.removesuffix(".txt"): path.read_text(encoding="utf-8") for path in (FOLDER / case).iterdir()}
    assert texts(case) == expected, "look at the difference, then `python -m tests.farm.golden`"


def test_the_table_is_whole() -> None:
    assert NAMES == ("openjd", "afanasy", "deadline", "flamenco", "k8s", "opencue", "slurm", "tractor")
    assert all(name == target.name for name, target in targets().items())


def moved(job: FarmJob, plan: str) -> FarmJob:
    return replace(job, plan=replace(job.plan, path=plan))


def written(name: str, job: FarmJob) -> dict[str, str]:
    return {file: "".join(pieces) for file, pieces in targets()[name].write(job).items()}


# --- quoting ----------------------------------------------------------------------------------------------------------


@given(SPOKEN)
def test_words_come_back_as_they_were(text: str) -> None:
    assert shlex.split(quoting.shell(text)) == [text]
    assert ast.literal_eval(quoting.python(text)) == text
    assert json.loads(quoting.javascript(text)) == text
    assert yaml.safe_load(quoting.yaml(text)) == text


@pytest.mark.parametrize("letter", ["\u2028", "\x85", "\ufeff", "\U0001f39e", "\n", "\t"])
def test_yaml_of_rare_letters(letter: str) -> None:
    assert yaml.safe_load(f"[{quoting.yaml(f'a{letter}b')}]") == [f"a{letter}b"]


@pytest.mark.parametrize(
    ("name", "letters"),
    [("deadline", '"$`%<>|\\'), ("opencue", "%"), ("afanasy", "@"), ("tractor", "{}\\%")],
)
def test_what_a_farm_cannot_be_told_is_refused_by_name(name: str, letters: str) -> None:
    for letter in letters:
        with pytest.raises(SourceRejected, match=re.escape(f"holds {letter}")):
            written(name, moved(PLAIN, f"/shows/a{letter}b/plan.jsonl"))


AWKWARD = '/shows/it\'s "1" $(x) `y` é\u3042\U0001f39e #; & {{z}}/plan.jsonl'


def commands_of_openjd(job: FarmJob) -> Iterator[list[str]]:
    for step in yaml.safe_load(written("openjd", job)["template.yaml"])["steps"]:
        action = step["script"]["actions"]["onRun"]
        yield [action["command"], *action["args"]]


# --- Open Job Description ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [name for name in cases() if name.startswith("openjd")])
def test_openjd_accepts_the_template(case: str) -> None:
    template = yaml.safe_load(texts(case)["template.yaml"])
    decoded = decode_job_template(template=template, supported_extensions=["TASK_CHUNKING"])
    names = ["Segment", "Label", "Join"] if ".cut" in case else ["Label"]
    assert [step.name for step in decoded.steps] == [*names, *["Seal"] * case.endswith("chunked"), "Collect"]
    without = {one["name"] for one in template["parameterDefinitions"] if "default" not in one}
    assert without == {"Plan", "OutDir"}
    assert ("extensions" in template) == case.endswith("chunked")


def test_openjd_signs_on_signer_hosts_alone() -> None:
    steps = {step["name"]: step for step in yaml.safe_load(texts("openjd.chunked")["template.yaml"])["steps"]}
    assert steps["Seal"]["hostRequirements"]["attributes"] == [{"name": "attr.studio.role", "anyOf": ["signer"]}]
    assert "attributes" not in steps["Label"]["hostRequirements"]
    assert steps["Seal"]["dependencies"] == [{"dependsOn": "Label"}]
    assert steps["Collect"]["dependencies"] == [{"dependsOn": "Seal"}]
    stages = {name: step["script"]["actions"]["onRun"]["args"] for name, step in steps.items()}
    assert "render" in stages["Label"] and "seal" in stages["Seal"]


def test_openjd_names_all_that_a_farm_without_a_share_has_to_carry() -> None:
    files = written("openjd", moved(PLAIN, AWKWARD))
    assets = yaml.safe_load(files["asset_references.yaml"])["assetReferences"]
    assert assets["inputs"]["filenames"] == [AWKWARD, *SOURCES]
    assert assets["outputs"]["directories"] == ["/shows/spring/out/a", "/shows/spring/out/b", f"{AWKWARD}.results"]
    values = {one["name"]: one["value"] for one in yaml.safe_load(files["parameter_values.yaml"])["parameterValues"]}
    assert values == {
        "Plan": AWKWARD,
        "OutDir": "/shows/spring/out",
        "Items": "0-24",
        "Preset": "eu-standard, youtube-16x9",
        "OnReject": "record",
    }
    assert all(AWKWARD not in words for words in commands_of_openjd(moved(PLAIN, AWKWARD)))


# --- others -----------------------------------------------------------------------------------------------------------


def test_kubernetes_knows_each_code_once() -> None:
    job = yaml.safe_load(texts("k8s")["label.yaml"])["spec"]
    ignore, fail = job["podFailurePolicy"]["rules"]
    assert (ignore["action"], ignore["onPodConditions"]) == ("Ignore", [{"type": "DisruptionTarget"}])
    assert fail["action"] == "FailIndex" and fail["onExitCodes"]["operator"] == "In"
    final = set(fail["onExitCodes"]["values"])
    assert final == {*PERMANENT, ExitCode.MACHINE}
    assert not final & {*WORTH_ANOTHER_TRY, ExitCode.BUG, ExitCode.INTERRUPTED, ExitCode.DONE}
    assert (job["completions"], job["backoffLimitPerIndex"], job["completionMode"]) == (25, 3, "Indexed")
    assert job["template"]["spec"]["restartPolicy"] == "Never"  # podFailurePolicy asks for it


def test_kubernetes_mounts_what_the_plan_names() -> None:
    plan = replace(PLAIN.plan, path="/plans/x.jsonl", sources=("/mnt/a/in", "/mnt/b"), outputs=("/mnt/a/out",))
    pod = yaml.safe_load(written("k8s", replace(PLAIN, plan=plan))["label.yaml"])["spec"]["template"]["spec"]
    places = [one["mountPath"] for one in pod["containers"][0]["volumeMounts"]]
    assert places == ["/scratch", "/home/labeler/.labeler", "/plans", "/mnt"]
    assert {one["name"] for one in pod["volumes"]} == {one["name"] for one in pod["containers"][0]["volumeMounts"]}


@pytest.mark.parametrize("chunk", [1, 10])
def test_kubernetes_fills_in_nothing_of_a_path(chunk: int) -> None:
    job = moved(replace(PLAIN, chunk=chunk), "/shows/$(HOME) $$/plan.jsonl")
    (container,) = yaml.safe_load(written("k8s", job)["label.yaml"])["spec"]["template"]["spec"]["containers"]
    assert "/shows/$$(HOME) $$$$/plan.jsonl" in container["command"]


def test_kubernetes_shell_hands_over_each_word(tmp_path: Path) -> None:
    job = moved(replace(PLAIN, chunk=10), AWKWARD)
    (container,) = yaml.safe_load(written("k8s", job)["label.yaml"])["spec"]["template"]["spec"]["containers"]
    command = [word.replace("$$", "$") for word in container["command"]]
    (tmp_path / "labeler").write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
    (tmp_path / "labeler").chmod(0o755)
    given = {"PATH": f"{tmp_path}:/usr/bin:/bin", "JOB_COMPLETION_INDEX": "2"}
    heard = subprocess.run(command, env=given, capture_output=True, check=True).stdout.decode().split("\0")[:-1]
    assert heard[:4] == ["step", AWKWARD, "--item", "20-24"]
    assert heard[4:] == ["--on-reject", "record", "--farm", "generic", "--scratch", "/scratch"]


def test_kubernetes_refuses_a_table_that_no_command_could_hold() -> None:
    plan = replace(PLAIN.plan, items=30_000, cuts=CUTS)
    with pytest.raises(UsageError, match="29998 tasks"):
        written("k8s", replace(PLAIN, plan=plan))
    text = written("k8s", replace(PLAIN, plan=plan, chunk=10))["label.yaml"]
    assert max(map(len, yaml.safe_load(text)["spec"]["template"]["spec"]["containers"][0]["command"])) < 1 << 17


def test_deadline_words() -> None:
    files = texts("deadline")
    plugin = dict(row.split("=", 1) for row in files["label.plugin.txt"].splitlines())
    said = plugin["Arguments"].replace("<QUOTE>", '"').replace("<STARTFRAME>", "3").replace("<ENDFRAME>", "3")
    assert shlex.split(said) == [
        *("step", PLAIN.plan.path, "--item", "3-3", "--on-reject", "record", "--farm", "generic"),
    ]
    job = dict(row.split("=", 1) for row in files["label.job.txt"].splitlines())
    assert (job["Frames"], job["ChunkSize"], job["Plugin"]) == ("0-24", "1", "CommandLine")
    assert (job["OverrideTaskFailureDetection"], job["FailureDetectionTaskErrors"]) == ("true", "3")


def test_deadline_on_windows() -> None:
    files = written("deadline", moved(PLAIN, r"P:\shows\plan 1.jsonl"))
    assert r"<QUOTE>P:\shows\plan 1.jsonl<QUOTE>" in files["label.plugin.txt"]


def test_opencue_script_makes_a_layer_of_each_work() -> None:
    layers: dict[str, Any] = {}

    def layer(name: str, **arguments: Any) -> MagicMock:
        layers[name] = arguments
        return MagicMock(name=name)

    shell = types.SimpleNamespace(ShellCommand=layer, ShellSequence=layer)
    outline = MagicMock()
    executed(
        written("opencue", moved(replace(PLAIN, chunk=10), AWKWARD))["labeler_job.py"],
        {
            "outline": outline,
            "outline.cuerun": outline.cuerun,
            "outline.modules": MagicMock(),
            "outline.modules.shell": shell,
        },
    )
    ranges = [words[words.index("--item") + 1] for words in layers["label"]["commands"]]
    assert ranges == ["0-9", "10-19", "20-24"]
    assert all(words[:3] == ["labeler", "step", AWKWARD] for words in layers["label"]["commands"])
    assert layers["collect"]["command"] == ["labeler", "collect", AWKWARD, "--farm", "generic"]
    outline.cuerun.launch.assert_called_once()


def test_afanasy_script_makes_a_numeric_block() -> None:
    blocks: list[MagicMock] = []

    def block(*arguments: Any) -> MagicMock:
        blocks.append(MagicMock(tasks=[]))
        return blocks[-1]

    af = MagicMock(Block=block)
    executed(written("afanasy", moved(replace(PLAIN, chunk=10), AWKWARD))["labeler_job.py"], {"af": af})
    label, collect = blocks
    label.setNumeric.assert_called_once_with(0, 24, 10)
    (command,) = label.setCommand.call_args[0]
    words = shlex.split(command.replace("@#@", "10", 1).replace("@#@", "19", 1))
    assert words[:5] == ["labeler", "step", AWKWARD, "--item", "10-19"]
    collect.setDependMask.assert_called_once_with("^label$")
    assert len(collect.tasks) == 1
    af.Job.return_value.send.assert_called_once()


def test_flamenco_job_fits_its_type() -> None:
    files = texts("flamenco.chunked")
    about = json.loads(files["job.json"])
    assert about["settings"] == {"plan": UNSIGNED.plan.path, "items": 25, "chunk": 10, "cuts": ""}
    assert set(re.findall(r'key: "(\w+)"', files["labeler.js"])) == set(about["settings"])


def test_tractor_tries_again_what_may_go_better() -> None:
    commands = re.findall(
        r"RemoteCmd \{(.*)\} -service \{(\w+)\} -retryrc \{([\d ]+)\}", texts("tractor")["labeler.alf"]
    )
    assert len(commands) == 26
    assert {service for _, service, _ in commands} == {"labeler"}
    assert {codes for _, _, codes in commands} == {"75 137 143"}
    assert texts("tractor")["labeler.alf"].count("{") == texts("tractor")["labeler.alf"].count("}")
