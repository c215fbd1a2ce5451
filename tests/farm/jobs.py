"""Jobs for the tests, and plans of as many lines as they need: what `labeler export` reads of a plan, and no more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from labeler.farm.job import FarmJob, Plan
from labeler.farm.rounds import Cut

PLAN = "/shows/spring/plans/night 1.jsonl"
SOURCES = ("/shows/spring/masters/spot.mov", "/shows/spring/masters/trailer.mov")
PLAIN = FarmJob(
    plan=Plan(
        path=PLAN,
        items=25,
        presets=("eu-standard", "youtube-16x9"),
        sources=("/shows/spring/masters",),
        outputs=("/shows/spring/out/a", "/shows/spring/out/b"),
    ),
    folder="/farm/jobs/night 1",
    chunk=1,
    on_reject="record",
    signers=False,
    path_map=None,
    read_sources=lambda: iter(SOURCES),
)
CHUNKED = replace(PLAIN, chunk=10, signers=True, path_map="/farm/mapping.json")
UNSIGNED = replace(CHUNKED, signers=False)
CUTS = (Cut(7, 4), Cut(8, 2))


def cut(job: FarmJob, cuts: Sequence[Cut] = CUTS) -> FarmJob:
    """The same with items in segments."""
    return replace(job, plan=replace(job.plan, cuts=tuple(cuts)))


def in_segments(count: int) -> dict[str, Any]:
    """What a line says of an item that is cut."""
    return {"rendering": {"way": "full", "segments": [{"start": n, "stop": n + 1} for n in range(count)]}}


def line(source: str = SOURCES[0], output: str = "/shows/spring/out/spot.mov", **more: Any) -> str:
    whole = {
        "schema": "labeler.plan/1",
        "id": "0",
        "source": {"file": source},
        "preset": {"id": "eu-standard", "version": 1, "sha256": "0"},
        "output": output,
    }
    return json.dumps(whole | more)


def write_plan(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("".join(f"{one}\n" for one in lines), encoding="utf-8")
    return path
