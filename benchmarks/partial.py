"""What a render of a part costs beside a render of all, and what each preset comes to."""

from __future__ import annotations

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

from benchmarks.clips import H264, HEVC, PRORES, SMALL, make_clip, make_long
from benchmarks.ways import cost_of, ffmpeg, measured, planned_for
from labeler.media import planner
from labeler.media.job import Job
from labeler.media.survey import survey
from labeler.media.ways.wording import how
from labeler.rules.presets import list_presets

FILM = replace(
    H264, name="1080p H.264, a keyframe every 2 s", options={"crf": "18", "preset": "veryfast", "g": "50"}, rate=25
)
MASTER = replace(
    HEVC,
    name="4K HEVC, 10 bit",
    options={**HEVC.options, "x265-params": "log-level=error:keyint=50"},
    rate=25,
    samples="yuv420p10le",
)
WIDE = replace(SMALL, options={**SMALL.options, "g": "50"})
TALL = replace(WIDE, size=(360, 640))
UPRIGHT = frozenset({"vertical-universal"})
"""Presets for upright pictures alone."""
SHORT, LONG = 60.0, 600.0
LENGTHS = (30.0, 60.0, 600.0)
ROW = "| preset | length | CPU, of a full render | how |\n|---|---|---|---|"


def smart(folder: Path, _asked: argparse.Namespace) -> None:
    """A mention of five seconds in one minute and in ten, against the ffmpeg command line over the whole."""
    print(f"\n## A mention of 5 s: {FILM.name}\n")
    print("| length | what | CPU s | / ffmpeg, all of it | peak MiB |\n|---|---|---|---|---|")
    whole = 0.0
    for seconds in (SHORT, LONG):
        source, work = make_long(folder / f"film{seconds:g}", FILM, seconds), folder / "work.mp4"
        if seconds == SHORT and shutil.which("ffmpeg"):
            whole = cost_of(ffmpeg(source, work, ["-vf", "drawbox=x=64:y=64:w=680:h=72:c=black@0.65:t=fill"])).cpu
            print(f"| {SHORT:g} s | ffmpeg, all of it | {whole:.1f} | 1 | |")
        full = whole * seconds / SHORT
        for way in ("labeler smart", "copy of the file"):
            cost = measured(way, source, work) if way == "labeler smart" else cost_of(["cp", str(source), str(work)])
            share = f"{cost.cpu / full:.3f}" if full else "no ffmpeg"
            memory = f"{cost.memory:.0f}" if way == "labeler smart" else ""
            print(f"| {seconds:g} s | {way} | {cost.cpu:.1f} | {share} | {memory} |")
        source.unlink()
    print(f"\nffmpeg draws a box of the mention's size. Over {LONG:g} s it is not run: ten times {SHORT:g} s.")


def memory_of_masters(folder: Path, _asked: argparse.Namespace) -> None:
    """Peak memory of a mention of five seconds in one minute and in ten of 4K in 10 bits."""
    print(f"\n## Memory over length: {MASTER.name}\n\n| length | smart, peak MiB |\n|---|---|")
    peaks = []
    for seconds in (SHORT, LONG):
        source = make_long(folder / f"film{seconds:g}", MASTER, seconds, part_of=4.0)
        peaks.append(measured("labeler smart", source, folder / "work.mp4").memory)
        print(f"| {seconds / 60:g} min | {peaks[-1]:.0f} |", flush=True)
        source.unlink()
    print(f"| ratio (bar: 1.10) | {peaks[1] / peaks[0]:.2f} |")


def splice(folder: Path, asked: argparse.Namespace) -> None:
    """A mention over the whole length: slices against whole frames, each with the inventory and the rewritten file."""
    source, work = make_clip(folder / "film", PRORES, asked.seconds), folder / "work.mov"
    print(f"\n## A mention over all of it: {PRORES.name}, {asked.seconds:g} s\n")
    print("| splice, CPU s | full, CPU s | ratio (bar: 0.30) |\n|---|---|---|")
    for _ in range(asked.repeats):
        spliced, full = (measured(way, source, work).cpu for way in ("labeler whole", "labeler render"))
        print(f"| {spliced:.2f} | {full:.2f} | {spliced / full:.3f} |", flush=True)


def presets(folder: Path, _asked: argparse.Namespace) -> None:
    """What every preset comes to: pictures coded again, CPU beside a full render, and why."""
    print(f"\n## Presets: {SMALL.name}, a keyframe every 2 s\n\n{ROW}")
    work = folder / "work.mp4"
    for kind in (WIDE, TALL):
        second = measured("labeler full", make_long(folder / "film", kind, SHORT), work).cpu / SHORT
        for seconds in LENGTHS:
            clip, full = make_long(folder / "film", kind, seconds), second * seconds
            for preset in (loaded.preset.id for loaded in list_presets()):
                if (preset in UPRIGHT) != (kind is TALL):
                    continue
                told, ratio = plan_of(clip, preset), 1.0
                if told.startswith(("smart", "copy")):
                    ratio = measured(f"labeler preset {preset}", clip, work).cpu / full
                print(f"| {preset} | {seconds:g} s | {ratio:.2f} | {told} |", flush=True)


def plan_of(clip: Path, preset: str) -> str:
    inventory = survey(clip)
    (track,) = inventory.of_kind("video")
    changes = planned_for(clip, preset)[1]
    rendering = planner.choose(Job.planned(clip, inventory, track, changes, "auto"))
    return how(rendering)
