"""Sabotage of what a partial rendering left alone: a packet that was not to change, a picture beside a seam, samples
around the mention, alpha; each changed by ffmpeg or a byte edit, and the file sealed again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.media.compare import allowed_for
from labeler.media.intra.avc_packet import head_of
from labeler.media.rendering import Rendering, Run
from labeler.rules.programme import asked
from tests.avc_intra import I100, make, packets
from tests.clips import make_alpha_clip, make_clip
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


@pytest.fixture(scope="module")
def good_alpha(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """ProRes 4444 that is opaque above and transparent to several degrees below."""
    folder = tmp_path_factory.mktemp("good_alpha")
    rows = np.broadcast_to(np.arange(360)[:, None], (360, 640))
    good = make_good(folder, make_alpha_clip(folder / "clip.mov", lambda _: np.where(rows < 160, 1023, rows)))
    rendering = good.order.item.rendering
    assert rendering is not None and rendering.way == "splice"
    return good


@pytest.fixture(scope="module")
def good_in_place(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """AVC-Intra with fields in MOV, of which the first ten pictures of 25 show the mention in the bytes of the old."""
    folder = tmp_path_factory.mktemp("good_in_place")
    source = make(folder / "clip.mov", I100, picked=range(25))
    good = make_good(folder, source, programme=asked("0", "0.4"))
    rendering = good.order.item.rendering
    assert rendering is not None and rendering.way == "in_place"
    assert rendering.renewed == (Run(start=0, stop=10),)
    return good


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
    return changed(good, folder, number, -2)


def changed(good: Good, folder: Path, number: int, at: int) -> Path:
    """One bit of a packet changed: of its byte with this number, or counted from its end."""
    position, size = place_of(good.unsealed, number)
    content = bytearray(good.unsealed.read_bytes())
    content[position + at % size] ^= 0x10
    broken = folder / f"broken{good.unsealed.suffix}"
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


def with_other_alpha(good: Good, folder: Path, x: int, y: int) -> Path:
    """One bit in the alpha of the slice at this pixel, in every picture: it begins with a difference to opaque of 16
    bits behind one that says so, so its second bit is worth half of all values (SMPTE RDD 36)."""
    content = bytearray(good.unsealed.read_bytes())
    for number in range(25):
        start, _ = place_of(good.unsealed, number)
        picture = start + 8 + int.from_bytes(content[start + 8 : start + 10], "big")
        table, slices = picture + (content[picture] >> 3), (640 // 128) * -(-360 // 16)
        sizes = np.frombuffer(content, ">u2", slices, table).astype(int).tolist()
        wanted = y // 16 * (640 // 128) + x // 128
        at = table + 2 * slices + sum(sizes[:wanted])
        colours = (content[at] >> 3) + int(np.frombuffer(content, ">u2", 3, at + 2).sum())
        assert colours < sizes[wanted] and content[at + colours] & 0x80
        content[at + colours] ^= 0x40
    broken = folder / "broken.mov"
    broken.write_bytes(content)
    return reseal(good, broken, folder / "sealed" / good.released.name)


def test_alpha_under_the_mention_is_caught(good_alpha: Good, tmp_path: Path) -> None:
    """Half transparent there: alpha was to stay inside of the box too, and the mention is not wholly seen."""
    found = statuses(good_alpha)
    assert found["media.outside"] == found["mention.opaque"] == "pass"
    x, y, width, height = good_alpha.order.item.mention[0].box
    candidate = with_other_alpha(good_alpha, tmp_path, x + width // 2, y + height // 2)
    result = hand_to_gate(good_alpha, candidate, tmp_path)
    assert_caught(good_alpha, result, tmp_path, "media.outside", "mention.opaque")
    assert result.verdict is not None and result.verdict.disclosure != "declared"


def test_alpha_elsewhere_is_caught(good_alpha: Good, tmp_path: Path) -> None:
    """The lower left corner, where nothing was painted."""
    result = hand_to_gate(good_alpha, with_other_alpha(good_alpha, tmp_path, 8, 300), tmp_path)
    assert_caught(good_alpha, result, tmp_path, "media.outside")


def test_a_byte_that_fills_up_an_old_packet_is_caught(good_in_place: Good, tmp_path: Path) -> None:
    """Behind the last slice of AVC-Intra, where no decoder looks."""
    found = statuses(good_in_place)
    assert found["media.untouched"] == found["media.seams"] == "pass"
    result = hand_to_gate(good_in_place, edited(good_in_place, tmp_path, 20), tmp_path)
    assert_caught(good_in_place, result, tmp_path, "media.untouched")


def test_a_slice_beside_a_seam_is_caught(good_in_place: Good, tmp_path: Path) -> None:
    """Every picture is a key, so it is the next one alone that a decoder goes on with."""
    packet = packets(good_in_place.unsealed)[10]
    at = head_of(packet, 0) + 400
    result = hand_to_gate(good_in_place, changed(good_in_place, tmp_path, 10, at), tmp_path)
    related = ("media.untouched", "media.decodes", "media.quality", "media.captions")
    assert_caught(good_in_place, result, tmp_path, "media.seams", related=related)


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
