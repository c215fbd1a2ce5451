"""What is refused: each fact by its name, with the track and a remedy; and ordinary files pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from labeler.errors import LabelerError, SourceUnsupported
from labeler.media.accept import EVERY_WAY, accept, as_told, reasons_to_refuse
from labeler.media.coded import SEI_NAMES
from labeler.media.fact_names import FACTS
from labeler.media.inventory import Inventory, Timestamps, Track
from labeler.media.survey import survey
from tests.clips import make_clip

FILM = Path("film.mp4")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    """A clip as one whose boxes could not be kept: libavformat would write it anew."""
    made = survey(make_clip(tmp_path_factory.mktemp("accept") / "clip.mp4", width=64, height=64, seconds=0.4))
    return made.model_copy(update={"is_rewritable": False})


def with_track(inventory: Inventory, index: int, **changes: Any) -> Inventory:
    tracks = tuple(track.model_copy(update=changes) if track.index == index else track for track in inventory.tracks)
    return inventory.model_copy(update={"tracks": tracks})


def with_picture(inventory: Inventory, **changes: Any) -> Inventory:
    picture = inventory.tracks[0].picture
    assert picture is not None
    return with_track(inventory, 0, picture=picture.model_copy(update=changes))


def extra(kind: str, codec: str, **changes: Any) -> Track:
    empty = Timestamps(count=1, first="0", last="0", duration="0", digest="")
    return Track(
        index=9,
        kind=kind,  # type: ignore[arg-type]
        codec=codec,
        codec_tag="",
        time_base="1/1000",
        packets=1,
        bytes=1,
        payload_sha256="",
        timestamps=empty,
        tags={},
        dispositions=(),
    ).model_copy(update=changes)


def with_extra(inventory: Inventory, *tracks: Track) -> Inventory:
    return inventory.model_copy(update={"tracks": (*inventory.tracks, *tracks)})


def only_reason(inventory: Inventory) -> str:
    reasons = reasons_to_refuse(inventory, FILM)
    assert len(reasons) == 1, reasons
    assert reasons[0].count(". ") == 1 and reasons[0].endswith("."), "a fact, then a remedy"
    return reasons[0]


def test_plain_clip_is_accepted(plain: Inventory) -> None:
    assert reasons_to_refuse(plain, FILM) == ()
    accept(plain, FILM)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"field_order": "tt"}, "interlaced mpeg4 (tt)"),
        ({"pixel_format": "yuva420p"}, "alpha"),
        ({"pixel_format": "yuv422p16le"}, "yuv422p16le"),
        ({"width": 0}, "no picture size"),
    ],
)
def test_pictures(plain: Inventory, changes: dict[str, Any], said: str) -> None:
    film = with_track(plain, 0, codec="mpeg4") if "field_order" in changes else plain
    reason = only_reason(with_picture(film, **changes))
    assert said in reason and reason.startswith("Track 0")


def test_packets_of_blu_ray_with_another_map_are_refused(plain: Inventory) -> None:
    def film(size: int, pid: int) -> Inventory:
        return plain.model_copy(update={"structure": {"packet_size": str(size), "pmt_pid": str(pid)}})

    assert "not in PID 256" in only_reason(film(192, 32))
    assert reasons_to_refuse(film(192, 256), FILM) == reasons_to_refuse(film(188, 32), FILM) == ()


@pytest.mark.parametrize("said", ["tt", "bb", "tb", "bt"])
def test_a_container_may_tell_another_field_order_than_the_pictures(plain: Inventory, said: str) -> None:
    """FFmpeg's Matroska does of all H.264 (`tb` where the top field is first); what it tells is kept as it is."""
    assert reasons_to_refuse(with_picture(plain, field_order=said, first_field="top"), FILM) == ()


@pytest.mark.parametrize("codec", ["h264", "mpeg2video"])
def test_interlaced_passes(plain: Inventory, codec: str) -> None:
    assert reasons_to_refuse(with_picture(with_track(plain, 0, codec=codec), field_order="tt"), FILM) == ()


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p10le", "yuv444p", "yuv420p10le"])
def test_eight_and_ten_bits_pass(plain: Inventory, pixel_format: str) -> None:
    assert reasons_to_refuse(with_picture(plain, pixel_format=pixel_format), FILM) == ()


@pytest.mark.parametrize("fact", [*FACTS, *SEI_NAMES.values(), "SEI message 99", "packet data what", "HDR Vivid"])
@pytest.mark.parametrize("index", [0, 1])
def test_facts_of_tracks(plain: Inventory, fact: str, index: int) -> None:
    reason = only_reason(with_track(plain, index, side_data=(fact,)))
    assert reason.startswith(f"Track {index} carries ")
    name = FACTS[fact][0] if fact in FACTS else fact
    assert name in reason


@pytest.mark.parametrize("fact", ["damaged packet 3", "no time on packet 2", "two pictures at one time (picture 4)"])
def test_damage_is_named_with_its_place(plain: Inventory, fact: str) -> None:
    assert fact in only_reason(with_track(plain, 0, side_data=(fact,)))


