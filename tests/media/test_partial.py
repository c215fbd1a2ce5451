"""Claims of partial renderings, true and false, over real packets and pictures; what is wrong is made here by PyAV or
by an edit of bytes, never by the writer."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.media.around import check_outside, grid_of
from labeler.media.messages import heard
from labeler.media.picture import PictureFormat
from labeler.media.post_check import partial_checks
from labeler.media.rendering import Rendering, Run
from labeler.media.seams import check_seams
from labeler.media.side_by_side import on_plane, outside
from labeler.media.survey import survey
from labeler.media.untouched import CRA, check_untouched, units_of
from labeler.verdict import Check, Status
from tests.clips import make_clip, picture

COUNT = 100
BOTH = (0, 0)
LEADING = "keyint=25:min-keyint=25:open-gop=1:bframes=4:b-adapt=2:rc-lookahead=20:scenecut=0:log-level=none"
CRA_AT = 46
"""The number of the third key in this clip: four pictures that it leads follow it."""
Edit = Callable[[list[av.Packet]], None]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds, a key each second, B-pictures."""
    return make_clip(tmp_path_factory.mktemp("partial") / "clip.mp4", width=320, height=180, seconds=4, sound=False)


@pytest.fixture(scope="module")
def open_gop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HEVC whose keys lead pictures: each but the first is a CRA."""
    path = tmp_path_factory.mktemp("open") / "clip.mp4"
    return make_clip(
        path,
        width=320,
        height=180,
        seconds=4,
        sound=False,
        codec="libx265",
        options={"x265-params": LEADING, "preset": "medium"},
    )


def claim(
    *runs: tuple[int, int], retyped: tuple[int, ...] = (), way: str = "smart", keeps_boxes: bool = True
) -> Rendering:
    new = sum(stop - start for start, stop in runs)
    renewed = tuple(Run(start=start, stop=stop) for start, stop in runs)
    told = {"way": way, "frames": new - len(retyped), "total": COUNT, "renewed": renewed, "retyped": retyped}
    return Rendering.model_validate(told | {"keeps_boxes": keeps_boxes})


def edited(path: Path, target: Path, edit: Edit) -> Path:
    """The same packets in a new file, changed by `edit`."""
    with av.open(str(path)) as source, av.open(str(target), "w") as written:
        original = source.streams.video[0]
        stream = written.add_stream_from_template(original)
        packets = [packet for packet in source.demux(original) if packet.size]
        edit(packets)
        for packet in packets:
            packet.stream = stream
            written.mux(packet)
    return target


def replaced(packet: av.Packet, data: bytes) -> av.Packet:
    changed = av.Packet(data)
    changed.pts, changed.dts, changed.duration = packet.pts, packet.dts, packet.duration
    changed.time_base, changed.is_keyframe = packet.time_base, packet.is_keyframe
    return changed


def flip(number: int) -> Edit:
    """One bit late in a packet: it still decodes, to another picture."""

    def edit(packets: list[av.Packet]) -> None:
        data = bytearray(packets[number])
        data[len(data) * 3 // 4] ^= 0x10
        packets[number] = replaced(packets[number], bytes(data))

    return edit


def nothing(packets: list[av.Packet]) -> None:
    """The file is written anew, and that is all."""


def seams(source: Path, output: Path, rendering: Rendering) -> Check:
    found = check_seams(source, output, BOTH, rendering)
    assert found is not None
    return found


# --- packets ----------------------------------------------------------------------------------------------------------


def test_fewer_changes_than_claimed_are_fine(clip: Path, tmp_path: Path) -> None:
    check = check_untouched(clip, edited(clip, tmp_path / "o.mp4", nothing), BOTH, claim((25, 50)))
    assert check.status is Status.PASS and check.message == "75 of 100 packets are the source's, byte for byte."
    assert check.measured == {"packets": 100, "identical": 100, "renewed": 25, "retyped": 0}


@pytest.mark.parametrize(("number", "status"), [(24, "fail"), (25, "pass"), (49, "pass"), (50, "fail"), (99, "fail")])
def test_a_change_belongs_inside_the_runs(clip: Path, tmp_path: Path, number: int, status: str) -> None:
    check = check_untouched(clip, edited(clip, tmp_path / "o.mp4", flip(number)), BOTH, claim((25, 50)))
    assert check.status == status and (status == "pass" or f"(packet {number})" in check.message)


def test_two_packets_that_changed_places_are_told(clip: Path, tmp_path: Path) -> None:
    def swap(packets: list[av.Packet]) -> None:
        first, second = bytes(packets[60]), bytes(packets[61])
        packets[60], packets[61] = replaced(packets[60], second), replaced(packets[61], first)

    check = check_untouched(clip, edited(clip, tmp_path / "o.mp4", swap), BOTH, claim((25, 50)))
    assert check.status is Status.FAIL and "other bytes (packet 60, 61)" in check.message


def test_a_missing_packet_is_told(clip: Path, tmp_path: Path) -> None:
    output = edited(clip, tmp_path / "o.mp4", lambda packets: packets.pop())
    check = check_untouched(clip, output, BOTH, claim((25, 50)))
    assert check.status is Status.FAIL and "99 packets instead of 100" in check.message


def test_an_output_that_ends_before_a_retyped_packet_is_told(open_gop: Path, tmp_path: Path) -> None:
    """And breaks nothing: a claim speaks of packets that are not there."""

    def cut(packets: list[av.Packet]) -> None:
        del packets[40:]

    output, claimed = edited(open_gop, tmp_path / "o.mp4", cut), claim((21, 47), retyped=(CRA_AT,))
    assert check_untouched(open_gop, output, BOTH, claimed).status is Status.FAIL
    assert seams(open_gop, output, claimed).status is Status.NOT_CHECKED


def test_times_that_moved_are_told(clip: Path, tmp_path: Path) -> None:
    def late(packets: list[av.Packet]) -> None:
        packets[60].pts += 64

    check = check_untouched(clip, edited(clip, tmp_path / "o.mp4", late), BOTH, claim((25, 50)))
    assert check.status is Status.FAIL and "another time of showing (packet 60)" in check.message


def test_a_new_packet_must_take_a_time_of_the_source(clip: Path, tmp_path: Path) -> None:
    def late(packets: list[av.Packet]) -> None:
        packets[30].pts += 64

    check = check_untouched(clip, edited(clip, tmp_path / "o.mp4", late), BOTH, claim((25, 50)))
    assert check.status is Status.FAIL and "new packets at times that the source has not" in check.message


def test_a_key_that_is_no_longer_one_is_told(clip: Path, tmp_path: Path) -> None:
    def forget(packets: list[av.Packet]) -> None:
        packets[75] = replaced(packets[75], bytes(packets[75]))
        packets[75].is_keyframe = False

    check = check_untouched(clip, edited(clip, tmp_path / "o.mp4", forget), BOTH, claim((25, 50)))
    assert check.status is Status.FAIL and "a key or no longer one (packet 75)" in check.message


@pytest.mark.parametrize(
    "rendering",
    [
        claim((25, 101)),
        claim((50, 75), (25, 50)),
        claim((25, 50), (50, 60)),
        claim((50, 50)),
        claim((25, 50), retyped=(60,)),
        claim((25, 50)).model_copy(update={"frames": 26}),
        claim((25, 50)).model_copy(update={"frames": 0}),
        claim((25, 50)).model_copy(update={"total": 20}),
    ],
    ids=["too long", "out of order", "not apart", "empty", "retyped elsewhere", "frames", "no frames", "total"],
)
def test_a_claim_must_make_sense(clip: Path, rendering: Rendering) -> None:
    assert check_untouched(clip, clip, BOTH, rendering).status is Status.FAIL


def test_nothing_new_is_a_claim_too(clip: Path, tmp_path: Path) -> None:
    copy = claim(way="copy")
    assert check_untouched(clip, clip, BOTH, copy).message == "100 of 100 packets are the source's, byte for byte."
    assert check_untouched(clip, edited(clip, tmp_path / "o.mp4", flip(7)), BOTH, copy).status is Status.FAIL
    assert check_seams(clip, clip, BOTH, copy) is None


# --- a picture whose type changes -------------------------------------------------------------------------------------


def retype(packet: bytes, kind: int) -> bytes:
    """An HEVC packet (lengths of four bytes) with another type in the head of each coded slice."""
    data, at = bytearray(packet), 0
    while at < len(data):
        if (data[at + 4] >> 1 & 0x3F) <= 31:
            data[at + 4] = (data[at + 4] & 0x81) | kind << 1
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    return bytes(data)


def with_type(kind: int, *, flips: bool = False) -> Edit:
    def edit(packets: list[av.Packet]) -> None:
        data = bytearray(retype(bytes(packets[CRA_AT]), kind))
        data[-2] ^= 0x10 * flips
        packets[CRA_AT] = replaced(packets[CRA_AT], bytes(data))

    return edit


def is_cra(path: Path, number: int) -> bool:
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    return units_of(packets[number]).types == {CRA}


@pytest.mark.parametrize(
    ("kind", "flips", "status"),
    [(18, False, "pass"), (16, False, "pass"), (18, True, "fail"), (19, False, "fail"), (21, False, "fail")],
)
def test_only_its_type_may_change(open_gop: Path, tmp_path: Path, kind: int, flips: bool, status: str) -> None:
    """CRA to BLA and nothing else: not to IDR, not with another bit, not left as it was."""
    assert is_cra(open_gop, CRA_AT)
    output = edited(open_gop, tmp_path / "o.mp4", with_type(kind, flips=flips))
    check = check_untouched(open_gop, output, BOTH, claim((21, 47), retyped=(CRA_AT,)))
    assert check.status == status, check.message
    if status == "pass":
        assert check.message.endswith(", 1 more but for the type of its picture.")


def test_a_type_that_changes_without_being_named_is_told(open_gop: Path, tmp_path: Path) -> None:
    output = edited(open_gop, tmp_path / "o.mp4", with_type(18))
    assert check_untouched(open_gop, output, BOTH, claim((21, 46))).status is Status.FAIL


def test_units_with_start_codes() -> None:
    """A CRA and a BLA of two slices, in both ways to tell units apart: equal but for their types."""
    heads = {kind: bytes([kind << 1, 1]) for kind in (16, 21, 35)}
    for join in (
        lambda units: b"".join(b"\0\0\0\1" + unit for unit in units),
        lambda units: b"".join(len(u).to_bytes(4, "big") + u for u in units),
    ):
        cra, bla = (
            units_of(join([heads[35] + b"\x50", heads[kind] + b"one", heads[kind] + b"two"])) for kind in (21, 16)
        )
        assert (cra.types, bla.types) == ({21}, {16}) and cra.rest == bla.rest
        assert cra.rest != units_of(join([heads[35] + b"\x40", heads[21] + b"one", heads[21] + b"two"])).rest


# --- seams ------------------------------------------------------------------------------------------------------------


def test_pictures_beside_the_seams(clip: Path) -> None:
    """A second before the run and one after it, all the source's."""
    check = seams(clip, clip, claim((25, 50)))
    assert check.status is Status.PASS and check.measured == {"same": 50, "different": 0, "faults": 0}


