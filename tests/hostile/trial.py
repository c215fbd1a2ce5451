"""One trial: every command that reads a file, on one hostile file, and all that was wrong with how it went."""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.hostile.runner import MEGABYTES, SECONDS, Outcome, Runner

JUDGED = frozenset({1, 3})
"""What `verify` says of a hostile file: it cannot be opened (3), or it does not declare what it should (1)."""
MAY_BE_DAMAGED = frozenset({0, 3, 4})
"""What `label` says of a clip with random damage: refused; withheld; or whole where it counts, and verified."""
OUTPUTS = (".mp4", ".mov", ".mkv", ".webm", ".ts", ".avi", ".mxf")


@dataclass
class Trial:
    """`faults`: sentences, none where all went as it must. `outcomes`: by command."""

    name: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return max(outcome.seconds for outcome in self.outcomes.values())

    @property
    def megabytes(self) -> float:
        return max(outcome.megabytes for outcome in self.outcomes.values())


def commands(path: str, out: str) -> dict[str, list[str]]:
    how = ["--involvement", "generated", "-o", out]
    return {
        "dry run": ["label", "--dry-run", *how, "--", path],
        "label": ["label", "--json", *how, "--", path],
        "verify": ["verify", "--json", "--", path],
        "judge": ["verify", "--json", "--preset", "eu-standard", "--", path],
        "inspect": ["inspect", "--", path],
        "diff": ["diff", "--", path, path],
    }


def attempt(
    runner: Runner, name: str, path: Path, folder: Path, codes: frozenset[int], only: tuple[str, ...] = ()
) -> Trial:
    """Run the commands on `path`, which lies in `folder`; outputs go to `folder/out/`, and so does nothing else.

    codes: the exit codes that `label` may give. only: the commands to run, all where it is empty.
    """
    trial = Trial(name)
    out = folder / "out"
    out.mkdir()
    before = snapshot(folder)
    named = str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
    for command, arguments in commands(named, "out/").items():
        if only and command not in only:
            continue
        outcome = trial.outcomes[command] = runner.run(arguments, folder=folder)
        # A dry run decodes little and writes nothing: what is refused while it is written, it does not foresee.
        allowed = {"dry run": codes | {0}, "label": codes, "inspect": {0, 3}, "diff": {0, 3}}
        trial.faults += [f"{command}: {fault}" for fault in faults_of(outcome, allowed.get(command, JUDGED), named)]
        if command in ("label", "verify", "judge"):
            trial.faults += [f"{command}: {fault}" for fault in faults_of_json(outcome)]
        if command == "label":
            trial.faults += faults_of_output(runner, outcome, out)
        trial.faults += [f"{command}: {fault}" for fault in left_behind(before, snapshot(folder))]
    return trial


def faults_of(outcome: Outcome, allowed: frozenset[int] | set[int], named: str) -> Iterator[str]:
    if outcome.code not in allowed:
        yield f"exit {outcome.code}, allowed: {sorted(allowed)}: {outcome.err[-400:]}"
    if outcome.seconds > SECONDS:
        yield f"took {outcome.seconds:.0f} s"
    if outcome.megabytes > MEGABYTES:
        yield f"took {outcome.megabytes:.0f} MB"
    if "Traceback" in outcome.out + outcome.err:
        yield f"a traceback: {outcome.err[-400:]}"
    for stream in (outcome.out, outcome.err):
        if steering := {letter for letter in stream if letter != "\n" and is_steering(letter)}:
            yield f"what it prints could steer a terminal: {steering}"
    if outcome.code not in (0, 1) and safe(named) not in outcome.err:
        yield f"the file is not named: {outcome.err[-400:]}"
    if outcome.code not in (0, 1) and "  → " not in outcome.err:
        yield f"nothing says what to do: {outcome.err[-400:]}"


def faults_of_json(outcome: Outcome) -> Iterator[str]:
    lines = outcome.out.splitlines()
    try:
        answers = [json.loads(line) for line in lines]
    except ValueError:
        yield f"its JSON is none: {outcome.out[:200]}"
        return
    if len(answers) != 1 or not all("schema" in answer for answer in answers):
        yield f"{len(answers)} answers"


def faults_of_output(runner: Runner, outcome: Outcome, out: Path) -> Iterator[str]:
    """Nothing, or an output that passed, with its record and sidecars; or what was withheld. Then `out` is emptied."""
    entries = {str(path.relative_to(out)) for path in out.rglob("*")}
    media = [name for name in entries if Path(name).suffix.lower() in OUTPUTS and "quarantine" not in name]
    if outcome.code == 0:
        if len(media) != 1 or f"{media[0]}.labeler.json" not in entries:
            yield f"released without an output and its record: {sorted(entries)}"
        else:
            checked = runner.run(["verify", "--preset", "eu-standard", "--", f"out/{media[0]}"], folder=out.parent)
            if checked.code != 0:
                yield f"released what does not verify: {checked.code} {checked.err[-400:]}"
        stem = Path(media[0]).stem if media else ""
        entries -= {*media, *(f"{name}.labeler.json" for name in media), f"{stem}.c2pa", f"{stem}.xmp"}
    elif outcome.code == 4:
        entries = {name for name in entries if name.split("/")[0] != "quarantine"}
    if entries:
        yield f"label: left behind in the output folder: {sorted(entries)}"
    for path in sorted(out.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def left_behind(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"{name!r} was {'left behind' if name not in before else 'changed'}"


def snapshot(folder: Path) -> dict[str, str]:
    """Every entry below `folder` with what it holds; a large file is known by its size and time."""
    seen: dict[str, str] = {}
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(root) / name
            status = path.lstat()
            held = f"{status.st_size} {status.st_mtime_ns}" if path.is_file() else ""
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if is_small(path) else ""
            seen[os.path.relpath(path, folder)] = f"{status.st_mode} {held} {digest}"
    return seen


def is_small(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 22


def safe(text: str) -> str:
    """How a name must be told: the same rule as labeler's, written a second time."""
    return "".join(one.encode("unicode_escape").decode() if is_steering(one) else one for one in text)


def is_steering(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
