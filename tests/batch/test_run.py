"""What a batch does with what is there already, with what fails, and with what stops it: through the library."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

import labeler
from labeler.batch import run as batch_run
from labeler.batch import step as batch_step
from labeler.batch.outcome import exit_code_of
from labeler.errors import DiskFull, Interrupted, LabelerError, SourceMissing, UsageError
from labeler.layers.credentials import identity as identities
from labeler.release import read_record
from tests.clips import make_clip

NOW = datetime.now(UTC)
"""c2pa judges certificates by the clock of the machine, so the identities must be valid by it."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", width=480, height=270, seconds=0.4, sound=False)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("homes")
    for name in ("one", "two"):
        identities.create(name, home=folder, now=NOW)
    return folder


@pytest.fixture(autouse=True)
def at_home(homes: Path, private_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_HOME", str(homes))
    monkeypatch.setenv("LABELER_IDENTITY", "one")


class Heard(labeler.Listener):
    """Writes down what it is told; stops the work at the phase named."""

    def __init__(self, stop_at: str | None = None) -> None:
        self.events: list[str] = []
        self.stop_at = stop_at

    def started(self, item: labeler.Item) -> None:
        self.events.append(f"started {item.source.name} {item.preset}")

    def progress(self, item: labeler.Item, phase: str, share: float) -> None:
        assert 0 <= share <= 1
        if phase == self.stop_at:
            raise Interrupted("stopped")
        if self.events[-1] != phase:
            self.events.append(phase)

    def finished(self, item: labeler.Item, result: labeler.Result) -> None:
        self.events.append(f"finished {result.status}")


def label(*sources: Path | str, **how: object) -> tuple[labeler.Result, ...]:
    return labeler.label(*sources, **({"involvement": "generated", "now": lambda: NOW} | how))  # type: ignore[arg-type]


def statuses(results: tuple[labeler.Result, ...]) -> list[str]:
    return [result.status for result in results]


def test_what_is_done_is_skipped_until_something_changes(clip: Path, tmp_path: Path) -> None:
    source = Path(shutil.copyfile(clip, tmp_path / "spot.mp4"))
    declared = tmp_path / "declared.toml"
    declared.write_text('schema = "labeler.declaration/1"\n[ai]\ninvolvement = "generated"\n')

    def again(**how: object) -> str:
        (result,) = label(source, **how)
        assert result.status in ("released", "skipped"), result.problems
        assert result.output is not None
        assert result.output.file == str(tmp_path / "spot.eu-standard.mp4")
        assert not list(tmp_path.glob(".*")), "something private was left"
        return result.status

    assert again() == "released"
    assert again() == "skipped"
    assert again(involvement=None, declaration=str(declared)) == "skipped", "the same statement, by a file"
    assert again(resume=False) == "released"
    assert again(language="en") == "released"
    assert again(language="en") == "skipped"
    assert again(identity="two") == "released"
    assert again(involvement="assisted") == "released"
    output = tmp_path / "spot.eu-standard.mp4"
    output.write_bytes(output.read_bytes() + b"\0")
    assert again(involvement="assisted") == "released", "the bytes of the output had changed"
    shutil.copyfile(make_clip(tmp_path / "other.mp4", width=480, height=270, seconds=0.48, sound=False), source)
    (tmp_path / "other.mp4").unlink()
    assert again(involvement="assisted") == "released", "the source had changed"


def test_a_changed_preset_is_done_again(clip: Path, tmp_path: Path) -> None:
    preset = tmp_path / "own.toml"
    text = (Path(__file__).parents[2] / "presets" / "eu-standard.toml").read_text(encoding="utf-8")
    preset.write_text(text.replace('id = "eu-standard"', 'id = "own"'), encoding="utf-8")
    how = {"presets": str(preset), "output": f"{tmp_path}/out/"}
    assert statuses(label(clip, **how)) == ["released"]
    assert statuses(label(clip, **how)) == ["skipped"]
    preset.write_text(preset.read_text(encoding="utf-8").replace("version = 1", "version = 2", 1), encoding="utf-8")
    assert statuses(label(clip, **how)) == ["released"]


def test_a_moved_delivery_is_told_where_it_is(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    shutil.copyfile(clip, tmp_path / "a" / "spot.mp4")
    assert statuses(label(tmp_path / "a")) == ["released"]
    (tmp_path / "a").rename(tmp_path / "b")
    (result,) = label(tmp_path / "b")
    assert result.status == "skipped" and result.output is not None
    assert result.output.file == str(tmp_path / "b" / "spot.eu-standard.mp4")
    assert result.source.file == str(tmp_path / "b" / "spot.mp4")


def test_records_elsewhere(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "records").mkdir()
    shutil.copyfile(clip, tmp_path / "in" / "spot.mp4")
    how = {"records": tmp_path / "records"}
    assert statuses(label(tmp_path / "in", **how)) == ["released"]
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["spot.eu-standard.mp4", "spot.mp4"]
    assert [path.name for path in (tmp_path / "records").iterdir()] == ["spot.eu-standard.mp4.labeler.json"]
    assert statuses(label(tmp_path / "in", **how)) == ["skipped"], "the output is passed over as a source"
    assert statuses(label(tmp_path / "in")) == ["rejected"], "it cannot be told without its record"


def test_a_sidecar_belongs_to_what_is_done(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "spot.mkv", width=480, height=270, seconds=0.4, sound=False)
    (result,) = label(source)
    assert result.sidecars == ("spot.eu-standard.c2pa",)
    assert statuses(label(source)) == ["skipped"]
    (tmp_path / "spot.eu-standard.c2pa").unlink()
    assert statuses(label(source)) == ["released"]
    assert (tmp_path / "spot.eu-standard.c2pa").is_file()


def test_someone_elses_sidecar_stays(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "spot.mkv", width=480, height=270, seconds=0.4, sound=False)
    theirs = tmp_path / "spot.eu-standard.c2pa"
    theirs.write_bytes(b"someone's")
    (result,) = label(source)
    assert result.status == "rejected" and theirs.name in result.problems[0].message
    assert theirs.read_bytes() == b"someone's"


def test_our_own_sidecar_left_by_a_killed_run_is_in_nobodys_way(tmp_path: Path) -> None:
    """Killed after the sidecar's rename, before the record's: neither record nor media beside it."""
    source = make_clip(tmp_path / "spot.mkv", width=480, height=270, seconds=0.4, sound=False)
    assert statuses(label(source)) == ["released"]
    for name in ("spot.eu-standard.mkv", "spot.eu-standard.mkv.labeler.json"):
        (tmp_path / name).unlink()
    assert statuses(label(source)) == ["released"]


def test_overwrite(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_bytes(b"someone's work")
    for overwrite in ("ours", "never"):
        (result,) = label(clip, output=target, overwrite=overwrite)
        assert (result.status, result.exit_code) == ("rejected", 3)
        assert target.read_bytes() == b"someone's work"
    assert statuses(label(clip, output=target, overwrite="always")) == ["released"]
    assert statuses(label(clip, output=target, overwrite="never")) == ["skipped"], "what is done needs no replacing"
    assert statuses(label(clip, output=target, overwrite="never", language="en")) == ["rejected"]
    assert statuses(label(clip, output=target, overwrite="ours", language="en")) == ["released"]


def test_own_outputs_as_sources(clip: Path, tmp_path: Path) -> None:
    source = Path(shutil.copyfile(clip, tmp_path / "spot.mp4"))
    assert statuses(label(source)) == ["released"]
    output = tmp_path / "spot.eu-standard.mp4"
    for record in (True, False):
        (result,) = label(output)
        assert (result.status, result.exit_code) == ("rejected", 3)
        assert "--overwrite always" in result.problems[0].remedy
        assert len(label(tmp_path, overwrite="always")) == 1, "a folder never yields them"
        if record:
            output.with_name(output.name + ".labeler.json").unlink()
    (tmp_path / "again").mkdir()
    results = label(output, overwrite="always", output=f"{tmp_path}/again/")
    assert statuses(results) == ["released"], results[0].problems


def test_several_presets_read_a_source_once(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    true_read = batch_run.planning.read_source

    def read_source(path: Path, **how: object) -> object:
        read.append(path)
        return true_read(path, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(batch_run.planning, "read_source", read_source)
    heard = Heard()
    presets = ["eu-standard", "youtube-16x9", "vertical-universal", "eu-standard"]
    results = label(clip, presets=presets, output=f"{tmp_path}/out/", listener=heard)
    assert statuses(results) == ["released", "released", "rejected"], "no layout of the third holds a landscape"
    assert read == [clip]
    assert [event for event in heard.events if event.startswith("started")] == [
        "started clip.mp4 eu-standard",
        "started clip.mp4 youtube-16x9",
        "started clip.mp4 vertical-universal",
    ]
    assert sorted(path.name for path in (tmp_path / "out").glob("*.mp4")) == [
        "clip.eu-standard.mp4",
        "clip.youtube-16x9.mp4",
    ]


def test_a_listener_hears_the_phases_in_order(clip: Path, tmp_path: Path) -> None:
    heard = Heard()
    label(clip, output=f"{tmp_path}/", listener=heard)
    phases = ["probe", "render", "sign", "verify", "release"]
    assert [event for event in heard.events if event in phases] == phases
    assert heard.events[-1] == "finished released"


def test_bad_files_are_told_first_and_stop_nobody(clip: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.write_bytes(b"")
    heard = Heard()
    results = label(empty, clip, tmp_path / "gone.mp4", output=f"{tmp_path}/out/", listener=heard)
    assert statuses(results) == ["rejected", "rejected", "released"]
    assert [result.problems[0].code for result in results[:2]] == ["source-missing", "source-unreadable"]
    assert heard.events[0] == "finished rejected", "what is missing is told before anything is read"


def test_a_bug_is_one_files_own(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Path(shutil.copyfile(clip, tmp_path / "other.mp4"))
    true_label = batch_step.label_file

    def label_file(order: object) -> object:
        if order.item.source.file == str(clip):  # type: ignore[attr-defined]
            raise ZeroDivisionError("made up")
        return true_label(order)  # type: ignore[arg-type]

    monkeypatch.setattr(batch_step, "label_file", label_file)
    results = label(clip, other, output=f"{tmp_path}/out/")
    assert [(result.status, result.exit_code) for result in results] == [("error", 70), ("released", 0)]
    (problem,) = results[0].problems
    assert (problem.code, problem.retry) == ("bug", "once") and "made up" in problem.message


@pytest.mark.parametrize("phase", ["probe", "render", "sign", "verify"])
def test_stopped(phase: str, clip: Path, tmp_path: Path) -> None:
    heard = Heard(stop_at=phase)
    with pytest.raises(Interrupted):
        label(clip, output=f"{tmp_path}/out/", listener=heard)
    assert heard.events[-1] == "finished interrupted"
    assert not list(tmp_path.rglob("*.*"))


def test_nothing_named(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing):
        label()


def test_types_of_the_library(clip: Path, tmp_path: Path) -> None:
    (result,) = label(str(clip), presets="eu-standard", output=tmp_path / "film.mp4")
    assert isinstance(result, labeler.Result) and isinstance(result.verdict, labeler.Verdict)
    output = tmp_path / "film.mp4"
    for file in (output, str(output)):
        verdict = labeler.verify(file, preset="eu-standard")
        assert isinstance(verdict, labeler.Verdict) and verdict.outcome == "pass"
        assert all(isinstance(check, labeler.Check) for check in verdict.checks)
        inspection = labeler.inspect(file)
        assert isinstance(inspection, labeler.Inspection) and inspection.sha256 == verdict.sha256
    record = read_record(output)
    assert record is not None and record.verdict is not None and record.verdict.sha256 == result.verdict.sha256
    with pytest.raises(labeler.LabelerError) as missing:
        labeler.verify(tmp_path / "gone.mp4")
    assert missing.value.exit_code == 3


def test_wrong_usage_is_raised_before_any_work(clip: Path, tmp_path: Path) -> None:
    for how in (
        {"involvement": None},
        {"declaration": tmp_path / "gone.toml", "involvement": None},
        {"declaration": tmp_path / "gone.toml"},
        {"presets": "eu-standart"},
        {"name": "{stem"},
    ):
        with pytest.raises(UsageError):
            label(clip, output=f"{tmp_path}/out/", **how)
    assert not list(tmp_path.iterdir())


def test_exit_codes_of_many() -> None:
    assert exit_code_of([]) == 3
    for code in (0, 2, 3, 4, 5, 6, 70, 75):
        assert exit_code_of([code]) == code
        assert exit_code_of([code, 0]) == (0 if code == 0 else 75 if code == 75 else 1)
    assert exit_code_of([75, 75]) == 75
    assert exit_code_of([75, 3]) == 1


def test_results_of_errors() -> None:
    made = batch_run.failure(DiskFull("full"), batch_run.FileReference(file="a.mp4"))
    assert (made.status, made.exit_code, made.problems[0].retry) == ("error", 75, "yes")
    assert LabelerError("x").retry == "once"
