"""Render: what is painted is in the output, everything else is as it was, and every way to fail leaves nothing."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from labeler.errors import DiskFull, Interrupted, LabelerError, OutputRefused, SourceUnreadable, SourceUnsupported
from labeler.media import decoding, mux
from labeler.media.compare import ALLOWED_BY_RENDER, compare
from labeler.media.encoders.task import STANDARD, Quality
from labeler.media.frames import FrameReader, planes
from labeler.media.handover import Closed, Handover
from labeler.media.picture import Picture
from labeler.media.quality import QualityMeter
from labeler.media.render import render
from labeler.media.survey import survey
from labeler.verdict import Status
from tests.clips import make_clip

BOX = (32, 16, 64, 24)
FAST = Quality(preset="ultrafast")


def paint(picture: Picture) -> None:
    """A square whose grey is the frame's number, in the stored frame."""
    x, y, width, height = BOX
    scale = 1 << (picture.format.bits - 8)
    picture.planes[0][y : y + height, x : x + width] = (40 + 3 * picture.index % 180) * scale


def run(source: Path, work: Path, **options: Any) -> None:
    given = {"paint": paint, "container_tags": {}, "threads": 1, "quality": FAST} | options
    render(source, work, survey(source), **given)


KINDS: dict[str, dict[str, Any]] = {
    "h264.mp4": {"captions": True, "chapters": True},
    "h264-422-10.mov": {"pixel_format": "yuv422p10le"},
    "h264.mkv": {},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": "log-level=error:keyint=10"}},
    "hevc-10.mkv": {"codec": "libx265", "pixel_format": "yuv420p10le", "options": {"x265-params": "log-level=error"}},
}


@pytest.fixture(scope="module", params=sorted(KINDS))
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("render")
    source = make_clip(folder / request.param, width=320, height=176, seconds=1.0, **KINDS[request.param])
    work = folder / f"work{source.suffix}"
    run(source, work, quality=STANDARD)
    return source, work


def test_every_frame_is_painted_with_its_own_number(pair: tuple[Path, Path]) -> None:
    x, y, width, height = BOX
    with FrameReader(pair[1], 0) as reader:
        for number, picture in enumerate(reader.pictures(reader.time_of(at) for at in range(reader.frame_count))):
            inside = picture.planes[0][y + 4 : y + height - 4, x + 4 : x + width - 4] >> (picture.format.bits - 8)
            assert abs(float(inside.mean()) - (40 + 3 * number)) < 2
        assert number == 24
        assert reader.faults == []


def test_nothing_else_is_lost_and_the_rest_of_the_picture_is_kept(pair: tuple[Path, Path]) -> None:
    source, work = pair
    checks = compare(survey(source), survey(work), allowed=ALLOWED_BY_RENDER)
    assert [check.message for check in checks if check.status is not Status.PASS] == []
    with FrameReader(source, 0) as original, FrameReader(work, 0) as reader:
        assert reader.keyframes == original.keyframes
        meter = QualityMeter(original, (BOX,))
        reader.on_picture = meter.see
        list(reader.pictures(reader.time_of(at) for at in range(reader.frame_count)))
        assert meter.check().measured["min"] >= 40


