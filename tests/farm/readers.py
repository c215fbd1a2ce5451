"""What each farm makes of its texts: the commands that it runs, and which of them wait for which."""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from openjd.model import ParameterValue, ParameterValueType, StepParameterSpaceIterator, create_job, decode_job_template

from labeler.batch.plan_file import numbers_in
from labeler.farm.job import FarmJob
from labeler.farm.targets import targets


@dataclass(frozen=True)
class Command:
    """The words of one task, and those of the tasks that it waits for."""

    words: tuple[str, ...]
    after: frozenset[tuple[str, ...]]

    @property
    def items(self) -> tuple[int, ...]:
        return tuple(numbers_in(self.value("--item"))) if "--item" in self.words else ()

    @property
    def segments(self) -> tuple[int, ...]:
        return tuple(numbers_in(self.value("--segment"))) if "--segment" in self.words else ()

    @property
    def stage(self) -> str:
        if self.words[1] == "collect":
            return "collect"
        if "--segment" in self.words:
            return "segment"
        return self.value("--stage") if "--stage" in self.words else "all"

    def value(self, flag: str) -> str:
        return self.words[self.words.index(flag) + 1]


Words = Sequence[str]
Groups = Mapping[str, Sequence[Words]]
Awaited = Mapping[str, Sequence[str]]


def written(job: FarmJob, name: str, folder: Path) -> Path:
    folder.mkdir()
    for file, pieces in targets()[name].write(job).items():
        (folder / file).write_text("".join(pieces), encoding="utf-8")
    return folder


def commands(groups: Groups, awaited: Awaited) -> list[Command]:
    """Groups of tasks, each of which waits for all tasks of others."""
    each = {name: frozenset(tuple(words) for words in group) for name, group in groups.items()}
    after = {name: frozenset().union(*(each[before] for before in awaited.get(name, ()))) for name in groups}
    return [Command(tuple(words), after[name]) for name, group in groups.items() for words in group]


def of_openjd(folder: Path) -> list[Command]:
    template = yaml.safe_load((folder / "template.yaml").read_text(encoding="utf-8"))
    given = yaml.safe_load((folder / "parameter_values.yaml").read_text(encoding="utf-8"))["parameterValues"]
    kinds = {one["name"]: ParameterValueType(one["type"]) for one in template["parameterDefinitions"]}
    values = {one["name"]: ParameterValue(type=kinds[one["name"]], value=one["value"]) for one in given}
    decoded = decode_job_template(template=template, supported_extensions=["TASK_CHUNKING"])
    job = create_job(job_template=decoded, job_parameter_values=values)
    groups: dict[str, list[list[str]]] = {}
    for step in job.steps:
        (raw,) = (one for one in template["steps"] if one["name"] == step.name)
        action = raw["script"]["actions"]["onRun"]
        groups[step.name] = [
            [action["command"], *filled(action["args"], values, task)]
            for task in StepParameterSpaceIterator(space=step.parameterSpace)
        ]
    awaited = {step.name: [one.dependsOn for one in step.dependencies or ()] for step in job.steps}
    return commands(groups, awaited)


def filled(words: Words, values: Mapping[str, Any], task: Mapping[str, Any]) -> Iterator[str]:
    known = {f"Param.{name}": one.value for name, one in values.items()}
    known |= {f"Task.Param.{name}": one.value for name, one in task.items()}
    for word in words:
        yield re.sub(r"\{\{(.*?)\}\}", lambda found: str(known.get(found[1], found[1])), word)


def of_slurm(folder: Path) -> list[Command]:
    """What `sbatch` is told, and what each task of an array then runs."""
    program(folder, "sbatch", 'printf "%s\\n" "$*" >> "$NOTES"; grep -c . "$NOTES"')
    submitted = asked(folder, ["bash", str(folder / "submit.sh")])
    program(folder, "labeler", 'printf "%s\\0" labeler "$@" >> "$NOTES"')
    groups: dict[str, list[list[str]]] = {}
    awaited: dict[str, list[str]] = {}
    for call in submitted.splitlines():
        name = call.split()[-1].removesuffix(".sbatch")
        numbers = re.findall(r":(\d+)", call.partition("--dependency=")[2])
        awaited[name] = [list(groups)[int(number) - 1] for number in numbers]
        array = re.search(r"--array=0-(\d+)", (folder / f"{name}.sbatch").read_text(encoding="utf-8"))
        tasks = range(int(array[1]) + 1) if array else range(1)
        runs = (asked(folder, ["bash", str(folder / f"{name}.sbatch")], SLURM_ARRAY_TASK_ID=str(n)) for n in tasks)
        groups[name] = [run.split("\0")[:-1] for run in runs]
    return commands(groups, awaited)


