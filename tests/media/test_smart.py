"""Smart render: what changes is coded again, and nothing else; each on a clip of its own making."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from labeler.errors import SourceUnsupported
from labeler.media.accept import CARRIED_KINDS
from labeler.media.bits import Bits, BitWriter, escape
from labeler.media.changes import Changes
from labeler.media.coded import OLD_CODING_SEI, CodedTrack
from labeler.media.compare import allowed_for, differences
from labeler.media.encoders.task import Quality
from labeler.media.mp4 import graft, leaning
from labeler.media.mp4.tree import CannotRewrite, Node
from labeler.media.picture import Picture
from labeler.media.post_check import partial_checks
from labeler.media.render import render
from labeler.media.rendering import NotThisWay, Rendering
from labeler.media.smart import avc, hevc, nal
from labeler.media.smart.avc_sets import sps_of, with_room
from labeler.media.smart.coding import Coding, Leading, Opening
from labeler.media.smart.groups import stretches
from labeler.media.survey import survey
from labeler.media.ways.wording import LEAST_TOLD
from tests.clips import make_clip

FAST = Quality(preset="ultrafast")
START, END = Fraction(8, 5), Fraction(12, 5)
INTERVALS = Changes(((START, END),))
WHITE = slice(16, 32)

CLOSED = "keyint=20:min-keyint=20:scenecut=0"
HEVC = "keyint=20:min-keyint=20:scenecut=0:bframes=3:b-adapt=0:log-level=error"
KINDS = {
    "h264.mp4": {"options": {"x264-params": CLOSED}},
    "h264.mov": {"options": {"x264-params": CLOSED}},
    "h264.mkv": {"options": {"x264-params": CLOSED}},
    "h264.ts": {"options": {"x264-params": CLOSED}},
    "baseline.mp4": {"options": {"x264-params": CLOSED, "profile": "baseline", "bf": "0"}},
    "high10.mp4": {"options": {"x264-params": CLOSED}, "pixel_format": "yuv420p10le"},
    "captions.mp4": {"options": {"x264-params": CLOSED}, "captions": True},
    "captions.mkv": {"options": {"x264-params": CLOSED}, "captions": True},
    "scaling.mp4": {"options": {"x264-params": CLOSED + ":cqm=jvt", "preset": "medium"}},
    "fields.mp4": {"options": {"x264-params": CLOSED + ":fake-interlaced=1"}},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": HEVC + ":open-gop=0"}},
    "hevc.mkv": {"codec": "libx265", "options": {"x265-params": HEVC + ":open-gop=0"}},
    "open.mp4": {"codec": "libx265", "options": {"x265-params": HEVC + ":open-gop=1"}},
    "open.ts": {"codec": "libx265", "options": {"x265-params": HEVC + ":open-gop=1"}},
    "main10.mp4": {
        "codec": "libx265",
        "options": {"x265-params": HEVC + ":open-gop=1"},
        "pixel_format": "yuv420p10le",
    },
    "av1.mp4": {"codec": "libsvtav1", "options": {"preset": "12", "g": "20"}},
    "av1.webm": {"codec": "libsvtav1", "options": {"preset": "12", "g": "20"}, "sound": False},
    "vp9.mp4": {"codec": "libvpx-vp9", "options": {"deadline": "realtime", "cpu-used": "8", "g": "20", "bf": "0"}},
    "vp9.webm": {
        "codec": "libvpx-vp9",
        "options": {"deadline": "realtime", "cpu-used": "8", "g": "20", "bf": "0"},
        "sound": False,
    },
}


def whiten(picture: Picture) -> None:
    picture.planes[0][WHITE, WHITE] = 235 << (picture.format.bits - 8)


def packets(path: Path) -> list[tuple[int, bool, bytes]]:
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        return [
            (packet.pts, packet.is_keyframe, bytes(packet)) for packet in container.demux(video=0) if packet.size
        ]  # fmt: skip


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


def through(source: Path, changes: Changes = INTERVALS, mode: str = "auto") -> tuple[Path, Rendering]:
    """Render the clip with a white square while `changes` say so, and hold that no fact of it was lost."""
    output = source.with_stem(source.stem + ".out")
    before = survey(source)
    rendering = render(
        source, output, before, paint=whiten, container_tags={}, changes=changes, mode=mode, quality=FAST  # type: ignore[arg-type]
    )  # fmt: skip
    assert [str(found) for found in differences(before, survey(output), allowed=allowed_for(rendering))] == []
    return output, rendering


def clip(folder: Path, name: str) -> Path:
    kind = KINDS[name]
    return make_clip(folder / name, width=192, height=112, seconds=4.0, **{"sound": True} | kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", KINDS)
def test_only_the_groups_that_change_are_coded_again(name: str, tmp_path: Path) -> None:
    source = clip(tmp_path, name)
    output, rendering = through(source)
    assert rendering.way == "smart" and rendering.total == 100
    # Pictures 40 to 59 change: one group of 20, or what leans on it too.
    assert 20 <= rendering.frames <= 25
    (run,) = rendering.renewed
    old, new = packets(source), packets(output)
    outside = [*range(run.start), *range(run.stop, 100)]
    assert [old[at] for at in outside] == [new[at] for at in outside]
    assert sorted(packet[0] for packet in old) == sorted(packet[0] for packet in new)
    checks = partial_checks(source, output, (survey(source), survey(output)), rendering, ())
    assert [(check.id, check.status) for check in checks] == [("media.untouched", "pass"), ("media.seams", "pass")]
    assert_pictures(source, output, rendering.frames)


def assert_pictures(source: Path, output: Path, coded_again: int) -> None:
    """The same outside of what was coded again, close to it inside, white where it was painted."""
    old, new = pictures(source), pictures(output)
    assert len(old) == len(new) == 100
    differing = [
        at for at, (before, after) in enumerate(zip(old, new, strict=True)) if not np.array_equal(before, after)
    ]
    assert set(range(40, 60)) <= set(differing) and len(differing) <= coded_again
    for at in differing:
        luma = new[at][:112].astype(int)
        peak = int(old[at].max())
        assert abs(luma - old[at][:112])[40:].mean() < peak * 0.02
        is_white = luma[20:28, 20:28].mean() > 0.97 * (235 if peak < 256 else 940)
        assert is_white == (40 <= at < 60), at


@pytest.mark.parametrize("name", ["open.mp4", "open.ts"])
def test_a_key_is_cut_loose_from_what_it_led(name: str, tmp_path: Path) -> None:
    """One byte of it changes: what tells its units apart, lengths or start codes of either size, does not."""
    source = clip(tmp_path, name)
    output, rendering = through(source)
    (place,) = rendering.retyped
    old, new = packets(source), packets(output)
    (before,) = [packet for packet in old if packet[0] == new[place][0]]
    differing = [at for at in range(len(before[2])) if before[2][at] != new[place][2][at]]
    assert len(before[2]) == len(new[place][2]) and len(differing) == 1
    assert (before[2][differing[0]] >> 1 & 63, new[place][2][differing[0]] >> 1 & 63) == (21, 18)


def test_h264_whose_groups_are_all_open_is_rendered_in_full(tmp_path: Path) -> None:
    source = make_clip(
        tmp_path / "open.mp4", width=192, height=112, seconds=4.0,
        options={"x264-params": CLOSED + ":open-gop=1:bframes=3:b-adapt=0", "preset": "veryfast"},
    )  # fmt: skip
    _, rendering = through(source)
    assert rendering.way == "full"
    assert [one.code for one in rendering.declined if one.code not in LEAST_TOLD] == ["pictures.most"]
    with_smart, _ = through(source, mode="smart")
    assert len(pictures(with_smart)) == 100


def test_full_is_full_and_smart_is_smart_or_an_error(tmp_path: Path) -> None:
    source = clip(tmp_path, "h264.mp4")
    assert through(source, mode="full")[1].way == "full"
    avi = make_clip(tmp_path / "film.avi", width=192, height=112, seconds=1.0, codec="mpeg4", options={"bf": "0"})
    with pytest.raises(SourceUnsupported, match="smart"):
        through(avi, mode="smart")


def test_nothing_that_changes_is_a_copy(tmp_path: Path) -> None:
    for name in ("h264.mp4", "h264.mkv"):
        source = clip(tmp_path, name)
        output, rendering = through(source, Changes(()))
        assert rendering.way == "copy" and packets(source) == packets(output)


def test_an_interval_without_a_picture_codes_nothing_again(tmp_path: Path) -> None:
    source = clip(tmp_path, "h264.mp4")
    output, rendering = through(source, Changes(((Fraction(90), Fraction(95)),)))
    assert rendering.frames == 0 and packets(source) == packets(output)


def test_two_intervals_and_the_ends(tmp_path: Path) -> None:
    source = clip(tmp_path, "open.mp4")
    _, rendering = through(source, Changes(((Fraction(0), Fraction(1, 2)), (Fraction(7, 2), Fraction(9)))))
    first, last = rendering.renewed
    assert first.start == 0 and last.stop == 100 and len(rendering.retyped) == 1
    assert rendering.way == "smart"


def test_where_a_graft_fails_the_next_way_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise CannotRewrite("told so")

    monkeypatch.setattr(graft, "graft", never)
    _, rendering = through(clip(tmp_path, "h264.mp4"))
    assert rendering.way == "full" and not rendering.keeps_boxes
    assert "smart: boxes told so" in map(str, rendering.declined)
    assert not list(tmp_path.glob("pictures*"))


@pytest.mark.parametrize("damage", [b"\0\0\0", b"\xff" * 9])
def test_a_packet_that_does_not_decode_is_never_smart(damage: bytes, tmp_path: Path) -> None:
    """Its own full render then says what is wrong with it."""
    source = clip(tmp_path, "h264.mp4")
    before = survey(source)
    data = packets(source)[44][2]
    whole = bytearray(source.read_bytes())
    at = whole.index(data)
    whole[at : at + len(damage)] = damage
    source.write_bytes(whole)
    with pytest.raises(Exception, match=r"abîmé|damaged|decode"):
        render(source, tmp_path / "work.mp4", before, paint=whiten, container_tags={}, changes=INTERVALS, quality=FAST)
    assert not (tmp_path / "work.mp4").exists()


def test_dolby_vision_over_a_plain_layer_goes_on_picture_by_picture(media_folder: Path, tmp_path: Path) -> None:
    """A telephone's clip (HLG, profile 8): every picture is coded again, with the metadata of the old one."""
    source = tmp_path / "phone.mov"
    source.write_bytes((media_folder / "edit_list.mp4").read_bytes())
    output, rendering = through(source, Changes(((Fraction(0), Fraction(60)),)))
    assert rendering.way == "smart" and rendering.frames == rendering.total == 86
    before, after = (survey(path).of_kind("video")[0] for path in (source, output))
    assert before.dynamic_metadata is not None and before.dynamic_metadata.count == 86
    assert before.dynamic_metadata == after.dynamic_metadata and before.payload_sha256 != after.payload_sha256
    with pytest.raises(SourceUnsupported, match="Dolby Vision"):
        through(source, mode="full")


