"""`labeler export`: what it reads of a plan, where it writes, and what it leaves alone."""

from __future__ import annotations

import hashlib
import re
import shlex
import tracemalloc
from pathlib import Path

import pytest

from labeler.cli.main import run
from labeler.errors import OutputRefused, PlanError, SourceRejected, UsageError
from labeler.farm.export import LIST, Order, export
from labeler.farm.job import Plan, common, read_plan
from labeler.farm.rounds import Cut
from labeler.farm.target import Target
from labeler.farm.targets import targets
from tests.farm.jobs import in_segments, line, write_plan


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return write_plan(tmp_path / "plan.jsonl", [line(), line(preset={"id": "youtube-16x9"}), line()])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_plan_is_counted(plan: Path) -> None:
    expected = Plan(str(plan), 3, ("eu-standard", "youtube-16x9"), ("/shows/spring/masters",), ("/shows/spring/out",))
    assert read_plan(plan) == expected


def test_blank_lines_are_no_items_and_records_are_outputs(tmp_path: Path) -> None:
    plan = read_plan(write_plan(tmp_path / "plan.jsonl", [line(delivery={"records": "/records"}), "", line()]))
    assert (plan.items, plan.outputs) == (2, ("/records", "/shows/spring/out"))


def test_the_path_is_absolute_and_keeps_its_links(plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert read_plan(Path("link/plan.jsonl")).path == f"{tmp_path}/link/plan.jsonl"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "is empty"),
        (["", " "], "is empty"),
        ([line(), "{"], "line 2: JSON"),
        ([line(), "{}"], "line 2: schema"),
        ([line(schema="labeler.plan/2")], r"line 1: its schema is labeler\.plan/2, not labeler\.plan/1"),
        ([line(preset={"id": "../x"})], r"line 1: preset\.id"),
        ([line(source="masters/spot.mov")], r"line 1: masters/spot\.mov is not absolute"),
        ([line(output="out/spot.mov")], "is not absolute"),
        ([line(output="P:out.mov")], "is not absolute"),
    ],
)
def test_a_plan_that_cannot_be_used(lines: list[str], told: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=told):
        read_plan(write_plan(tmp_path / "plan.jsonl", lines))


def test_paths_that_no_farm_can_be_told(tmp_path: Path) -> None:
    for bad in (line(source="/shows/a\nb.mov"), line(output="/shows/\x1b[2J/b.mov")):
        with pytest.raises(SourceRejected, match="control characters"):
            read_plan(write_plan(tmp_path / "plan.jsonl", [bad]))
    with pytest.raises(SourceRejected, match="control characters"):
        read_plan(write_plan(tmp_path / "plan\n.jsonl", [line()]))


def test_no_plan(tmp_path: Path) -> None:
    for path in (tmp_path / "plan.jsonl", tmp_path):
        with pytest.raises(PlanError, match="cannot be read"):
            read_plan(path)


def test_memory_does_not_grow_with_the_plan(tmp_path: Path) -> None:
    megabyte = line(inventory="x" * 1_000_000)
    plan = write_plan(tmp_path / "plan.jsonl", [megabyte] * 30)
    tracemalloc.start()
    try:
        assert read_plan(plan).items == 30
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        (("/a/b", "/a/c"), "/a"),
        (("/a/b",), "/a/b"),
        (("P:\\a\\b", "P:\\a\\c"), "P:\\a"),
        (("P:\\a", "Q:\\a"), "P:\\a"),
    ],
)
def test_the_folder_of_all_outputs(folders: tuple[str, ...], expected: str) -> None:
    assert common(folders) == expected


# --- writing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", list(targets()))
def test_every_farm_is_written_and_written_again(to: str, plan: Path, tmp_path: Path) -> None:
    done = export(Order(to, plan, tmp_path / "job"))
    assert names(tmp_path / "job") == {path.name for path in done.files} | {LIST}
    listed = dict(row.split("  ")[::-1] for row in (tmp_path / "job" / LIST).read_text().splitlines())
    assert listed == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in done.files}
    before = {path: path.read_bytes() for path in (tmp_path / "job").iterdir()}
    assert export(Order(to, plan, tmp_path / "job")).files == done.files
    assert {path: path.read_bytes() for path in (tmp_path / "job").iterdir()} == before
    assert str(plan) in "".join(text.decode() for text in before.values())


