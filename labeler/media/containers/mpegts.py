"""MPEG transport streams (ISO/IEC 13818-1) as libavformat writes them."""

from __future__ import annotations

from collections.abc import Mapping

from labeler.media.containers import mpegts_map
from labeler.media.containers.form import Form, Written, named
from labeler.media.inventory import Inventory

# Names of the structure that `media/mpegts.py` reads -> libavformat's options that write it.
NUMBERS = {
    "transport_stream_id": "mpegts_transport_stream_id",
    "original_network_id": "mpegts_original_network_id",
    "service_id": "mpegts_service_id",
    "pmt_pid": "mpegts_pmt_start_pid",
    "service_type": "mpegts_service_type",
}


def options(inventory: Inventory, _tags: Mapping[str, str]) -> dict[str, str]:
    """The source's own clock (else the muxer moves every time by its delay), and its programme's own numbers."""
    numbers = {option: inventory.structure[name] for name, option in NUMBERS.items() if name in inventory.structure}
    is_blu_ray = inventory.structure.get("packet_size") == "192"
    return {"mpegts_copyts": "1", "mpegts_m2ts_mode": str(int(is_blu_ray)), **numbers}


def tags(inventory: Inventory) -> dict[str, str]:
    """The names of the service, which the muxer takes for tags of the file."""
    return {
        name: inventory.structure[name] for name in ("service_provider", "service_name") if name in inventory.structure
    }


def mend(written: Written) -> None:
    has_service = "original_network_id" in written.inventory.structure
    mpegts_map.put_back(written.work, written.source, has_service=has_service)


TS = Form(
    name="MPEG-TS",
    format="mpegts",
    video=frozenset({"h264", "hevc", "mpeg2video"}),
    sound=named("aac aac_latm ac3 eac3 mp2 mp3 opus dts truehd"),
    subtitles=frozenset({"dvb_subtitle", "dvb_teletext"}),
    options=options,
    tags=tags,
    has_numbered_tracks=True,
    mend=mend,
)
