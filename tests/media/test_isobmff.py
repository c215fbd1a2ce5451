"""The walk over boxes: what it names, and that no damaged size leads it astray."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import av
import pytest

from labeler.errors import SourceUnreadable
from labeler.media import boxes
from labeler.media.isobmff import dolby_vision, walk
from tests.clips import make_clip
from tests.hostile.atoms import replaced

XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


def box(name: bytes, payload: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(payload), name) + payload


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("boxes") / "clip.mp4"
    return make_clip(path, width=64, height=64, seconds=0.4, sound=False).read_bytes()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


def renamed(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) == 1
    return data.replace(old, new)


def grown(data: bytes, path: str, extra: bytes) -> bytes:
    """`data` with `extra` appended inside the box at `path`; the offsets of samples no longer matter here."""

    def grow(data: bytes, names: list[str]) -> bytes:
        out, offset = b"", 0
        while offset < len(data):
            size, name = struct.unpack(">I4s", data[offset : offset + 8])
            body = data[offset + 8 : offset + size]
            if names and name.decode("latin-1") == names[0]:
                skip = {"stsd": 8, "avc1": 78, "meta": 4}.get(names[0], 0)
                body = body + extra if len(names) == 1 else body[:skip] + grow(body[skip:], names[1:])
            out += box(name, body)
            offset += size
        return out

    changed = grow(data, path.split("/"))
    assert len(changed) == len(data) + len(extra)
    return changed


def test_plain_clip_holds_nothing_unknown(clip: bytes, file: Path) -> None:
    file.write_bytes(clip)
    found = walk(file)
    assert found.unknown == () and found.facts == ()
    assert found.is_faststart and not found.is_fragmented
    assert not found.has_xmp and not found.has_credentials
    assert [(track.handler, track.formats, track.samples) for track in found.tracks] == [("vide", ("avc1",), 10)]


def test_moov_at_the_end_is_no_faststart(tmp_path: Path) -> None:
    path = tmp_path / "late.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode())
    assert not walk(path).is_faststart


@pytest.mark.parametrize(
    ("extra", "field"), [(box(b"uuid", XMP + b"<x/>"), "has_xmp"), (box(b"uuid", C2PA + b"\0" * 20), "has_credentials")]
)
def test_known_uuid_boxes(clip: bytes, file: Path, extra: bytes, field: str) -> None:
    file.write_bytes(clip + extra)
    assert getattr(walk(file), field) is True
    assert walk(file).unknown == ()


def test_xmp_in_user_data(clip: bytes, file: Path) -> None:
    file.write_bytes(grown(clip, "moov/udta", box(b"XMP_", b"<x/>")))
    assert walk(file).has_xmp


@pytest.mark.parametrize(
    ("path", "name", "said"),
    [
        ("moov", b"zzzz", "moov/zzzz"),
        ("moov/udta", b"Xtra", "moov/udta/Xtra"),
        ("moov/trak/mdia/minf/stbl", b"subs", "moov/trak/mdia/minf/stbl/subs"),
        ("moov/trak/mdia/minf/stbl/stsd/avc1", b"gama", "moov/trak/mdia/minf/stbl/stsd/avc1/gama"),
        ("moov/trak/mdia", b"elng", "moov/trak/mdia/elng"),
    ],
)
def test_unknown_boxes_are_named_by_path(clip: bytes, file: Path, path: str, name: bytes, said: str) -> None:
    file.write_bytes(grown(clip, path, box(name, b"\1\2\3\4")))
    assert walk(file).unknown == (said,)


def test_unknown_boxes_at_the_top(clip: bytes, file: Path) -> None:
    file.write_bytes(clip + box(b"emsg", b"\1" * 12) + box(b"uuid", b"\7" * 20))
    assert walk(file).unknown == ("emsg", f"uuid({'07' * 16})")


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        (b"clap", "unclear clean aperture"),
        (b"dvcC", "Dolby Vision profile 0"),
        (b"dvvC", "Dolby Vision profile 0"),
        (b"st3d", "monoscopic"),
        (b"sv3d", "spherical"),
        (b"sinf", "encrypted"),
        (b"auxi", "alpha"),
    ],
)
def test_facts_of_a_sample_entry(clip: bytes, file: Path, name: bytes, fact: str) -> None:
    file.write_bytes(grown(clip, "moov/trak/mdia/minf/stbl/stsd/avc1", box(name, b"\0" * 32)))
    found = walk(file)
    assert found.tracks[0].facts == (fact,)
    assert found.unknown == ()


@pytest.mark.parametrize(
    ("profile", "second", "compatibility", "said"),
    [
        (8, 0, 4, "Dolby Vision over a plain layer"),
        (8, 0, 1, "Dolby Vision over a plain layer"),
        (8, 0, 0, "Dolby Vision profile 8"),
        (7, 1, 6, "Dolby Vision profile 7"),
        (5, 0, 0, "Dolby Vision profile 5"),
    ],
)
def test_which_dolby_vision_it_is(profile: int, second: int, compatibility: int, said: str) -> None:
    assert dolby_vision(bytes([1, 0, profile << 1, 5 | second << 1, compatibility << 4])) == said
    assert dolby_vision(b"\1") == "Dolby Vision"


def test_static_hdr_metadata_of_a_sample_entry(clip: bytes, file: Path) -> None:
    """`mdcv` and `clli`, and WebM's two, which count in other units: the same display, the same text."""
    numbers = (0.265, 0.69, 0.15, 0.06, 0.68, 0.32, 0.3127, 0.329)
    units = struct.pack(">8H2I", *(round(number * 50_000) for number in numbers), 10_000_000, 50)
    red_first = (*numbers[4:6], *numbers[:4], *numbers[6:])
    binary = struct.pack(">8H2I", *(round(number * 65_536) for number in red_first), 1000 << 8, round(0.005 * 16_384))
    levels = struct.pack(">2H", 1000, 400)
    for extra in (
        box(b"mdcv", units) + box(b"clli", levels),
        box(b"SmDm", b"\0" * 4 + binary) + box(b"CoLL", b"\0" * 4 + levels),
    ):
        file.write_bytes(grown(clip, "moov/trak/mdia/minf/stbl/stsd/avc1", extra))
        light = walk(file).tracks[0].light
        assert light.mastering == "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
        assert light.levels == "1000,400"