def test_film_facts(plain: Inventory) -> None:
    assert "encrypted" in only_reason(plain.model_copy(update={"facts": ("encrypted",)}))
    assert "moov/zzzz" in only_reason(plain.model_copy(update={"boxes": ("moov/zzzz",)}))


def test_what_a_rewrite_of_the_boxes_keeps(plain: Inventory) -> None:
    kept = plain.model_copy(update={"is_rewritable": True, "boxes": ("moov/udta/GPMF",)})
    for track in (extra("data", "mebx"), extra("subtitle", "dvd_subtitle"), extra("timecode", "tmcd", packets=3)):
        assert reasons_to_refuse(with_extra(kept, track), FILM) == ()
    assert reasons_to_refuse(with_track(kept, 0, hidden=2), FILM) == ()
    assert reasons_to_refuse(with_track(kept, 1, side_data=("spatial audio",)), FILM) == ()
    icc = {"side_data": ("ICC profile",), "in_container": ("ICC profile",)}
    assert reasons_to_refuse(with_track(kept, 0, **icc), FILM) == ()


@pytest.mark.parametrize("fact", ["Dolby Vision", "unclear clean aperture", "spherical", "stereo 3D", "several edits"])
def test_what_a_rewrite_would_keep_and_a_mention_would_be_wrong_in(plain: Inventory, fact: str) -> None:
    kept = plain.model_copy(update={"is_rewritable": True})
    assert len(reasons_to_refuse(with_track(kept, 0, side_data=(fact,), in_container=(fact,)), FILM)) == 1
    assert len(reasons_to_refuse(with_track(kept, 1, side_data=("encrypted",)), FILM)) == 1


def test_codecs(plain: Inventory) -> None:
    assert "vp8" in only_reason(with_track(plain, 0, codec="vp8"))
    assert reasons_to_refuse(with_track(plain, 0, codec="vp9"), FILM) == ()
    film = with_track(with_picture(plain, pixel_format="yuv422p10le"), 0, codec="prores")
    assert "MP4" in only_reason(film)
    assert reasons_to_refuse(film.model_copy(update={"container": "mov"}), FILM) == ()
    assert "h264" in only_reason(plain.model_copy(update={"container": "webm", "tracks": plain.tracks[:1]}))
    assert "dts" in only_reason(with_track(plain, 1, codec="dts"))
    assert "subrip" in only_reason(with_extra(plain, extra("subtitle", "subrip")))
    assert reasons_to_refuse(with_extra(plain, extra("subtitle", "mov_text")), FILM) == ()


def test_subtitles_of_matroska(plain: Inventory) -> None:
    film = plain.model_copy(update={"container": "mkv"})
    for codec in ("subrip", "ass"):
        assert reasons_to_refuse(with_extra(film, extra("subtitle", codec)), FILM) == ()
    assert "mov_text" in only_reason(with_extra(film, extra("subtitle", "mov_text")))


def test_numbers_of_video_tracks(plain: Inventory) -> None:
    second = plain.tracks[0].model_copy(update={"index": 5})
    assert "2 video tracks (0, 5)" in only_reason(with_extra(plain, second))
    sound = plain.model_copy(update={"tracks": plain.tracks[1:2]})
    assert "no video track" in only_reason(sound)
    assert reasons_to_refuse(with_extra(plain, extra("picture", "png"), extra("attachment", "font/ttf")), FILM) == ()


def test_data_tracks(plain: Inventory) -> None:
    assert "mebx" in only_reason(with_extra(plain, extra("data", "mebx")))
    assert "Track 9" in only_reason(with_extra(plain, extra("chapters", "mjpeg")))
    assert reasons_to_refuse(with_extra(plain, extra("chapters", "text"), extra("timecode", "tmcd")), FILM) == ()


def test_several_time_codes(plain: Inventory) -> None:
    one = extra("timecode", "tmcd", tags={"timecode": "01:00:00:00"})
    other = extra("timecode", "tmcd", tags={"timecode": "02:00:00:00"}, index=10)
    assert reasons_to_refuse(with_extra(plain, one, one.model_copy(update={"index": 10})), FILM) == ()
    assert "several time codes" in only_reason(with_extra(plain, one, other))
    assert "several time codes" in only_reason(with_extra(plain, one.model_copy(update={"packets": 2})))


def test_hidden_and_missing_pictures(plain: Inventory) -> None:
    assert "hides 9 pictures" in only_reason(with_track(plain, 0, hidden=9))
    assert reasons_to_refuse(with_track(plain, 1, hidden=2), FILM) == ()
    none = Timestamps(count=0, first=None, last=None, duration=None, digest="")
    assert "no pictures" in only_reason(with_track(plain, 0, timestamps=none))


def test_all_reasons_are_told_at_once(plain: Inventory) -> None:
    film = with_track(with_picture(plain, pixel_format="gray"), 1, side_data=("Dolby Vision",))
    with pytest.raises(SourceUnsupported) as raised:
        accept(film, FILM)
    assert len(raised.value.facts) == 2
    assert "film.mp4" in raised.value.message and "Dolby" in raised.value.message and "gray" in raised.value.message


