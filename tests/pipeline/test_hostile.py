"""Every hostile file through the real commands: its exit code, a minute, a gigabyte, one sentence, nothing left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.catalogue import HOSTILE
from tests.hostile.damage import GENERATED, damaged_clip
from tests.hostile.registry import Hostile
from tests.hostile.runner import Runner
from tests.hostile.sources import good
from tests.hostile.trial import MAY_BE_DAMAGED, attempt

pytestmark = pytest.mark.wide
SAMPLES = Path(__file__).parents[2] / "samples"
SEEDS = range(18)
REAL_SEEDS = range(12)


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    scratch = tmp_path_factory.mktemp("runner")
    (scratch / "tmp").mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LABELER_")}
    environment |= {"LABELER_HOME": str(scratch / "home"), "LABELER_LANG": "en", "TMPDIR": str(scratch / "tmp")}
    make = [sys.executable, "-m", "labeler", "identity", "new", "studio"]
    subprocess.run(make, env=environment, check=True, capture_output=True)
    with Runner(scratch, environment) as server:
        yield server
    assert not list((scratch / "tmp").iterdir()), "something was left in the folder for temporary files"


def spread(case: Hostile, number: int) -> tuple[str, ...]:
    """`label` and one other command, another one for each file: `python -m tests.hostile` runs them all."""
    others = [command for command in case.commands if command != "label"]
    return ("label", others[number % len(others)]) if "label" in case.commands and others else case.commands


@pytest.mark.parametrize(("number", "case"), list(enumerate(HOSTILE.values())), ids=list(HOSTILE))
def test_hostile(number: int, case: Hostile, runner: Runner, tmp_path: Path) -> None:
    trial = attempt(runner, case.name, case.make(tmp_path), tmp_path, case.codes, spread(case, number))
    assert not trial.faults, "\n".join(trial.faults)


@pytest.mark.parametrize("seed", SEEDS)
def test_damage(seed: int, runner: Runner, tmp_path: Path) -> None:
    path = damaged_clip(GENERATED[seed % len(GENERATED)], seed, tmp_path)
    trial = attempt(runner, f"{path.name} {seed}", path, tmp_path, MAY_BE_DAMAGED, ("label", "verify"))
    assert not trial.faults, "\n".join(trial.faults)


def real_clips() -> list[Path]:
    """The samples, and what LABELER_MEDIA adds; small ones, so that a trial takes a second or two."""
    folders = [SAMPLES, *(Path(named) for named in [os.environ.get("LABELER_MEDIA")] if named)]
    endings = (".mp4", ".mov", ".mkv", ".webm", ".ts", ".avi")
    found = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in endings]
    return [path for path in found if path.stat().st_size < 600_000]


@pytest.mark.parametrize("seed", REAL_SEEDS)
def test_damage_to_real_clips(seed: int, runner: Runner, tmp_path: Path) -> None:
    clips = real_clips()
    clip = clips[seed % len(clips)]
    path = damaged_clip(clip, seed, tmp_path)
    trial = attempt(runner, f"{clip.name} {seed}", path, tmp_path, MAY_BE_DAMAGED, ("dry run", "verify", "inspect"))
    assert not trial.faults, "\n".join(trial.faults)


def test_a_trial_sees_what_is_wrong(runner: Runner, tmp_path: Path) -> None:
    """The trial itself: a whole clip that should have been refused is a fault."""
    path = tmp_path / "whole.mp4"
    path.write_bytes(good("mp4"))
    faults = attempt(runner, "whole", path, tmp_path, frozenset({3}), ("label",)).faults
    assert [fault.split(",")[0] for fault in faults] == ["label: exit 0"]


def test_every_container_is_attacked() -> None:
    for mark in ("mp4", "mov", "mkv", "webm", "ts", "avi", "mxf", "Matroska", "AVI", "TS", "MXF", "XMP", "C2PA"):
        assert any(name.startswith(mark) for name in HOSTILE), mark
    assert len(HOSTILE) > 300
