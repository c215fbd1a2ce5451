"""What labeler costs: `make bench`, or `python -m benchmarks [TABLE...] [--seconds 10] [--repeats 3]`.

Prints Markdown. Speed is CPU seconds (user and system) of child processes, paired: every repeat runs all ways one after
the other, and a ratio is taken within its repeat. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import av

from benchmarks import partial
from benchmarks.clips import H264, HEVC, PLAIN, PRORES, SMALL, Kind, make_clip, make_long
from benchmarks.ledger import ledger
from benchmarks.planning import planning
from benchmarks.quality import quality
from benchmarks.verify.command import verify
from benchmarks.verify.footage import HALVES
from benchmarks.ways import YARDSTICKS, Cost, cost_of, home, measured
from labeler import __version__

PURE = "decode and pure encode"
COMPARED = ("decode", PURE, "labeler render", "labeler label", *YARDSTICKS)
VERIFIED = ("known", "blind", "costs")
FILES = 8
"""Of the comparison of two jobs with one."""


def speed(folder: Path, asked: argparse.Namespace, kind: Kind, seconds: float) -> None:
    source = make_clip(folder / "speed", kind, seconds)
    work = folder / f"work{kind.suffix}"
    ways = [way for way in COMPARED if way not in YARDSTICKS or shutil.which("ffmpeg")]
    rounds = [{way: measured(way, source, work).cpu for way in ways} for _ in range(asked.repeats)]
    print(f"\n## {kind.name}, {seconds:g} s at {kind.rate} frames a second, {asked.repeats} repeats\n")
    print("| way | CPU s |\n|---|---|")
    for way in ways:
        print(f"| {way} | {spread([each[way] for each in rounds])} |")
    pure = [each[PURE] - each["decode"] for each in rounds]
    print(f"| pure encode (the difference) | {spread(pure)} |\n\n| ratio | median (range) |\n|---|---|")
    for way in ("labeler render", "labeler label"):
        mine = [each[way] for each in rounds]
        print(f"| {way} / pure encode | {ratio(mine, pure)} |")
        print(f"| {way} / decode and pure encode | {ratio(mine, [each[PURE] for each in rounds])} |")
        for other in ways:
            if other in YARDSTICKS:
                print(f"| {way} / {other} | {ratio(mine, [each[other] for each in rounds])} |")


def spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def ratio(mine: Sequence[float], others: Sequence[float]) -> str:
    return spread([a / b for a, b in zip(mine, others, strict=True)])


def long_file(folder: Path, asked: argparse.Namespace) -> None:
    """The gate's reading and the whole label of ten minutes, which few would wait for with grain in it."""
    source = make_long(folder / "long", PLAIN, asked.minutes * 60)
    work = folder / "long.work.mp4"
    label, gate = measured("labeler label", source, work), measured("labeler verify", source, work)
    print(f"\n## A long file: {PLAIN.name}, {asked.minutes:g} min\n\n| what | CPU s | peak MiB |\n|---|---|---|")
    print(f"| label, everything | {label.cpu:.1f} | {label.memory:.0f} |")
    print(f"| verify, the gate's reading (bar: 8 CPU s for 10 min) | {gate.cpu:.1f} | {gate.memory:.0f} |")


def memory(folder: Path, asked: argparse.Namespace) -> None:
    print(f"\n## Memory over length: {SMALL.name}\n\n| length | label, peak MiB | verify, peak MiB |\n|---|---|---|")
    peaks = []
    for minutes in (asked.minutes / 10, asked.minutes):
        source, work = make_long(folder / "memory", SMALL, minutes * 60), folder / "memory.work.mp4"
        costs = [measured(way, source, work) for way in ("labeler label", "labeler verify")]
        peaks.append([cost.memory for cost in costs])
        print(f"| {minutes:g} min | {costs[0].memory:.0f} | {costs[1].memory:.0f} |")
    print(f"| ratio (bar: 1.10) | {peaks[1][0] / peaks[0][0]:.2f} | {peaks[1][1] / peaks[0][1]:.2f} |")


