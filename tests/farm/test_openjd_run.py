"""The exported templates under Open Job Description's own command line, with real films: twice, and one item alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import pytest

from labeler.batch.results import read_result
from labeler.farm.export import Order, export
from tests.farm.films import Studio, opened

pytestmark = pytest.mark.wide
EXTENSIONS = ["--extensions", "TASK_CHUNKING"]


def openjd(studio: Studio, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "openjd", *words]
    return subprocess.run(command, env=studio.environment(), capture_output=True, text=True, cwd=studio.folder)


def job_run(studio: Studio, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    values = ["-p", f"Plan={studio.plan.path}", "-p", f"OutDir={studio.folder / 'out'}"]
    return openjd(studio, "run", str(folder / "template.yaml"), *values, *EXTENSIONS, *more)


def statuses(studio: Studio) -> list[str]:
    found = (read_result(studio.plan, number, item) for number, item in studio.plan.items())
    return [result.status if result else "none" for result in found]


@pytest.mark.parametrize(
    ("films", "flags"), [(2, {}), (3, {"chunk": 2, "signers": True})], ids=["one by one", "chunks, signed apart"]
)
def test_run_twice(films: int, flags: dict[str, bool], tmp_path: Path, private_home: Path) -> None:
    studio = opened(tmp_path / "a studio's", private_home, films=films)
    folder = studio.folder / "job"
    export(Order("openjd", studio.plan.path, folder, **flags))  # type: ignore[arg-type]
    checked = openjd(studio, "check", str(folder / "template.yaml"), *EXTENSIONS)
    assert checked.returncode == 0, checked.stdout
    first = job_run(studio, folder)
    assert first.returncode == 0, first.stdout
    assert statuses(studio) == ["released"] * films and "openjd_progress: 100.0" in first.stdout
    names = {path.name for path in studio.outputs}
    assert studio.beside() == names | {f"{name}.labeler.json" for name in names}, "nothing else is left"
    made = {path: path.stat().st_mtime_ns for path in studio.outputs}
    again = job_run(studio, folder)
    assert again.returncode == 0, again.stdout
    assert again.stdout.count("] done already: ") >= films and "released:" not in again.stdout
    assert {path: path.stat().st_mtime_ns for path in studio.outputs} == made


@pytest.mark.parametrize("signers", [False, True], ids=["together", "signed apart"])
def test_a_film_in_segments_run_twice(signers: bool, tmp_path: Path, private_home: Path) -> None:
    """What the tasks of segments leave beside the plan is, packet for packet, what the film is made of."""
    studio = opened(tmp_path / "a studio's", private_home, films=1, long=1)
    folder = studio.folder / "job"
    export(Order("openjd", studio.plan.path, folder, signers=signers))
    checked = openjd(studio, "check", str(folder / "template.yaml"))
    assert checked.returncode == 0, checked.stdout

    one = job_run(studio, folder, "--step", "Segment", "--task-param", "Item=0", "--task-param", "Segment=1")
    assert one.returncode == 0, one.stdout
    assert [path.name for path in studio.segments(0)] == ["segment-1.mp4"]
    rest = job_run(studio, folder, "--step", "Segment")
    assert rest.returncode == 0, rest.stdout
    assert len(studio.segments(0)) == 3 and statuses(studio) == ["none"] * 2
    rendered = [packet for path in studio.segments(0) for packet in packets(path)]

    first = job_run(studio, folder)
    assert first.returncode == 0, first.stdout
    assert statuses(studio) == ["released"] * 2 and len(rendered) == 40
    assert packets(studio.outputs[0]) == rendered, "and no other machine rendered it again"
    names = {path.name for path in studio.outputs}
    assert studio.beside() == names | {f"{name}.labeler.json" for name in names}
    assert not (studio.plan.results / "0").exists()

    made = {path: path.stat().st_mtime_ns for path in studio.outputs}
    again = job_run(studio, folder)
    assert again.returncode == 0, again.stdout
    assert "released:" not in again.stdout and not (studio.plan.results / "0").exists()
    assert {path: path.stat().st_mtime_ns for path in studio.outputs} == made


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_one_item_with_paths_of_another_machine(tmp_path: Path, private_home: Path) -> None:
    """The plan names a mount of the submitting machine; the session's rules say where that is here."""
    studio = opened(tmp_path / "there", private_home, films=2)
    text = studio.plan.path.read_text(encoding="utf-8")
    export(Order("openjd", studio.plan.path, studio.folder / "job"))
    (tmp_path / "there").rename(tmp_path / "here")
    here = Studio(tmp_path / "here")
    assert here.plan.path.read_text(encoding="utf-8") == text
    rule = {
        "source_path_format": "POSIX",
        "source_path": str(tmp_path / "there"),
        "destination_path": str(tmp_path / "here"),
    }
    rules = json.dumps({"version": "pathmapping-1.0", "path_mapping_rules": [rule]})
    one = ["--path-mapping-rules", rules, "--step", "Label", "--task-param", "Item=1"]
    done = job_run(here, here.folder / "job", *one)
    assert done.returncode == 0, done.stdout
    assert here.beside() == {"1.eu-standard.mp4", "1.eu-standard.mp4.labeler.json"}
    rest = job_run(here, here.folder / "job", "--path-mapping-rules", rules)
    assert rest.returncode == 0, rest.stdout
    assert statuses(here) == ["released"] * 2


@pytest.mark.parametrize("flags", [{}, {"signers": True}], ids=["together", "signed apart"])
def test_a_bad_file_fails_the_job_at_its_end(flags: dict[str, bool], tmp_path: Path, private_home: Path) -> None:
    studio = opened(tmp_path / "studio", private_home, films=1, bad=1)
    export(Order("openjd", studio.plan.path, studio.folder / "job", **flags))  # type: ignore[arg-type]
    done = job_run(studio, studio.folder / "job")
    assert done.returncode == 1
    assert "Running step 'Collect'" in done.stdout, "the others are done, and the report is written"
    assert statuses(studio) == ["released", "rejected"]