def test_what_an_earlier_export_wrote_is_replaced(plan: Path, tmp_path: Path) -> None:
    export(Order("slurm", plan, tmp_path / "job", signers=True))
    assert "seal.sbatch" in names(tmp_path / "job")
    export(Order("slurm", plan, tmp_path / "job", chunk=2))
    assert names(tmp_path / "job") == {"label.sbatch", "collect.sbatch", "submit.sh", LIST}
    assert "--array=0-1" in (tmp_path / "job" / "label.sbatch").read_text()


def test_other_files_stay(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "slurm-1_0.out").write_text("a log")
    export(Order("slurm", plan, tmp_path))
    assert (tmp_path / "slurm-1_0.out").read_text() == "a log"


@pytest.mark.parametrize("changed", [False, True])
def test_a_file_that_is_not_ours_is_never_replaced(changed: bool, plan: Path, tmp_path: Path) -> None:
    """Nor is anything else written then."""
    job = tmp_path / "job"
    if changed:
        export(Order("slurm", plan, job))
    job.mkdir(exist_ok=True)
    with (job / "label.sbatch").open("a") as stream:
        stream.write("#SBATCH --partition=night\n")
    before = {path: path.read_bytes() for path in job.iterdir()}
    with pytest.raises(OutputRefused, match=r"label\.sbatch is there already"):
        export(Order("slurm", plan, job, chunk=2))
    assert {path: path.read_bytes() for path in job.iterdir()} == before


def test_a_link_or_folder_in_the_way_is_not_ours(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(OutputRefused):
        export(Order("openjd", plan, tmp_path))
    (tmp_path / "label.sbatch").mkdir()
    with pytest.raises(OutputRefused):
        export(Order("slurm", plan, tmp_path))


def test_a_list_that_somebody_changed_reaches_no_other_folder(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"")
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / LIST).write_text("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  ../mine\n")
    export(Order("slurm", plan, tmp_path / "job"))
    assert (tmp_path / "mine").exists()


def test_places_that_cannot_be_written(plan: Path, tmp_path: Path) -> None:
    for folder in (plan, plan / "below", tmp_path / "no" / "such"):
        with pytest.raises(OutputRefused):
            export(Order("slurm", plan, folder))


def test_a_text_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "100%.jsonl", [line()])
    with pytest.raises(SourceRejected):
        export(Order("opencue", plan, tmp_path / "job"))
    assert names(tmp_path / "job") == set()


