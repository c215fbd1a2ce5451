"""The walk over Matroska's elements: what has no size ends where it must, and nothing hides behind it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from labeler.errors import SourceUnreadable
from labeler.media import matroska
from labeler.media.survey import survey
from tests.clips import make_clip
from tests.hostile.mkv import CHAPTERS, CLUSTER, EBML, SEGMENT, UNKNOWN, chapters, element, head, number, parts, video
from tests.hostile.sources import good

ORDERED = number(0x45DD, 1)  # EditionFlagOrdered


def walked(data: bytes, folder: Path) -> matroska.Elements:
    path = folder / "film.mkv"
    path.write_bytes(data)
    return matroska.walk(path)


def live(after: bytes) -> bytes:
    """A recording whose segment and clusters have no sizes (RFC 9559, 23.2), and what follows its last cluster."""
    inner = b""
    for name, whole in parts(good("mkv")):
        inner += element(CLUSTER, whole[4 + 9 - whole[4].bit_length() :], UNKNOWN) if name == CLUSTER else whole
        if name == CLUSTER:
            inner += after
    return head() + element(SEGMENT, inner, UNKNOWN)


def test_what_follows_a_cluster_without_a_size_is_seen(tmp_path: Path) -> None:
    assert walked(live(b""), tmp_path).facts == ()
    ordered = element(CHAPTERS, element(0x45B9, ORDERED))
    assert walked(live(ordered), tmp_path).facts == ("chapters that are played in an order of their own",)


def test_only_segments_and_clusters_may_lack_a_size(tmp_path: Path) -> None:
    tracks = element(0x1654AE6B, video(), UNKNOWN)
    with pytest.raises(SourceUnreadable):
        walked(head() + element(SEGMENT, tracks), tmp_path)
    with pytest.raises(SourceUnreadable):
        walked(element(EBML, element(0x4282, b"matroska"), UNKNOWN) + element(SEGMENT, tracks), tmp_path)


@pytest.mark.parametrize("name", [EBML, SEGMENT])
def test_what_an_empty_head_or_segment_leaves_outside_is_no_film(name: int, tmp_path: Path) -> None:
    """libavformat reads on behind it; we would have seen no track and no fact."""
    data = good("mkv")
    at = data.index(name.to_bytes(4, "big"))
    width = 9 - data[at + 4].bit_length()
    with pytest.raises(SourceUnreadable):
        walked(data[:at] + element(name) + data[at + 4 + width :], tmp_path)


def test_padding_behind_the_segment_is_no_damage(tmp_path: Path) -> None:
    assert walked(good("mkv") + element(0xEC, bytes(100)), tmp_path).document_type == "matroska"


def test_chapters_without_an_end_do_not_nest_the_walk(tmp_path: Path) -> None:
    found = walked(live(chapters(b"One")), tmp_path)
    assert found.facts == () and "chapters" in found.structure


TRACKS, TRACK = 0x1654AE6B, 0xAE


def encoded(*inside: bytes) -> bytes:
    """Tracks of one track whose frames are wrapped in this."""
    return head() + element(SEGMENT, element(TRACKS, element(TRACK, element(0x6D80, b"".join(inside)))))


def packed(*inside: bytes) -> bytes:
    return element(0x6240, element(0x5034, b"".join(inside)))


def test_what_is_packed_without_a_loss_is_no_fact(tmp_path: Path) -> None:
    """zlib, which is meant where nothing is said, and bytes that all frames begin with."""
    for encoding in (packed(), packed(number(0x4254, 0)), packed(number(0x4254, 3), element(0x4255, b"\0\0"))):
        assert walked(encoded(encoding), tmp_path).facts == ()


@pytest.mark.parametrize(
    ("encodings", "more"),
    [
        ([packed(number(0x4254, 1))], ()),
        ([packed(number(0x4254, 2))], ()),
        ([packed(), packed()], ()),
        ([element(0x6240, number(0x5032, 3) + element(0x5034))], ()),
        ([element(0x6240, number(0x5033, 1) + element(0x5035))], ("encrypted",)),
    ],
    ids=["bzip2", "LZO", "twice", "its set-up too", "encrypted"],
)
def test_what_may_not_come_out_whole_is_told(encodings: list[bytes], more: tuple[str, ...], tmp_path: Path) -> None:
    """In what is encrypted nothing is read."""
    assert walked(encoded(*encodings), tmp_path).facts == ("content encodings (compressed or encrypted)", *more)


def test_descriptions_may_be_there_twice_but_not_otherwise(tmp_path: Path) -> None:
    """mkvmerge writes them again behind the clusters, if asked to."""
    once = walked(good("mkv"), tmp_path)
    again = b"".join(whole for name, whole in parts(good("mkv")) if name in (TRACKS, 0x1549A966))
    assert walked(live(again), tmp_path) == once
    other = element(TRACKS, video())
    assert walked(live(other), tmp_path).facts == ("two descriptions of the film or its tracks that are not the same",)


def test_attachments_beyond_memory_are_refused_by_name_and_not_read(tmp_path: Path) -> None:
    """A font of 300 MB that is a hole in the file."""
    path, size = tmp_path / "film.mkv", 300 << 20
    attached = (0x1941A469).to_bytes(4, "big") + (1 << 56 | size).to_bytes(8, "big")
    path.write_bytes(live(b"") + attached)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + size)
    assert matroska.walk(path).facts == ("more than 256 MiB of attachments, tags and chapters",)


def test_matroska_tells_no_length_of_a_track(tmp_path: Path) -> None:
    """Of a subtitle that libavformat does not come upon at once it guesses that it lasts as long as the film."""
    path = tmp_path / "film.mkv"
    with av.open(str(make_clip(tmp_path / "clip.mp4", seconds=6.0))) as source, av.open(str(path), "w") as film:
        video = film.add_stream_from_template(source.streams.video[0], opaque=True)
        text = film.add_mux_stream("subrip", time_base=Fraction(1, 1000))
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = video
                film.mux(packet)
        line = av.Packet(b"Fin")
        line.pts, line.dts, line.duration, line.time_base, line.stream = 5500, 5500, 300, Fraction(1, 1000), text
        film.mux(line)
    with av.open(str(path)) as container:
        assert container.streams[1].duration, "nothing is guessed: nothing is tested"
    assert [track.length for track in survey(path).tracks] == [None, None]


def test_mp4_tells_the_length_of_each_track(tmp_path: Path) -> None:
    assert all(track.length for track in survey(make_clip(tmp_path / "clip.mp4", seconds=1.0)).tracks)