def test_a_picture_that_lost_its_metadata_is_told(media_folder: Path, tmp_path: Path) -> None:
    source, spoilt = media_folder / "edit_list.mp4", tmp_path / "spoilt.mp4"
    data = packets(source)[40][2]
    units = list(nal.by_length(data, 4))
    assert units[-1][0] >> 1 == 62
    unmarked = b"".join(len(unit).to_bytes(4, "big") + unit for unit in units[:-1])
    filler = len(data) - len(unmarked) - 4
    unmarked += filler.to_bytes(4, "big") + bytes([38 << 1, 1]) + b"\xff" * (filler - 2)
    spoilt.write_bytes(source.read_bytes().replace(data, unmarked))
    lost = [str(found) for found in differences(survey(source), survey(spoilt), allowed=("*payload_sha256",))]
    assert any("dynamic_metadata.count: 86 -> 85" in one for one in lost)


# --- groups, without a file -------------------------------------------------------------------------------------------


class Told(Coding):
    """Packets that say themselves what they are: `C`losed, `O`pen and `L`eading keys; `r`, `k` led pictures; `p`."""

    def __init__(self) -> None:
        super().__init__(b"")

    def opening(self, packet: bytes) -> Opening:
        return {b"C": Opening.CLOSED, b"O": Opening.OPEN, b"L": Opening.LEADING}[packet]

    def leading(self, packet: bytes) -> Leading:
        return {b"r": Leading.SKIPPED, b"k": Leading.KEPT}.get(packet, Leading.NO)

    def options(self, task: object) -> dict[str, str]:
        return {}

    def adopt(self, made: bytes, task: object) -> None: ...

    def packet(self, made: bytes, source: bytes) -> bytes:
        return made


