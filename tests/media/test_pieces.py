"""Edit lists of several pieces: those that follow each other are one, and every reader sees them so; others stay what
they are, and are refused."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from labeler import label, verify
from labeler.layers.credentials import identity
from labeler.media.accept import reasons_to_refuse
from labeler.media.frames import FrameReader
from labeler.media.inventory import Inventory
from labeler.media.pieces import Edit, Overlaid, joined
from labeler.media.survey import survey
from tests.hostile.atoms import full, payload_of, replaced
from tests.media.moving import moving_clip

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
FILM, MEDIA = 1000, 12800
FIRST = 1024
"""Where the first picture of the clip lies in its media: two pictures wait for their order."""
PICTURE = 512
ELST = "moov/trak/edts/elst"
Rows = list[tuple[int, int]]


def elst(rows: Rows, version: int = 0) -> bytes:
    form = ">Qqhh" if version else ">Iihh"
    entries = b"".join(struct.pack(form, duration, start, 1, 0) for duration, start in rows)
    return full(b"elst", struct.pack(">I", len(rows)) + entries, version)


JOINED: dict[str, tuple[Rows, Rows]] = {
    "at a key": ([(4000, FIRST), (4000, FIRST + 100 * PICTURE)], [(8000, FIRST)]),
    "within a group": ([(1520, FIRST), (6480, FIRST + 38 * PICTURE)], [(8000, FIRST)]),
    "three": (
        [(1520, FIRST), (1480, FIRST + 38 * PICTURE), (5000, FIRST + 75 * PICTURE)],
        [(8000, FIRST)],
    ),
    "behind nothing": (
        [(400, -1), (4000, FIRST), (4000, FIRST + 100 * PICTURE)],
        [(400, -1), (8000, FIRST)],
    ),
    "with hidden pictures": (
        [(1000, FIRST + 30 * PICTURE), (5000, FIRST + 55 * PICTURE)],
        [(6000, FIRST + 30 * PICTURE)],
    ),
}
"""Pieces that follow each other, and the one piece that says the same."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("pieces") / "film.mp4"
    return moving_clip(path, size=(320, 180), seconds=8, sound=True).read_bytes()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    identity.create("studio", home=home, now=NOW)
    monkeypatch.setenv("LABELER_HOME", str(home))
    return home


def edited(clip: bytes, path: Path, rows: Rows, version: int = 0) -> Path:
    path.write_bytes(replaced(clip, ELST, lambda old: elst(rows, version)))
    return path


def facts(inventory: Inventory) -> Inventory:
    """But for the bytes of the file, which hold another list."""
    return inventory.model_copy(update={"bytes": 0})


