"""By hand: `python -m tests.hostile [PATTERN]` runs every command on every file; `--seeds N` damages N clips instead.

Prints what was wrong, then how many runs gave which exit code, and the slowest and largest of them.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.hostile.catalogue import HOSTILE
from tests.hostile.damage import GENERATED, damaged_clip
from tests.hostile.registry import ALL
from tests.hostile.runner import Runner
from tests.hostile.trial import MAY_BE_DAMAGED, Trial, attempt


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("pattern", nargs="?", default="", help="only files whose name this regular expression finds")
    parser.add_argument("--seeds", type=int, default=0, help="damage this many clips")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("clips", nargs="*", type=Path, help="clips to damage instead of generated ones")
    asked = parser.parse_args()
    codes: Counter[tuple[str, int]] = Counter()
    slowest = largest = (0.0, "")
    wrong = trials = 0
    with tempfile.TemporaryDirectory() as scratch, Runner(Path(scratch), environment(Path(scratch))) as runner:
        for trial in damage(runner, Path(scratch), asked) if asked.seeds else registry(runner, Path(scratch), asked):
            trials += 1
            wrong += bool(trial.faults)
            if trial.faults:
                print("\n  ".join([f"WRONG {trial.name}", *trial.faults]), flush=True)
            for command, outcome in trial.outcomes.items():
                codes[command, outcome.code] += 1
                slowest = max(slowest, (outcome.seconds, f"{trial.name}: {command}"))
                largest = max(largest, (outcome.megabytes, f"{trial.name}: {command}"))
    for (command, code), count in sorted(codes.items()):
        print(f"{command:10} exit {code:3} {count:6}")
    print(f"{trials} files, {wrong} wrong; slowest {slowest[0]:.1f} s ({slowest[1]}); ", end="")
    print(f"largest {largest[0]:.0f} MB ({largest[1]})")
    return int(bool(wrong))


def environment(scratch: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LABELER_")}
    made = kept | {"LABELER_HOME": str(scratch / "home"), "LABELER_LANG": "en"}
    subprocess.run([sys.executable, "-m", "labeler", "identity", "new", "studio"], env=made, check=True)
    return made


def registry(runner: Runner, scratch: Path, asked: argparse.Namespace) -> Iterator[Trial]:
    for case in HOSTILE.values():
        if re.search(asked.pattern, case.name):
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                path = case.make(Path(folder))
                yield attempt(runner, case.name, path, Path(folder), case.codes, case.commands)


def damage(runner: Runner, scratch: Path, asked: argparse.Namespace) -> Iterator[Trial]:
    clips: list[str | Path] = list(asked.clips) or list(GENERATED)
    for seed in range(asked.first, asked.first + asked.seeds):
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            path = damaged_clip(clips[seed % len(clips)], seed, Path(folder))
            yield attempt(runner, f"{path.name} {seed}", path, Path(folder), MAY_BE_DAMAGED, ALL)


if __name__ == "__main__":
    sys.exit(main())
