"""Sabotage of what a partial rendering left alone: a packet that was not to change, a picture beside a seam, samples
around the mention; each changed by ffmpeg or a byte edit, and the file sealed again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import pytest

from labeler.media.compare import allowed_for
from labeler.media.rendering import Rendering, Run
from labeler.rules.programme import asked
from tests.clips import make_clip
from tests.faults.conftest import make_good
from tests.faults.harness import Good, add_xmp, assert_caught, ffmpeg, hand_to_gate, reseal
from tests.faults.test_media_faults import REMUX

ELSEWHERE = 150
"""A packet that no seam is near: the mention ends at 4 s of 8, at 25 pictures a second."""
BESIDE = 102
"""The second packet after the seam."""


@pytest.fixture(scope="module")
def good_smart(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """A clip of eight seconds of which the first four show the mention: the other packets are the source's."""
    folder = tmp_path_factory.mktemp("good_smart")
    good = make_good(folder, make_clip(folder / "clip.mp4", seconds=8), programme=asked("0", "4"))
    rendering = good.order.item.rendering
    assert rendering is not None and rendering.way == "smart"
    assert rendering.renewed == (Run(start=0, stop=100),)
    return good


@pytest.fixture(scope="module")
def good_splice(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """An uncompressed clip, so that outside the mention all samples are the source's, with a plan that
    says so: only a part of each picture is new."""
    folder = tmp_path_factory.mktemp("good_splice")
    good = make_good(folder, make_clip(folder / "clip.mov", seconds=1, codec="v210", pixel_format="yuv422p10le"))
    count = 25
    claim = Rendering(way="splice", frames=count, total=count, renewed=(Run(start=0, stop=count),), keeps_boxes=True)
    return with_rendering(good, claim)


def with_rendering(good: Good, rendering: Rendering) -> Good:
    changes = {"rendering": rendering, "allowed": allowed_for(rendering)}
    return replace(good, order=replace(good.order, item=good.order.item.model_copy(update=changes)))


def statuses(good: Good) -> dict[str, str]:
    return {check.id: check.status for check in good.checks}


def place_of(path: Path, number: int) -> tuple[int, int]:
    """Where the bytes of the video's packet with this number are in the file, and how many."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    position = packets[number].pos
    assert position is not None
    return position, packets[number].size


def edited(good: Good, folder: Path, number: int) -> Path:
    """The last byte but one of a packet changed: still a picture, and one that decodes."""
    position, size = place_of(good.unsealed, number)
    content = bytearray(good.unsealed.read_bytes())
    content[position + size - 2] ^= 0x10
    broken = folder / "broken.mp4"
    broken.write_bytes(content)
    return reseal(good, broken, folder / "sealed" / good.released.name)


def test_what_is_left_alone_passes(good_smart: Good) -> None:
    found = statuses(good_smart)
    assert found["media.untouched"] == found["media.seams"] == "pass" and "media.outside" not in found
    told = next(check.message for check in good_smart.checks if check.id == "media.untouched")
    assert told == "100 of 200 packets are the source's, byte for byte."


def test_a_packet_that_was_to_stay_is_caught(good_smart: Good, tmp_path: Path) -> None:
    """One bit of one packet, far from what was coded again."""
    result = hand_to_gate(good_smart, edited(good_smart, tmp_path, ELSEWHERE), tmp_path)
    related = ("media.decodes", "media.quality", "media.captions")
    assert_caught(good_smart, result, tmp_path, "media.untouched", related=related)


def test_a_time_that_was_to_stay_is_caught(good_smart: Good, tmp_path: Path) -> None:
    """Two pictures change places in time, by ffmpeg."""
    shift = f"setts=pts=PTS+64*eq(N\\,{ELSEWHERE}):dts=DTS"
    broken = ffmpeg(good_smart.rendered, tmp_path / "broken.mp4", *REMUX, "-bsf:v", shift)
    candidate = reseal(good_smart, add_xmp(good_smart, broken), tmp_path / "sealed" / good_smart.released.name)
    related = ("media.timestamps", "media.captions", "media.seams", "media.quality")
    assert_caught(
        good_smart, hand_to_gate(good_smart, candidate, tmp_path), tmp_path, "media.untouched", related=related
    )


def test_a_picture_beside_a_seam_is_caught(good_smart: Good, tmp_path: Path) -> None:
    result = hand_to_gate(good_smart, edited(good_smart, tmp_path, BESIDE), tmp_path)
    related = ("media.untouched", "media.decodes", "media.quality", "media.captions")
    assert_caught(good_smart, result, tmp_path, "media.seams", related=related)


def test_a_rendering_that_says_too_little_is_caught(good_smart: Good, tmp_path: Path) -> None:
    """The same bytes, with a plan that names only half of what is new."""
    rendering = good_smart.order.item.rendering
    assert rendering is not None
    less = rendering.model_copy(update={"renewed": (Run(start=0, stop=50),), "frames": 50})
    candidate = reseal(good_smart, good_smart.unsealed, tmp_path / "sealed" / good_smart.released.name)
    result = hand_to_gate(with_rendering(good_smart, less), candidate, tmp_path)
    assert_caught(good_smart, result, tmp_path, "media.untouched", "media.seams")


def test_samples_around_the_mention_are_caught(good_splice: Good, tmp_path: Path) -> None:
    """One line at the bottom, far from the mention, a step brighter: too little for the check of quality."""
    result = hand_to_gate(good_splice, good_splice.released, tmp_path / "same")
    assert result.verdict is not None and result.status == "released"
    good = replace(good_splice, checks=result.verdict.checks)
    assert statuses(good)["media.outside"] == "pass"
    line = "geq=lum='lum(X,Y)+eq(Y,350)':cb='cb(X,Y)':cr='cr(X,Y)'"
    coding = ("-c:v", "v210", "-vf", line, "-video_track_timescale", "12800")
    broken = ffmpeg(good.rendered, tmp_path / "broken.mov", *REMUX, *coding)
    candidate = reseal(good, add_xmp(good, broken), tmp_path / "sealed" / good.released.name)
    assert_caught(good, hand_to_gate(good, candidate, tmp_path), tmp_path, "media.outside")


@pytest.fixture(scope="module")
def good_jpeg2000(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """JPEG 2000 without loss, of which the first pictures alone show the mention."""
    folder = tmp_path_factory.mktemp("good_jpeg2000")
    options = {"format": "j2k", "pred": "dwt53"}
    clip = make_clip(
        folder / "clip.mov", seconds=2, rate=10, codec="jpeg2000", pixel_format="yuv422p10le", options=options
    )
    good = make_good(folder, clip, programme=asked("0", "1"))
    rendering = good.order.item.rendering
    assert rendering is not None and (rendering.way, rendering.renewed) == ("smart", (Run(start=0, stop=10),))
    return good


def test_a_codestream_that_was_to_stay_is_caught(good_jpeg2000: Good, tmp_path: Path) -> None:
    """One bit of the last bytes of one picture, which decodes nearly as before."""
    assert statuses(good_jpeg2000)["media.untouched"] == "pass"
    broken = edited(good_jpeg2000, tmp_path, 16)
    result = hand_to_gate(good_jpeg2000, broken, tmp_path)
    related = ("media.decodes", "media.quality", "media.side_data")
    assert_caught(good_jpeg2000, result, tmp_path, "media.untouched", related=related)
