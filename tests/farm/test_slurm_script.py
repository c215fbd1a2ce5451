"""The SLURM scripts under bash, with a `labeler`, a `scontrol` and an `sbatch` that only note what they are asked."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from labeler.errors import ExitCode
from labeler.farm.job import FarmJob
from labeler.farm.targets import targets
from tests.farm.jobs import CHUNKED, PLAIN

NOTE = '#!/bin/bash\nprintf "%s\\0" "${0##*/}" "$@" $\'\\n\' >> "$NOTES"\n'
"""A call: its words, each with a NUL after it, and a line break in place of a last one."""


class Cluster:
    """A folder of programs that note their arguments, and the scripts of a job beside it."""

    def __init__(self, folder: Path, job: FarmJob) -> None:
        self.folder = folder
        self.notes = folder / "notes"
        self.notes.touch()
        (folder / "bin").mkdir()
        for name, pieces in targets()["slurm"].write(job).items():
            (folder / name).write_text("".join(pieces), encoding="utf-8")
        self.program("scontrol", 'case $1 in show) echo "   JobState=$STATE Reason=None";; esac')
        self.program("sbatch", 'grep -ac parsable "$NOTES"')
        self.program("labeler", 'exit "$CODE"')

    def program(self, name: str, body: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f"{NOTE}{body}\n")
        path.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "NOTES": str(self.notes),
            "STATE": "RUNNING",
            "SLURM_ARRAY_JOB_ID": "42",
            "SLURM_ARRAY_TASK_ID": "2",
            **more,
        }

    def run(self, script: str, **more: str) -> int:
        command = ["bash", str(self.folder / script)]
        return subprocess.run(command, env=self.environment(**more), capture_output=True).returncode

    def heard(self, program: str) -> list[list[str]]:
        calls = (call.split("\0") for call in self.notes.read_text(encoding="utf-8").split("\0\n\0"))
        return [words[1:] for words in calls if words[0] == program]

    def requeued(self) -> list[list[str]]:
        return [words[1:] for words in self.heard("scontrol") if words[0] == "requeue"]


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path, PLAIN)


@pytest.mark.parametrize("code", [75, 137, 143])
def test_what_may_go_better_is_requeued(code: int, cluster: Cluster) -> None:
    assert cluster.run("label.sbatch", CODE=str(code)) == code
    assert cluster.requeued() == [["42_2"]]


@pytest.mark.parametrize("code", sorted({int(code) for code in ExitCode} - {75, 143}))
def test_nothing_else_is(code: int, cluster: Cluster) -> None:
    assert cluster.run("label.sbatch", CODE=str(code)) == code
    assert cluster.heard("scontrol") == []


@pytest.mark.parametrize(("restarts", "again"), [("0", True), ("2", True), ("3", False), ("4", False)])
def test_three_restarts_at_most(restarts: str, again: bool, cluster: Cluster) -> None:
    assert cluster.run("label.sbatch", CODE="75", SLURM_RESTART_COUNT=restarts) == 75
    assert bool(cluster.requeued()) == again


@pytest.mark.parametrize("state", ["COMPLETING", "CANCELLED", "TIMEOUT", "PREEMPTED"])
def test_a_task_that_was_ended_from_outside_does_not_come_back_by_itself(state: str, cluster: Cluster) -> None:
    assert cluster.run("label.sbatch", CODE="143", STATE=state) == 143
    assert cluster.requeued() == []


def test_a_scontrol_that_says_nothing_keeps_no_task_from_its_restart(cluster: Cluster) -> None:
    cluster.program("scontrol", "")
    assert cluster.run("label.sbatch", CODE="75") == 75
    assert cluster.requeued() == [["42_2"]]


def test_a_task_is_one_item(cluster: Cluster) -> None:
    cluster.run("label.sbatch", CODE="0")
    (words,) = cluster.heard("labeler")
    assert words == ["step", PLAIN.plan.path, "--item", "2", "--on-reject", "record", "--farm", "generic"]


@pytest.mark.parametrize(("task", "items"), [("0", "0-9"), ("2", "20-24")])
def test_a_task_is_a_range(task: str, items: str, tmp_path: Path) -> None:
    path = '/it\'s "1" $(x) é%/p.jsonl'
    cluster = Cluster(tmp_path, replace(CHUNKED, plan=replace(CHUNKED.plan, path=path)))
    for script, stage in (("label.sbatch", "render"), ("seal.sbatch", "seal")):
        cluster.notes.write_text("")
        assert cluster.run(script, CODE="0", SLURM_ARRAY_TASK_ID=task) == 0
        (words,) = cluster.heard("labeler")
        assert words[:6] == ["step", path, "--item", items, "--stage", stage]
        assert words[6:10] == ["--on-reject", "record", "--path-map", "/farm/mapping.json"]


def test_collect_says_what_labeler_says(cluster: Cluster) -> None:
    assert cluster.run("collect.sbatch", CODE="1") == 1
    assert cluster.heard("labeler") == [["collect", PLAIN.plan.path, "--farm", "generic"]]


def test_sigterm_reaches_the_step_and_its_own_code_is_told(cluster: Cluster) -> None:
    """The step takes its time to clean up: the wrapper waits for it."""
    ready = cluster.folder / "ready"
    os.mkfifo(ready)
    cleaning = "trap 'sleep 0.1; echo clean >> \"$NOTES\"; exit 143' TERM"
    cluster.program("labeler", f"{cleaning}; echo > {ready}; sleep 60 & wait")
    with subprocess.Popen(["bash", str(cluster.folder / "label.sbatch")], env=cluster.environment()) as process:
        ready.read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 143
    assert "clean" in cluster.notes.read_text()
    assert cluster.requeued() == [["42_2"]]


def test_submitting_chains_the_jobs(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, CHUNKED)
    assert cluster.run("submit.sh") == 0
    assert cluster.heard("sbatch") == [
        ["--parsable", "label.sbatch"],
        ["--parsable", "--dependency=afterany:1", "seal.sbatch"],
        ["--parsable", "--dependency=afterany:2", "collect.sbatch"],
    ]


def test_bash_takes_the_scripts(cluster: Cluster) -> None:
    for script in ("label.sbatch", "collect.sbatch", "submit.sh"):
        assert subprocess.run(["bash", "-n", str(cluster.folder / script)]).returncode == 0