def test_french(plain: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LANG", "fr")
    assert "entrelacé" in only_reason(with_track(with_picture(plain, field_order="tt"), 0, codec="mpeg4"))
    assert "Dolby Vision" in only_reason(with_track(plain, 0, side_data=("Dolby Vision",)))


def test_sound_alone_and_stereo_matroska(tmp_path: Path) -> None:
    sound = tmp_path / "sound.mp4"
    with av.open(str(sound), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.sample_rate = 48000
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert "no video track" in only_reason(survey(sound))
    make_clip(tmp_path / "clip.mkv", width=64, height=64, seconds=0.2, sound=False)
    with av.open(str(tmp_path / "clip.mkv")) as source, av.open(str(tmp_path / "3d.mkv"), "w") as out:
        copy = out.add_stream_from_template(source.streams[0])
        copy.metadata["stereo_mode"] = "left_right"
        for packet in source.demux():
            if packet.size:
                packet.stream = copy
                out.mux(packet)
    assert "stereoscopic" in only_reason(survey(tmp_path / "3d.mkv"))


def test_real_clips(media_folder: Path) -> None:
    accepted, refused = set(), {}
    for path in sorted(media_folder.iterdir()):
        if path.suffix == ".tsv":
            continue
        try:
            accept(survey(path), path)
            accepted.add(path.name)
        except LabelerError as error:
            assert isinstance(error, SourceUnsupported)
            refused[path.name] = error.message
    told = {
        "nasa_13013.mp4": "2 video tracks",
        "roadtrip_vp9_10bit.webm": "yuv420p10le",
    }
    assert refused.keys() == told.keys()
    for name, said in told.items():
        assert said in refused[name]
    assert len(accepted) >= 21


@pytest.mark.parametrize("flags", ["frag_keyframe+empty_moov+default_base_moof", "empty_moov+frag_keyframe"])
def test_an_empty_track_of_a_fragmented_file_is_refused_by_name(flags: str, tmp_path: Path) -> None:
    """Its box tells a sound track, and no fragment holds any of it: libavformat would leave it out."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w", options={"movflags": flags}) as file:
        video = file.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        file.add_stream("aac", rate=48000, layout="stereo")
        for number in range(10):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts = number
            file.mux(video.encode(frame))
        file.mux(video.encode())
    inventory = survey(path)
    assert [(track.kind, track.packets) for track in inventory.tracks] == [("video", 10), ("audio", 0)]
    with pytest.raises(SourceUnsupported, match="Track 1 is empty"):
        accept(inventory, path)


def test_an_empty_track_is_kept_where_boxes_are(plain: Inventory) -> None:
    empty = with_track(plain, 1, packets=0)
    assert "is empty" in only_reason(empty)
    assert not reasons_to_refuse(empty.model_copy(update={"is_rewritable": True}), FILM)
    assert not any("is empty" in one for one in reasons_to_refuse(empty.model_copy(update={"container": "mkv"}), FILM))


def test_a_thousand_reasons_are_not_told_one_by_one() -> None:
    reasons = tuple(f"Track {number} is damaged." for number in range(1000))
    assert as_told(reasons)[-2:] == ("Track 7 is damaged.", "And 992 more.")
    assert as_told(reasons[:8]) == reasons[:8]


# --- MPEG-2 whose rate its name tells ---------------------------------------------------------------------------------

LABEL = "060e2b340401010004010202{}00"


def mpeg2(plain: Inventory, *, tag: str = "", label: str | None = None) -> Inventory:
    made = with_track(with_picture(plain, pixel_format="yuv422p"), 0, codec="mpeg2video", codec_tag=tag)
    container = "mov" if label is None else "mxf"
    structure = {} if label is None else {"picture_coding": LABEL.format(label)}
    only = tuple(track for track in made.tracks if track.kind == "video")
    return made.model_copy(update={"container": container, "structure": structure, "tracks": only, "boxes": ()})


@pytest.mark.parametrize(
    ("film", "is_written"),
    [
        ({"tag": "m2v1"}, True),
        ({"tag": "xd5c"}, True),
        ({"tag": "xdvc"}, False),
        ({"tag": "mx5p"}, False),
        ({"tag": "hdv3"}, False),
        ({"label": "010403"}, True),
        ({"label": "010201"}, False),  # D-10
        ({"label": "010303"}, False),
    ],
)
def test_mpeg2_of_another_rate_is_refused_by_name(plain: Inventory, film: dict[str, Any], is_written: bool) -> None:
    """It would be written with the rate and size of another kind, under the name of its own."""
    reasons = [reason for reason in reasons_to_refuse(mpeg2(plain, **film), FILM) if "MPEG-2 of a kind" in reason]
    assert len(reasons) == (0 if is_written else 1)


def test_fields_of_uncompressed_pictures_stay_in_place(plain: Inventory) -> None:
    film = with_track(with_picture(plain, field_order="tt", pixel_format="yuv422p10le"), 0, codec="v210")
    film = film.model_copy(update={"container": "mov", "is_rewritable": True})
    told = {
        way: [reason for reason in reasons_to_refuse(film, FILM, way) if "interlaced" in reason] for way in EVERY_WAY
    }
    assert not told["in_place"] and told["full"] and told["smart"]
