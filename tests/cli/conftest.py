"""What the tests of the command line share: a studio with an identity, and one labelled file that all start from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.clips import make_clip
from tests.hostile.runner import Runner


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
    """A home with one identity, and a clip of one second.

    begun: the commands that were run as `python -m labeler`, in a new interpreter. The first run of each is; later ones
    are forks of one that has imported labeler, unless they need what only a start gives (`STARTED_WITH`).
    """

    home: Path
    clip: Path
    labelled: Path
    runner: Runner
    begun: set[str] = field(default_factory=set)

    def labeler(
        self, *arguments: str | Path, given: bytes | None = None, cwd: Path | None = None, **environment: str
    ) -> Done:
        wanted = dict(os.environ, LABELER_HOME=str(self.home), LABELER_LANG="en") | environment
        if arguments[0] in self.begun and not STARTED_WITH & environment.keys():
            done = self.forked(arguments, wanted, given or b"", cwd or Path.cwd())
        else:
            self.begun.add(str(arguments[0]))
            done = started(arguments, wanted, given or b"", cwd)
        assert "Traceback" not in done.err, done.err
        return done

    def forked(self, arguments: Sequence[str | Path], environment: dict[str, str], given: bytes, cwd: Path) -> Done:
        done = self.runner.run(arguments, folder=cwd, environment=environment, given=given)
        out, err = (text.encode(errors="surrogateescape").decode() for text in (done.out, done.err))
        return Done(done.code, out, err)

    def copy_clip(self, target: Path) -> Path:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(self.clip, target))

    def copy_labelled(self, folder: Path, *, record: bool = True) -> Path:
        """The labelled file, with its record or without, in a folder of the test's own."""
        folder.mkdir(parents=True, exist_ok=True)
        if record:
            shutil.copyfile(record_of(self.labelled), folder / record_of(self.labelled).name)
        return Path(shutil.copyfile(self.labelled, folder / self.labelled.name))


STARTED_WITH = {"LABELER_LANG", "PYTHONHASHSEED", "TERM"}


def started(arguments: Sequence[str | Path], environment: dict[str, str], given: bytes, cwd: Path | None) -> Done:
    command = [sys.executable, "-m", "labeler", *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, input=given, cwd=cwd)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def record_of(output: Path) -> Path:
    return output.with_name(output.name + ".labeler.json")


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    clip = make_clip(folder / "film.mp4", width=480, height=270, seconds=1)
    (folder / "runs").mkdir()
    with Runner(folder / "runs", dict(os.environ, LABELER_LANG="en")) as runner:
        studio = Studio(folder / "home", clip, folder / "out" / "film.eu-standard.mp4", runner)
        assert studio.labeler("identity", "new", "studio").code == 0
        done = studio.labeler("label", clip, "--involvement", "generated", "-o", f"{folder / 'out'}/")
        assert done.code == 0, done.err
        assert done.out == f"{studio.labelled}\n"
        yield studio
