"""What a Matroska says of itself and libavformat does not write again comes out of a render byte for byte."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image

from labeler.cli.main import run
from labeler.layers.credentials import identity
from labeler.media import compare, matroska
from labeler.media.ebml import Element, children, element, holding, number, void
from labeler.media.inventory import Inventory
from labeler.media.survey import survey
from tests.clips import make_clip

SEGMENT, SEEK_HEAD, INFO, TRACKS, CLUSTER, CUES = (
    0x18538067, 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B,
)  # fmt: skip
CHAPTERS, TAGS, ATTACHMENTS, TRACK, VIDEO = 0x1043A770, 0x1254C367, 0x1941A469, 0xAE, 0xE0

SHAPE = (number(0x54B0, 21, 1), number(0x54BA, 9, 1), number(0x54B2, 3, 1))
"""Pictures to be shown as 21:9, whatever they say themselves."""

OF_SOUND = element(0x22B59D, b"fr-CA") + number(0xB9, 0, 1) + element(0x258688, b"A codec")
"""Its language in BCP 47, that it is switched off, and how its codec is called."""
NAMES = b"".join(
    holding(0x80, (element(0x85, name), element(0x437C, language)))
    for name, language in ((b"One", b"eng"), (b"Un", b"fre"))
)


def chapter(uid: int, *inner: bytes) -> bytes:
    return holding(0xB6, (number(0x73C4, uid), number(0x91, 0), *inner))


MARKS = holding(
    CHAPTERS,
    (
        holding(0x45B9, (number(0x45BC, 5), number(0x45DB, 1, 1), chapter(11, NAMES, chapter(12, NAMES)))),
        holding(0x45B9, (number(0x45BC, 6), number(0x45BD, 1, 1), chapter(13))),
    ),
)
"""Two editions, the second of them hidden; a chapter in a chapter, and names in two languages."""


def simple(name: bytes, value: bytes, inner: bytes = b"") -> bytes:
    return holding(0x67C8, (element(0x45A3, name), element(0x4487, value), inner))


ACTORS = holding(
    0x7373,
    (
        holding(0x63C0, (number(0x68CA, 60, 1), element(0x63CA, b"SEASON"))),
        simple(b"ACTOR", b"Anne", simple(b"CHARACTER", b"Zoe")),
        simple(b"ACTOR", b"Ben"),
    ),
)
OF_CHAPTER = holding(0x7373, (holding(0x63C0, (number(0x63C4, 11),)), simple(b"PLACE", b"Lyon")))


def jpeg() -> bytes:
    content = BytesIO()
    Image.new("RGB", (16, 16), "red").save(content, "JPEG")
    return content.getvalue()


FILES = holding(
    ATTACHMENTS,
    (
        holding(
            0x61A7,
            (
                element(0x466E, b"cover.jpg"),
                element(0x4660, b"image/jpeg"),
                element(0x465C, jpeg()),
                number(0x46AE, 76),
            ),
        ),
        holding(
            0x61A7,
            (
                element(0x466E, b"a.ttf"),
                element(0x4660, b"font/ttf"),
                element(0x467E, b"The font"),
                element(0x465C, bytes(range(200))),
                number(0x46AE, 77),
            ),
        ),
    ),
)


def segment_of(data: bytes) -> tuple[int, list[Element]]:
    """Where the payload of the segment begins, and what it holds."""
    segment = next(part for part in children(data) if part.id == SEGMENT)
    return data.index(segment.payload), list(children(segment.payload))


def with_shape(part: Element) -> bytes:
    if part.id != VIDEO:
        return part.raw
    return holding(VIDEO, (*(one.raw for one in children(part.payload) if one.id != 0x54B2), *SHAPE))


def with_more(data: bytes) -> bytes:
    """The film with all of the above in it."""
    head = next(children(data)).raw
    inner: list[bytes] = []
    for part in segment_of(data)[1]:
        if part.id == TRACKS:
            pictures, sound = children(part.payload)
            shown = holding(TRACK, (with_shape(one) for one in children(pictures.payload)))
            inner += [holding(TRACKS, (shown, element(TRACK, sound.payload + OF_SOUND)))]
            inner += [MARKS, FILES, holding(TAGS, (ACTORS, OF_CHAPTER))]
        elif part.id not in (SEEK_HEAD, CUES, TAGS):
            inner.append(part.raw)
    return head + holding(SEGMENT, inner)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = make_clip(tmp_path_factory.mktemp("mkv") / "film.mkv", width=480, height=270, seconds=0.4)
    path.write_bytes(with_more(path.read_bytes()))
    return path


@pytest.fixture(scope="module")
def labelled(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABELER_HOME", str(folder / "home"))
        identity.create("one", home=folder / "home", now=datetime.now(UTC))
        assert run(["label", str(film), "--involvement", "generated", "-o", str(folder / "out.mkv")]) == 0
    return folder / "out.mkv"


def test_all_of_it_is_there_byte_for_byte(labelled: Path) -> None:
    data = labelled.read_bytes()
    for whole in (*SHAPE, MARKS, FILES, ACTORS, OF_CHAPTER):
        assert data.count(whole) == 1
    tracks = next(part for part in segment_of(data)[1] if part.id == TRACKS)
    _, sound = children(tracks.payload)
    assert sound.payload.endswith(OF_SOUND)
    assert b"LABELER_ROOM" not in data


def test_shapes_that_pictures_do_not_tell_are_kept(labelled: Path) -> None:
    with av.open(str(labelled)) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(21, 9) / Fraction(480, 270)


def test_the_labels_own_tags_stand_beside_the_source_s(labelled: Path) -> None:
    with av.open(str(labelled)) as container:
        assert container.metadata["DIGITAL_SOURCE_TYPE"].endswith("/trainedAlgorithmicMedia")
        assert container.metadata["SEASON/ACTOR"] == "Ben"


def test_everything_is_where_the_head_says(labelled: Path) -> None:
    data = labelled.read_bytes()
    start, parts = segment_of(data)
    seeks = [part.payload for part in children(next(part.payload for part in parts if part.id == SEEK_HEAD))]
    places: dict[int, int] = {}
    for seek in seeks:
        name, place = (int.from_bytes(part.payload, "big") for part in children(seek))
        places[name] = place
    assert places.keys() == {INFO, TRACKS, CHAPTERS, ATTACHMENTS, TAGS, CUES}
    for id, place in places.items():
        assert data[start + place :].startswith(id.to_bytes(4, "big"))
    cue = next(part.payload for part in parts if part.id == CUES)
    point = next(part.payload for part in children(cue))
    position = next(part.payload for part in children(point) if part.id == 0xB7)
    cluster = next(int.from_bytes(part.payload, "big") for part in children(position) if part.id == 0xF1)
    assert data[start + cluster :].startswith(CLUSTER.to_bytes(4, "big"))


@pytest.mark.parametrize(
    ("whole", "check"),
    [
        (element(0x22B59D, b"fr-CA"), "media.tracks"),
        (SHAPE[2], "media.tracks"),
        (number(0xB9, 0, 1), "media.tracks"),
        (MARKS, "media.chapters"),
        (ACTORS, "media.tags"),
        (OF_CHAPTER, "media.tags"),
        (element(0x467E, b"The font"), "media.tracks"),
    ],
    ids=["language", "shape", "switch", "chapters", "tags", "a chapter's tag", "description"],
)
def test_what_is_lost_is_seen(film: Path, whole: bytes, check: str, tmp_path: Path) -> None:
    path, data = tmp_path / "less.mkv", film.read_bytes()
    assert data.count(whole) == 1
    path.write_bytes(data.replace(whole, void(len(whole))))
    found = {compare.check_of(one.path) for one in compare.differences(survey(film), survey(path), allowed=())}
    assert check in found


def test_the_numbers_of_tracks_are_nobodys_loss(film: Path, tmp_path: Path) -> None:
    """Another muxer gives other ones, and tags are about the same track."""

    def facts(path: Path) -> Inventory:
        return survey(path)

    uid = next(part.raw for part in children(tracks_of(film)) if part.id == 0x73C5)
    path = tmp_path / "other.mkv"
    path.write_bytes(film.read_bytes().replace(uid, element(0x73C5, b"\x77" * (len(uid) - 3))))
    assert facts(path).structure == facts(film).structure


def tracks_of(path: Path) -> bytes:
    tracks = next(part for part in segment_of(path.read_bytes())[1] if part.id == TRACKS)
    return next(children(tracks.payload)).payload


PACKINGS = {1: (element(0x4254, b"\3"), element(0x4255, b"\0\0")), 2: (element(0x4254, b"\0"),)}
"""By the number of a track: pictures without the two bytes that all of them begin with, and sound in zlib."""


def packed(film: Path) -> bytes:
    """The film with its frames wrapped, and its tracks described a second time behind them."""
    whole = list(children(film.read_bytes()))
    inner = list(segment_of(film.read_bytes())[1])
    tracks = holding(TRACKS, map(packed_track, children(next(part.payload for part in inner if part.id == TRACKS))))
    rest = (cluster(part) if part.id == CLUSTER else tracks if part.id == TRACKS else part.raw for part in inner)
    return whole[0].raw + holding(SEGMENT, (*rest, tracks))


def packed_track(track: Element) -> bytes:
    number_of_it = next(part.payload[-1] for part in children(track.payload) if part.id == 0xD7)
    packing = holding(0x6D80, (holding(0x6240, (holding(0x5034, PACKINGS[number_of_it]),)),))
    return element(TRACK, track.payload + packing)


def cluster(part: Element) -> bytes:
    return holding(CLUSTER, (packed_block(one) for one in children(part.payload)))


def packed_block(part: Element) -> bytes:
    if part.id == 0xA0:
        return holding(part.id, (packed_block(one) for one in children(part.payload)))
    if part.id not in (0xA1, 0xA3):
        return part.raw
    frame = part.payload[4:]
    if part.payload[0] == 0x81:
        assert frame.startswith(b"\0\0")
    return element(part.id, part.payload[:4] + (frame[2:] if part.payload[0] == 0x81 else zlib.compress(frame)))


def test_frames_that_are_packed_come_out_whole(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapped, out = tmp_path / "packed.mkv", tmp_path / "out.mkv"
    wrapped.write_bytes(packed(film))
    monkeypatch.setenv("LABELER_HOME", str(tmp_path / "home"))
    identity.create("one", home=tmp_path / "home", now=datetime.now(UTC))
    assert run(["label", str(wrapped), "--involvement", "generated", "-o", str(out)]) == 0
    with av.open(str(film)) as plain, av.open(str(out)) as container:
        sounds = [[bytes(packet) for packet in file.demux(audio=0)] for file in (plain, container)]
    assert sounds[0] == sounds[1] and len(sounds[0]) > 10
    (tracks,) = (part for part in segment_of(out.read_bytes())[1] if part.id == TRACKS)
    assert all(part.id != 0x6D80 for track in children(tracks.payload) for part in children(track.payload))


def test_chapters_in_an_order_of_their_own_are_refused(film: Path, tmp_path: Path) -> None:
    path = tmp_path / "ordered.mkv"
    path.write_bytes(film.read_bytes().replace(number(0x45DB, 1, 1), number(0x45DD, 1, 1)))
    assert matroska.walk(path).facts == ("chapters that are played in an order of their own",)


def test_a_track_that_libavformat_leaves_out_is_told(film: Path, tmp_path: Path) -> None:
    path, data = tmp_path / "buttons.mkv", film.read_bytes()
    old = number(0x83, 2, 1)
    assert data.count(old) == 1
    path.write_bytes(data.replace(old, number(0x83, 0x12, 1)))
    assert matroska.walk(path).facts == ("a track of buttons or commands",)