def test_uneven_times_rotation_and_shape_are_kept(tmp_path: Path) -> None:
    source = tmp_path / "phone.mp4"
    with av.open(str(source), "w", container_options={"video_track_timescale": "90000"}) as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.sample_aspect_ratio = 128, 64, Fraction(4, 3)
        stream.time_base = stream.codec_context.time_base = Fraction(1, 90000)
        stream.set_display_rotation(90)
        for number in range(12):
            frame = av.VideoFrame(128, 64, "yuv420p")
            frame.pts, frame.time_base = number * 3003 + number % 4 * 211, Fraction(1, 90000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    run(source, tmp_path / "work.mp4", paint=lambda picture: None)
    before, after = survey(source).tracks[0], survey(tmp_path / "work.mp4").tracks[0]
    assert after.timestamps == before.timestamps
    assert after.picture is not None and before.picture is not None
    assert (after.picture.rotation, after.picture.sample_aspect_ratio) == (270, "4:3")
    assert (before.picture.rotation, before.picture.sample_aspect_ratio) == (270, "4:3")


def test_chroma_location_is_kept(tmp_path: Path) -> None:
    """PyAV cannot say it; two streams of x264 that differ in it alone differ in their parameter sets alone."""
    sets = []
    for location in (0, 2):
        source = make_clip(
            tmp_path / f"{location}.mp4",
            width=128,
            height=64,
            seconds=0.2,
            sound=False,
            options={"x264-params": f"chromaloc={location}"},
        )
        run(source, tmp_path / f"work{location}.mp4")
        with av.open(str(tmp_path / f"work{location}.mp4")) as container:
            sets.append(container.streams.video[0].codec_context.extradata)
    assert sets[0] != sets[1]


def test_progress_rises_to_one(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", width=128, height=64, seconds=0.4)
    shares: list[float] = []
    run(source, tmp_path / "work.mp4", progress=lambda phase, share: shares.append(share))
    assert shares == sorted(shares) and len(shares) >= 10 and shares[-1] == 1.0


class Stop:
    def __init__(self, at: int, error: BaseException) -> None:
        self.left, self.error = at, error

    def __call__(self, *_: object) -> None:
        self.left -= 1
        if self.left <= 0:
            raise self.error


@pytest.mark.parametrize("hook", ["progress", "paint"])
@pytest.mark.parametrize("at", [1, 20])
def test_an_error_in_either_thread_ends_both_and_leaves_nothing(hook: str, at: int, tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", width=128, height=64, seconds=2.0)
    before = threading.active_count()
    with pytest.raises(Interrupted):
        run(source, tmp_path / "work.mp4", **{hook: Stop(at, Interrupted("stop"))})
    assert threading.active_count() == before
    assert not (tmp_path / "work.mp4").exists()


def damaged(source: Path, path: Path, number: int) -> Path:
    with av.open(str(source)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        at, size = packets[number].pos, packets[number].size
    data = bytearray(source.read_bytes())
    assert at is not None
    data[at + 6 : at + size] = bytes(byte ^ 0xFF for byte in data[at + 6 : at + size])
    path.write_bytes(data)
    return path


def test_damaged_packets_are_told_with_their_time(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", width=320, height=176, seconds=1.0, sound=False)
    with pytest.raises(SourceUnreadable, match=r"broken\.mp4.* \d\.\d{3} s"):
        facts = survey(source)
        broken = damaged(source, tmp_path / "broken.mp4", 12)
        render(broken, tmp_path / "work.mp4", facts, paint=paint, container_tags={}, quality=FAST)
    assert not (tmp_path / "work.mp4").exists()


def test_half_of_the_media_data_is_never_a_shorter_output(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", width=320, height=176, seconds=1.0)
    facts = survey(source)
    half = tmp_path / "half.mp4"
    half.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    with pytest.raises(SourceUnreadable, match=r"half\.mp4"):
        render(half, tmp_path / "work.mp4", facts, paint=paint, container_tags={}, quality=FAST)
    assert not (tmp_path / "work.mp4").exists()


def test_fewer_packets_than_the_inventory_counted_is_an_error(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mp4", width=128, height=64, seconds=0.4)
    facts = survey(source)
    more = facts.tracks[0].model_copy(update={"packets": facts.tracks[0].packets + 1})
    changed = facts.model_copy(update={"tracks": (more, *facts.tracks[1:]), "is_rewritable": False})
    with pytest.raises(SourceUnreadable, match="10 of 11"):
        render(source, tmp_path / "work.mp4", changed, paint=paint, container_tags={}, quality=FAST)


def test_what_changes_in_mid_stream_is_refused_by_frame(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mkv", width=128, height=64, seconds=0.4)
    original = decoding.signature
    monkeypatch.setattr(decoding, "signature", lambda frame: (original(frame), frame.pts >= 200))
    with pytest.raises(SourceUnsupported, match=r"frame 5 \(0\.200 s\)"):
        run(source, tmp_path / "work.mp4")


def test_side_data_that_would_be_lost_is_refused_by_name(media_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceUnsupported, match="Dolby Vision"):
        run(media_folder / "edit_list.mp4", tmp_path / "work.mp4")


def test_missing_folder_and_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = make_clip(tmp_path / "clip.mkv", width=128, height=64, seconds=0.4)
    with pytest.raises(OutputRefused):
        run(source, tmp_path / "absent" / "work.mkv")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mux.Copies, "write", full)
    with pytest.raises(DiskFull):
        run(source, tmp_path / "work.mkv")
    assert not (tmp_path / "work.mkv").exists()


def test_a_really_full_disk(tmp_path: Path) -> None:
    """Everything written to /dev/full fails for want of space."""
    device = Path("/dev/full")
    if not device.exists():
        pytest.skip("no /dev/full here")
    work = tmp_path / "work.mkv"
    work.symlink_to(device)
    source = make_clip(tmp_path / "clip.mkv", width=128, height=64, seconds=0.4)
    with pytest.raises(LabelerError) as caught:
        run(source, work)
    assert isinstance(caught.value, DiskFull)


def test_two_video_tracks_are_refused(media_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceUnsupported, match="2 video tracks"):
        run(media_folder / "nasa_13013.mp4", tmp_path / "work.mp4")


@pytest.mark.parametrize("name", ["bt601.mov", "gesture_book.mkv", "chapters.mp4", "captions_608.mp4"])
def test_real_clips_lose_nothing(name: str, media_folder: Path, tmp_path: Path) -> None:
    source = media_folder / name
    run(source, tmp_path / name, threads=None)
    checks = compare(survey(source), survey(tmp_path / name), allowed=ALLOWED_BY_RENDER)
    assert [check.message for check in checks if check.status is not Status.PASS] == []


def test_handover_keeps_order_and_depth() -> None:
    queue: Handover[int] = Handover(2)
    largest = 0

    def fill() -> None:
        for number in range(50):
            queue.put(number)
        queue.finish()

    thread = threading.Thread(target=fill)
    thread.start()
    taken = []
    while (item := queue.take()) is not None:
        largest = max(largest, len(queue._items))
        taken.append(item)
    thread.join()
    assert taken == list(range(50)) and largest <= 2


def test_handover_lets_go_of_a_waiting_maker() -> None:
    queue: Handover[int] = Handover(1)
    ended: list[type[BaseException]] = []

    def fill() -> None:
        try:
            for number in range(3):
                queue.put(number)
        except Closed as error:
            ended.append(type(error))

    thread = threading.Thread(target=fill)
    thread.start()
    queue.close()
    thread.join(timeout=10)
    assert ended == [Closed]


def test_painted_planes_are_those_of_the_frame(tmp_path: Path) -> None:
    """A view of a copy would leave the output unpainted."""
    frame = av.VideoFrame(64, 32, "yuv420p")
    planes(frame, writable=True)[0][:] = 77
    assert np.all(frame.to_ndarray()[:32] == 77)
