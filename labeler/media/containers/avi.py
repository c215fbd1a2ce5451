"""AVI (RIFF with OpenDML) as libavformat writes it."""

from __future__ import annotations

from collections.abc import Mapping

from labeler.media.containers import avi_shape, avi_sound
from labeler.media.containers.form import Form, Written, named
from labeler.media.inventory import Inventory


def options(_inventory: Inventory, _tags: Mapping[str, str]) -> dict[str, str]:
    """Packets stand in the places that their times say, none of them moved."""
    return {"avoid_negative_ts": "disabled"}


def mend(written: Written) -> None:
    avi_sound.mend_heads(written.work, written.source, written.inventory)
    avi_shape.put_back(written.work, written.source)


AVI = Form(
    name="AVI",
    format="avi",
    video=named("h264 mjpeg mpeg4 ffv1"),
    sound=named("mp3 mp2 ac3 aac pcm_s16le pcm_s24le pcm_s32le pcm_u8 pcm_alaw pcm_mulaw"),
    options=options,
    own_tags=frozenset({"encoder", "software"}),
    mends_clocks=True,
    mend=mend,
)