def test_what_follows_each_other() -> None:
    assert joined([Edit(1000, 0), Edit(1000, MEDIA)], FILM, MEDIA) == (Edit(2000, 0),)
    assert joined([Edit(5, -1), Edit(1000, 7), Edit(1000, MEDIA + 7)], FILM, MEDIA) == (Edit(5, -1), Edit(2000, 7))
    assert joined([Edit(1001, 0), Edit(1000, 90090 // 1000 * 1001)], 1000, 90000) is not None
    for list_of_edits in (
        [],
        [Edit(1000, 0)],
        [Edit(5, -1), Edit(1000, 0)],
        [Edit(1000, 0), Edit(1000, MEDIA + 13)],
        [Edit(1000, 0), Edit(1000, MEDIA - 13)],
        [Edit(1000, 0), Edit(1000, 0)],
        [Edit(1000, 0), Edit(5, -1), Edit(1000, MEDIA)],
        [Edit(1000, 0), Edit(0, MEDIA)],
        [Edit(0, 0), Edit(1000, 0)],
        [Edit(1000, 0), Edit(1000, MEDIA, (0, 0))],
        [Edit(1000, 0), Edit(1000, MEDIA, (2, 0))],
        [Edit(1000, -7), Edit(1000, MEDIA - 7)],
        [Edit(2**31, 0), Edit(2**31, 2**31 * MEDIA // FILM)],
    ):
        assert joined(list_of_edits, FILM, MEDIA) is None, list_of_edits
    assert joined([Edit(1000, 0), Edit(1000, MEDIA)], 0, MEDIA) is None


def test_small_gaps_do_not_add_up() -> None:
    """Each within a tick of the film's clock of the one before, and soon a picture away from its place."""
    pieces = [Edit(1000, number * (MEDIA + 6)) for number in range(5)]
    assert joined(pieces[:3], FILM, MEDIA) is not None
    assert joined(pieces, FILM, MEDIA) is None


def test_a_slow_clock_hides_no_picture() -> None:
    """A tick of a film's clock of 25 is longer than a picture of 50 a second."""
    assert joined([Edit(25, 0), Edit(25, MEDIA + PICTURE // 2)], 25, MEDIA) is None


def test_bytes_of_others_wherever_one_reads() -> None:
    data = bytes(range(100))
    with Overlaid(io.BytesIO(data), {10: b"abc", 50: b"xyz"}) as file:
        whole = file.read()
        assert whole == data[:10] + b"abc" + data[13:50] + b"xyz" + data[53:]
        for start in range(60):
            for count in (1, 2, 3, 7, 45):
                file.seek(start)
                assert file.read(count) == whole[start : start + count]


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("name", JOINED)
def test_read_as_one(clip: bytes, tmp_path: Path, name: str, version: int) -> None:
    several, one = (edited(clip, tmp_path / f"{at}.mp4", rows, version) for at, rows in enumerate(JOINED[name]))
    with av.open(str(several)) as plain:
        assert sum(packet.is_discard for packet in plain.demux(video=0)) > 20, "libavformat itself reads it otherwise"
    found = survey(several)
    assert facts(found) == facts(survey(one))
    assert found.is_rewritable and reasons_to_refuse(found, several) == ()
    with FrameReader(several, 0) as ours, FrameReader(one, 0) as theirs:
        assert ours.frame_count == theirs.frame_count and ours.duration == theirs.duration
        for mine, other in zip(
            ours.pictures_at([0, 40, -1 + ours.frame_count]),
            theirs.pictures_at([0, 40, -1 + theirs.frame_count]),
            strict=True,
        ):
            assert mine.seconds == other.seconds and (mine.planes[0] == other.planes[0]).all()


@pytest.mark.wide
@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["within a group", "behind nothing", "with hidden pictures"])
def test_labelled_with_its_list_as_it_was(clip: bytes, tmp_path: Path, name: str) -> None:
    """The same bytes of pictures, and the same verdict, as with the one piece that says the same."""
    results = []
    for at, rows in enumerate(JOINED[name]):
        source = edited(clip, tmp_path / f"{at}.mp4", rows)
        (result,) = label(
            source, involvement="generated", output=f"{tmp_path}/out/", program_in="2", program_out="5", now=lambda: NOW
        )
        assert result.status == "released", result.problems
        assert result.verdict is not None and result.verdict.rendered is not None
        assert result.verdict.rendered.way == "smart"
        output = tmp_path / "out" / f"{at}.eu-standard.mp4"
        assert payload_of(output.read_bytes(), ELST) == payload_of(source.read_bytes(), ELST)
        results.append((output, result))
    (several, told), (one, also) = results
    assert told.verdict.rendered == also.verdict.rendered
    with FrameReader(several, 0) as ours, FrameReader(one, 0) as theirs:
        for mine, other in zip(
            ours.pictures_at([49, 50, 124, 125]), theirs.pictures_at([49, 50, 124, 125]), strict=True
        ):
            assert (mine.planes[0] == other.planes[0]).all()
    checks, others = (verify(path, preset="eu-standard").checks for path in (several, one))
    assert [(check.id, check.status, check.message) for check in checks] == [
        (check.id, check.status, check.message) for check in others
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(600, FIRST), (800, FIRST + MEDIA)], "pieces that do not follow each other"),
        ([(600, FIRST), (800, FIRST)], "pieces that do not follow each other"),
        ([(2000, FIRST + MEDIA), (1000, FIRST)], "pieces that do not follow each other"),
        ([(4000, FIRST), (400, -1)], "pieces that do not follow each other"),
        ([(4000, FIRST), (400, -1), (4000, FIRST + 100 * PICTURE)], "pieces that do not follow each other"),
        ([(4000, -7)], "begins before its media"),
        ([(0, FIRST)], "has no pictures"),
    ],
)
def test_others_are_refused(clip: bytes, tmp_path: Path, rows: Rows, said: str) -> None:
    film = edited(clip, tmp_path / "film.mp4", rows)
    assert any(said in reason for reason in reasons_to_refuse(survey(film), film))


@pytest.mark.parametrize("speed", [(0, 0), (0, 0x4000), (2, 0), (-1, 0)])
def test_other_speeds_are_refused(clip: bytes, tmp_path: Path, speed: tuple[int, int]) -> None:
    film = tmp_path / "film.mp4"
    entry = struct.pack(">IIihh", 1, 8000, FIRST, *speed)
    film.write_bytes(replaced(clip, ELST, lambda old: full(b"elst", entry)))
    assert any("lets a picture stand still" in reason for reason in reasons_to_refuse(survey(film), film))
