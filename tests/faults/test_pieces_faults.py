"""Sabotage of a film in pieces: one of them is left out. No gate stands there, since `label` makes no such films."""

from __future__ import annotations

import pytest

from labeler import verify
from labeler.verdict import Verdict
from tests import fragmented, pki
from tests.faults.harness import Good
from tests.fragmented import Pieces

OVER_TIME = ("mention.presence", "mention.timing", "mention.reading_time")


@pytest.fixture(scope="module")
def pieces(good: Good, tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    """A labelled film of four seconds in pieces of one, sealed by plain c2pa-python."""
    folder = tmp_path_factory.mktemp("pieces")
    plain = fragmented.in_pieces(good.unsealed, folder / "plain")
    stated = pki.created("trainedAlgorithmicMedia")
    return fragmented.sealed(plain, folder / "sealed", stated, pki.make_signer("Streamer", pki.today()))


def statuses(verdict: Verdict) -> dict[str, str]:
    return {check.id: check.status for check in verdict.checks}


def test_a_piece_that_was_left_out_is_caught(pieces: Pieces) -> None:
    """The mention is due all the time: nobody can say that it was shown while nobody looked. All else stays as it was,
    the seal of the pieces that are there too."""
    whole = verify(pieces.init, segments=pieces.segments, preset="eu-standard")
    before = statuses(whole)
    assert before["media.pieces"] == "pass" and {before[name] for name in OVER_TIME} == {"pass"}
    left = [pieces.segments[at] for at in (0, 1, 3)]
    broken = verify(pieces.init, segments=left, preset="eu-standard")
    after = statuses(broken)
    assert after["media.pieces"] == "not_checked" and {after[name] for name in OVER_TIME} == {"not_checked"}
    touched = {"media.pieces", *OVER_TIME}
    assert {id: after[id] for id in after if id not in touched} == {
        id: before[id] for id in before if id not in touched
    }
    assert broken.layers["mention"] == "not_checked" and broken.outcome == "fail" and broken.integrity == "intact"
    assert set(OVER_TIME) <= set(broken.meets["eu-standard"])
    assert [(one.start, one.end) for one in broken.found.mention if one.kind == "phrase"] == [(0.0, 2.0), (3.0, 4.0)]
    assert broken.found.coverage is not None and broken.found.coverage.missing == 1.0


@pytest.mark.wide
def test_without_a_preset_the_presets_say_the_same(pieces: Pieces) -> None:
    """What was found in the pieces that are there was found; that no preset is met is told in the same ids."""
    left = [pieces.segments[at] for at in (0, 1, 3)]
    verdict = verify(pieces.init, segments=left)
    asked = verify(pieces.init, segments=left, preset="eu-standard")
    assert verdict.disclosure == asked.disclosure == "declared"
    assert verdict.meets["eu-standard"] == asked.meets["eu-standard"]
