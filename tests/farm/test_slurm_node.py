"""The exported SLURM job on a real SLURM of one node: what is killed comes back, what somebody cancels does not."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from pathlib import Path

import pytest

from labeler.batch.results import collected
from labeler.farm.export import Order, export
from labeler.release import read_record
from tests.farm import slurm_node
from tests.farm.films import opened
from tests.farm.jobs import line, write_plan
from tests.farm.slurm_node import PLACES, Node

pytestmark = pytest.mark.wide

STAND_IN = """\
#!/bin/bash
# labeler in miniature: item 1 is killed once, 2 fails for a time, 3 hangs, 4 is bad; the others are done.
# A cancelled job's processes are told one by one: the sleep may end first, so 3 goes on waiting for its own signal.
# They may be told twice: it hears the first.
said() { echo "$1" >> "$CALLS"; }
stopped() { trap "" TERM; said "stop 3"; exit 143; }
[ "$1" = collect ] && { said collect; exit 0; }
said "start $4"
case $4:${SLURM_RESTART_COUNT:-0} in
1:0) kill -9 $$ ;;
2:[0-2]) exit 75 ;;
3:*) trap stopped TERM; said "ready 3"; for _ in {1..600}; do sleep 0.2 & wait $!; done ;;
4:*) exit 3 ;;
esac
said "done $4"
"""


@pytest.fixture(scope="module", autouse=True)
def is_here() -> None:
    missing = slurm_node.lacking()
    if missing:
        pytest.skip(f"SLURM {missing}")


def test_what_may_go_better_is_tried_again_and_what_is_cancelled_is_not(tmp_path: Path) -> None:
    calls, program = tmp_path / "calls", tmp_path / "bin" / "labeler"
    calls.touch()
    program.parent.mkdir()
    program.write_text(STAND_IN)
    program.chmod(0o755)
    done = export(Order("slurm", write_plan(tmp_path / "plan.jsonl", [line()] * 5), tmp_path / "job"))
    with Node(cpus=10) as node:
        given = {"PATH": f"{program.parent}:{PLACES}", "CALLS": str(calls)}
        jobs = node.submit(done.files[-1], **given)
        node.wait_for("item 3", lambda: "ready 3" in calls.read_text())
        node.ask("scancel", f"{jobs['label']}_3")
        node.wait_until_over(jobs["collect"])
        tasks = {item: node.job(f"{jobs['label']}_{item}") for item in range(5)}
    assert {item: (task["JobState"], task["Restarts"]) for item, task in tasks.items()} == {
        0: ("COMPLETED", "0"),
        1: ("COMPLETED", "1"),
        2: ("COMPLETED", "3"),
        3: ("CANCELLED", "0"),
        4: ("FAILED", "0"),
    }
    assert tasks[4]["ExitCode"] == "3:0"
    heard = calls.read_text().splitlines()
    assert Counter(heard) == Counter(
        ["done 0", "done 1", "done 2", "start 0", "ready 3", "stop 3", "start 3", "start 4", "collect"]
        + ["start 1"] * 2
        + ["start 2"] * 4
    )
    assert heard[-1] == "collect", "the report comes after all of it, the bad file notwithstanding"


def parent_of(pid: int) -> int:
    """The step itself: the process that writes is forked off it, and dies with it."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("PPid:")[1].split()[0])


def test_real_films_one_of_them_killed(tmp_path: Path, private_home: Path) -> None:
    """kill -9 in the middle of a file: its task comes back, and everything is published once."""
    studio = opened(tmp_path / "studio", private_home, films=3, seconds=4.0)
    done = export(Order("slurm", studio.plan.path, studio.folder / "job"))
    name = studio.outputs[1].name
    with Node(cpus=6) as node:
        jobs = node.submit(done.files[-1], **studio.environment(PLACES))
        private = re.compile(rf"\.{re.escape(name)}\..*\.(\d+)\.part")
        found: list[re.Match[str]] = []

        def is_being_written() -> bool:
            names = studio.beside() if (studio.folder / "out").exists() else ()
            found[:] = filter(None, map(private.fullmatch, names))
            return bool(found)

        node.wait_for("the second film", is_being_written)
        os.kill(parent_of(int(found[0][1])), signal.SIGKILL)
        report = node.wait_until_over(jobs["collect"])
        tasks = [node.job(f"{jobs['label']}_{item}") for item in range(3)]
    assert (report["JobState"], report["ExitCode"]) == ("COMPLETED", "0:0")
    assert [(task["JobState"], task["Restarts"]) for task in tasks] == [("COMPLETED", n) for n in "010"]
    assert [one.status for one in collected(studio.plan)] == ["released"] * 3
    names = {path.name for path in studio.outputs}
    assert studio.beside() == names | {f"{name}.labeler.json" for name in names}, "nothing half-written is left"
    assert "code 137, asking for a restart" in next(studio.folder.glob("job/*_1.out")).read_text()


def test_a_film_in_segments_one_of_them_killed(tmp_path: Path, private_home: Path) -> None:
    """kill -9 in the middle of a segment: its task comes back, the join waits for it, and a whole film for neither."""
    studio = opened(tmp_path / "studio", private_home, films=1, long=1, length=6.0)
    done = export(Order("slurm", studio.plan.path, studio.folder / "job"))
    private = re.compile(r"\.segment-1\.mp4\..*\.(\d+)\.part")
    found: list[re.Match[str]] = []
    with Node(cpus=8) as node:
        jobs = node.submit(done.files[-1], **studio.environment(PLACES))
        assert list(jobs) == ["segment", "label", "join", "collect"]

        def is_being_written() -> bool:
            names = (path.name for path in studio.plan.results.glob("0/.segment-1.*"))
            found[:] = filter(None, map(private.fullmatch, names))
            return bool(found)

        node.wait_for("the second segment", is_being_written)
        os.kill(parent_of(int(found[0][1])), signal.SIGKILL)
        report = node.wait_until_over(jobs["collect"])
        segments = [node.job(f"{jobs['segment']}_{number}") for number in range(3)]
        whole, join = node.job(f"{jobs['label']}_0"), node.job(f"{jobs['join']}_0")
    assert (report["JobState"], report["ExitCode"]) == ("COMPLETED", "0:0")
    assert [(task["JobState"], task["Restarts"]) for task in segments] == [("COMPLETED", n) for n in "010"]
    assert (whole["JobState"], join["JobState"], join["Restarts"]) == ("COMPLETED", "COMPLETED", "0")
    assert join["StartTime"] >= max(task["EndTime"] for task in segments)
    assert whole["StartTime"] < max(task["EndTime"] for task in segments)
    assert [one.status for one in collected(studio.plan)] == ["released"] * 2
    record = read_record(studio.outputs[0])
    assert record is not None and record.plan.rendering is not None and len(record.plan.rendering.segments) == 3
    names = {path.name for path in studio.outputs}
    assert studio.beside() == names | {f"{name}.labeler.json" for name in names}
    assert not (studio.plan.results / "0").exists(), "nothing half-written is left"
