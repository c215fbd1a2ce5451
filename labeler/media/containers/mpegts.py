"""MPEG transport streams (ISO/IEC 13818-1) as libavformat writes them."""

from __future__ import annotations

from collections.abc import Mapping

from labeler.media.containers.form import Form, named
from labeler.media.inventory import Inventory


def options(_inventory: Inventory, _tags: Mapping[str, str]) -> dict[str, str]:
    """The source's own clock (else the muxer moves every time by its delay), and a delay that leaves decoders room."""
    return {"mpegts_copyts": "1", "max_delay": "700000"}


TS = Form(
    name="MPEG-TS",
    format="mpegts",
    video=frozenset({"h264", "hevc", "mpeg2video"}),
    sound=named("aac ac3 eac3 mp2 mp3 opus dts truehd"),
    subtitles=frozenset({"dvb_subtitle", "dvb_teletext"}),
    options=options,
    own_tags=frozenset({"encoder", "service_name", "service_provider"}),
)
