"""The quality of the pictures outside the mention, and whether they decode: each check is shown to fail."""

from __future__ import annotations

from fractions import Fraction
from math import log10
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.media import quality
from labeler.media.frames import Fault, FrameReader, Learnt
from labeler.media.picture import Picture, PictureFormat
from labeler.media.quality import QualityMeter, check_decodes, decodes, mask_outside, psnr, summary
from labeler.verdict import Status
from tests.clips import make_clip

BOX = (200, 20, 80, 30)


def format_of(width: int, height: int, bits: int = 8, rotation: int = 0) -> PictureFormat:
    return PictureFormat(width, height, bits, (2, 2), "bt709", False, rotation, Fraction(1))


def picture(luma: np.ndarray, bits: int = 8) -> Picture:
    return Picture((luma,), format_of(luma.shape[1], luma.shape[0], bits), Fraction(0), 0, True)


@pytest.mark.parametrize("bits", [8, 10])
def test_psnr_follows_its_definition(bits: int) -> None:
    kind = np.uint8 if bits == 8 else np.uint16
    one, other = np.full((64, 96), 100, kind), np.full((64, 96), 103, kind)
    mask = mask_outside((), format_of(96, 64))
    peak = 2**bits - 1
    assert psnr(picture(other, bits), picture(one, bits), mask) == pytest.approx(10 * log10(peak**2 / 9))
    assert psnr(picture(one, bits), picture(one, bits), mask) == quality.IDENTICAL_DB


def test_what_happens_inside_the_padded_box_does_not_count() -> None:
    one = np.full((96, 160), 100, np.uint8)
    other = one.copy()
    other[40 - 16 : 50 + 16, 60 - 16 : 90 + 16] = 255
    mask = mask_outside([(60, 40, 30, 10)], format_of(160, 96))
    assert psnr(picture(other), picture(one), mask) == quality.IDENTICAL_DB
    other[40 - 17, 60] = 255  # one pixel above the padding
    assert psnr(picture(other), picture(one), mask) < quality.IDENTICAL_DB  # type: ignore[operator]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_mask_turns_with_the_picture(rotation: int) -> None:
    turned = format_of(160, 96, rotation=rotation)
    stored = mask_outside([(0, 0, 4, 4)], turned)
    assert stored.shape == (96, 160)
    shown = Picture((stored,), turned, Fraction(0), 0, True).luma()
    assert shown.shape[::-1] == turned.display_size
    assert not shown[:20, :20].any() and shown[20:, :].all() and shown[:, 20:].all()


def test_a_frame_that_is_all_box_is_not_measured() -> None:
    flat = np.zeros((32, 32), np.uint8)
    assert psnr(picture(flat), picture(flat), mask_outside([(0, 0, 32, 32)], format_of(32, 32))) is None


def test_summary_never_rounds_up_over_the_bar() -> None:
    levels = [39.9999] + [50.0] * 199
    assert summary(levels) == {"frames": 200, "min": 39.99, "p1": 50.0, "mean": 49.94}
    assert summary([40.0] * 3 + [60.0] * 97)["p1"] == 40.0


def again(source: Path, path: Path, *, crf: str = "12", blur: bool = False, scale: int = 1) -> Path:
    """The clip encoded again by plain PyAV, its mention a white box, optionally with blurred pictures."""
    with av.open(str(source)) as given, av.open(str(path), "w") as made:
        shown = given.streams.video[0]
        stream = made.add_stream("libx264", rate=25, options={"crf": crf, "preset": "ultrafast"})
        stream.width, stream.height = shown.width // scale, shown.height // scale
        stream.time_base = stream.codec_context.time_base = shown.time_base
        for frame in given.decode(shown):
            image = frame.reformat(width=stream.width, height=stream.height, format="yuv420p").to_ndarray()
            if blur:
                luma = image[: stream.height].astype(np.float32)
                image[: stream.height] = sum(np.roll(luma, step, axis) for step in range(-3, 4) for axis in (0, 1)) / 14
            x, y, w, h = BOX
            image[y : y + h, x : x + w] = 235
            changed = av.VideoFrame.from_ndarray(image, format="yuv420p")
            changed.pts, changed.time_base = frame.pts, frame.time_base
            made.mux(stream.encode(changed))
        made.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("quality") / "source.mp4", width=320, height=180, seconds=1, sound=False)


def measured(source: Path, output: Path, boxes: tuple[quality.Box, ...] = (BOX,)) -> quality.Check:
    with FrameReader(source, 0) as original, FrameReader(output, 0) as reader:
        meter = QualityMeter(original, boxes)
        reader.on_picture = meter.see
        list(reader.pictures(reader.time_of(index) for index in range(0, reader.frame_count, 2)))
        return meter.check()


def test_a_good_output_passes_and_says_its_figures(source: Path, tmp_path: Path) -> None:
    check = measured(source, again(source, tmp_path / "good.mp4"))
    assert (check.id, check.layer, check.status, check.track) == ("media.quality", "media", Status.PASS, 0)
    assert check.measured["frames"] == 13
    assert 40 <= check.measured["min"] <= check.measured["p1"] <= check.measured["mean"]


def test_blurred_pictures_fail(source: Path, tmp_path: Path) -> None:
    check = measured(source, again(source, tmp_path / "blurred.mp4", blur=True))
    assert check.status is Status.FAIL
    assert check.measured["min"] < 40
    assert "worst at" in check.message


def test_the_mention_itself_counts_where_no_box_is_left_out(source: Path, tmp_path: Path) -> None:
    output = again(source, tmp_path / "good.mp4")
    assert measured(source, output).status is Status.PASS
    assert measured(source, output, ()).status is Status.FAIL


def test_other_size_and_other_times_fail(source: Path, tmp_path: Path) -> None:
    assert measured(source, again(source, tmp_path / "small.mp4", scale=2)).status is Status.FAIL
    longer = make_clip(tmp_path / "long.mp4", width=320, height=180, seconds=2, sound=False)
    check = measured(source, longer)
    assert check.status is Status.FAIL
    assert "no picture at the time" in check.message


def test_nothing_seen_is_not_checked(source: Path) -> None:
    with FrameReader(source, 0) as original:
        assert QualityMeter(original, ()).check().status is Status.NOT_CHECKED


def test_decodes_passes_fails_and_is_not_checked(source: Path, tmp_path: Path) -> None:
    with FrameReader(source, 0) as reader:
        assert check_decodes(reader).status is Status.NOT_CHECKED
        list(reader.pictures(reader.keyframes))
        assert (check_decodes(reader).id, check_decodes(reader).status) == ("media.decodes", Status.PASS)
    broken = tmp_path / "broken.mp4"
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        key = next(packet for packet in container.demux(video=0) if packet.is_keyframe)
    # Sparing the length and the slice's head: the sample is found, and does not decode.
    for at in range(key.pos + key.size // 2, key.pos + key.size):
        data[at] ^= 0xFF
    broken.write_bytes(data)
    with FrameReader(broken, 0, Learnt(format_of(320, 180))) as reader:
        list(reader.pictures(reader.keyframes))
        check = check_decodes(reader)
    assert check.status is Status.FAIL
    assert "0.000 s" in check.message


def test_a_fault_without_a_time_is_still_told() -> None:
    assert decodes(3, [Fault(None, "no picture")], 0).status is Status.FAIL
