"""A plan file and its items: carried out in any order, on any machine, each once; and what `collect` says of them."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import labeler
from labeler import pipeline, release
from labeler.batch import steps
from labeler.batch.asked import Asked
from labeler.batch.outcome import exit_code_of
from labeler.batch.plan_file import PlanFile, numbers_in, open_plan
from labeler.batch.results import collected, read_result
from labeler.batch.steps import run_steps
from labeler.cli.main import run
from labeler.errors import Interrupted, OutputBusy, PlanError, UsageError
from labeler.layers.credentials import identity as identities
from labeler.release import read_record
from labeler.rules.record import Result
from tests.clips import make_clip

NOW = datetime.now(UTC)
"""c2pa judges certificates by the clock of the machine, so the identities must be valid by it."""
ASKED = Asked(NOW)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    first = make_clip(folder / "a.mp4", width=480, height=270, seconds=0.4, sound=False)
    shutil.copyfile(first, folder / "b.mp4")
    (folder / "c.mp4").write_bytes(b"no film")
    return folder


@pytest.fixture
def plan(clips: Path, tmp_path: Path, private_home: Path) -> PlanFile:
    """Two items, and one source that leads to none."""
    identities.create("one", home=private_home, now=NOW)
    return planned(clips, tmp_path)


def planned(sources: Path, folder: Path, *flags: str) -> PlanFile:
    path = folder / "plan.jsonl"
    shutil.copytree(sources, folder / "in", dirs_exist_ok=True)
    asked = [str(folder / "in"), "--involvement", "generated", "-o", f"{folder}/out/", "--plan", str(path), *flags]
    assert run(["plan", *asked]) in (0, 1)
    return open_plan(path)


def carried_out(plan: PlanFile, asked: str = "0-1", settings: Asked = ASKED) -> list[Result]:
    return list(run_steps(plan, numbers_in(asked), settings, labeler.Listener()))


def statuses(results: list[Result]) -> list[str]:
    return [result.status for result in results]


def codes(results: list[Result]) -> list[str]:
    return [problem.code for result in results for problem in result.problems]


def test_a_plan_writes_nothing_but_itself_and_what_it_refused(plan: PlanFile, tmp_path: Path) -> None:
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "plan.jsonl", "plan.jsonl.results"]
    assert [item.output for _, item in plan.items()] == [f"{tmp_path}/out/{name}.eu-standard.mp4" for name in "ab"]
    results = list(collected(plan))
    assert statuses(results) == ["rejected", "error", "error"]
    assert codes(results) == ["source-unreadable", "result-missing", "result-missing"]


def test_each_item_is_done_once_and_collected(
    plan: PlanFile, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert statuses(carried_out(plan)) == ["released", "released"]
    assert statuses(carried_out(plan)) == ["skipped", "skipped"]
    assert run(["collect", str(plan.path)]) == 1, "a source was refused when the plan was made"
    out = capfd.readouterr().out.split()
    assert out[-2:] == [f"{tmp_path}/out/{name}.eu-standard.mp4" for name in "ab"]
    (tmp_path / "out" / "a.eu-standard.mp4").unlink()
    assert codes(list(collected(plan))) == ["source-unreadable", "output-missing"]
    assert statuses(carried_out(plan, "0")) == ["released"]


def test_step_gives_the_code_of_its_item(plan: PlanFile, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["step", str(plan.path), "--item", "1", "--json"]) == 0
    (line,) = capfd.readouterr().out.splitlines()
    assert json.loads(line)["id"] == plan.item(1).id
    assert json.loads((plan.results / "1.json").read_text()) == json.loads(line)
    assert run(["step", str(plan.path), "--item", "2"]) == 2
    assert run(["step", str(plan.path), "--item", "one"]) == 2
    assert run(["step", str(plan.path.with_name("none.jsonl")), "--item", "0"]) == 2


def test_rendered_and_sealed_apart(plan: PlanFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signers = Path(os.environ["LABELER_HOME"])
    monkeypatch.setenv("LABELER_HOME", str(tmp_path / "no keys here"))
    assert carried_out(plan, "0", replace(ASKED, stage="render")) == [], "it has no result before its seal"
    assert not list(tmp_path.glob("out/*")) and (plan.results / "0" / "a.eu-standard.mp4").is_file()
    (result,) = carried_out(plan, "0", replace(ASKED, stage="seal"))
    assert (result.status, codes([result])) == ("error", ["identity-missing"])
    monkeypatch.setenv("LABELER_HOME", str(signers))
    (result,) = carried_out(plan, "1", replace(ASKED, stage="seal"))
    assert codes([result]) == ["temporary"], "nothing was rendered"
    (result,) = carried_out(plan, "0", replace(ASKED, stage="seal"))
    assert result.status == "released" and result.verdict is not None
    assert result.verdict.layers["credentials"] in ("pass", "warn")
    assert not (plan.results / "0").exists() and not list((tmp_path / "out").glob(".*"))


def test_a_rendered_file_that_changed_is_not_sealed(plan: PlanFile) -> None:
    carried_out(plan, "0", replace(ASKED, stage="render"))
    shelved = plan.results / "0" / "a.eu-standard.mp4"
    shelved.write_bytes(shelved.read_bytes()[:-1] + b"x")
    (result,) = carried_out(plan, "0", replace(ASKED, stage="seal"))
    assert codes([result]) == ["source-rejected"] and not Path(plan.item(0).output).exists()


def test_an_edited_plan_is_refused(plan: PlanFile) -> None:
    first, second = plan.path.read_text().splitlines()
    plan.path.write_text(first.replace("Contenu", "Kontenu") + "\n" + second.replace("/out/b", "/out/z") + "\n")
    results = carried_out(open_plan(plan.path))
    assert codes(results) == ["plan", "plan"] and {result.exit_code for result in results} == {2}


def test_a_source_that_changed_is_refused(plan: PlanFile, tmp_path: Path) -> None:
    make_clip(tmp_path / "in" / "a.mp4", width=480, height=270, seconds=0.48, sound=False)
    (tmp_path / "in" / "b.mp4").unlink()
    results = carried_out(plan)
    assert codes(results) == ["source-changed", "source-missing"] and {one.exit_code for one in results} == {3}


def test_another_signer_is_refused(plan: PlanFile, private_home: Path) -> None:
    shutil.rmtree(private_home / "identities" / "one")
    identities.create("one", home=private_home, now=NOW)
    (result,) = carried_out(plan, "0")
    assert codes([result]) == ["identity"] and result.exit_code == 5


def test_a_plan_of_a_newer_version_or_of_another_kind(plan: PlanFile, tmp_path: Path) -> None:
    text = plan.path.read_text()
    for wrong in (
        "",
        "\n",
        text.replace("labeler.plan/1", "labeler.plan/2"),
        "[]",
        '{"schema": 7}',
        text[:300],
        "{" * 10**6,
    ):
        plan.path.write_text(wrong)
        with pytest.raises(PlanError):
            open_plan(plan.path)
    with pytest.raises(PlanError):
        open_plan(tmp_path)


@pytest.mark.parametrize("asked", ["", "-1", "1-", "3-1", "1-5:0", "a", "1,2", "1" * 12])
def test_items_that_are_no_range(asked: str) -> None:
    with pytest.raises(UsageError):
        numbers_in(asked)


def test_items() -> None:
    assert [list(numbers_in(asked)) for asked in ("7", "0-2", "0-4:2", "7-7")] == [[7], [0, 1, 2], [0, 2, 4], [7]]


def test_on_a_scratch_disk(plan: PlanFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / ".a.eu-standard.mp4.another-host.1.part").mkdir()
    worked: list[Path] = []
    true_render = pipeline.render_marks

    def render_marks(order: object, source: Path, work: release.Workspace) -> object:
        worked.append(work.folder)
        assert not list(work.output.parent.glob(".*.part")), "nothing is written beside the output before it passed"
        return true_render(order, source, work)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "render_marks", render_marks)
    assert statuses(carried_out(plan, "0", replace(ASKED, scratch=scratch))) == ["released"]
    assert [folder.parent for folder in worked] == [scratch]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a.eu-standard.mp4",
        "a.eu-standard.mp4.labeler.json",
    ]
    assert [path.name for path in scratch.iterdir()] == [".a.eu-standard.mp4.another-host.1.part"], "another machine's"


def test_a_copy_that_differs_is_not_delivered(plan: PlanFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true_copy = shutil.copyfile

    def copyfile(source: Path, target: Path) -> Path:
        true_copy(source, target)
        target.write_bytes(target.read_bytes()[:-1] + b"x")
        return target

    monkeypatch.setattr(release.shutil, "copyfile", copyfile)
    (result,) = carried_out(plan, "0", replace(ASKED, scratch=tmp_path))
    assert codes([result]) == ["output-refused"] and not list((tmp_path / "out").iterdir())


def test_stopped(plan: PlanFile, tmp_path: Path) -> None:
    class Impatient(labeler.Listener):
        def progress(self, item: labeler.Item, phase: str, share: float) -> None:
            if phase == "render":
                raise Interrupted("stopped")

    with pytest.raises(Interrupted):
        list(run_steps(plan, numbers_in("0-1"), ASKED, Impatient()))
    stopped = read_result(plan, 0, plan.item(0))
    assert stopped is not None and stopped.status == "interrupted" and not list((tmp_path / "out").iterdir())
    assert read_result(plan, 1, plan.item(1)) is None


def test_a_busy_output_is_tried_again_later(plan: PlanFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise OutputBusy("busy")

    assert statuses(carried_out(plan, "1")) == ["released"]
    with monkeypatch.context() as patched:
        patched.setattr(steps, "step", busy)
        results = carried_out(plan)
    assert codes(results) == ["output-busy"] * 2 and exit_code_of(one.exit_code for one in results) == 75
    assert statuses(list(collected(plan)))[1:] == ["error", "skipped"], "the record of the second vouches for it"


def test_the_record_holds_no_more_than_the_plan(plan: PlanFile) -> None:
    carried_out(plan, "0")
    record = read_record(Path(plan.item(0).output))
    assert record is not None and record.plan.delivery == plan.item(0).delivery
    assert record.fingerprint == plan.item(0).fingerprint


def test_a_bug_costs_one_item(plan: PlanFile, monkeypatch: pytest.MonkeyPatch) -> None:
    true_step = steps.step

    def step(item: object, *rest: object) -> object:
        if item == plan.item(0):
            raise RuntimeError("no")
        return true_step(item, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(steps, "step", step)
    results = carried_out(plan)
    assert [one.exit_code for one in results] == [70, 0]


def test_a_note_that_asks_for_less_changes_nothing(plan: PlanFile) -> None:
    """What a file must carry is read from the plan alone, never from what lies beside the rendered file."""
    carried_out(plan, "0", replace(ASKED, stage="render"))
    path = plan.results / "0" / "unsealed.json"
    note = json.loads(path.read_text())
    less = {"layers": {"media": "off", "mention": "off", "metadata": "off", "credentials": "off"}, "mention": []}
    path.write_text(
        json.dumps({**note, **less, "item": {**plan.item(0).model_dump(mode="json", by_alias=True), **less}})
    )
    (result,) = carried_out(plan, "0", replace(ASKED, stage="seal"))
    (plain,) = carried_out(plan, "1")
    assert result.status == plain.status == "released" and result.verdict is not None and plain.verdict is not None
    assert result.verdict.layers == plain.verdict.layers and result.verdict.layers["mention"] in ("pass", "warn")