def test_facts_of_a_track(clip: bytes, file: Path) -> None:
    file.write_bytes(grown(clip, "moov/trak", box(b"uuid", boxes.SPHERICAL_UUID + b"<rdf/>")))
    assert walk(file).tracks[0].facts == ("spherical",)
    entry = box(b"avc1", b"\0" * 78)
    file.write_bytes(grown(clip, "moov/trak/mdia/minf/stbl/stsd", entry))
    assert walk(file).tracks[0].facts == ("several sample descriptions",)
    file.write_bytes(renamed(clip, b"avc1\0", b"encv\0"))
    assert walk(file).tracks[0].facts == ("encrypted",)
    file.write_bytes(grown(clip, "moov", box(b"pssh", b"\0" * 24)))
    assert walk(file).facts == ("encrypted",)


def test_icc_profile_and_media_elsewhere(clip: bytes, file: Path) -> None:
    file.write_bytes(renamed(clip, b"colrnclx", b"colrprof"))
    assert walk(file).tracks[0].facts == ("ICC profile",)
    file.write_bytes(renamed(clip, b"url \0\0\0\1", b"url \0\0\0\0"))
    assert walk(file).tracks[0].facts == ("media in another file",)


def test_edit_lists(clip: bytes, file: Path) -> None:
    def edits(*entries: tuple[int, int, int, int]) -> bytes:
        packed = b"".join(struct.pack(">Iihh", *entry) for entry in entries)
        return box(b"elst", struct.pack(">II", 0, len(entries)) + packed)

    assert b"elst" in clip
    for more, facts in (
        (edits((100, -1, 1, 0), (400, 0, 1, 0)), ()),
        (edits((100, 0, 1, 0), (100, 2000, 1, 0)), ("several edits",)),
        (edits((100, -1, 1, 0), (200, 0, 1, 0), (200, 2560, 1, 0)), ()),
        (edits((200, 0, 1, 0), (200, -1, 1, 0)), ("several edits",)),
        (edits((200, 0, 1, 0), (200, 2560 + 26, 1, 0)), ("several edits",)),
        (edits((200, -2, 1, 0)), ("edit before the beginning",)),
        (edits((100, 0, 2, 0)), ("changed speed",)),
        (edits((100, 0, 0, 0)), ("changed speed",)),
        (edits((200, 0, 1, 0), (200, 2560, 1, 1)), ("several edits", "changed speed")),
    ):
        file.write_bytes(replaced(clip, "moov/trak/edts/elst", lambda old, more=more: more))
        assert walk(file).tracks[0].facts == facts
    file.write_bytes(grown(clip, "moov/trak/edts", edits((100, 0, 1, 0))))
    assert walk(file).tracks[0].facts == ("several edits",)


