"""Everything around the video is written again as it was: packets, tags, chapters, clocks, attachments."""

from __future__ import annotations

import errno
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.errors import DiskFull, OutputRefused, SourceUnsupported
from labeler.media import mux
from labeler.media.compare import ALLOWED_BY_RENDER, compare
from labeler.media.containers import isobmff
from labeler.media.inventory import Inventory
from labeler.media.picture import Picture
from labeler.media.render import render
from labeler.media.survey import survey
from labeler.verdict import Status
from tests.clips import make_clip

MP4_VALUES = {"creation_time": "2024-01-02T03:04:05.000000Z", "location": "+48.8566+002.3522/", "genre": "Essai"}


def leave(picture: Picture) -> None:
    """Paints nothing."""


def rendered(source: Path, folder: Path, **more: dict[str, str]) -> tuple[Inventory, Inventory]:
    before = survey(source)
    work = folder / f"work{source.suffix}"
    render(source, work, before, paint=leave, container_tags=more.get("container_tags", {}), threads=1)
    return before, survey(work)


def lost(before: Inventory, after: Inventory) -> list[str]:
    checks = compare(before, after, allowed=ALLOWED_BY_RENDER)
    return [check.message for check in checks if check.status is not Status.PASS]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov"])
@pytest.mark.parametrize("tags", [MP4_VALUES, {**MP4_VALUES, "com.example.shoot": "12", "composer": "C"}])
def test_nothing_is_lost_in_mp4_and_mov(name: str, tags: dict[str, str], tmp_path: Path) -> None:
    options = {"movflags": "+faststart" if tags is MP4_VALUES else "+faststart+use_metadata_tags"}
    source = make_clip(tmp_path / "made.mov", width=320, height=180, chapters=True, captions=True, tags=tags)
    with av.open(str(source)) as given, av.open(str(tmp_path / name), "w", container_options=options) as made:
        copies = {
            stream.index: made.add_stream_from_template(stream, opaque=True) for stream in given.streams.get([0, 1])
        }
        copies[1].metadata.update({"language": "fra", "title": "Commentaire"})
        made.metadata.update({"title": "A clip", "comment": "made by a test", **tags})
        made.set_chapters(given.chapters())
        for packet in given.demux(given.streams[0], given.streams[1]):
            if packet.size:
                packet.stream = copies[packet.stream_index]
                made.mux(packet)
    before, after = rendered(tmp_path / name, tmp_path)
    assert lost(before, after) == []
    assert after.is_faststart
    assert after.tracks[1].payload_sha256 == before.tracks[1].payload_sha256
    assert after.tracks[0].captions == before.tracks[0].captions is not None
    assert after.tracks[1].tags["name"] == "Commentaire"


