"""MP4 and MOV (ISO/IEC 14496-12, QuickTime File Format) as libavformat's `mov` muxer writes them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from types import MappingProxyType

from labeler.media.containers import isobmff_display
from labeler.media.containers.form import Form, Written, named
from labeler.media.inventory import Inventory

# Not tags but brands, which the muxer writes; and the name of the muxer itself.
OWN_TAGS = frozenset({"encoder", "major_brand", "minor_version", "compatible_brands"})
# Tags that the muxers of MP4 and of MOV keep in their usual boxes (measured, tag by tag); any other key needs the
# `mdta` form, which holds all keys.
MP4_TAGS = (
    "title artist album_artist album composer date comment genre copyright grouping lyrics description synopsis show"
    " episode_id network keywords track disc compilation episode_sort season_number media_type hd_video"
    " gapless_playback location creation_time timecode"
)
MOV_TAGS = "title artist album date comment genre copyright make model location creation_time timecode"
PLAIN_TAGS: Mapping[str, frozenset[str]] = MappingProxyType({"mp4": named(MP4_TAGS), "mov": named(MOV_TAGS)})
LARGEST_TIMESCALE = 2**31 - 1

_EVERYWHERE = named("aac mp3 mp2 ac3 eac3 alac opus flac truehd pcm_s16le pcm_s24le")
_LINEAR = named("pcm_s16be pcm_s24be pcm_s32le pcm_f32le")


def options(inventory: Inventory, tags: Mapping[str, str]) -> dict[str, str]:
    """Clocks of the source, brand, place of the index, form of the tags."""
    (video,) = inventory.of_kind("video")
    flags = ["+faststart"] if inventory.is_faststart else []
    if any(key not in PLAIN_TAGS[inventory.container] for key in tags):
        flags.append("+use_metadata_tags")
    chosen = {
        "video_track_timescale": str(Fraction(video.time_base).denominator),
        "movie_timescale": str(movie_timescale(inventory)),
    }
    if flags:
        chosen["movflags"] = "".join(flags)
    brand = inventory.tags.get("major_brand", "")
    if inventory.container == "mp4" and len(brand) == 4:
        chosen["brand"] = brand
    return chosen


def movie_timescale(inventory: Inventory) -> int:
    """A clock in which every start and every edit of sound and picture is a whole number (the default of 1/1000 s
    would move them), if one fits 31 bits; else the picture's."""
    (video,) = inventory.of_kind("video")
    own = Fraction(video.time_base).denominator
    common = lcm(own, *(Fraction(track.time_base).denominator for track in inventory.of_kind("audio")))
    return common if common <= LARGEST_TIMESCALE else own


def mend(written: Written) -> None:
    isobmff_display.put_back(written.work, written.source)


MP4 = Form(
    name="MP4",
    format="mp4",
    video=named("h264 hevc av1 vp9 mpeg2video mpeg4"),
    sound=_EVERYWHERE | _LINEAR | {"vorbis"},
    subtitles=frozenset({"mov_text"}),
    options=options,
    own_tags=OWN_TAGS,
    has_global_header=True,
    mend=mend,
)
MOV = Form(
    name="MOV",
    format="mov",
    video=named("h264 hevc prores dnxhd mpeg2video mpeg4 mjpeg v210 rawvideo"),
    sound=_EVERYWHERE | _LINEAR | named("pcm_s32be pcm_f32be pcm_u8 pcm_alaw pcm_mulaw"),
    subtitles=frozenset({"mov_text"}),
    options=options,
    own_tags=OWN_TAGS,
    has_global_header=True,
    mend=mend,
)
