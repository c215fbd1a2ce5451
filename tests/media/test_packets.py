"""Packets by number, and what differs between two lists of them. Clips and changes are made here."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.media.packets import ALL_PACKETS, DIGEST, UNKNOWN, PacketList, in_both, match, runs_of, walk
from labeler.media.rendering import Run
from tests.clips import make_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("packets") / "clip.mp4", width=160, height=90, seconds=2)


def listed(pts: list[int], *, base: Fraction = Fraction(1, 25), contents: list[int] | None = None) -> PacketList:
    """A list whose digests are these numbers."""
    digests = np.zeros(len(pts), DIGEST)
    digests["low"] = contents if contents is not None else range(len(pts))
    times = np.array(pts, np.int64)
    return PacketList(base, times, times, digests, np.ones(len(pts), bool), "", True)


def test_every_packet_is_walked(clip: Path) -> None:
    seen: list[tuple[int, bool]] = []
    video = walk(clip, [0], see=lambda number, data, is_key: seen.append((len(data), is_key)))[0]
    with av.open(str(clip)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        setup = container.streams.video[0].codec_context.extradata
    assert video.pts.tolist() == [packet.pts for packet in packets] and len(video) == 50
    assert video.dts.tolist() == [packet.dts for packet in packets]
    assert [packet.size for packet in packets] == [size for size, _ in seen]
    assert np.flatnonzero(video.is_key).tolist() == [0, 25] == [at for at, (_, is_key) in enumerate(seen) if is_key]
    assert setup and len(video.setup) == 64 and video.stores_dts
    assert set(walk(clip)) == {0, 1}


def test_what_an_edit_list_hides_has_a_number_too(tmp_path: Path) -> None:
    """A track that begins at the second key: 25 of 50 pictures are shown."""
    path = tmp_path / "cut.mp4"
    source = make_clip(tmp_path / "clip.mp4", width=160, height=90, seconds=2, sound=False)
    with av.open(str(source)) as opened, av.open(str(path), "w") as written:
        stream = written.add_stream_from_template(opened.streams.video[0])
        for packet in opened.demux(video=0):
            if packet.size:
                packet.pts -= 12800
                packet.dts -= 12800
                packet.stream = stream
                written.mux(packet)
    shown, all_of_them = walk(path, [0])[0], walk(path, [0], options=ALL_PACKETS)[0]
    assert len(all_of_them) == 50 and int(all_of_them.pts.min()) >= 0
    assert match(shown, all_of_them).is_pts_equal is False


def test_a_list_is_the_same_as_itself(clip: Path) -> None:
    for one in walk(clip).values():
        found = match(one, one)
        assert found.is_same and found.identical == found.kept == found.before == len(one) > 0


def test_what_differs_is_told_by_its_place() -> None:
    found = match(listed([0, 1, 2, 3, 4, 5]), listed([0, 1, 2, 3, 4, 5], contents=[0, 9, 9, 3, 5, 4]))
    assert found.differing == (Run(start=1, stop=3), Run(start=4, stop=6))
    assert (found.identical, found.kept) == (2, 4) and found.is_pts_equal and found.is_dts_equal and not found.is_same


def test_what_one_of_them_lacks_differs() -> None:
    found = match(listed([0, 1, 2]), listed([1, 2], contents=[1, 2]))
    assert found.differing == (Run(start=0, stop=3),) and (found.before, found.after) == (3, 2)
    assert (found.identical, found.kept) == (0, 2) and not found.is_pts_equal and found.is_dts_equal is False


def test_a_packet_that_repeats_is_kept_as_often_as_it_is_there() -> None:
    assert match(listed([0, 1, 2], contents=[7, 7, 7]), listed([0, 1, 2], contents=[7, 8, 7])).kept == 2


def test_times_are_exact_whatever_the_clock() -> None:
    """25 pictures a second in ticks of 1/25 s and of 1/90000 s; then one tick of the finer clock off."""
    ours = listed([0, 1, 2])
    assert match(ours, listed([0, 3600, 7200], base=Fraction(1, 90_000))).is_same
    assert not match(ours, listed([0, 3601, 7200], base=Fraction(1, 90_000))).is_pts_equal


def test_large_times_do_not_overflow() -> None:
    """Ticks near the end of 64 bits, on clocks that share no factor."""
    far = 1 << 62
    ours = listed([0, far * 0 + 30_000 * 3], base=Fraction(1, 30_000))
    theirs = listed([0, 1001 * 3], base=Fraction(1, 1001))
    assert match(ours, theirs).is_same
    assert not match(listed([far], base=Fraction(1, 30_000)), listed([far], base=Fraction(1, 1001))).is_pts_equal


def test_no_time_is_no_time() -> None:
    ours, theirs = listed([UNKNOWN, 1]), listed([UNKNOWN, 3600], base=Fraction(1, 90_000))
    assert match(ours, theirs).is_same
    assert not match(ours, listed([0, 3600], base=Fraction(1, 90_000))).is_pts_equal


def test_other_times_in_the_same_order_of_showing_belong_to_other_packets() -> None:
    """Two pictures change places in time: the list of times is the same, and the pictures are not."""
    assert not match(listed([0, 1, 2]), listed([0, 2, 1])).is_pts_equal
    assert match(listed([0, 1, 2]), listed([0, 2, 1], contents=[7, 8, 9])).is_pts_equal


def test_matroska_tells_no_time_of_decoding(clip: Path, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mkv", width=160, height=90, seconds=1)
    assert match(walk(clip, [0])[0], walk(path, [0])[0]).is_dts_equal is None


def test_places_in_both() -> None:
    ours, theirs = in_both(listed([0, 1, 2], contents=[5, 6, 7]), listed([0, 1], contents=[7, 5]))
    assert dict(zip(ours.tolist(), theirs.tolist(), strict=True)) == {0: 1, 2: 0}


def test_runs() -> None:
    assert runs_of(np.array([True, False, True, True])) == ((Run(start=0, stop=1), Run(start=2, stop=4)), 0)
    assert runs_of(np.zeros(3, bool)) == runs_of(np.zeros(0, bool)) == ((), 0)
    many, left_out = runs_of(np.arange(500) % 2 == 0)
    assert len(many) == 100 and many[-1] == Run(start=198, stop=199) and left_out == 150
