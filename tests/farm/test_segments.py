"""Items in segments on every farm: which commands each runs, as it reads its texts, and which wait for which."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from labeler.farm.job import FarmJob
from labeler.farm.rounds import Cut
from labeler.farm.targets import targets
from tests.farm.jobs import PLAIN, cut
from tests.farm.readers import READERS, Command, written

ITEMS = 7
FEW = replace(PLAIN, plan=replace(PLAIN.plan, items=ITEMS))
CUTS = (Cut(1, 3), Cut(4, 2))
ALL_CUT = tuple(Cut(item, 2) for item in range(ITEMS))


def jobs() -> dict[str, FarmJob]:
    return {
        "whole": FEW,
        "one by one": cut(FEW, CUTS),
        "chunks": replace(cut(FEW, CUTS), chunk=2, segment_chunk=2),
        "signed apart": replace(cut(FEW, CUTS), chunk=3, signers=True),
        "all in segments": replace(cut(FEW, ALL_CUT), signers=True),
    }


CASES = [
    (name, case)
    for name, target in targets().items()
    for case, job in jobs().items()
    if target.has_signers or not job.signers
]


def test_every_farm_has_a_reader() -> None:
    assert set(READERS) == set(targets())


@pytest.fixture
def found(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[FarmJob, list[Command]]:
    name, case = request.param
    if name == "flamenco" and shutil.which("node") is None:
        pytest.skip("Flamenco's script is run by node, which is NOT HERE")
    job = jobs()[case]
    return job, READERS[name](written(job, name, tmp_path / "job"))


@pytest.mark.parametrize("found", CASES, indirect=True, ids=" ".join)
def test_each_is_asked_for_once_and_waits_for_what_it_needs(found: tuple[FarmJob, list[Command]]) -> None:
    job, commands = found
    cuts = {one.item: one.segments for one in job.plan.cuts}
    half = "render" if job.signers else "all"
    by_words = {command.words: command for command in commands}
    assert len(by_words) == len(commands)

    of_stage = {
        stage: Counter(item for command in commands if command.stage == stage for item in command.items)
        for stage in ("all", "render", "seal")
    }
    everything = Counter(range(ITEMS))
    assert of_stage[half] == everything
    assert of_stage["seal"] == (everything if job.signers else Counter())
    segments = Counter(
        (item, number)
        for command in commands
        if command.stage == "segment"
        for item in command.items
        for number in command.segments
    )
    assert segments == Counter((item, number) for item, count in cuts.items() for number in range(count))

    for command in commands:
        awaited = all_before(command, by_words)
        if command.stage == "segment":
            assert awaited == []
        elif command.stage == half:
            before = {(item, number) for one in awaited for item in one.items for number in one.segments}
            needed = {(item, number) for item in command.items for number in range(cuts.get(item, 0))}
            assert needed <= before and {one.stage for one in awaited} <= {"segment"}
            assert needed or not awaited, "an item without segments waits for nothing"
        elif command.stage == "seal":
            rendered = {item for one in awaited if one.stage == half for item in one.items}
            assert set(command.items) <= rendered
        else:
            assert command.stage == "collect"
            assert {one.words for one in awaited} == set(by_words) - {command.words}
    assert [command.stage for command in commands].count("collect") == 1


def all_before(command: Command, by_words: dict[tuple[str, ...], Command]) -> list[Command]:
    """What it waits for, and what those wait for."""
    seen: set[tuple[str, ...]] = set()
    waiting = list(command.after)
    while waiting:
        words = waiting.pop()
        if words not in seen:
            seen.add(words)
            waiting += by_words[words].after
    return [by_words[words] for words in seen]


@pytest.mark.parametrize("name", ["deadline", "flamenco", "tractor"])
def test_where_the_farm_can_an_item_waits_for_its_own_segments_alone(name: str, tmp_path: Path) -> None:
    if name == "flamenco" and shutil.which("node") is None:
        pytest.skip("Flamenco's script is run by node, which is NOT HERE")
    commands = READERS[name](written(jobs()["one by one"], name, tmp_path / "job"))
    by_words = {command.words: command for command in commands}
    (join,) = (command for command in commands if command.stage == "all" and command.items == (4,))
    assert {by_words[words].items for words in join.after} == {(4,)}
