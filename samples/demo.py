"""The demo: label every clip beside this file for each preset that holds it, then verify the outputs from their bytes.

Uses the command line only, as anyone would. What is done already is skipped. Exit code 0 when every clip was
labelled and every output passes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
DEMO = ROOT / "demo"
HOME = DEMO / "home"
OUT = DEMO / "out"
IDENTITY = "demo"
VIDEOS = (".mp4", ".mov", ".mkv")
HOLDS_ALL = "eu-standard"
PRESETS = (HOLDS_ALL, "youtube-16x9", "vertical-universal")
NO_LAYOUT = "source-rejected"
LAYERS = ("media", "mention", "metadata", "credentials")
COLUMNS = (34, 20, 9, 12, 12, 12, 12, 9)
HEADINGS = ("clip", "preset", "verdict", *LAYERS, "seconds")


def main() -> int:
    clips = sorted(path.relative_to(ROOT) for path in SAMPLES.iterdir() if path.suffix in VIDEOS)
    if not clips:
        print(f"there is no clip in {SAMPLES}", file=sys.stderr)
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    make_identity()
    rows, failures, skipped = [], [], 0
    for preset in PRESETS:
        for result in label(clips, preset):
            if is_not_held(result, preset):
                continue
            skipped += result["status"] == "skipped"
            row, failure = judge(result, preset)
            rows.append(row)
            if failure:
                failures.append(failure)
    show(sorted(rows), failures, skipped)
    return 1 if failures or not rows else 0


def make_identity() -> None:
    """A test identity of the demo's own: the person's identities are not touched."""
    if not (HOME / "identities" / IDENTITY).is_dir():
        run("identity", "new", IDENTITY)


def label(clips: list[Path], preset: str) -> list[dict[str, Any]]:
    flags = ["--preset", preset, "--involvement", "assisted", "--identity", IDENTITY]
    results = run("label", *map(str, clips), *flags, "-o", f"{OUT.relative_to(ROOT)}/", "--json")
    if len(results) != len(clips):
        raise SystemExit(f"labeler label --preset {preset}: {len(results)} results for {len(clips)} clips")
    return results


def is_not_held(result: dict[str, Any], preset: str) -> bool:
    """No layout of this preset is made for this shape. `eu-standard` holds every shape: there it is a fault."""
    codes = [problem["code"] for problem in result["problems"]]
    return preset != HOLDS_ALL and result["status"] == "rejected" and codes == [NO_LAYOUT]


def judge(result: dict[str, Any], preset: str) -> tuple[tuple[str, ...], str | None]:
    """A row of the table from a fresh look at the output's bytes, and what went wrong if anything did."""
    clip = Path(result["source"]["file"]).name
    if result["status"] not in ("released", "skipped"):
        told = "; ".join(problem["message"] for problem in result["problems"]) or result["status"]
        return (clip, preset, result["status"], *("" for _ in LAYERS), ""), f"{clip}, {preset}: {told}"
    (verdict,) = run("verify", result["output"]["file"], "--preset", preset, "--json") or [{}]
    layers = verdict.get("layers", {})
    seconds = sum(result["seconds"].values()) if result["status"] == "released" else 0.0
    row = (clip, preset, verdict.get("outcome", "error"), *(layers.get(name, "") for name in LAYERS), f"{seconds:.1f}")
    if row[2] == "pass":
        return row, None
    wrong = [check["id"] for check in verdict.get("checks", ()) if check["status"] in ("fail", "not_checked")]
    return row, f"{clip}, {preset}: {row[2]} {' '.join(wrong)}"


def run(*arguments: str) -> list[dict[str, Any]]:
    """One labeler command; its standard output as JSON Lines. Exit codes are read from the results."""
    environment = {**os.environ, "LABELER_HOME": str(HOME)}
    environment.pop("LABELER_PRESETS", None)
    command = [sys.executable, "-m", "labeler.cli.main", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1, 3, 4):
        raise SystemExit(f"labeler {arguments[0]} left with exit code {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def show(rows: list[tuple[str, ...]], failures: list[str], skipped: int) -> None:
    for cells in (HEADINGS, tuple("-" * (width - 2) for width in COLUMNS), *rows):
        print("".join(f"{cell:<{width}}" for cell, width in zip(cells, COLUMNS, strict=True)).rstrip())
    print(f"\n{len(rows)} outputs ({skipped} were done already) in {OUT.relative_to(ROOT)}/")
    print("credentials «warn»: signed by the demo's test identity, which is on no trust list, without a time server")
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
