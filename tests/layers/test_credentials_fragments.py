"""A film in pieces: its manifest stands in the first one and binds each of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from labeler import inspect, verify
from labeler.batch.verifying import Question, verify_all
from labeler.errors import UsageError
from labeler.layers.credentials.read import SealedInPieces, beside, bound_pieces, integrity_of, read
from labeler.layers.credentials.trust import Trust
from labeler.media.fragments import in_order, joined
from labeler.media.survey import survey
from labeler.verdict import Integrity, LayerState, Verdict
from tests import fragmented, pki
from tests.clips import make_clip
from tests.fragmented import Pieces

SIGNER = pki.make_signer("Streamer", pki.today())
TRUST = Trust(anchors=SIGNER.root.decode())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fragments")


@pytest.fixture(scope="module")
def plain(folder: Path) -> Pieces:
    clip = make_clip(folder / "clip.mp4", width=320, height=180, seconds=3)
    return fragmented.in_pieces(clip, folder / "plain")


@pytest.fixture(scope="module")
def pieces(plain: Pieces, folder: Path) -> Pieces:
    return fragmented.sealed(plain, folder / "sealed", pki.created("trainedAlgorithmicMedia"), SIGNER)


def sealed(init: Path, segments: tuple[Path, ...], folder: Path) -> SealedInPieces:
    film = in_order(init, segments)
    return SealedInPieces(joined(film, folder), film, TRUST)


def test_every_piece_is_bound(pieces: Pieces, tmp_path: Path) -> None:
    assert len(pieces.segments) == 3
    one = sealed(pieces.init, pieces.segments, tmp_path)
    reading = read(one, None)
    assert integrity_of(reading) is Integrity.INTACT and reading.state is LayerState.PASS
    assert one.plays_unhashed is False and reading.found.embedded
    assert [ai.type.rpartition("/")[2] for ai in reading.found.ai] == ["trainedAlgorithmicMedia"]
    assert survey(one.path).tracks[0].packets == 75


@pytest.mark.parametrize("changed", ["first", "middle", "last", "another's"])
def test_a_changed_piece_is_altered(changed: str, pieces: Pieces, plain: Pieces, tmp_path: Path) -> None:
    every = [pieces.init, *pieces.segments]
    at = {"first": 0, "middle": 2, "last": 3, "another's": 2}[changed]
    content = bytearray(every[at].read_bytes())
    if changed == "another's":
        content = bytearray(plain.segments[1].read_bytes())
    else:
        content[-20] ^= 1
    every[at] = tmp_path / ("init.mp4" if at == 0 else "changed.m4s")
    every[at].write_bytes(content)
    (tmp_path / "film").mkdir()
    reading = read(sealed(every[0], tuple(every[1:]), tmp_path / "film"), None)
    assert integrity_of(reading) is Integrity.ALTERED


def test_the_first_piece_alone_is_not_called_altered(pieces: Pieces) -> None:
    reading = read(beside(pieces.init, TRUST), None)
    (check,) = [check for check in reading.checks if check.id == "credentials.integrity"]
    assert check.status == "not_checked" and "--init" in check.message
    assert integrity_of(reading) is Integrity.UNREADABLE


def test_all_pieces_in_one_file_are_judged_as_the_sdk_judges_them(pieces: Pieces, tmp_path: Path) -> None:
    """Each segment's hash holds its place, and in one file all places are others."""
    film = joined(in_order(pieces.init, pieces.segments), tmp_path)
    assert integrity_of(read(beside(film, TRUST), None)) is Integrity.ALTERED


def test_pieces_without_a_manifest(plain: Pieces, tmp_path: Path) -> None:
    assert read(sealed(plain.init, plain.segments, tmp_path), None).state is LayerState.ABSENT


def test_the_seal_tells_how_many_pieces_there_are(pieces: Pieces, plain: Pieces, tmp_path: Path) -> None:
    """What its hashes cannot: that the last one is missing."""
    assert bound_pieces(sealed(pieces.init, pieces.segments, tmp_path)) == 3
    assert bound_pieces(sealed(plain.init, plain.segments, tmp_path)) is None


@pytest.mark.wide
def test_one_verdict_on_all_pieces(pieces: Pieces) -> None:
    verdict = verify(pieces.init, segments=pieces.segments[::-1], budget=0.1)
    assert (verdict.file, verdict.integrity, verdict.disclosure) == (str(pieces.init), "intact", "partial")
    assert verdict.bytes == sum(path.stat().st_size for path in (pieces.init, *pieces.segments))
    question = Question(init=pieces.init, presets=("eu-standard",), budget=0.1)
    (told,) = verify_all([str(path) for path in pieces.segments], question)
    assert isinstance(told, Verdict) and told.sha256 == verdict.sha256 and told.judged_by is not None
    (piece,) = [check for check in verdict.checks if check.id == "media.pieces"]
    assert piece.status == "pass" and verdict.found.coverage is not None and verdict.found.coverage.missing == 0
    with pytest.raises(UsageError, match="--online"):
        list(verify_all(["x"], Question(init=pieces.init, online=True)))


def test_the_last_piece_left_out_is_noticed(pieces: Pieces) -> None:
    """Intact, as far as its hashes go; and what nobody gave is not known to be free of a mention."""
    verdict = verify(pieces.init, segments=pieces.segments[:2], budget=0.1)
    (piece,) = [check for check in verdict.checks if check.id == "media.pieces"]
    assert piece.status == "not_checked" and "seal binds more pieces" in piece.message
    assert verdict.integrity == "intact" and verdict.layers["mention"] == "not_checked"


def test_inspected_in_pieces(pieces: Pieces) -> None:
    found = inspect(pieces.init, segments=pieces.segments)
    assert found.file == str(pieces.init) and found.integrity == "intact" and len(found.manifests) == 1
    assert found.outline is not None and found.outline.seconds == pytest.approx(3, abs=0.1)
