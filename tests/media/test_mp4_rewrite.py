"""A rewrite of an MP4 or MOV replaces the pictures and nothing else: every other byte is found again in its place."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
import pytest

from labeler.cli.main import run
from labeler.errors import SourceUnsupported
from labeler.layers.credentials import identity
from labeler.media.accept import reasons_to_refuse
from labeler.media.compare import ALLOWED_BY_RENDER, ALLOWED_BY_REWRITE, differences
from labeler.media.encoders.task import Quality
from labeler.media.frames import FrameReader
from labeler.media.inventory import Inventory
from labeler.media.mp4 import copying, graft, keys, layout, tables
from labeler.media.mp4.tree import CannotRewrite, Node, full, parse, read_moov, spans
from labeler.media.picture import Picture
from labeler.media.render import render
from labeler.media.survey import survey
from tests.clips import make_clip

FAST = Quality(crf=20, preset="ultrafast")
CAMERA = b"what a camera says of itself, in a box that nobody here knows"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rewrite") / "clip.mp4"
    return make_clip(path, width=128, height=96, seconds=1, chapters=True, captions=True)


def leave(picture: Picture) -> None:
    """Paints nothing."""


def darken(picture: Picture) -> None:
    picture.planes[0][:16, :16] = 16


def rewritten(source: Path, work: Path, **more: object) -> tuple[Inventory, Inventory]:
    before = survey(source)
    assert before.is_rewritable and reasons_to_refuse(before, source) == ()
    way = render(source, work, before, paint=leave, container_tags={}, quality=FAST, **more)  # type: ignore[arg-type]
    assert way.keeps_boxes
    assert list(work.parent.glob("pictures*")) == []
    return before, survey(work)


def lost(before: Inventory, after: Inventory) -> list[str]:
    return [str(found) for found in differences(before, after, allowed=ALLOWED_BY_REWRITE)]


def with_moov(source: Path, target: Path, change: object) -> Path:
    """The file with another `moov` at its end; offsets stay true, since the old one becomes free space."""
    moov = read_moov(source)
    change(moov)  # type: ignore[operator]
    data = bytearray(source.read_bytes())
    with source.open("rb") as file:
        old = next(span for span in spans(file) if span.kind == b"moov")
    data[old.start + 4 : old.start + 8] = b"free"
    target.write_bytes(bytes(data) + bytes(moov))
    return target


def boxes_of(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [span.kind for span in spans(file)]


def packets_of(path: Path, index: int) -> list[tuple[int | None, int | None, int, bytes]]:
    with av.open(str(path)) as container:
        stream = container.streams[index]
        return [(p.pts, p.dts, p.duration or 0, bytes(p)) for p in container.demux(stream) if p.size]


def test_everything_but_the_pictures_is_found_again(plain: Path, tmp_path: Path) -> None:
    def add(moov: Node) -> None:
        moov.children.append(Node(b"CAMM", CAMERA))
        moov.find(b"trak").children.append(Node(b"LENS", CAMERA[::-1]))  # type: ignore[union-attr]

    source = with_moov(plain, tmp_path / "clip.mp4", add)
    source.write_bytes(source.read_bytes() + bytes(Node(b"uuid", b"\7" * 16 + CAMERA)))
    before, after = rewritten(source, tmp_path / "work.mp4")
    assert lost(before, after) == []
    assert before.boxes == after.boxes == ("moov/trak/LENS", "moov/CAMM", f"uuid({'07' * 16})")
    assert boxes_of(source) == boxes_of(tmp_path / "work.mp4")
    assert packets_of(source, 1) == packets_of(tmp_path / "work.mp4", 1)
    assert before.tracks[0].captions == after.tracks[0].captions and before.tracks[0].captions is not None


@pytest.mark.parametrize("bytes_between", [b"", b"\1\2\3\4" * 100])
def test_what_stands_between_the_chunks_stays(plain: Path, tmp_path: Path, bytes_between: bytes) -> None:
    """A `moov` at the end, and loose bytes at the end of `mdat`, which someone may point to."""
    data = plain.read_bytes()
    with plain.open("rb") as file:
        parts = {span.kind: data[span.payload : span.end] for span in spans(file)}
        where = {span.kind: span.payload for span in spans(file)}
    moov = parse(b"moov", parts[b"moov"])
    head = bytes(Node(b"ftyp", parts[b"ftyp"]))
    moved = len(head) + 8 - where[b"mdat"]
    for trak in moov.all(b"trak"):
        table = trak.need(b"mdia", b"minf", b"stbl")
        offsets = tables.chunk_offsets(table) + moved
        table.replace(b"stco", tables.offsets_box(offsets, wide=False), after=b"stsz")
    source = tmp_path / "last.mp4"
    source.write_bytes(head + bytes(Node(b"mdat", parts[b"mdat"] + bytes_between)) + bytes(moov))
    before, after = rewritten(source, tmp_path / "work.mp4")
    assert lost(before, after) == [] and not after.is_faststart
    media = next(span for span in spans((tmp_path / "work.mp4").open("rb")) if span.kind == b"mdat")
    assert (tmp_path / "work.mp4").read_bytes()[: media.end].endswith(bytes_between)


@pytest.mark.parametrize(
    ("loose", "told"),
    [
        (b"\0" * 3, ()),
        (b"\0" * 500, ()),
        (b"\r\n\x1a", ("loose bytes(0d0a1a)",)),
        (b"\0\0\0\0\1", ("loose bytes(0000000001)",)),
    ],
)
def test_loose_bytes_at_the_end_go_into_a_box_of_their_own(
    plain: Path, tmp_path: Path, loose: bytes, told: tuple[str, ...]
) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(plain.read_bytes() + loose)
    before, after = rewritten(source, tmp_path / "work.mp4")
    assert lost(before, after) == [] and before.boxes == after.boxes == told
    assert (tmp_path / "work.mp4").read_bytes().endswith(bytes(Node(b"free", loose)))
    assert boxes_of(tmp_path / "work.mp4") == [*boxes_of(plain), b"free"], "something may come after it"
    (tmp_path / "work.mp4").write_bytes((tmp_path / "work.mp4").read_bytes()[: -len(loose) - 8])
    assert lost(before, survey(tmp_path / "work.mp4")) == [f"boxes.{name}: True -> (none)" for name in told]


def test_loose_bytes_in_a_file_of_fragments_are_refused_by_name(tmp_path: Path, plain: Path) -> None:
    """Its boxes are not kept; and the bytes may be the start of the next fragment."""
    source = tmp_path / "fragments.mp4"
    with av.open(str(plain)) as old, av.open(str(source), "w", options={"movflags": "empty_moov"}) as new:
        video = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream = video
                new.mux(packet)
    whole = source.read_bytes()
    assert reasons_to_refuse(survey(source), source) == ()
    source.write_bytes(whole + b"\0\0\1\x70moo")
    (reason,) = reasons_to_refuse(survey(source), source)
    assert "loose bytes(000001706d6f6f)" in reason


def test_a_box_that_reached_to_the_end_says_where_it_ends(plain: Path, tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(plain.read_bytes() + b"\0\0\0\0free" + CAMERA)
    before, after = rewritten(source, tmp_path / "work.mp4")
    assert lost(before, after) == []
    assert (tmp_path / "work.mp4").read_bytes().endswith(bytes(Node(b"free", CAMERA)))


def test_pictures_hidden_by_an_edit_list_stay_and_count_from_the_first_shown(plain: Path, tmp_path: Path) -> None:
    def hide(moov: Node) -> None:
        trak = moov.need(b"trak")
        old = trak.need(b"edts", b"elst")
        duration, start = struct.unpack_from(">Ii", old.body, 8)
        old.body = full(b"elst", 0, 0, struct.pack(">IIihh", 1, duration, start + 5 * 512, 1, 0)).body

    source = with_moov(plain, tmp_path / "clip.mp4", hide)
    seen: list[Fraction] = []
    before = survey(source)
    assert before.tracks[0].hidden == 5 and before.is_rewritable
    way = render(
        source,
        tmp_path / "work.mp4",
        before,
        paint=lambda picture: seen.append(picture.seconds),
        container_tags={},
        quality=FAST,
    )
    assert way.keeps_boxes
    assert seen == [Fraction(number, 25) for number in range(-5, 20)]
    after = survey(tmp_path / "work.mp4")
    assert after.tracks[0].hidden == 5 and lost(before, after) == []


def test_only_the_painted_pixels_differ(plain: Path, tmp_path: Path) -> None:
    lossless = tmp_path / "clip.mp4"
    make_clip(lossless, width=128, height=96, seconds=0.4, sound=False)
    work = tmp_path / "work.mp4"
    render(lossless, work, survey(lossless), paint=darken, container_tags={}, quality=Quality(crf=4, preset="veryfast"))
    with av.open(str(lossless)) as one, av.open(str(work)) as other:
        for old, new in zip(one.decode(video=0), other.decode(video=0), strict=True):
            assert old.pts == new.pts
            difference = np.abs(old.to_ndarray()[:96].astype(int) - new.to_ndarray()[:96].astype(int))
            assert difference[:16, :16].mean() > 20 and difference[40:, 40:].max() < 12


def test_offsets_grow_to_64_bits_where_they_must(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graft, "LIMIT", 1000)
    monkeypatch.setattr(layout, "LIMIT", 1000)
    before, after = rewritten(plain, tmp_path / "work.mp4")
    assert lost(before, after) == []
    moov = read_moov(tmp_path / "work.mp4")
    assert all(trak.need(b"mdia", b"minf", b"stbl").find(b"co64") for trak in moov.all(b"trak"))
    with (tmp_path / "work.mp4").open("rb") as file:
        assert next(span.payload - span.start for span in spans(file) if span.kind == b"mdat") == 16


GIB = 1 << 30


def with_hole(plain: Path, target: Path, media: int) -> Path:
    """The clip with its media after a hole, in an `mdat` of so many bytes (which take no room on the disk), and its
    `moov` at the end."""
    data = plain.read_bytes()
    with plain.open("rb") as file:
        found = {span.kind: span for span in spans(file)}
    old = found[b"mdat"]
    begin = bytes(Node(b"ftyp", data[found[b"ftyp"].payload : found[b"ftyp"].end])) + layout.head_of(media)
    moved = len(begin) + media - (old.end - old.payload) - old.payload
    moov = read_moov(plain)
    for trak in moov.all(b"trak"):
        table = trak.need(*graft.STABLE)
        offsets = tables.chunk_offsets(table) + moved
        table.replace(b"stco", tables.offsets_box(offsets, wide=offsets.max() >= 1 << 32), after=b"stsz")
    with target.open("wb") as file:
        file.write(begin)
        file.seek(len(begin) + media - (old.end - old.payload))
        file.write(data[old.payload : old.end])
        file.write(bytes(moov))
    return target


def leave_holes(source: BinaryIO, start: int, end: int, out: BinaryIO) -> int:
    """In the place of the kernel's copy, which fills holes with zeros."""
    at, where = start, out.tell()
    while at < end:
        try:
            data = min(end, os.lseek(source.fileno(), at, os.SEEK_DATA))
            hole = min(end, os.lseek(source.fileno(), data, os.SEEK_HOLE)) if data < end else end
        except OSError:  # no data follows
            data = hole = end
        where += data - at
        source.seek(data)
        out.seek(where)
        out.write(source.read(hole - data))
        at, where = hole, where + hole - data
    out.seek(where)
    return at


