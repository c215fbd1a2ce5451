"""Sabotage of layer `mention`: the pixels are changed by ffmpeg, all else is kept, and the file is sealed again."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.faults.harness import Good, add_xmp, assert_caught, ffmpeg, hand_to_gate, reseal
from tests.faults.test_media_faults import REMUX, again
from tests.hostile.atoms import box, grown, numbers

MENTION = tuple(
    f"mention.{name}"
    for name in ("presence", "timing", "wording", "second_reading", "size", "contrast", "placement", "reading_time")
)


def box_of(good: Good) -> tuple[int, int, int, int]:
    return good.order.item.mention[0].box


def cover(good: Good, *, left: float, width: float, when: str = "1") -> str:
    """A filter that paints over a share of the mention's width, in the colour of its plate."""
    x, y, w, h = box_of(good)
    return f"drawbox=x={x + int(w * left)}:y={y}:w={max(2, int(w * width))}:h={h}:color=0x202020:t=fill:enable='{when}'"


FAULTS: dict[str, tuple[float, float, str]] = {
    # gone from half-way on
    "mention.presence": (0.0, 1.0, "gte(t,2)"),
    # late by five frames
    "mention.timing": (0.0, 1.0, "lt(n,5)"),
    # one sixth of its width covered throughout
    "mention.wording": (0.55, 0.16, "1"),
    # two words of it gone
    "mention.second_reading": (0.5, 0.3, "1"),
    # seen for one second only, of four
    "mention.reading_time": (0.0, 1.0, "gte(t,1)"),
}


@pytest.mark.parametrize("id", sorted(FAULTS))
def test_cover_is_caught(id: str, good: Good, tmp_path: Path) -> None:
    left, width, when = FAULTS[id]
    candidate = again(good, tmp_path, cover(good, left=left, width=width, when=when))
    related = tuple(other for other in MENTION if other != id)
    assert_caught(good, hand_to_gate(good, candidate, tmp_path), tmp_path, id, related=related)


def replaced(good: Good, folder: Path, transform: str, at: str) -> Path:
    """The master's pictures, with the mention cut out of the good output, transformed, and laid on elsewhere."""
    x, y, w, h = box_of(good)
    pictures = folder / "pictures.mp4"
    ffmpeg(
        good.rendered,
        pictures,
        *("-i", str(good.order.item.source.file)),
        *("-filter_complex", f"[0:v]crop={w}:{h}:{x}:{y},{transform}[m];[1:v][m]overlay={at}[v]", "-map", "[v]"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "8", "-profile:v", "main", "-level", "3.0"),
        *("-fps_mode", "passthrough", "-video_track_timescale", "12800", "-force_key_frames", "source"),
        *("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"),
    )
    broken = folder / "broken.mp4"
    keep = tuple("1:v" if part == "0:v" else part for part in REMUX)
    ffmpeg(
        good.rendered, broken, "-i", str(pictures), *keep, "-map_metadata:s:v", "0:s:v", "-map_metadata:s:a", "0:s:a"
    )
    return reseal(good, add_xmp(good, broken), folder / "sealed" / good.released.name)


def test_small_letters_are_caught(good: Good, tmp_path: Path) -> None:
    x, y, w, h = box_of(good)
    candidate = replaced(
        good, tmp_path, f"scale={w * 7 // 10 // 2 * 2}:{h * 7 // 10 // 2 * 2}", f"{x + w * 3 // 20}:{y + h * 3 // 20}"
    )
    assert_caught(
        good, hand_to_gate(good, candidate, tmp_path), tmp_path, "mention.size", related=(*MENTION, "media.captions")
    )


def test_faint_letters_are_caught(good: Good, tmp_path: Path) -> None:
    x, y, _, _ = box_of(good)
    candidate = replaced(good, tmp_path, "lutyuv=y='90+val/5'", f"{x}:{y}")
    assert_caught(
        good, hand_to_gate(good, candidate, tmp_path), tmp_path, "mention.contrast", related=("media.captions",)
    )