def test_references_other_than_chapters_and_time_codes(clip: bytes, file: Path) -> None:
    file.write_bytes(grown(clip, "moov/trak", box(b"tref", box(b"chap", b"\0\0\0\7") + box(b"fall", b"\0\0\0\2"))))
    found = walk(file)
    assert found.chapter_tracks() == frozenset({7})
    assert found.unknown == ("moov/trak/tref/fall",)


def test_start_time_of_an_editor(clip: bytes, file: Path) -> None:
    zero = (
        box(b"\xa9TIM", b"\0\x0b\0\x0000:00:00:00") + box(b"\xa9TSC", b"\0\2\0\x0030") + box(b"\xa9TSZ", b"\0\1\0\x001")
    )
    file.write_bytes(grown(clip, "moov/udta", zero))
    assert walk(file).unknown == ()
    file.write_bytes(grown(clip, "moov/udta", box(b"\xa9TIM", b"\0\x0b\0\x0001:00:00:00")))
    assert walk(file).unknown == ("moov/udta/©TIM",)


def test_camera_marks_only_with_their_exact_bytes(clip: bytes, file: Path) -> None:
    file.write_bytes(grown(clip, "moov/udta", box(b"SDLN", b"SEQ_PLAY")))
    assert walk(file).unknown == ()
    file.write_bytes(grown(clip, "moov/udta", box(b"SDLN", b"SEQ_PLAX")))
    assert walk(file).unknown == ("moov/udta/SDLN",)


def test_cut_off(clip: bytes, file: Path) -> None:
    file.write_bytes(clip[: len(clip) - 100])
    with pytest.raises(SourceUnreadable, match=r"film\.mp4 is damaged: the box mdat"):
        walk(file)
    file.write_bytes(box(b"ftyp", b"isom\0\0\2\0") + box(b"mdat", b"\0" * 40))
    with pytest.raises(SourceUnreadable, match="no `moov`"):
        walk(file)


@pytest.mark.parametrize("size", [0, 2, 7, 0x7FFFFFFF])
def test_sizes_are_never_trusted(clip: bytes, file: Path, size: int) -> None:
    at = clip.index(b"mdia") - 4
    file.write_bytes(clip[:at] + struct.pack(">I", size) + clip[at + 4 :])
    with pytest.raises(SourceUnreadable, match="mdia"):
        walk(file)


def test_nesting_is_not_followed_where_it_makes_no_sense(clip: bytes, file: Path) -> None:
    deep = b""
    for _ in range(40):
        deep = box(b"meta", box(b"hdlr") + deep)
    file.write_bytes(grown(clip, "moov", box(b"udta", deep)))
    assert walk(file).unknown == ("moov/udta/meta/meta",)


def test_no_damage_ends_in_another_error(clip: bytes, file: Path) -> None:
    """Bytes of the description turned at random: a result or a clear refusal, never anything else."""
    chance = random.Random(7)
    end = clip.index(b"mdat")
    for _ in range(300):
        data = bytearray(clip)
        for _ in range(3):
            data[chance.randrange(end)] = chance.randrange(256)
        file.write_bytes(data)
        try:
            walk(file)
        except SourceUnreadable as error:
            assert "film.mp4" in error.message


def test_real_files_hold_known_boxes_only(media_folder: Path) -> None:
    named = {path.name: walk(path).unknown for path in media_folder.glob("*.m[po][4v]")}
    assert named.pop("people_one_by_one.mp4") == ("moov/udta/©TIM",)
    assert set(named.values()) == {()}
    assert walk(media_folder / "talking_head.mp4").has_xmp
    assert walk(media_folder / "fragmented.mp4").is_fragmented
    assert walk(media_folder / "chapters.mp4").chapter_tracks() == frozenset({3})
    assert "Dolby Vision over a plain layer" in walk(media_folder / "edit_list.mp4").tracks[0].facts


def test_two_films_in_one_file_are_refused(clip: bytes, file: Path) -> None:
    """Players and libavformat show one of them; the other would be lost without a word."""
    at = clip.index(b"moov") - 4
    size = struct.unpack(">I", clip[at : at + 4])[0]
    file.write_bytes(clip + clip[at : at + size])
    with pytest.raises(SourceUnreadable, match="several `moov`"):
        walk(file)
