"""The comparison: one fact changed makes exactly its own check fail; a faithful copy makes none."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

import av
import pytest

from labeler.errors import LabelerError
from labeler.media.accept import reasons_to_refuse
from labeler.media.compare import ALLOWED_BY_RENDER, SUBJECTS, compare, differences
from labeler.media.inventory import Inventory, Payloads
from labeler.media.survey import survey
from labeler.verdict import Status
from tests.clips import make_clip

Change = Callable[[Inventory], Inventory]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compare")


@pytest.fixture(scope="module")
def clip(folder: Path) -> Inventory:
    inventory = survey(make_clip(folder / "clip.mp4", width=64, height=64, seconds=0.8, chapters=True, captions=True))
    return inventory.model_copy(update={"timecode": "01:00:00:00", "has_xmp": True})


def film(**changes: Any) -> Change:
    return lambda inventory: inventory.model_copy(update=changes)


def track(index: int, **changes: Any) -> Change:
    def change(inventory: Inventory) -> Inventory:
        tracks = tuple(
            track.model_copy(update=changes) if track.index == index else track for track in inventory.tracks
        )
        return inventory.model_copy(update={"tracks": tracks})

    return change


def picture(**changes: Any) -> Change:
    def change(inventory: Inventory) -> Inventory:
        facts = inventory.tracks[0].picture
        assert facts is not None
        return track(0, picture=facts.model_copy(update=changes))(inventory)

    return change


def times(index: int, **changes: Any) -> Change:
    def change(inventory: Inventory) -> Inventory:
        return track(index, timestamps=inventory.tracks[index].timestamps.model_copy(update=changes))(inventory)

    return change


def without_tag(inventory: Inventory) -> Inventory:
    return film(tags={key: value for key, value in inventory.tags.items() if key != "title"})(inventory)


def without_track(inventory: Inventory) -> Inventory:
    return film(tracks=(inventory.tracks[0], inventory.tracks[2]))(inventory)


def with_other_chapter(inventory: Inventory) -> Inventory:
    first, *rest = inventory.chapters
    return film(chapters=(first.model_copy(update={"tags": {"title": "Wrong"}}), *rest))(inventory)


BROKEN: list[tuple[str, Change]] = [
    ("media.tracks", without_track),
    ("media.tracks", track(1, dispositions=())),
    ("media.tracks", track(1, codec="mp3")),
    ("media.tracks", track(0, codec_tag="hev1")),
    ("media.tracks", film(is_faststart=False)),
    ("media.tracks", film(container="mov")),
    ("media.packets", track(0, packets=19)),
    ("media.packets", track(1, payload_sha256="0" * 64)),
    ("media.packets", track(1, bytes=1)),
    ("media.timestamps", times(0, digest="0" * 64)),
    ("media.timestamps", times(1, first="1/100")),
    ("media.timestamps", times(0, duration="1")),
    ("media.timestamps", film(start="1/25")),
    ("media.timestamps", film(duration="2")),
    ("media.picture", picture(rotation=90)),
    ("media.picture", picture(sample_aspect_ratio="4:3")),
    ("media.picture", picture(width=62)),
    ("media.picture", picture(bits=10)),
    ("media.picture", picture(pixel_format="yuv422p")),
    ("media.picture", picture(level=99)),
    ("media.picture", picture(profile="High 10")),
    ("media.picture", picture(field_order="tt")),
    ("media.colour", picture(colour_range="pc")),
    ("media.colour", picture(colour_primaries="bt470bg")),
    ("media.colour", picture(colour_transfer="unknown")),
    ("media.colour", picture(colour_matrix="smpte170m")),
    ("media.tags", without_tag),
    ("media.tags", track(1, tags={"handler_name": "SoundHandler"})),
    ("media.chapters", film(chapters=())),
    ("media.chapters", with_other_chapter),
    ("media.timecode", film(timecode=None)),
    ("media.timecode", film(timecode="01:00:00;00")),
    ("media.captions", track(0, captions=None)),
    ("media.captions", track(0, captions=Payloads(count=20, digest="0"))),
    ("media.side_data", track(0, side_data=("HDR10+",))),
    ("media.side_data", film(boxes=("moov/zzzz",))),
    ("media.side_data", film(facts=("encrypted",))),
    ("media.side_data", film(has_xmp=False)),
]


@pytest.mark.parametrize(("check", "change"), BROKEN)
def test_one_change_fails_one_check(clip: Inventory, check: str, change: Change) -> None:
    checks = compare(clip, change(clip), allowed=ALLOWED_BY_RENDER)
    assert tuple(found.id for found in checks) == tuple(SUBJECTS)
    assert [found.id for found in checks if found.status is Status.FAIL] == [check]
    (failed,) = (found for found in checks if found.status is Status.FAIL)
    assert failed.layer == "media" and failed.mandatory
    assert " -> " in failed.message


def test_every_check_can_fail() -> None:
    assert {check for check, _ in BROKEN} == set(SUBJECTS)


def test_message_tells_path_and_both_values(clip: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed() -> Any:
        checks = compare(clip, picture(rotation=90)(clip), allowed=())
        return next(check for check in checks if check.status is Status.FAIL)

    assert "video.0.picture.rotation: 0 -> 90" in failed().message
    assert failed().track == 0
    monkeypatch.setenv("LABELER_LANG", "fr")
    assert "différences" in failed().message


@pytest.mark.parametrize(
    "change",
    [
        track(0, payload_sha256="0", bytes=1),
        picture(keyframe_interval="9", reorder=0),
        track(0, time_base="1/90000"),
        track(1, hidden=2),
    ],
)
def test_what_a_render_changes_is_allowed_only_if_asked(clip: Inventory, change: Change) -> None:
    assert not [*differences(clip, change(clip), allowed=ALLOWED_BY_RENDER)]
    assert [*differences(clip, change(clip), allowed=())]


def test_what_a_label_adds_is_no_loss(clip: Inventory) -> None:
    more = film(tags=clip.tags | {"AI": "yes"}, has_credentials=True)(clip)
    assert not [*differences(clip, track(0, tags=clip.tracks[0].tags | {"x": "y"})(more), allowed=())]
    assert [*differences(more, clip, allowed=())]


def test_narrower_is_allowed_and_wider_is_not(clip: Inventory) -> None:
    baseline, narrow = (
        picture(profile="Baseline", level=31)(clip),
        picture(profile="Constrained Baseline", level=30)(clip),
    )
    assert not [*differences(baseline, narrow, allowed=())]
    assert len([*differences(narrow, baseline, allowed=())]) == 2


def test_durations_to_two_pictures_where_the_last_one_is_guessed(clip: Inventory) -> None:
    """20 pictures, 25 a second: two more of them are too many, in MP4 at a steady rate any is."""

    def lasting(seconds: Fraction, film: Inventory) -> list[str]:
        return [one.path for one in differences(film, times(0, duration=str(seconds))(film), allowed=())]

    path, long = "video.0.timestamps.duration", Fraction(4, 5)
    assert lasting(long + Fraction(1, 25), clip) == [path]
    for guessed in (times(0, is_steady=False)(clip), clip.model_copy(update={"container": "webm"})):
        assert lasting(long + Fraction(2, 25), guessed) == []
        assert lasting(long + Fraction(3, 25), guessed) == [path]


def test_a_range_that_is_not_told_is_the_narrow_one(clip: Inventory) -> None:
    told, other, silent = (picture(colour_range=value)(clip) for value in ("tv", "pc", "unknown"))
    path = "video.0.picture.colour_range"
    assert [one.path for one in differences(told, silent, allowed=())] == []
    assert [one.path for one in differences(other, silent, allowed=())] == [path]
    prores = [track(0, codec="prores")(film) for film in (told, silent)]
    assert [one.path for one in differences(*prores, allowed=())] == [path]


def test_durations_to_a_tick_and_times_exactly(clip: Inventory) -> None:
    tick = Fraction(clip.tracks[0].time_base)
    assert clip.tracks[0].timestamps.duration == "4/5"
    near = times(0, duration=str(Fraction(4, 5) + tick))(clip)
    far = times(0, duration=str(Fraction(4, 5) + 2 * tick))(clip)
    late = times(0, last=str(Fraction(19, 25) + tick))(clip)
    assert not [*differences(clip, near, allowed=())]
    assert [found.path for found in differences(clip, far, allowed=())] == ["video.0.timestamps.duration"]
    assert [found.path for found in differences(clip, late, allowed=())] == ["video.0.timestamps.last"]


def test_tags_are_compared_across_spellings(clip: Inventory) -> None:
    one = film(tags={"CREATION_TIME": "2016-05-31 17:01:35", "LANGUAGE": "und"})(clip)
    same = film(tags={"creation_time": "2016-05-31T17:01:35.000000Z"})(clip)
    other = film(tags={"creation_time": "2016-05-31T17:01:36.000000Z"})(clip)
    assert not [*differences(one, same, allowed=())]
    assert [found.path for found in differences(one, other, allowed=())] == ["tags.creation_time"]


def test_lost_track_does_not_disturb_its_neighbours(clip: Inventory) -> None:
    second = clip.tracks[1].model_copy(update={"index": 3, "payload_sha256": "other", "tags": {"language": "eng"}})
    both = film(tracks=(*clip.tracks, second))(clip)
    only_second = film(tracks=(clip.tracks[0], second.model_copy(update={"index": 1})))(clip)
    (lost,) = differences(both, only_second, allowed=ALLOWED_BY_RENDER)
    assert lost.path == "order"


def test_tracks_that_changed_places(clip: Inventory) -> None:
    second = clip.tracks[1].model_copy(update={"index": 3, "payload_sha256": "other"})
    both = film(tracks=(*clip.tracks[:2], second))(clip)
    swapped = film(
        tracks=(clip.tracks[0], second.model_copy(update={"index": 1}), clip.tracks[1].model_copy(update={"index": 2}))
    )(clip)
    assert [found.path for found in differences(both, swapped, allowed=())] == ["order"]


# --- real copies ------------------------------------------------------------------------------------------------------


def copied(source: Path, target: Path, inventory: Inventory) -> Path:
    """A stream copy through libavformat that keeps what a careful muxer keeps."""
    clocks = [Fraction(track.time_base).denominator for track in inventory.tracks if track.kind in ("video", "audio")]
    # Tags with names of their own need `use_metadata_tags`, which in turn loses `location` in MOV: only where needed.
    flags = ["use_metadata_tags"] * any("." in key for key in inventory.tags) + ["faststart"] * inventory.is_faststart
    options = {"movflags": "+" + "+".join(flags)} if flags else {}
    options["movie_timescale"] = str(lcm(*clocks))
    is_mkv = inventory.container == "mkv"
    kind = "matroska" if is_mkv else inventory.container
    with av.open(str(source)) as old, av.open(str(target), "w", format=kind, options={} if is_mkv else options) as new:
        new.metadata.update(old.metadata)
        new.set_chapters(old.chapters())
        streams = {}
        for stream in old.streams:
            if stream.type == "data":
                continue
            copy = new.add_stream_from_template(stream, opaque=True)
            copy.codec_context.codec_tag = stream.codec_context.codec_tag
            copy.metadata.update(stream.metadata)
            copy.disposition, copy.time_base = stream.disposition, stream.time_base
            streams[stream.index] = copy
        for packet in old.demux():
            if packet.size and packet.stream_index in streams:
                packet.stream = streams[packet.stream_index]
                new.mux(packet)
    return target


def test_faithful_copy_is_equal(folder: Path) -> None:
    source = survey(folder / "clip.mp4")
    output = survey(copied(folder / "clip.mp4", folder / "copy.mp4", source))
    assert all(check.status is Status.PASS for check in compare(source, output, allowed=ALLOWED_BY_RENDER))


def test_real_clips_copied_are_equal(media_folder: Path, tmp_path: Path) -> None:
    """Everything but an XMP packet, which a label writes itself, survives a careful copy of each accepted clip."""
    seen = 0
    for path in sorted(media_folder.iterdir()):
        try:
            source = survey(path)
        except LabelerError:
            continue
        if reasons_to_refuse(source, path) or source.container not in ("mp4", "mov", "mkv"):
            continue
        if any(track.kind == "data" for track in source.tracks) or source.boxes:
            continue  # what a rewrite of the boxes keeps, and a stream copy does not
        output = survey(copied(path, tmp_path / path.name, source))
        lost = {found.path for found in differences(source, output, allowed=ALLOWED_BY_RENDER)}
        if source.container == "mkv":  # as `matroska_head` puts them back, which a stream copy does not
            lost = {path for path in lost if not path.startswith("structure.")}
        assert lost == ({"has_xmp"} if source.has_xmp else set()), path.name
        seen += 1
    assert seen >= 11
