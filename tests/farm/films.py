"""A plan of real, short films, and a `labeler` on a PATH of its own, as a machine of a farm has it."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from labeler.batch.children import search_path
from labeler.batch.plan_file import PlanFile, open_plan
from labeler.cli.main import run
from labeler.layers.credentials import identity as identities
from tests.clips import make_clip


@dataclass(frozen=True)
class Studio:
    """One folder: `in/`, `out/`, `plan.jsonl`, and `bin/labeler`."""

    folder: Path

    @property
    def plan(self) -> PlanFile:
        return open_plan(self.folder / "plan.jsonl")

    @property
    def outputs(self) -> list[Path]:
        return [Path(item.output) for _, item in self.plan.items()]

    def environment(self, path: str = os.environ.get("PATH", "")) -> dict[str, str]:
        return {**os.environ, "PATH": f"{self.folder / 'bin'}:{path}", "PYTHONPATH": search_path()}

    def beside(self) -> set[str]:
        """The names of all that stands where the outputs are delivered."""
        return {path.name for path in (self.folder / "out").iterdir()}


def opened(folder: Path, home: Path, *, films: int, seconds: float = 0.4, bad: int = 0) -> Studio:
    """home: of labeler, where an identity is made. bad: files that lose their end after they were planned."""
    identities.create("one", home=home, now=datetime.now(UTC))
    (folder / "in").mkdir(parents=True)
    for number in range(films + bad):
        make_clip(folder / "in" / f"{number}.mp4", width=480, height=270, seconds=seconds, sound=False)
    asked = [str(folder / "in"), "--involvement", "generated", "-o", f"{folder}/out/"]
    assert run(["plan", *asked, "--plan", str(folder / "plan.jsonl")]) == 0
    for number in range(films, films + bad):
        path = folder / "in" / f"{number}.mp4"
        path.write_bytes(path.read_bytes()[:-100])
    (folder / "bin").mkdir()
    program = folder / "bin" / "labeler"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m labeler "$@"\n')
    program.chmod(0o755)
    return Studio(folder)
