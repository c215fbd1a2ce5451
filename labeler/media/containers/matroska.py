"""Matroska and WebM (RFC 9559) as libavformat writes them."""

from __future__ import annotations

from pathlib import Path

from labeler.media.containers import matroska_ends, matroska_head
from labeler.media.containers.form import Form, Written, named

_SOUND = "aac mp3 mp2 ac3 eac3 alac opus vorbis flac truehd dts pcm_s16le pcm_s24le pcm_s16be pcm_s24be pcm_s32le"


def room(source: Path) -> dict[str, str]:
    return {matroska_head.ROOM: matroska_head.room(source)}


def mend(written: Written) -> None:
    matroska_ends.put_back(written.work, written.source, written.lengths)
    matroska_head.put_back(written.work, written.source, written.tags, written.inventory)


MKV = Form(
    name="MKV",
    format="matroska",
    video=named("h264 hevc av1 vp8 vp9 mpeg2video mpeg4 mjpeg prores ffv1"),
    sound=named(f"{_SOUND} pcm_f32le pcm_u8"),
    subtitles=named("subrip ass webvtt text dvb_subtitle hdmv_pgs_subtitle dvd_subtitle"),
    has_global_header=True,
    mends_attachments=True,
    room=room,
    mark=matroska_ends.mark,
    mend=mend,
)
WEBM = Form(
    name="WebM",
    format="webm",
    video=frozenset({"vp8", "vp9", "av1"}),
    sound=frozenset({"opus", "vorbis"}),
    subtitles=frozenset({"webvtt"}),
    has_global_header=True,
    mends_attachments=True,
    room=room,
    mark=matroska_ends.mark,
    mend=mend,
)
