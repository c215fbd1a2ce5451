"""A plan as a farm sees it: how many items, under which presets, in which folders, which of them in segments. Read as a
stream, line by line.

A line of the plan may hold megabytes and a plan ten thousand lines; nothing but names of folders and numbers is kept.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated

from pydantic import Field, ValidationError

from labeler.batch.plan_file import empty, unreadable
from labeler.errors import PlanError, SourceRejected
from labeler.farm.rejects import OnReject
from labeler.farm.rounds import Cut, Name, Task, Work, ends, pieces, rounds, spelled, whole_runs
from labeler.language import say
from labeler.letters import is_harmless, safe
from labeler.verdict import Frozen

SCHEMA = "labeler.plan/1"
MOST_PRESETS_NAMED = 3


class Preset(Frozen):
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


class Source(Frozen):
    file: str


class Delivery(Frozen):
    records: str | None = None


class Rendering(Frozen):
    segments: tuple[dict[str, int], ...] = ()


class Line(Frozen):
    """What a farm needs of one line; the rest of it is for the step."""

    schema_: str = Field(alias="schema")
    preset: Preset
    source: Source
    output: str
    delivery: Delivery = Delivery()
    rendering: Rendering | None = None


@dataclass(frozen=True)
class Plan:
    """path: absolute. presets: ids, in the order in which they first come. sources, outputs: folders, sorted; those of
    records are outputs too. cuts: the items that are cut into segments, in order."""

    path: str
    items: int
    presets: tuple[str, ...]
    sources: tuple[str, ...]
    outputs: tuple[str, ...]
    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True)
class FarmJob:
    """What a target turns into text.

    folder: where the texts go, absolute. chunk: items a task. path_map: a file that each step reads its path mapping
    from, or None. read_sources: yields the source of each item, anew at each call. segment_chunk: segments a task.
    """

    plan: Plan
    folder: str
    chunk: int
    on_reject: OnReject
    signers: bool
    path_map: str | None
    read_sources: Callable[[], Iterator[str]]
    segment_chunk: int = 1

    @property
    def last(self) -> int:
        """The number of the last item; the first is 0."""
        return self.plan.items - 1

    @property
    def works(self) -> tuple[Work, ...]:
        return rounds(self.plan.items, self.plan.cuts, signers=self.signers)

    @property
    def ends(self) -> tuple[Name, ...]:
        """The rounds that the report waits for; those that they wait for are over then, too."""
        return ends(self.works)

    def runs(self, work: Work) -> tuple[range, ...]:
        """The items of a round, as runs of neighbours."""
        if work.name == "label":
            return tuple(whole_runs(self.plan.items, self.plan.cuts))
        if work.name == "seal":
            return (range(self.plan.items),)
        return tuple(range(cut.item, cut.item + 1) for cut in self.plan.cuts)

    def items(self, work: Work) -> str:
        """The items of a round in one word: `0-6,8-24`."""
        return ",".join(map(spelled, self.runs(work)))

    def tasks(self, work: Work) -> Iterator[Task]:
        """Each task of a round, in order. No task is of two runs."""
        if work.name == "segment":
            for cut in self.plan.cuts:
                yield from self.segments(cut)
            return
        for run in self.runs(work):
            yield from map(Task, pieces(run, self.chunk))

    def segments(self, cut: Cut) -> Iterator[Task]:
        for numbers in pieces(range(cut.segments), self.segment_chunk):
            yield Task(str(cut.item), numbers)

    def count(self, work: Work) -> int:
        """How many tasks a round has."""
        if work.name == "segment":
            return sum(-(-cut.segments // self.segment_chunk) for cut in self.plan.cuts)
        return sum(-(-len(run) // self.chunk) for run in self.runs(work))

    def is_even(self, work: Work) -> bool:
        """Whether the tasks of a round are all items from 0 on, `chunk` at a time: then arithmetic names them."""
        return self.runs(work) == (range(self.plan.items),) and not work.is_of_cuts

    @property
    def title(self) -> str:
        """A short name of plain letters."""
        shown = self.plan.presets[:MOST_PRESETS_NAMED]
        return ", ".join(shown) + ("" if len(shown) == len(self.plan.presets) else ", ...")

    @property
    def is_windows(self) -> bool:
        return is_windows(self.plan.path)

    @property
    def out(self) -> str:
        """The one folder that all outputs lie in or below."""
        return common(self.plan.outputs)


def read_plan(path: Path) -> Plan:
    """Count the items and collect the folders. Raises PlanError (2), SourceRejected (3)."""
    where = os.path.abspath(path)  # noqa: PTH100 - links are kept: the farm's machines may know the link alone
    refuse_unspeakable(where)
    presets: dict[str, None] = {}
    sources: set[str] = set()
    outputs: set[str] = set()
    cuts: list[Cut] = []
    count = 0
    for number, line in lines(path):
        if line.rendering is not None and line.rendering.segments:
            cuts.append(Cut(count, len(line.rendering.segments)))
        count += 1
        presets[line.preset.id] = None
        sources.add(dirname(usable(line.source.file, path, number)))
        outputs.add(dirname(usable(line.output, path, number)))
        if line.delivery.records is not None:
            outputs.add(usable(line.delivery.records, path, number))
    if count == 0:
        raise empty(path)
    return Plan(where, count, tuple(presets), tuple(sorted(sources)), tuple(sorted(outputs)), tuple(cuts))


def sources_of(path: Path) -> Iterator[str]:
    for _, line in lines(path):
        yield line.source.file


def lines(path: Path) -> Iterator[tuple[int, Line]]:
    """Each item with the number of its line, from 1; blank lines are none."""
    try:
        with path.open("rb") as stream:
            for number, text in enumerate(stream, 1):
                if text.strip():
                    yield number, parse(text, path, number)
    except OSError as error:
        raise unreadable(path, error) from error


def parse(text: bytes, path: Path, number: int) -> Line:
    try:
        line = Line.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        what = ".".join(map(str, first["loc"])) or "JSON"
        raise wrong_line(path, number, f"{what}: {first['msg']}", f"{what} : {first['msg']}") from error
    if line.schema_ != SCHEMA:
        told = safe(line.schema_)
        raise wrong_line(path, number, f"its schema is {told}, not {SCHEMA}", f"son schéma est {told}, non {SCHEMA}")
    return line


def usable(named: str, path: Path, number: int) -> str:
    """A path that the plan names. Raises PlanError where it depends on who reads it, SourceRejected."""
    refuse_unspeakable(named)
    if not is_absolute(named):
        told = safe(named)
        raise PlanError(
            say(
                f"{path}, line {number}: {told} is not absolute; a farm's machine would look for it elsewhere.",
                f"{path}, ligne {number} : {told} n'est pas absolu ; une machine de la ferme le chercherait ailleurs.",
            ),
            remedy=say("Make the plan again with absolute paths.", "Refaites le plan avec des chemins absolus."),
            file=str(path),
        )
    return named


def dirname(path: str) -> str:
    return ntpath.dirname(path) if is_windows(path) else posixpath.dirname(path)


def wrong_line(path: Path, number: int, en: str, fr: str) -> PlanError:
    return PlanError(say(f"{path}, line {number}: {en}.", f"{path}, ligne {number} : {fr}."), file=str(path))


def refuse_unspeakable(name: str) -> None:
    """No format of a farm carries control characters, line breaks or bytes that are no text safely."""
    if not all(map(is_harmless, name)):
        raise SourceRejected(
            say(
                f"{safe(name)}: the path holds control characters or bytes that are no text; no farm can be told it.",
                f"{safe(name)} : le chemin contient des caractères de commande ou des octets qui ne sont pas du "
                "texte ; aucune ferme ne peut le recevoir.",
            ),
            remedy=say("Rename it, then make the plan again.", "Renommez-le, puis refaites le plan."),
            file=name,
        )


def is_windows(path: str) -> bool:
    return not path.startswith("/") and PureWindowsPath(path).is_absolute()


def is_absolute(path: str) -> bool:
    return PurePosixPath(path).is_absolute() or is_windows(path)


def common(folders: tuple[str, ...]) -> str:
    """The folder that holds all of them; the first where they lie on different drives."""
    commonpath = ntpath.commonpath if is_windows(folders[0]) else posixpath.commonpath
    try:
        return commonpath(folders)
    except ValueError:
        return folders[0]
