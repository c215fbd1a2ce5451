"""The labelled set of the benchmarks: the same for ever, and no clip in both halves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.verify.bars import Cost, Count, Try, interval
from benchmarks.verify.drawing import PLACES, Mention, contrast_of, drawn
from benchmarks.verify.footage import half_of
from benchmarks.verify.items import PARTS, Part, items
from benchmarks.verify.known import cases
from benchmarks.verify.results import Results, Row
from benchmarks.verify.wordings import CONFUSERS, LISTED, unlisted

NAMES = [f"{number}.mp4" for number in range(25)]


def test_halves_share_nothing_and_leave_nothing_out() -> None:
    one, other = half_of(NAMES, "thresholds"), half_of(NAMES[::-1], "held-out")
    assert sorted([*one, *other]) == sorted(NAMES)


@pytest.mark.parametrize("part", PARTS)
def test_a_smaller_set_is_the_beginning_of_a_larger_one(part: Part) -> None:
    assert items(part, 5, NAMES, "held-out") == items(part, 20, NAMES, "held-out")[:5]


def test_fewer_known_cases_are_the_beginning_of_more() -> None:
    assert cases(3, NAMES, "held-out") == cases(9, NAMES, "held-out")[:3]


def test_a_run_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    path, measured = tmp_path / "rows.jsonl", []

    def row(name: str) -> Row:
        measured.append(name)
        tries, costs = (Try("a", 1, 2, "one «é»"),), (Cost("b", 1.5, 2.0),)
        return Row(name, tries, costs, cpu=0.5, readings=3, found=({"class": "phrase", "is_right": True},))

    first = Results(path, "held-out", "state")
    rows = [first.take(name, lambda name=name: row(name)) for name in ("one", "two")]  # type: ignore[misc]
    path.write_bytes(path.read_bytes()[:-9])
    again = Results(path, "held-out", "state")
    assert [again.take(name, lambda name=name: row(name)) for name in ("one", "two")] == rows  # type: ignore[misc]
    assert measured == ["one", "two", "two"], "the row that was cut off, and no other"
    assert Results(path, "held-out", "state").rows == {row.item: row for row in rows}
    assert not Results(path, "held-out", "another").rows and not Results(path, "thresholds", "state").rows


def test_a_count_takes_what_items_gave() -> None:
    count = Count("a", 0.9)
    count.add(Try("a", 24, 24, "fine"))
    count.add(Try("a", 23, 24, "one is missing"))
    assert (count.hits, count.of, count.told) == (47, 48, ["one is missing"])


def test_wordings() -> None:
    assert len(LISTED) == 20
    assert len({language for language, _ in LISTED}) == 7
    assert not {text for _, text in CONFUSERS} & {text for _, text in (*LISTED, *unlisted())}


@pytest.mark.parametrize(("tries", "verdict"), [(49, "not judged: 49 of 50 tries"), (50, "met")])
def test_a_bar_is_not_met_by_few_tries(tries: int, verdict: str) -> None:
    assert Count("a", 0.9, hits=tries, of=tries).verdict == verdict


def test_a_bar_that_is_missed_says_so() -> None:
    assert Count("a", 0.0, at_most=True, hits=1, of=3).verdict == "missed"


def test_interval_holds_its_share() -> None:
    low, high = interval(9, 10)
    assert 0 < low < 0.9 < high < 1


@pytest.mark.parametrize("place", PLACES)
def test_text_is_laid_where_ffmpeg_lays_it(place: str) -> None:
    mention = Mention("Made with AI", "en", "NotoSansCJKsc-Bold-subset", 3.5, "box", "white", 1.0, place, 0, 2)
    assert all(side % 2 == 0 for side in drawn(mention, (854, 480)).corner)


def test_contrast_of_white_on_black() -> None:
    ideographs = "NotoSansCJKsc-Bold-subset"
    mention = Mention("人工智能生成", "zh", ideographs, 8, "plain", "white", 1.0, "middle", 0, 2)
    what = drawn(mention, (640, 360))
    picture = np.zeros((360, 640, 3), np.uint8)
    x, y = what.corner
    height, width = what.letters.shape
    picture[y : y + height, x : x + width] = what.letters[..., None]
    assert contrast_of(picture, what) == pytest.approx(21)