@pytest.mark.wide
@pytest.mark.skipif(not hasattr(os, "SEEK_HOLE"), reason="files have no holes here")
@pytest.mark.parametrize(
    ("media", "is_wide", "head"),
    [
        (5 * GIB, True, 16),
        # The media crosses 4 GiB only by its new pictures, which are larger than the old.
        (4 * GIB - 9, True, 16),
        (4 * GIB - graft.ROOM // 2, True, 8),
        (4 * GIB - 2 * graft.ROOM, False, 8),
    ],
)
def test_films_of_more_than_4_gib(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, media: int, is_wide: bool, head: int
) -> None:
    source = with_hole(plain, tmp_path / "clip.mp4", media)
    if source.stat().st_blocks * 512 > GIB:
        pytest.skip("files have no holes on this disk")
    monkeypatch.setattr(copying, "_by_kernel", leave_holes)
    before = survey(source)
    assert before.is_rewritable and reasons_to_refuse(before, source) == ()
    work = tmp_path / "work.mp4"
    finer = Quality(crf=4, preset="ultrafast")
    assert render(source, work, before, paint=leave, container_tags={}, quality=finer).keeps_boxes
    assert lost(before, survey(work)) == []
    with source.open("rb") as old, work.open("rb") as new:
        (was,), (now,) = ([span for span in spans(file) if span.kind == b"mdat"] for file in (old, new))
    assert now.end - now.payload > was.end - was.payload and now.payload - now.start == head
    kinds = {child.kind for trak in read_moov(work).all(b"trak") for child in trak.need(*graft.STABLE).children}
    assert kinds & {b"stco", b"co64"} == ({b"co64"} if is_wide else {b"stco"})
    assert packets_of(work, 1) == packets_of(source, 1)
    with av.open(str(work)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 25


def test_tags_of_the_label_stand_beside_those_of_the_film(plain: Path, tmp_path: Path) -> None:
    work = tmp_path / "work.mp4"
    tags = {"AIGC": '{"Label": "1", "note": "é"}', "com.example": "x"}
    render(plain, work, survey(plain), paint=leave, container_tags=tags, quality=FAST)
    with av.open(str(work)) as container:
        assert tags.items() <= container.metadata.items()
        assert container.metadata["title"] == "A clip"
    if shutil.which("exiftool"):
        shown = subprocess.run(["exiftool", "-AIGC", "-b", str(work)], capture_output=True, text=True, check=True)
        assert shown.stdout == tags["AIGC"]


def names_in(moov: Node, *path: bytes) -> list[str]:
    """The names of the keys of the `meta` in this box."""
    home = moov if not path else parse(b"moov", bytes(moov.need(*path))[8:])
    (meta,) = home.all(b"meta")
    return keys._read(meta).names


ITUNES = Node(b"meta", b"\0\0\0\0" + bytes(full(b"hdlr", 0, 0, b"\0" * 4 + b"mdir" + b"\0" * 13)))


def test_keys_are_joined_to_those_that_are_there() -> None:
    moov = Node(b"moov", children=[Node(b"mvhd"), Node(b"trak")])
    keys.add_tags(moov, {"one": "1", "two": "2"})
    moov = parse(b"moov", bytes(moov)[8:])
    keys.add_tags(moov, {"two": "zwei", "three": "3"})
    assert names_in(moov, b"udta") == ["one", "two", "three"] and not moov.all(b"meta")
    (meta,) = parse(b"moov", bytes(moov.need(b"udta"))[8:]).all(b"meta")
    assert [value[16:] for value in keys._read(meta).values] == [b"1", b"zwei", b"3"]


def test_keys_give_way_to_other_user_data() -> None:
    """One `meta` is of one kind: beside iTunes' own, keys stand in QuickTime's place; where both are taken, nowhere."""
    name = Node(b"name", b"a film")
    moov = Node(b"moov", children=[Node(b"trak"), Node(b"udta", bytes(name) + bytes(ITUNES) + b"\0" * 4)])
    before = bytes(moov.need(b"udta"))
    keys.add_tags(moov, {"one": "1"})
    assert names_in(moov) == ["one"] and bytes(moov.need(b"udta")) == before
    moov.need(b"meta").body = ITUNES.body
    with pytest.raises(CannotRewrite, match="another kind"):
        keys.add_tags(moov, {"one": "1"})


def test_the_name_of_the_program_becomes_a_key_and_any_other_tag_of_itunes_stays() -> None:
    """libavformat writes its name into an `ilst` of its own: it reads it again under the same name."""
    too = Node(b"\xa9too", bytes(Node(b"data", struct.pack(">II", 1, 0) + b"Lavf62.1.100")))
    for items, home in (([too], b"udta"), ([too, Node(b"\xa9nam", too.body)], b"moov"), ([], b"moov")):
        ilst = Node(b"ilst", b"".join(bytes(item) for item in items))
        meta = Node(b"meta", ITUNES.body + bytes(ilst) + bytes(Node(b"free", b"\0" * 8)))
        moov = Node(b"moov", children=[Node(b"trak"), Node(b"udta", bytes(meta))])
        keys.add_tags(moov, {"one": "1"})
        if home == b"moov":
            assert names_in(moov) == ["one"] and bytes(moov.need(b"udta"))[8:] == bytes(meta)
            continue
        assert names_in(moov, b"udta") == ["encoder", "one"] and not moov.all(b"meta")
        (meta,) = parse(b"moov", bytes(moov.need(b"udta"))[8:]).all(b"meta")
        assert keys._read(meta).values[0] == too.body


def test_a_key_is_replaced_where_it_stands() -> None:
    moov = Node(b"moov", children=[Node(b"trak"), Node(b"udta", bytes(Node(b"name", b"a film")) + b"\0" * 4)])
    moov.children.append(keys.Keys(["one"], [b""], is_full=False).box())
    keys.add_tags(moov, {"one": "1", "two": "2"})
    assert names_in(moov) == ["one"] and names_in(moov, b"udta") == ["two"]
    udta = bytes(moov.need(b"udta"))
    assert bytes(Node(b"name", b"a film")) in udta and udta.endswith(b"\0" * 4), "what stood there stays"


def _stbl(moov: Node) -> Node:
    return moov.need(b"trak", b"mdia", b"minf", b"stbl")


def _count(kind: bytes, value: int, at: int = 4) -> object:
    def change(moov: Node) -> None:
        node = _stbl(moov).need(kind)
        node.body = node.body[:at] + struct.pack(">I", value) + node.body[at + 4 :]

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_count(b"stts", 2**32 - 1), "more entries than it holds"),
        (_count(b"stts", 1, at=8), "samples of"),
        (_count(b"stsz", 2**32 - 1, at=8), "too many samples"),
        (_count(b"stsz", 26, at=8), "more entries than it holds"),
        (_count(b"stsc", 0), "no chunk"),
        (_count(b"stsc", 7, at=12), "samples of|names chunks"),
        (_count(b"stco", 5, at=8), "chunk"),
        (lambda moov: _stbl(moov).children.append(Node(b"subs")), "single bytes"),
        (lambda moov: moov.children.append(Node(b"meta", b"\0\0\0\0iloc")), "items"),
    ],
)
def test_tables_that_do_not_agree_are_not_rewritten(plain: Path, tmp_path: Path, change: object, said: str) -> None:
    broken = with_moov(plain, tmp_path / "broken.mp4", change)
    with pytest.raises(CannotRewrite, match=said):
        graft.examine(broken, 1)


