"""The labelled set of the benchmarks: the same for ever, and no clip in both halves."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.verify.bars import Count, interval
from benchmarks.verify.drawing import Mention, contrast_of, drawn
from benchmarks.verify.footage import half_of
from benchmarks.verify.items import PARTS, Part, items
from benchmarks.verify.wordings import CONFUSERS, LISTED, unlisted

NAMES = [f"{number}.mp4" for number in range(25)]


def test_halves_share_nothing_and_leave_nothing_out() -> None:
    one, other = half_of(NAMES, "thresholds"), half_of(NAMES[::-1], "held-out")
    assert sorted([*one, *other]) == sorted(NAMES)


@pytest.mark.parametrize("part", PARTS)
def test_a_smaller_set_is_the_beginning_of_a_larger_one(part: Part) -> None:
    assert items(part, 5, NAMES, "held-out") == items(part, 20, NAMES, "held-out")[:5]


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


def test_contrast_of_white_on_black() -> None:
    ideographs = "NotoSansCJKsc-Bold-subset"
    mention = Mention("人工智能生成", "zh", ideographs, 8, "plain", "white", 1.0, "middle", 0, 2)
    what = drawn(mention, (640, 360))
    picture = np.zeros((360, 640, 3), np.uint8)
    x, y = what.corner
    height, width = what.letters.shape
    picture[y : y + height, x : x + width] = what.letters[..., None]
    assert contrast_of(picture, what) == pytest.approx(21)
