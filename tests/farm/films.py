"""A plan of real, short films, and a `labeler` on a PATH of its own, as a machine of a farm has it."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from unittest.mock import patch

from labeler.batch.children import search_path
from labeler.batch.plan_file import PlanFile, open_plan
from labeler.batch.results import shelf_of
from labeler.cli.main import run
from labeler.layers.credentials import identity as identities
from labeler.media import segments
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

    def segments(self, number: int) -> list[Path]:
        """Those of an item that wait beside the plan, in order."""
        return sorted(shelf_of(self.plan, number).glob("segment-*.mp4"))

    def beside(self) -> set[str]:
        """The names of all that stands where the outputs are delivered."""
        return {path.name for path in (self.folder / "out").iterdir()}


def opened(
    folder: Path, home: Path, *, films: int, seconds: float = 0.4, bad: int = 0, long: int = 0, length: float = 1.6
) -> Studio:
    """home: of labeler, where an identity is made. bad: files that lose their end after they were planned. long: films
    of that length that the plan cuts into three segments; they are the first items."""
    identities.create("one", home=home, now=datetime.now(UTC))
    (folder / "in").mkdir(parents=True)
    names = [f"{number}.mp4" for number in range(films + bad)]
    for name in names:
        make_clip(folder / "in" / name, width=480, height=270, seconds=seconds, sound=False)
    for number in range(long):
        # A key for each 0.48 s; sound, so that there is something beside the pictures that must not be lost.
        make_clip(folder / "in" / f"-{number}.mp4", width=480, height=270, seconds=length, options={"g": "12"})
    asked = [str(folder / "in"), "--involvement", "generated", "-o", f"{folder}/out/"]
    cut = ["--segments", "3"] if long else []
    with patch.object(segments, "LEAST", Fraction(2, 5)):
        assert run(["plan", *asked, *cut, "--plan", str(folder / "plan.jsonl")]) == 0
    for number in range(films, films + bad):
        path = folder / "in" / f"{number}.mp4"
        path.write_bytes(path.read_bytes()[:-100])
    (folder / "bin").mkdir()
    program = folder / "bin" / "labeler"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m labeler "$@"\n')
    program.chmod(0o755)
    return Studio(folder)