def of_k8s(folder: Path) -> list[Command]:
    """Which Job comes after which, its first line says to people."""
    program(folder, "labeler", 'printf "%s\\0" labeler "$@" >> "$NOTES"')
    groups: dict[str, list[list[str]]] = {}
    awaited: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        awaited[path.stem] = re.findall(r"(\w+)\.yaml", text.splitlines()[0])
        spec = yaml.safe_load(text)["spec"]
        (container,) = spec["template"]["spec"]["containers"]
        groups[path.stem] = []
        for index in range(spec.get("completions", 1)):
            command = [word.replace("$(JOB_COMPLETION_INDEX)", str(index)) for word in container["command"]]
            command = [word.replace("$$", "$") for word in command]
            groups[path.stem].append(asked(folder, command, JOB_COMPLETION_INDEX=str(index)).split("\0")[:-1])
    awaited["collect"] = [name for name in groups if name != "collect"]
    return commands(groups, awaited)


def of_deadline(folder: Path) -> list[Command]:
    """What `deadlinecommand` is handed, its frames as tasks of so many."""
    if (folder / "submit.txt").exists():
        names = re.findall(r"/([\w-]+)\.job\.txt", (folder / "submit.txt").read_text(encoding="utf-8"))
        infos = {name: (folder / f"{name}.job.txt").read_text(encoding="utf-8") for name in names}
        awaited: dict[str, list[str]] = {name: [before] for before, name in itertools.pairwise(names)}
    else:
        program(folder, "deadlinecommand", 'cat "$1" >> "$NOTES"; echo === >> "$NOTES"; echo "JobID=$(basename "$1")"')
        told = asked(folder, [sys.executable, str(folder / "submit.py")]).split("===\n")[:-1]
        infos = {re.search(r"Name=labeler ([\w-]+)", one)[1]: one for one in told}  # type: ignore[index]
        waits = {name: re.search(r"JobDependencies=(.*)", one) for name, one in infos.items()}
        awaited = {
            name: [one.removesuffix(".job.txt") for one in found[1].split(",")] if found else []
            for name, found in waits.items()
        }
    groups = {name: list(frames(folder, name, info)) for name, info in infos.items()}
    return commands(groups, awaited)


def frames(folder: Path, name: str, info: str) -> Iterator[list[str]]:
    said = dict(row.split("=", 1) for row in info.splitlines())
    plugin = (folder / f"{name}.plugin.txt").read_text(encoding="utf-8")
    told = dict(row.split("=", 1) for row in plugin.splitlines())
    numbers = numbers_in(said["Frames"])
    size = int(said.get("ChunkSize", "1"))
    for at in range(0, len(numbers), size):
        task = numbers[at : at + size]
        line = told["Arguments"].replace("<STARTFRAME>", str(task[0])).replace("<ENDFRAME>", str(task[-1]))
        yield [told["Executable"], *shlex.split(line.replace("<QUOTE>", '"'))]


def of_opencue(folder: Path) -> list[Command]:
    groups: dict[str, list[list[str]]] = {}
    awaited: dict[str, list[str]] = {}

    def layer(name: str, commands: Any = None, command: Any = None, **_: Any) -> Any:
        groups[name] = commands or [command]
        awaited[name] = []
        return SimpleNamespace(name=name, depend_all=lambda before: awaited[name].append(before.name))

    added: list[str] = []
    job = SimpleNamespace(add_layer=lambda layer: added.append(layer.name))
    launched: list[Any] = []
    cuerun = SimpleNamespace(launch=launched.append)
    outline = SimpleNamespace(Outline=lambda *_, **__: job, cuerun=cuerun)
    shell = SimpleNamespace(ShellCommand=layer, ShellSequence=layer)
    modules = {"outline": outline, "outline.cuerun": cuerun, "outline.modules": SimpleNamespace(shell=shell)}
    executed((folder / "labeler_job.py").read_text(encoding="utf-8"), modules | {"outline.modules.shell": shell})
    assert added == list(groups) and launched == [job]
    return commands(groups, awaited)


class Block:
    """An `af.Block` that notes what it is told."""

    def __init__(self, name: str, service: str) -> None:
        self.name, self.mask, self.tasks = name, "", []  # type: ignore[var-annotated]
        self.numbers: tuple[int, int, int] | None = None
        self.command = ""

    def setNumeric(self, *numbers: int) -> None:
        self.numbers = numbers  # type: ignore[assignment]

    def setCommand(self, command: str) -> None:
        self.command = command

    def setDependMask(self, mask: str) -> None:
        self.mask = mask

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None

    def lines(self) -> Iterator[str]:
        if self.numbers is None:
            yield from (task.command for task in self.tasks)
            return
        first, last, size = self.numbers
        for at in range(first, last + 1, size):
            ends = (str(at), str(min(at + size - 1, last)))
            yield self.command.replace("@#@", ends[0], 1).replace("@#@", ends[1], 1)