def test_seams_of_an_open_group(open_gop: Path, tmp_path: Path) -> None:
    """The pictures that a CRA leads are dropped by a decoder once it is a BLA: an honest claim names them as new. Here
    they are not, so they are missed."""
    assert seams(open_gop, open_gop, claim((21, 46))).status is Status.PASS
    output = edited(open_gop, tmp_path / "o.mp4", with_type(18))
    check = seams(open_gop, output, claim((21, 47), retyped=(CRA_AT,)))
    assert check.status is Status.FAIL and check.measured["different"] == 4


@pytest.mark.parametrize(("number", "status"), [(20, "fail"), (52, "fail"), (80, "pass")])
def test_a_picture_that_changed_beside_a_seam(clip: Path, tmp_path: Path, number: int, status: str) -> None:
    """Beside means in the groups before and after; what is farther is the business of its packets."""
    output = edited(clip, tmp_path / "o.mp4", flip(number))
    assert seams(clip, output, claim((25, 50))).status == status


def test_a_run_without_neighbours_has_no_seam(clip: Path) -> None:
    assert check_seams(clip, clip, BOTH, claim((0, COUNT))) is None


def test_what_the_decoder_says_counts(clip: Path, tmp_path: Path) -> None:
    """Rubbish in a packet that is new: no picture beside it may look other, and the decoder complains."""

    def spoil(packets: list[av.Packet]) -> None:
        data = bytes(packets[49])
        packets[49] = replaced(packets[49], data[:4] + bytes([data[4]]) + bytes(range(1, 256)) * (len(data) // 255 + 1))

    check = seams(clip, edited(clip, tmp_path / "o.mp4", spoil), claim((25, 50)))
    assert (
        check.status is Status.FAIL
        and check.measured["faults"] >= 1
        and "The decoder complains (h264: " in check.message
    )


def test_pictures_at_other_times_cannot_be_compared(clip: Path, tmp_path: Path) -> None:
    def late(packets: list[av.Packet]) -> None:
        for packet in packets[-1:]:
            packet.pts += 64

    output = edited(clip, tmp_path / "o.mp4", late)
    assert seams(clip, output, claim((25, 50))).status is Status.NOT_CHECKED


def test_the_level_of_messages_is_put_back() -> None:
    level = av.logging.get_level()
    with heard() as messages:
        av.logging.log(av.logging.ERROR, "test", "one")
        av.logging.log(av.logging.ERROR, "test", "one")
        av.logging.log(av.logging.WARNING, "test", "two")
    assert messages == ["test: one", "test: one"] and av.logging.get_level() == level


# --- around the mention -----------------------------------------------------------------------------------------------


def spliced(path: Path, place: tuple[int, int] | None, *, at: int = 0) -> Path:
    """Uncompressed pictures of 384 x 96 pixels; place: row and column of one sample that is another in picture `at`."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("v210", rate=25)
        stream.width, stream.height, stream.pix_fmt = 384, 96, "yuv422p10le"
        for number in range(4):
            frame = av.VideoFrame.from_ndarray(picture(number, 384, 96), format="rgb24").reformat(format="yuv422p10le")
            if place is not None and number == at:
                np.frombuffer(frame.planes[0], np.uint16).reshape(96, -1)[place] ^= 1
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(("at", "status"), [(0, "fail"), (1, "pass"), (2, "fail"), (3, "pass")])
def test_where_every_picture_is_a_key_the_neighbours_count(tmp_path: Path, at: int, status: str) -> None:
    source, output = spliced(tmp_path / "a.mov", None), spliced(tmp_path / "b.mov", (40, 200), at=at)
    check = seams(source, output, claim((1, 2), way="in_place"))
    assert check.status == status and sum(check.measured.values()) == 2


@pytest.mark.parametrize(("number", "status"), [(3, "fail"), (20, "fail"), (30, "pass")])
def test_pictures_that_an_edit_list_hides_count_too(clip: Path, tmp_path: Path, number: int, status: str) -> None:
    """The first second is hidden, and so is the run with its neighbours: five pictures before it, fifteen after it."""

    def later(packets: list[av.Packet]) -> None:
        for packet in packets:
            packet.pts, packet.dts = packet.pts - 25 * 512, packet.dts - 25 * 512

    def later_and_other(packets: list[av.Packet]) -> None:
        flip(number)(packets)
        later(packets)

    source, output = edited(clip, tmp_path / "a.mp4", later), edited(clip, tmp_path / "b.mp4", later_and_other)
    check = seams(source, output, claim((5, 10)))
    assert check.status == status and check.measured["same"] + check.measured["different"] == 20


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ((40, 200), "pass"),
        ((32, 128), "pass"),
        ((47, 255), "pass"),
        ((31, 200), "fail"),
        ((48, 200), "fail"),
        ((40, 127), "fail"),
        ((40, 256), "fail"),
    ],
)
def test_whole_slices_may_change(tmp_path: Path, place: tuple[int, int], status: str) -> None:
    """A box of 20 x 6 at (150, 36) lies in the slice of columns 128 to 255 and rows 32 to 47."""
    source, output = spliced(tmp_path / "a.mov", None), spliced(tmp_path / "b.mov", place, at=2)
    claimed = claim((0, 4), way="splice").model_copy(update={"total": 4, "frames": 4})
    check = check_outside(source, output, BOTH, claimed, ((150, 36, 20, 6),))
    assert check is not None and check.status == status
    assert check.measured == ({"same": 4, "different": 0} if status == "pass" else {"same": 3, "different": 1})


def test_a_box_that_covers_all_leaves_nothing_to_compare(tmp_path: Path) -> None:
    source = spliced(tmp_path / "a.mov", None)
    claimed = claim((0, 4), way="splice").model_copy(update={"total": 4, "frames": 4})
    assert check_outside(source, source, BOTH, claimed, ((0, 0, 384, 96),)) is None
    inventory = survey(source)
    ids = [check.id for check in partial_checks(source, source, (inventory, inventory), claimed, ((0, 0, 8, 8),))]
    assert ids == ["media.untouched", "media.outside"]


def form(**changes: object) -> PictureFormat:
    values = {"width": 384, "height": 96, "bits": 10, "subsampling": (2, 1), "matrix": "bt709", "full_range": False}
    return PictureFormat(**values | {"rotation": 0, "sar": Fraction(1)} | changes)  # type: ignore[arg-type]


def test_boxes_are_grown_on_the_stored_frame() -> None:
    """A quarter turn clockwise: a box at the top right of what is shown is at the top left of what is stored."""
    mask = outside([(76, 0, 20, 20)], form(rotation=90), grid=(128, 16))
    assert mask.shape == (96, 384) and np.argwhere(~mask).min(axis=0).tolist() == [0, 0]
    assert np.argwhere(~mask).max(axis=0).tolist() == [31, 127]


def test_slices_of_fields_are_twice_as_high() -> None:
    assert grid_of(form()) == (128, 16) and grid_of(form(is_interlaced=True)) == (128, 32)


def test_a_mask_on_chroma() -> None:
    mask = np.ones((4, 5), bool)
    mask[1, 2] = False
    assert on_plane(mask, (2, 3)).tolist() == [[True, False, True], [True, True, True]]
    assert on_plane(mask, (4, 5)).tolist() == mask.tolist()


def test_a_full_render_makes_no_such_check(clip: Path) -> None:
    inventory = survey(clip)
    full = claim((0, COUNT), way="full")
    assert partial_checks(clip, clip, (inventory, inventory), full, ()) == ()