def found(stream: str, *changing: int) -> list[tuple[range, list[int], int, int | None, bool]]:
    """Stretches of a stream in order of decoding, in which led pictures are shown before their key."""
    order, key = [0.0] * len(stream), 0
    for at, kind in enumerate(stream):
        key = at if kind in "COL" else key
        order[at] = key - 0.5 + (at - key) / 100 if kind in "rk" else float(at)
    pts = np.argsort(np.argsort(order))
    changes = np.zeros(len(stream), bool)
    changes[list(changing)] = True
    is_key = np.array([kind in "COL" for kind in stream])
    made = stretches(pts, is_key, changes, Told(), lambda at: stream[at].encode())
    return [(one.feed, one.pictures.tolist(), one.start, one.moved, one.leads) for one in made]


def test_which_groups_are_coded_again() -> None:
    assert found("CppCppCpp", 4) == [(range(3, 6), [3, 4, 5], 3, None, False)]
    assert found("CppCppCpp") == []
    assert found("CppCppCpp", 0, 8) == [(range(3), [0, 1, 2], 0, None, False), (range(6, 9), [6, 7, 8], 6, None, False)]
    # Open groups: as far as the next closed one, on both sides.
    assert found("CppOppOppCpp", 4) == [(range(9), list(range(9)), 0, None, False)]
    # The key after the stretch leads pictures that lean on it: they are coded again, and it goes behind them.
    assert found("LppLrrpLrp", 1) == [(range(6), [0, 1, 2, 4, 5], 0, 3, False)]
    # What changes among those that it leads counts for the group before, and not for the key.
    assert found("LppLrrpLrp", 4) == [(range(6), [0, 1, 2, 4, 5], 0, 3, False)]
    # What the first key leads leans on the group before, which is decoded too.
    assert found("LppLrrpLp", 6) == [(range(7), [3, 4, 5, 6], 3, 7, False)]
    # What does not lean on the group before stays behind its key.
    assert found("LppLkkp", 1) == [(range(3), [0, 1, 2], 0, 3, True)]
    assert found("LppLkkp", 4) == [(range(3, 7), [3, 4, 5, 6], 3, None, False)]


