"""What an MP4 may ask for: counts that have no room, counts that are too many, and films that are merely large."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from labeler.errors import SourceUnreadable
from labeler.media import bounds, bounds_ebml
from tests.hostile.atoms import box, full, grown, nested, numbers, payload_of, replaced
from tests.hostile.mkv import UNKNOWN, chapters, element, segment
from tests.hostile.mp4 import STBL, edit, fragment, many_samples, mp4, squeezed_moov, with_table
from tests.hostile.sources import good


def examine(data: bytes, folder: Path) -> None:
    path = folder / "film.mp4"
    path.write_bytes(data)
    with path.open("rb") as file:
        bounds.examine(file, path)
        assert file.tell() == 0  # the next reader begins at the beginning


@pytest.mark.parametrize("kind", ["mp4", "front", "fragments", "mov"])
def test_good_clips_pass(kind: str, tmp_path: Path) -> None:
    examine(good(kind), tmp_path)


@pytest.mark.parametrize(
    ("name", "table", "room"),
    [
        ("stsz", numbers(0, 0, 7, 1, 1), 2),
        ("stts", numbers(0, 3, 6, 512), 1),
        ("stco", numbers(0, 2, 48), 1),
        ("stsc", numbers(0, 2, 1, 6, 1), 1),
        ("stss", numbers(0, 2, 1), 1),
    ],
)
def test_a_table_has_room_for_what_it_promises(name: str, table: bytes, room: int, tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=f"table {name} promises .* room for {room}"):
        examine(with_table(name, table), tmp_path)


def test_samples(tmp_path: Path) -> None:
    examine(many_samples(bounds.MAX_SAMPLES - 100, 1), tmp_path)
    with pytest.raises(SourceUnreadable, match="samples"):
        examine(many_samples(bounds.MAX_SAMPLES + 1, 1), tmp_path)
    with pytest.raises(SourceUnreadable, match="samples"):
        examine(fragment(full(b"trun", numbers(bounds.MAX_SAMPLES + 1))), tmp_path)


def test_edits_that_show_the_film_again_and_again(tmp_path: Path) -> None:
    """The clip has six pictures; each edit may show them all."""
    for count, passes in ((bounds.MAX_EDITED // 6, True), (bounds.MAX_EDITED // 6 + 1, False)):
        data = edit(full(b"elst", numbers(count) + numbers(1, 0, 1 << 16) * count))
        if passes:
            examine(data, tmp_path)
            continue
        with pytest.raises(SourceUnreadable, match="edit list"):
            examine(data, tmp_path)


def raw_sound(samples: int, chunks: int) -> bytes:
    """Every track of the clip as raw sound of one tick a sample, in `chunks` chunks."""
    data = mp4().replace(b"vide", b"soun")
    table = full(b"stsz", numbers(4, samples)) + full(b"stts", numbers(1, samples, 1))
    table += full(b"stsc", numbers(1, 1, samples // chunks, 1)) + full(b"stco", numbers(chunks) + numbers(48) * chunks)
    return replaced(data, STBL, lambda old: box(b"stbl", table))


def test_raw_sound_is_read_in_blocks(tmp_path: Path) -> None:
    """Ten hours of sound at 48 kHz are 1.7 thousand million samples, and no bomb; as many chunks of 2^31 are one."""
    examine(raw_sound(36_000 * 48_000, 36_000), tmp_path)
    with pytest.raises(SourceUnreadable, match="samples"):
        examine(many_chunks(), tmp_path)


def many_chunks() -> bytes:
    """Eight chunks that promise 2^31-1 samples each."""
    data = raw_sound(8, 8)
    return replaced(data, f"{STBL}/stsc", lambda old: full(b"stsc", numbers(1, 1, 0x7FFFFFFF, 1)))


def test_tracks_and_boxes(tmp_path: Path) -> None:
    track = box(b"trak", payload_of(mp4(), "moov/trak"))
    with pytest.raises(SourceUnreadable, match="250 tracks"):
        examine(grown(mp4(), "moov", track * bounds.MAX_TRACKS), tmp_path)
    examine(mp4() + box(b"free") * (bounds.MAX_SIBLINGS - 10), tmp_path)
    with pytest.raises(SourceUnreadable, match="20000 boxes"):
        examine(mp4() + box(b"free") * bounds.MAX_SIBLINGS, tmp_path)


def test_descriptions(tmp_path: Path) -> None:
    half = box(b"uuid", bytes(bounds.MAX_DESCRIBED // 2))
    examine(mp4() + half, tmp_path)
    with pytest.raises(SourceUnreadable, match="128 MB"):
        examine(mp4() + half * 2 + box(b"uuid", bytes(1)), tmp_path)


def test_a_compressed_header_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="compressed"):
        examine(squeezed_moov(2), tmp_path)


def test_a_nest_ends_the_look_and_not_the_process(tmp_path: Path) -> None:
    examine(grown(mp4(), "moov", nested(b"moov", 50_000)), tmp_path)


def test_a_box_that_runs_past_its_holder_hides_nothing(tmp_path: Path) -> None:
    """libavformat cuts it to its holder and reads on, so we do too."""
    hidden = replaced(many_samples(bounds.MAX_SAMPLES + 1, 1), "moov/trak", lambda old: lengthened(old))
    with pytest.raises(SourceUnreadable, match="samples"):
        examine(hidden, tmp_path)


def lengthened(whole: bytes) -> bytes:
    return struct.pack(">I", len(whole) + (1 << 20)) + whole[4:]


@pytest.mark.parametrize("kind", ["mkv", "webm"])
def test_good_matroska_passes(kind: str, tmp_path: Path) -> None:
    look_at(good(kind), tmp_path)


def test_matroska_names_only_so_much(tmp_path: Path) -> None:
    """Each chapter has one title beside it; the clip's own tracks and tags are counted too."""
    look_at(segment(extra=chapters(b"One", bounds_ebml.MOST_NAMED // 2 - 20)), tmp_path)
    with pytest.raises(SourceUnreadable, match="10000 tags, chapters"):
        look_at(segment(extra=chapters(b"One", bounds_ebml.MOST_NAMED // 2)), tmp_path)


def test_what_stands_behind_an_endless_cluster_is_counted(tmp_path: Path) -> None:
    many = element(0x1254C367, element(0x7373, element(0x67C8) * (bounds_ebml.MOST_NAMED + 1)))
    with pytest.raises(SourceUnreadable, match="10000 tags"):
        look_at(element(0x18538067, element(0x1F43B675, b"", UNKNOWN) + many, UNKNOWN), tmp_path)


def look_at(data: bytes, folder: Path) -> None:
    path = folder / "film.mkv"
    path.write_bytes(data)
    with path.open("rb") as file:
        bounds_ebml.examine(file, path)
        assert file.tell() == 0
