"""Places that cannot be written or read: closed folders, a full disk. Run as a user without privileges."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clips import make_clip


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user may enter (pytest's own are closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="labeler-places-"))
    folder.chmod(0o777)
    yield folder
    subprocess.run(["umount", str(folder / "disk")], capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def unprivileged() -> dict[str, str]:
    """Arguments for subprocess: as `nobody` where we are root, as ourselves elsewhere."""
    return {"user": pwd.getpwnam("nobody").pw_name} if os.geteuid() == 0 else {}


def labeler(folder: Path, *arguments: str | Path, **how: object) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ, LABELER_HOME=str(folder / "home"), LABELER_LANG="en", HOME=str(folder))
    return subprocess.run(
        [sys.executable, "-m", "labeler", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        cwd=folder,
        **how,  # type: ignore[call-overload]
    )


@pytest.fixture
def stage(open_folder: Path) -> Path:
    can_run = labeler(open_folder, "--version", **unprivileged())
    if can_run.returncode != 0:
        pytest.skip("an unprivileged user cannot read this environment")
    make_clip(open_folder / "clip.mp4", seconds=1)
    (open_folder / "clip.mp4").chmod(0o644)
    assert labeler(open_folder, "identity", "new", "studio", **unprivileged()).returncode == 0
    return open_folder


def test_source_folder_that_cannot_be_written(stage: Path) -> None:
    closed = stage / "closed"
    closed.mkdir()
    (stage / "clip.mp4").rename(closed / "clip.mp4")
    closed.chmod(0o555)
    done = labeler(stage, "label", closed / "clip.mp4", "--involvement", "generated", **unprivileged())
    assert done.returncode == 3, done.stderr
    assert "-o" in done.stderr and "Traceback" not in done.stderr
    assert [path.name for path in closed.iterdir()] == ["clip.mp4"]


def test_read_only_source_with_an_output_elsewhere(stage: Path) -> None:
    closed = stage / "closed"
    closed.mkdir()
    (stage / "clip.mp4").rename(closed / "clip.mp4")
    closed.chmod(0o555)
    done = labeler(
        stage, "label", closed / "clip.mp4", "--involvement", "generated", "-o", stage / "out.mp4", **unprivileged()
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in closed.iterdir()] == ["clip.mp4"]


def test_source_that_cannot_be_read(stage: Path) -> None:
    (stage / "clip.mp4").chmod(0)
    done = labeler(
        stage, "label", stage / "clip.mp4", "--involvement", "generated", "-o", stage / "out.mp4", **unprivileged()
    )
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
