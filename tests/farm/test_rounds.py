"""Which tasks a plan with segments is on a farm, and what waits for what."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.batch.plan_file import numbers_in
from labeler.farm.job import FarmJob
from labeler.farm.rounds import Cut, Work, least_size, rounds, whole_runs
from tests.farm.jobs import PLAIN, cut

CUTS = (Cut(1, 3), Cut(4, 2))


@st.composite
def jobs(draw: st.DrawFn) -> FarmJob:
    items = draw(st.integers(1, 40))
    numbers = sorted(draw(st.sets(st.integers(0, items - 1))))
    cuts = tuple(Cut(number, draw(st.integers(2, 9))) for number in numbers)
    plan = replace(PLAIN.plan, items=items, cuts=cuts)
    chunk, segment_chunk = draw(st.integers(1, 7)), draw(st.integers(1, 4))
    return replace(PLAIN, plan=plan, signers=draw(st.booleans()), chunk=chunk, segment_chunk=segment_chunk)


@given(jobs())
def test_each_item_and_each_segment_is_asked_for_once(job: FarmJob) -> None:
    rendered: Counter[int] = Counter()
    sealed: Counter[int] = Counter()
    segments: Counter[tuple[int, int]] = Counter()
    for work in job.works:
        tasks = list(job.tasks(work))
        assert len(tasks) == job.count(work)
        for task in tasks:
            items = numbers_in(task.items)
            assert (task.segments is None) == (work.name != "segment")
            if task.segments is not None:
                segments.update((item, one) for item in items for one in numbers_in(task.segments, "--segment"))
            else:
                (sealed if work.is_for_signers else rendered).update(items)
    everything = Counter(range(job.plan.items))
    assert rendered == everything and sealed == (everything if job.signers else Counter())
    assert segments == Counter((one.item, number) for one in job.plan.cuts for number in range(one.segments))


@given(jobs())
def test_no_task_is_of_items_that_are_cut_and_of_such_that_are_not(job: FarmJob) -> None:
    cuts = {one.item for one in job.plan.cuts}
    for work in job.works:
        for task in job.tasks(work):
            of_cuts = {number in cuts for number in numbers_in(task.items)}
            assert work.name == "seal" or of_cuts == {work.is_of_cuts}


def order(items: int, cuts: tuple[Cut, ...], *, signers: bool) -> list[Work]:
    return list(rounds(items, cuts, signers=signers))


def test_whole_items_wait_for_nothing_and_cut_ones_for_their_segments() -> None:
    segment, join = Work("segment", "all"), Work("join", "all", ("segment",))
    assert order(5, (), signers=False) == [Work("label", "all")]
    assert order(5, CUTS, signers=False) == [segment, Work("label", "all"), join]
    assert order(2, (Cut(0, 2), Cut(1, 2)), signers=False) == [segment, join]


def test_the_seal_waits_for_both() -> None:
    assert order(5, (), signers=True) == [Work("label", "render"), Work("seal", "seal", ("label",))]
    segment, label, join, seal = order(5, CUTS, signers=True)
    assert (segment.stage, label.stage, join.stage) == ("all", "render", "render"), "a segment is no half of an item"
    assert (join.after, seal.after) == (("segment",), ("label", "join"))
    assert replace(cut(PLAIN), signers=True).ends == ("seal",)
    assert cut(PLAIN).ends == ("label", "join") and PLAIN.ends == ("label",)


def test_whole_items_are_runs_between_the_cuts() -> None:
    runs = [(run.start, run.stop) for run in whole_runs(6, (Cut(0, 2), Cut(3, 2), Cut(4, 2)))]
    assert runs == [(1, 3), (5, 6)]
    assert cut(PLAIN).items(Work("label", "all")) == "0-6,9-24"
    assert cut(PLAIN).items(Work("join", "all")) == "7,8"


@pytest.mark.parametrize(
    ("lengths", "most", "size"),
    [([], 0, 1), ([2], 0, None), ([2500], 1001, 3), ([3, 3], 2, 3), ([3, 3], 3, 3), ([9, 1], 3, 5), ([5, 5], None, 1)],
)
def test_the_least_size_with_which_all_is_so_many_tasks(lengths: list[int], most: int | None, size: int | None) -> None:
    assert least_size(lengths, most) == size