@pytest.mark.parametrize(("begin", "end"), [pytest.param(0.4, 1.2, marks=pytest.mark.wide), (1.6, 2.0), (6.2, 6.8)])
def test_a_mention_in_the_slate_is_caught(begin: float, end: float, good_programme: Good, tmp_path: Path) -> None:
    """The mention copied from the programme onto frames before or after it; the programme itself is left as it is."""
    x, y, w, h = box_of(good_programme)
    copied = ffmpeg(
        good_programme.rendered, tmp_path / "cut_out.png", "-ss", "4", "-frames:v", "1", "-vf", f"crop={w}:{h}:{x}:{y}"
    )
    laid_on = f"movie={copied}[m];[in][m]overlay={x}:{y}:enable='gte(t,{begin})*lt(t,{end})'"
    candidate = again(good_programme, tmp_path, laid_on)
    result = hand_to_gate(good_programme, candidate, tmp_path)
    # What is outside of the programme was the source's own packets, and ffmpeg codes every picture again.
    related = ("media.captions", "media.untouched", "media.seams")
    assert_caught(good_programme, result, tmp_path, "mention.timing", related=related)


def test_a_mention_at_sdr_white_is_caught_in_hdr(good_hdr: Good, tmp_path: Path) -> None:
    """The letters lifted from 203 cd/m2 to the top of the codes, as a tool does that knows nothing of HDR."""
    x, y, w, h = box_of(good_hdr)
    lift = f"split[p][q];[q]crop={w}:{h}:{x}:{y},lutyuv=y='min(940,64+(val-64)*876/509)'[m];"
    candidate = again(
        good_hdr,
        tmp_path,
        f"{lift}[p][m]overlay={x}:{y}:format=yuv420p10",
        *("-pix_fmt", "yuv420p10le", "-profile:v", "high10"),
        *("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-color_range", "tv"),
    )
    related = ("media.colour",)  # ffmpeg 5 drops the mastering display
    assert_caught(good_hdr, hand_to_gate(good_hdr, candidate, tmp_path), tmp_path, "mention.white", related=related)


def test_mention_out_of_its_place_is_caught(good: Good, tmp_path: Path) -> None:
    x, y, _, _ = box_of(good)
    candidate = replaced(good, tmp_path, "null", f"{x + 20}:{y - 12}")
    assert_caught(
        good,
        hand_to_gate(good, candidate, tmp_path),
        tmp_path,
        "mention.placement",
        related=(*MENTION, "media.captions", "media.quality"),
    )


def test_a_crop_that_takes_the_mention_away_is_caught(good: Good, tmp_path: Path) -> None:
    """A clean aperture of the lower half, which players crop to, in a file whose pictures are as they should be."""
    picture = good.order.item.inventory.tracks[0].picture if good.order.item.inventory else None
    assert picture is not None
    half = picture.height // 2
    crop = box(b"clap", numbers(picture.width, 1, half, 1, 0, 1, half // 2, 1))
    data = grown(good.unsealed.read_bytes(), "moov/trak/mdia/minf/stbl/stsd/avc1", crop)
    assert data.index(b"moov") < data.index(b"mdat")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(with_media_moved(data, len(crop)))
    candidate = reseal(good, broken, tmp_path / "sealed" / good.released.name)
    related = ("media.picture", "media.side_data")
    assert_caught(good, hand_to_gate(good, candidate, tmp_path), tmp_path, "mention.placement", related=related)


def with_media_moved(data: bytes, by: int) -> bytes:
    """The offsets of all chunks raised, after the `moov` ahead of them has grown."""
    out, at = bytearray(data), data.find(b"stco")
    while at >= 0 and at < data.index(b"mdat"):
        count = int.from_bytes(out[at + 8 : at + 12], "big")
        offsets = struct.unpack_from(f">{count}I", out, at + 12)
        struct.pack_into(f">{count}I", out, at + 12, *(offset + by for offset in offsets))
        at = data.find(b"stco", at + 4)
    return bytes(out)
