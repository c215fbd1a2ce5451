"""Every tag and XMP packet of a file, each at its place: by bytes that follow from the formats, and by other tools."""

from __future__ import annotations

import hashlib
import io
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.media.tags import bmff, ebml, mxf, riff
from labeler.media.tags.read import tags_of
from labeler.media.tags.tag import MOST_OF_PACKET, MOST_OF_TEXT, MOST_TAGS, Collector, Tag, decoded, text_of
from tests.clips import make_clip

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")


def collected(walk: Callable[[Collector], None], data: bytes) -> list[Tag]:
    found = Collector(io.BytesIO(data))
    walk(found)
    return found.tags


def told(tags: list[Tag] | tuple[Tag, ...]) -> list[tuple[str, str, str]]:
    return [(tag.name, text_of(tag), tag.place) for tag in tags]


# --- MP4 and MOV ------------------------------------------------------------------------------------------------------


def box(kind: bytes, payload: bytes = b"", *, size: int | None = None) -> bytes:
    return struct.pack(">I4s", len(payload) + 8 if size is None else size, kind) + payload


def large(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4sQ", 1, kind, len(payload) + 16) + payload


def meta(*children: bytes, is_full: bool = True) -> bytes:
    handler = box(b"hdlr", b"\0" * 8 + b"mdta" + b"\0" * 13)
    return box(b"meta", (b"\0\0\0\0" if is_full else b"") + handler + b"".join(children))


def keys(*names: bytes) -> bytes:
    entries = b"".join(struct.pack(">I4s", len(name) + 8, b"mdta") + name for name in names)
    return box(b"keys", struct.pack(">II", 0, len(names)) + entries)


def data(value: bytes, kind: int = 1) -> bytes:
    return box(b"data", struct.pack(">II", kind, 0) + value)


def freeform(mean: bytes, name: bytes, *values: bytes) -> bytes:
    return box(
        b"----",
        box(b"mean", b"\0\0\0\0" + mean) + box(b"name", b"\0\0\0\0" + name) + b"".join(map(data, values)),
    )


@pytest.mark.parametrize(
    ("film", "place"),
    [
        (box(b"uuid", UUID + XMP), "uuid"),
        (box(b"uuid", UUID + XMP, size=0), "uuid"),
        (large(b"uuid", UUID + XMP), "uuid"),
        (box(b"moov", box(b"uuid", UUID + XMP)), "moov/uuid"),
        (box(b"moov", box(b"udta", box(b"XMP_", XMP))), "moov/udta/XMP_"),
        (large(b"moov", large(b"udta", large(b"XMP_", XMP))), "moov/udta/XMP_"),
        (box(b"moov", box(b"trak") + box(b"trak", box(b"udta", box(b"XMP_", XMP)))), "moov/trak 2/udta/XMP_"),
        (box(b"moov", meta(box(b"xml ", b"\0\0\0\0" + XMP))), "moov/meta/xml"),
        (meta(box(b"xml ", b"\0\0\0\0" + XMP)), "meta/xml"),
        (box(b"moov", meta(keys(b"xmp"), box(b"ilst", box(b"\0\0\0\1", data(XMP))))), "moov/meta/keys"),
    ],
)
def test_a_packet_is_found_wherever_it_stands(film: bytes, place: str) -> None:
    (tag,) = collected(bmff.collect, box(b"ftyp", b"isom\0\0\2\0") + film)
    assert (tag.kind, tag.value, tag.place) == ("packet", XMP, place)
    assert tag.sha256 == hashlib.sha256(XMP).hexdigest() and tag.is_whole


def test_every_packet_of_several_is_found() -> None:
    film = box(b"uuid", UUID + XMP) + box(b"moov", box(b"udta", box(b"XMP_", XMP))) + box(b"uuid", UUID + XMP, size=0)
    assert [tag.place for tag in collected(bmff.collect, film)] == ["uuid", "moov/udta/XMP_", "uuid"]


@pytest.mark.parametrize("is_full", [True, False])
def test_keys_items_and_freeform_tags(is_full: bool) -> None:
    ilst = box(
        b"ilst",
        box(b"\0\0\0\2", data(b"two"))
        + box(b"\xa9cmt", data("wörds".encode()) + data("wide".encode("utf-16-be"), 2) + data(b"\x89PNG", 14))
        + freeform(b"com.apple.iTunes", b"AIGC", b"{}", b"[]"),
    )
    film = box(b"moov", box(b"udta", meta(keys(b"one", b"AIGC"), ilst, is_full=is_full)))
    assert told(collected(bmff.collect, film)) == [
        ("AIGC", "two", "moov/udta/meta/keys"),
        ("©cmt", "wörds", "moov/udta/meta/ilst"),
        ("©cmt", "wide", "moov/udta/meta/ilst"),
        ("AIGC", "{}", "moov/udta/meta/ilst/----:com.apple.iTunes:AIGC"),
        ("AIGC", "[]", "moov/udta/meta/ilst/----:com.apple.iTunes:AIGC"),
    ]


def test_texts_of_user_data() -> None:
    english, french = struct.pack(">HH", 2, 0) + b"hi", struct.pack(">HH", 5, 1) + b"salut"
    film = box(
        b"moov",
        box(
            b"udta",
            box(b"\xa9cmt", english + french)
            + box(b"titl", b"\0\0\0\0\x15\xc7" + b"a title\0")
            + box(b"dscp", b"\0\0\0\0\x15\xc7\xff\xfe" + "wide".encode("utf-16-le"))
            + box(b"AIGC", b"{}"),
        ),
    )
    assert told(collected(bmff.collect, film)) == [
        ("©cmt", "hi", "moov/udta"),
        ("©cmt", "salut", "moov/udta"),
        ("titl", "a title", "moov/udta"),
        ("dscp", "wide", "moov/udta"),
        ("AIGC", "{}", "moov/udta"),
    ]


def test_a_long_value_is_cut_and_its_hash_is_of_the_whole() -> None:
    value = b"a" * (10 << 20)
    (tag,) = collected(bmff.collect, box(b"moov", meta(keys(b"AIGC"), box(b"ilst", box(b"\0\0\0\1", data(value))))))
    assert len(tag.value) == MOST_OF_TEXT and not tag.is_whole
    assert (tag.size, tag.sha256) == (len(value), hashlib.sha256(value).hexdigest())


def test_a_packet_of_100_mb_is_cut() -> None:
    (tag,) = collected(bmff.collect, box(b"uuid", UUID + XMP + b" " * (100 << 20)))
    assert len(tag.value) == MOST_OF_PACKET and tag.size == len(XMP) + (100 << 20)


def test_no_more_than_so_many_tags_are_kept() -> None:
    found = Collector(io.BytesIO(box(b"moov", box(b"udta", box(b"AIGC", b"x") * (MOST_TAGS + 7)))))
    bmff.collect(found)
    assert len(found.tags) == MOST_TAGS and found.left_out == 7


def test_bytes_that_are_no_text_can_be_told_from_what_is_printed() -> None:
    (tag,) = collected(bmff.collect, box(b"moov", box(b"udta", box(b"AIGC", b"\\x00 \xff\xc3("))))
    assert decoded(tag) == ("\\\\x00 \\xff\\xc3(", True)
    value = text_of(tag).encode().decode("unicode_escape").encode("latin-1")
    assert value == tag.value


# --- Matroska ---------------------------------------------------------------------------------------------------------


def element(id: int, payload: bytes) -> bytes:
    return id.to_bytes((id.bit_length() + 7) // 8, "big") + struct.pack(">Q", len(payload) | 1 << 56) + payload


def number(id: int, value: int) -> bytes:
    return element(id, value.to_bytes(8, "big"))


def simple(name: bytes, value: bytes, *inside: bytes, id: int = ebml.TAG_TEXT) -> bytes:
    return element(ebml.SIMPLE, element(ebml.TAG_NAME, name) + element(id, value) + b"".join(inside))


def one(target: bytes, *simples: bytes) -> bytes:
    return element(ebml.ONE, element(ebml.TARGETS, target) + b"".join(simples))


def test_tags_of_every_level_of_a_matroska() -> None:
    tracks = element(ebml.TRACKS, b"".join(element(ebml.TRACK, number(ebml.TRACK_ID, id)) for id in (7, 9)))
    chapters = element(
        ebml.CHAPTERS,
        element(ebml.EDITION, number(ebml.EDITION_ID, 3) + element(ebml.ATOM, number(ebml.CHAPTER_ID, 5))),
    )
    tags = element(
        ebml.TAGS,
        one(b"", simple(b"AIGC", b"film", simple(b"INNER", b"inside")))
        + one(number(0x63C5, 9), simple(b"AIGC", b"track"))
        + one(number(0x63C4, 5), simple(b"AIGC", b"chapter"))
        + one(number(0x63C9, 3), simple(b"AIGC", b"edition"))
        + one(number(0x63C5, 4), simple(b"AIGC", b"nobody"))
        + one(b"", simple(b"RAW", b"\xff", id=ebml.TAG_BYTES)),
    )
    attached = element(ebml.FILE_NAME, b"a.xmp") + element(ebml.FILE_DATA, XMP)
    files = element(ebml.ATTACHMENTS, element(ebml.ATTACHED, attached))
    film = element(0x1A45DFA3, b"") + element(ebml.SEGMENT, tags + tracks + chapters + files)
    assert told(collected(ebml.collect, film)) == [
        ("a.xmp", XMP.decode(), "Attachments/a.xmp"),
        ("AIGC", "film", "Tags/film"),
        ("INNER", "inside", "Tags/film/AIGC"),
        ("AIGC", "track", "Tags/track 2"),
        ("AIGC", "chapter", "Tags/chapter 1"),
        ("AIGC", "edition", "Tags/edition 1"),
        ("AIGC", "nobody", "Tags/track (none with that number)"),
        ("RAW", "\\xff", "Tags/film"),
    ]


def test_tags_behind_a_live_cluster_are_found() -> None:
    cluster = bytes.fromhex("1F43B675") + b"\x01\xff\xff\xff\xff\xff\xff\xff" + element(0xA3, b"block")
    tags = element(ebml.TAGS, one(b"", simple(b"AIGC", b"late")))
    film = bytes.fromhex("18538067") + b"\x01\xff\xff\xff\xff\xff\xff\xff" + cluster + tags
    assert told(collected(ebml.collect, film)) == [("AIGC", "late", "Tags/film")]


# --- AVI and MXF ------------------------------------------------------------------------------------------------------


def chunk(kind: bytes, payload: bytes) -> bytes:
    return kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) & 1)