class Task:
    def __init__(self, name: str) -> None:
        self.command = ""

    def setCommand(self, command: str) -> None:
        self.command = command


def of_afanasy(folder: Path) -> list[Command]:
    job = SimpleNamespace(blocks=[], send=lambda: None)
    af = SimpleNamespace(Job=lambda _: job, Block=Block, Task=Task)
    executed((folder / "labeler_job.py").read_text(encoding="utf-8"), {"af": af})
    groups = {block.name: [shlex.split(line) for line in block.lines()] for block in job.blocks}
    awaited = {
        block.name: [other.name for other in job.blocks if block.mask and re.fullmatch(block.mask, other.name)]
        for block in job.blocks
    }
    return commands(groups, awaited)


AUTHOR = """
const author = {
    Task: (name, type) => ({ name, words: [], after: [],
        addCommand(one) { this.words = [one.exe, ...one.args]; }, addDependency(one) { this.after.push(one); } }),
    Command: (name, settings) => settings,
};
const tasks = [];  // as the manager does, of each task as it is when it is added
compileJob({ settings: SETTINGS, addTask: (task) => tasks.push({ words: task.words, after: task.after.slice() }) });
console.log(JSON.stringify(tasks.map((task) => [task.words, task.after.map((one) => one.words)])));
"""


def of_flamenco(folder: Path) -> list[Command]:
    settings = json.dumps(json.loads((folder / "job.json").read_text(encoding="utf-8"))["settings"])
    script = (folder / "labeler.js").read_text(encoding="utf-8") + AUTHOR.replace("SETTINGS", settings)
    told = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True).stdout
    return [Command(tuple(words), frozenset(map(tuple, after))) for words, after in json.loads(told)]


def of_tractor(folder: Path) -> list[Command]:
    """A task waits for those below it; of those of the job, each for the one before."""
    text = (folder / "labeler.alf").read_text(encoding="utf-8").partition("\n")[2]
    (job,) = tcl_commands(text)
    found: list[Command] = []
    before: frozenset[tuple[str, ...]] = frozenset()
    assert job[job.index("-serialsubtasks") + 1] == "1"
    for task in tcl_commands(job[job.index("-subtasks") + 1]):
        before |= below(task, before, found)
    return found


def below(task: list[str], before: frozenset[tuple[str, ...]], found: list[Command]) -> frozenset[tuple[str, ...]]:
    """All commands of a task, which are added to those found; a task's own wait for those of its subtasks."""
    under: frozenset[tuple[str, ...]] = frozenset()
    if "-subtasks" in task:
        for one in tcl_commands(task[task.index("-subtasks") + 1]):
            under |= below(one, before, found)
    if "-cmds" not in task:
        return under
    (command,) = tcl_commands(task[task.index("-cmds") + 1])
    (words,) = tcl_commands(command[1])
    found.append(Command(tuple(words), before | under))
    return under | {tuple(words)}


def tcl_commands(text: str) -> list[list[str]]:
    """Each line as words, of which those in braces hold what is between them."""
    lines: list[list[str]] = [[]]
    at = 0
    while at < len(text):
        if text[at] == "{":
            end, depth = at, 0
            while depth or end == at:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            lines[-1].append(text[at + 1 : end - 1])
            at = end
        elif text[at] == "\n":
            lines.append([])
            at += 1
        elif text[at] == " ":
            at += 1
        else:
            word = re.compile(r"[^\s{]+").match(text, at)
            assert word is not None
            lines[-1].append(word[0])
            at = word.end()
    return [line for line in lines if line]


READERS: Mapping[str, Callable[[Path], list[Command]]] = {
    "openjd": of_openjd,
    "afanasy": of_afanasy,
    "deadline": of_deadline,
    "flamenco": of_flamenco,
    "k8s": of_k8s,
    "opencue": of_opencue,
    "slurm": of_slurm,
    "tractor": of_tractor,
}


def program(folder: Path, name: str, body: str) -> None:
    """A stand-in on the PATH of `asked`."""
    (folder / "bin").mkdir(exist_ok=True)
    path = folder / "bin" / name
    path.write_text(f"#!/bin/bash\n{body}\n")
    path.chmod(0o755)


def asked(folder: Path, command: Words, **more: str) -> str:
    """What the stand-ins noted while this ran."""
    notes = folder / "notes"
    notes.write_text("")
    given = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "NOTES": str(notes), "SLURM_ARRAY_JOB_ID": "1", **more}
    done = subprocess.run(command, env=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return notes.read_text()


def executed(text: str, modules: Mapping[str, Any]) -> None:
    """Run a script with these in place of the farm's own modules."""
    kept = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        exec(compile(text, "labeler_job.py", "exec"), {})
    finally:
        for name, module in kept.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