@pytest.mark.parametrize(
    ("stream", "changing", "code"),
    [
        ("pppCpp", 4, "groups.no_key_at_start"),
        ("OppOpp", 4, "groups.open_at_start"),
        ("LrpLp", 1, "groups.leads_at_start"),
        ("LppLrkp", 1, "groups.leads_both"),
    ],
)
def test_groups_that_cannot_be_coded_again(stream: str, changing: int, code: str) -> None:
    with pytest.raises(NotThisWay) as raised:
        found(stream, changing)
    assert raised.value.code == code


# --- bits -------------------------------------------------------------------------------------------------------------

SPS = bytes.fromhex("674d400aeca2134d4040405000000300100000030320f1225960")  # x264, 64x64


def test_room_for_pictures_is_the_only_thing_that_changes() -> None:
    before = sps_of(SPS)
    changed = with_room(SPS, before, reorder=3, held=5)
    after = sps_of(changed)
    assert (after.reorder, after.held) == (3, 5)
    assert with_room(changed, after, reorder=before.reorder or 0, held=before.held) == SPS


def test_numbers_are_written_as_they_are_read() -> None:
    out = BitWriter()
    for value in (0, 1, 2, 7, 255, 70_000):
        out.ue(value)
    out.trail()
    bits = Bits(bytes(out), escaped=False)
    assert [bits.ue() for _ in range(6)] == [0, 1, 2, 7, 255, 70_000]


