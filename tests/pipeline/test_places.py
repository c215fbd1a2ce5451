"""Places that cannot be written or read: closed folders, a full disk. Run as a user without privileges."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labeler.layers.credentials import identity as identities
from tests.clips import make_clip


def without_privilege() -> list[str]:
    """For root, who may write anywhere: a prefix that takes that privilege away. Nothing for anyone else."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root without setpriv: closed folders are open to it")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def labeler(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ, LABELER_HOME=str(folder / "home"), LABELER_LANG="en")
    return subprocess.run(
        [*without_privilege(), sys.executable, "-m", "labeler", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Path]:
    make_clip(tmp_path / "clip.mp4", seconds=1)
    identities.create("studio", home=tmp_path / "home", now=datetime.now(UTC))
    yield tmp_path
    subprocess.run(["umount", str(tmp_path / "disk")], capture_output=True)


def test_source_folder_that_cannot_be_written(stage: Path) -> None:
    closed = stage / "closed"
    closed.mkdir()
    (stage / "clip.mp4").rename(closed / "clip.mp4")
    closed.chmod(0o555)
    done = labeler(stage, "label", closed / "clip.mp4", "--involvement", "generated")
    assert done.returncode == 3, done.stderr
    assert "-o" in done.stderr and "Traceback" not in done.stderr
    assert [path.name for path in closed.iterdir()] == ["clip.mp4"]


def test_read_only_source_with_an_output_elsewhere(stage: Path) -> None:
    closed = stage / "closed"
    closed.mkdir()
    (stage / "clip.mp4").rename(closed / "clip.mp4")
    closed.chmod(0o555)
    done = labeler(stage, "label", closed / "clip.mp4", "--involvement", "generated", "-o", stage / "out.mp4")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in closed.iterdir()] == ["clip.mp4"]


def test_source_that_cannot_be_read(stage: Path) -> None:
    (stage / "clip.mp4").chmod(0)
    done = labeler(stage, "label", stage / "clip.mp4", "--involvement", "generated", "-o", stage / "out.mp4")
    assert done.returncode == 3, done.stderr
    assert "clip.mp4" in done.stderr and "Traceback" not in done.stderr
    assert not (stage / "out.mp4").exists()


@pytest.mark.parametrize("kilobytes", [100, 1500, 3000])
def test_full_disk(stage: Path, kilobytes: int) -> None:
    """A disk with no room, with room for a part of the work, and with room that runs out late."""
    disk = stage / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=777", "tmpfs", str(disk)])
    if mounted.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    done = labeler(stage, "label", stage / "clip.mp4", "--involvement", "generated", "-o", disk / "out.mp4")
    assert done.returncode == 75, done.stderr
    assert "disk" in done.stderr and "Traceback" not in done.stderr
    assert not list(disk.iterdir())