def test_where_it_does_not_fit_libavformat_writes_or_the_file_is_refused(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise CannotRewrite("told so")

    monkeypatch.setattr(graft, "graft", never)
    before = survey(plain)
    assert (
        render(plain, tmp_path / "work.mp4", before, paint=leave, container_tags={}, quality=FAST).keeps_boxes is False
    )
    after = survey(tmp_path / "work.mp4")
    assert [str(each) for each in differences(before, after, allowed=ALLOWED_BY_RENDER)] == []
    source = with_moov(plain, tmp_path / "camera.mp4", lambda moov: moov.children.append(Node(b"CAMM", CAMERA)))
    with pytest.raises(SourceUnsupported, match="CAMM"):
        render(source, tmp_path / "other.mp4", survey(source), paint=leave, container_tags={}, quality=FAST)
    assert not (tmp_path / "other.mp4").exists()


@pytest.mark.wide
def test_real_clips(media_folder: Path, tmp_path: Path) -> None:
    seen = 0
    for path in sorted(media_folder.glob("*.m*4")) + sorted(media_folder.glob("*.mov")):
        before = survey(path)
        if not before.is_rewritable or reasons_to_refuse(before, path) or before.bytes > 3_000_000:
            continue
        work = tmp_path / f"work{path.suffix}"
        assert render(path, work, before, paint=leave, container_tags={}, quality=FAST).keeps_boxes
        assert lost(before, survey(work)) == [], path.name
        seen += 1
    assert seen >= 6


def test_the_setup_of_mpeg2_that_ffmpeg_adds_is_none_of_new_pictures(tmp_path: Path) -> None:
    """`glbl`: the sequence header apart from the pictures, as in what it copies out of an MXF."""
    made, source, output = tmp_path / "made.mov", tmp_path / "clip.mov", tmp_path / "out.mov"
    make_clip(made, width=128, height=96, seconds=1, codec="mpeg2video", sound=False, options={"b": "2M"})
    with av.open(str(made)) as container, av.open(str(source), "w") as copy:
        stream = copy.add_stream_from_template(container.streams.video[0], opaque=True)
        packets = [packet for packet in container.demux(video=0) if packet.size]
        first = bytes(packets[0])
        stream.codec_context.extradata = first[: first.index(b"\0\0\1\xb8")]
        for packet in packets:
            packet.stream = stream
            copy.mux(packet)
    assert b"glbl" in source.read_bytes()
    before, after = rewritten(source, output)
    assert lost(before, after) == []
    assert b"glbl" not in output.read_bytes()
    with av.open(str(output)) as container:
        assert len(list(container.decode(video=0))) == 25


def test_two_packets_of_the_first_time_are_both_read(tmp_path: Path) -> None:
    """As VLC writes: the first lasts no time, and no table says which pictures are keys. Seeking to that time lands on
    the one or the other, by how many there are."""
    made = make_clip(tmp_path / "made.mp4", width=128, height=96, seconds=0.8)
    source, output = with_moov(made, tmp_path / "clip.mp4", begin_twice), tmp_path / "out.mp4"
    with av.open(str(source)) as container:
        first = next(container.demux(video=0)).pts
        container.seek(0)
        assert next(container.demux(video=0)).pts != first, "seeking lands on the first: nothing is tested"
    with FrameReader(source, 0) as reader:
        assert len(reader.timeline.pts) == 20
        assert [one.index for one in reader.pictures_at(range(20))] == list(range(20))
        assert reader.faults == []
    before, after = rewritten(source, output)
    assert lost(before, after) == []


def begin_twice(moov: Node) -> None:
    """The first sample of the pictures lasts no time; each is shown as long after the first as it was."""
    moov.need(b"trak").replace(b"edts", None, after=b"tkhd")
    table = moov.need(b"trak", b"mdia", b"minf", b"stbl")
    count, delta = struct.unpack_from(">II", table.need(b"stts").body, 8)
    offsets = [at for many, at in struct.iter_unpack(">II", table.need(b"ctts").body[8:]) for _ in range(many)]
    assert len(offsets) == count
    later = [offset + delta * (number > 0) for number, offset in enumerate(offsets)]
    table.replace(b"stts", full(b"stts", 0, 0, struct.pack(">5I", 2, 1, 0, count - 1, delta)), after=b"stsd")
    rows = b"".join(struct.pack(">II", 1, offset) for offset in later)
    table.replace(b"ctts", full(b"ctts", 0, 0, struct.pack(">I", count) + rows), after=b"stts")
    table.replace(b"stss", None, after=b"stts")


def test_quicktime_from_before_there_were_brands_is_given_one(tmp_path: Path, private_home: Path) -> None:
    """Nobody seals a file without `ftyp`; VLC writes such, too."""
    made = make_clip(tmp_path / "clip.mov", width=480, height=270, seconds=0.4)
    data = made.read_bytes()
    assert data[4:8] == b"ftyp"
    made.write_bytes(data[:4] + b"free" + data[8:])
    output = tmp_path / "out.mov"
    identity.create("one", home=private_home, now=datetime.now(UTC))
    assert run(["label", str(made), "--involvement", "generated", "-o", str(output)]) == 0
    assert boxes_of(output)[0] == b"ftyp" and b"ftyp" not in boxes_of(made)
    assert packets_of(made, 1) == packets_of(output, 1)