@pytest.mark.parametrize("payload", [b"\0\0\0\0\0\1", b"\0\0\3", b"\1\0\0\2\0\0\1", b"\5"])
def test_escaped_bytes_hold_no_start_code(payload: bytes) -> None:
    escaped = escape(payload)
    assert b"\0\0\1" not in escaped and b"\0\0\0" not in escaped
    assert escaped.replace(b"\0\0\3", b"\0\0") == payload


def test_messages_on_coding_stay_behind_and_others_go_on() -> None:
    captions, timing = b"\x04\x03\xb5\x00\x31", b"\x01\x02\x11\x11"
    assert nal.carried(b"\x06" + captions + b"\x80", 1) == b"\x06" + captions + b"\x80"
    assert nal.carried(b"\x06" + timing + captions + b"\x80", 1) == b"\x06" + captions + b"\x80"
    assert nal.carried(b"\x06" + timing + b"\x80", 1) is None


@pytest.mark.parametrize("size", [16, 200, 300, 700])
def test_the_old_encoders_note_stays_behind_however_long_it_is(size: int) -> None:
    note = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef") + b"x" * (size - 16)
    head = b"\x05" + b"\xff" * (size // 255) + bytes([size % 255])
    assert nal.carried(b"\x06" + head + note + b"\x80", 1) is None
    other = b"\x11" * 16 + note[16:]
    assert nal.carried(b"\x06" + head + other + b"\x80", 1) == b"\x06" + head + other + b"\x80"


@pytest.mark.parametrize("kind", sorted(set(range(200)) - nal.OF_CODING - {5}))
def test_what_smart_render_is_said_to_keep_it_carries(kind: int) -> None:
    """Each message that makes no fact, or a fact that `accept` lets through, goes on."""
    unit = b"\x06" + bytes([kind, 3, 0x42, 0x42, 0x42]) + b"\x80"
    assert nal.carried(unit, 1) == unit


@pytest.mark.parametrize("kind", sorted(OLD_CODING_SEI))
def test_what_smart_render_cannot_keep_is_refused_by_name(kind: int) -> None:
    track = CodedTrack("h264", b"")
    track.see(b"\0\0\1\x06" + bytes([kind, 3, 0x42, 0x42, 0x42]) + b"\x80", Fraction(0))
    assert track.facts() == (f"coding message {kind}",)
    assert not track.facts()[0].startswith(CARRIED_KINDS)


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_records_that_are_cut_off_are_told(cut: int) -> None:
    record = b"\x01\x4d\x40\x0a\xff\xe1" + struct.pack(">H", len(SPS)) + SPS + b"\x01\x00\x02\x68\xee"
    with pytest.raises(NotThisWay):
        avc.Avc(record[:-cut] if cut < len(record) - 7 else record[:7], is_record=True)
    with pytest.raises(NotThisWay):
        hevc.record_arrays(b"\x01" * 22 + b"\x03" + b"\x20\x00\x01\x00" + b"\x40" * cut)


# --- what tables tell of pictures that are no more --------------------------------------------------------------------


def test_what_is_told_of_new_samples_is_taken_back() -> None:
    is_new = np.array([False, True, True, False])
    table = Node(
        b"stbl",
        children=[
            Node(b"sdtp", b"\0\0\0\0" + bytes([0x10, 0x20, 0x24, 0x18])),
            Node(b"stps", b"\0\0\0\0" + struct.pack(">III", 2, 2, 4)),
            Node(b"sbgp", b"\0\0\0\0roll" + struct.pack(">IIIII", 2, 3, 1, 1, 2)),
            Node(b"cslg", b"\0\0\0\0" + struct.pack(">5i", 0, 0, 8, 0, 99)),
        ],
    )
    leaning.renew(table, is_new, np.array([0, -2, 5, 1]))
    sdtp, stps, sbgp, cslg = (node.body for node in table.children)
    assert sdtp[4:] == bytes([0x10, 0, 0, 0x18])
    assert struct.unpack(">II", stps[4:]) == (1, 4)
    assert struct.unpack(">I6I", sbgp[8:]) == (3, 1, 1, 2, 0, 1, 2)
    assert struct.unpack(">5i", cslg[4:]) == (2, -2, 5, 0, 99)
    leaning.renew(table, np.ones(4, bool), np.zeros(4, np.int64))
    assert table.children == []