def matroska(path: Path) -> Path:
    """H.264, two sound tracks (one of them second and a comment), forced SubRip, a font, chapters, odd tags."""
    with av.open(str(path), "w") as container:
        container.metadata.update({"title": "Un film", "SOURCE_ID": "77"})
        video = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height = 160, 96
        first = container.add_stream("aac", rate=48000, layout="stereo")
        second = container.add_stream("pcm_s16le", rate=48000, layout="stereo")
        text = container.add_mux_stream("subrip", time_base=Fraction(1, 1000))
        font = container.add_attachment("a.ttf", "font/ttf", bytes(range(256)) * 3)
        assert font is not None
        for stream, language in ((video, "eng"), (first, "fra"), (second, "deu"), (text, "fra")):
            stream.metadata["language"] = language
        second.metadata["title"] = "Kommentar"
        second.disposition = av.stream.Disposition.comment
        text.disposition = av.stream.Disposition.forced
        second_chapter = {"id": 2, "start": 400, "end": 800, "time_base": Fraction(1, 1000), "metadata": {"title": "B"}}
        container.set_chapters(
            [
                {"id": 1, "start": 0, "end": 400, "time_base": Fraction(1, 1000), "metadata": {"title": "A"}},
                second_chapter,  # type: ignore[list-item]
            ]
        )
        container.start_encoding()
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(np.full((96, 160, 3), number * 9, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(video.encode(frame))
            for stream, kind in ((first, "fltp"), (second, "s16")):
                shape = (2, 1920) if kind == "fltp" else (1, 3840)
                sound = av.AudioFrame.from_ndarray(
                    np.full(shape, number, "f4" if kind == "fltp" else "i2"), format=kind, layout="stereo"
                )
                sound.sample_rate, sound.pts, sound.time_base = 48000, number * 1920, Fraction(1, 48000)
                container.mux(stream.encode(sound))
        line = av.Packet("Été".encode())
        line.pts = line.dts = 100
        line.duration, line.time_base, line.stream = 300, Fraction(1, 1000), text
        container.mux(line)
        for stream in (video, first, second):
            container.mux(stream.encode())
    return path


def test_nothing_is_lost_in_matroska(tmp_path: Path) -> None:
    before, after = rendered(matroska(tmp_path / "film.mkv"), tmp_path)
    assert lost(before, after) == []
    assert [track.kind for track in after.tracks] == ["video", "audio", "audio", "subtitle", "attachment"]
    assert after.tracks[3].dispositions == ("forced",)
    assert [chapter.tags["title"] for chapter in after.chapters] == ["A", "B"]
    assert after.tags["SOURCE_ID"] == "77"


def test_added_tags_replace_the_source_s_whatever_their_case(tmp_path: Path) -> None:
    before, after = rendered(matroska(tmp_path / "film.mkv"), tmp_path, container_tags={"TITLE": "Neu", "AI": "oui"})
    assert {key.lower(): value for key, value in after.tags.items()}["title"] == "Neu"
    assert after.tags["AI"] == "oui"
    assert before.tags["title"] == "Un film"


def test_time_code_of_quicktime(tmp_path: Path) -> None:
    source = tmp_path / "tc.mov"
    with av.open(str(source), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(30000, 1001))
        stream.width = stream.height = 64
        stream.metadata["timecode"] = "00:59:59;28"
        for number in range(10):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1001, 30000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    before, after = rendered(source, tmp_path)
    assert before.timecode == after.timecode == "00:59:59;28"
    assert lost(before, after) == []


def test_tags_of_brand_and_muxer_are_left_to_the_muxer(tmp_path: Path) -> None:
    inventory = survey(make_clip(tmp_path / "clip.mp4", seconds=0.2, sound=False))
    assert mux.container_tags(inventory, {}).keys() == {"title", "comment"}
    options = isobmff.options(inventory, mux.container_tags(inventory, {}))
    assert options["movflags"] == "+faststart"
    assert options["video_track_timescale"] == "12800"
    assert "use_metadata_tags" in isobmff.options(inventory, {"com.example": "x"})["movflags"]


def test_one_clock_holds_sound_and_picture(tmp_path: Path) -> None:
    inventory = survey(make_clip(tmp_path / "clip.mp4", seconds=0.2))
    assert isobmff.movie_timescale(inventory) == 192000  # lcm(12800, 48000)


def test_statistics_of_the_old_bytes_are_not_repeated(tmp_path: Path) -> None:
    track = survey(make_clip(tmp_path / "clip.mp4", seconds=0.2)).tracks[0]
    old = track.model_copy(update={"tags": {"BPS-eng": "1", "_STATISTICS_TAGS": "BPS", "title": "T"}})
    assert mux.track_tags(old, "mkv") == {"title": "T"}
    assert mux.track_tags(old.model_copy(update={"kind": "audio"}), "mkv") == old.tags


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "full"), DiskFull),
        (OSError(errno.EDQUOT, "quota"), DiskFull),
        (PermissionError(errno.EACCES, "no"), OutputRefused),
        (av.error.FFmpegError(1094995529, "Invalid data"), SourceUnsupported),
    ],
)
def test_errors_are_told_apart(error: Exception, expected: type[Exception]) -> None:
    found = mux.translate(error, Path("/there/work.mp4"), Path("film.mp4"))
    assert type(found) is expected
    assert "/there" in found.message or "film.mp4" in found.message


def test_unknown_tracks_are_refused_by_name(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", seconds=0.2)
    inventory = survey(path)
    data = inventory.tracks[1].model_copy(update={"kind": "data", "codec": "gpmd"})
    changed = inventory.model_copy(update={"tracks": (inventory.tracks[0], data), "is_rewritable": False})
    nothing: Callable[[Picture], None] = leave
    with pytest.raises(SourceUnsupported, match="gpmd"):
        render(path, tmp_path / "work.mp4", changed, paint=nothing, container_tags={})
    assert not (tmp_path / "work.mp4").exists()


def test_a_packet_that_cannot_be_written_is_told_by_track_and_time(tmp_path: Path) -> None:
    """Two of one time, as some writers of fragmented MP4 make them: a plain one holds no such."""
    path = make_clip(tmp_path / "clip.mkv", width=128, height=64, seconds=0.4)
    with av.open(str(path)) as source, av.open(str(tmp_path / "out.mp4"), "w") as output:
        sound = output.add_stream_from_template(source.streams.audio[0])
        first, second = (packet for packet, _ in zip(source.demux(audio=0), range(2), strict=False))
        second.pts = second.dts = first.dts
        copies = mux.Copies(output, {1: sound}, survey(path), path)
        copies.write(first)
        with pytest.raises(SourceUnsupported, match=f"track 1 a packet at {float(first.dts * first.time_base):.3f} s"):
            copies.write(second)
