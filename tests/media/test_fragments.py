"""Pieces of a streamed film, written by hand: in which order they come, and what is missing between them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from labeler.errors import SourceUnreadable, UsageError
from labeler.media.fragments import Film, in_order
from labeler.verdict import Status
from tests.hostile.atoms import box, full, numbers

TICKS, PICTURE = 1000, 40
"""Ticks a second of the track and of the film; a second is 25 pictures."""
SOUND_TICKS = 48000


def init(folder: Path, *, whole: int = 0, sample: int = PICTURE) -> Path:
    """whole: milliseconds that the film says it lasts. sample: ticks of a picture that its fragment does not tell."""
    tracks = b"".join(
        box(
            b"trak",
            full(b"tkhd", numbers(0, 0, id))
            + box(b"mdia", full(b"mdhd", numbers(0, 0, ticks)) + full(b"hdlr", numbers(0) + handler)),
        )
        for id, handler, ticks in ((1, b"soun", SOUND_TICKS), (2, b"vide", TICKS))
    )
    extended = full(b"mehd", numbers(whole)) if whole else b""
    extended += b"".join(full(b"trex", numbers(id, 1, length, 0, 0)) for id, length in ((1, 1024), (2, sample)))
    path = folder / "init.mp4"
    path.write_bytes(
        box(b"ftyp", b"iso5") + box(b"moov", full(b"mvhd", numbers(0, 0, TICKS)) + tracks + box(b"mvex", extended))
    )
    return path


def fragment(number: int, start: int | None, pictures: int = 25, *, track: int = 2, told: bool = False) -> bytes:
    """start: the tick at which it begins; None: it does not say. told: each picture's length stands in the fragment."""
    time = full(b"tfdt", numbers(start)) if start is not None else b""
    samples = full(b"trun", numbers(pictures))
    if told:
        samples = full(b"trun", numbers(pictures, *[PICTURE, 80] * pictures), flags=0x900)
    traf = box(b"traf", full(b"tfhd", numbers(track)) + time + samples)
    return box(b"moof", full(b"mfhd", numbers(number)) + traf) + box(b"mdat", bytes(8))


def pieces(folder: Path, *contents: bytes) -> list[Path]:
    made = [folder / f"{number}.m4s" for number in range(len(contents))]
    for path, content in zip(made, contents, strict=True):
        path.write_bytes(content)
    return made


def film(folder: Path, *starts: tuple[int, int | None], whole: int = 0) -> Film:
    """starts: the number and the first millisecond of each piece of a second, as they are named."""
    named = pieces(folder, *(fragment(number, start) for number, start in starts))
    return in_order(init(folder, whole=whole), named)


def test_by_their_times(tmp_path: Path) -> None:
    found = film(tmp_path, (3, 2000), (1, 0), (2, 1000))
    assert [path.name for path in found.segments] == ["1.m4s", "2.m4s", "0.m4s"]
    assert found.gaps == () and found.is_numbered_so and found.length == 3
    assert found.check().status is Status.PASS and found.check().measured == 0


@pytest.mark.parametrize("told", [False, True])
def test_a_piece_that_was_left_out(tmp_path: Path, *, told: bool) -> None:
    """Told with its seconds, and from when on; where pictures are shown later than decoded, too."""
    named = pieces(tmp_path, *(fragment(1 + at, 1000 * at, told=told) for at in (0, 1, 4, 5)))
    found = in_order(init(tmp_path), named)
    (gap,) = found.gaps
    assert (gap.start, gap.end, gap.before, gap.after) == (2, 4, 2, 5)
    check = found.check()
    assert check.status is Status.NOT_CHECKED and check.measured == 2.0
    assert "2.0 s from 2.0 s on, between fragments 2 and 5" in check.message


def test_the_beginning_that_was_left_out(tmp_path: Path) -> None:
    (gap,) = film(tmp_path, (3, 2000), (4, 3000)).gaps
    assert (gap.start, gap.end, gap.before) == (-2, 0, None)


def test_a_film_whose_clock_begins_late_is_whole(tmp_path: Path) -> None:
    """What carries the number 1 is the first one, whatever its clock says."""
    assert film(tmp_path, (1, 10_000), (2, 11_000)).gaps == ()


def test_the_end_that_was_left_out(tmp_path: Path) -> None:
    """Known where the first piece says how long the film is, or its seal how many pieces there are."""
    (gap,) = film(tmp_path, (1, 0), (2, 1000), whole=5000).gaps
    assert (gap.start, gap.end, gap.after) == (2, 5, None)
    assert film(tmp_path, (1, 0), (2, 1000), whole=2000).gaps == ()
    assert film(tmp_path, (1, 0), (2, 1000)).gaps == ()
    bound = film(tmp_path, (1, 0), (2, 1000)).bound_as(3)
    assert [(gap.start, gap.end) for gap in bound.gaps] == [(2, 2)] and "seal binds more" in bound.check().message
    assert film(tmp_path, (1, 0), (2, 1000)).bound_as(2).gaps == ()