def commands(folder: Path, asked: argparse.Namespace) -> None:
    """Start-up, and a preview, as typed: median of the repeats."""
    source = make_clip(folder / "short", H264, 2)
    labeler = [sys.executable, "-m", "labeler"]
    preview = [*labeler, "preview", str(source), "-o", str(folder / "frame.png"), "--zones"]
    print("\n## Commands\n\n| command | CPU s | wall s |\n|---|---|---|")
    for name, command in (("labeler --help", [*labeler, "--help"]), ("labeler preview --zones, 1080p", preview)):
        costs = [cost_of(command) for _ in range(asked.repeats + 2)]
        print(f"| {name} | {spread([one.cpu for one in costs])} | {spread([one.wall for one in costs])} |")


def jobs(folder: Path, asked: argparse.Namespace) -> None:
    """Eight files by one job and by two, in wall time."""
    sources = folder / "sources"
    sources.mkdir()
    first = make_clip(sources / "0", H264, min(2.0, asked.seconds))
    for number in range(1, FILES):
        shutil.copyfile(first, sources / f"{number}{first.suffix}")
    environment = dict(os.environ, LABELER_HOME=str(home(folder / "work")))

    def run(count: int) -> Cost:
        out = folder / f"out{count}"
        command = [sys.executable, "-m", "labeler", "label", str(sources), "-o", f"{out}/", "--no-resume"]
        cost = cost_of([*command, "--involvement", "generated", "--jobs", str(count)], environment)
        shutil.rmtree(out)
        return cost

    one, two = run(1), run(2)
    print(f"\n## Jobs: {FILES} files, {H264.name}\n\n| jobs | wall s | CPU s |\n|---|---|---|")
    print(f"| 1 | {one.wall:.1f} | {one.cpu:.1f} |\n| 2 | {two.wall:.1f} | {two.cpu:.1f} |")
    print(f"| one / two | {one.wall / two.wall:.2f} | |")


Table = Callable[[Path, argparse.Namespace], None]
TABLES: dict[str, Table] = {
    "h264": lambda folder, asked: speed(folder, asked, H264, asked.seconds),
    "hevc": lambda folder, asked: speed(folder, asked, HEVC, asked.seconds / 5),
    "prores": lambda folder, asked: speed(folder, asked, PRORES, asked.seconds),
    "smart": partial.smart,
    "splice": partial.splice,
    "presets": partial.presets,
    "commands": commands,
    "jobs": jobs,
    "ledger": ledger,
    "long": long_file,
    "memory": memory,
    "memory4k": partial.memory_of_masters,
    "planning": planning,
    "quality": lambda folder, asked: quality(folder),
    "verify": verify,
}


def machine() -> str:
    """What the figures were measured on."""
    model = next(
        (line.split(":")[1].strip() for line in open_lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    ffmpeg = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True).stdout.split("\n")[0][:40]
    versions = f"labeler {__version__}, Python {platform.python_version()}, PyAV {av.__version__}"
    return f"{os.cpu_count()} cores {model}, load {os.getloadavg()[0]:.1f} before; {versions}; {ffmpeg or 'no ffmpeg'}"


def open_lines(path: str) -> list[str]:
    place = Path(path)
    return place.read_text().splitlines() if place.exists() else []


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("tables", nargs="*", choices=[[], *TABLES], help=f"{', '.join(TABLES)}; none: all")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the clips for speed")
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the long clips")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--half", choices=HALVES, default="held-out", help="of the footage of `verify`")
    parser.add_argument("--share", type=float, default=1.0, help="of the set of `verify`")
    parser.add_argument("--only", nargs="+", choices=VERIFIED, default=VERIFIED, help="parts of `verify`")
    parser.add_argument("--results", type=Path, help="rows of `verify`, one a line: written as measured, gone on from")
    parser.add_argument("--clips", type=Path, help="folder to keep the blind reader's clips of `verify` in")
    asked = parser.parse_args()
    print(f"{machine()}.")
    for name in asked.tables or TABLES:
        with tempfile.TemporaryDirectory() as place:
            TABLES[name](Path(place), asked)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
