"""The survey: facts that follow from arithmetic on clips made here, and every real clip without a fault."""

from __future__ import annotations

import hashlib
import struct
from fractions import Fraction
from pathlib import Path

import av
import pytest

from labeler.errors import SourceUnreadable
from labeler.media.accept import reasons_to_refuse
from labeler.media.coded import CodedTrack, caption_triplets
from labeler.media.inventory import Inventory
from labeler.media.survey import survey
from tests.clips import make_clip

SECONDS, RATE = 2.0, 25


def times_digest(times: list[Fraction]) -> str:
    packed = b"".join(struct.pack("<qq", time.numerator, time.denominator) for time in sorted(times))
    return hashlib.sha256(packed).hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("survey")


@pytest.fixture(scope="module")
def clip(folder: Path) -> Inventory:
    path = make_clip(folder / "clip.mp4", width=96, height=64, seconds=SECONDS, rate=RATE, chapters=True, captions=True)
    return survey(path)


def bare_clip(
    path: Path, *, times: list[int], base: Fraction, rate: Fraction = Fraction(25), **settings: object
) -> Path:
    """Flat grey pictures at the given ticks."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.time_base = stream.codec_context.time_base = base
        stream.options = {"preset": "ultrafast", "bf": "0"}
        for name, value in settings.items():
            if name == "rotation":
                stream.set_display_rotation(value)  # type: ignore[arg-type]
            elif name == "params":
                stream.options = {"x264-params": str(value), "preset": "ultrafast"}
            elif name == "shape":
                stream.codec_context.sample_aspect_ratio = value  # type: ignore[assignment]
            elif name == "tags":
                stream.metadata.update(value)  # type: ignore[arg-type]
            else:
                setattr(stream.codec_context, name, value)
        for time in times:
            frame = av.VideoFrame(64, 64, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.pts, frame.time_base = time, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_times_are_exact(clip: Inventory) -> None:
    (video,) = clip.of_kind("video")
    frames = [Fraction(number, RATE) for number in range(50)]
    assert video.packets == video.timestamps.count == 50
    assert (video.timestamps.first, video.timestamps.last) == ("0", "49/25")
    assert video.timestamps.digest == times_digest(frames)
    assert video.picture is not None
    assert video.picture.frame_rate == "25"
    assert video.picture.keyframe_interval == "1"
    assert video.picture.reorder == 1


def test_times_digest_does_not_hang_on_the_clock(folder: Path) -> None:
    ticks = [0, 40, 120, 200, 220]
    slow = survey(bare_clip(folder / "slow.mkv", times=ticks, base=Fraction(1, 1000)))
    fast = survey(bare_clip(folder / "fast.mp4", times=[tick * 90 for tick in ticks], base=Fraction(1, 90000)))
    assert slow.tracks[0].time_base != fast.tracks[0].time_base
    assert slow.tracks[0].timestamps.digest == fast.tracks[0].timestamps.digest
    assert fast.tracks[0].timestamps.digest == times_digest([Fraction(tick, 1000) for tick in ticks])


def test_tracks_tags_and_chapters(clip: Inventory) -> None:
    assert clip.container == "mp4"
    kinds = [track.kind for track in clip.tracks]
    assert kinds == ["video", "audio", "chapters"]
    assert clip.tags["title"] == "A clip"
    sound = clip.tracks[1]
    assert sound.tags["language"] == "fra"
    assert sound.sound is not None and (sound.sound.rate, sound.sound.channels) == (48000, 2)
    assert sound.dispositions == ("default",)
    assert [(chapter.start, chapter.end, chapter.tags["title"]) for chapter in clip.chapters] == [
        ("0", "1", "One"),
        ("1", "2", "Two"),
    ]
    assert clip.is_faststart and not clip.is_fragmented


def test_payload_hash_is_of_the_packets(folder: Path, clip: Inventory) -> None:
    with av.open(str(folder / "clip.mp4")) as container:
        data = b"".join(bytes(packet) for packet in container.demux(audio=0) if packet.size)
    sound = clip.tracks[1]
    assert sound.payload_sha256 == hashlib.sha256(data).hexdigest()
    assert sound.bytes == len(data)


def test_captions_are_those_that_a_decoder_finds(folder: Path, clip: Inventory) -> None:
    captions = clip.tracks[0].captions
    assert captions is not None and captions.count == 50
    digest = hashlib.sha256()
    with av.open(str(folder / "clip.mp4")) as container:
        for frame in container.decode(video=0):
            data = bytes(frame.side_data.get("A53_CC"))  # type: ignore[arg-type]
            time = frame.pts * frame.time_base
            digest.update(f"{time.numerator}/{time.denominator} {len(data)} ".encode() + data)
    assert captions.digest == digest.hexdigest()


@pytest.mark.parametrize(("asked", "found"), [(0, 0), (-90, 90), (90, 270), (180, 180)])
def test_rotation_is_clockwise(folder: Path, asked: int, found: int) -> None:
    path = bare_clip(folder / f"turn{asked}.mp4", times=[0, 1], base=Fraction(1, 25), rotation=asked)
    picture = survey(path).tracks[0].picture
    assert picture is not None and picture.rotation == found


def test_colour_shape_and_range(folder: Path) -> None:
    path = bare_clip(
        folder / "colour.mp4",
        times=[0, 1],
        base=Fraction(1, 25),
        shape=Fraction(4, 3),
        color_range=2,
        color_primaries=9,
        color_trc=16,
        colorspace=9,
    )
    picture = survey(path).tracks[0].picture
    assert picture is not None
    assert picture.sample_aspect_ratio == "4:3"
    assert (picture.colour_range, picture.colour_primaries) == ("pc", "bt2020")
    assert (picture.colour_transfer, picture.colour_matrix) == ("smpte2084", "bt2020nc")
    assert (picture.pixel_format, picture.bits) == ("yuv420p", 8)


def test_interlaced_is_seen(folder: Path) -> None:
    path = bare_clip(folder / "fields.mp4", times=[0, 1, 2], base=Fraction(1, 25), params="tff=1")
    picture = survey(path).tracks[0].picture
    assert picture is not None and picture.field_order != "progressive"


@pytest.mark.parametrize("timecode", ["01:00:00:00", "01:00:00;02"])
def test_timecode_keeps_its_drop_flag(folder: Path, timecode: str) -> None:
    name = "drop" if ";" in timecode else "full"
    rate = Fraction(30000, 1001)
    path = bare_clip(folder / f"{name}.mov", times=[0, 1], base=1 / rate, rate=rate, tags={"timecode": timecode})
    inventory = survey(path)
    assert inventory.container == "mov"
    assert inventory.timecode == timecode
    assert [track.kind for track in inventory.tracks] == ["video", "timecode"]


def test_matroska(folder: Path) -> None:
    path = make_clip(folder / "clip.mkv", width=64, height=64, seconds=0.4)
    with av.open(str(path)) as source, av.open(str(folder / "with.mkv"), "w") as out:
        streams = [out.add_stream_from_template(stream) for stream in source.streams]
        out.add_attachment("font.ttf", "font/ttf", b"not a font")
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                out.mux(packet)
    inventory = survey(folder / "with.mkv")
    assert inventory.container == "mkv"
    assert [track.kind for track in inventory.tracks] == ["video", "audio", "attachment"]
    attachment = inventory.tracks[2]
    assert attachment.payload_sha256 == hashlib.sha256(b"not a font").hexdigest()
    assert attachment.tags["filename"] == "font.ttf"
    assert inventory.tracks[0].codec_tag == ""


def test_cover_is_a_picture(folder: Path) -> None:
    make_clip(folder / "plain.mp4", width=64, height=64, seconds=0.2, sound=False)
    with av.open(str(folder / "plain.mp4")) as source, av.open(str(folder / "cover.mp4"), "w") as out:
        film = out.add_stream_from_template(source.streams[0])
        cover = out.add_stream("png")
        cover.width, cover.height, cover.pix_fmt = 16, 16, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        out.mux(cover.encode(av.VideoFrame(16, 16, "rgb24")))
        out.mux(cover.encode())
        for packet in source.demux():
            if packet.size:
                packet.stream = film
                out.mux(packet)
    tracks = survey(folder / "cover.mp4").tracks
    assert sorted(track.kind for track in tracks) == ["picture", "video"]
    # A cover has no time; that is no damage.
    assert [track.side_data for track in tracks] == [(), ()]


def test_nothing_is_read_in_what_is_encrypted(folder: Path) -> None:
    """It is noise, with another vector at each writing: no SEI message, no damaged picture, none that is missing."""
    make_clip(folder / "open.mp4", width=64, height=64, seconds=1, sound=False)
    options = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "0" * 32, "encryption_kid": "1" * 32}
    with (
        av.open(str(folder / "open.mp4")) as source,
        av.open(str(folder / "locked.mp4"), "w", options=options) as out,
    ):
        stream = out.add_stream_from_template(source.streams[0])
        for packet in source.demux():
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    plain, locked = (survey(folder / name).tracks[0] for name in ("open.mp4", "locked.mp4"))
    assert locked.side_data == ("encrypted",)
    assert (locked.packets, locked.timestamps) == (plain.packets, plain.timestamps)
    assert locked.captions is None and locked.dynamic_metadata is None


def test_cut_off_files(folder: Path, tmp_path: Path) -> None:
    data = make_clip(folder / "whole.mp4", width=64, height=64, seconds=1).read_bytes()
    (tmp_path / "half.mp4").write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(SourceUnreadable, match=r"half\.mp4"):
        survey(tmp_path / "half.mp4")
    data = make_clip(folder / "whole.mkv", width=64, height=64, seconds=1).read_bytes()
    (tmp_path / "half.mkv").write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(SourceUnreadable, match=r"half\.mkv"):
        survey(tmp_path / "half.mkv")


@pytest.mark.parametrize(("seconds", "facts"), [(95000, ()), (95443, ("a clock that goes round",))])
def test_a_clock_that_goes_round_is_told(seconds: int, facts: tuple[str, ...], tmp_path: Path) -> None:
    """Times of MPEG-TS have 33 bits at 90 kHz: after 95443.7 s they begin anew."""
    path, clip = tmp_path / "film.ts", make_clip(tmp_path / "clip.mkv", seconds=1.2, sound=False)
    with av.open(str(clip)) as source, av.open(str(path), "w", options={"mpegts_copyts": "1"}) as film:
        pictures = film.add_stream_from_template(source.streams.video[0])
        for packet in source.demux():
            if packet.size:
                packet.pts = packet.pts + seconds * 1000
                packet.dts = None if packet.dts is None else packet.dts + seconds * 1000
                packet.stream = pictures
                film.mux(packet)
    assert survey(path).facts == facts


def test_unknown_codecs_are_facts_not_faults(folder: Path, tmp_path: Path) -> None:
    data = make_clip(folder / "known.mkv", width=64, height=64, seconds=0.2).read_bytes()
    assert data.count(b"V_MPEG4/ISO/AVC") == data.count(b"A_AAC") == 1
    path = tmp_path / "unknown.mkv"
    path.write_bytes(data.replace(b"V_MPEG4/ISO/AVC", b"V_MPEG9/ISO/AVC").replace(b"A_AAC", b"A_XXX"))
    tracks = survey(path).tracks
    assert [(track.kind, track.codec) for track in tracks] == [("video", "unknown"), ("audio", "unknown")]
    assert [(track.picture, track.sound) for track in tracks] == [(None, None), (None, None)]
    assert len(reasons_to_refuse(survey(path), path)) == 2


def test_progress_ends_at_one(folder: Path) -> None:
    shares: list[float] = []
    survey(
        make_clip(folder / "p.mp4", width=64, height=64, seconds=0.4),
        progress=lambda phase, share: shares.append(share),
    )
    assert shares == sorted(shares) and shares[-1] == 1.0


# --- what rides in the coded pictures ---------------------------------------------------------------------------------


def unit(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def message(kind: int, payload: bytes) -> bytes:
    return bytes([kind, len(payload)]) + payload + b"\x80"


SPS = bytes.fromhex("674d400aeca2134d4040405000000300100000030320f1225960")  # x264, 64x64
SETUP = b"\x01\x4d\x40\x0a\xff\xe1" + len(SPS).to_bytes(2, "big") + SPS + b"\x01\x00\x02\x68\xee"
FULL_RANGE_SPS = bytes.fromhex("674d400aeca2134dc040405000000300100000030320f1225960")  # the same but for one bit
HEVC_SETUP = b"\x01" + b"\0" * 20 + b"\x03\0"


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        (b"\x06" + message(4, b"\xb5\x00\x3c\x00\x01\x04\x01"), "HDR10+"),
        (b"\x06" + message(4, b"\xb5\x00\x31DTG1\x41\xf8"), "active format description"),
        (b"\x06" + message(45, b"\x11" * 4), "stereo 3D"),
        (b"\x06" + message(99, b"\x11" * 4), "SEI message 99"),
        (b"\x67\x64\x00\x1f\x02", "sequence parameters that could not be read"),
        (FULL_RANGE_SPS, "parameter change in mid-stream"),
        (b"\x74\x11", "stereo or layered coding"),
        (b"\x13\x11", "alpha"),
    ],
)
def test_what_h264_units_say(data: bytes, fact: str) -> None:
    track = CodedTrack("h264", SETUP)
    track.see(unit(data), Fraction(0))
    assert track.facts() == (fact,)


def test_static_hdr_metadata_is_a_value() -> None:
    track = CodedTrack("h264", SETUP)
    display = struct.pack(">8H2I", 13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450, 10_000_000, 50)
    for _ in range(2):
        track.see(
            unit(b"\x06" + message(137, display)) + unit(b"\x06" + message(144, b"\x03\xe8\x01\x90")), Fraction(0)
        )
    assert track.light.mastering == "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    assert (track.light.levels, track.light.changes, track.facts()) == ("1000,400", False, ())
    track.see(unit(b"\x06" + message(144, b"\x03\xe8\x01\x91")), Fraction(1))
    assert track.light.changes


def test_parameters_that_cannot_be_read_are_told() -> None:
    assert CodedTrack("h264", SETUP.replace(SPS, SPS[:6] + b"\xff" * 20)).facts() == (
        "sequence parameters that could not be read",
    )


def test_what_is_harmless_says_nothing() -> None:
    track = CodedTrack("h264", SETUP)
    track.see(unit(SPS) + unit(b"\x06" + message(5, b"\x22" * 16 + b"\0\0")) + unit(b"\x65\x88"), Fraction(0))
    track.see(
        unit(b"\x06" + message(5, b"\x22" * 16 + b"\0\0")[:-1] + message(6, b"\x80")) + unit(b"\x41\x88"), Fraction(1)
    )
    assert track.facts() == ()
    assert track.captions() is None


def test_user_data_that_changes_from_picture_to_picture() -> None:
    track = CodedTrack("h264", SETUP)
    for number in range(2):
        track.see(unit(b"\x06" + message(5, b"\x22" * 16 + bytes([number + 1]))), Fraction(number))
    assert track.facts() == (f"user data {'22' * 16}",)


def test_a_camera_note_that_is_the_same_in_every_picture() -> None:
    track = CodedTrack("h264", SETUP)
    for number in range(2):
        track.see(unit(b"\x06" + message(5, b"\x22" * 16 + b"serial 123")), Fraction(number))
    assert track.facts() == (f"user data {'22' * 16}",)


def test_an_encoder_unknown_to_us_may_name_itself() -> None:
    track = CodedTrack("h264", SETUP)
    for number in range(2):
        track.see(unit(b"\x06" + message(5, b"\x22" * 16 + b"Acme H.264 Encoder 4.2")), Fraction(number))
    assert track.facts() == ()


def test_encoders_may_sign_twice() -> None:
    track = CodedTrack("h264", SETUP)
    x264 = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")
    for settings in (b"x264 - core 164", b"x264 - core 165"):
        track.see(unit(b"\x06" + message(5, x264 + settings)), Fraction(0))
    assert track.facts() == ()


@pytest.mark.parametrize(
    ("data", "fact"), [(b"\x7c\x01\x19", "Dolby Vision"), (b"\x02\x09\x11", "stereo or layered coding")]
)
def test_what_hevc_units_say(data: bytes, fact: str) -> None:
    track = CodedTrack("hevc", HEVC_SETUP)
    track.see(unit(data), Fraction(0))
    assert track.facts() == (fact,)


def test_units_that_overrun_their_packet() -> None:
    track = CodedTrack("h264", SETUP)
    track.see(b"\0\0\1\0\x65\x88\x80", Fraction(0))
    assert track.facts() == ("damaged picture 0",)


def test_caption_framing_is_not_the_captions() -> None:
    assert caption_triplets(b"\x42\xff" + b"abcdef" + b"\xff") == b"abcdef"
    assert caption_triplets(b"\x02\xff" + b"abcdef" + b"\xff") == b""
    assert caption_triplets(b"") == b""


# --- real files -------------------------------------------------------------------------------------------------------


def test_every_real_clip_is_surveyed(media_folder: Path) -> None:
    surveyed = set()
    for path in sorted(media_folder.iterdir()):
        if path.suffix == ".tsv":
            continue
        inventory = survey(path)
        assert inventory.of_kind("video")
        surveyed.add(inventory.container)
    assert surveyed == {"mp4", "mov", "mkv", "webm", "ts", "avi"}


def test_real_facts(media_folder: Path) -> None:
    captions = survey(media_folder / "captions_608.mp4").tracks[0].captions
    assert captions is not None and captions.count == 2
    chapters = survey(media_folder / "chapters.mp4")
    assert [chapter.start for chapter in chapters.chapters] == ["0", "201/1000", "4/5"]
    assert chapters.tracks[2].kind == "chapters"
    edited = survey(media_folder / "edit_list.mp4").tracks[0]
    assert edited.hidden == 9 and edited.timestamps.count == 77