def test_a_rounded_time_is_no_gap(tmp_path: Path) -> None:
    """A packager that guesses how long its last picture lasts is off by a picture at most."""
    assert film(tmp_path, (1, 0), (2, 1000 + PICTURE), (3, 2000 + PICTURE // 2)).gaps == ()
    assert len(film(tmp_path, (1, 0), (2, 1001 + PICTURE)).gaps) == 1


def test_numbers_alone_say_nothing_where_there_are_times(tmp_path: Path) -> None:
    """Sound and pictures in turn, each with a number of its own, and packagers that give all the same."""
    assert film(tmp_path, (1, 0), (3, 1000), (5, 2000)).gaps == ()
    assert film(tmp_path, (0, 0), (0, 1000), (0, 2000)).is_numbered_so


def test_numbers_against_times(tmp_path: Path) -> None:
    found = film(tmp_path, (1, 0), (9, 1000), (2, 2000))
    assert [path.name for path in found.segments] == ["0.m4s", "1.m4s", "2.m4s"] and not found.is_numbered_so
    assert found.check().status is Status.WARN and "numbered in another order" in found.check().message


def test_without_times_the_numbers_count(tmp_path: Path) -> None:
    """How long a gap is nobody can tell then; where it is, is known."""
    assert film(tmp_path, (2, None), (1, None)).gaps == ()
    (gap,) = film(tmp_path, (1, None), (2, None), (4, None)).gaps
    assert (gap.start, gap.end, gap.before, gap.after) == (2, 2, 2, 4)
    assert "how long is unknown, at 2.0 s" in film(tmp_path, (1, None), (2, None), (4, None)).check().message


def test_several_fragments_in_a_piece(tmp_path: Path) -> None:
    """The second of two, which tells no time, begins where the first one ends; one missing within is noticed."""
    whole = pieces(tmp_path, fragment(1, 0) + fragment(2, None), fragment(3, 2000))
    assert in_order(init(tmp_path), whole).gaps == ()
    (gap,) = in_order(init(tmp_path), pieces(tmp_path, fragment(1, 0) + fragment(3, 2000))).gaps
    assert (gap.start, gap.end) == (1, 2)


def test_the_pictures_count_and_not_the_sound(tmp_path: Path) -> None:
    named = pieces(
        tmp_path,
        fragment(1, 0) + fragment(2, 0, 47, track=1),
        fragment(3, 1000) + fragment(4, 60_000, 47, track=1),
    )
    assert in_order(init(tmp_path), named).gaps == ()


@pytest.mark.parametrize("start", [0, 1000, 1400])
def test_a_double(tmp_path: Path, start: int) -> None:
    """A copy, or one that covers more than half of another: which of them is shown, nobody can tell."""
    named = pieces(tmp_path, fragment(1, 0), fragment(2, 1000), fragment(3, start))
    with pytest.raises(SourceUnreadable, match="cover the same time"):
        in_order(init(tmp_path), named)


def test_named_twice(tmp_path: Path) -> None:
    (one,) = pieces(tmp_path, fragment(1, 0))
    with pytest.raises(UsageError, match="named twice"):
        in_order(init(tmp_path), [one, one])


@pytest.mark.parametrize(
    "content",
    [b"", b"moof", box(b"moof", b""), fragment(1, 0, track=7), fragment(1, 0, 0), box(b"mdat", bytes(8)), b"\0" * 40],
)
def test_what_is_no_piece_of_it(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SourceUnreadable, match="no segment of this film"):
        in_order(init(tmp_path), pieces(tmp_path, fragment(1, 0), content))


@pytest.mark.parametrize("content", [b"", box(b"moov", b""), fragment(1, 0), box(b"ftyp", b"iso5")])
def test_what_is_no_first_piece(tmp_path: Path, content: bytes) -> None:
    wrong = tmp_path / "wrong.mp4"
    wrong.write_bytes(content)
    with pytest.raises(SourceUnreadable, match="not the first piece"):
        in_order(wrong, pieces(tmp_path, fragment(1, 0)))


def test_a_box_that_promises_more_than_it_has(tmp_path: Path) -> None:
    """Nothing is read beyond it, and no table grows."""
    lie = full(b"trun", numbers(9_999_999, PICTURE), flags=0x100)
    moof = box(b"moof", full(b"mfhd", numbers(1)) + box(b"traf", full(b"tfhd", numbers(2)) + lie))
    assert in_order(init(tmp_path), pieces(tmp_path, moof)).length == Fraction(PICTURE, TICKS)
