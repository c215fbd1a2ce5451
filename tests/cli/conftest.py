"""What the tests of the command line share: a studio with an identity, and one labelled file that all start from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clips import make_clip


@dataclass(frozen=True)
class Done:
    """A finished process: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    def objects(self) -> list[dict[str, Any]]:
        """Standard output as JSON Lines: every line is one object in ASCII."""
        assert self.out.isascii()
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Studio:
    """A home with one identity, and a clip of one second."""

    home: Path
    clip: Path
    labelled: Path

    def labeler(
        self, *arguments: str | Path, given: bytes | None = None, cwd: Path | None = None, **environment: str
    ) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "labeler", *map(str, arguments)],
            env=dict(os.environ, LABELER_HOME=str(self.home), LABELER_LANG="en") | environment,
            capture_output=True,
            input=given or b"",
            cwd=cwd,
        )
        done_err = done.stderr.decode()
        assert "Traceback" not in done_err, done_err
        return Done(done.returncode, done.stdout.decode(), done_err)

    def copy_clip(self, target: Path) -> Path:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(self.clip, target))

    def copy_labelled(self, folder: Path, *, record: bool = True) -> Path:
        """The labelled file, with its record or without, in a folder of the test's own."""
        folder.mkdir(parents=True, exist_ok=True)
        if record:
            shutil.copyfile(record_of(self.labelled), folder / record_of(self.labelled).name)
        return Path(shutil.copyfile(self.labelled, folder / self.labelled.name))


def record_of(output: Path) -> Path:
    return output.with_name(output.name + ".labeler.json")


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("studio")
    clip = make_clip(folder / "film.mp4", width=480, height=270, seconds=1)
    studio = Studio(folder / "home", clip, folder / "out" / "film.eu-standard.mp4")
    assert studio.labeler("identity", "new", "studio").code == 0
    done = studio.labeler("label", clip, "--involvement", "generated", "-o", f"{folder / 'out'}/")
    assert done.code == 0, done.err
    assert done.out == f"{studio.labelled}\n"
    return studio