def test_info_and_xmp_of_an_avi() -> None:
    info = chunk(b"LIST", b"INFO" + chunk(b"ICMT", b"odd") + chunk(b"ISFT", b"Lavf\0"))
    film = chunk(b"RIFF", b"AVI " + info + chunk(b"_PMX", XMP))
    assert told(collected(riff.collect, film)) == [
        ("ICMT", "odd", "AVI/INFO"),
        ("ISFT", "Lavf", "AVI/INFO"),
        ("xmp", XMP.decode(), "AVI/_PMX"),
    ]


def item(key: bytes, value: bytes) -> bytes:
    return key + b"\x83" + len(value).to_bytes(3, "big") + value


def local(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


def test_xmp_in_a_generic_stream_of_an_mxf() -> None:
    pack = b"\0" * 88
    tagged = local(mxf.NAME, "AIGC".encode("utf-16-be")) + local(
        mxf.VALUE, b"B" + b"\0" * 16 + "{}".encode("utf-16-be")
    )
    film = (
        item(mxf.PARTITION + bytes.fromhex("01020400"), pack)
        + item(bytes.fromhex("060e2b34020501010d01020101050100"), b"primer")
        + item(mxf.SET + bytes([mxf.TAGGED_VALUE, 0]), tagged)
        + item(mxf.ESSENCE + bytes.fromhex("15010500"), XMP)
    )
    stream = item(mxf.PARTITION + bytes.fromhex("01031100"), pack) + item(mxf.PREFIX + b"\1" * 12, XMP)
    expected = [("AIGC", "{}", "header/TaggedValue"), ("xmp", XMP.decode(), "generic stream")]
    assert told(collected(mxf.collect, film + stream)) == expected
    index = struct.pack(">IQIQ", 0, 0, 1, len(film))
    end = len(index) + 24
    packed = film + stream + item(mxf.RANDOM_INDEX, index + struct.pack(">I", end))
    assert told(collected(mxf.collect, packed)) == expected


# --- hostile bytes ----------------------------------------------------------------------------------------------------

WALKS = {"mp4": bmff.collect, "mkv": ebml.collect, "avi": riff.collect, "mxf": mxf.collect}
SEEDS = {
    "mp4": box(
        b"moov", box(b"udta", box(b"XMP_", XMP) + meta(keys(b"AIGC"), box(b"ilst", freeform(b"a", b"b", b"c"))))
    ),
    "mkv": element(0x1A45DFA3, b"") + element(ebml.SEGMENT, element(ebml.TAGS, one(b"", simple(b"AIGC", b"x")))),
    "avi": chunk(b"RIFF", b"AVI " + chunk(b"LIST", b"INFO" + chunk(b"ICMT", b"x")) + chunk(b"_PMX", XMP)),
    "mxf": item(mxf.PARTITION + bytes.fromhex("01020400"), b"\0" * 88)
    + item(mxf.SET + bytes([mxf.TAGGED_VALUE, 0]), local(mxf.NAME, b"\0A") + local(mxf.VALUE, b"B" + b"\0" * 18)),
}


@pytest.mark.parametrize("kind", WALKS)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_bytes_stop_a_walk(kind: str, data: st.DataObject) -> None:
    film = bytearray(SEEDS[kind])
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(film) - 1), st.integers(0, 255)), max_size=6)):
        film[at] = byte
    tags = collected(WALKS[kind], bytes(film) + data.draw(st.binary(max_size=64)))
    assert all(len(tag.value) <= tag.size <= len(film) + 64 and isinstance(text_of(tag), str) for tag in tags)


