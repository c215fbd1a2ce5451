"""Sabotage of layer `media`: one fact of the source is lost or changed by ffmpeg, and the file is sealed again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.harness import COPY_ALL, Good, add_xmp, assert_caught, ffmpeg, hand_to_gate, reseal

REMUX = (*COPY_ALL, "-movflags", "+faststart")

# check id -> what ffmpeg is told (after a plain remux of everything), and the checks that speak of the same thing
FAULTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "media.tracks": (("-map", "-0:a"), ("media.packets", "media.timestamps", "media.tags")),
    "media.packets": (("-bsf:a", "noise=amount=-1*eq(n\\,20)"), ()),
    "media.timestamps": (("-bsf:v", "setts=pts=PTS+64*eq(N\\,30):dts=DTS"), ("media.captions",)),
    "media.picture": (("-bsf:v", "h264_metadata=level=6.2"), ()),
    "media.colour": (("-bsf:v", "h264_metadata=colour_primaries=5"), ()),
    "media.tags": (("-metadata", "title=Another film"), ()),
    "media.chapters": (("-map_chapters", "-1"), ("media.tracks",)),
    "media.timecode": (
        ("-metadata:s:v", "timecode=", "-metadata", "timecode=", "-write_tmcd", "0"),
        ("media.tags", "media.tracks"),
    ),
    "media.captions": (("-bsf:v", "filter_units=remove_types=6"), ()),
}


def remux(good: Good, folder: Path, arguments: tuple[str, ...]) -> Path:
    broken = ffmpeg(good.rendered, folder / "broken.mp4", *REMUX, *arguments)
    return reseal(good, add_xmp(good, broken), folder / "sealed" / good.released.name)


def test_a_remux_that_breaks_nothing_passes(good: Good, tmp_path: Path) -> None:
    """The harness itself is neutral: ffmpeg, exiftool and plain c2pa-python between them change no answer."""
    result = hand_to_gate(good, remux(good, tmp_path, ()), tmp_path)
    assert result.verdict is not None
    before = {(check.id, check.track): check.status for check in good.checks}
    after = {(check.id, check.track): check.status for check in result.verdict.checks}
    differing = {key: after.get(key) for key in before if before[key] != after.get(key)}
    assert not differing, [check for check in result.verdict.checks if (check.id, check.track) in differing]
    assert result.status == "released"


@pytest.mark.parametrize("id", sorted(FAULTS))
def test_loss_is_caught(id: str, good: Good, tmp_path: Path) -> None:
    arguments, related = FAULTS[id]
    result = hand_to_gate(good, remux(good, tmp_path, arguments), tmp_path)
    assert_caught(good, result, tmp_path, id, related=related)


def test_lost_hdr_metadata_is_caught(good_hdr: Good, tmp_path: Path) -> None:
    """The SEI messages taken out: mastering display and light levels with them."""
    candidate = remux(good_hdr, tmp_path, ("-bsf:v", "filter_units=remove_types=6"))
    assert_caught(good_hdr, hand_to_gate(good_hdr, candidate, tmp_path), tmp_path, "media.colour")


def test_a_box_that_nobody_knows_is_caught(good: Good, tmp_path: Path) -> None:
    """One box below moov renamed: the output now carries what the source did not."""
    content = good.unsealed.read_bytes()
    assert content.count(b"sbgp") == 1
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(content.replace(b"sbgp", b"sbgx"))
    candidate = reseal(good, broken, tmp_path / "sealed" / good.released.name)
    assert_caught(good, hand_to_gate(good, candidate, tmp_path), tmp_path, "media.side_data")


def again(good: Good, folder: Path, filters: str, *options: str) -> Path:
    """The pictures coded again with a filter, everything else copied."""
    broken = ffmpeg(
        good.rendered,
        folder / "broken.mp4",
        *REMUX,
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "8", "-profile:v", "main", "-level", "3.0"),
        *("-fps_mode", "passthrough", "-enc_time_base", "1:12800", "-video_track_timescale", "12800"),
        *("-force_key_frames", "source"),
        *("-filter_complex", filters) if filters.startswith("[") else ("-vf", filters),
        *options,
    )
    return reseal(good, add_xmp(good, broken), folder / "sealed" / good.released.name)


def test_spoilt_pictures_are_caught(good: Good, tmp_path: Path) -> None:
    """A grey bar at the bottom, far from the mention."""
    candidate = again(good, tmp_path, "drawbox=x=0:y=280:w=640:h=60:color=gray:t=fill")
    assert_caught(good, hand_to_gate(good, candidate, tmp_path), tmp_path, "media.quality")


def test_pictures_that_do_not_decode_are_caught(good: Good, tmp_path: Path) -> None:
    """Bytes of a coded picture overwritten, then sealed as if nothing had happened."""
    broken = tmp_path / "broken.mp4"
    content = bytearray(good.unsealed.read_bytes())
    start = content.index(b"mdat") + 2000
    content[start : start + 400] = bytes(range(200)) * 2
    broken.write_bytes(content)
    candidate = reseal(good, broken, tmp_path / "sealed" / good.released.name)
    related = ("media.quality", "media.captions", "mention.presence", "mention.timing", "mention.wording")
    related += ("mention.size", "mention.contrast", "mention.placement", "mention.reading_time")
    assert_caught(good, hand_to_gate(good, candidate, tmp_path), tmp_path, "media.decodes", related=related)
