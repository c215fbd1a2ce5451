"""What a batch costs beside the work: planning many small files, going over a finished plan, and its overhead."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import benchmarks
import labeler
from benchmarks.clips import SMALL, Kind, make_clip
from benchmarks.ways import Cost, cost_of, home
from labeler.batch.plan_file import open_plan
from labeler.layers.credentials import identity as identities
from labeler.layers.credentials.trust import load_trust
from labeler.pipeline import Order, label_file
from labeler.release import record_path

FILES = int(os.environ.get("LABELER_BENCH_FILES", "4000"))
"""Of the larger of two plans, one of which is a quarter of the other."""
LABELLED = 6
PLAN_BAR, RESUME_BAR, OVERHEAD_BAR = 12.0, 1.0, 0.5
"""CPU ms a file (10,000 in 60 s on 2 cores); ms an item (10,000 in 10 s, by one process); CPU s a file."""
FLAT = 1.10
DRAWN = Kind("drawn, 360p H.264", "libx264", {"crf": "20", "preset": "veryfast"}, (640, 360), rate=25, grain=0)


@dataclass(frozen=True)
class Set:
    """Copies of one short clip, and where what is made of them goes."""

    folder: Path
    kind: Kind
    environment: dict[str, str]

    def sources(self, count: int) -> Path:
        """The folder with so many of them."""
        folder = self.folder / f"in{count}"
        folder.mkdir(parents=True)
        first = make_clip(self.folder / "clip", self.kind, 1.0)
        for number in range(count):
            shutil.copyfile(first, folder / f"{number:06}{first.suffix}")
        return folder

    def run(self, *arguments: object) -> Cost:
        return cost_of([sys.executable, "-m", "labeler", *map(str, arguments)], self.environment)

    def plan(self, sources: Path) -> tuple[Path, Cost]:
        path = self.folder / f"{sources.name}.jsonl"
        asked = ("--involvement", "generated", "-o", f"{self.folder}/out-{sources.name}/", "--plan", path)
        return path, self.run("plan", sources, *asked)


def planning(folder: Path, asked: argparse.Namespace) -> None:
    environment = as_installed(folder)
    environment["LABELER_HOME"] = str(home(folder / "work"))
    print("\n## Planning: copies of a clip of one second\n")
    print("| clip | files | CPU s | of which each more | peak MiB of a process |\n|---|---|---|---|---|")
    sets = [Set(folder / name, kind, environment) for name, kind in (("drawn", DRAWN), ("grain", SMALL))]
    plans = [of_sizes(one) for one in sets]
    resumed(sets[0], plans[0])
    overhead(Set(folder / "few", DRAWN, environment))


def as_installed(folder: Path) -> dict[str, str]:
    """The environment of processes that find labeler's bytecode, as pip leaves it: compiling all sources takes a
    quarter of a second, which each process of a checkout would pay anew under PYTHONDONTWRITEBYTECODE."""
    environment = dict(os.environ, PYTHONPYCACHEPREFIX=str(folder / "bytecode"))
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for package in (labeler, benchmarks):
        sources = str(Path(package.__path__[0]))
        subprocess.run([sys.executable, "-m", "compileall", "-q", sources], env=environment, check=True)
    return environment


def of_sizes(of: Set) -> Path:
    """Plans of two sizes; what each more file costs is the difference, without start-up. Returns the larger one."""
    counts = (FILES // 4, FILES)
    made = [of.plan(of.sources(count)) for count in counts]
    costs = [cost for _, cost in made]
    each = 1000 * (costs[1].cpu - costs[0].cpu) / (counts[1] - counts[0])
    kilobytes = (of.folder / f"clip{of.kind.suffix}").stat().st_size / 1000
    growth = costs[1].memory / costs[0].memory
    for count, cost in zip(counts, costs, strict=True):
        is_last = count == counts[-1]
        told = f"{each:.1f} ms ({judged(each, PLAN_BAR)})" if is_last else ""
        memory = f"{cost.memory:.0f}" + (f", {growth:.2f} times ({judged(growth, FLAT)})" if is_last else "")
        print(f"| {of.kind.name}, {kilobytes:.0f} kB | {count:,} | {cost.cpu:.1f} | {told} | {memory} |")
    return made[-1][0]


def judged(measured: float, bar: float) -> str:
    return f"bar {bar:g}: {'met' if measured <= bar else 'missed'}"


def resumed(of: Set, path: Path) -> None:
    """Every item of the plan is done, for its output and record are copies of those of the first one."""
    plan = open_plan(path)
    of.run("step", path, "--item", 0)
    first = Path(plan.item(0).output)
    for _, item in plan.items():
        other = Path(item.output)
        if other != first:
            shutil.copyfile(first, other)
            shutil.copyfile(record_path(first), record_path(other))
    print("\n## Going over a finished plan\n")
    print("| what | items | CPU s | of which each more | peak MiB |\n|---|---|---|---|---|")
    steps: dict[str, Callable[[int], tuple[object, ...]]] = {
        "results are written": lambda last: ("step", path, "--item", f"0-{last}"),
        "again": lambda last: ("step", path, "--item", f"0-{last}"),
    }
    for name, command in steps.items():
        few, many = (of.run(*command(count - 1)) for count in (len(plan) // 4, len(plan)))
        each = 1000 * (many.cpu - few.cpu) / (len(plan) - len(plan) // 4)
        told = f"{each:.2f} ms ({judged(each, RESUME_BAR)})"
        growth = f"{many.memory:.0f}, {many.memory / few.memory:.2f} times"
        print(f"| step, {name} | {len(plan):,} | {many.cpu:.1f} | {told} | {growth} |")
    print(f"\nAn output has {first.stat().st_size / 1000:.0f} kB and its record {record_path(first).stat().st_size} B.")


def overhead(of: Set) -> None:
    """The same few files by a batch, by a process an item, and by the pipeline alone in one process."""
    path, planned = of.plan(of.sources(LABELLED))
    bare = cost_of([sys.executable, "-m", "benchmarks.planning", str(path)], of.environment)
    shutil.rmtree(of.folder / f"out-in{LABELLED}")
    asked = ("--involvement", "generated", "-o", f"{of.folder}/batch/", "--jobs", 2)
    batch = of.run("label", of.folder / f"in{LABELLED}", *asked)
    steps = sum(of.run("step", path, "--item", number).cpu for number in range(LABELLED))
    print(f"\n## Overhead: {LABELLED} files of one second\n\n| way | CPU s | a file over the pipeline |\n|---|---|---|")
    print(f"| the pipeline alone, one process, planned before | {bare.cpu:.1f} | |")
    for name, cpu in (
        ("labeler label --jobs 2", batch.cpu),
        ("labeler plan, a labeler step each", planned.cpu + steps),
    ):
        each = (cpu - bare.cpu) / LABELLED
        print(f"| {name} | {cpu:.1f} | {each:.2f} s ({judged(each, OVERHEAD_BAR)}) |")


def pipeline_alone(path: Path) -> None:
    """Label every item of a plan, and nothing else."""
    now = datetime.now(UTC)
    trust, signer = load_trust(None, identities.home()), identities.load(None, home=identities.home(), now=now)
    for _, item in open_plan(path).items():
        Path(item.output).parent.mkdir(exist_ok=True)
        result = label_file(Order(item, signer, trust, now))
        if result.status != "released":
            raise SystemExit(f"{item.output}: {result.problems}")


if __name__ == "__main__":
    pipeline_alone(Path(sys.argv[1]))
