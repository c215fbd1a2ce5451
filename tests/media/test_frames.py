"""Frames by exact time: each picture shows its own number, so a wrong one is seen."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.errors import SourceUnreadable, SourceUnsupported
from labeler.media import frames as module
from labeler.media.frames import FrameReader
from labeler.media.picture import Picture, PictureFormat
from labeler.media.timeline import UNKNOWN, Timeline

WIDTH, HEIGHT, RATE, COUNT = 128, 96, 25, 60
BITS = 6


def coded(number: int) -> np.ndarray:
    """Grey frame whose left-most blocks of 16 px spell its number in binary, top to bottom."""
    image = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    for bit in range(BITS):
        image[bit * 16 : bit * 16 + 16, :16] = 235 if number >> bit & 1 else 16
    return image


def number_in(picture: Picture) -> int:
    scale = 1 << (picture.format.bits - 8)
    return sum(
        int(picture.planes[0][bit * 16 + 4 : bit * 16 + 12, 4:12].mean() > 125 * scale) << bit for bit in range(BITS)
    )


def make(
    path: Path,
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    params: str = "keyint=20:min-keyint=20:scenecut=0:bframes=3",
    step: int = 1,
    start: int = 0,
) -> Path:
    option = "x264-params" if codec == "libx264" else "x265-params"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, options={option: params, "preset": "fast", "crf": "12"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixel_format
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(COUNT):
            frame = av.VideoFrame.from_ndarray(coded(number), format="rgb24").reformat(format=pixel_format)
            # Uneven steps: every third frame is shown for longer.
            frame.pts = start + number * 40 + (number % 3) * 7 * step
            frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


OPEN_GOP_HEVC = "keyint=20:min-keyint=20:scenecut=0:bframes=3:open-gop=1:log-level=error"
KINDS = {
    "mp4": ("libx264", "yuv420p", "keyint=20:min-keyint=20:scenecut=0:bframes=3", "mp4"),
    "open-gop": ("libx264", "yuv420p", "keyint=20:min-keyint=20:scenecut=0:bframes=3:open-gop=1", "mp4"),
    "refresh": ("libx264", "yuv420p", "keyint=20:min-keyint=20:scenecut=0:bframes=0:intra-refresh=1", "mp4"),
    "hevc-10-open": ("libx265", "yuv420p10le", OPEN_GOP_HEVC, "mp4"),
    "hevc-mkv": ("libx265", "yuv420p", OPEN_GOP_HEVC, "mkv"),
    "mov-444": ("libx264", "yuv444p", "keyint=20:min-keyint=20:scenecut=0:bframes=0", "mov"),
}


@pytest.fixture(scope="module", params=sorted(KINDS))
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    codec, pixel_format, params, suffix = KINDS[request.param]
    path = tmp_path_factory.mktemp("frames") / f"{request.param}.{suffix}"
    return make(path, codec=codec, pixel_format=pixel_format, params=params, start=80 if suffix == "mkv" else 0)


def time_of(number: int) -> Fraction:
    return Fraction(number * 40 + number % 3 * 7, 1000)


def test_every_frame_alone(clip: Path) -> None:
    with FrameReader(clip, 0) as reader:
        assert reader.frame_count == COUNT
        for number in (0, 59, 1, 19, 20, 21, 17, 18, 40, 39, 58, 3):
            (picture,) = reader.pictures([time_of(number)])
            assert (picture.seconds, picture.index, number_in(picture)) == (time_of(number), number, number)
        assert reader.faults == []


def test_all_frames_in_one_batch_whatever_the_order_asked(clip: Path) -> None:
    with FrameReader(clip, 0) as reader:
        times = [time_of(number) for number in reversed(range(COUNT))]
        kept = list(reader.pictures(times))
    assert [number_in(picture) for picture in kept] == list(range(COUNT))  # each still valid after the last


def test_time_between_frames_belongs_to_the_earlier_one(clip: Path) -> None:
    with FrameReader(clip, 0) as reader:
        asked = [Fraction(0), time_of(7) + Fraction(1, 1000), time_of(8) - Fraction(1, 10**6), reader.duration + 5]
        assert [number_in(picture) for picture in reader.pictures(asked)] == [0, 7, 7, COUNT - 1]
        with pytest.raises(ValueError):
            list(reader.pictures([Fraction(-1, 25)]))


def test_neighbours_last_and_duration(clip: Path) -> None:
    with FrameReader(clip, 0) as reader:
        assert reader.neighbours(time_of(7)) == (time_of(6), time_of(7), time_of(8))
        assert reader.neighbours(Fraction(0))[0] is None
        assert reader.neighbours(time_of(COUNT - 1))[2] is None
        last = reader.last()
        assert last is not None and number_in(last) == COUNT - 1
        assert time_of(COUNT - 1) < reader.duration <= time_of(COUNT - 1) + Fraction(1, 10)


def test_keyframes_cost_one_packet_each(clip: Path) -> None:
    with FrameReader(clip, 0) as reader:
        assert len(reader.keyframes) == 3
        fed: list[int] = []
        original = reader._decode
        reader._decode = lambda packet: fed.append(packet is not None) or original(packet)  # type: ignore[method-assign]
        pictures = list(reader.pictures(reader.keyframes))
        assert [picture.seconds for picture in pictures] == list(reader.keyframes)
        assert all(picture.is_keyframe for picture in pictures)
        # Where pictures recover little by little, a key alone gives none: decoding begins one key earlier.
        assert sum(fed) == (3 + 2 * 21 if clip.stem == "refresh" else 3)


def test_each_group_is_decoded_at_most_once(tmp_path: Path) -> None:
    path = make(tmp_path / "clip.mp4")
    with FrameReader(path, 0) as reader:
        fed: list[int] = []
        original = reader._decode
        reader._decode = lambda packet: fed.append(packet is not None) or original(packet)  # type: ignore[method-assign]
        list(reader.pictures([time_of(number) for number in range(COUNT)]))
        assert sum(fed) == COUNT


def test_hook_sees_each_picture_once(clip: Path) -> None:
    seen: list[Picture] = []
    with FrameReader(clip, 0) as reader:
        reader.on_picture = seen.append
        given = list(reader.pictures([time_of(3), time_of(3), time_of(5)]))
    assert [picture.index for picture in seen] == [3, 5]
    assert [picture.index for picture in given] == [3, 3, 5]


def test_planes_are_read_only_views_of_the_right_depth(clip: Path) -> None:
    with FrameReader(clip, 0) as reader:
        (picture,) = reader.pictures([Fraction(0)])
    across, down = picture.format.subsampling
    assert [plane.shape for plane in picture.planes] == [(HEIGHT, WIDTH), *[(HEIGHT // down, WIDTH // across)] * 2]
    assert {plane.dtype for plane in picture.planes} == {np.dtype("u1" if picture.format.bits == 8 else "<u2")}
    with pytest.raises(ValueError):
        picture.planes[0][0, 0] = 1


@pytest.mark.parametrize(
    ("height", "colorspace", "color_range", "pixel_format", "expected"),
    [
        (480, 2, 0, "yuv420p", ("bt601", False)),
        (720, 2, 0, "yuv420p", ("bt709", False)),
        (480, 1, 1, "yuv420p", ("bt709", False)),
        (1080, 6, 2, "yuv420p", ("bt601", True)),
        (480, 9, 0, "yuvj420p", ("bt2020", True)),
    ],
)
def test_picture_format_resolves_what_is_left_open(
    height: int, colorspace: int, color_range: int, pixel_format: str, expected: tuple[str, bool], tmp_path: Path
) -> None:
    path = make(tmp_path / "clip.mp4")
    frame = av.VideoFrame(64, height, pixel_format)
    frame.colorspace, frame.color_range = colorspace, color_range
    with av.open(str(path)) as container:
        found = module.picture_format(container.streams.video[0], frame, path)
    assert (found.matrix, found.full_range) == expected
    assert (found.width, found.height, found.bits, found.subsampling, found.sar) == (64, height, 8, (2, 2), 1)


def test_unknown_samples_and_matrix_are_refused_by_name(tmp_path: Path) -> None:
    path = make(tmp_path / "clip.mp4")
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        with pytest.raises(SourceUnsupported, match="rgb24"):
            module.picture_format(stream, av.VideoFrame(64, 64, "rgb24"), path)
        odd = av.VideoFrame(64, 64, "yuv420p")
        odd.colorspace = 14  # ICtCp
        with pytest.raises(SourceUnsupported, match="matrix 14"):
            module.picture_format(stream, odd, path)


def rotated(path: Path, degrees: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height = 64, 32
        stream.set_display_rotation(-degrees)  # PyAV counts the other way round
        image = np.zeros((32, 64, 3), np.uint8)
        image[:16, :32] = 255  # the stored frame's top left quarter is white
        container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(("degrees", "corner"), [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_rotation_is_clockwise(degrees: int, corner: tuple[int, int], tmp_path: Path) -> None:
    with FrameReader(rotated(tmp_path / "turned.mp4", degrees), 0) as reader:
        (picture,) = reader.pictures([Fraction(0)])
        assert reader.format.rotation == degrees
    luma = picture.luma()
    white = [at for at in ((0, 0), (0, -1), (-1, -1), (-1, 0)) if luma[at] > 128]
    assert white == [corner]
    assert luma.shape == ((64, 32) if degrees in (90, 270) else (32, 64))


def test_mirror_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mirror.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width = stream.height = 64
        stream.set_display_rotation(0, hflip=True)
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode())
    with pytest.raises(SourceUnsupported, match="mirrors"), FrameReader(path, 0):
        pass


def test_real_rotation(media_folder: Path) -> None:
    with FrameReader(media_folder / "rotated_270.mp4", 0) as reader:
        assert reader.format == PictureFormat(1280, 720, 8, (2, 2), "bt709", False, 270, Fraction(1))
        assert reader.format.display_size == (720, 1280)


def test_edit_list_counts_from_the_first_shown_frame(media_folder: Path) -> None:
    with FrameReader(media_folder / "edit_list.mp4", 0) as reader:
        assert reader.frame_count == 77  # 86 packets, 9 of which the edit list hides
        (first,) = reader.pictures([Fraction(0)])
        assert (first.seconds, first.index) == (0, 0)
        assert len(list(reader.pictures(reader.time_of(index) for index in range(77)))) == 77


def test_a_damaged_picture_is_a_fault_and_no_exception(tmp_path: Path) -> None:
    path = make(tmp_path / "clip.mp4")
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size, packet.pts) for packet in container.demux(video=0) if packet.size]
    at, size, _ = packets[25]
    data = bytearray(path.read_bytes())
    data[at + 8 : at + size] = bytes(255 - byte for byte in data[at + 8 : at + size])
    path.write_bytes(data)
    with FrameReader(path, 0) as reader:
        list(reader.pictures([time_of(number) for number in range(COUNT)]))
        assert reader.faults
        before = len(reader.faults)
        assert number_in(next(reader.pictures([time_of(3)]))) == 3  # the group before it is whole
        assert len(reader.faults) == before


def test_no_such_track(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable), FrameReader(make(tmp_path / "clip.mp4"), 3):
        pass


def test_leading_pictures_start_one_group_earlier() -> None:
    """Decode order I0 P2 B1 | I5 B3 B4 P6: 3 and 4 are shown before the keyframe that they follow."""
    pts = np.array([0, 2, 1, 5, 3, 4, 6], dtype=np.int64)
    order = np.argsort(pts)
    timeline = Timeline(
        Fraction(1, 25), pts, np.full(7, UNKNOWN), np.array([0, 3]), order.astype(np.int64), pts[order], pts[order], 7
    )
    assert [timeline.start_for(position) for position in range(7)] == [0, 0, 0, 3, 0, 0, 3]
    assert timeline.duration == Fraction(7, 25)
    assert [timeline.is_key(position) for position in range(7)] == [True, False, False, True, False, False, False]