def test_slurm_keeps_within_its_longest_array(tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan.jsonl", [line()] * 2500)
    done = export(Order("slurm", plan, tmp_path / "job"))
    (work,) = done.job.works
    assert (done.job.chunk, done.job.count(work), done.job.on_reject) == (3, 834, "record")
    assert list(done.job.tasks(work))[-1].items == "2499"


def test_segments_are_counted(tmp_path: Path) -> None:
    whole = line(rendering={"way": "full", "segments": []})
    lines = [line(), line(**in_segments(3)), whole, line(rendering=None), line(**in_segments(2))]
    assert read_plan(write_plan(tmp_path / "plan.jsonl", lines)).cuts == (Cut(1, 3), Cut(4, 2))


def test_slurm_keeps_within_its_longest_array_with_segments(tmp_path: Path) -> None:
    """Several segments of one item a task, and as many items a task as the gaps between those that are cut ask for."""
    lines = [line(), line(), line(**in_segments(7))] * 600
    done = export(Order("slurm", write_plan(tmp_path / "plan.jsonl", lines), tmp_path / "job"))
    segment, label, join = done.job.works
    assert (done.job.segment_chunk, done.job.count(segment), done.uncut) == (7, 600, 0)
    assert (done.job.chunk, done.job.count(label), done.job.count(join)) == (2, 600, 600)
    assert next(done.job.tasks(segment)).segments == "0-6"


@pytest.mark.parametrize(("to", "most"), [("slurm", 1000), ("openjd", 1024)])
def test_more_than_a_farm_takes_is_told_and_goes_in_one_piece(
    to: str, most: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path / "plan.jsonl", [line(**in_segments(2))] * (most + 1))
    done = export(Order(to, plan, tmp_path / "job"))
    assert (done.uncut, done.job.plan.cuts, [work.name for work in done.job.works]) == (most + 1, (), ["label"])
    assert run(["export", str(plan), "--to", to, "-o", str(tmp_path / "job")]) == 0
    said = capfd.readouterr().err
    assert f"takes {most} tasks of segments: {most + 1} items that the plan cuts are more" in said


def test_a_farm_that_knows_no_waiting_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One file is a farm: what it does not say of itself, nobody expects of it."""
    plain = Target(
        "plain",
        "A farm",
        write=lambda job: {"all.txt": [task.items for task in job.tasks(job.works[0])]},
        submit=("", ""),
    )
    monkeypatch.setattr("labeler.farm.export.targets", lambda: {"slurm": plain})
    plan = write_plan(tmp_path / "plan.jsonl", [line(), line(**in_segments(3))])
    assert run(["export", str(plan), "--to", "slurm", "-o", str(tmp_path / "job")]) == 0
    assert "A farm cannot have a task wait for others: 1 items that the plan cuts" in capfd.readouterr().err
    assert (tmp_path / "job" / "all.txt").read_text() == "01"


def test_every_farm_here_takes_segments() -> None:
    assert all(target.most_segments > 0 for target in targets().values())


def test_flamenco_has_no_signers(plan: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Flamenco 3 cannot hold back"):
        export(Order("flamenco", plan, tmp_path / "job", signers=True))


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command(plan: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(plan), "--to", "slurm", "-o", str(tmp_path / "job")]) == 0
    out, said = capfd.readouterr()
    assert out.split() == [str(tmp_path / "job" / name) for name in ("label.sbatch", "collect.sbatch", "submit.sh")]
    assert "3 items in 3 tasks. Nothing was submitted." in said
    assert f"bash {tmp_path}/job/submit.sh" in said


def test_the_command_tells_of_segments(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    plan = write_plan(tmp_path / "plan.jsonl", [line(), line(**in_segments(3)), line()])
    for to, names, submit in (
        ("slurm", ("segment.sbatch", "label.sbatch", "join.sbatch", "collect.sbatch", "submit.sh"), "submit.sh"),
        ("k8s", ("segment.yaml", "label.yaml", "join.yaml", "collect.yaml"), "segment.yaml"),
    ):
        assert run(["export", str(plan), "--to", to, "-o", str(tmp_path / to)]) == 0
        out, said = capfd.readouterr()
        assert out.split() == [str(tmp_path / to / name) for name in names]
        assert "3 items in 3 tasks; 1 of them cut into 3 segments, in 3 tasks before. Nothing was submitted." in said
        assert f"{tmp_path}/{to}/{submit}`" in said


def test_the_command_to_submit_can_be_pasted(plan: Path, tmp_path: Path) -> None:
    done = export(Order("slurm", plan, tmp_path / "it's the job"))
    (command,) = re.findall(r"`(.*)`", done.submit)
    assert shlex.split(command) == ["bash", str(tmp_path / "it's the job" / "submit.sh")]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--to", "slurm"], 2, "This is missing: -o"),
        (["-o", "job"], 2, "This is missing: --to"),
        (["--to", "lsf", "-o", "job"], 2, "--to"),
        (["--to", "slurm", "-o", "plan.jsonl"], 3, "is there already"),
    ],
)
def test_the_command_refuses(
    arguments: list[str],
    code: int,
    told: str,
    plan: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(plan.parent)
    assert run(["export", "plan.jsonl", *arguments]) == code
    assert told in capfd.readouterr().err
