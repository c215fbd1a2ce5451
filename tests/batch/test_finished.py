"""What is done already is told without a process that works on videos, and only what is: under exactly the conditions
that hold for whoever carries an item out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import labeler
from labeler.batch import pool
from labeler.batch.asked import Asked, Steps
from labeler.batch.children import search_path
from labeler.batch.finished import teller
from labeler.batch.forked import IS_POSSIBLE
from labeler.batch.listener import Keeping
from labeler.batch.outcome import failure
from labeler.batch.plan_file import PlanFile, open_plan
from labeler.batch.results import read_result, result_path, write_result
from labeler.batch.steps import run_steps
from labeler.batch.steps_apart import run_steps_apart
from labeler.cli.main import run
from labeler.errors import IdentityError, Interrupted, SourceUnreadable
from labeler.layers.credentials import identity as identities
from labeler.release import record_path
from labeler.rules.plan import PlanItem
from labeler.rules.record import fingerprint
from tests.clips import make_clip

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one identity, a plan of three items, and what the first two came to."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "in").mkdir()
    first = make_clip(folder / "in" / "a.mkv", width=480, height=270, seconds=0.4, sound=False)
    for name in "bc":
        shutil.copyfile(first, folder / "in" / f"{name}.mkv")
    identities.create("one", home=folder / "home", now=NOW)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LABELER_HOME", str(folder / "home"))
        asked = ["--involvement", "generated", "-o", f"{folder}/out/", "--plan", f"{folder}/plan.jsonl"]
        assert run(["plan", f"{folder}/in", *asked]) == 0
        assert run(["step", f"{folder}/plan.jsonl", "--item", "0-1"]) == 0
    return folder


@dataclass(frozen=True)
class Place:
    """A copy of it all, as on a machine that has the folder at another place."""

    folder: Path
    master: Path

    @property
    def plan(self) -> PlanFile:
        return open_plan(self.folder / "plan.jsonl")

    @property
    def output(self) -> Path:
        return self.folder / "out" / "a.eu-standard.mkv"

    @property
    def asked(self) -> Asked:
        return Asked(NOW, mapped=self.mapped)

    def mapped(self, item: PlanItem) -> PlanItem:
        here = str(self.folder)
        source = item.source.model_copy(update={"file": item.source.file.replace(str(self.master), here)})
        return item.model_copy(update={"source": source, "output": item.output.replace(str(self.master), here)})

    def told(self, asked: Asked, number: int = 0) -> labeler.Result | None:
        """What is told of an item; None: nothing is."""
        heard, plan = Keeping(labeler.Listener()), self.plan
        is_told = teller(Steps(plan, asked))(number, plan.item(number), heard)
        assert is_told == bool(heard.results)
        return heard.results.get(number)


@pytest.fixture
def place(master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    shutil.copytree(master, tmp_path / "here")
    monkeypatch.setenv("LABELER_HOME", str(tmp_path / "here" / "home"))
    return Place(tmp_path / "here", master)


def test_it_is_told_as_by_who_carries_it_out(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "Worker", None)  # none is needed
    events: list[tuple[str, int]] = []

    class Heard(labeler.Listener):
        def started(self, item: labeler.Item) -> None:
            events.append(("started", item.number))

        def surveyed(self, item: labeler.Item, frames: int) -> None:
            events.append(("surveyed", frames))

        def finished(self, item: labeler.Item, result: labeler.Result) -> None:
            events.append((f"finished {result.status} {item.output}", item.number))

    apart, here = Keeping(Heard()), Keeping(Heard())
    run_steps_apart(Steps(place.plan, place.asked), range(2), apart)
    told, events = events, []
    written = [result_path(place.plan, number).read_bytes() for number in range(2)]
    shutil.rmtree(place.plan.results)
    list(run_steps(place.plan, range(2), place.asked, here))
    assert told == events and len(told) == 6
    assert apart.results == here.results and apart.results[0].status == "skipped"
    assert [result_path(place.plan, number).read_bytes() for number in range(2)] == written


def test_a_result_that_is_known_is_not_written_again(place: Place) -> None:
    place.told(place.asked)
    path = result_path(place.plan, 0)
    text = path.read_text() + "\n"
    path.write_text(text)
    assert place.told(place.asked) is not None and path.read_text() == text
    path.write_text("{")
    assert place.told(place.asked) is not None
    last = read_result(place.plan, 0, place.plan.item(0))
    assert last is not None and last.status == "skipped"


def change_record(place: Place, **values: object) -> None:
    path = record_path(place.output)
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def change_plan(place: Place, change: Callable[[PlanItem], PlanItem]) -> None:
    """By someone who knows how to make it look sound."""
    path = place.folder / "plan.jsonl"
    first, *others = path.read_text().splitlines()
    item = change(PlanItem.model_validate_json(first))
    path.write_text("\n".join([item.model_dump_json(by_alias=True), *others]) + "\n")


def not_resumed(item: PlanItem) -> PlanItem:
    return item.model_copy(update={"delivery": item.delivery.model_copy(update={"resume": False})})


def of_another_declaration(item: PlanItem) -> PlanItem:
    other = item.model_copy(update={"declaration_sha256": "0" * 64})
    return other.model_copy(update={"fingerprint": fingerprint(other)})


def edit_plan(place: Place) -> None:
    path = place.folder / "plan.jsonl"
    path.write_text(path.read_text().replace("Contenu", "Kontenu"))


def change_output(place: Place) -> None:
    place.output.write_bytes(place.output.read_bytes()[:-1] + b"x")


CHANGES: dict[str, Callable[[Place], object]] = {
    "no output": lambda place: place.output.unlink(),
    "another output": change_output,
    "no record": lambda place: record_path(place.output).unlink(),
    "a record that cannot be read": lambda place: record_path(place.output).write_text("{"),
    "a record of which a part cannot be used": lambda place: change_record(place, verdict={"outcome": "pass"}),
    "a record of another plan": lambda place: change_record(place, fingerprint="0" * 64),
    "a record of other bytes": lambda place: change_record(place, output={"file": "a", "sha256": "0" * 64}),
    "a record that names no output": lambda place: change_record(place, output=None),
    "a sidecar is gone": lambda place: next((place.folder / "out").glob("a.*.c2pa")).unlink(),
    "asked for anew": lambda place: change_plan(place, not_resumed),
    "asked for otherwise": lambda place: change_plan(place, of_another_declaration),
    "the plan was edited": edit_plan,
    "nobody to sign": lambda place: shutil.rmtree(place.folder / "home"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_done_is_left_to_who_carries_it_out(change: str, place: Place) -> None:
    assert place.told(place.asked) is not None
    result_path(place.plan, 0).unlink()
    CHANGES[change](place)
    assert place.told(place.asked) is None
    assert not result_path(place.plan, 0).exists()


def test_a_certificate_that_has_expired(place: Place) -> None:
    assert place.told(replace(place.asked, when=NOW + timedelta(days=36500))) is None


@pytest.mark.parametrize("asked", [{"stage": "render"}, {"segments": range(1)}], ids=str)
def test_who_does_not_sign_needs_no_key(asked: dict[str, object], place: Place) -> None:
    shutil.rmtree(place.folder / "home")
    told = place.told(replace(place.asked, **asked))  # type: ignore[arg-type]
    assert told is not None and told.status == "skipped"


def test_the_seal_of_what_could_not_be_rendered(place: Place) -> None:
    """Why it could not is told again, whatever stands there."""
    item = place.plan.item(0)
    write_result(place.plan, 0, failure(SourceUnreadable("broken"), item.source, item.id))
    assert place.told(replace(place.asked, stage="seal")) is None
    assert place.told(place.asked) is not None


def test_a_trust_list_that_cannot_be_read_stops_it_all(place: Place) -> None:
    (place.folder / "home" / "trust").mkdir()
    (place.folder / "home" / "trust" / "own.pem").write_text("none")
    with pytest.raises(IdentityError):
        place.told(place.asked)


@pytest.mark.skipif(not IS_POSSIBLE, reason="this system forks no process safely")
def test_done_and_not_done_one_after_the_other(place: Place) -> None:
    place.output.unlink()
    heard = Keeping(labeler.Listener())
    run_steps_apart(Steps(place.plan, place.asked), range(3), heard)
    assert {number: result.status for number, result in heard.results.items()} == {
        0: "released",
        1: "skipped",
        2: "released",
    }
    assert list(heard.results) == [0, 1, 2]


def test_stopped_between_two_items(place: Place) -> None:
    class Stopping(Keeping):
        def beat(self) -> None:
            if self.results:
                raise Interrupted("stopped")

    heard = Stopping(labeler.Listener())
    with pytest.raises(Interrupted):
        run_steps_apart(Steps(place.plan, place.asked), range(2), heard)
    assert list(heard.results) == [0]


HEAVY = ("numpy", "cv2", "av", "c2pa", "PIL", "labeler.pipeline", "labeler.planning", "sqlalchemy", "onnxruntime")


@pytest.mark.skipif(not IS_POSSIBLE, reason="this system forks no process safely")
def test_nothing_that_opens_a_video_is_loaded(master: Path) -> None:
    code = (
        "import sys\nfrom labeler.cli.main import run\n"
        f"code = run(['step', {str(master / 'plan.jsonl')!r}, '--item', '0-1'], is_own_process=True)\n"
        f"print(int(code), *[name for name in {HEAVY} if name in sys.modules])"
    )
    environment = {**os.environ, "LABELER_HOME": str(master / "home"), "PYTHONPATH": search_path()}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0"