@pytest.mark.parametrize("kind", WALKS)
@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=400))
def test_noise_has_no_tags_that_stop_anyone(kind: str, data: bytes) -> None:
    collected(WALKS[kind], data)


@pytest.mark.parametrize(
    ("kind", "film"),
    [
        ("mp4", box(b"moov", b"".join(box(b"udta") for _ in range(100_000)))),
        ("mp4", b"".join(struct.pack(">I4s", 8 * (100_000 - n), b"moov") for n in range(100_000))),
        ("mkv", element(ebml.SEGMENT, element(ebml.TAGS, b"") * 100_000)),
        ("mkv", element(ebml.SEGMENT, element(ebml.SIMPLE, b"")) * 10_000),
        ("avi", chunk(b"RIFF", b"AVI " + chunk(b"LIST", b"INFO") * 50_000)),
        ("mxf", SEEDS["mxf"] + item(mxf.SET + bytes([mxf.TAGGED_VALUE, 0]), b"") * 50_000),
    ],
)
def test_very_many_boxes(kind: str, film: bytes) -> None:
    assert len(collected(WALKS[kind], film)) <= MOST_TAGS


# --- beside other tools -----------------------------------------------------------------------------------------------


def tool(name: str, *arguments: str | Path) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not on this machine")
    done = subprocess.run([name, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_what_exiftool_writes_is_found_where_it_writes(suffix: str, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / f"clip{suffix}", width=64, height=48, seconds=0.2, sound=False)
    written = ("-XMP-dc:Title=xmp", "-Keys:Comment=key", "-ItemList:Comment=item", "-UserData:Comment=user")
    tool("exiftool", "-q", "-overwrite_original", *written, clip)
    found = {(text_of(tag), tag.place) for tag in tags_of(clip).tags if tag.kind == "text"}
    assert {("key", "moov/meta/keys"), ("item", "moov/udta/meta/ilst"), ("user", "moov/udta")} <= found
    (packet,) = [tag for tag in tags_of(clip).tags if tag.kind == "packet"]
    assert packet.place == ("uuid" if suffix == ".mp4" else "moov/udta/XMP_") and b"xmp" in packet.value


def test_what_ffmpeg_writes_into_a_matroska_is_found_at_every_level(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", width=64, height=48, seconds=0.4, sound=False)
    marks = tmp_path / "marks.txt"
    marks.write_text(";FFMETADATA1\nAIGC=film\n[CHAPTER]\nTIMEBASE=1/10\nSTART=0\nEND=2\ntitle=One\nAIGC=chapter\n")
    (tmp_path / "beside.xmp").write_bytes(XMP)
    attach = ("-attach", tmp_path / "beside.xmp", "-metadata:s:t", "mimetype=application/rdf+xml")
    both = ("-i", clip, "-i", marks, "-map_metadata", "1", "-map_chapters", "1", "-c", "copy")
    tool("ffmpeg", "-v", "error", *both, "-metadata:s:v", "AIGC=track", *attach, tmp_path / "clip.mkv")
    found = {(text_of(tag), tag.place) for tag in tags_of(tmp_path / "clip.mkv").tags}
    assert {("film", "Tags/film"), ("track", "Tags/track 1"), ("chapter", "Tags/chapter 1")} <= found
    assert (XMP.decode(), "Attachments/beside.xmp") in found


def test_a_transport_stream_has_no_place(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", width=64, height=48, seconds=0.4, sound=False)
    tool("ffmpeg", "-v", "error", "-i", clip, "-c", "copy", "-metadata", "AIGC=x", tmp_path / "clip.ts")
    found = tags_of(tmp_path / "clip.ts")
    assert found.container == "mpegts" and found.places == ()
    assert not any(tag.name == "AIGC" for tag in found.tags)


def test_what_no_walk_finds_and_libavformat_shows_is_told(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", width=64, height=48, seconds=0.2, sound=False)
    places = {tag.name: tag.place for tag in tags_of(clip).tags}
    assert places["major_brand"] == "tags/film" and places["©too"] == "moov/udta/meta/ilst"
